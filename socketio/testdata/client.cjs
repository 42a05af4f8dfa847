// What a real socket.io-client sees, in the version PACKAGE, over TRANSPORTS
// ("polling", "websocket" or "polling,websocket", which upgrades). Each check
// reports a line "ok NAME" or "not ok NAME: WHY".
const assert = require("node:assert/strict");
const { createRequire } = require("node:module");
const packages = createRequire(process.env.NODE_DIR + "/package.json");

const { io } = packages(process.env.PACKAGE);
const url = process.env.URL;
const transports = process.env.TRANSPORTS.split(",");

const open = [];
function connect(namespace = "/", options = {}) {
  const socket = io(url + namespace, { transports, forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 50, ...options });
  open.push(socket);
  return socket;
}
const once = (emitter, event) => new Promise((done) => emitter.once(event, (...args) => done(args)));
const ask = (socket, ...args) => new Promise((done) => socket.emit(...args, (...reply) => done(reply)));
async function connected(...args) {
  const socket = connect(...args);
  await once(socket, "connect");
  return socket;
}
// The server hears of the end before the process is gone.
async function closed(engine) {
  if (engine.readyState !== "closed") await Promise.race([once(engine, "close"), new Promise((done) => setTimeout(done, 2000))]);
}
async function settled(socket) {
  if (transports.length === 2 && socket.io.engine.transport.name !== "websocket") await once(socket.io.engine, "upgrade");
}

const checks = {
  async events() {
    const socket = await connected();
    const args = [1, "2", { 3: [false, null, 1.5] }, "é😀\u2028\u0000", ""];
    const said = once(socket, "said");
    socket.emit("say", ...args);
    assert.deepEqual(await said, args);
  },

  async acks() {
    const socket = await connected();
    assert.deepEqual(await ask(socket, "echo", 1, "2", { three: 3 }), [1, "2", { three: 3 }]);
    assert.deepEqual(await ask(socket, "echo"), []);
    const many = await Promise.all(Array.from({ length: 500 }, (_, i) => ask(socket, "echo", i)));
    assert.deepEqual(many, Array.from({ length: 500 }, (_, i) => [i]));
  },

  async "acks of the client"() {
    const socket = await connected();
    socket.on("asked", (what, answer) => answer("you asked", what));
    assert.deepEqual(await ask(socket, "ask", { a: 1 }), ["you asked", { a: 1 }]);
    socket.off("asked").on("asked", (what, answer) => answer(Buffer.from("bytes")));
    const [bytes] = await ask(socket, "ask", 1);
    assert.equal(Buffer.from(bytes).toString(), "bytes");
  },

  async binary() {
    const socket = await connected();
    const bytes = Buffer.from([0, 1, 30, 255, 254]);
    const large = Buffer.alloc(100000, "x");
    const [a, { b: [b, text] }] = await ask(socket, "echo", bytes, { b: [large, "text"] });
    assert.ok(bytes.equals(Buffer.from(a)) && large.equals(Buffer.from(b)) && text === "text");
    const said = once(socket, "said");
    socket.emit("say", bytes, { empty: Buffer.alloc(0) });
    const [c, { empty }] = await said;
    assert.ok(bytes.equals(Buffer.from(c)) && Buffer.from(empty).length === 0);
  },

  async namespaces() {
    const socket = await connected();
    const chat = socket.io.socket("/chat");
    open.push(chat);
    await once(chat, "connect");
    assert.notEqual(chat.id, socket.id);
    assert.deepEqual(await ask(chat, "name?"), ["/chat"]);
    assert.deepEqual(await ask(socket, "name?"), ["/"]);
    const room = socket.io.socket("/room-17");
    open.push(room);
    await once(room, "connect");
    assert.deepEqual(await ask(room, "name?"), ["/room-17"]);
    chat.disconnect();
    assert.deepEqual(await ask(room, "name?"), ["/room-17"]);
  },

  async auth() {
    const socket = await connected("/", { auth: { token: "x" } });
    assert.deepEqual(await ask(socket, "auth?"), [{ token: "x" }]);
  },

  async refusals() {
    const [nowhere] = await once(connect("/nowhere"), "connect_error");
    assert.equal(nowhere.message, "Invalid namespace");
    const [locked] = await once(connect("/locked"), "connect_error");
    assert.equal(locked.message, "wrong key");
    assert.deepEqual(locked.data, { hint: "brass" });
    await connected("/locked", { auth: { key: "brass" } });
  },

  async rooms() {
    const [a, b, c] = [await connected(), await connected(), await connected()];
    for (const socket of [a, b]) await ask(socket, "join", "garden");
    const heard = [once(a, "heard"), once(b, "heard")];
    c.once("heard", () => assert.fail("who is not in the room hears it"));
    assert.deepEqual(await ask(c, "shout", "garden", "hello"), []);
    assert.deepEqual(await Promise.all(heard), [["hello"], ["hello"]]);
    await ask(c, "echo");
  },

  async "disconnect by the server"() {
    const socket = await connected();
    const end = once(socket, "disconnect");
    socket.emit("go");
    assert.equal((await end)[0], "io server disconnect");
    socket.connect();
    await once(socket, "connect");
    assert.deepEqual(await ask(socket, "echo", 1), [1]);
  },

  async "a lost transport"() {
    const socket = await connected();
    const { id } = socket;
    const end = once(socket, "disconnect");
    const again = end.then(() => once(socket, "connect"));
    socket.emit("drop");
    await again;
    assert.notEqual(socket.id, id);
    assert.deepEqual(await ask(socket, "echo", 1), [1]);
  },

  async heartbeats() {
    const socket = await connected();
    await settled(socket);
    for (let pings = 0; pings < 3; ) {
      const [packet] = await once(socket.io.engine, "packet");
      if (packet.type === "ping") pings++;
    }
    assert.ok(socket.connected);
  },

  async transport() {
    const socket = await connected();
    await settled(socket);
    const last = transports[transports.length - 1];
    assert.equal(socket.io.engine.transport.name, last);
    assert.deepEqual(await ask(socket, "transport?"), [last]);
  },
};

if (process.env.RECOVERY) {
  const missed = async (socket, cut) => {
    const { id } = socket;
    const got = [];
    for (const event of ["news", "all", "file"]) socket.on(event, (...args) => got.push([event, ...args.slice(0, -1)]));
    const first = once(socket, "news");
    socket.emit("begin");
    await first;
    const again = once(socket, "disconnect").then(() => once(socket, "connect"));
    cut(socket);
    await again;
    assert.ok(socket.recovered, "not recovered");
    assert.equal(socket.id, id);
    await ask(socket, "echo");
    while (got.length < 4) await once(socket, "file");
    assert.deepEqual(got.slice(0, 3), [["news", 0], ["news", 1], ["all", 2]]);
    assert.equal(Buffer.from(got[3][1]).toString(), "three");
    assert.deepEqual(await ask(socket, "join?"), [["garden"]]);
  };
  const recovering = async () => {
    const socket = await connected("/", { auth: { recovery: true } });
    assert.ok(!socket.recovered);
    await settled(socket);
    await ask(socket, "join", "garden");
    return socket;
  };
  Object.assign(checks, {
    async "recovery after a cut by the server"() {
      await missed(await recovering(), (socket) => socket.emit("drop"));
    },
    async "recovery after a cut by the client"() {
      await missed(await recovering(), (socket) => socket.io.engine.close());
    },
    async "recovery twice"() {
      const socket = await recovering();
      for (let i = 0; i < 2; i++) {
        await missed(socket, (socket) => socket.emit("drop"));
        socket.removeAllListeners();
      }
    },
    async "no recovery after leaving"() {
      const socket = await recovering();
      const { id } = socket;
      socket.disconnect().connect();
      await once(socket, "connect");
      assert.ok(!socket.recovered && socket.id !== id);
    },
  });
}

(async () => {
  for (const [name, check] of Object.entries(checks)) {
    let timer;
    const late = new Promise((_, fail) => (timer = setTimeout(fail, 30000, new Error("nothing happens"))));
    try {
      await Promise.race([check(), late]);
      console.log("ok " + name);
    } catch (e) {
      console.log(`not ok ${name}: ${String(e.stack).replaceAll("\n", " | ")}`);
    }
    clearTimeout(timer);
    for (const socket of open) socket.disconnect();
    for (const socket of open.splice(0)) await closed(socket.io.engine);
  }
  process.exit(0);
})();

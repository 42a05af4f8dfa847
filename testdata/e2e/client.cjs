// Socket.IO clients that a test drives over the standard input and output of
// this program: one JSON command a line, one JSON report a line. The package is
// one of npm's, or "ours" for the socket.io.js that the server hands out.
//
//	> {"id":1,"op":"connect","client":"a","package":"socket.io-client","url":"http://…","options":{…}}
//	< {"id":1,"ok":{"sid":"…","transport":"websocket"}}
//	> {"id":2,"op":"emit","client":"a","event":"message","args":[{…}],"ack":true}
//	< {"id":2,"ok":[{…}]}
//	< {"client":"a","event":"message","args":[{…}]}
const readline = require("node:readline");
const { createRequire } = require("node:module");
const path = require("node:path");
const packages = createRequire(path.join(__dirname, "..", "node", "package.json"));

// Our own script is the one that the server hands out, with what browsers have
// and node has not.
async function ours(url) {
  globalThis.XMLHttpRequest ??= packages("xmlhttprequest-ssl").XMLHttpRequest;
  globalThis.WebSocket ??= packages("ws");
  const script = await (await fetch(new URL("/socket.io.js", url))).text();
  const module = { exports: {} };
  new Function("module", "exports", script)(module, module.exports);
  return module.exports;
}

const clients = new Map();
const libraries = new Map();
const say = (report) => process.stdout.write(JSON.stringify(report) + "\n");

const ops = {
  async connect({ id, client, package: name, url, options }) {
    const { io } = name === "ours" ? await ours(url) : packages(name);
    const socket = io(url, { reconnection: false, forceNew: true, ...options });
    clients.set(client, socket);
    const report = () => ({ sid: socket.id, transport: socket.io.engine.transport.name, recovered: socket.recovered });
    let open = false;
    socket.on("connect", () => {
      if (open) return say({ client, event: "reconnected", args: [report()] });
      open = true;
      if (!options?.upgrade || socket.io.engine.transport.name === "websocket") return say({ id, ok: report() });
      socket.io.engine.once("upgrade", () => say({ id, ok: report() }));
    });
    socket.on("connect_error", (e) => (open ? say({ client, event: "connect_error", args: [e.message] }) : say({ id, error: e.message })));
    socket.on("disconnect", (reason) => say({ client, event: "disconnect", args: [reason] }));
    for (const event of ["message", "error", "schemas", "closing"]) socket.on(event, (...args) => say({ client, event, args }));
  },
  // The client library of the time before contexts, on a socket that is there.
  async library({ id, client }) {
    const { default: SockethubClient } = await import(packages.resolve("@sockethub/client"));
    const library = new SockethubClient(clients.get(client));
    library.debug = false;
    libraries.set(client, library);
    say({ id, ok: [] });
  },
  object({ id, client, object }) {
    const { ActivityStreams } = libraries.get(client);
    ActivityStreams.Object.create(object);
    say({ id, ok: [] });
  },
  emit({ id, client, event, args, ack, times = 1 }) {
    const socket = libraries.get(client)?.socket ?? clients.get(client);
    for (let i = 0; i < times; i++) {
      if (ack) socket.emit(event, ...args, (...reply) => say({ id, ok: reply }));
      else socket.emit(event, ...args);
    }
    if (!ack) say({ id, ok: [] });
  },
  cut({ id, client }) {
    clients.get(client).io.engine.close();
    say({ id, ok: [] });
  },
  close({ id, client }) {
    clients.get(client).disconnect();
    say({ id, ok: [] });
  },
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  Promise.resolve(command).then((c) => ops[c.op](c)).catch((e) => say({ id: command.id, error: String(e) }));
}).on("close", () => process.exit(0));

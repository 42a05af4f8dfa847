// The options of our socket.io.js, and what it does when time or the network is
// against it, with the npm server at the other end.
import { createServer } from "node:net";
import { equal, gone, ok, run, test } from "./harness.mjs";
import { inPage, requests, script, url } from "./npm.mjs";

const seen = () => requests.splice(0).filter(({ method }) => method !== "OPTIONS");
const network = { expect: gone };

test("query, headers and stamps travel with every request", async (page) => {
  await script(page);
  seen();
  await inPage(page, async (arg, open, once) => {
    const polling = open("", { forceNew: true, transports: ["polling"], query: { pot: "clay" }, timestampParam: "z", transportOptions: { polling: { extraHeaders: { "X-Pot": "tin" } } } });
    await once(polling, "connect");
    await polling.emitWithAck("echo", 1);
    polling.disconnect();
  });
  const polled = seen();
  ok(polled.length >= 3, `requests: ${polled.length}`);
  for (const { method, url, headers } of polled) {
    const query = new URL(url, "http://x").searchParams;
    equal([query.get("pot"), query.get("EIO"), query.get("transport"), /^[\w-]{5,}$/.test(query.get("z")), query.has("t")], ["clay", "4", "polling", true, false], `${method} ${url}`);
    equal(headers["x-pot"], "tin", "header");
  }
  equal(polled.filter(({ url }) => url.includes("sid=")).length, polled.length - 1, "requests of the session");

  await inPage(page, async (arg, open, once) => {
    const plain = open("", { forceNew: true, transports: ["polling"], timestampRequests: false });
    await once(plain, "connect");
    plain.disconnect();
    const stamped = open("", { forceNew: true, transports: ["websocket"], timestampRequests: true, forceBase64: true });
    await once(stamped, "connect");
    const [bytes] = await new Promise((done) => (stamped.once("said", (...args) => done(args)), stamped.emit("say", new Uint8Array([7, 8]))));
    stamped.disconnect();
    if ([...new Uint8Array(bytes)].join() !== "7,8") throw new Error("bytes as base64");
  });
  const rest = seen().map(({ url }) => new URL(url, "http://x").searchParams);
  ok(rest.filter((q) => q.get("transport") === "polling").every((q) => !q.has("t")), "no stamps");
  const [socket] = rest.filter((q) => q.get("transport") === "websocket");
  equal([socket.has("t"), socket.get("b64")], [true, "1"], "websocket");
});

test("no upgrade where none is wanted; a remembered one begins with websocket", async (page) => {
  await script(page);
  const got = await inPage(page, async (arg, open, once) => {
    const stays = open("", { forceNew: true, upgrade: false });
    await once(stays, "connect");
    for (let i = 0; i < 20; i++) await stays.emitWithAck("echo", i);
    const result = [stays.io.engine.transport.name];
    stays.disconnect();
    const upgrades = open("", { forceNew: true });
    await once(upgrades, "connect");
    if (upgrades.io.engine.transport.name !== "websocket") await once(upgrades.io.engine, "upgrade");
    upgrades.disconnect();
    const remembers = open("", { forceNew: true, rememberUpgrade: true });
    await once(remembers.io, "open");
    result.push(remembers.io.engine.transport.name);
    remembers.disconnect();
    return result;
  });
  equal(got, ["polling", "websocket"]);
});

test("an upgrade that fails leaves polling as it was", async (page) => {
  await page.routeWebSocket("**/hub/**", (socket) => socket.close());
  await script(page);
  const got = await inPage(page, async (arg, open, once) => {
    const socket = open("", { forceNew: true });
    await once(socket.io, "open");
    const [error] = await once(socket.io.engine, "upgradeError");
    const result = [error instanceof Error, error.transport, await socket.emitWithAck("echo", "still"), socket.io.engine.transport.name];
    socket.disconnect();
    return result;
  });
  equal(got, [true, "websocket", "still", "polling"]);
}, { ...network, alone: true });

test("tryAllTransports goes on with the next when the first does not open", async (page) => {
  await page.route("**/hub/**", (route) => route.abort());
  await script(page);
  const got = await inPage(page, async (arg, open, once) => {
    const all = open("", { forceNew: true, tryAllTransports: true });
    await once(all, "connect");
    const result = [all.io.engine.transport.name];
    all.disconnect();
    const one = open("", { forceNew: true, reconnection: false });
    const [error] = await once(one, "connect_error");
    return [...result, error.message];
  });
  equal(got, ["websocket", "xhr poll error"]);
}, { ...network, alone: true });

test("a server that takes the connection and says nothing: timeout", async (page) => {
  const taken = new Set();
  const mute = createServer((socket) => taken.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  await new Promise((done) => mute.once("listening", done));
  await script(page);
  const got = await inPage(page, async ({ mute }, open, once) => {
    const slow = io(mute, { timeout: 100, reconnection: false, forceNew: true });
    const [error] = await once(slow, "connect_error");
    const poll = io(mute, { transports: ["polling"], requestTimeout: 100, reconnection: false, forceNew: true });
    const [failed] = await once(poll, "connect_error");
    return [error.message, slow.active, failed.message, failed.type];
  }, { mute: `http://127.0.0.1:${mute.address().port}` });
  taken.forEach((socket) => socket.destroy());
  mute.close();
  equal(got, ["timeout", true, "xhr poll error", "TransportError"]);
}, network);

test("the manager's settings, and the delays between attempts", async (page) => {
  await script(page);
  const got = await inPage(page, async (arg, open, once) => {
    const { io: manager } = io("http://127.0.0.1:9", { autoConnect: false, forceNew: true });
    const names = ["reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "randomizationFactor", "timeout"];
    const defaults = names.map((name) => String(manager[name]()));
    manager.reconnectionDelay(100).reconnectionDelayMax(400).reconnectionAttempts(4).randomizationFactor(0.5);
    // 0.37: the digit 3 is odd, so that the deviation is added.
    Math.random = () => 0.37;
    const delays = [];
    const real = window.setTimeout;
    window.setTimeout = (fn, ms, ...more) => {
      if (ms >= 100 && ms < 20000) delays.push(ms);
      return real(fn, Math.min(ms, 10), ...more);
    };
    // Made now, since some take the timers of the page when they begin.
    const socket = io("http://127.0.0.1:9", { forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 400, reconnectionAttempts: 4, randomizationFactor: 0.5, timeout: false });
    await once(socket.io, "reconnect_failed");
    return { defaults, delays, set: names.map((name) => manager[name]()) };
  });
  equal(got.defaults, ["true", "Infinity", "1000", "5000", "0.5", "20000"]);
  equal(got.set, [true, 4, 100, 400, 0.5, 20000]);
  equal(got.delays, [118, 237, 400, 400], "delays");
}, network);

test("a machine that slept: what is emitted waits for the new connection", async (page) => {
  await script(page);
  const got = await inPage(page, async (arg, open, once) => {
    const socket = open("", { forceNew: true, transports: ["websocket"], reconnectionDelay: 20 });
    await once(socket, "connect");
    const down = once(socket, "disconnect");
    const now = Date.now;
    Date.now = () => now() + 3600000;
    const answer = socket.emitWithAck("echo", "later");
    Date.now = now;
    const result = [socket.sendBuffer.length, (await down)[0], await answer];
    socket.disconnect();
    return result;
  });
  equal(got, [1, "ping timeout", "later"]);
});

test("a drop: acknowledgements that will not come, and options that changed", async (page) => {
  await script(page);
  const got = await inPage(page, async (arg, open, once) => {
    const socket = open("", { forceNew: true, transports: ["websocket"], reconnectionDelay: 20, query: { pot: "clay" } });
    await once(socket, "connect");
    let heard = 0;
    socket.emit("silent", () => heard++);
    const promised = socket.emitWithAck("silent").catch((error) => error.message);
    socket.io.opts.query = { pot: "glass" };
    const down = once(socket, "disconnect");
    const up = down.then(() => once(socket, "connect"));
    dispatchEvent(new Event("offline"));
    await up;
    const [, pot] = await new Promise((done) => socket.emit("auth?", (...args) => done(args)));
    const result = [await promised, heard, pot];
    socket.disconnect();
    return result;
  });
  equal(got, ["socket has been disconnected", 0, "glass"]);
});

// The page's own policy allows its own host only; the server here is another.
await run({ bypassCSP: true, share: true, expect: ["400 for GET", "400 (Bad Request)"] });

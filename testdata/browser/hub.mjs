// The client scripts with the real server: npm's socket.io-client and ours in
// each other's place, below our client library and below that of npm.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { equal, ok, run, test } from "./harness.mjs";
import { Server } from "./server.mjs";

const server = await new Server({}).start();
const elsewhere = server.url.replace("127.0.0.1", "hub.test");
const npm = (name) => readFileSync(join(process.env.NODE_DIR, "node_modules", name), "utf8");
const scripts = {
  ours: (page) => page.addScriptTag({ url: "/socket.io.js" }),
  npm: (page) => page.addScriptTag({ content: npm("socket.io-client/dist/socket.io.min.js") }),
};

const prelude = `
  const once = (emitter, event) => new Promise((done) => emitter.once(event, (...args) => done(args)));
  const open = (options = {}) => io({ path: "/sockethub", forceNew: true, ...options });
  const dummy = ["https://www.w3.org/ns/activitystreams", "https://sockethub.org/ns/context/v1.jsonld", "https://sockethub.org/ns/context/platform/dummy/v1.jsonld"];
  const echo = (content) => ({ "@context": dummy, type: "echo", actor: { id: "me", type: "person" }, object: { type: "message", content } });
`;
const inPage = (page, fn, arg = null) => page.evaluate(`(async () => { ${prelude} return (${fn})(${JSON.stringify(arg)}); })()`);

for (const [name, add] of Object.entries(scripts)) {
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    test(`${name} over ${transports.join(" then ")}`, async (page) => {
      await add(page);
      const got = await inPage(page, async (transports) => {
        const socket = open({ transports });
        const early = socket.emitWithAck("message", echo("early"));
        await once(socket, "connect");
        if (transports.length > 1 && socket.io.engine.transport.name !== "websocket") await once(socket.io.engine, "upgrade");
        const result = {
          early: (await early).object.content,
          text: (await socket.timeout(30000).emitWithAck("message", echo("héllo 🌱\u2028"))).object.content,
          many: (await Promise.all(Array.from({ length: 50 }, (_, i) => socket.emitWithAck("message", echo(String(i)))))).every((a, i) => a.object.content === String(i)),
          registry: (await socket.emitWithAck("schemas")).platforms.some((p) => p.id === "dummy"),
          transport: socket.io.engine.transport.name,
          id: socket.id.length,
          late: await socket.timeout(50).emitWithAck("nobody listens").catch((err) => err.message),
        };
        socket.disconnect();
        const other = io("/nowhere", { path: "/sockethub", transports, forceNew: true });
        const [error] = await once(other, "connect_error");
        result.nowhere = [error.message, other.active];
        other.disconnect();
        return result;
      }, transports);
      equal(got, { early: "early", text: "héllo 🌱\u2028", many: true, registry: true, transport: transports.at(-1), id: 20, late: "operation has timed out", nowhere: ["Invalid namespace", false] });
    });
  }

  // Under a name that is not localhost, as most servers have: there Chromium
  // does not say of its requests that they come from a page.
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    test(`${name}: a lost connection over ${transports.join(" then ")} comes back with its session`, async (page) => {
      await add(page);
      const got = await inPage(page, async (transports) => {
        const socket = open({ transports, reconnectionDelay: 50, randomizationFactor: 0 });
        await once(socket, "connect");
        if (transports.length > 1 && socket.io.engine.transport.name !== "websocket") await once(socket.io.engine, "upgrade");
        const { id } = socket;
        // A session can come back from its last event on: it needs one.
        const event = once(socket, "schemas");
        socket.emit("schemas");
        await event;
        const down = once(socket, "disconnect");
        dispatchEvent(new Event("offline"));
        const [reason] = await down;
        const kept = socket.emitWithAck("message", echo("kept"));
        await once(socket, "connect");
        const result = [reason, socket.recovered, socket.id === id, (await kept).object.content];
        socket.disconnect();
        return result;
      }, transports);
      equal(got, ["transport close", true, true, "kept"]);
    }, { url: elsewhere + "/metadata-test.html", expect: ["400 for GET", "400 (Bad Request)"] });
  }

  test(`${name} below our client library`, async (page) => {
    await add(page);
    await page.addScriptTag({ url: "/sockethub-client.min.js" });
    const got = await inPage(page, async () => {
      const socket = open({ reconnectionDelay: 50 });
      const sc = new SockethubClient(socket);
      const early = sc.send({ "@context": dummy, type: "echo", actor: "me", object: { type: "message", content: "early" } });
      const info = await sc.ready();
      const refused = await sc.send({ "@context": sc.contextFor("dummy"), type: "dance", actor: "me" }).catch((err) => [err.code, err.message]);
      const failed = await sc.send({ ...echo("rain"), type: "fail" }).catch((err) => err.message);
      const byCallback = await new Promise((done) => sc.socket.emit("message", echo("callback"), done));
      const again = new Promise((done) => sc.socket.once("ready", done));
      sc.socket.disconnect();
      sc.socket.connect();
      const result = [info.reason, (await early).object.content, refused, failed, byCallback.object.content, (await again).reason];
      sc.close();
      socket.disconnect();
      return result;
    });
    equal(got, ["initial-connect", "early", ["invalid", "SockethubClient validation failed: [dummy] /type: must be equal to one of the allowed values"], "Error: rain", "callback", "reconnect"]);
  });

  test(`${name} below npm's client library`, async (page) => {
    await add(page);
    await page.addScriptTag({ content: npm("@sockethub/client/dist/sockethub-client.browser.js") });
    const got = await inPage(page, async () => {
      const raw = open({ reconnectionDelay: 50 });
      const sc = new SockethubClient(raw);
      sc.debug = false;
      const events = [];
      for (const event of ["connect", "disconnect"]) sc.socket.on(event, () => events.push(event));
      if (!raw.connected) await once(raw, "connect");
      // It makes an actor known first, names it by its id, and says the context in short.
      sc.ActivityStreams.Object.create({ id: "mara@harbour.test", type: "person", name: "Mara" });
      const ask = (type, content) => new Promise((done) => sc.socket.emit("message", sc.ActivityStreams.Stream({ context: "dummy", type, actor: "mara@harbour.test", object: { type: "message", content } }), done));
      const answer = await ask("echo", "old words");
      const failed = await ask("fail", "rain");
      const up = once(raw, "connect");
      raw.io.engine.close();
      await up;
      const again = await ask("echo", "after a break");
      const result = [answer.context, answer.object.content, answer.target.id, failed.error, again.object.content, [...events]];
      raw.disconnect();
      return result;
    });
    equal(got, ["dummy", "old words", "mara@harbour.test", "Error: rain", "after a break", ["connect", "disconnect", "connect"]]);
  });
}

test("a refusal comes before the end, also when one answer to a poll brings both", async (page) => {
  const strict = await new Server({ rateLimiter: { maxConnectionsPerIp: 1 } }).start();
  await page.goto(strict.url + "/metadata-test.html");
  await scripts.ours(page);
  const got = await inPage(page, async () => {
    const first = open();
    await once(first, "connect");
    const second = open({ transports: ["polling"] });
    const log = [];
    for (const event of ["connect", "error"]) second.on(event, (e) => log.push(e ? e.summary : event));
    log.push((await once(second, "disconnect"))[0]);
    first.disconnect();
    second.disconnect();
    return log;
  });
  await strict.stop();
  equal(got, ["connect", "too many concurrent connections from this address", "io server disconnect"]);
});

test("five clients in a page have five ids", async (page) => {
  await scripts.ours(page);
  const ids = await inPage(page, async () => {
    const sockets = Array.from({ length: 5 }, () => io({ path: "/sockethub" }));
    await Promise.all(sockets.map((s) => once(s, "connect")));
    const ids = sockets.map((s) => s.id);
    sockets.forEach((s) => s.disconnect());
    return ids;
  });
  ok(new Set(ids).size === 5, `ids: ${ids}`);
});

test("the ES modules work together", async (page) => {
  const got = await page.evaluate(`(async () => {
    const { io } = await import("/socket.io.mjs");
    const { default: SockethubClient } = await import("/sockethub-client.min.mjs");
    const socket = io({ path: "/sockethub" });
    const sc = new SockethubClient(socket);
    const { state } = await sc.ready(30000);
    socket.disconnect();
    return [state, SockethubClient === globalThis.SockethubClient];
  })()`);
  equal(got, ["ready", true]);
});

test("apps from before contexts load the scripts as modules, and wait for nothing", async (page) => {
  const got = await page.evaluate(`(async () => {
    const load = (src) => new Promise((onload, onerror) => document.body.appendChild(Object.assign(document.createElement("script"), { type: "module", async: true, onload, onerror, src })));
    await load("/socket.io.js?module");
    await load("/sockethub-client.js?module");
    const client = new SockethubClient(io(location.origin, { path: "/sockethub", forceNew: true }));
    client.ActivityStreams.Object.create({ id: "wren@hedge.test", type: "person", name: "Wren" });
    const answer = await new Promise((done) =>
      client.socket.emit("message", { context: "dummy", actor: "wren@hedge.test", type: "echo", object: { type: "message", content: "hi", more: null } }, done));
    client.socket.disconnect();
    return [answer.context, answer["@context"].length, answer.target, answer.object];
  })()`);
  equal(got, ["dummy", 3, { id: "wren@hedge.test", type: "person", name: "Wren" }, { type: "message", content: "hi" }]);
});

await run({ url: server.url + "/metadata-test.html", bypassCSP: true, share: true });

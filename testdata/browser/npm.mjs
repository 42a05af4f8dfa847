// The socket.io server of npm, and what pages do with a client of it.
import { createServer } from "node:http";
import { load } from "./harness.mjs";

const { Server } = load("socket.io");

const sockets = new Set();
let http, port;
export let io;
export const requests = []; // that came since it was emptied: {method, url, headers}

// start listens on the port it had before, so that clients find it again.
export async function start(options = {}) {
  http = createServer();
  http.on("connection", (s) => {
    sockets.add(s);
    s.on("close", () => sockets.delete(s));
  });
  io = new Server(http, {
    path: "/hub",
    cors: { origin: true },
    pingInterval: 300,
    pingTimeout: 20000,
    connectionStateRecovery: { maxDisconnectionDuration: 60000 },
    ...options,
  });
  io.engine.on("connection_error", () => {});
  for (const event of ["request", "upgrade"]) http.on(event, ({ method, url, headers }) => requests.push({ method, url, headers }));
  for (const nsp of [io, io.of("/garden")]) {
    nsp.on("connection", (socket) => {
      socket.on("echo", (...args) => args.pop()(...args));
      socket.on("say", (...args) => socket.emit("said", ...args));
      socket.on("auth?", (ack) => ack(socket.handshake.auth, socket.handshake.query.pot));
      socket.on("ask", async (what, ack) => ack(await socket.timeout(30000).emitWithAck("asked", what)));
      socket.on("silent", () => {});
      socket.on("go", () => socket.disconnect());
      socket.on("leave me", () => (socket.emit("said", "farewell"), socket.disconnect(true)));
      socket.on("drop", () => socket.conn.close());
      socket.on("join", (room, ack) => (socket.join(room), ack()));
      socket.on("transport?", (ack) => ack(socket.conn.transport.name));
    });
  }
  io.of("/locked").use((socket, next) => {
    if (socket.handshake.auth.key === "brass") return next();
    next(Object.assign(new Error("wrong key"), { data: { hint: "brass" } }));
  });
  await new Promise((done) => http.listen(port || 0, "127.0.0.1", done));
  ({ port } = http.address());
}

export async function stop() {
  for (const s of sockets) s.destroy();
  io.engine.close();
  await new Promise((done) => http.close(done));
}

await start();
export const url = `http://127.0.0.1:${port}`;
const site = process.env.SITE;

// inPage runs fn in a page that has the script.
export function inPage(page, fn, arg = {}) {
  return page.evaluate(
    `(async () => {
      const once = (emitter, event) => new Promise((done) => emitter.once(event, (...args) => done(args)));
      const arg = ${JSON.stringify({ url, ...arg })};
      const open = (path = "", opts = {}) => io(arg.url + path, { path: "/hub", ...opts });
      return (${fn})(arg, open, once);
    })()`,
  );
}

// CLIENT=npm runs the tests with the client of npm, which passes them too.
export const npm = process.env.CLIENT === "npm";

export async function script(page, name = "/socket.io.js") {
  await page.addScriptTag(npm ? { path: `${process.env.NODE_DIR}/node_modules/socket.io-client/dist/socket.io.js` } : { url: site + name });
}

// Answers on a link that dies: everything that the server sends vanishes for a
// while, and then the connections break. Prints how the answers were told.
//
//	node dyinglink.cjs PORT TRANSPORTS LIBRARY ROUNDS   ► {"emitted":50,"told":50,"twice":0,"lost":0,"recovered":10}
const net = require("node:net");
const path = require("node:path");
const { createRequire } = require("node:module");
const packages = createRequire(path.join(__dirname, "..", "node", "package.json"));

const [port, transports, library, rounds] = process.argv.slice(2);
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const context = ["https://www.w3.org/ns/activitystreams", "https://sockethub.org/ns/context/v1.jsonld", "https://sockethub.org/ns/context/platform/dummy/v1.jsonld"];
const activity = (content) => ({ "@context": context, type: "echo", actor: { id: "a", type: "person" }, object: { type: "message", content } });

async function script(name) {
  globalThis.XMLHttpRequest ??= packages("xmlhttprequest-ssl").XMLHttpRequest;
  globalThis.WebSocket ??= packages("ws");
  const module = { exports: {} };
  new Function("module", "exports", await (await fetch(`http://127.0.0.1:${port}/${name}`)).text())(module, module.exports);
  return module.exports;
}

/** A way to the server. Muted, it lets nothing back but what answers a POST: else npm's client would never send the next one. */
function link() {
  const l = { muted: false, pipes: new Set() };
  const server = net.createServer((client) => {
    const up = net.connect(+port, "127.0.0.1");
    let posting = false;
    const end = () => {
      l.pipes.delete(end);
      client.destroy();
      up.destroy();
    };
    l.pipes.add(end);
    for (const s of [client, up]) s.on("error", end).on("close", end);
    client.on("data", (data) => {
      if (/^(GET|POST) /.test(data.toString("latin1", 0, 5))) posting = data[0] === 0x50;
      up.write(data);
    });
    up.on("data", (data) => (!l.muted || (posting && library !== "ours")) && client.write(data));
  });
  return new Promise((r) => server.listen(0, "127.0.0.1", () => r(Object.assign(l, { server, url: `http://127.0.0.1:${server.address().port}` }))));
}

async function round(io, Client, result) {
  const l = await link();
  const socket = io(l.url, { path: "/sockethub", transports: transports.split(","), auth: { recovery: true }, forceNew: true, reconnectionDelay: 100 });
  await new Promise((r) => socket.once("connect", r));
  const told = {};
  const tell = (m) => (told[m.object.content] = (told[m.object.content] || 0) + 1);
  let ask = (content) => socket.emit("message", activity(content), tell);
  if (Client) {
    const client = new Client(socket);
    client.debug = false;
    client.socket.on("message", tell);
    await client.ready();
    ask = (content) => client.send(activity(content)).then(tell, (e) => tell({ object: { content: "refused " + e.message } }));
  } else socket.on("message", tell);
  ask("before");
  while (!told.before) await sleep(20);
  await sleep(300);
  l.muted = true;
  for (let i = 0; i < 5; i++) ask("e" + i);
  await sleep(600);
  l.muted = false;
  const back = new Promise((r) => socket.once("connect", r));
  for (const end of [...l.pipes]) end();
  await back;
  if (socket.recovered) result.recovered++;
  const all = [0, 1, 2, 3, 4].map((i) => "e" + i);
  for (let i = 0; i < 100 && !all.every((e) => told[e]); i++) await sleep(100);
  await sleep(300); // for what comes twice
  for (const e of all) {
    result.emitted++;
    if (told[e]) result.told++;
    else result.lost++;
    if (told[e] > 1) result.twice++;
  }
  for (const key of Object.keys(told)) if (key.startsWith("refused")) result.refused = key;
  socket.close();
  l.server.close();
  for (const end of [...l.pipes]) end();
}

(async () => {
  const { io } = library === "ours" ? await script("socket.io.js") : packages(library);
  const Client = library === "ours" ? await script("sockethub-client.js") : null;
  const result = { emitted: 0, told: 0, twice: 0, lost: 0, recovered: 0 };
  await Promise.all(Array.from({ length: +rounds }, () => round(io, Client, result)));
  console.log(JSON.stringify(result));
  process.exit(0);
})();

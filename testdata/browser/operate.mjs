// The status page at the admin address of the real server.
import { accessible, equal, fits, gone, load, ok, run, test } from "./harness.mjs";
import { answers, freePort, run as start, Server } from "./server.mjs";

// Several clients, each with a message under way until they are closed.
async function traffic(url, clients) {
  const { io } = load("socket.io-client");
  const activity = (type) => ({
    "@context": ["https://www.w3.org/ns/activitystreams", "https://sockethub.org/ns/context/v1.jsonld", "https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],
    type, actor: { id: "me", type: "person" }, object: { type: "message", content: "x".repeat(100) },
  });
  const sockets = Array.from({ length: clients }, () => io(url, { path: "/sockethub", forceNew: true }));
  for (const socket of sockets) {
    const again = () => socket.connected && socket.emit("message", activity("echo"), () => setTimeout(again, 10));
    socket.on("connect", again);
  }
  await Promise.all(sockets.map((socket) => new Promise((done) => socket.on("connect", done))));
  return { send: (type) => sockets[0].emit("message", activity(type), () => {}), close: () => sockets.forEach((socket) => socket.disconnect()) };
}

test("the real server under traffic, losing a worker and its Redis", async (page) => {
  const [adminPort, redisPort] = [await freePort(), await freePort()];
  const startRedis = async () => {
    const redis = start(process.env.REDIS_SERVER, ["--port", String(redisPort), "--bind", "127.0.0.1", "--save", ""]);
    await answers(redisPort, redis);
    return redis;
  };
  let redis = await startRedis();
  const server = await new Server({ admin: { listen: `127.0.0.1:${adminPort}` } }, { REDIS_URL: `redis://127.0.0.1:${redisPort}` }).start();
  await answers(adminPort, server.child);
  const tile = (name) => page.locator(".tile", { hasText: name });
  const number = (name, wanted) => page.waitForFunction(([name, wanted]) => {
    const tile = [...document.querySelectorAll(".tile")].find((t) => t.textContent.startsWith(name));
    return new RegExp(wanted).test(tile?.querySelector("strong").textContent);
  }, [name, wanted]);
  await page.goto(`http://127.0.0.1:${adminPort}/status`);
  await page.locator("#state[data-state=good]", { hasText: "Ready, for less than a minute" }).waitFor();
  await page.getByText("No platform has anything to do.").waitFor();
  equal(await page.locator("#version").textContent(), (await (await fetch(server.url)).text()).match(/data-version="([^"]*)"/)[1], "version");

  const clients = await traffic(server.url, 4);
  await number("Connections", "^4$");
  await number("Events a second", "^[1-9]");
  await number("Mean time to an answer", "^[0-9.]+ ms$");
  await number("Redis", "^up$");
  const row = page.locator("tbody tr");
  await row.first().waitFor();
  const cells = await row.first().locator("td").allTextContents();
  equal(cells[0], "dummy", "platform");
  ok(Number(cells[3]) > 1 && /^[0-9.]+ MiB$/.test(cells[4]), `process and memory: ${cells}`);
  await fits(page, "status");
  clients.send("sigkill");
  await number("Worker restarts", "^[1-9]");

  redis.kill("SIGKILL");
  await redis.ended;
  await number("Redis", "^down$");
  await page.locator("#state[data-state=bad]").waitFor();
  await accessible(page, "status without Redis");
  redis = await startRedis();
  await number("Redis", "^up$");
  await page.locator("#state[data-state=good]").waitFor();
  clients.close();
  await number("Connections", "^0$");
  ok(await tile("Connections").locator("path.curve").getAttribute("d"), "a curve");

  await server.stop();
  await page.locator("#state[data-state=bad]", { hasText: "The server does not answer" }).waitFor();
  await server.start();
  await page.locator("#state[data-state=good]").waitFor();
  await server.stop();
  redis.kill("SIGKILL");
}, { expect: gone });

test("without Redis nothing is said of it", async (page) => {
  const adminPort = await freePort();
  const server = await new Server({ admin: { listen: `127.0.0.1:${adminPort}` } }).start();
  await answers(adminPort, server.child);
  await page.goto(`http://127.0.0.1:${adminPort}/status`);
  await page.locator("#state[data-state=good]").waitFor();
  equal(await page.getByText(/Redis|refused/).filter({ visible: true }).count(), 0, "words about Redis");
  await server.stop();
}, { expect: gone });

await run({ url: "about:blank" });

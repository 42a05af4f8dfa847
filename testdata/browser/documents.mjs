// The pages that the documents show, as a site of its own would serve them: the
// server is at another origin.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { equal, ok, open, run, test } from "./harness.mjs";
import { accounts, IRCServer } from "./irc.mjs";
import { Server } from "./server.mjs";

const root = "../../";
const server = await new Server({ platforms: ["feeds", "irc"], packageConfig: { irc: { allowPrivateAddresses: true } } }).start();
const irc = await new IRCServer(accounts).start();

// site serves a page whose addresses are those of the test's servers.
async function site(html) {
  const page = html.replaceAll("http://localhost:10550", server.url);
  const own = createServer((request, response) => {
    if (request.url !== "/") return response.writeHead(204).end();
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page);
  });
  await new Promise((done) => own.listen(0, "127.0.0.1", done));
  own.unref();
  return `http://127.0.0.1:${own.address().port}/`;
}

const blocks = [...readFileSync(root + "docs/client.md", "utf8").matchAll(/```html\n(.*?)```/gs)].map((m) => m[1]);

test("texts of a feed are shown as text", async (page) => {
  await page.waitForSelector("hr");
  equal(await page.locator("a").first().textContent(), "Low water at dawn");
  ok(!(await page.locator("body").innerText()).includes("<p>"), "tags are shown");
}, { url: await site("<!DOCTYPE html>" + blocks[0]) });

test("a frame runs nothing", async (page) => {
  page.on("dialog", () => page.faults.push("a script ran"));
  equal(await page.frameLocator("iframe").locator("b").textContent(), "stranger");
}, { url: await site("<!DOCTYPE html>" + blocks[1]), expect: ["Blocked script execution", "Content Security Policy"] });

const example = await site(readFileSync(root + "docs/examples/page.html", "utf8"));

test("a page with feed and chat", async (mara, browser) => {
  const otto = await open(browser, example);
  for (const [page, nick] of [[mara, "mara"], [otto, "otto"]]) {
    equal(await page.locator("#news li").first().textContent(), "Low water at dawn");
    await page.fill("[name=server]", "127.0.0.1");
    await page.fill("[name=port]", String(irc.port));
    await page.uncheck("[name=secure]");
    await page.fill("[name=nick]", nick);
    await page.click("text=Enter");
    await page.waitForSelector("#say:not([hidden])");
  }
  await otto.fill("[name=text]", "good <b>morning</b>");
  await otto.press("[name=text]", "Enter");
  await mara.waitForSelector("text=otto: good <b>morning</b>");
  equal(await otto.locator("#talk li").last().textContent(), "otto: good <b>morning</b>");
  equal(otto.faults, []);
  await otto.context().close();
}, { url: example });

await run();

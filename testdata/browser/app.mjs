// The examples application against the real server: what a person does on each
// page, by clicking and typing.
import { createServer } from "node:http";
import { accessible, equal, fits, ok, picture, run, Skip, test } from "./harness.mjs";
import { Server } from "./server.mjs";

// A site to read feeds and pages from.
const articles = ["Low water at dawn", "The ferry is back", "A lamp for the pier head"].map(
  (title, i) => `<item><title>${title}</title><link>https://harbour.example/${i}</link><pubDate>Sat, 0${5 - i} Oct 2024 07:30:00 GMT</pubDate>
    <description>&lt;p&gt;Seen from the &lt;b&gt;old mole&lt;/b&gt;. ${"The tide turned at ten to seven. ".repeat(i * 8)}&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</description></item>`,
);
const site = createServer((request, response) => {
  if (request.url === "/feed.xml") {
    response.setHeader("Content-Type", "application/rss+xml");
    response.end(`<rss version="2.0"><channel><title>Harbour notes</title><link>https://harbour.example/</link><description>What came in and what went out.</description>
      <item><title>A trap</title><link>javascript:alert(1)</link><description>no link</description></item>${articles.join("")}</channel></rss>`);
  } else if (request.url === "/page") {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!DOCTYPE html><html lang="en"><head><title>Pier</title><meta property="og:title" content="The pier at low water">
      <meta property="og:description" content="Forty-one curlews between the slip and the old mole."><meta property="og:site_name" content="Harbour notes">
      <meta property="og:image" content="/pier.jpg"><meta property="og:image:alt" content="A pier"></head><body></body></html>`);
  } else {
    response.statusCode = 404;
    response.end("no");
  }
});
await new Promise((done) => site.listen(0, "127.0.0.1", done));
const there = `http://127.0.0.1:${site.address().port}`;

const open = { allowPrivateAddresses: true };
const server = await new Server({ packageConfig: { "@sockethub/platform-feeds": open, "@sockethub/platform-metadata": open } }).start();
process.env.SITE = server.url;

async function visit(page, path) {
  await page.goto(server.url + path);
  await page.waitForSelector("#connection[data-state=ready]");
}

async function registry(page) {
  await page.waitForSelector("#connection[data-state=ready]");
  return page.evaluate("[...document.querySelectorAll('#pages a')].map((a) => a.getAttribute('href'))");
}

test("home offers the pages that the server has platforms for", async (page) => {
  const links = await registry(page);
  ok(links.includes("/dummy") && links.includes("/feeds"), `links: ${links}`);
  await page.waitForSelector(".cards a[href='/feeds']");
  equal(await page.locator(".cards a").count(), links.length - 1, "cards");
  await accessible(page, "home");
  await page.goto(server.url + "/no/such/page");
  await page.getByRole("heading", { name: "No such page" }).waitFor();
  if (!links.includes("/metadata")) {
    await visit(page, "/metadata");
    await page.getByText("This server runs without the platform metadata.").waitFor();
  }
});

test("echo: answers, errors in words, a worker that ends", async (page) => {
  await visit(page, "/");
  await page.getByRole("link", { name: /^Echo/ }).first().click();
  const text = page.getByLabel("Text", { exact: true });
  await text.fill("Hello from a test");
  await text.press("Enter");
  await page.locator(".answers li", { hasText: "Hello from a test" }).waitFor();
  await page.getByRole("button", { name: "Greet" }).click();
  await page.locator(".answers li", { hasText: "Hello Hello from a test" }).waitFor();
  await page.getByRole("button", { name: "Fail" }).click();
  await page.getByRole("alert").getByText("Hello from a test.").waitFor();
  await page.getByText("Make the worker end").click();
  await page.getByRole("button", { name: "Be killed" }).click();
  await page.getByRole("alert").getByText(/killed/).waitFor();
  await page.getByRole("button", { name: "Echo", exact: true }).click();
  await page.getByRole("alert").waitFor({ state: "hidden" });
  await accessible(page, "echo");
});

test("feeds: a list to read; text, never markup; errors where they happened", async (page) => {
  await visit(page, "/feeds");
  await page.getByLabel("Address of the feed").fill(there.slice("http://".length) + "/feed.xml");
  // Without a scheme it is taken for https, which this site does not speak.
  await page.getByRole("button", { name: "Read the feed" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Address of the feed").fill(there + "/feed.xml");
  await page.getByLabel("Address of the feed").press("Enter");
  await page.getByText("4 articles from Harbour notes.").waitFor();
  equal(await page.locator(".articles h3").allTextContents(), ["Low water at dawn", "The ferry is back", "A lamp for the pier head", "A trap"]);
  const links = await page.locator(".articles a").evaluateAll((all) => all.map((a) => a.href));
  equal(links.slice(0, 3), [0, 1, 2].map((i) => `https://harbour.example/${i}`));
  ok(links.every((link) => /^https?:/.test(link)), `links that run: ${links}`);
  ok((await page.locator(".articles li").first().textContent()).includes("Seen from the old mole."), "text of the article");
  await page.getByRole("button", { name: "Read on" }).click();
  await page.getByRole("button", { name: "Less" }).waitFor();
  await accessible(page, "feeds");
  await page.getByLabel("Address of the feed").fill(there + "/nothing");
  await page.getByRole("button", { name: "Read the feed" }).click();
  await page.getByRole("alert").waitFor();
  equal(await page.locator(".articles").isVisible(), false, "the old list is gone");
  await page.getByLabel("Address of the feed").fill("not an address");
  await page.getByRole("button", { name: "Read the feed" }).click();
  await page.getByText("This is not a web address.").waitFor();
});

test("link preview: a page becomes a card", async (page) => {
  if (!(await registry(page)).includes("/metadata")) throw new Skip("the server has no platform metadata");
  await visit(page, "/metadata");
  await page.getByLabel("Address of the page").fill(there + "/page");
  await page.getByRole("button", { name: "Show the preview" }).click();
  const card = page.locator("article.preview");
  await card.getByRole("heading", { name: "The pier at low water" }).waitFor();
  ok((await card.textContent()).includes("Forty-one curlews"), "description");
  await picture(page, "preview");
  equal(await card.locator("img").count(), 0, "pictures loaded from elsewhere");
  await accessible(page, "preview");
  await page.getByLabel("Address of the page").fill(there + "/nothing");
  await page.getByLabel("Address of the page").press("Enter");
  await page.getByRole("alert").waitFor();
});

test("the inspector shows, filters and copies", async (page) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await visit(page, "/dummy");
  await page.getByRole("button", { name: "Echo", exact: true }).click();
  await page.locator(".answers li").waitFor();
  const entry = page.locator(".entry.sent", { hasText: "echo" });
  await entry.locator(".fate", { hasText: "ms" }).waitFor();
  await entry.locator("summary").first().click();
  await entry.getByText('"Hello from the browser"').first().waitFor();
  await entry.getByRole("button", { name: "Copy as JavaScript" }).click();
  await entry.getByRole("button", { name: "Copied" }).waitFor();
  const script = await page.evaluate("navigator.clipboard.readText()");
  // What was copied runs as it is.
  const answer = await page.evaluate(`(async () => { ${script.replace("console.log(answer)", "return answer")} })()`);
  equal(answer.object.content, "Hello from the browser", "answer to the copied code");
  await entry.getByRole("button", { name: "as curl" }).click();
  const command = await page.evaluate("navigator.clipboard.readText()");
  ok(command.startsWith(`curl -N '${server.url}/sockethub-http'`), command);
  await picture(page, "inspector");
  await page.getByLabel("Filter").fill("no such thing");
  await page.getByText("Nothing matches the filter.").waitFor();
  await page.getByLabel("Filter").fill("");
  await page.getByLabel("Show").selectOption("connection");
  equal(await page.locator(".entry.sent:visible").count(), 0, "sent entries under the filter");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("Nothing yet").waitFor();
  await accessible(page, "inspector");
});

test("everything by keyboard", async (page) => {
  await visit(page, "/");
  await page.keyboard.press("Tab");
  equal(await page.evaluate("document.activeElement.textContent"), "Skip to the page");
  const reach = async (what) => {
    for (let i = 0; i < 60; i++) {
      if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(what)})`)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab never comes to ${what}`);
  };
  await reach("#pages a[href='/dummy']");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Echo" }).waitFor();
  equal(await page.evaluate("document.activeElement.id"), "page", "focus after moving to a page");
  await reach("input[name=text]");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("typed");
  await page.keyboard.press("Enter");
  await page.locator(".answers li", { hasText: "typed" }).waitFor();
  await page.goBack();
  await page.locator(".cards").waitFor();
});

test("a server that was away comes back by itself", async (page) => {
  await visit(page, "/dummy");
  await server.stop();
  await page.waitForSelector("#connection:not([data-state=ready])");
  equal(await page.getByRole("button", { name: "Echo", exact: true }).isDisabled(), true, "the button waits");
  await server.start();
  await page.waitForSelector("#connection[data-state=ready]", { timeout: 30000 });
  await page.getByRole("button", { name: "Echo", exact: true }).click();
  await page.locator(".answers li").waitFor();
}, { expect: ["Failed to load resource", "WebSocket connection", "net::", "400 for", "503 for"], seconds: 60 });

for (const colorScheme of ["light", "dark"]) {
  test(`a phone of 360 points, ${colorScheme}`, async (page) => {
    const links = await registry(page);
    for (const path of links) {
      await visit(page, path);
      await fits(page, path);
      if (colorScheme === "dark") await accessible(page, `${path} in the dark`);
      await page.locator("#toggle-inspector").click();
      await fits(page, `${path} with the inspector`);
      await page.keyboard.press("Escape");
    }
    await visit(page, "/feeds");
    await page.getByLabel("Address of the feed").fill(there + "/feed.xml");
    await page.getByLabel("Address of the feed").press("Enter");
    await page.locator(".articles li").first().waitFor();
    await fits(page, "a feed");
    if (colorScheme === "dark") await picture(page, "phone");
  }, { colorScheme, viewport: { width: 360, height: 740 }, seconds: 60 });
}

test("a feed on a wide screen, for the picture", async (page) => {
  await visit(page, "/feeds");
  await page.getByLabel("Address of the feed").fill(server.url + "/feed.xml");
  await page.getByLabel("Address of the feed").press("Enter");
  await page.getByText("10 articles from Harbour notes.").waitFor();
  await page.evaluate("scrollTo(0, 0)");
  await picture(page, "feeds");
  await fits(page, "feeds");
});

await run({ url: server.url, viewport: { width: 1280, height: 800 } });

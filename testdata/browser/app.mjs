// The examples application against the real server: what a person does on each
// page, by clicking and typing.
import { createServer } from "node:http";
import { resolve } from "node:path";
import { accessible, equal, fits, gone, inView, ok, open, picture, run, test } from "./harness.mjs";
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
      <item><title>A trap</title><link>javascript:alert(1)</link><description>no link</description><enclosure url="${there}/pier.png" type="image/png" length="68"/></item>${articles.join("")}</channel></rss>`);
  } else if (request.url === "/page") {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!DOCTYPE html><html lang="en"><head><title>Pier</title><meta property="og:title" content="The pier at low water">
      <meta property="og:description" content="Forty-one curlews between the slip and the old mole."><meta property="og:site_name" content="Harbour notes">
      <meta property="og:image" content="/pier.png"><meta property="og:image:alt" content="A pier"></head><body></body></html>`);
  } else if (request.url === "/pier.png") {
    response.setHeader("Content-Type", "image/png");
    response.end(Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"));
  } else if (request.url === "/empty.xml") {
    response.setHeader("Content-Type", "application/rss+xml");
    response.end("<rss version=\"2.0\"><channel><title>Nothing yet</title></channel></rss>");
  } else if (request.url === "/long.xml") {
    response.setHeader("Content-Type", "application/rss+xml");
    response.end(`<rss version="2.0"><channel><title>${"Longships".repeat(20)}</title><item><title>${"w".repeat(300)}</title><link>https://harbour.example/${"l".repeat(300)}</link><description>${"x".repeat(900)}</description></item></channel></rss>`);
  } else if (request.url === "/bare") {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!DOCTYPE html><title>${"Bare".repeat(60)}</title>`);
  } else {
    response.statusCode = 404;
    response.end("no");
  }
});
await new Promise((done) => site.listen(0, "127.0.0.1", done));
const there = `http://127.0.0.1:${site.address().port}`;

const inside = { allowPrivateAddresses: true };
const platforms = ["dummy", "feeds", "irc", "metadata", resolve("../platforms/echo.sh")];
const server = await new Server({ platforms, packageConfig: { "@sockethub/platform-feeds": inside, "@sockethub/platform-metadata": inside } }).start();
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
  equal(links, ["/", "/dummy", "/feeds", "/metadata", "/irc", "/platforms/echo-shell"], "pages");
  await accessible(page, "home");
  await picture(page, "home");
  await page.goto(server.url + "/no/such/page");
  await page.getByRole("heading", { name: "No such page" }).waitFor();
  await accessible(page, "no such page");
  await visit(page, "/platforms/gopher");
  await page.getByText("This server runs without the platform gopher.").waitFor();
  await accessible(page, "a platform that is not there");
  await visit(page, "/examples");
  await page.locator("#pages a[href='/'][aria-current]").waitFor();
  equal(await page.title(), "Sockethub");
  await page.getByRole("heading", { name: "In a page of your own" }).waitFor();
});

test("echo: answers, errors in words, a worker that ends", async (page) => {
  await visit(page, "/");
  await page.getByRole("link", { name: /^Echo/ }).first().click();
  await page.getByText("No answers yet.").waitFor();
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
  await picture(page, "echo");
  await page.getByRole("button", { name: "Echo", exact: true }).click();
  await page.getByRole("alert").waitFor({ state: "hidden" });
  await accessible(page, "echo");
});

test("the documents beside a form: what each type does, and what was recorded", async (page) => {
  for (const [path, platform, type, said] of [["/feeds", "feeds", "fetch", "Read a feed."], ["/metadata", "metadata", "fetch", "Preview a page."], ["/irc", "irc", "query", "Ask who is there, what was said, or who somebody is."], ["/dummy", "dummy", "echo", "Say it again."]]) {
    await visit(page, path);
    await page.getByText(`Messages of ${platform}`).click();
    await page.getByRole("heading", { name: type, exact: true }).waitFor();
    await page.getByText(said).first().waitFor();
    await page.getByRole("heading", { name: "Errors" }).waitFor();
    await page.locator(".exchange summary").first().click();
    await page.locator(".exchange[open] dd", { hasText: platform === "irc" ? "host name" : "" }).first().waitFor();
    await page.locator(".exchange summary").nth(1).click();
    await page.locator(".exchange[open] .json").first().waitFor();
    await accessible(page, `the documents of ${platform}`);
  }
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
  ok((await page.locator(".articles li p").first().textContent()) === "Seen from the old mole.", "text of the article, without what runs");
  await page.getByRole("button", { name: "Read on" }).click();
  await page.getByRole("button", { name: "Less" }).waitFor();
  equal(await page.locator(".articles img").count(), 0, "pictures before one asks for them");
  await page.getByRole("button", { name: "Show the picture" }).click();
  await page.waitForFunction(() => document.querySelector(".articles img")?.naturalWidth === 1);
  await accessible(page, "feeds");
  await page.reload();
  await page.getByText("4 articles from Harbour notes.").waitFor();
  equal(await page.getByLabel("Address of the feed").inputValue(), there + "/feed.xml", "the address after a reload");
  await page.getByRole("button", { name: "The feed of this server" }).click();
  await page.getByText("10 articles from Harbour notes.").waitFor();
  await page.getByLabel("Address of the feed").fill(there + "/nothing");
  await page.getByRole("button", { name: "Read the feed" }).click();
  await page.getByRole("alert").waitFor();
  equal(await page.locator(".articles").isVisible(), false, "the old list is gone");
  await page.getByLabel("Address of the feed").fill(there + "/empty.xml");
  await page.getByRole("button", { name: "Read the feed" }).click();
  await page.getByText("The feed was read, and has no articles.").waitFor();
  await page.getByLabel("Address of the feed").fill("not an address");
  await page.getByRole("button", { name: "Read the feed" }).click();
  await page.getByText("This is not a web address.").waitFor();
});

test("link preview: a page becomes a card", async (page) => {
  await visit(page, "/metadata");
  await page.getByLabel("Address of the page").fill(there + "/page");
  await page.getByRole("button", { name: "Show the preview" }).click();
  const card = page.locator("article.preview");
  await card.getByRole("heading", { name: "The pier at low water" }).waitFor();
  ok((await card.textContent()).includes("Forty-one curlews"), "description");
  await picture(page, "preview");
  equal(await card.locator("img").count(), 0, "pictures loaded from elsewhere");
  await accessible(page, "preview");
  await page.reload();
  await card.getByRole("button", { name: "Show the picture" }).click();
  await page.waitForFunction(() => document.querySelector("article.preview img")?.naturalWidth === 1);
  equal(await card.locator("img").getAttribute("alt"), "A pier");
  await page.getByRole("button", { name: "A page of this server" }).click();
  await card.getByRole("heading", { name: "Sockethub Metadata Test" }).waitFor();
  await page.getByLabel("Address of the page").fill(there + "/bare");
  await page.getByLabel("Address of the page").press("Enter");
  await page.getByText("The page does not describe itself.").waitFor();
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
  ok(/^\d\d:\d\d:\d\d$/.test(await entry.locator("time").textContent()), "time");
  equal((await entry.locator("summary").first().textContent()).includes("↑sent"), true, "direction, for the eye and the ear");
  ok(/^\d+(\.\d)? ms$/.test(await entry.locator(".fate").textContent()), "time to the answer");
  await entry.locator("summary").first().click();
  await entry.getByText('"Hello from the browser"').first().waitFor();
  // The three addresses of the context are folded until one looks at them.
  const folded = entry.locator("li", { hasText: "@context" }).first().locator("details").first();
  equal(await folded.getByText("/platform/dummy/v1.jsonld").count(), 0, "folded");
  await folded.locator("summary").click();
  await folded.getByText("/platform/dummy/v1.jsonld").waitFor();
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
  await page.getByRole("button", { name: "Fail" }).click();
  await page.getByLabel("Show").selectOption("failed");
  equal(await page.locator(".entry:visible .entry-name").allTextContents(), ["fail"], "what failed");
  await page.locator(".entry-error:visible", { hasText: "Error: Hello from the browser" }).waitFor();
  await page.getByLabel("Show").selectOption("connection");
  equal(await page.locator(".entry.sent:visible").count(), 0, "sent entries under the filter");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("Nothing yet").waitFor();
  await accessible(page, "inspector");
});

test("any platform: a message that its schema allows, its answers and events", async (page) => {
  await visit(page, "/");
  await page.getByRole("link", { name: "echo-shell" }).last().click();
  await page.getByText("No answers yet.").waitFor();
  const text = page.getByLabel("Message", { exact: true });
  const choose = (type) => page.getByLabel("Type", { exact: true }).selectOption(type);
  const send = () => page.getByRole("button", { name: "Send", exact: true }).click();
  equal(await page.getByLabel("Type", { exact: true }).locator("option").allTextContents(), ["credentials", "connect", "echo", "fail"]);
  await page.getByText("This fits the schema.").waitFor();
  await send();
  await page.getByText("The credentials are stored").waitFor();
  await choose("connect");
  await send();
  await page.getByText("Answer to connect").waitFor();
  await choose("echo");
  await page.getByText("This fits the schema.").waitFor();
  await send();
  await page.getByText("Answer to echo").waitFor();
  await page.locator(".answers li", { hasText: "Event echo" }).getByText('"echo 1"').waitFor();
  await accessible(page, "any platform");
  await picture(page, "platform");

  const echo = await text.inputValue();
  await text.fill(echo.replace("echo", "dance"));
  await page.getByText("/type: must be equal to one of the allowed values.").waitFor();
  await send();
  equal(await page.evaluate("document.activeElement.name"), "message", "focus on what is wrong");
  equal(await page.locator(".answers > li").count(), 4, "nothing was sent");
  await text.fill("{");
  await page.getByText("This is not JSON").waitFor();
  await accessible(page, "a message that is none");
  await text.fill("[]");
  await page.getByText("A message is an object").waitFor();
  await choose("fail");
  await send();
  await page.getByRole("alert").getByText("No reason.").waitFor();
  await choose("echo");
  equal(await text.inputValue(), "[]", "what was typed");
  await page.getByRole("button", { name: "Begin anew" }).click();
  equal(await text.inputValue(), echo, "the beginning");
  await page.getByText("Schema", { exact: true }).click();
  await page.locator("details.panel .json-name", { hasText: "properties" }).waitFor();
});

test("a message to begin from, by its schema", async (page) => {
  const cases = [
    [{ required: ["a", "b"], properties: { a: { type: "string" }, b: { const: 7 }, c: { type: "string" } } }, { a: "", b: 7 }],
    [{ type: "object", required: ["o"], properties: { o: { $ref: "#/definitions/x~1y" } }, definitions: { "x/y": { enum: ["first", "second"] } } }, { o: "first" }],
    [{ oneOf: [{ type: "integer", minimum: 3 }, { type: "string" }] }, 3],
    [{ type: "object", required: ["a"], properties: { a: { type: "boolean" } }, allOf: [{ required: ["b"], properties: { b: { default: "d" } } }] }, { a: false, b: "d" }],
    [{ type: ["array", "null"], minItems: 2, items: { type: "string", format: "iri" } }, ["https://example.org/", "https://example.org/"]],
    [{ $ref: "#" }, null], // it refers to itself for ever
    [{}, null],
    [false, null],
  ];
  for (const [schema, want] of cases) {
    equal(await page.evaluate(`import("/js/sample.js").then(({ sample }) => sample(${JSON.stringify(schema)}))`), want, JSON.stringify(schema));
  }
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

  await page.locator("#pages a[href='/feeds']").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Feeds" }).waitFor();
  await reach("input[name=url]");
  await page.keyboard.type(there + "/feed.xml");
  await page.keyboard.press("Enter");
  await page.locator(".articles li").first().waitFor();
  await reach(".articles button");
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Less" }).waitFor();

  await page.locator("#toggle-inspector").focus();
  await page.keyboard.press("Enter"); // it was open: there is room for it
  await page.locator("#inspector").waitFor({ state: "hidden" });
  await page.keyboard.press("Enter");
  equal(await page.evaluate("document.activeElement.id"), "inspector-filter", "focus in the inspector");
  await reach(".entry summary");
  await page.keyboard.press("Enter");
  await reach(".entry button");
  await page.keyboard.press("Escape");
  equal(await page.evaluate("document.activeElement.id"), "toggle-inspector", "focus after the inspector");
}, { alone: true });

test("a server that was away comes back by itself", async (page) => {
  await visit(page, "/dummy");
  await server.stop();
  await page.waitForSelector("#connection:not([data-state=ready])");
  equal(await page.getByRole("button", { name: "Echo", exact: true }).isDisabled(), true, "the button waits");
  await server.start();
  await page.waitForSelector("#connection[data-state=ready]");
  await page.getByRole("button", { name: "Echo", exact: true }).click();
  await page.locator(".answers li").waitFor();
}, { expect: gone });

test("while the server does not answer every page says so", async (page) => {
  await page.route("**/sockethub/**", (route) => route.abort());
  await page.routeWebSocket("**/sockethub/**", (socket) => socket.close());
  for (const path of ["/feeds", "/", "/irc", "/platforms/echo-shell"]) {
    await page.goto(server.url + path);
    await page.locator("main").getByText(/The server does not answer.* This page goes on trying/).waitFor();
    await page.locator("#connection:not([data-state=ready])").waitFor();
    await accessible(page, `${path} without a server`);
    await fits(page, `${path} without a server`);
  }
  await page.unroute("**/sockethub/**");
  await page.getByLabel("Message", { exact: true }).waitFor();
}, { alone: true, viewport: { width: 360, height: 740 }, expect: ["Failed to load resource", "WebSocket", "net::"] });

test("what the server allows no more is said in words", async (page, browser) => {
  const strict = await new Server({ rateLimiter: { maxRequests: 8, windowMs: 60000, blockDurationMs: 60000, maxConnectionsPerIp: 1 } }).start();
  await page.goto(strict.url + "/dummy");
  await page.waitForSelector("#connection[data-state=ready]");
  const second = await open(browser, strict.url, {});
  await second.locator("#connection[data-state=offline]", { hasText: "Closed by the server: too many concurrent connections from this address" }).waitFor();
  await second.context().close();
  for (let i = 0; i < 10 && !(await page.getByRole("alert").isVisible()); i++) {
    const answers = await page.locator(".answers li").count();
    await page.getByRole("button", { name: "Echo", exact: true }).click();
    await page.locator(`.answers li:nth-child(${answers + 1}), [role=alert]:visible`).first().waitFor();
  }
  await page.getByRole("alert").getByText("Rate limit exceeded, temporarily blocked.").waitFor();
  await page.getByRole("alert").getByText("wait a few seconds").waitFor();
  await strict.stop();
}, { expect: gone });

// What a page looks like once it was used, well and badly.
const used = {
  "/dummy": async (page) => {
    await page.getByLabel("Text", { exact: true }).fill("unbroken".repeat(60));
    await page.getByRole("button", { name: "Echo", exact: true }).click();
    await page.locator(".answers li").waitFor();
    await page.getByRole("button", { name: "Fail" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByText("Make the worker end").click();
  },
  "/feeds": async (page) => {
    const url = page.getByLabel("Address of the feed");
    await url.fill(there + "/long.xml");
    await url.press("Enter");
    await page.getByRole("button", { name: "Read on" }).click();
  },
  "/metadata": async (page) => {
    const url = page.getByLabel("Address of the page");
    await url.fill(there + "/bare");
    await url.press("Enter");
    await page.locator("article.preview").waitFor();
  },
  "/irc": (page) => page.getByText("I have an account there").click(),
  "/platforms/echo-shell": async (page) => {
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText("The credentials are stored").waitFor();
    await page.getByText("Schema", { exact: true }).click();
    await page.getByLabel("Message", { exact: true }).fill(`{"type":"${"t".repeat(200)}"}`);
  },
};

for (const colorScheme of ["light", "dark"]) {
  test(`a phone of 360 points, ${colorScheme}`, async (page) => {
    for (const path of await registry(page)) {
      await visit(page, path);
      await fits(page, path);
      if (colorScheme === "dark") await accessible(page, path); // in the light each page's own test does it
      await used[path]?.(page);
      await fits(page, `${path}, used`);
      // How the connection is can be seen from everywhere.
      await page.evaluate("scrollTo(0, document.body.scrollHeight)");
      await inView(page, "#connection");
      await inView(page, "#toggle-inspector");
      await page.locator("#toggle-inspector").click();
      await page.locator(".entry summary").first().click();
      await fits(page, `${path} with the inspector`);
      await accessible(page, `${path}, used, with the inspector`);
      await page.keyboard.press("Escape");
    }
    await visit(page, "/feeds");
    await page.getByLabel("Address of the feed").fill(there + "/feed.xml");
    await page.getByLabel("Address of the feed").press("Enter");
    await page.locator(".articles li").first().waitFor();
    await fits(page, "a feed");
    if (colorScheme === "dark") await picture(page, "phone");
  }, { alone: true, colorScheme, viewport: { width: 360, height: 740 } });
}

test("a feed on a wide screen, for the picture", async (page) => {
  await visit(page, "/feeds");
  await page.getByLabel("Address of the feed").fill(server.url + "/feed.xml");
  await page.getByLabel("Address of the feed").press("Enter");
  await page.getByText("10 articles from Harbour notes.").waitFor();
  await picture(page, "feeds");
  await fits(page, "feeds");
});

await run({ url: server.url, viewport: { width: 1280, height: 800 }, share: true });

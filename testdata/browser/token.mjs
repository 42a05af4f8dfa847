// A server that wants a token, and the examples application that asks for it.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { accessible, equal, fits, gone, ok, run, test } from "./harness.mjs";
import { Server } from "./server.mjs";

const server = new Server({ platforms: ["dummy", "feeds"] });
const tokenFile = join(server.dir, "tokens.json");
const token = (...args) => execFileSync(process.env.BINARY, ["token", ...args], { env: { SOCKETHUB_AUTH_TOKEN_FILE: tokenFile }, encoding: "utf8" }).trim();
const guest = token("add", "guest");
const right = token("add", "webapp", "--platform", "dummy");
server.config.auth = { required: true, backends: { preshared: { tokenFile } } };
await server.start();

const dialog = (page) => page.getByRole("dialog", { name: "Token" });
const ready = (page) => page.waitForSelector("#connection[data-state=ready]");

test("it asks for a token, says that one is wrong, and keeps the right one for the tab", async (page, browser) => {
  await dialog(page).waitFor();
  equal(await dialog(page).getByRole("alert").count(), 0, "complaints before anything was tried");
  await accessible(page, "the dialog");
  await page.keyboard.type("not-this-one");
  await page.keyboard.press("Enter");
  await dialog(page).getByRole("alert").getByText("a valid token is needed").waitFor();
  await fits(page, "the dialog");
  await page.keyboard.type(right);
  await page.keyboard.press("Enter");
  await ready(page);
  equal(await dialog(page).count(), 0, "dialogs");
  equal(await page.locator("#pages a").evaluateAll((links) => links.map((a) => a.getAttribute("href"))), ["/", "/dummy"], "the pages of its platforms");
  ok(!page.url().includes(right) && !(await page.evaluate("document.documentElement.outerHTML")).includes(right), "the token is nowhere to be read");

  await page.reload();
  await ready(page);
  await page.getByRole("link", { name: /^Echo/ }).first().click();
  await page.getByLabel("Text", { exact: true }).fill("Let in");
  await page.getByLabel("Text", { exact: true }).press("Enter");
  await page.locator(".answers li", { hasText: "Let in" }).waitFor();
  ok(!(await page.locator("#inspector").textContent()).includes(right), "the inspector does not show it");
  equal(await page.evaluate("[localStorage.length, document.cookie]"), [0, ""], "what outlives the tab");

  const another = await browser.newPage();
  await another.goto(server.url);
  await dialog(another).waitFor();
  await another.close();
});

test("a token that is taken out ends the session, and it asks again", async (page) => {
  await dialog(page).waitFor();
  await page.keyboard.type(guest);
  await page.keyboard.press("Enter");
  await ready(page);
  token("remove", "guest");
  await dialog(page).getByRole("alert").getByText("a valid token is needed").waitFor();
  await page.keyboard.type(right);
  await page.keyboard.press("Enter");
  await ready(page);
}, { expect: gone });

await run({ url: server.url, viewport: { width: 360, height: 740 } });

// The chat page on XMPP: two people in two windows, on a real prosody.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessible, equal, fits, gone, ok, open, picture, run as runTests, Skip, test } from "./harness.mjs";
import { answers, freePort, run, Server } from "./server.mjs";

const dir = mkdtempSync(join(tmpdir(), "sockethub-prosody-"));
const [starttls, tls, http] = [await freePort(), await freePort(), await freePort()];
const prosody = run(process.env.XMPP_SERVER, ["prosody", dir, String(starttls), String(tls), String(http)], { cwd: dir });
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
await answers(starttls, prosody);
const server = await new Server({ packageConfig: { xmpp: { allowPrivateAddresses: true } } }, { SSL_CERT_FILE: join(dir, "ca.pem"), SSL_CERT_DIR: join(dir, "none") }).start();
const options = { viewport: { width: 1280, height: 800 }, expect: gone };

async function signIn(page, name, rooms = "") {
  await page.waitForSelector("#connection[data-state=ready]");
  if (!(await page.locator("#pages a[href='/xmpp']").count())) throw new Skip("the server has no platform xmpp");
  await page.locator("#pages a[href='/xmpp']").click();
  await page.getByLabel("Address", { exact: true }).fill(`${name}@localhost`);
  await page.getByLabel("Password").fill("sesame");
  await page.getByLabel("Rooms", { exact: true }).fill(rooms);
  await page.getByText("The server is elsewhere").click();
  await page.getByLabel("Server", { exact: true }).fill(`xmpp://127.0.0.1:${starttls}`);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
}

async function say(page, text) {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByLabel("Message", { exact: true }).press("Enter");
}

const line = (page, text) => page.locator(".log li", { hasText: text });
const room = (page, name) => page.locator(".rooms-list .room", { hasText: name });
const act = async (page, text, button) => {
  await line(page, text).getByRole("button", { name: /^Answer/ }).click();
  await line(page, text).getByRole("button", { name: button }).click();
};
const decks = "decks@rooms.localhost";

test("rooms: members, topic, replies, reactions, nicks, kicks", async (mara, browser) => {
  await signIn(mara, "mara", decks);
  await mara.getByRole("heading", { name: "decks" }).waitFor();
  await mara.locator(".members-list", { hasText: "mara" }).waitFor();
  const otto = await open(browser, server.url, options);
  try {
    await signIn(otto, "otto", decks);
    await line(mara, "otto came in.").waitFor();
    await otto.locator(".members-list", { hasText: "mara" }).waitFor();
    await say(mara, "Good morning! Fog again.");
    await line(otto, "Good morning!").waitFor();
    await mara.locator(".said.own:not(.pending)", { hasText: "Good morning!" }).waitFor();
    equal(await line(mara, "Good morning!").count(), 1, "the room's echo is the message");
    await act(otto, "Good morning!", "Reply");
    await say(otto, "The ferry waits.");
    await line(mara, "The ferry waits.").locator(".quoted", { hasText: "mara: Good morning! Fog again." }).waitFor();
    await act(mara, "The ferry waits.", "React with ❤️");
    await line(otto, "The ferry waits.").locator(".reactions", { hasText: "❤️ 1" }).waitFor();
    await line(otto, "The ferry waits.").locator(".reactions button").click();
    await line(mara, "The ferry waits.").locator(".reactions", { hasText: "❤️ 2" }).waitFor();
    await line(mara, "The ferry waits.").locator(".reactions button").click();
    await line(otto, "The ferry waits.").locator(".reactions", { hasText: "❤️ 1" }).waitFor();
    await act(otto, "The ferry waits.", "Change");
    await otto.getByLabel("Message", { exact: true }).fill("The ferry waits until nine.");
    await otto.getByLabel("Message", { exact: true }).press("Enter");
    for (const page of [mara, otto]) await line(page, "The ferry waits until nine. (changed)").waitFor();
    equal(await line(mara, "The ferry waits").count(), 1, "it is the same message");
    await say(mara, "/topic Ferries and tides");
    await otto.locator(".topic", { hasText: "Ferries and tides" }).waitFor();
    await accessible(mara, "a room on XMPP");
    await picture(mara, "xmpp");
    await say(otto, "/nick otto2");
    await line(mara, "otto is now called otto2.").waitFor();
    await mara.setViewportSize({ width: 360, height: 740 });
    await fits(mara, "a room on a phone");
    await accessible(mara, "a room on a phone");
    await picture(mara, "chat-phone");
    await mara.setViewportSize(options.viewport);
    await say(mara, "/kick otto2 noise");
    await line(otto, "You are no longer in this room: noise").waitFor();
    await line(mara, "otto2 left: noise").waitFor();
    // A private word in a room goes to the one in the room.
    await say(otto, "/quit");
    await otto.getByRole("button", { name: "Connect", exact: true }).waitFor();
  } finally {
    await otto.context().close();
  }
});

test("contacts: asked, accepted, seen; receipts", async (pia, browser) => {
  await signIn(pia, "pia");
  await pia.getByLabel("Room to join, or contact to add").waitFor();
  const otto = await open(browser, server.url, { ...options, colorScheme: "dark" });
  try {
    await signIn(otto, "otto");
    await otto.getByLabel("Room to join, or contact to add").fill("pia@localhost");
    await otto.getByRole("button", { name: "Add contact" }).click();
    await pia.getByRole("button", { name: "Accept otto@localhost" }).click();
    await otto.locator(".contact", { hasText: "pia@localhost, online" }).waitFor();
    await pia.locator(".contact", { hasText: "otto@localhost, online" }).waitFor();
    await accessible(otto, "contacts in the dark");
    await otto.locator(".contact", { hasText: "pia@localhost" }).click();
    await pia.locator(".contact", { hasText: "otto@localhost" }).click();
    await otto.getByLabel("Message", { exact: true }).pressSequentially("Low w");
    await pia.getByText("otto is writing…").waitFor();
    await otto.getByLabel("Message", { exact: true }).fill("");
    await pia.getByText("otto is writing…").waitFor({ state: "hidden" });
    await pia.locator(".rooms-list .room").first().click();
    await say(otto, "Low water at nine");
    await line(otto, "Low water at nine").getByText("Received").waitFor();
    await room(pia, "otto@localhost").locator(".count").waitFor();
    await room(pia, "otto@localhost").click();
    await line(pia, "Low water at nine").waitFor();
    await line(otto, "Low water at nine").getByText("Read", { exact: true }).waitFor();
    await say(pia, "/away lunch");
    await otto.locator(".contact", { hasText: "pia@localhost, away" }).waitFor();
  } finally {
    await otto.context().close();
  }
});

test("history comes on scrolling", async (page, browser) => {
  const attic = "attic@rooms.localhost";
  await signIn(page, "mara", attic);
  await page.getByRole("heading", { name: "attic" }).waitFor();
  for (let i = 1; i <= 90; i++) await say(page, `line ${i}.`);
  await page.waitForFunction(() => document.querySelectorAll(".said.own:not(.pending)").length === 90);
  const other = await open(browser, server.url, options);
  try {
    await signIn(other, "otto", attic);
    await line(other, "line 90.").waitFor();
    await line(other, "line 41.").waitFor({ state: "attached" });
    ok(await line(other, "line 10.").count() === 0, "only the latest at first");
    await other.locator(".log").evaluate((e) => (e.scrollTop = 0));
    await line(other, "line 1.").waitFor({ state: "attached" });
    const texts = await other.locator(".said .text").allTextContents();
    equal(texts.map((t) => t.trim()), Array.from({ length: 90 }, (_, i) => `line ${i + 1}.`), "each once, in order");
  } finally {
    await other.context().close();
  }
});

test("a wrong password is said; the address is there after a reload", async (page) => {
  await signIn(page, "mara", decks);
  await page.getByRole("heading", { name: "decks" }).waitFor();
  await page.reload();
  equal(await page.getByLabel("Address", { exact: true }).inputValue(), "mara@localhost");
  equal(await page.getByLabel("Rooms", { exact: true }).inputValue(), decks);
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("alert").getByText(/not-authorized/).waitFor();
  await page.getByLabel("Password").fill("sesame");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("heading", { name: "decks" }).waitFor();
}, { alone: true });

await runTests({ url: server.url, share: true, ...options });

// The chat page: two people in two windows, on a real IRC server.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessible, equal, fits, open, picture, run as runTests, Skip, test } from "./harness.mjs";
import { answers, freePort, run, Server } from "./server.mjs";

const ircPort = await freePort();
const dir = mkdtempSync(join(tmpdir(), "sockethub-ngircd-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
writeFileSync(join(dir, "ngircd.conf"), `[Global]
Name = harbour.test
Info = A harbour
Listen = 127.0.0.1
Ports = ${ircPort}
MotdPhrase = Mind the step
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 20
[Options]
PAM = no
DNS = no
Ident = no
`);
await answers(ircPort, run(process.env.NGIRCD, ["--nodaemon", "--config", join(dir, "ngircd.conf")]));

const server = await new Server({}).start();
const options = { viewport: { width: 1280, height: 800 }, expect: ["Failed to load resource", "WebSocket connection", "net::", "400 for", "503 for"] };

async function offersChat(page) {
  await page.waitForSelector("#connection[data-state=ready]");
  if (!(await page.locator("#pages a[href='/irc']").count())) throw new Skip("the server has no platform irc");
}

async function signIn(page, nick, rooms = "#deck") {
  await offersChat(page);
  await page.locator("#pages a[href='/irc']").click();
  await page.getByLabel("Server", { exact: true }).fill("127.0.0.1");
  await page.getByLabel("Encrypted (TLS)").uncheck();
  await page.getByLabel("Port").fill(String(ircPort));
  await page.getByLabel("Nick", { exact: true }).fill(nick);
  await page.getByLabel("Rooms").fill(rooms);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
}

async function say(page, text) {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByLabel("Message", { exact: true }).press("Enter");
}

const line = (page, text) => page.locator(".log li", { hasText: text });
const room = (page, name) => page.locator(".room", { hasText: name });

test("two people talk", async (mara, browser) => {
  await signIn(mara, "mara");
  await mara.getByRole("heading", { name: "#deck" }).waitFor();
  await mara.locator(".members-list", { hasText: "mara" }).waitFor();
  const otto = await open(browser, server.url, options);
  try {
    await signIn(otto, "otto", "#deck #galley");
    await room(otto, "#galley").waitFor();
    await room(otto, "#deck").click();
    await line(mara, "otto came in.").waitFor();
    await mara.locator(".members-list", { hasText: "otto" }).waitFor();
    await otto.locator(".members-list", { hasText: "mara" }).waitFor();

    await say(mara, "Good morning! Fog again, see https://harbour.example/fog.");
    await line(otto, "Good morning!").waitFor();
    equal(await line(otto, "Good morning!").locator("a").getAttribute("href"), "https://harbour.example/fog");
    await say(otto, "/me looks out of the window :) and waits");
    await line(mara, "looks out of the window :) and waits").waitFor();

    await mara.getByRole("button", { name: "Topic" }).click();
    await mara.getByLabel("Topic").fill("Ferries and tides");
    await mara.getByRole("button", { name: "Set", exact: true }).click();
    await otto.locator(".topic", { hasText: "Ferries and tides" }).waitFor();

    // Unread marks: in another room, and on another page.
    await room(otto, "#galley").click();
    await say(mara, "Anybody for tea? otto?");
    await room(otto, "#deck").locator(".count.mentioned", { hasText: "1" }).waitFor();
    await otto.locator("#pages a[href='/']").click();
    await otto.locator("#pages a[href='/irc'] .count", { hasText: "1" }).waitFor();
    await otto.locator("#pages a[href='/irc']").click();
    await room(otto, "#deck").click();
    await otto.locator(".divider.new").waitFor();
    await otto.locator("#pages a[href='/irc'] .count").waitFor({ state: "detached" });
    await say(otto, "Tea, yes. The kettle is on.");
    await line(mara, "The kettle is on.").waitFor();

    // A private word.
    await mara.locator(".member", { hasText: "otto" }).click();
    await say(mara, "Keep a cup for the pilot");
    await room(otto, "mara").locator(".count.mentioned").waitFor();
    await room(otto, "mara").click();
    await line(otto, "Keep a cup for the pilot").waitFor();

    await room(mara, "#deck").click();
    await room(otto, "#deck").click();
    await say(otto, "/nick otto2");
    await line(mara, "otto is now called otto2.").waitFor();
    await accessible(mara, "chat");
    await picture(mara, "chat");
    await say(otto, "/dance");
    await otto.getByRole("alert").getByText("/dance is not known here").waitFor();
    await otto.getByRole("button", { name: "Leave" }).click();
    await line(mara, "otto2 left").waitFor();
    await otto.getByRole("button", { name: "Disconnect" }).click();
    await otto.getByRole("button", { name: "Connect", exact: true }).waitFor();
  } finally {
    await otto.context().close();
  }
}, { seconds: 60 });

test("what fails is said where it failed", async (page) => {
  await offersChat(page);
  await page.goto(server.url + "/irc");
  await page.getByLabel("Server", { exact: true }).fill("127.0.0.1");
  await page.getByLabel("Encrypted (TLS)").uncheck();
  await page.getByLabel("Port").fill("9");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("alert").getByText(/connecting to server/).waitFor();
  await page.getByLabel("Port").fill(String(ircPort));
  await page.getByLabel("Nick", { exact: true }).fill("pia");
  await page.getByLabel("Rooms").fill("#deck");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("heading", { name: "#deck" }).waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, "chat");
  await accessible(page, "chat on a phone");
}, { seconds: 40 });

test("after the server restarts the rooms are there again", async (page) => {
  await signIn(page, "rolf", "#mole");
  await page.getByRole("heading", { name: "#mole" }).waitFor();
  await server.stop();
  await line(page, "The connection to Sockethub is lost.").waitFor();
  await server.start();
  await line(page, "Connected to Sockethub again.").waitFor({ timeout: 30000 });
  await say(page, "still here");
  await page.locator(".said.own:not(.pending):not(.bad)", { hasText: "still here" }).waitFor();
}, { seconds: 60 });

await runTests({ url: server.url, ...options });

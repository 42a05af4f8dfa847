// The chat page: two people in two windows, on a real IRC server.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessible, equal, fits, gone, inView, ok, open, picture, run as runTests, Skip, test } from "./harness.mjs";
import { accounts, history, IRCServer } from "./irc.mjs";
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

// Our own lines are not held back, as they are before a network that counts them.
const quick = { allowPrivateAddresses: true, floodBurst: 100, floodIntervalMs: 100 };
const server = await new Server({ packageConfig: { "@sockethub/platform-irc": quick } }).start();
const options = { viewport: { width: 1280, height: 800 }, expect: gone };

async function offersChat(page) {
  await page.waitForSelector("#connection[data-state=ready]");
  if (!(await page.locator("#pages a[href='/irc']").count())) throw new Skip("the server has no platform irc");
}

async function signIn(page, nick, rooms = "#deck", port = ircPort, password = "") {
  await offersChat(page);
  await page.locator("#pages a[href='/irc']").click();
  await page.getByLabel("Server", { exact: true }).fill("127.0.0.1");
  await page.getByLabel("Encrypted (TLS)").uncheck();
  await page.getByLabel("Port").fill(String(port));
  await page.getByLabel("Nick", { exact: true }).fill(nick);
  await page.getByLabel("Rooms").fill(rooms);
  if (password) {
    await page.getByText("I have an account there").click();
    await page.getByLabel("Password").fill(password);
  }
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
    equal(await otto.title(), "(1) Sockethub", "title while something is unread");
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
    equal(await mara.locator(".room-name").allTextContents(), ["127.0.0.1", "#deck", "otto2"], "a talk follows the name");
    await accessible(mara, "chat");
    await picture(mara, "chat");
    await say(mara, "/query otto2");
    await say(mara, "/whois otto2");
    await line(mara, /otto2: .*on harbour\.test, in #/).waitFor();
    await say(mara, "/whois ghost");
    await line(mara, "ghost: No such nick or channel name").waitFor();
    await room(mara, "#deck").click();
    await say(mara, "/kick otto2 noise");
    await line(otto, "You are no longer in this room: noise").waitFor();
    await line(mara, "otto2 left: noise").waitFor();
    await say(otto, "/join #deck");
    await line(mara, "otto2 came in.").waitFor();
    await say(otto, "/dance");
    await otto.getByRole("alert").getByText("/dance is not known here").waitFor();
    await otto.getByRole("button", { name: "Leave" }).click();
    await line(mara, "otto2 left").waitFor();
    await otto.getByRole("button", { name: "Disconnect" }).click();
    await otto.getByRole("button", { name: "Connect", exact: true }).waitFor();
  } finally {
    await otto.context().close();
  }
});

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
}, { alone: true });

test("what was said before: the latest at once, earlier messages when asked for", async (page) => {
  const irc = await new IRCServer(history).start();
  const day = Date.UTC(2024, 4, 3, 8);
  for (let i = 1; i <= 120; i++) irc.remember("#archive", i % 3 ? "otto" : "lena", `line ${i}`, new Date(day + i * 60000));
  irc.remember("#attic", "otto", "a word to lena", new Date(day));
  await signIn(page, "lena", "#attic #archive", irc.port);
  await page.getByRole("heading", { name: "#archive" }).waitFor();
  const texts = () => page.locator(".said .text").allTextContents();
  const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);
  await line(page, /line 120\D*$/).waitFor();
  equal(await texts(), numbers(71, 120), "the latest");
  await say(page, "new");
  await page.locator(".said.own:not(.pending)", { hasText: /new\W*$/ }).waitFor();
  const log = page.locator(".log");
  ok(await log.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight < 80), "the end is in view");

  // Who reads on at a place stays there while what is above it comes.
  const earlier = page.getByRole("button", { name: "Earlier messages" });
  await log.evaluate((e) => (e.scrollTop = 60));
  const place = () => line(page, /line 71\D*$/).evaluate((e) => Math.round(e.getBoundingClientRect().top));
  const before = await place();
  await earlier.click();
  await line(page, /line 21\D*$/).waitFor({ state: "attached" });
  equal(await texts(), [...numbers(21, 120), "new"], "with earlier ones");
  ok(Math.abs((await place()) - before) <= 1, "the place of what was at the top");
  // At the top they come by themselves.
  await log.evaluate((e) => (e.scrollTop = 0));
  await line(page, /line 1\D*$/).waitFor({ state: "attached" });
  await earlier.click();
  await earlier.waitFor({ state: "hidden" });
  equal(await texts(), [...numbers(1, 120), "new"], "all of it");
  equal(irc.commands.slice(-3).map((c) => c.replace(/=.*T/, " ")), ["BEFORE timestamp 09:11:00.000Z", "BEFORE timestamp 08:21:00.000Z", "BEFORE timestamp 08:01:00.000Z"]);
  equal(await page.locator(".divider.new, .count.mentioned").count(), 0, "marks of unread messages");
  ok(await page.locator(".log .own", { hasText: "line 3" }).count() > 0, "what one said oneself");
  await fits(page, "history");
});

test("what was said while one was away, where the server stays in the room", async (page, browser) => {
  const irc = await new IRCServer(accounts).start();
  const staying = await new Server({ packageConfig: { "@sockethub/platform-irc": { ...quick, bouncer: { lingerSeconds: 600 } } } }).start();
  await page.goto(staying.url);
  await signIn(page, "vera", "#yard", irc.port, "seaweed");
  await page.locator(".members-list", { hasText: "vera" }).waitFor();
  const other = await open(browser, staying.url, options);
  try {
    await signIn(other, "wim", "#yard", irc.port, "gravel");
    await line(page, "wim came in.").waitFor();
    await say(other, "before you go");
    await line(page, "before you go").waitFor();
    await page.goto("about:blank");
    await say(other, "while you were away");
    await other.locator(".said.own:not(.pending)", { hasText: "while you were away" }).waitFor();
    await page.goto(staying.url);
    await signIn(page, "vera", "#yard", irc.port, "seaweed");
    await line(page, "while you were away").waitFor();
    await say(other, "welcome back");
    await line(page, "welcome back").waitFor();
    equal(await page.locator(".said .text").allTextContents(), ["before you go", "while you were away", "welcome back"]);
  } finally {
    await other.context().close();
    await staying.stop();
  }
});

test("a chat by keyboard alone", async (page) => {
  await offersChat(page);
  const reach = async (what, key = "Tab") => {
    for (let i = 0; i < 80; i++) {
      if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(what)})`)) return;
      await page.keyboard.press(key);
    }
    throw new Error(`${key} never comes to ${what}`);
  };
  const type = async (what, text) => {
    await reach(what);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  };
  await reach("#pages a[href='/irc']");
  await page.keyboard.press("Enter");
  await type("input[name=server]", "127.0.0.1");
  await type("input[name=port]", String(ircPort));
  await reach("#secure");
  await page.keyboard.press("Space");
  await type("input[name=nick]", "keys");
  await type("input[name=rooms]", "#hold #bridge");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "#bridge" }).waitFor();
  await page.locator(".members-list", { hasText: "keys" }).waitFor();
  // The cursor is where one writes.
  equal(await page.evaluate("document.activeElement.name"), "text", "focus after connecting");
  await page.keyboard.type("by hand");
  await page.keyboard.press("Enter");
  await page.locator(".said.own:not(.pending)", { hasText: "by hand" }).waitFor();
  await reach(".room[data-key='room #hold']", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "#hold" }).waitFor();
  await page.keyboard.type("/topic Ropes");
  await page.keyboard.press("Enter");
  await page.locator(".topic", { hasText: "Ropes" }).waitFor();
  await page.keyboard.type("/leave");
  await page.keyboard.press("Enter");
  await room(page, "#hold").waitFor({ state: "detached" });
});

test("a topic that is being typed survives what others do", async (page, browser) => {
  await signIn(page, "nora", "#quay");
  await page.getByRole("heading", { name: "#quay" }).waitFor();
  await page.getByRole("button", { name: "Topic" }).click();
  await page.getByLabel("Topic").fill("Half a top");
  const other = await open(browser, server.url, options);
  try {
    await signIn(other, "piet", "#quay");
    await page.locator(".members-list", { hasText: "piet" }).waitFor();
    equal(await page.getByLabel("Topic").inputValue(), "Half a top", "the topic");
    // Who has a member in focus keeps it when members come and go.
    await page.locator(".member", { hasText: "nora" }).focus();
    await say(other, "/nick piet2");
    await page.locator(".members-list", { hasText: "piet2" }).waitFor();
    equal(await page.evaluate("document.activeElement.textContent"), "@nora, operator", "the focus");
  } finally {
    await other.context().close();
  }
});

test("after the server restarts the rooms are there again", async (page) => {
  await signIn(page, "rolf", "#mole");
  await page.getByRole("heading", { name: "#mole" }).waitFor();
  await server.stop();
  await line(page, "The connection to Sockethub is lost.").waitFor();
  await server.start();
  await line(page, "Connected to Sockethub again.").waitFor();
  await say(page, "still here");
  await page.locator(".said.own:not(.pending):not(.bad)", { hasText: "still here" }).waitFor();
});

test("a reload in the middle: the same connection, the rooms, the drafts", async (page, browser) => {
  await signIn(page, "rosa", "#mill #weir");
  await page.getByRole("heading", { name: "#weir" }).waitFor();
  const tess = await open(browser, server.url, options);
  await signIn(tess, "tess", "#mill");
  await tess.locator(".members-list", { hasText: "rosa" }).waitFor();
  const text = page.getByLabel("Message", { exact: true });
  await text.fill("half a thought");
  await room(page, "#mill").click();
  equal(await text.inputValue(), "", "a draft for each room");
  await text.fill("another one");
  await room(page, "#weir").click();
  equal(await text.inputValue(), "half a thought");
  let asked = 0;
  page.on("dialog", (dialog) => (asked++, dialog.accept()));
  await page.reload();
  ok(asked > 0, "one is warned before one leaves");
  await room(page, "#weir").waitFor();
  await room(page, "#mill").waitFor();
  await room(page, "#weir").click();
  equal(await text.inputValue(), "half a thought", "the draft after a reload");
  await text.press("Enter");
  await page.locator(".said.own:not(.pending):not(.bad)", { hasText: "half a thought" }).waitFor();
  await room(page, "#mill").click();
  await say(page, "still the same");
  await line(tess, "still the same").waitFor();
  equal(await line(tess, /rosa (left|went away|came in)/).count(), 0, "others see nothing of the reload");
  await tess.context().close();
  await say(page, "/quit");
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  equal(await page.getByLabel("Rooms").inputValue(), "#mill #weir", "rooms for the next time");
  equal(await page.getByLabel("Nick", { exact: true }).inputValue(), "rosa", "nick");
}, { alone: true });

test("what the composer does: names, what was sent, lines, commands", async (page) => {
  await signIn(page, "sven", "#loft");
  await page.locator(".members-list", { hasText: "sven" }).waitFor();
  const text = page.getByLabel("Message", { exact: true });
  await text.focus();
  await page.keyboard.type("sv");
  await page.keyboard.press("Tab");
  equal(await text.inputValue(), "sven: ", "a completed nick");
  await page.keyboard.type("first");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second");
  await page.keyboard.press("Enter");
  await line(page, "second").last().waitFor();
  await page.keyboard.press("ArrowUp");
  equal(await text.inputValue(), "sven: first\nsecond", "what was sent before");
  await page.keyboard.press("ArrowDown");
  equal(await text.inputValue(), "");
  await say(page, "/help");
  await line(page, "/whois NAME").waitFor();
  await say(page, "/whois sven");
  await line(page, "sven: role owner").waitFor();
  await say(page, "/away lunch");
  await line(page, "You are away: lunch").waitFor();
  await say(page, "/kick nobody");
  await page.getByRole("alert").waitFor();
  await say(page, "/query sven");
  await page.getByRole("heading", { name: "sven" }).waitFor();
  await say(page, "see http://127.0.0.1:9/a.png");
  await page.getByRole("button", { name: "Show the picture" }).last().click();
  await page.getByText("The picture could not be loaded.").last().waitFor();
  equal(await page.evaluate("document.activeElement === document.body"), false, "the focus is somewhere");
}, { expect: [...gone] });

test("while one reads above, what is new is said; what failed can be sent again", async (page, browser) => {
  await signIn(page, "vito", "#tower");
  await page.getByRole("heading", { name: "#tower" }).waitFor();
  for (let i = 0; i < 6; i++) await say(page, Array.from({ length: 8 }, (_, n) => `step ${i}.${n}`).join(" \n"));
  await line(page, "step 5.7").last().waitFor();
  const other = await open(browser, server.url, options);
  try {
    await signIn(other, "ulla", "#tower");
    await line(page, "ulla came in").waitFor();
    await page.locator(".log").evaluate((e) => (e.scrollTop = 100));
    await say(other, "look down");
    await page.getByRole("button", { name: "New messages below" }).click();
    await inView(page, ".said:last-child");
    await page.getByRole("button", { name: "New messages below" }).waitFor({ state: "hidden" });
    await say(other, "/topic x");
  } finally {
    await other.context().close();
  }
  await say(page, "/query nobodythere");
  await page.getByRole("heading", { name: "nobodythere" }).waitFor();
  await say(page, "hello?");
  await page.locator(".said.bad", { hasText: "Not sent" }).waitFor();
  await page.getByRole("button", { name: "Send again" }).click();
  await page.locator(".said.bad", { hasText: "Not sent" }).waitFor();
  equal(await page.locator(".said", { hasText: "hello?" }).count(), 1, "it is one message");
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, "a long chat");
}, { alone: true });

test("hints are true: a nick that is none, encryption where there is none", async (page) => {
  await signIn(page, "1alice");
  await page.getByRole("alert").getByText("A nick must not begin with a digit or a dash.").waitFor();
  await page.getByLabel("Nick", { exact: true }).fill("alice");
  await page.getByLabel("Encrypted (TLS)").check();
  await page.getByLabel("Port").fill(String(ircPort));
  const began = Date.now();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("switch off “Encrypted (TLS)”").waitFor();
  ok(Date.now() - began < 20000, "the hint comes soon");
}, { alone: true });

await runTests({ url: server.url, share: true, ...options });

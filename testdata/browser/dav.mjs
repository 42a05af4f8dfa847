// The pages for calendars and contacts, on a real Radicale.
import { accessible, equal, fits, gone, ok, open, picture, run, Skip, test } from "./harness.mjs";
import { answers, freePort, run as start, Server } from "./server.mjs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const dir = mkdtempSync(join(tmpdir(), "sockethub-radicale-"));
const port = await freePort();
const radicale = start(process.env.RADICALE, [dir, String(port)]);
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
await answers(port, radicale);
const root = `http://127.0.0.1:${port}/ann/`;
const headers = { Authorization: `Basic ${Buffer.from("ann:secret-1").toString("base64")}` };

async function dav(method, path, body, type) {
  const response = await fetch(root + path, { method, body, headers: { ...headers, ...(type && { "Content-Type": type }) } });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response.text();
}
await dav("MKCALENDAR", "work/");
await dav("MKCOL", "people/", `<mkcol xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/><c:addressbook/></resourcetype><displayname>People</displayname></prop></set></mkcol>`, "application/xml");

const own = { allowPrivateAddresses: true, allowInsecureHttp: true };
const server = await new Server({ packageConfig: { "@sockethub/platform-caldav": own, "@sockethub/platform-carddav": own } }).start();
process.env.SITE = server.url;

async function signIn(page, path) {
  await page.goto(server.url + path);
  await page.waitForSelector("#connection[data-state=ready]");
  if (!(await page.locator(`#pages a[href='${path}']`).count())) throw new Skip(`the server has no platform ${path.slice(1)}`);
  await page.getByLabel("Address of the server").fill(root);
  await page.getByLabel("User").fill("ann");
  await page.getByLabel("Password").fill("secret-1");
  await page.getByLabel("Password").press("Enter");
  await page.getByRole("button", { name: "Show", exact: true }).waitFor();
}

const items = (page) => page.locator(".item");
const count = (page, n, one) => page.locator(".notice.good", { hasText: new RegExp(`^${n} ${one}s?\\.`) }).waitFor();
const form = (page, name) => page.getByRole("form", { name });

test("a calendar: list, create, change, expand, delete", async (page) => {
  await page.goto(server.url + "/caldav");
  await page.waitForSelector("#connection[data-state=ready]");
  await accessible(page, "sign in to a calendar");
  await signIn(page, "/caldav");
  await count(page, 0, "event");
  await page.getByLabel("From").fill("2030-06-01");
  await page.getByLabel("Until").fill("2030-06-30");
  await page.getByRole("button", { name: "New event" }).click();
  const made = form(page, "New event");
  await made.getByLabel("Title").fill("Tide table");
  await made.getByLabel("Begins").fill("2030-06-03T09:00");
  await made.getByLabel("Ends").fill("2030-06-03T10:00");
  await made.getByLabel("Place").fill("Harbour office");
  await made.getByLabel("Recurs").selectOption("weekly");
  await made.getByRole("button", { name: "Save" }).click();
  await count(page, 1, "event");
  equal(await items(page).count(), 4, "occurrences");
  ok((await items(page).first().textContent()).includes("2030-06-03 09:00 to 10:00"), await items(page).first().textContent());
  await accessible(page, "a calendar");
  await picture(page, "calendar");
  await page.getByLabel("Each occurrence").uncheck();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll(".item").length === 1);
  await page.getByLabel("Each occurrence").check();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll(".item").length === 4);

  // One occurrence is moved, another cancelled.
  await items(page).nth(1).click();
  const changed = form(page, "Tide table");
  await changed.getByLabel("Only this occurrence").check();
  await changed.getByLabel("Place").fill("On the mole");
  await changed.getByRole("button", { name: "Save" }).click();
  await page.locator(".item", { hasText: "On the mole" }).waitFor();
  equal(await page.locator(".item", { hasText: "Harbour office" }).count(), 3, "the others");
  await items(page).nth(3).click();
  await changed.getByLabel("Only this occurrence").check();
  await changed.getByRole("button", { name: "Delete" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".item").length === 3);
  await items(page).first().click();
  await accessible(page, "an event");
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, "an event");
  await changed.getByRole("button", { name: "Delete" }).click();
  await count(page, 0, "event");
  await fits(page, "a calendar");
  await accessible(page, "an empty calendar");
}, { alone: true });

test("two people change one event: both changes are kept, or one is chosen", async (page, browser) => {
  await signIn(page, "/caldav");
  const add = async () => {
    await page.getByLabel("From").fill("2030-07-01");
    await page.getByLabel("Until").fill("2030-07-30");
    await page.getByRole("button", { name: "New event" }).click();
    const made = form(page, "New event");
    await made.getByLabel("Title").fill("Regatta");
    await made.getByLabel("Begins").fill("2030-07-06T09:00");
    await made.getByLabel("Place").fill("Slip");
    await made.getByRole("button", { name: "Save" }).click();
    await count(page, 1, "event");
  };
  await add();
  const other = await open(browser, server.url, {});
  try {
    await signIn(other, "/caldav");
    await other.getByLabel("From").fill("2030-07-01");
    await other.getByLabel("Until").fill("2030-07-30");
    await other.getByRole("button", { name: "Show", exact: true }).click();
    await count(other, 1, "event");
    await items(page).first().click();
    await items(other).first().click();
    const [mine, theirs] = [form(page, "Regatta"), form(other, "Regatta")];
    await theirs.getByLabel("Place").fill("North quay");
    await theirs.getByLabel("Title").fill("Summer regatta");
    await theirs.getByRole("button", { name: "Save" }).click();
    await other.locator(".item", { hasText: "Summer regatta" }).waitFor();
    await mine.getByLabel("Title").fill("Great regatta");
    await mine.getByLabel("Notes").fill("Bring a flag");
    await mine.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Somebody else has changed this meanwhile.").waitFor();
    await page.getByText("Taken over from them: Place.").waitFor();
    await accessible(page, "a conflict");
    await picture(page, "conflict");
    equal(await mine.getByLabel("Place").inputValue(), "North quay", "their change");
    equal(await mine.getByLabel("Title", { exact: true }).inputValue(), "Great regatta", "mine at first");
    await page.getByLabel("Theirs: Summer regatta").check();
    equal(await mine.getByLabel("Title", { exact: true }).inputValue(), "Summer regatta");
    await page.getByRole("button", { name: "Save both changes" }).click();
    await count(page, 1, "event");
    await page.locator(".item", { hasText: "Summer regatta" }).click();
    equal(await form(page, "Summer regatta").getByLabel("Notes").inputValue(), "Bring a flag");
    equal(await form(page, "Summer regatta").getByLabel("Place").inputValue(), "North quay");
  } finally {
    await other.context().close();
  }
});

test("contacts: list, search, create, change, delete, by keyboard alone", async (page) => {
  await dav("PUT", "people/otto.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:otto\r\nFN:Otto Quay\r\nN:Quay;Otto;;;\r\nEMAIL;TYPE=work:otto@quay.example\r\nX-BOAT:Ariel\r\nEND:VCARD\r\n", "text/vcard");
  await signIn(page, "/carddav");
  await count(page, 1, "contact");
  const reach = async (what) => {
    for (let i = 0; i < 80; i++) {
      if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(what)})`)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab never comes to ${what}`);
  };
  await reach(".item");
  await page.keyboard.press("Enter");
  await form(page, "Otto Quay").waitFor();
  equal(await page.evaluate("document.activeElement.name"), "name", "focus in the form");
  await reach("textarea[name=telephones]");
  await page.keyboard.type("+44 20 7946 0000");
  await reach("input[name=birthday]");
  await page.keyboard.type("1980-05-04");
  await page.keyboard.press("Enter");
  await page.locator(".item", { hasText: "+44 20 7946 0000" }).waitFor();
  const card = await dav("GET", "people/otto.vcf");
  ok(card.includes("X-BOAT:Ariel") && card.includes("EMAIL;TYPE=work:otto@quay.example") && card.includes("7946"), card);
  await page.getByRole("button", { name: "New contact" }).click();
  await form(page, "New contact").getByLabel("Name", { exact: true }).fill("Mara Długa");
  await form(page, "New contact").getByLabel("E-mail addresses").fill("mara@harbor.example\nmara@quay.example");
  await form(page, "New contact").getByRole("button", { name: "Save" }).click();
  await count(page, 2, "contact");
  await accessible(page, "contacts");
  await picture(page, "contacts");
  await page.getByLabel("Text").fill("mara");
  await page.getByLabel("Text").press("Enter");
  await count(page, 1, "contact");
  await page.locator(".item", { hasText: "Mara" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await count(page, 0, "contact");
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, "contacts");
}, { alone: true, colorScheme: "dark" });

test("what is on the next page comes with a click", async (page) => {
  await dav("MKCOL", "crew/", `<mkcol xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/><c:addressbook/></resourcetype><displayname>Crew</displayname></prop></set></mkcol>`, "application/xml");
  for (let n = 0; n < 203; n++) {
    writeFileSync(join(dir, "collections/collection-root/ann/crew", `${n}.vcf`), `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${n}\r\nFN:Hand ${n}\r\nN:${n};Hand;;;\r\nEND:VCARD\r\n`);
  }
  await signIn(page, "/carddav");
  await page.getByLabel("In", { exact: true }).selectOption({ label: "Crew" });
  await count(page, 200, "contact");
  await page.getByRole("button", { name: "More" }).click();
  await count(page, 203, "contact");
  equal(await items(page).count(), 203, "contacts");
  ok(await page.getByRole("button", { name: "More" }).isHidden(), "there is more");
});

test("a wrong password is said, and nothing of it is kept", async (page) => {
  await signIn(page, "/carddav");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Password").fill("wrong");
  await page.getByLabel("Password").press("Enter");
  await page.getByRole("alert").getByText(/authentication-failed/).waitFor();
  ok(!(await page.evaluate("JSON.stringify(sessionStorage)")).includes("secret-1"), "a password in the tab's memory");
  await page.reload();
  equal(await page.getByLabel("User").inputValue(), "ann", "the user after a reload");
});

await run({ viewport: { width: 1280, height: 800 }, expect: gone, share: true });

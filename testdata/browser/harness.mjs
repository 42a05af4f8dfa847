// The stage of the browser tests: one Chromium, a page for each test, and a
// line for each result that the Go test reads:
//
//	ok NAME
//	skip NAME: why
//	not ok NAME
//	  why, each line indented
//
// The packages come from the folder in NODE_DIR.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const load = createRequire(join(process.env.NODE_DIR, "package.json"));
const { chromium } = load("playwright-core");

// How long one step may take, and a test, in seconds: the machine may be slow
// and have other things to do.
const patience = 40;
const longest = 150;

const tests = [];

// Skip thrown by a test says why it cannot be run here.
export class Skip extends Error {}

export function test(name, fn, options = {}) {
  tests.push({ name, fn, options });
}

export function equal(got, want, what = "value") {
  const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
  if (g !== w) throw new Error(`${what}: got ${g}, want ${w}`);
}

export function ok(condition, what) {
  if (!condition) throw new Error(what);
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP hub.test 127.0.0.1",
    ],
  });
}

// open gives a page that fails its test for any error in its console. A test
// that provokes network errors says which texts it expects.
export async function open(browser, url, { expect = [], ...context } = {}) {
  const page = await (await browser.newContext(context)).newPage();
  page.setDefaultTimeout(patience * 1000);
  const fault = (text) => {
    if (!page.expected.some((part) => text.includes(part))) page.faults.push(text);
  };
  page.on("pageerror", (err) => fault("page error: " + err.message));
  page.on("console", (msg) => {
    if (msg.type() === "error") fault("console: " + msg.text());
  });
  page.on("response", (response) => {
    if (response.status() >= 400) fault(`${response.status()} for ${response.request().method()} ${response.url()}`);
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && !["127.0.0.1", "localhost", "hub.test"].includes(hostname)) {
      page.faults.push("loaded from elsewhere: " + request.url());
    }
  });
  return begin(page, url, expect);
}

// gone is what a page may meet while its server ends, is away, and comes back
// without the sessions that it had.
export const gone = ["Failed to load resource", "WebSocket connection", "net::", "ERR_", "400 for", "503 for"];

// begin loads a document anew: what the one before did is forgotten, also what
// the tab would remember of it.
async function begin(page, url, expect = []) {
  if (page.url() !== "about:blank") {
    await page.evaluate("sessionStorage.clear()");
    await page.goto("about:blank");
  }
  Object.assign(page, { faults: [], expected: expect });
  await page.goto(url);
  return page;
}

// accessible fails for whatever axe-core finds, once no colour is on its way to
// another. Its script is run by the debugger: the page's own policy would refuse it.
export async function accessible(page, what) {
  await page.evaluate("Promise.allSettled(document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < Infinity).map((a) => a.finished))");
  await page.evaluate(readFileSync(load.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  const texts = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((n) => `${n.html} ${n.failureSummary}`).join("\n")}`);
  if (texts.length) throw new Error(`${what}: ${texts.join("\n")}`);
}

// fits fails for a page that scrolls sideways, and names what sticks out.
export async function fits(page, what) {
  const wide = await page.evaluate(`(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return "";
    return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1).map((e) => e.outerHTML.slice(0, 120)).join("\\n") || "something";
  })()`);
  ok(!wide, `${what} scrolls sideways: ${wide}`);
}

// inView fails for an element that one has to scroll to.
export async function inView(page, selector) {
  const box = await page.locator(selector).boundingBox();
  const { width, height } = page.viewportSize();
  ok(box && box.width > 0 && box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${selector} is out of view: ${JSON.stringify(box)}`);
}

// picture takes a screenshot when the run was asked for them.
export async function picture(page, name) {
  if (!process.env.PICTURES) return;
  await page.evaluate("scrollTo(0, 0); document.getElementById('inspector')?.scrollTo(0, 0)");
  await page.screenshot({ path: join(process.env.PICTURES, `screenshot-${name}.png`) });
}

function within(seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// runAlone runs tests that need no browser.
export async function runAlone() {
  let failed = false;
  for (const { name, fn, options } of tests) {
    if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
    try {
      await within(longest, fn());
      console.log(`ok ${name}`);
    } catch (err) {
      failed = true;
      console.log(`not ok ${name}\n  ${(err.stack || String(err)).replaceAll("\n", "\n  ")}`);
    }
  }
  process.exit(failed ? 1 : 0);
}

// run runs the tests, each in a page of its own, or with share in one that all
// use in turn, which is quicker; a test that changes the page itself says alone.
export async function run({ share, ...defaults } = {}) {
  const only = process.env.ONLY;
  const browser = await launch();
  let failed = false;
  let shared = null;
  try {
    for (const { name, fn, options: { alone, ...own } } of tests) {
      const options = { ...defaults, ...own };
      if (only && !name.includes(only)) continue;
      let page;
      const started = Date.now();
      try {
        const url = options.url ?? process.env.SITE;
        page = shared && !alone ? await begin(shared, url, options.expect) : await open(browser, url, options);
        await within(longest, fn(page, browser));
        if (page.faults.length) throw new Error(page.faults.join("\n"));
        if (share && !alone) shared = page;
        console.log(`ok ${name} (${Date.now() - started} ms)`);
      } catch (err) {
        if (shared === page) shared = null;
        if (err instanceof Skip) {
          console.log(`skip ${name}: ${err.message}`);
          continue;
        }
        failed = true;
        const faults = page && page.faults.length ? "\npage: " + page.faults.join("\npage: ") : "";
        console.log(`not ok ${name}\n  ${((err.stack || String(err)) + faults).replaceAll("\n", "\n  ")}`);
      } finally {
        if (page && page !== shared) await page.context().close();
      }
    }
  } finally {
    await browser.close();
  }
  process.exit(failed ? 1 : 0);
}

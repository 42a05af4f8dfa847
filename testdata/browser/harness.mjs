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
    ],
  });
}

// open gives a page that fails its test for any error in its console. A test
// that provokes network errors says which texts it expects.
export async function open(browser, url, { expect = [], ...context } = {}) {
  const pages = await browser.newContext(context);
  const page = await pages.newPage();
  page.setDefaultTimeout(15000);
  page.faults = [];
  const fault = (text) => {
    if (!expect.some((part) => text.includes(part))) page.faults.push(text);
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
    if (protocol.startsWith("http") && hostname !== "127.0.0.1" && hostname !== "localhost") {
      page.faults.push("loaded from elsewhere: " + request.url());
    }
  });
  await page.goto(url);
  return page;
}

// accessible fails for what axe-core calls serious or critical. Its script is
// run by the debugger: the page's own policy would refuse it.
export async function accessible(page, what) {
  await page.evaluate(readFileSync(load.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const texts = grave.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((n) => `${n.html} ${n.failureSummary}`).join("\n")}`);
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

// picture takes a screenshot when the run was asked for them.
export async function picture(page, name) {
  if (process.env.PICTURES) await page.screenshot({ path: join(process.env.PICTURES, `screenshot-${name}.png`) });
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
      await within(options.seconds ?? 20, fn());
      console.log(`ok ${name}`);
    } catch (err) {
      failed = true;
      console.log(`not ok ${name}\n  ${(err.stack || String(err)).replaceAll("\n", "\n  ")}`);
    }
  }
  process.exit(failed ? 1 : 0);
}

export async function run(defaults = {}) {
  const only = process.env.ONLY;
  const browser = await launch();
  let failed = false;
  try {
    for (const { name, fn, options: own } of tests) {
      const options = { ...defaults, ...own };
      if (only && !name.includes(only)) continue;
      let page;
      const started = Date.now();
      try {
        page = await open(browser, options.url ?? process.env.SITE, options);
        await within(options.seconds ?? 20, fn(page, browser));
        if (page.faults.length) throw new Error(page.faults.join("\n"));
        console.log(`ok ${name} (${Date.now() - started} ms)`);
      } catch (err) {
        if (err instanceof Skip) {
          console.log(`skip ${name}: ${err.message}`);
          continue;
        }
        failed = true;
        const faults = page && page.faults.length ? "\npage: " + page.faults.join("\npage: ") : "";
        console.log(`not ok ${name}\n  ${((err.stack || String(err)) + faults).replaceAll("\n", "\n  ")}`);
      } finally {
        if (page) await page.context().close();
      }
    }
  } finally {
    await browser.close();
  }
  process.exit(failed ? 1 : 0);
}

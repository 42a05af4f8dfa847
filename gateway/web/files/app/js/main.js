// The frame of the examples: which page is shown, and how the connection is.
import { h, renew } from "./dom.js";
import { Hub } from "./hub.js";
import { Inspector } from "./inspector.js";
import { chats } from "./pages/chat.js";
import echo from "./pages/echo.js";
import feeds from "./pages/feeds.js";
import home from "./pages/home.js";
import { absent, loading, missing } from "./pages/missing.js";
import { pageOf, platformAt } from "./pages/platform.js";
import preview from "./pages/preview.js";
import { stores } from "./pages/dav.js";
import { askForToken } from "./token.js";

const pages = [home, echo, feeds, preview, ...chats, ...stores];
const { path, actions, version } = document.body.dataset;
const place = { origin: location.origin, path, actions };
const byId = (id) => document.getElementById(id);

const hub = new Hub({ path });
const main = byId("page");
let shown = null; // {key, page, leave}

// pageAt is the page for the address, as far as the server offers it.
function pageAt(pathname) {
  if (/^\/examples\/?$/.test(pathname)) return home;
  const platform = platformAt(pathname);
  const page = platform ? pageOf(platform) : pages.find((p) => p.path === pathname.replace(/(.)\/$/, "$1"));
  if (!page) return missing(pathname);
  if (!page.platform || hub.has(page.platform)) return page;
  return hub.platforms.size ? absent(page) : loading(page, hub);
}

function show({ focus } = {}) {
  const page = pageAt(location.pathname);
  const key = `${location.pathname} ${page.name}`;
  if (shown?.key === key) return;
  shown?.leave?.();
  main.replaceChildren();
  main.className = `page-${page.name}`;
  shown = { key, page, leave: page.show(main, { hub, offered, place, version }) };
  showNavigation();
  if (focus) {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

// offered lists the pages, those of platforms without one of their own at the end.
function offered() {
  const others = [...hub.platforms.keys()].filter((id) => !pages.some((page) => page.platform === id));
  return [...pages.filter((page) => !page.platform || hub.has(page.platform)), ...others.map(pageOf)];
}

function showNavigation() {
  const nav = byId("pages");
  const total = pages.reduce((sum, page) => sum + (page.unread?.() ?? 0), 0);
  const title = shown.page === home ? "Sockethub" : `${shown.page.title} · Sockethub`;
  document.title = total ? `(${total}) ${title}` : title;
  renew(
    nav,
    offered().map((page) => {
      const here = page.path === shown.page.path;
      const link = h("a", { href: page.path, "aria-current": here && "page", "data-key": page.path }, page.title);
      const unread = page.unread?.() ?? 0;
      if (unread) link.append(" ", h("span", { class: "count" }, `${unread}`), h("span", { class: "spoken" }, " unread"));
      return link;
    }),
  );
  nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function go(url) {
  history.pushState(null, "", url);
  show({ focus: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/']");
  if (!link || link.target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (!offered().some((page) => page.path === link.getAttribute("href"))) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", () => show({ focus: true }));

function showConnection() {
  const box = byId("connection");
  box.dataset.state = hub.state;
  if (box.textContent !== hub.text) box.textContent = hub.text;
  // A button that would have to wait for the server says so by being disabled.
  document.body.classList.toggle("is-ready", hub.isReady);
  for (const button of document.querySelectorAll("button[data-needs-server]")) button.disabled = !hub.isReady;
}

function setUpInspector() {
  const panel = byId("inspector");
  const toggle = byId("toggle-inspector");
  new Inspector(panel, hub.recorder, place);
  const wide = matchMedia("(min-width: 70rem)"); // room for both
  const open = (yes) => {
    panel.hidden = !yes;
    toggle.setAttribute("aria-expanded", String(yes));
    document.body.classList.toggle("with-inspector", yes);
  };
  toggle.addEventListener("click", () => {
    open(panel.hidden);
    sessionStorage.setItem("inspector", panel.hidden ? "closed" : "open");
    if (!panel.hidden) panel.querySelector("input").focus();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open(false);
    toggle.focus();
  });
  const fit = () => open(wide.matches && sessionStorage.getItem("inspector") !== "closed");
  wide.addEventListener("change", fit);
  fit();
  hub.recorder.addEventListener("entry", () => (byId("traffic").textContent = String(hub.recorder.count)));
}

hub.addEventListener("state", showConnection);
hub.addEventListener("ready", () => {
  show();
  showNavigation();
});
hub.addEventListener("locked", ({ detail }) => askForToken(hub, detail));
addEventListener("unread", showNavigation);
new MutationObserver(showConnection).observe(main, { childList: true, subtree: true });

for (const chat of chats) chat.listen(hub);
setUpInspector();
showConnection();
show();

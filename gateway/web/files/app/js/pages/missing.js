// Pages for addresses that have none.
import { h } from "../dom.js";

export function missing(pathname) {
  return {
    name: "missing",
    path: pathname,
    title: "No such page",
    show(root) {
      root.append(h("h1", {}, "No such page"), h("p", { class: "lead" }, "There is nothing at ", h("code", {}, pathname), "."), back());
    },
  };
}

// absent stands for a page whose platform this server does not have.
export function absent(page) {
  return {
    name: "missing",
    path: page.path,
    title: `${page.title} is not offered`,
    show(root) {
      root.append(
        h("h1", {}, `${page.title} is not offered`),
        h("p", { class: "lead" }, "This server runs without the platform ", h("code", {}, page.platform), "."),
        back(),
      );
    },
  };
}

// loading stands for a page while it is not known what the server has.
export function loading(page, hub) {
  return {
    name: "loading",
    path: page.path,
    title: page.title,
    show(root) {
      const text = h("p", { class: "lead" });
      const say = () => (text.textContent = hub.state === "connecting" ? "Asking the server what it offers…" : `The server does not answer: ${hub.text}. This page goes on trying.`);
      say();
      hub.addEventListener("state", say);
      root.append(h("h1", {}, page.title), text, h("div", { class: "skeleton", "aria-hidden": "true" }));
      return () => hub.removeEventListener("state", say);
    },
  };
}

function back() {
  return h("p", {}, h("a", { href: "/" }, "What this server offers"));
}

// The inspector: every message of this page, newest first.
import { asCurl, asJavaScript, copy } from "./code.js";
import { h, spoken } from "./dom.js";
import { tree } from "./tree.js";
import { clock, milliseconds } from "./words.js";

const kinds = {
  sent: { mark: "↑", word: "sent" },
  received: { mark: "↓", word: "received" },
  connection: { mark: "•", word: "connection" },
};

export class Inspector {
  constructor(root, recorder, place) {
    this.recorder = recorder;
    this.place = place; // {origin, path, actions}
    this.rows = new Map(); // entry to its row
    this.text = h("input", { type: "search", id: "inspector-filter", placeholder: "any text", oninput: () => this.filter() });
    this.kind = h(
      "select",
      { id: "inspector-kind", onchange: () => this.filter() },
      [["all", "All"], ["sent", "Sent"], ["received", "Received"], ["connection", "Connection"], ["failed", "Errors"]].map(([value, label]) => h("option", { value }, label)),
    );
    this.list = h("ol", { class: "entries" });
    this.empty = h("p", { class: "empty" });
    root.replaceChildren(
      h("h2", {}, "Inspector"),
      h("p", { class: "about" }, "Every message between this page and the server, newest first."),
      h(
        "div",
        { class: "inspector-tools" },
        h("div", { class: "field" }, h("label", { for: "inspector-filter" }, "Filter"), this.text),
        h("div", { class: "field" }, h("label", { for: "inspector-kind" }, "Show"), this.kind),
        h("button", { type: "button", class: "quiet", onclick: () => recorder.clear() }, "Clear"),
      ),
      this.empty,
      this.list,
    );
    recorder.addEventListener("entry", ({ detail }) => this.add(detail));
    recorder.addEventListener("change", ({ detail }) => this.update(detail));
    recorder.addEventListener("clear", () => {
      this.rows.clear();
      this.list.replaceChildren();
      this.filter();
    });
    recorder.entries.forEach((entry) => this.add(entry));
    this.filter();
  }

  add(entry) {
    const row = h("li", { class: `entry ${entry.kind}` });
    this.rows.set(entry, row);
    this.list.prepend(row);
    for (const [old, oldRow] of this.rows) {
      if (this.rows.size <= this.recorder.constructor.limit) break;
      oldRow.remove();
      this.rows.delete(old);
    }
    this.update(entry);
  }

  update(entry) {
    const row = this.rows.get(entry);
    if (!row) return;
    const open = row.querySelector("details")?.open ?? false;
    row.classList.toggle("failed", !!entry.failed);
    const body = h("div", { class: "entry-body" });
    const fill = () => body.childElementCount || body.append(...this.body(entry));
    row.replaceChildren(h("details", { open, ontoggle: fill }, this.summary(entry), body));
    if (open) fill();
    row.hidden = !this.matches(entry);
    this.sayEmpty();
  }

  summary(entry) {
    const { mark, word } = kinds[entry.kind];
    const platform = platformOf(entry.content) ?? platformOf(entry.answer);
    let fate = "";
    if (entry.kind === "sent") {
      if (entry.latency === undefined) fate = "waiting";
      else fate = `${entry.failed ? "error, " : ""}${milliseconds(entry.latency)}`;
    }
    return h(
      "summary",
      {},
      h("time", { datetime: entry.time.toISOString() }, clock(entry.time)),
      h("span", { class: "mark", "aria-hidden": "true" }, mark),
      spoken(word),
      platform && h("span", { class: "badge" }, platform),
      h("span", { class: "entry-name" }, nameOf(entry)),
      fate && h("span", { class: "fate" }, fate),
      entry.failed && h("span", { class: "entry-error" }, entry.answer?.error ?? entry.content?.error ?? entry.content?.reason ?? ""),
    );
  }

  body(entry) {
    const parts = [];
    if (entry.content !== undefined) parts.push(h("h3", {}, entry.kind === "received" ? "Received" : entry.kind === "sent" ? "Sent" : "Said"), tree(entry.content));
    if (entry.answer !== undefined) parts.push(h("h3", {}, `Answer after ${milliseconds(entry.latency)}`), tree(entry.answer));
    const buttons = h("p", { class: "row" });
    if (entry.kind === "sent" && entry.event !== "schemas") {
      buttons.append(this.copier("Copy as JavaScript", () => asJavaScript(entry, this.place)));
      if (this.place.actions) buttons.append(this.copier("as curl", () => asCurl(entry, this.place)));
    }
    buttons.append(this.copier("as JSON", () => JSON.stringify(entry.answer ?? entry.content, null, 2)));
    parts.push(buttons);
    return parts;
  }

  copier(label, make) {
    const button = h("button", { type: "button", class: "quiet small" }, label);
    button.addEventListener("click", async () => {
      try {
        await copy(make());
        button.textContent = "Copied";
      } catch {
        button.textContent = "The browser does not allow it";
      }
      setTimeout(() => (button.textContent = label), 2000);
    });
    return button;
  }

  matches(entry) {
    const kind = this.kind.value;
    if (kind === "failed" ? !entry.failed : kind !== "all" && kind !== entry.kind) return false;
    const wanted = this.text.value.trim().toLowerCase();
    return !wanted || JSON.stringify([entry.event, entry.content, entry.answer]).toLowerCase().includes(wanted);
  }

  filter() {
    for (const [entry, row] of this.rows) row.hidden = !this.matches(entry);
    this.sayEmpty();
  }

  sayEmpty() {
    const shown = [...this.rows.values()].some((row) => !row.hidden);
    this.empty.hidden = shown;
    this.empty.textContent = this.rows.size ? "Nothing matches the filter." : "Nothing yet: use one of the pages.";
  }
}

function nameOf({ kind, event, content }) {
  if (kind === "connection") return event;
  if (event !== "message") return event;
  const object = content?.object?.type;
  return [content?.type ?? "message", object && object !== "message" ? object : ""].filter(Boolean).join(" ");
}

function platformOf(activity) {
  const contexts = Array.isArray(activity?.["@context"]) ? activity["@context"] : [];
  return contexts.map((url) => /\/platform\/([^/]+)\//.exec(url)?.[1]).find(Boolean);
}

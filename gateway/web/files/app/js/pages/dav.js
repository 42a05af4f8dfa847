// Calendars and address books: sign in, look through a list, add, change and
// delete. When somebody else has changed the same item, both changes are shown.
import { calendar } from "../dav/calendar.js";
import { contacts } from "../dav/contacts.js";
import { Store } from "../dav/store.js";
import { busy, field, h, notice } from "../dom.js";
import { explain, plural } from "../words.js";
import { documents } from "./documents.js";
import { editor } from "./editor.js";

export const stores = [pageOf(calendar), pageOf(contacts)];

function pageOf(kind) {
  let store = null; // lives on while other pages are shown
  return {
    name: "store",
    path: kind.path,
    platform: kind.platform,
    title: kind.title,
    about: kind.about,
    show(root, { hub }) {
      const open = () => (store?.collections.length ? showItems(root, store, () => ((store = null), open())) : showSignIn(root, kind, hub, (made) => ((store = made), open())));
      open();
    },
  };
}

function showSignIn(root, kind, hub, done) {
  const name = `account ${kind.platform}`;
  const saved = JSON.parse(sessionStorage.getItem(name) ?? "{}");
  const url = h("input", { name: "url", type: "url", value: saved.url ?? "", placeholder: kind.example, autocomplete: "url", required: true });
  const username = h("input", { name: "username", value: saved.username ?? "", autocomplete: "username", autocapitalize: "off", spellcheck: "false", required: true });
  const password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true });
  const state = notice();
  const signIn = async () => {
    const store = new Store(hub, kind);
    state.show("wait", h("p", {}, "Looking for what is there…"));
    try {
      await store.signIn({ url: url.value.trim(), username: username.value.trim(), password: password.value });
      sessionStorage.setItem(name, JSON.stringify({ url: url.value.trim(), username: username.value.trim() }));
      if (!store.collections.length) return state.show("bad", h("p", {}, "The account has none of these."));
      done(store);
    } catch (error) {
      state.show("bad", ...explain(error));
    }
  };
  const form = h(
    "form",
    { class: "panel", onsubmit: (event) => {
      event.preventDefault();
      busy(form, signIn);
    } },
    field("Address of the server", url, "The server's own, or that of one collection"),
    h("div", { class: "columns even" }, field("User", username), field("Password", password)),
    h("p", { class: "row" }, h("button", { "data-needs-server": true }, "Sign in")),
    state.box,
  );
  root.replaceChildren(h("h1", {}, kind.title), h("p", { class: "lead" }, `${kind.about} What other programs put there stays as it is.`), form, documents(kind.platform));
}

function showItems(root, store, leave) {
  const { kind } = store;
  const state = notice();
  const list = h("ul", { class: "items", "aria-label": kind.title });
  const place = h("div", {}); // of the form that changes an item
  const choose = h("select", { name: "collection", onchange: () => ((store.collection = store.collections[choose.selectedIndex]), search()) }, store.collections.map((c) => h("option", { selected: c === store.collection }, c.name || c.id)));
  const queries = kind.queries.map((q) => [q.name, control(q)]);
  const more = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => search(true) }, "More");
  const add = h("button", { type: "button", "data-needs-server": true, onclick: () => edit(null) }, `New ${kind.one}`);

  const read = () => Object.fromEntries(queries.map(([name, input]) => [name, input.type === "checkbox" ? input.checked : input.value.trim()]));

  async function search(further) {
    state.wait("Asking the server…");
    try {
      const answer = await store.list(kind.query(read()), further);
      const broken = answer.errors?.length ? ` ${plural(answer.errors.length, "item")} could not be read: ${answer.errors[0].error}.` : "";
      draw();
      state.show("good", h("p", {}, `${plural(store.items.length, kind.one)}.${broken}`));
    } catch (error) {
      state.show("bad", ...explain(error));
    }
  }

  function draw() {
    more.hidden = !store.next;
    add.hidden = !!store.collection.readOnly;
    const rows = kind.rows(store.items);
    list.replaceChildren(
      ...rows.map((row, at) =>
        h("li", {}, h("button", { type: "button", class: "item", onclick: () => edit(row, at) }, h("strong", {}, kind.headline(row)), h("span", {}, kind.details(row)))),
      ),
      ...(rows.length ? [] : [h("li", { class: "empty" }, "Nothing here.")]),
    );
  }

  function edit(row, at = -1) {
    const close = (changed) => {
      place.replaceChildren();
      list.hidden = form.hidden = false;
      if (changed) search();
      else draw();
      (list.querySelectorAll(".item")[at] ?? add).focus();
    };
    list.hidden = more.hidden = form.hidden = true;
    const edited = editor(store, row, close);
    place.replaceChildren(edited);
    edited.querySelector("input:not([type=checkbox])").focus();
  }

  const form = h(
    "form",
    { class: "panel", onsubmit: (event) => {
      event.preventDefault();
      busy(form, search);
    } },
    h("div", { class: "columns even" }, field("In", choose), ...queries.filter(([, input]) => input.type !== "checkbox").map(([name, input]) => field(kind.queries.find((q) => q.name === name).label, input))),
    ...queries.filter(([, input]) => input.type === "checkbox").map(([name, input]) => h("p", { class: "check" }, input, h("label", { for: input.id }, kind.queries.find((q) => q.name === name).label))),
    h("p", { class: "row" }, h("button", { "data-needs-server": true, class: "quiet" }, "Show"), add, h("button", { type: "button", class: "quiet", onclick: leave }, "Sign out")),
    state.box,
  );
  root.replaceChildren(h("h1", {}, kind.title), form, place, list, h("p", {}, more));
  search();
}

function control({ name, type, initial }) {
  const input = h("input", { name, type, id: `query-${name}`, value: type !== "checkbox" && initial?.() });
  if (type === "checkbox") input.checked = !!initial?.();
  return input;
}

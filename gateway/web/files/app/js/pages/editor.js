// The form that makes, changes and deletes one event or contact.
import { busy, field, h, notice } from "../dom.js";
import { conflict, merge } from "../dav/store.js";
import { explain } from "../words.js";

// editor is the form for a row of the list, or for something new. close is called
// when it is done, and told whether something changed.
export function editor(store, row, close) {
  const { kind } = store;
  let item = row?.item ?? null;
  const before = () => item && kind.values(only() ? { ...item, ...row.occurrence } : item);
  const state = notice();
  const one = row?.occurrence && item.recurrence && h("input", { type: "checkbox", id: "only-this", onchange: () => put(before()) });
  const only = () => (one?.checked ? { recurrenceId: row.occurrence.recurrenceId } : null);
  const fields = kind.fields.filter((f) => !(item && f.onlyNew));
  const inputs = new Map(fields.map((f) => [f.name, input(f)]));
  const readOnly = store.collection.readOnly || item?.updateSupported === false;
  let based = before(); // what the form began with

  function put(values) {
    for (const [name, control] of inputs) {
      if (control.type === "checkbox") control.checked = values[name];
      else control.value = values[name];
    }
    retime();
    for (const [name, control] of inputs) if (control.type === "date") control.value = String(values[name]).slice(0, 10);
    based = before();
  }

  // retime asks for days or for times, as the event is.
  function retime() {
    const days = inputs.get("allDay")?.checked;
    for (const f of fields) {
      if (f.type !== "time") continue;
      const control = inputs.get(f.name);
      const { value } = control;
      control.type = days ? "date" : "datetime-local";
      control.value = days ? value.slice(0, 10) : value.length === 10 ? `${value}T09:00` : value;
    }
  }

  const read = () => Object.fromEntries([...inputs].map(([name, control]) => [name, control.type === "checkbox" ? control.checked : control.value.replace(/\s+$/, "")]));

  async function save(values = read()) {
    state.wait("Saving…");
    const changes = kind.changes(values, based, item);
    if (item && !Object.keys(changes).length) return close(false);
    try {
      if (item) await store.update(item, { ...changes, ...only() });
      else await store.create(changes);
      close(true);
    } catch (error) {
      const current = item && conflict(error);
      if (!current) return state.show("bad", ...explain(error));
      differ(values, current);
    }
  }

  // differ shows what somebody else has made of the item, and merges both.
  function differ(mine, current) {
    const theirs = kind.values(current);
    const { merged, taken, clashes } = merge(based, mine, theirs);
    item = current;
    based = theirs;
    putMerged(merged);
    const label = (name) => kind.fields.find((f) => f.name === name).label;
    const choices = clashes.map((name) => {
      const pick = (value) => () => putMerged({ ...read(), [name]: value });
      return h(
        "fieldset",
        {},
        h("legend", {}, label(name)),
        h("label", { class: "check" }, h("input", { type: "radio", name: `clash-${name}`, checked: true, onchange: pick(mine[name]) }), `Yours: ${mine[name]}`),
        h("label", { class: "check" }, h("input", { type: "radio", name: `clash-${name}`, onchange: pick(theirs[name]) }), `Theirs: ${theirs[name]}`),
      );
    });
    state.show(
      "bad",
      h("p", {}, "Somebody else has changed this meanwhile."),
      taken.length ? h("p", { class: "hint" }, `Taken over from them: ${taken.map(label).join(", ")}.`) : "",
      ...choices,
      h("p", { class: "row" }, h("button", { type: "submit" }, "Save both changes"), h("button", { type: "button", class: "quiet", onclick: () => close(true) }, "Keep theirs")),
    );
  }

  function putMerged(values) {
    const kept = based;
    put(values);
    based = kept;
  }

  async function remove() {
    state.wait("Deleting…");
    try {
      await store.remove(item, only() ?? {});
      close(true);
    } catch (error) {
      const current = conflict(error);
      if (!current) return state.show("bad", ...explain(error));
      item = current;
      based = kind.values(current);
      put(based);
      state.show("bad", h("p", {}, "Somebody else has changed this meanwhile. It is shown as it is now: delete it again if that is still right."));
    }
  }

  const isWide = ({ type }) => type === "area" || type === "checkbox";
  const control = ({ name, label, type }) => (type === "checkbox" ? h("p", { class: "check" }, inputs.get(name), h("label", { for: inputs.get(name).id }, label)) : field(label, inputs.get(name), type === "lines" && "One on each line"));
  const heading = item ? kind.headline(row) : `New ${kind.one}`;
  const form = h(
    "form",
    { class: "panel", "aria-label": heading, onsubmit: (event) => {
      event.preventDefault();
      busy(form, () => save());
    } },
    h("h2", {}, heading),
    state.box,
    one && h("p", { class: "check" }, one, h("label", { for: one.id }, "Only this occurrence")),
    h("div", { class: "columns even" }, fields.filter((f) => !isWide(f)).map(control)),
    fields.filter(isWide).map(control),
    h(
      "p",
      { class: "row" },
      !readOnly && h("button", { "data-needs-server": true }, "Save"),
      item && !store.collection.readOnly && h("button", { type: "button", class: "quiet", "data-needs-server": true, onclick: () => busy(form, remove) }, "Delete"),
      h("button", { type: "button", class: "quiet", onclick: () => close(false) }, "Cancel"),
    ),
    readOnly && h("p", { class: "about" }, "This cannot be changed here."),
  );
  inputs.get("allDay")?.addEventListener("change", retime);
  if (item) put(based);
  return form;
}

function input({ name, type, required, choices }) {
  const id = `edit-${name}`;
  if (type === "area" || type === "lines") return h("textarea", { name, id, rows: type === "lines" ? "2" : "4" });
  if (type === "select") return h("select", { name, id }, choices.map(([value, label]) => h("option", { value }, label)));
  return h("input", { name, id, required, autocomplete: "off", type: { time: "datetime-local", checkbox: "checkbox" }[type] ?? "text" });
}

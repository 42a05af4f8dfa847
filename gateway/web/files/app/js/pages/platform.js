// The page of any platform that has none of its own, as one that is a program
// of its own: its schema tells what it takes, and its answers are shown as they are.
import { about as aboutType, described } from "../described.js";
import { busy, field, h, notice } from "../dom.js";
import { sample } from "../sample.js";
import { tree } from "../tree.js";
import { clock, explain, milliseconds, sentence } from "../words.js";
import { documents } from "./documents.js";

const prefix = "/platforms/";
const kept = 50; // answers that are shown
const drafts = new Map(); // what was typed, by platform and type: it outlives the page

export function pageOf(platform) {
  return {
    name: "platform",
    path: prefix + encodeURIComponent(platform),
    platform,
    title: platform,
    about: "Send this platform what its schema allows, and see what it answers.",
    show: (root, { hub }) => show(root, hub, platform),
  };
}

// platformAt names the platform whose page is at a path, or returns "".
export function platformAt(pathname) {
  if (!pathname.startsWith(prefix)) return "";
  try {
    return decodeURIComponent(pathname.slice(prefix.length));
  } catch {
    return "";
  }
}

function show(root, hub, platform) {
  const { types, version, contextUrl } = hub.platforms.get(platform);
  const schema = (type) => hub.client.getPlatformSchema(platform, type === "credentials" ? "credentials" : "messages") ?? {};
  const type = h("select", { name: "type", onchange: () => begin() }, types.map((name) => h("option", { value: name }, name)));
  let words = {}; // this platform's schemas with descriptions, once they are here
  const about = h("p", { class: "about" });
  const text = h("textarea", { name: "message", rows: "12", spellcheck: "false", autocapitalize: "off", autocomplete: "off", class: "source", "aria-describedby": "fits", oninput: () => (drafts.set(key(), text.value), check()) });
  const fits = h("p", { class: "fits", id: "fits", role: "status" });
  const schemaBox = h("div", {});
  const state = notice();
  const answers = h("ol", { class: "answers wide" });
  const empty = h("p", { class: "empty" }, "No answers yet.");
  const key = () => `${platform} ${type.value}`;

  // begin shows what was typed for this type, or something to begin from.
  function begin() {
    text.value = drafts.get(key()) ?? JSON.stringify(beginning(), null, 2);
    state.hide();
    showSchema();
  }

  function showSchema() {
    const own = type.value === "credentials" ? words.credentials : words.messages;
    about.textContent = aboutType(words, type.value);
    schemaBox.replaceChildren(tree(own ?? schema(type.value)));
    check();
  }

  // beginning is the first that fits of some messages with what the schema asks for.
  function beginning() {
    const { "@context": context, actor, object, ...more } = sample(schema(type.value)) ?? {};
    const message = { ...more, type: type.value, actor: { ...actor, id: "me@example.org", type: "person" } };
    if (type.value === "credentials") return { ...message, object: { ...object, type: "credentials" } };
    const tries = [{ ...message, object: { type: "message", content: "Hello", ...object } }, { ...message, ...(object && { object }) }];
    return tries.find((t) => !faultOf(t)) ?? tries[0];
  }

  function faultOf(message) {
    return hub.client.validateActivity({ "@context": hub.client.contextFor(platform), ...message }).replace(`[${platform}] `, "");
  }

  // check says below the text what is wrong with it, and returns the message
  // if nothing is.
  function check() {
    const { message, fault } = read();
    fits.textContent = fault || "This fits the schema.";
    fits.dataset.state = fault ? "bad" : "good";
    text.toggleAttribute("aria-invalid", !!fault);
    return fault ? null : message;
  }

  function read() {
    let message;
    try {
      message = JSON.parse(text.value);
    } catch (error) {
      return { fault: sentence(`this is not JSON: ${error.message}`) };
    }
    if (message === null || typeof message !== "object" || Array.isArray(message)) return { fault: "A message is an object: { … }." };
    const fault = faultOf(message);
    return { message, fault: fault && sentence(fault) };
  }

  async function send() {
    const message = check();
    if (!message) return text.focus();
    state.show("wait", h("p", {}, `Waiting for the answer to ${message.type}…`));
    const started = performance.now();
    const credentials = message.type === "credentials";
    try {
      const answer = await (credentials ? hub.sendCredentials(platform, message) : hub.send(platform, message));
      state.hide();
      add(credentials ? "The credentials are stored" : `Answer to ${message.type}`, milliseconds(performance.now() - started), credentials ? undefined : answer);
    } catch (error) {
      state.show("bad", ...explain(error));
    }
  }

  function add(what, when, activity) {
    empty.hidden = true;
    answers.prepend(h("li", {}, h("p", { class: "about" }, `${what}, ${when}`), activity !== undefined && tree(activity)));
    if (answers.childElementCount > kept) answers.lastElementChild.remove();
  }

  const form = h(
    "form",
    { class: "panel", novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      busy(form, send);
    } },
    field("Type", type),
    about,
    h("div", { class: "field" }, field("Message", text, "ActivityStreams as JSON; the context is added."), fits),
    h("p", { class: "row" }, h("button", { "data-needs-server": true }, "Send"), h("button", { type: "button", class: "quiet", onclick: () => (drafts.delete(key()), begin()) }, "Begin anew")),
    state.box,
  );
  root.append(
    h("h1", {}, platform),
    h("p", { class: "lead" }, `A platform without a page of its own, version ${version}. What it takes is what its schema says.`),
    form,
    h("h2", {}, "Answers and events"),
    h("div", { role: "log", "aria-label": "Answers and events" }, empty, answers),
    h("details", { class: "panel" }, h("summary", {}, "Schema"), schemaBox),
    documents(platform),
  );
  begin();
  void described(platform).then((found) => {
    words = found;
    showSchema();
  });

  const heard = ({ detail }) => detail["@context"]?.includes?.(contextUrl) && add(`Event ${detail.type}`, `at ${clock(new Date())}`, detail);
  const renewed = () => showSchema(); // it may be another one
  hub.addEventListener("message", heard);
  hub.addEventListener("ready", renewed);
  return () => {
    drafts.delete(`${platform} credentials`); // secrets do not stay behind
    hub.removeEventListener("message", heard);
    hub.removeEventListener("ready", renewed);
  };
}

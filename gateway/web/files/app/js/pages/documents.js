// What a platform takes and answers, below its form: the text of the documents, and
// exchanges that were recorded.
import { about, described, members, plain } from "../described.js";
import { h } from "../dom.js";
import { tree } from "../tree.js";

export function documents(platform) {
  const body = h("div", {});
  const box = h("details", { class: "panel documents", ontoggle: () => box.open && !body.childElementCount && fill() }, h("summary", {}, `Messages of ${platform}`), body);
  const fill = async () => body.replaceChildren(...sections(await described(platform)));
  return box;
}

function sections(words) {
  const exchanges = (words.examples?.exchanges ?? []).filter(({ title }) => title);
  const types = words.messages?.properties?.type?.enum ?? [];
  const of = (type) => exchanges.filter(({ message, answer }) => message?.type === type && !answer.error);
  const arrivals = exchanges.filter(({ message }) => !message);
  const errors = exchanges.filter(({ answer }) => answer?.error);
  return [
    h("p", { class: "about" }, plain(words.messages?.description ?? "Nothing is written of it.")),
    ...(of("credentials").length ? ["credentials"] : []).concat(types).map((type) => section(type, about(words, type), of(type), members(words, type))),
    arrivals.length && section("What arrives by itself", "", arrivals),
    errors.length && section("Errors", "", errors),
  ].filter(Boolean);
}

function section(name, text, exchanges, rows = []) {
  const table = rows.map(({ path, description }) => [h("dt", {}, h("code", {}, path)), h("dd", {}, description)]);
  const list = rows.length > 0 && h("details", { class: "exchange" }, h("summary", {}, "Its members"), h("dl", { class: "facts" }, table.flat()));
  return h("section", {}, h("h2", {}, name), text && h("p", {}, text), list, exchanges.map(exchange));
}

function exchange({ title, message, answer, hears = [] }) {
  const same = JSON.stringify(message) === JSON.stringify(answer);
  return h(
    "details",
    { class: "exchange" },
    h("summary", {}, answer?.error ? `${title}: ${answer.error}` : title),
    message && tree(message),
    answer && h("p", { class: "about" }, same ? "The answer is the message itself." : "The answer:"),
    answer && !same && tree(answer),
    message && hears.length > 0 && h("p", { class: "about" }, "Then arrives:"),
    hears.map((heard) => tree(heard)),
  );
}

import { h } from "./dom.js";

// tree shows a JSON value folded: the first levels open, long ones closed. What
// is closed is made when it is opened.
export function tree(value, depth = 0) {
  if (value === null || typeof value !== "object") return leaf(value);
  const list = Array.isArray(value);
  const members = Object.entries(value);
  if (members.length === 0) return h("span", { class: "json-mark" }, list ? "[ ]" : "{ }");
  const body = h("ul", { class: "json" });
  const fill = () => {
    if (body.childElementCount) return;
    body.append(...members.map(([name, v]) => h("li", {}, h("span", { class: "json-name" }, `${name}: `), tree(v, depth + 1))));
  };
  const open = depth === 0 || (depth < 2 && members.length <= 8 && !isContext(value));
  if (open) fill();
  const summary = list ? `[ ${members.length} ]` : `{ ${members.map(([name]) => name).join(", ")} }`;
  return h("details", { open, ontoggle: fill, class: "json-fold" }, h("summary", { class: "json-mark" }, summary), body);
}

function leaf(value) {
  return h("span", { class: `json-${value === null ? "null" : typeof value}` }, typeof value === "string" ? JSON.stringify(value) : String(value));
}

// The three addresses of a context are the same everywhere.
function isContext(value) {
  return Array.isArray(value) && String(value[0]).startsWith("https://www.w3.org/ns/activitystreams");
}

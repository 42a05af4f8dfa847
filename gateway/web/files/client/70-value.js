/** The events that carry an activity; all others pass as they are. */
function isActivity(event) {
  return event === "message" || event === "credentials";
}

function isObject(v) {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

function typeOf(v) {
  if (v === null) return "null";
  if (Array.isArray(v)) return "array";
  return Number.isInteger(v) ? "integer" : typeof v;
}

function equal(a, b) {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((v, i) => equal(v, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((n) => Object.hasOwn(b, n) && equal(a[n], b[n]));
}

/** copy makes what JSON makes of a value. */
function copy(v) {
  return v === undefined ? v : JSON.parse(JSON.stringify(v));
}

/** expand returns a copy in which names that stand for objects are objects. */
function expand(activity) {
  if (!isObject(activity)) return activity;
  const all = { ...activity };
  for (const [part, name] of Object.entries({ actor: "id", target: "id", object: "content" })) {
    const v = all[part];
    if (typeof v === "string") all[part] = { [name]: v };
    else if (Array.isArray(v)) all[part] = v.map((e) => (typeof e === "string" ? { id: e } : e));
  }
  return all;
}

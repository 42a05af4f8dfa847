const ENTITIES = {
  actor: "person, room, service, feed, website, platform",
  target: "person, room, service, feed, website, platform, address, calendar, addressBook",
  object: "feed, person, room, service, platform, website, address, calendar, addressBook",
};

/** describe words the one of the errors that says most: see the server's rule. */
function describe(activity, errors) {
  let deepest = null;
  for (const e of errors) {
    const part = /^\/(actor|target|object)\b/.exec(e.path)?.[1];
    const name = /^#\/\w+\/\w+\/([^/]+)\//.exec(e.at)?.[1];
    if (!part || !name || !hasType(activity[part], name)) continue;
    if (!deepest || e.path.split("/").length > deepest.path.split("/").length) deepest = e;
  }
  const e = deepest || errors[errors.length - 1];
  const text = `${e.path || "activity stream"}: ${e.message}`;
  if (e.keyword === "additionalProperties") return `${text}: ${e.extra}`;
  if (deepest) return e.keyword === "enum" ? `${text}: ${e.allowed.join(", ")}` : text;
  return e.keyword === "oneOf" ? `${text}: ${ENTITIES[/^\/(\w+)/.exec(e.path)?.[1]] || ENTITIES.object}` : text;
}

function hasType(value, name) {
  if (!isObject(value)) return false;
  return value.type === name || Object.values(value).some((v) => isObject(v) && v.type !== undefined && hasType(v, name));
}

// What the documents say of the platforms: the schemas with the words for people,
// which the registry leaves out, and recorded exchanges.
let all;

// described is what is told of a platform: {credentials, messages, examples}, each
// only where there is one.
export async function described(platform) {
  all ??= fetch("/examples-schemas.json")
    .then((response) => (response.ok ? response.json() : {}))
    .catch(() => ({}));
  return (await all)[platform] ?? {};
}

// about is what a type of message does.
export function about({ credentials, messages }, type) {
  const { title, description } = (type === "credentials" ? credentials : messages?.definitions?.types?.[type]) ?? {};
  return title ? plain(`${title}. ${description ?? ""}`) : "";
}

// members lists what a message of a type has, as [{path, description}].
export function members({ credentials, messages }, type) {
  const root = type === "credentials" ? credentials : messages;
  const own = type === "credentials" ? credentials : messages?.definitions?.types?.[type];
  const rows = [];
  const resolve = (schema) => (schema.$ref ? schema.$ref.slice(2).split("/").reduce((at, name) => at?.[name], root) ?? {} : schema);
  const look = (schema, prefix, depth) => {
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      const at = resolve(member);
      const path = prefix + name;
      if (name === "type" && prefix) continue; // its values say it, where there are several
      rows.push({ path, description: plain(member.description ?? at.description ?? "") });
      const kinds = at.oneOf ?? at.anyOf ?? [at];
      for (const kind of depth < 4 ? kinds.map(resolve) : []) {
        const of = kinds.length > 1 && kind.properties?.type?.enum?.join(", ");
        if (of) rows.push({ path, description: plain(`of type ${of}: ${kind.description ?? ""}`) });
        look(kind.items ? resolve(kind.items) : kind, kind.items ? `${path}[].` : `${path}.`, depth + 1);
      }
    }
  };
  look(own ?? {}, "", 0);
  return rows;
}

// plain leaves out the marks of Markdown.
export function plain(text) {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "").trim();
}

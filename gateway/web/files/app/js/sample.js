// sample makes a value that a JSON Schema may accept, to begin from: what is
// required, and the first of what can be chosen.
export function sample(schema, root = schema, depth = 0) {
  if (!schema || typeof schema !== "object" || depth > 8) return null;
  if (schema.$ref !== undefined) return sample(resolve(schema.$ref, root), root, depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const branch = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  const type = [schema.type].flat()[0] ?? (schema.properties || schema.required ? "object" : undefined);
  if (branch && type !== "object") return sample(branch, root, depth + 1);
  const make = {
    object: () => members([schema, branch, ...(schema.allOf ?? [])], root, depth),
    array: () => Array.from({ length: schema.minItems ?? 0 }, () => sample(schema.items, root, depth + 1)),
    string: () => (/^(iri|uri)$/.test(schema.format) ? "https://example.org/" : ""),
    integer: () => schema.minimum ?? 0,
    number: () => schema.minimum ?? 0,
    boolean: () => false,
  }[type];
  return make ? make() : null;
}

function members(schemas, root, depth) {
  const made = {};
  for (const schema of schemas) {
    for (const name of schema?.required ?? []) made[name] = sample(schema.properties?.[name] ?? {}, root, depth + 1) ?? made[name] ?? "";
  }
  return made;
}

function resolve(ref, root) {
  return ref.replace(/^#\/?/, "").split("/").filter(Boolean).reduce((schema, part) => schema?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], root);
}

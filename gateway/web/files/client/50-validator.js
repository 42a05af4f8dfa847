/**
 * Validator checks values against a JSON Schema (draft-07, as platforms use
 * it) and collects errors in the order in which the server does, since that
 * decides which one a person reads. What it does not know it lets pass: the
 * server looks at everything again.
 */
class Validator {
  constructor(schema) {
    this.root = schema;
  }

  check(value) {
    this.errors = [];
    this.visit(this.root, value, "", "#");
    return this.errors;
  }

  fail(path, at, keyword, message, more) {
    this.errors.push({ path, at: `${at}/${keyword}`, keyword, message, ...more });
  }

  /** The errors that visiting would add. */
  trial(schema, value, path, at) {
    const before = this.errors;
    this.errors = [];
    this.visit(schema, value, path, at);
    const found = this.errors;
    this.errors = before;
    return found;
  }

  visit(schema, value, path, at) {
    if (schema === true || schema === undefined) return;
    if (schema === false) return this.fail(path, at, "false schema", "boolean schema is false");
    if (schema.$ref !== undefined) return this.reference(schema.$ref, value, path);
    const kind = typeOf(value);
    const wanted = schema.type === undefined ? [] : [].concat(schema.type);
    const typed = wanted.length === 0 || wanted.some((t) => t === kind || (t === "number" && kind === "integer"));
    const late = wanted.length === 1 && KEYWORDS[wanted[0]]?.some((k) => schema[k] !== undefined);
    const type = () => this.fail(path, at, "type", `must be ${wanted.join(",")}`);
    if (!typed && !late) type();
    this.combined(schema, value, path, at);
    for (const [group, names] of Object.entries(KEYWORDS)) {
      if (!typed && late && wanted[0] === group) type();
      else if (kind === group || (group === "number" && kind === "integer")) {
        for (const name of names) if (schema[name] !== undefined) RULES[name].call(this, schema, value, path, at);
      }
    }
  }

  reference(ref, value, path) {
    if (!ref.startsWith("#/")) return;
    let schema = this.root;
    for (const part of ref.slice(2).split("/")) schema = schema?.[decodeURIComponent(part).replace(/~1/g, "/").replace(/~0/g, "~")];
    this.visit(schema, value, path, ref);
  }

  combined(schema, value, path, at) {
    if (schema.const !== undefined && !equal(schema.const, value)) this.fail(path, at, "const", "must be equal to constant");
    if (schema.enum && !schema.enum.some((v) => equal(v, value))) {
      this.fail(path, at, "enum", "must be equal to one of the allowed values", { allowed: schema.enum });
    }
    if (schema.not && this.trial(schema.not, value, path, `${at}/not`).length === 0) this.fail(path, at, "not", "must NOT be valid");
    this.branches(schema, "anyOf", value, path, at, (n) => n > 0, "must match a schema in anyOf");
    this.branches(schema, "oneOf", value, path, at, (n) => n === 1, "must match exactly one schema in oneOf");
    (schema.allOf || []).forEach((s, i) => this.visit(s, value, path, `${at}/allOf/${i}`));
    if (schema.if !== undefined) {
      const branch = this.trial(schema.if, value, path, `${at}/if`).length === 0 ? "then" : "else";
      if (schema[branch] === undefined) return;
      const found = this.trial(schema[branch], value, path, `${at}/${branch}`);
      if (found.length === 0) return;
      this.errors.push(...found);
      this.fail(path, at, "if", `must match "${branch}" schema`);
    }
  }

  branches(schema, keyword, value, path, at, enough, message) {
    if (!schema[keyword]) return;
    const results = schema[keyword].map((s, i) => this.trial(s, value, path, s.$ref || `${at}/${keyword}/${i}`));
    if (enough(results.filter((r) => r.length === 0).length)) return;
    for (const found of results) this.errors.push(...found);
    this.fail(path, at, keyword, message);
  }
}

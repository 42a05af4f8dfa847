// The keywords of each type, in the order in which they are checked.
const KEYWORDS = {
  number: ["maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf"],
  string: ["maxLength", "minLength", "pattern", "format"],
  array: ["maxItems", "minItems", "items", "contains", "uniqueItems"],
  object: ["maxProperties", "minProperties", "required", "propertyNames", "additionalProperties", "properties", "patternProperties"],
};

const bound = (keyword, holds, sign) =>
  function (schema, value, path, at) {
    if (!holds(value, schema[keyword])) this.fail(path, at, keyword, `must be ${sign} ${schema[keyword]}`);
  };
const count = (keyword, size, holds, words) =>
  function (schema, value, path, at) {
    const n = schema[keyword];
    if (!holds(size(value), n)) this.fail(path, at, keyword, `must NOT have ${words[0]} than ${n} ${words[1]}`);
  };
const most = (n, limit) => n <= limit;
const least = (n, limit) => n >= limit;
const length = (v) => [...v].length;
const members = (v) => Object.keys(v).length;
const pointer = (path, name) => `${path}/${String(name).replace(/~/g, "~0").replace(/\//g, "~1")}`;

const RULES = {
  maximum: bound("maximum", most, "<="),
  minimum: bound("minimum", least, ">="),
  exclusiveMaximum: bound("exclusiveMaximum", (n, limit) => n < limit, "<"),
  exclusiveMinimum: bound("exclusiveMinimum", (n, limit) => n > limit, ">"),
  multipleOf(schema, value, path, at) {
    if (!Number.isInteger(value / schema.multipleOf)) this.fail(path, at, "multipleOf", `must be multiple of ${schema.multipleOf}`);
  },
  maxLength: count("maxLength", length, most, ["more", "characters"]),
  minLength: count("minLength", length, least, ["fewer", "characters"]),
  pattern(schema, value, path, at) {
    if (!expression(schema.pattern).test(value)) this.fail(path, at, "pattern", `must match pattern "${schema.pattern}"`);
  },
  format(schema, value, path, at) {
    const format = FORMATS[schema.format];
    if (format && !format.test(value)) this.fail(path, at, "format", `must match format "${schema.format}"`);
  },
  maxItems: count("maxItems", (v) => v.length, most, ["more", "items"]),
  minItems: count("minItems", (v) => v.length, least, ["fewer", "items"]),
  items(schema, value, path, at) {
    const list = schema.items;
    if (Array.isArray(list)) list.forEach((s, i) => i < value.length && this.visit(s, value[i], pointer(path, i), `${at}/items/${i}`));
    else value.forEach((v, i) => this.visit(list, v, pointer(path, i), `${at}/items`));
  },
  contains(schema, value, path, at) {
    const results = value.map((v, i) => this.trial(schema.contains, v, pointer(path, i), `${at}/contains`));
    if (results.some((r) => r.length === 0)) return;
    for (const found of results) this.errors.push(...found);
    this.fail(path, at, "contains", "must contain at least 1 valid item(s)");
  },
  uniqueItems(schema, value, path, at) {
    for (let i = value.length - 1; schema.uniqueItems && i > 0; i--) {
      const j = value.findIndex((v) => equal(v, value[i]));
      if (j < i) return this.fail(path, at, "uniqueItems", `must NOT have duplicate items (items ## ${j} and ${i} are identical)`);
    }
  },
  maxProperties: count("maxProperties", members, most, ["more", "properties"]),
  minProperties: count("minProperties", members, least, ["fewer", "properties"]),
  required(schema, value, path, at) {
    for (const name of schema.required) {
      if (value[name] === undefined) this.fail(path, at, "required", `must have required property '${name}'`);
    }
  },
  propertyNames(schema, value, path, at) {
    for (const name of Object.keys(value)) {
      const found = this.trial(schema.propertyNames, name, path, `${at}/propertyNames`);
      if (found.length === 0) continue;
      this.errors.push(...found);
      this.fail(path, at, "propertyNames", "property name must be valid");
    }
  },
  additionalProperties(schema, value, path, at) {
    const patterns = Object.keys(schema.patternProperties || {}).map(expression);
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(schema.properties || {}, name) || patterns.some((p) => p.test(name))) continue;
      if (schema.additionalProperties === false) {
        this.fail(path, at, "additionalProperties", "must NOT have additional properties", { extra: name });
      } else this.visit(schema.additionalProperties, value[name], pointer(path, name), `${at}/additionalProperties`);
    }
  },
  properties(schema, value, path, at) {
    for (const [name, s] of Object.entries(schema.properties)) {
      if (value[name] !== undefined) this.visit(s, value[name], pointer(path, name), `${at}/properties/${pointer("", name).slice(1)}`);
    }
  },
  patternProperties(schema, value, path, at) {
    for (const [pattern, s] of Object.entries(schema.patternProperties)) {
      const matches = expression(pattern);
      for (const name of Object.keys(value)) {
        if (matches.test(name)) this.visit(s, value[name], pointer(path, name), `${at}/patternProperties/${pointer("", pattern).slice(1)}`);
      }
    }
  },
};

/** A pattern that browsers cannot read lets everything pass. */
function expression(pattern) {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return /(?:)/;
  }
}

const FORMATS = {
  iri: /^(mailto:|[a-z][a-z0-9+.-]*:[^#\s]*$)/i,
  uri: /^[a-z][a-z0-9+.-]*:\S*$/i,
  email: /^[^\s@]+@[^\s@]+$/,
  "date-time": /^\d{4}-\d\d-\d\d[Tt\s]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d(:?\d\d)?)?$/,
};

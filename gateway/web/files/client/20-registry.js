/** Registry is what the server published. */
class Registry {
  constructor() {
    this.platforms = new Map();
    this.contexts = null;
    this.version = "unknown";
    this.fingerprint = undefined;
  }

  /** Takes a payload and reports whether it could be used. */
  apply({ fingerprint, version, contexts, platforms }) {
    if (!isObject(contexts) || typeof contexts.as !== "string" || typeof contexts.sockethub !== "string") return false;
    if (!Array.isArray(platforms)) return false;
    this.platforms = new Map();
    for (const p of platforms) {
      if (!isObject(p) || [p.id, p.version, p.contextUrl].some((v) => typeof v !== "string")) continue;
      this.platforms.set(p.id, { ...p, types: [...(p.types || [])], schemas: { ...p.schemas } });
    }
    this.contexts = { as: contexts.as, sockethub: contexts.sockethub };
    this.version = typeof version === "string" ? version : "unknown";
    this.fingerprint = typeof fingerprint === "string" ? fingerprint : undefined;
    return true;
  }

  published() {
    const platforms = [...this.platforms.values()].map((p) => ({ ...p, types: [...p.types], schemas: { ...p.schemas } }));
    return { version: this.version, contexts: { ...this.contexts }, platforms };
  }

  validate(kind, activity) {
    const list = activity["@context"];
    if (!Array.isArray(list)) return describe(activity, new Validator(envelope(this.contexts || {})).check(activity));
    const named = [...this.platforms.values()].filter((p) => list.includes(p.contextUrl));
    if (named.length !== 1) return "activity streams must have exactly one registered platform context URL in @context";
    const [platform] = named;
    const base = envelope(this.contexts);
    const errors = new Validator(base).check(activity);
    if (errors.length === 0) {
      const schema = platform.schemas[kind];
      if (isObject(schema)) errors.push(...new Validator(schema).check(activity));
    }
    return errors.length ? `[${platform.id}] ${describe(activity, errors)}` : "";
  }
}

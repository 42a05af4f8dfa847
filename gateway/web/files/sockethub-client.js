/**
 * SockethubClient talks to a Sockethub server over a Socket.IO socket.
 *
 *   const sc = new SockethubClient(io("https://hub.example", { path: "/sockethub" }));
 *   await sc.ready();
 *   const answer = await sc.send({
 *     "@context": sc.contextFor("dummy"),
 *     type: "echo",
 *     actor: "https://example.org/me",
 *     object: "hello",
 *   });
 *
 * What happens to an event: it waits until the registry is there, is copied,
 * checked against the schemas that the server published, and sent. Credentials,
 * connects and joins that succeeded are sent again after a reconnection.
 *
 * Read SockethubClient first, then its parts: Registry, Outbox, Memory, Validator.
 */
(function (root, make) {
  const client = make();
  if (typeof module === "object" && module && module.exports) module.exports = client;
  root.SockethubClient = client;
})(typeof globalThis === "object" ? globalThis : self, function () {
  "use strict";

  /** Everything that goes wrong on the way to an answer. `code` is for programs. */
  class SockethubError extends Error {
    constructor(message, code, activity) {
      super(message);
      this.name = "SockethubError";
      this.code = code || "failed";
      this.activity = activity;
    }
  }

  const DEFAULTS = {
    initTimeoutMs: 5000,
    maxQueuedOutbound: 1000,
    maxQueuedAgeMs: 30000,
    maxQueuedBytes: 4 * 1024 * 1024,
    ackTimeoutMs: 0, // how long an answer may take; 0: as long as the server lets it
  };

  class SockethubClient {
    constructor(socket, options = {}) {
      if (!socket) throw new Error("SockethubClient requires a socket.io instance");
      this.options = { ...DEFAULTS };
      for (const name of Object.keys(DEFAULTS)) if (options[name] != null) this.options[name] = options[name];
      this.debug = true;
      this._socket = socket;
      this._registry = new Registry();
      this._memory = new Memory();
      this._outbox = new Outbox(this.options, (entry, text, code) => this._refuse(entry, text, code));
      this._state = "idle";
      this._cycle = null; // the initialization that runs: {reason, timer, warner}
      this._waiters = new Set();
      this._wasReady = false;
      this.socket = this._publicSocket();
      this._listeners = {
        connect: () => this._connected(),
        connect_error: (error) => this.socket._emit("connect_error", error),
        disconnect: (reason) => this._disconnected(reason),
        schemas: (payload) => this._apply(payload),
        message: (activity) => this.socket._emit("message", expand(activity ?? {})),
        error: (error) => this.socket.listenerCount("error") && this.socket._emit("error", error),
      };
      for (const [event, listener] of Object.entries(this._listeners)) socket.on(event, listener);
      if (socket.connected) this._connected();
    }

    /** What will be sent again after a reconnection: three Maps. */
    get events() {
      return this._memory.events;
    }

    isReady() {
      return this._state === "ready";
    }

    isSchemasReady() {
      return this.isReady();
    }

    getInitState() {
      return this._state;
    }

    /** Resolves with {state, reason, sockethubVersion, contexts, platforms}. */
    ready(timeoutMs = this.options.initTimeoutMs) {
      if (this.isReady()) return Promise.resolve(this._info);
      if (this._state === "closed") return Promise.reject(new SockethubError("SockethubClient is closed", "closed"));
      return new Promise((resolve, reject) => {
        const waiter = { resolve, reject, timer: 0 };
        if (timeoutMs > 0) {
          waiter.timer = setTimeout(() => {
            this._waiters.delete(waiter);
            reject(new SockethubError(`SockethubClient ready() timed out after ${timeoutMs}ms`, "timeout"));
          }, timeoutMs);
        }
        this._waiters.add(waiter);
        if (this._socket.connected && this._state === "idle") this._initialize();
      });
    }

    /** Deprecated: use ready(). */
    async waitForSchemas(timeoutMs = 2000) {
      await this.ready(timeoutMs);
      return this._registry.published();
    }

    /**
     * Sends a message and resolves with its answer; an answer with an error, a
     * refusal and a lost connection reject with a SockethubError.
     */
    send(activity, options = {}) {
      return this._request("message", activity, options);
    }

    /** Sends credentials and resolves when they are stored. */
    sendCredentials(activity, options = {}) {
      return this._request("credentials", activity, options);
    }

    contextFor(platform) {
      const name = typeof platform === "string" ? platform.trim() : "";
      if (!name) throw new Error("SockethubClient.contextFor(platform) requires a non-empty platform string");
      const { as, sockethub } = this.getRegisteredBaseContexts();
      const entry = this._registry.platforms.get(name);
      if (!entry) {
        const known = [...this._registry.platforms.keys()].sort().join(", ");
        throw new Error(`unknown platform '${name}'. Registered platforms: ${known}`);
      }
      return [as, sockethub, entry.contextUrl];
    }

    getRegisteredPlatforms() {
      return this._registry.published().platforms;
    }

    getRegisteredBaseContexts() {
      if (!this._registry.contexts) {
        throw new Error("Schema registry not loaded yet. Wait for client ready state after connect.");
      }
      return { ...this._registry.contexts };
    }

    getPlatformSchema(platform, kind = "messages") {
      return platform ? this._registry.platforms.get(platform.trim())?.schemas[kind] : undefined;
    }

    /** Returns what is wrong with an activity; "" means that it is valid. */
    validateActivity(activity) {
      return this._registry.validate(activity.type === "credentials" ? "credentials" : "messages", activity);
    }

    /** Forgets the credentials, so that they are not sent again. */
    clearCredentials() {
      this.events.credentials.clear();
    }

    /** Ends the client: the socket stays the caller's, without our listeners. */
    close() {
      for (const [event, listener] of Object.entries(this._listeners)) this._socket.off(event, listener);
      this._endCycle();
      this._state = "closed";
      this.socket.connected = false;
      this._outbox.clear("SockethubClient is closed", "closed");
      this._reject(new SockethubError("SockethubClient is closed", "closed"));
    }

    // The socket that apps talk to.

    _publicSocket() {
      const socket = new Emitter();
      socket._emit = Emitter.prototype.emit;
      socket.emit = (event, content, callback) => this._submit({ event, content, callback });
      socket.connected = false;
      socket.connect = () => void this._socket.connect();
      socket.disconnect = () => void this._socket.disconnect();
      return socket;
    }

    _request(event, activity, { timeoutMs = this.options.ackTimeoutMs } = {}) {
      return new Promise((resolve, reject) => {
        this._submit({
          event,
          content: activity,
          timeoutMs,
          fail: reject,
          callback: (answer) =>
            answer && answer.error !== undefined
              ? reject(new SockethubError(answer.error, answer.code, answer))
              : resolve(answer),
        });
      });
    }

    // Life cycle.

    _connected() {
      this.socket.id = this._socket.id;
      this.socket.connected = true;
      this.socket._emit("connect");
      if (this._state !== "closed") this._initialize();
    }

    _disconnected(reason) {
      this.socket.connected = false;
      this._endCycle();
      this._state = "idle";
      this._outbox.lost();
      this.socket._emit("disconnect", reason);
    }

    _initialize() {
      this._endCycle();
      this._state = "initializing";
      const cycle = { reason: this._wasReady ? "reconnect" : "initial-connect", timer: 0, warner: 0 };
      this._cycle = cycle;
      cycle.timer = setTimeout(() => this._initTimedOut(cycle), this.options.initTimeoutMs);
      if (!this._socket.io) return; // then the server's own event is waited for
      try {
        this._socket.emit("schemas", this._registry.fingerprint, (payload) => this._cycle === cycle && this._apply(payload));
      } catch (error) {
        this._initFailed(error.message, "schemas-request", false);
      }
    }

    _initTimedOut(cycle) {
      const text = `Initialization timed out after ${this.options.initTimeoutMs}ms waiting for schemas`;
      console.warn(`[SockethubClient] ${text}; queued outbound messages: ${this._outbox.length}. Waiting for schemas event from server.`);
      cycle.warner = setInterval(() => {
        const age = (this._outbox.oldestAge() / 1000).toFixed(1);
        console.warn(`[SockethubClient] Still waiting for schemas; queued outbound messages: ${this._outbox.length}; oldest queued age: ${age}s.`);
      }, 10000);
      this._initFailed(text, "timeout", false);
    }

    _initFailed(error, phase, retrying) {
      this._state = "init_error";
      this.socket._emit("init_error", { error, phase, retrying });
    }

    _endCycle() {
      if (!this._cycle) return;
      clearTimeout(this._cycle.timer);
      clearInterval(this._cycle.warner);
      this._cycle = null;
    }

    /** Takes a registry: the answer to our request, or one that the server pushed. */
    _apply(payload) {
      if (!payload || typeof payload !== "object" || this._state === "closed") return;
      if (payload.unchanged === true && this._registry.fingerprint && this._registry.platforms.size > 0) {
        this._becomeReady(false);
        return;
      }
      if (this.isReady() && !this._cycle && payload.fingerprint && payload.fingerprint === this._registry.fingerprint) return;
      if (!this._registry.apply(payload)) {
        this._initFailed("Received invalid schemas payload from server", "schemas-apply", true);
        return;
      }
      this._becomeReady(true);
    }

    _becomeReady(changed) {
      const reason = this._cycle ? this._cycle.reason : "schemas-update";
      const connected = this._cycle !== null;
      this._endCycle();
      const published = this._registry.published();
      this._info = {
        state: "ready",
        reason,
        sockethubVersion: published.version,
        contexts: published.contexts,
        platforms: published.platforms.map(({ schemas, ...entry }) => entry),
      };
      this._state = "ready";
      this._wasReady = true;
      if (changed) this.socket._emit("schemas", published);
      this.socket._emit("ready", this._info);
      for (const waiter of this._waiters) {
        clearTimeout(waiter.timer);
        waiter.resolve(this._info);
      }
      this._waiters.clear();
      if (connected) this._replay();
      for (const entry of this._outbox.take()) this._dispatch(entry);
    }

    _reject(error) {
      for (const waiter of this._waiters) {
        clearTimeout(waiter.timer);
        waiter.reject(error);
      }
      this._waiters.clear();
    }

    // The way out.

    _submit(entry) {
      if (this._state === "closed") return this._refuse(entry, "SockethubClient is closed", "closed");
      try {
        // What the caller does to the object afterwards is not ours.
        entry.content = copy(entry.content);
      } catch (error) {
        return this._refuse(entry, error.message, "not_json");
      }
      if (this.isReady()) this._dispatch(entry);
      else this._outbox.add(entry);
    }

    _dispatch(entry) {
      try {
        if (entry.event === "message" || entry.event === "credentials") this._prepare(entry);
        this._transmit(entry);
      } catch (error) {
        this._refuse(entry, error.message, error.code || "invalid");
      }
    }

    /** Completes and checks an activity. */
    _prepare(entry) {
      const activity = (entry.content = expand(entry.content));
      if (entry.event === "credentials" && activity.type === undefined) activity.type = "credentials";
      if (isObject(activity.actor) && activity.actor.type === undefined) activity.actor.type = "person";
      if (this._registry.platforms.size > 0) {
        const text = this.validateActivity(activity);
        if (text) throw new SockethubError(`SockethubClient validation failed: ${text}`, "invalid", activity);
      } else if (entry.event === "message" && !activity.actor) {
        throw new SockethubError(`actor property not present for message type: ${activity.type}`, "invalid", activity);
      }
    }

    _transmit(entry) {
      const { event, content } = entry;
      if (event !== "message" && event !== "credentials") {
        this._socket.emit(event, content, ...(entry.callback ? [entry.callback] : []));
        return;
      }
      const settle = this._outbox.await(entry, (answer) => {
        const failed = isObject(answer) && answer.error !== undefined;
        if (!failed) this._memory.succeeded(event, content);
        if (entry.callback) entry.callback(answer);
        else if (failed) this.socket._emit("client_error", { event, error: answer.error });
      });
      this._memory.sent(event, content);
      this._socket.emit(event, content, settle);
    }

    _refuse(entry, text, code) {
      if (entry.fail) entry.fail(new SockethubError(text, code, entry.content));
      else if (entry.callback) entry.callback({ error: text });
      else this.socket._emit("client_error", { event: entry.event, error: text });
    }

    _replay() {
      for (const [event, activity] of this._memory.all()) {
        const actor = activity.actor && (activity.actor.id || activity.actor);
        if (this.debug) console.log(`replaying ${event} for ${actor}`, undefined);
        this._transmit({ event, content: copy(activity) });
      }
    }
  }

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
      const list = Array.isArray(activity["@context"]) ? activity["@context"] : [];
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

  /** Outbox holds what waits for the registry, and what waits for its answer. */
  class Outbox {
    constructor(options, refuse) {
      this.options = options;
      this.refuse = refuse;
      this.queue = [];
      this.bytes = 0;
      this.timer = 0;
      this.unanswered = new Set();
    }

    get length() {
      return this.queue.length;
    }

    oldestAge() {
      return this.queue.length ? Date.now() - this.queue[0].since : 0;
    }

    add(entry) {
      entry.since = Date.now();
      entry.size = (JSON.stringify(entry.content) || "").length;
      this.queue.push(entry);
      this.bytes += entry.size;
      while (this.queue.length > this.options.maxQueuedOutbound || (this.bytes > this.options.maxQueuedBytes && this.queue.length > 1)) {
        this.refuse(this._shift(), "SockethubClient queue overflow before ready", "queue_overflow");
      }
      this._watch();
    }

    /** Empties the queue and returns what is not too old. */
    take() {
      this._expire();
      clearTimeout(this.timer);
      const entries = this.queue;
      this.queue = [];
      this.bytes = 0;
      return entries;
    }

    clear(text, code) {
      clearTimeout(this.timer);
      while (this.queue.length) this.refuse(this._shift(), text, code);
      for (const entry of [...this.unanswered]) entry.give(text, code);
    }

    /** Returns the acknowledgement callback for an entry that is being sent. */
    await(entry, answered) {
      let timer = 0;
      const done = () => {
        clearTimeout(timer);
        return this.unanswered.delete(entry);
      };
      entry.give = (text, code) => done() && this.refuse(entry, text, code);
      this.unanswered.add(entry);
      const limit = entry.timeoutMs ?? this.options.ackTimeoutMs;
      if (limit > 0) timer = setTimeout(() => entry.give(`no answer within ${limit}ms`, "timeout"), limit);
      return (answer) => done() && answered(answer);
    }

    /** The connection is gone, and with it the answers that a promise waits for. */
    lost() {
      for (const entry of [...this.unanswered]) {
        if (entry.fail) entry.give("the connection was lost before the answer came", "disconnected");
        else this.unanswered.delete(entry);
      }
    }

    _shift() {
      const entry = this.queue.shift();
      this.bytes -= entry.size;
      return entry;
    }

    _expire() {
      const { maxQueuedAgeMs } = this.options;
      while (this.queue.length && this.oldestAge() > maxQueuedAgeMs) {
        this.refuse(this._shift(), `SockethubClient queued message expired after ${maxQueuedAgeMs}ms before initialization`, "expired");
      }
    }

    _watch() {
      clearTimeout(this.timer);
      if (!this.queue.length) return;
      this.timer = setTimeout(() => {
        this._expire();
        this._watch();
      }, Math.max(0, this.options.maxQueuedAgeMs - this.oldestAge()) + 1);
    }
  }

  /** Memory is what a new connection has to be told again. */
  class Memory {
    constructor() {
      this.events = { credentials: new Map(), connect: new Map(), join: new Map() };
    }

    /** Notes what an activity undoes: that holds whatever the answer will be. */
    sent(event, activity) {
      if (event !== "message") return;
      if (activity.type === "leave") this.events.join.delete(keyOf(activity));
      if (activity.type !== "disconnect") return;
      const actor = keyOf({ ...activity, target: undefined });
      this.events.credentials.delete(actor);
      this.events.connect.delete(keyOf(activity));
      for (const key of this.events.join.keys()) if (key.startsWith(actor)) this.events.join.delete(key);
    }

    succeeded(event, activity) {
      if (event === "credentials" && isObject(activity.object) && activity.object.type === "credentials") {
        this.events.credentials.set(keyOf({ ...activity, target: undefined }), activity);
      }
      if (event === "message" && (activity.type === "connect" || activity.type === "join")) {
        this.events[activity.type].set(keyOf(activity), activity);
      }
    }

    *all() {
      for (const activity of [...this.events.credentials.values()]) yield ["credentials", activity];
      for (const activity of [...this.events.connect.values()]) yield ["message", activity];
      for (const activity of [...this.events.join.values()]) yield ["message", activity];
    }
  }

  /** keyOf is `<platform>:<actor>-<target>`. */
  function keyOf({ "@context": context, actor, target }) {
    const url = Array.isArray(context) ? context[context.length - 1] : "";
    const platform = /\/platform\/([^/]+)\//.exec(url);
    const id = (part) => (isObject(part) ? part.id : part) || "";
    return `${platform ? platform[1] : url}:${id(actor)}-${id(target)}`;
  }

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
      if (!new RegExp(schema.pattern, "u").test(value)) this.fail(path, at, "pattern", `must match pattern "${schema.pattern}"`);
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
      const patterns = Object.keys(schema.patternProperties || {}).map((p) => new RegExp(p, "u"));
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
        const matches = new RegExp(pattern, "u");
        for (const name of Object.keys(value)) {
          if (matches.test(name)) this.visit(s, value[name], pointer(path, name), `${at}/patternProperties/${pointer("", pattern).slice(1)}`);
        }
      }
    },
  };

  const FORMATS = {
    iri: /^(mailto:|[a-z][a-z0-9+.-]*:[^#\s]*$)/i,
    uri: /^[a-z][a-z0-9+.-]*:\S*$/i,
    email: /^[^\s@]+@[^\s@]+$/,
    "date-time": /^\d{4}-\d\d-\d\d[Tt\s]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d(:?\d\d)?)?$/,
  };

  /** The schema that all activities have in common. */
  function envelope(contexts) {
    const text = { type: "string" };
    const iri = { type: "string", format: "iri" };
    const entity = (name, id, more) => ({ required: ["id", "type"], properties: { id, type: { enum: [name] }, name: text, ...more } });
    const closed = (required, properties) => ({ required, additionalProperties: false, properties });
    const type = {
      person: entity("person", text),
      room: entity("room", text),
      service: entity("service", text),
      feed: entity("feed", iri, { description: text, author: text, favicon: text }),
      website: entity("website", iri),
      platform: entity("platform", text),
      address: closed(["type"], { type: { enum: ["address"] } }),
      calendar: entity("calendar", iri, { components: { type: "array", items: { enum: ["event", "task"] } } }),
      addressBook: closed(["id", "type"], { id: iri, type: { enum: ["addressBook"] } }),
    };
    const refs = Object.keys(type).map((name) => ({ $ref: `#/definitions/type/${name}` }));
    return {
      type: "object",
      required: ["@context", "type", "actor"],
      additionalProperties: false,
      properties: {
        "@context": {
          type: "array",
          allOf: [{ contains: { const: contexts.as } }, { contains: { const: contexts.sockethub } }],
          minItems: 3,
          maxItems: 3,
          items: text,
        },
        id: text,
        type: text,
        actor: { oneOf: refs.slice(0, 6) },
        target: { oneOf: refs },
        object: { type: "object" },
        published: { type: "string", format: "date-time" },
      },
      definitions: { type },
    };
  }

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

  /** Emitter calls listeners. One that throws does not keep the others from being called. */
  class Emitter {
    #all = new Map();

    on(event, fn, context) {
      return this.#add(event, { fn, context, once: false });
    }

    once(event, fn, context) {
      return this.#add(event, { fn, context, once: true });
    }

    off(event, fn) {
      const left = fn ? (this.#all.get(event) || []).filter((l) => l.fn !== fn) : [];
      if (left.length) this.#all.set(event, left);
      else this.#all.delete(event);
      return this;
    }

    removeAllListeners(event) {
      if (event === undefined) this.#all.clear();
      else this.#all.delete(event);
      return this;
    }

    listeners(event) {
      return (this.#all.get(event) || []).map((l) => l.fn);
    }

    listenerCount(event) {
      return (this.#all.get(event) || []).length;
    }

    eventNames() {
      return [...this.#all.keys()];
    }

    emit(event, ...args) {
      const list = this.#all.get(event) || [];
      for (const l of list) {
        if (l.once) this.off(event, l.fn);
        try {
          l.fn.apply(l.context || this, args);
        } catch (error) {
          // It surfaces as the page's own error, after what it must not stop.
          setTimeout(() => {
            throw error;
          });
        }
      }
      return list.length > 0;
    }

    #add(event, listener) {
      this.#all.set(event, [...(this.#all.get(event) || []), listener]);
      return this;
    }
  }
  Emitter.prototype.addListener = Emitter.prototype.on;
  Emitter.prototype.removeListener = Emitter.prototype.off;

  SockethubClient.SockethubError = SockethubError;
  return SockethubClient;
});

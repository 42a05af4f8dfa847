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
    this.ActivityStreams = { Object: new Objects() };
    this._outbox = new Outbox(this.options, (entry, text, code) => this._refuse(entry, text, code));
    this._state = "idle";
    this._cycle = null; // the initialization that runs: {reason, timer, warner}
    this._waiters = new Set();
    this._wasReady = false;
    this.socket = this._publicSocket();
    this._listeners = {
      connect: () => this._connected(),
      connect_error: (error) => this.socket._emit("connect_error", error),
      disconnect: (reason, details) => this._disconnected(reason, details),
      closing: (notice) => this._closing(notice),
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
    this._memory.forget("credentials", () => true);
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
    if (this._socket.keepsAcks && !this._socket.recovered) this._lost();
    this.socket.id = this._socket.id;
    this.socket.connected = true;
    this.socket._emit("connect");
    if (this._state !== "closed") this._initialize();
  }

  _disconnected(reason, details) {
    this.socket.connected = false;
    this._endCycle();
    this._state = "idle";
    // Our socket.io.js keeps the callbacks until the server knows us again or not.
    if (!this._socket.keepsAcks || !this._socket.active) this._lost();
    this.socket._emit("disconnect", reason, details);
  }

  /** The server is about to go: what is submitted from now on waits for the next connection. */
  _closing(notice) {
    if (this.isReady() && notice?.reconnect) this._state = "idle";
    this.socket._emit("closing", notice);
  }

  /** The answers that are due will not come. */
  _lost() {
    this._memory.lost();
    this._outbox.lost();
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
    const known = this._registry.fingerprint && this._registry.platforms.size > 0;
    const same = payload.unchanged === true || payload.fingerprint === this._registry.fingerprint;
    if (known && same && this.isReady() && !this._cycle) return;
    if (known && payload.unchanged === true) {
      this._becomeReady(false);
      return;
    }
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
    if (!published.version || !published.contexts.as || !published.contexts.sockethub) {
      this._initFailed("Failed to build ready payload", "schemas-apply", true);
      this._reject(new SockethubError("Failed to build ready payload", "schemas"));
      return;
    }
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
    if (isActivity(entry.event)) {
      try {
        // What the caller does to the object afterwards is not ours.
        entry.content = copy(entry.content);
      } catch (error) {
        return this._refuse(entry, error.message, "not_json");
      }
    }
    if (this.isReady()) this._dispatch(entry);
    else this._outbox.add(entry);
  }

  _dispatch(entry) {
    try {
      if (isActivity(entry.event)) this._prepare(entry);
      this._transmit(entry);
    } catch (error) {
      this._refuse(entry, error.message, error.code || "invalid");
    }
  }

  /** Completes and checks an activity. Those of older apps the server checks alone. */
  _prepare(entry) {
    if (isOlder(entry.content)) {
      entry.content = this.ActivityStreams.Object.complete(entry.content);
      return;
    }
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
    if (!isActivity(event)) {
      this._socket.emit(event, content, ...(entry.callback ? [entry.callback] : []));
      return;
    }
    const remember = this._memory.sent(event, content);
    const settle = this._outbox.await(entry, (answer) => {
      const failed = isObject(answer) && answer.error !== undefined;
      remember(!failed);
      if (failed && isOlder(content)) answer = { ...content, ...answer };
      if (entry.callback) entry.callback(answer);
      else if (failed) this.socket._emit("client_error", { event, error: answer.error });
    });
    this._socket.emit(event, content, settle);
  }

  _refuse(entry, text, code) {
    if (entry.fail) entry.fail(new SockethubError(text, code, entry.content));
    else if (entry.callback) entry.callback(isOlder(entry.content) ? { ...entry.content, error: text } : { error: text });
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

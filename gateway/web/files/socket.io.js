/*!
 * Socket.IO client: protocol 5 over Engine.IO protocol 4, for browsers.
 *
 *   const socket = io("https://example.org", { path: "/sockethub" });
 *   socket.on("message", (activity) => {});
 *   socket.emit("message", activity, (answer) => {});
 *
 * Read downwards: Emitter, packets, the two transports, Engine (one
 * connection), the Socket.IO codec, Socket (one namespace), Manager
 * (reconnection), io().
 */
(function (root, factory) {
  if (typeof exports === "object" && typeof module !== "undefined") module.exports = factory();
  else if (typeof define === "function" && define.amd) define(factory);
  else root.io = factory();
})(typeof globalThis !== "undefined" ? globalThis : self, function () {
  "use strict";

  const nextTick = (fn) => Promise.resolve().then(fn);
  const page = typeof location !== "undefined" ? location : undefined;
  const listen = typeof addEventListener === "function" ? addEventListener : () => {};
  const unlisten = typeof removeEventListener === "function" ? removeEventListener : () => {};
  const noop = () => {};

  // ---- Emitter -----------------------------------------------------------

  class Emitter {
    on(event, fn) {
      const map = (this._listeners ||= new Map());
      map.set(event, (map.get(event) || []).concat(fn));
      return this;
    }

    once(event, fn) {
      const one = (...args) => {
        this.off(event, one);
        fn.apply(this, args);
      };
      one.fn = fn;
      return this.on(event, one);
    }

    off(event, fn) {
      const map = this._listeners;
      if (!map) return this;
      if (!arguments.length) map.clear();
      else if (arguments.length === 1) map.delete(event);
      else {
        const list = map.get(event) || [];
        const at = list.findIndex((have) => have === fn || have.fn === fn);
        if (at >= 0) map.set(event, list.filter((_, i) => i !== at));
        if (list.length === 1 && at === 0) map.delete(event);
      }
      return this;
    }

    // Lists are replaced and never changed, so a dispatch sees the listeners
    // that were there when it began.
    emit(event, ...args) {
      for (const fn of this.listeners(event)) fn.apply(this, args);
      return this;
    }

    listeners(event) {
      return (this._listeners && this._listeners.get(event)) || [];
    }

    hasListeners(event) {
      return this.listeners(event).length > 0;
    }
  }
  const proto = Emitter.prototype;
  proto.addEventListener = proto.on;
  proto.removeListener = proto.removeEventListener = proto.removeAllListeners = proto.off;
  // Socket overrides emit to send; what it tells its own listeners goes here.
  proto.emitReserved = proto.emit;

  // subscribe returns what undoes it.
  function subscribe(emitter, event, fn) {
    emitter.on(event, fn);
    return () => emitter.off(event, fn);
  }

  // ---- Engine.IO packets -------------------------------------------------

  const ENGINE_TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
  const SEPARATOR = "\x1e";

  const isView = (v) => ArrayBuffer.isView(v);
  const isBlob = (v) => typeof Blob !== "undefined" && v instanceof Blob;
  const isBinary = (v) => v instanceof ArrayBuffer || isView(v) || isBlob(v);

  function toBase64(buffer) {
    const bytes = isView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : new Uint8Array(buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) {
      text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192));
    }
    return btoa(text);
  }

  function fromBase64(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes.buffer;
  }

  // encodeEngine calls back with a string, or with the raw bytes where the
  // transport can carry them. Only a Blob that must become text takes time.
  function encodeEngine({ type, data }, raw, done) {
    if (!isBinary(data)) return done(ENGINE_TYPES.indexOf(type) + (data || ""));
    if (raw) return done(data);
    if (!isBlob(data)) return done("b" + toBase64(data));
    data.arrayBuffer().then(
      (buffer) => done("b" + toBase64(buffer)),
      () => done("b"),
    );
  }

  // encodeAll keeps the order, whichever packet is ready first.
  function encodeAll(packets, raw, done) {
    const parts = [];
    let left = packets.length;
    packets.forEach((packet, i) =>
      encodeEngine(packet, raw, (part) => {
        parts[i] = part;
        if (!--left) done(parts);
      }),
    );
  }

  const PARSE_ERROR = { type: "error", data: "parser error" };

  function decodeEngine(data) {
    if (typeof data !== "string") return { type: "message", data };
    if (data[0] === "b") {
      try {
        return { type: "message", data: fromBase64(data.slice(1)) };
      } catch {
        return PARSE_ERROR;
      }
    }
    const type = ENGINE_TYPES[data[0]];
    if (!type) return PARSE_ERROR;
    return data.length > 1 ? { type, data: data.slice(1) } : { type };
  }

  // What packets of text and bytes take in a polling body.
  function byteLength(data) {
    if (typeof data !== "string") return Math.ceil((data.byteLength || data.size || 0) * 1.34);
    let length = data.length;
    for (let i = 0; i < data.length; i++) {
      const c = data.charCodeAt(i);
      if (c > 0x7f) length += c > 0x7ff && (c < 0xd800 || c > 0xdfff) ? 2 : 1;
    }
    return length;
  }

  // ---- Transports --------------------------------------------------------

  class TransportError extends Error {
    constructor(reason, description, context) {
      super(reason);
      this.type = "TransportError";
      this.description = description;
      this.context = context;
    }
  }

  // A transport carries packets for an Engine. readyState is "", opening,
  // open, pausing, paused or closed. Events: open, packet, drain, error, close.
  class Transport extends Emitter {
    constructor(opts) {
      super();
      this.opts = opts;
      this.query = opts.query;
      this.readyState = "";
      this.writable = false;
    }

    open() {
      this.readyState = "opening";
      this.doOpen();
      return this;
    }

    close() {
      if (this.readyState && this.readyState !== "closed") {
        this.doClose();
        this.onClose();
      }
      return this;
    }

    send(packets) {
      if (this.readyState === "open") this.write(packets);
    }

    onOpen() {
      this.readyState = "open";
      this.writable = true;
      this.emit("open");
    }

    onClose(details) {
      this.readyState = "closed";
      this.emit("close", details);
    }

    onError(reason, description, context) {
      this.emit("error", new TransportError(reason, description, context));
    }

    uri(scheme, stamp) {
      const { opts } = this;
      const query = Object.assign({}, this.query);
      if (stamp) query[opts.timestampParam] = Date.now().toString(36).slice(3) + Math.random().toString(36).slice(2, 5);
      if (opts.forceBase64) query.b64 = 1;
      const pairs = Object.keys(query).map((k) => encodeURIComponent(k) + "=" + encodeURIComponent(query[k]));
      const standard = opts.secure ? 443 : 80;
      const port = opts.port && Number(opts.port) !== standard ? ":" + opts.port : "";
      const host = opts.hostname.includes(":") && opts.hostname[0] !== "[" ? "[" + opts.hostname + "]" : opts.hostname;
      return scheme + (opts.secure ? "s" : "") + "://" + host + port + opts.path + "?" + pairs.join("&");
    }
  }

  // One GET always waits for packets; packets to send go by POST.
  class Polling extends Transport {
    name = "polling";
    polling = false;

    constructor(opts) {
      super(opts);
      this.requests = new Set();
    }

    doOpen() {
      this.poll();
    }

    // pause calls back once nothing is under way in either direction.
    pause(done) {
      this.readyState = "pausing";
      let waiting = 1;
      const one = () => {
        if (--waiting) return;
        this.readyState = "paused";
        done();
      };
      if (this.polling && ++waiting) this.once("pollComplete", one);
      if (!this.writable && ++waiting) this.once("drain", one);
      one();
    }

    poll() {
      this.polling = true;
      this.request("GET", null, "xhr poll error", (body) => this.onData(body));
      this.emit("poll");
    }

    onData(body) {
      for (const text of body.split(SEPARATOR)) {
        const packet = decodeEngine(text);
        if (this.readyState === "opening" && packet.type === "open") this.onOpen();
        if (packet.type === "close") {
          this.onClose({ description: "transport closed by the server" });
          return;
        }
        this.emit("packet", packet);
        if (packet === PARSE_ERROR) break;
      }
      if (this.readyState === "closed") return;
      this.polling = false;
      this.emit("pollComplete");
      // Listeners of these packets come first: one may close the connection,
      // and a poll that its close packet overtakes is refused.
      nextTick(() => this.readyState === "open" && this.poll());
    }

    write(packets) {
      this.writable = false;
      encodeAll(packets, false, (texts) => {
        this.request("POST", texts.join(SEPARATOR), "xhr post error", () => {
          this.writable = true;
          this.emit("drain");
        });
      });
    }

    doClose() {
      // Before it is open there is no session to end: its request just stops.
      if (this.readyState === "opening") this.requests.forEach((stop) => stop());
      else this.write([{ type: "close" }]);
    }

    request(method, body, reason, loaded) {
      const { opts } = this;
      const xhr = new XMLHttpRequest();
      const settle = () => {
        this.requests.delete(stop);
        unlisten("pagehide", stop);
      };
      const stop = () => {
        settle();
        xhr.onreadystatechange = noop;
        xhr.abort();
      };
      this.requests.add(stop);
      xhr.onreadystatechange = () => {
        if (xhr.readyState !== 4) return;
        settle();
        if (xhr.status === 200) loaded(xhr.responseText);
        else setTimeout(() => this.onError(reason, xhr.status || 0, xhr));
      };
      try {
        xhr.open(method, this.uri("http", opts.timestampRequests !== false), true);
        for (const name in opts.extraHeaders || {}) xhr.setRequestHeader(name, opts.extraHeaders[name]);
        if (body !== null) xhr.setRequestHeader("Content-Type", "text/plain;charset=UTF-8");
        xhr.setRequestHeader("Accept", "*/*");
        xhr.withCredentials = !!opts.withCredentials;
        if (opts.requestTimeout) xhr.timeout = opts.requestTimeout;
        xhr.send(body);
        listen("pagehide", stop);
      } catch (err) {
        setTimeout(() => this.onError(reason, err, xhr));
      }
    }
  }

  class WS extends Transport {
    name = "websocket";

    doOpen() {
      const { protocols } = this.opts;
      const uri = this.uri("ws", this.opts.timestampRequests);
      try {
        this.ws = protocols ? new WebSocket(uri, protocols) : new WebSocket(uri);
      } catch (err) {
        return nextTick(() => this.emit("error", err));
      }
      this.ws.binaryType = "arraybuffer";
      this.ws.onopen = () => this.onOpen();
      this.ws.onclose = (context) => this.onClose({ description: "websocket connection closed", context });
      this.ws.onerror = (event) => this.onError("websocket error", event);
      this.ws.onmessage = (event) => this.emit("packet", decodeEngine(event.data));
    }

    write(packets) {
      this.writable = false;
      encodeAll(packets, !this.opts.forceBase64, (parts) => {
        // A socket that is closing refuses; its close event follows.
        try {
          parts.forEach((part) => this.ws.send(part));
        } catch {}
        nextTick(() => {
          this.writable = true;
          this.emit("drain");
        });
      });
    }

    doClose() {
      if (!this.ws) return;
      this.ws.onerror = this.ws.onmessage = this.ws.onopen = noop;
      this.ws.close();
    }
  }

  const TRANSPORTS = {
    polling: typeof XMLHttpRequest === "function" && Polling,
    websocket: typeof WebSocket === "function" && WS,
  };

  // ---- Engine: one connection --------------------------------------------

  // parseURI takes an address apart: the path part is the namespace.
  function parseURI(uri) {
    const scheme = page ? page.protocol : "https:";
    if (!uri) uri = scheme + "//" + page.host;
    if (uri.startsWith("//")) uri = scheme + uri;
    else if (uri[0] === "/") uri = scheme + "//" + page.host + uri;
    else if (!/^(https?|wss?):\/\//i.test(uri)) uri = scheme + "//" + uri;
    const [, protocol, host, port, path, query] =
      /^(\w+):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d+))?([^?#]*)(?:\?([^#]*))?/.exec(uri);
    const secure = /^(https|wss)$/i.test(protocol);
    return { protocol: protocol.toLowerCase(), host, secure, port: port || (secure ? "443" : "80"), path: path || "/", query };
  }

  function parseQuery(query) {
    if (typeof query !== "string") return query || {};
    return Object.fromEntries(new URLSearchParams(query));
  }

  let upgradedBefore = false; // for rememberUpgrade

  class Engine extends Emitter {
    constructor(uri, opts) {
      super();
      const url = parseURI(uri);
      opts = this.opts = Object.assign(
        { hostname: url.host, port: url.port, secure: url.secure, path: "/engine.io" },
        { upgrade: true, timestampParam: "t", addTrailingSlash: true, transportOptions: {}, query: url.query },
        opts,
      );
      opts.path = opts.path.replace(/\/$/, "") + (opts.addTrailingSlash ? "/" : "");
      opts.query = parseQuery(opts.query);
      this.hostname = opts.hostname;
      this.secure = opts.secure;
      this.port = opts.port;
      this.transports = (opts.transports || ["polling", "websocket"])
        .map((t) => (typeof t === "string" ? t : t.prototype.name))
        .filter((name) => TRANSPORTS[name]);
      this.writeBuffer = [];
      this.inFlight = 0; // how many of writeBuffer the transport is sending
      this.upgrading = false;
      this.deadline = Infinity; // when the next ping must have come

      this.unload = () => {
        if (opts.closeOnBeforeunload) this.transport.off().close();
      };
      this.offline = () => this.onClose("transport close", { description: "network connection lost" });
      listen("beforeunload", this.unload);
      if (this.hostname !== "localhost") listen("offline", this.offline);
      this.open();
    }

    createTransport(name) {
      const { opts } = this;
      const query = Object.assign({}, opts.query, { EIO: 4, transport: name });
      if (this.id) query.sid = this.id;
      return new TRANSPORTS[name](Object.assign({}, opts, { query, socket: this }, opts.transportOptions[name]));
    }

    open() {
      this.readyState = "opening";
      if (!this.transports.length) {
        setTimeout(() => this.onError(new Error("No transports available")));
        return;
      }
      const remembered = this.opts.rememberUpgrade && upgradedBefore && this.transports.includes("websocket");
      const transport = this.createTransport(remembered ? "websocket" : this.transports[0]);
      this.setTransport(transport);
      transport.open();
    }

    setTransport(transport) {
      if (this.transport) this.transport.off();
      this.transport = transport
        .on("drain", () => this.onDrain())
        .on("packet", (packet) => this.onPacket(packet))
        .on("error", (err) => this.onError(err))
        .on("close", (details) => this.onClose("transport close", details));
    }

    onPacket(packet) {
      if (this.readyState === "closed") return;
      this.emit("packet", packet);
      this.emit("heartbeat");
      if (packet.type === "open") this.onHandshake(JSON.parse(packet.data));
      else if (packet.type === "ping") {
        this.sendPacket("pong");
        this.emit("ping");
        this.emit("pong");
        this.expectPing();
      } else if (packet.type === "message") {
        this.emit("data", packet.data);
        this.emit("message", packet.data);
      } else if (packet.type === "error") this.onError(new Error("server error"));
    }

    onHandshake(data) {
      this.emit("handshake", data);
      Object.assign(this, { id: data.sid, pingInterval: data.pingInterval, pingTimeout: data.pingTimeout });
      this.maxPayload = data.maxPayload;
      this.upgrades = (data.upgrades || []).filter((name) => this.transports.includes(name));
      this.transport.query.sid = data.sid;
      this.readyState = "open";
      upgradedBefore = this.transport.name === "websocket";
      this.emit("open");
      this.flush();
      if (this.readyState !== "open") return;
      this.expectPing();
      if (this.opts.upgrade && this.transport.name === "polling") this.upgrades.forEach((name) => this.probe(name));
    }

    expectPing() {
      clearTimeout(this.pingTimer);
      const delay = this.pingInterval + this.pingTimeout;
      this.deadline = Date.now() + delay;
      this.pingTimer = setTimeout(() => this.onClose("ping timeout"), delay);
    }

    // hasPingExpired notices what a timer of a sleeping machine has not.
    hasPingExpired() {
      if (Date.now() <= this.deadline) return false;
      this.deadline = Infinity;
      nextTick(() => this.onClose("ping timeout"));
      return true;
    }

    // probe tries a better transport while the old one goes on.
    probe(name) {
      const transport = this.createTransport(name);
      const settle = () => {
        transport.off();
        this.off("close", abort);
      };
      const fail = (reason) => {
        settle();
        transport.close();
        const error = reason instanceof Error ? reason : new Error("probe error: " + reason);
        error.transport = name;
        this.upgrading = false;
        this.emit("upgradeError", error);
        this.flush();
      };
      const abort = () => fail("socket closed");
      transport.once("open", () => {
        transport.send([{ type: "ping", data: "probe" }]);
        transport.once("packet", ({ type, data }) => {
          if (type !== "pong" || data !== "probe") return fail("unexpected answer");
          this.upgrading = true;
          this.emit("upgrading", transport);
          this.transport.pause(() => {
            if (this.readyState === "closed" || transport.readyState !== "open") return;
            settle();
            this.setTransport(transport);
            transport.send([{ type: "upgrade" }]);
            upgradedBefore = true;
            this.upgrading = false;
            this.emit("upgrade", transport);
            this.flush();
          });
        });
      });
      transport.once("error", fail);
      transport.once("close", () => fail("transport closed"));
      this.on("close", abort);
      transport.open();
    }

    write(data, options, fn) {
      this.sendPacket("message", data, options, fn);
      return this;
    }

    send(data, options, fn) {
      return this.write(data, options, fn);
    }

    sendPacket(type, data, options, fn) {
      if (this.readyState === "closing" || this.readyState === "closed") return;
      if (typeof options === "function") fn = options;
      const packet = { type, data, options: options || {} };
      this.emit("packetCreate", packet);
      this.writeBuffer.push(packet);
      if (fn) this.once("flush", fn);
      this.flush();
    }

    flush() {
      if (this.readyState === "closed" || this.upgrading || !this.transport.writable) return;
      if (this.inFlight || !this.writeBuffer.length) return;
      const packets = this.batch();
      this.inFlight = packets.length;
      this.transport.send(packets);
      this.emit("flush");
    }

    // batch is as much of the buffer as fits into one body of maxPayload.
    batch() {
      if (!this.maxPayload || this.transport.name !== "polling") return this.writeBuffer.slice();
      let size = 0;
      const end = this.writeBuffer.findIndex(({ data }, i) => {
        size += 2 + (data ? byteLength(data) : 0);
        return i > 0 && size - 1 > this.maxPayload;
      });
      return this.writeBuffer.slice(0, end < 0 ? undefined : end);
    }

    onDrain() {
      this.writeBuffer.splice(0, this.inFlight);
      this.inFlight = 0;
      if (this.writeBuffer.length) this.flush();
      else this.emit("drain");
    }

    // close lets what was written go out first.
    close() {
      const close = () => this.onClose("forced close");
      const afterUpgrade = () => {
        if (!this.upgrading) return close();
        this.once("upgrade", close);
        this.once("upgradeError", close);
      };
      if (this.readyState === "opening") close();
      else if (this.readyState === "open") {
        this.readyState = "closing";
        if (this.writeBuffer.length) this.once("drain", afterUpgrade);
        else afterUpgrade();
      }
      return this;
    }

    onError(err) {
      upgradedBefore = false;
      if (this.opts.tryAllTransports && this.transports.length > 1 && this.readyState === "opening") {
        this.transports.shift();
        this.transport.off().close();
        return this.open();
      }
      this.emit("error", err);
      this.onClose("transport error", err);
    }

    onClose(reason, details) {
      if (this.readyState === "closed") return;
      clearTimeout(this.pingTimer);
      this.readyState = "closed";
      if (this.transport) this.transport.off().close();
      unlisten("beforeunload", this.unload);
      unlisten("offline", this.offline);
      this.id = null;
      this.emit("close", reason, details);
      this.writeBuffer = [];
      this.inFlight = 0;
    }
  }

  // ---- Socket.IO packets -------------------------------------------------

  const CONNECT = 0;
  const DISCONNECT = 1;
  const EVENT = 2;
  const ACK = 3;
  const CONNECT_ERROR = 4;
  const BINARY_EVENT = 5;
  const BINARY_ACK = 6;

  const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

  // extract replaces binary values by placeholders and appends them to found.
  function extract(value, found) {
    if (!value || typeof value !== "object" || value instanceof Date) return value;
    if (isBinary(value)) return { _placeholder: true, num: found.push(value) - 1 };
    if (Array.isArray(value)) return value.map((v) => extract(v, found));
    if (typeof value.toJSON === "function") return extract(value.toJSON(), found);
    const copy = {};
    for (const key of Object.keys(value)) copy[key] = extract(value[key], found);
    return copy;
  }

  // encode gives the packet's text and the attachments that follow it.
  function encode({ type, nsp, id, data }) {
    const attachments = [];
    if (type === EVENT || type === ACK) {
      data = extract(data, attachments);
      if (attachments.length) type += 3;
    }
    let text = String(type);
    if (attachments.length) text += attachments.length + "-";
    if (nsp && nsp !== "/") text += nsp + ",";
    if (id != null) text += id;
    if (data != null) text += JSON.stringify(data);
    return [text, ...attachments];
  }

  const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
  const isEvent = (v) =>
    Array.isArray(v) && (typeof v[0] === "number" || (typeof v[0] === "string" && !RESERVED.includes(v[0])));
  const PAYLOADS = [
    (v) => v === undefined || isObject(v),
    (v) => v === undefined,
    isEvent,
    Array.isArray,
    (v) => typeof v === "string" || isObject(v),
    isEvent,
    Array.isArray,
  ];

  function decode(text) {
    const found = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*)(?:,|$))?(\d+)?([^]*)$/.exec(text);
    if (!found) throw new Error("unknown packet type " + text[0]);
    const [, type, attachments, nsp, id, json] = found;
    const packet = { type: Number(type), nsp: nsp || "/" };
    if (id) packet.id = Number(id);
    if (json) packet.data = JSON.parse(json);
    if (!PAYLOADS[packet.type](packet.data)) throw new Error("invalid payload");
    const binary = packet.type === BINARY_EVENT || packet.type === BINARY_ACK;
    if (binary !== (attachments !== undefined)) throw new Error("illegal attachments");
    if (binary) packet.attachments = Number(attachments);
    return packet;
  }

  // restore puts attachments back in the places that extract marked.
  function restore(value, buffers) {
    if (!value || typeof value !== "object") return value;
    if (value._placeholder === true) {
      const { num } = value;
      if (!Number.isInteger(num) || num < 0 || num >= buffers.length) throw new Error("illegal attachments");
      return buffers[num];
    }
    for (const key of Object.keys(value)) value[key] = restore(value[key], buffers);
    return value;
  }

  class Decoder {
    // add takes one Engine.IO message and returns a packet once it is whole.
    add(data) {
      let { packet } = this;
      if (typeof data === "string") {
        if (packet) throw new Error("got plaintext data when reconstructing a packet");
        packet = decode(data);
        if (!packet.attachments) return this.finish(packet, []);
        this.packet = packet;
        this.buffers = [];
      } else {
        if (!packet) throw new Error("got binary data when not reconstructing a packet");
        if (this.buffers.push(data) === packet.attachments) return this.finish(packet, this.buffers);
      }
    }

    finish(packet, buffers) {
      this.reset();
      if (packet.type === BINARY_EVENT || packet.type === BINARY_ACK) {
        packet.data = restore(packet.data, buffers);
        packet.type -= 3;
        delete packet.attachments;
      }
      return packet;
    }

    reset() {
      this.packet = this.buffers = undefined;
    }
  }

  // ---- Socket: one namespace ---------------------------------------------

  class Socket extends Emitter {
    connected = false;
    recovered = false;
    receiveBuffer = [];
    sendBuffer = [];
    ids = 0;
    acks = {};
    flags = {};

    constructor(io, nsp, opts) {
      super();
      this.io = io;
      this.nsp = nsp;
      this._opts = Object.assign({}, opts);
      if (opts && opts.auth) this.auth = opts.auth;
      this._queue = []; // of emits that are repeated until they are answered
      this._any = [];
      this._anyOutgoing = [];
      if (io._autoConnect) this.open();
    }

    get disconnected() {
      return !this.connected;
    }

    get active() {
      return !!this.subs;
    }

    get volatile() {
      this.flags.volatile = true;
      return this;
    }

    compress(value) {
      this.flags.compress = value;
      return this;
    }

    timeout(ms) {
      this.flags.timeout = ms;
      return this;
    }

    connect() {
      if (this.connected) return this;
      const { io } = this;
      this.subs ||= [
        subscribe(io, "open", () => this.onopen()),
        subscribe(io, "packet", (packet) => packet.nsp === this.nsp && this.onpacket(packet)),
        subscribe(io, "error", (err) => this.connected || this.emitReserved("connect_error", err)),
        subscribe(io, "close", (reason, details) => this.onclose(reason, details)),
      ];
      if (!io._reconnecting) io.open();
      if (io._readyState === "open") this.onopen();
      return this;
    }

    disconnect() {
      const { connected } = this;
      if (connected) this.packet({ type: DISCONNECT });
      this.destroy();
      if (connected) this.onclose("io client disconnect");
      return this;
    }

    send(...args) {
      return this.emit("message", ...args);
    }

    emit(event, ...args) {
      if (RESERVED.includes(event)) throw new Error('"' + event + '" is a reserved event name');
      const { flags } = this;
      this.flags = {};
      if (this._opts.retries && !flags.fromQueue && !flags.volatile) {
        this._enqueue(event, args, flags);
        return this;
      }
      const packet = { type: EVENT, data: [event, ...args], options: { compress: flags.compress !== false } };
      if (typeof args[args.length - 1] === "function") {
        packet.id = this.ids++;
        this._expectAck(packet, packet.data.pop(), flags.timeout ?? this._opts.ackTimeout);
      }
      const { engine } = this.io;
      if (flags.volatile && !(engine && engine.transport && engine.transport.writable)) return this;
      if (this.connected && !engine.hasPingExpired()) this._transmit(packet);
      else if (!flags.volatile) this.sendBuffer.push(packet);
      return this;
    }

    emitWithAck(event, ...args) {
      return new Promise((resolve, reject) => {
        const ack = (err, value) => (err ? reject(err) : resolve(value));
        ack.withError = true;
        this.emit(event, ...args, ack);
      });
    }

    // Acks made by timeout() and emitWithAck hear of errors: (err, ...args).
    _expectAck(packet, ack, timeout) {
      const { id } = packet;
      if (timeout === undefined) {
        this.acks[id] = ack;
        return;
      }
      const timer = setTimeout(() => {
        delete this.acks[id];
        this.sendBuffer = this.sendBuffer.filter((p) => p.id !== id);
        ack.call(this, new Error("operation has timed out"));
      }, timeout);
      this.acks[id] = (...args) => {
        clearTimeout(timer);
        ack.apply(this, args);
      };
      this.acks[id].withError = true;
    }

    _enqueue(event, args, flags) {
      const ack = typeof args[args.length - 1] === "function" ? args.pop() : noop;
      const entry = { tries: 0, pending: false, flags: Object.assign({ fromQueue: true }, flags) };
      const answered = (err, ...answer) => {
        if (entry !== this._queue[0]) return;
        entry.pending = false;
        if (!err || entry.tries > this._opts.retries) {
          this._queue.shift();
          ack(err, ...answer);
        }
        this._drainQueue();
      };
      answered.withError = true;
      entry.args = [event, ...args, answered];
      this._queue.push(entry);
      this._drainQueue();
    }

    _drainQueue(again) {
      const entry = this._queue[0];
      if (!this.connected || !entry || (entry.pending && !again)) return;
      entry.pending = true;
      entry.tries++;
      this.flags = Object.assign({}, entry.flags);
      this.emit(...entry.args);
    }

    _transmit(packet) {
      for (const fn of this._anyOutgoing) fn.apply(this, packet.data);
      this.packet(packet);
    }

    packet(packet) {
      packet.nsp = this.nsp;
      this.io._packet(packet);
    }

    onopen() {
      const join = (auth) => {
        const recovery = this._pid && { pid: this._pid, offset: this._lastOffset };
        this.packet({ type: CONNECT, data: recovery ? Object.assign(recovery, auth) : auth });
      };
      if (typeof this.auth === "function") this.auth(join);
      else join(this.auth);
    }

    onpacket({ type, id, data }) {
      if (type === CONNECT) {
        if (data && data.sid) this.onconnect(data);
        else this.emitReserved("connect_error", new Error("the server speaks an older Socket.IO protocol (version 2)"));
      } else if (type === EVENT) {
        const args = id === undefined ? data : [...data, this.answer(id)];
        if (this.connected) this.emitEvent(args);
        else this.receiveBuffer.push(args);
      } else if (type === ACK) {
        const ack = this.acks[id];
        if (typeof ack !== "function") return;
        delete this.acks[id];
        ack.apply(this, ack.withError ? [null, ...data] : data);
      } else if (type === DISCONNECT) {
        this.destroy();
        this.onclose("io server disconnect");
      } else if (type === CONNECT_ERROR) {
        this.destroy();
        const err = new Error(typeof data === "string" ? data : data.message);
        err.data = data.data;
        this.emitReserved("connect_error", err);
      }
    }

    answer(id) {
      let sent = false;
      return (...args) => {
        if (sent) return;
        sent = true;
        this.packet({ type: ACK, id, data: args });
      };
    }

    emitEvent(args) {
      for (const fn of this._any) fn.apply(this, args);
      this.emitReserved(...args);
      const last = args[args.length - 1];
      if (this._pid && typeof last === "string") this._lastOffset = last;
    }

    onconnect({ sid, pid }) {
      this.id = sid;
      this.recovered = pid && this._pid === pid;
      this._pid = pid;
      this.connected = true;
      const received = this.receiveBuffer;
      const waiting = this.sendBuffer;
      this.receiveBuffer = [];
      this.sendBuffer = [];
      received.forEach((args) => this.emitEvent(args));
      waiting.forEach((packet) => this._transmit(packet));
      this._drainQueue(true);
      this.emitReserved("connect");
    }

    onclose(reason, details) {
      this.connected = false;
      this.id = undefined;
      this.emitReserved("disconnect", reason, details);
      for (const id of Object.keys(this.acks)) {
        if (this.sendBuffer.some((packet) => String(packet.id) === id)) continue;
        const ack = this.acks[id];
        delete this.acks[id];
        if (ack.withError) ack.call(this, new Error("socket has been disconnected"));
      }
    }

    destroy() {
      if (this.subs) this.subs.forEach((undo) => undo());
      this.subs = undefined;
      this.io._destroy();
    }
  }
  Socket.prototype.open = Socket.prototype.connect;
  Socket.prototype.close = Socket.prototype.disconnect;

  // Listeners for every event, four methods for each direction.
  for (const [list, suffix] of [["_any", "Any"], ["_anyOutgoing", "AnyOutgoing"]]) {
    Object.assign(Socket.prototype, {
      ["on" + suffix](fn) {
        this[list] = [...this[list], fn];
        return this;
      },
      ["prepend" + suffix](fn) {
        this[list] = [fn, ...this[list]];
        return this;
      },
      ["off" + suffix](fn) {
        const at = this[list].indexOf(fn);
        this[list] = fn ? this[list].filter((_, i) => i !== at) : [];
        return this;
      },
      ["listeners" + suffix]() {
        return this[list];
      },
    });
  }

  // ---- Manager: the connection that namespaces share ----------------------

  class Manager extends Emitter {
    nsps = {};
    _readyState = "closed";
    _reconnecting = false;
    _attempts = 0;

    constructor(uri, opts) {
      super();
      if (uri && typeof uri === "object") {
        opts = uri;
        uri = undefined;
      }
      opts = this.opts = Object.assign({}, opts);
      opts.path ||= "/socket.io";
      this.uri = uri;
      this._reconnection = opts.reconnection !== false;
      this._reconnectionAttempts = opts.reconnectionAttempts || Infinity;
      this._reconnectionDelay = opts.reconnectionDelay || 1000;
      this._reconnectionDelayMax = opts.reconnectionDelayMax || 5000;
      this._randomizationFactor = opts.randomizationFactor ?? 0.5;
      this._timeout = opts.timeout ?? 20000;
      const parser = opts.parser || {};
      this._encode = parser.Encoder ? ((e) => (p) => e.encode(p))(new parser.Encoder()) : encode;
      this._decoder = parser.Decoder ? foreignDecoder(new parser.Decoder()) : new Decoder();
      this._autoConnect = opts.autoConnect !== false;
      if (this._autoConnect) this.open();
    }

    open(fn) {
      if (this._readyState !== "closed") return this;
      const engine = (this.engine = new Engine(this.uri, this.opts));
      this._readyState = "opening";
      this._skipReconnect = false;
      const failed = (err) => {
        this.cleanup();
        this._readyState = "closed";
        this.emit("error", err);
        if (fn) fn(err);
        else if (!this._reconnecting && this._reconnection && !this._attempts) this.reconnect();
      };
      this.subs = [
        subscribe(engine, "open", () => {
          this.onopen();
          if (fn) fn();
        }),
        subscribe(engine, "error", failed),
        // Closed from the page while it opened: there is no error before this.
        subscribe(engine, "close", (reason) => failed(new Error(reason))),
      ];
      if (this._timeout !== false) {
        const timer = setTimeout(() => {
          failed(new Error("timeout"));
          engine.close();
        }, this._timeout);
        this.subs.push(() => clearTimeout(timer));
      }
      return this;
    }

    socket(nsp, opts) {
      const socket = this.nsps[nsp];
      if (!socket) return (this.nsps[nsp] = new Socket(this, nsp, opts));
      if (this._autoConnect && !socket.active) socket.connect();
      return socket;
    }

    onopen() {
      this.cleanup();
      this._readyState = "open";
      const { engine } = this;
      this.subs = [
        subscribe(engine, "ping", () => this.emit("ping")),
        subscribe(engine, "data", (data) => this.ondata(data)),
        subscribe(engine, "error", (err) => this.emit("error", err)),
        subscribe(engine, "close", (reason, details) => this.onclose(reason, details)),
      ];
      this.emit("open");
    }

    ondata(data) {
      let packet;
      try {
        packet = this._decoder.add(data);
      } catch (err) {
        return this.onclose("parse error", err);
      }
      // A listener that throws must not look like a packet that does not parse.
      if (packet) nextTick(() => this.emit("packet", packet));
    }

    _packet(packet) {
      for (const part of this._encode(packet)) this.engine.write(part, packet.options);
    }

    // _destroy closes the connection once no namespace needs it.
    _destroy() {
      if (!Object.values(this.nsps).some((socket) => socket.active)) this._close();
    }

    _close() {
      this._skipReconnect = true;
      this._reconnecting = false;
      clearTimeout(this._reconnectTimer);
      this.onclose("forced close");
    }

    cleanup() {
      (this.subs || []).forEach((undo) => undo());
      this.subs = [];
      this._decoder.reset();
    }

    onclose(reason, details) {
      this.cleanup();
      if (this.engine) this.engine.close();
      this._attempts = 0;
      this._readyState = "closed";
      this.emit("close", reason, details);
      if (this._reconnection && !this._skipReconnect) this.reconnect();
    }

    // The jitter takes from or adds to the delay by the first digit of the
    // random number, as the field's clients have always done.
    _delay() {
      let ms = this._reconnectionDelay * 2 ** this._attempts++;
      const random = Math.random();
      const deviation = Math.floor(random * this._randomizationFactor * ms);
      ms += Math.floor(random * 10) % 2 ? deviation : -deviation;
      return Math.trunc(Math.min(ms, this._reconnectionDelayMax));
    }

    reconnect() {
      if (this._reconnecting || this._skipReconnect) return this;
      if (this._attempts >= this._reconnectionAttempts) {
        this._attempts = 0;
        return this.emit("reconnect_failed");
      }
      this._reconnecting = true;
      this._reconnectTimer = setTimeout(() => {
        this.emit("reconnect_attempt", this._attempts);
        if (this._skipReconnect) return;
        this.open((err) => {
          this._reconnecting = false;
          if (err) {
            this.reconnect();
            this.emit("reconnect_error", err);
          } else {
            const attempt = this._attempts;
            this._attempts = 0;
            this.emit("reconnect", attempt);
          }
        });
      }, this._delay());
      return this;
    }
  }
  Manager.prototype.connect = Manager.prototype.open;
  Manager.prototype.close = Manager.prototype.disconnect = Manager.prototype._close;

  for (const name of ["reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "randomizationFactor", "timeout"]) {
    Manager.prototype[name] = function (value) {
      if (!arguments.length) return this["_" + name];
      this["_" + name] = value;
      if (name === "reconnection" && !value) this._skipReconnect = true;
      return this;
    };
  }

  // foreignDecoder gives a parser from elsewhere, which tells of packets by an
  // event, the shape of ours.
  function foreignDecoder(decoder) {
    let whole;
    decoder.on("decoded", (packet) => (whole = packet));
    return {
      add(data) {
        whole = undefined;
        decoder.add(data);
        return whole;
      },
      reset: () => decoder.destroy(),
    };
  }

  // ---- io() ----------------------------------------------------------------

  const managers = {};

  function io(uri, opts) {
    if (uri && typeof uri === "object") {
      opts = uri;
      uri = undefined;
    }
    opts = Object.assign({}, opts);
    const url = parseURI(uri);
    const source = url.protocol + "://" + url.host + ":" + url.port;
    const id = source + (opts.path || "/socket.io");
    const taken = managers[id] && managers[id].nsps[url.path];
    const fresh = opts.forceNew || opts["force new connection"] || opts.multiplex === false || taken;
    if (url.query && !opts.query) opts.query = parseQuery(url.query);
    const manager = fresh ? new Manager(source, opts) : (managers[id] ||= new Manager(source, opts));
    return manager.socket(url.path, opts);
  }

  return Object.assign(io, { io, connect: io, Manager, Socket });
});

// Engine is one connection: handshake, heartbeat, upgrade, closing.

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
    // Sockethub ends events with an offset only for clients that overlook it.
    else query.recovery = 1;
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
    const { query } = this.transport;
    query.sid = data.sid;
    delete query.recovery;
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

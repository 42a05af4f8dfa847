// Manager keeps the connection that namespaces share, and makes it again.

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

// tab is a token that only this tab and the server know: with it the page finds the
// connections that it left without a secret when it was loaded anew.
const tabs = {};
const tab = (server) => {
  const name = "sockethub.tab " + server;
  let token = tabs[name];
  try {
    token = token || sessionStorage.getItem(name);
    if (!token) {
      token = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => (b + 256).toString(16).slice(1)).join("");
      sessionStorage.setItem(name, token);
    }
  } catch (e) {
    // No storage, or none of ours: then nothing is found again.
  }
  return (tabs[name] = token || undefined);
};

// Socket is one namespace of a connection.

class Socket extends Emitter {
  connected = false;
  recovered = false;
  receiveBuffer = [];
  sendBuffer = [];
  ids = 0;
  acks = {};
  flags = {};
  keepsAcks = true; // while the connection is made again: see onclose

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
      this.acks[packet.id].packet = packet;
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
      this.acks[id] = (...args) => ack.apply(this, args);
      this.acks[id].withError = ack.withError;
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
      const own = { tab: tab(this.io.uri) };
      if (this._pid) Object.assign(own, { pid: this._pid, offset: this._lastOffset, acks: "kept" });
      this.packet({ type: CONNECT, data: Object.assign(own, auth) });
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

  onconnect({ sid, pid, seen }) {
    this.id = sid;
    this.recovered = pid && this._pid === pid;
    this._pid = pid;
    this.connected = true;
    const received = this.receiveBuffer;
    const waiting = this.sendBuffer;
    if (seen === undefined) this._dropAcks();
    // What the server has never got is sent again, before what is new.
    else waiting.unshift(...this._unanswered().filter((packet) => packet.id > seen));
    this.receiveBuffer = [];
    this.sendBuffer = [];
    received.forEach((args) => this.emitEvent(args));
    waiting.forEach((packet) => this._transmit(packet));
    this._drainQueue(!this.recovered);
    this.emitReserved("connect");
  }

  onclose(reason, details) {
    this.connected = false;
    this.id = undefined;
    this.emitReserved("disconnect", reason, details);
    // A server that knows us again gives the answers too; else they are lost.
    if (!this._pid || !this.subs || !this.io._reconnection) this._dropAcks();
  }

  /** What was sent and waits for its answer. */
  _unanswered() {
    return Object.values(this.acks).map((ack) => ack.packet).filter((packet) => !this.sendBuffer.includes(packet));
  }

  _dropAcks() {
    for (const { id } of this._unanswered()) {
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

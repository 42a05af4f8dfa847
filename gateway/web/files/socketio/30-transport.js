class TransportError extends Error {
  constructor(reason, description, context) {
    super(reason);
    this.type = "TransportError";
    this.description = description;
    this.context = context;
  }
}

// A transport carries packets for an Engine. readyState is "", opening,
// open, pausing, paused, closing or closed. Events: open, packet, drain, error, close.
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

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
        // What came before it is handed over first: it may say why.
        this.readyState = "closing";
        nextTick(() => this.onClose({ description: "transport closed by the server" }));
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
    else if (this.readyState !== "closing") this.write([{ type: "close" }]);
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

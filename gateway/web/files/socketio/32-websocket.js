// One frame a packet; bytes travel as they are.
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

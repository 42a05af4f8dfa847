// Hub is the connection of the page to its server: the two client scripts, put
// together, and how it is with them in words.
//
// Events: "state" whenever `state` or `text` changed, "ready" with the client's
// ReadyInfo, "message" with an activity, "traffic" from the recorder, "locked" when
// the server wants a token.
import { Recorder } from "./recorder.js";

export class Hub extends EventTarget {
  state = "connecting"; // connecting, ready, offline, failed
  text = "Connecting";
  platforms = new Map(); // of the registry, by id

  constructor({ path, address = location.origin }) {
    super();
    // For this tab only, and never in an address: those are kept and passed on.
    const token = () => sessionStorage.getItem("token");
    const socket = io(address, { path, auth: (join) => join(token() ? { token: token() } : undefined) });
    this.recorder = new Recorder(socket);
    this.client = new SockethubClient(socket, { initTimeoutMs: 10000 });
    this.client.debug = false;
    this.#follow(socket, this.client.socket);
  }

  // unlock tries again with a token.
  unlock(token) {
    sessionStorage.setItem("token", token);
    this.#change("connecting", "Connecting");
    this.client.socket.connect();
  }

  get isReady() {
    return this.state === "ready";
  }

  has(platform) {
    return this.platforms.has(platform);
  }

  // send completes an activity with the platform's context, sends it and
  // resolves with the answer; it rejects with an error that has a code.
  send(platform, activity) {
    return this.client.send({ "@context": this.client.contextFor(platform), ...activity });
  }

  sendCredentials(platform, activity) {
    return this.client.sendCredentials({ "@context": this.client.contextFor(platform), type: "credentials", ...activity });
  }

  #follow(raw, socket) {
    let attempts = 0;
    let complaint = ""; // what the server had against this page
    const transport = () => (raw.io.engine?.transport?.name === "websocket" ? "WebSocket" : "polling");
    socket.on("ready", (info) => {
      attempts = 0;
      complaint = "";
      this.platforms = new Map(info.platforms.map((p) => [p.id, p]));
      this.version = info.sockethubVersion;
      this.#change("ready", `Connected by ${transport()}`);
      this.dispatchEvent(new CustomEvent("ready", { detail: info }));
    });
    socket.on("disconnect", (reason) => {
      const closed = complaint ? `Closed by the server: ${complaint}` : "Closed by the server";
      this.#change("offline", reason === "io server disconnect" ? closed : "Connection lost");
      // The server closes what it has no room for: then nothing connects by itself.
      if (reason === "io server disconnect") setTimeout(() => socket.connect(), 5000);
    });
    socket.on("connect_error", ({ message, data }) => {
      if (!data?.code) return this.#change("offline", attempts ? `No answer, attempt ${attempts}` : "No answer");
      const tried = sessionStorage.getItem("token") !== null;
      sessionStorage.removeItem("token");
      this.#change("failed", message);
      this.dispatchEvent(new CustomEvent("locked", { detail: tried ? message : "" }));
    });
    socket.on("init_error", ({ error }) => this.#change("failed", error));
    // As from the rate limiter, or where an address has too many connections.
    socket.on("error", ({ summary }) => {
      complaint = summary;
      this.#change(this.state, summary);
    });
    socket.on("message", (activity) => this.dispatchEvent(new CustomEvent("message", { detail: activity })));
    raw.io.on("reconnect_attempt", (n) => {
      attempts = n;
      this.#change("connecting", `Connecting, attempt ${n}`);
    });
    raw.io.on("open", () => {
      raw.io.engine.on("upgrade", () => this.isReady && this.#change("ready", `Connected by ${transport()}`));
    });
  }

  #change(state, text) {
    this.state = state;
    this.text = text;
    this.dispatchEvent(new Event("state"));
  }
}

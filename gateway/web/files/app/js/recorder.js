// Recorder notes what goes over a Socket.IO socket in either direction, for the
// inspector: {number, time, kind, event, content, answer, latency, failed}. Kinds
// are sent, received and connection. It dispatches "entry" and "change".
export class Recorder extends EventTarget {
  static limit = 200; // entries kept
  entries = [];
  count = 0;

  constructor(socket) {
    super();
    this.#recordSent(socket);
    socket.onAny((event, content) => this.#add({ kind: "received", event, content, failed: content?.error !== undefined || content?.type === "error" }));
    socket.on("connect", () => this.#add({ kind: "connection", event: "connected", content: { id: socket.id, recovered: !!socket.recovered } }));
    socket.on("disconnect", (reason) => this.#add({ kind: "connection", event: "disconnected", content: { reason }, failed: true }));
    socket.on("connect_error", (error) => this.#add({ kind: "connection", event: "no connection", content: { error: error.message }, failed: true }));
  }

  clear() {
    this.entries = [];
    this.dispatchEvent(new Event("clear"));
  }

  // Only the socket's emit sees both the message and its acknowledgement.
  #recordSent(socket) {
    const emit = socket.emit;
    socket.emit = (event, ...args) => {
      const entry = this.#add({ kind: "sent", event, content: masked(args[0]) });
      const answered = args[args.length - 1];
      if (typeof answered === "function") {
        const started = performance.now();
        args[args.length - 1] = (...answer) => {
          entry.latency = performance.now() - started;
          entry.answer = answer[0];
          entry.failed = answer[0]?.error !== undefined;
          this.dispatchEvent(new CustomEvent("change", { detail: entry }));
          answered(...answer);
        };
      }
      return emit.call(socket, event, ...args);
    };
  }

  #add(entry) {
    Object.assign(entry, { number: ++this.count, time: new Date() });
    this.entries.push(entry);
    if (this.entries.length > Recorder.limit) this.entries.shift();
    this.dispatchEvent(new CustomEvent("entry", { detail: entry }));
    return entry;
  }
}

const secrets = new Set(["password", "token", "secret", "sessionSecret"]);

// masked is a copy without secrets: what the inspector keeps, anybody behind
// the person at the screen can read.
function masked(value) {
  if (Array.isArray(value)) return value.map(masked);
  if (!value || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, secrets.has(name) && v ? "••••••" : masked(v)]));
}

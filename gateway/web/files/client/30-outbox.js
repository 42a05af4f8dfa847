/** Outbox holds what waits for the registry, and what waits for its answer. */
class Outbox {
  constructor(options, refuse) {
    this.options = options;
    this.refuse = refuse;
    this.queue = [];
    this.bytes = 0;
    this.timer = 0;
    this.unanswered = new Set();
  }

  get length() {
    return this.queue.length;
  }

  oldestAge() {
    return this.queue.length ? Date.now() - this.queue[0].since : 0;
  }

  add(entry) {
    entry.since = Date.now();
    entry.size = isActivity(entry.event) ? (JSON.stringify(entry.content) || "").length : 0;
    this.queue.push(entry);
    this.bytes += entry.size;
    while (this.queue.length > this.options.maxQueuedOutbound || (this.bytes > this.options.maxQueuedBytes && this.queue.length > 1)) {
      this.refuse(this._shift(), "SockethubClient queue overflow before ready", "queue_overflow");
    }
    this._watch();
  }

  /** Empties the queue and returns what is not too old. */
  take() {
    this._expire();
    clearTimeout(this.timer);
    const entries = this.queue;
    this.queue = [];
    this.bytes = 0;
    return entries;
  }

  clear(text, code) {
    clearTimeout(this.timer);
    while (this.queue.length) this.refuse(this._shift(), text, code);
    for (const entry of [...this.unanswered]) entry.give(text, code);
  }

  /** Returns the acknowledgement callback for an entry that is being sent. */
  await(entry, answered) {
    let timer = 0;
    const done = () => {
      clearTimeout(timer);
      return this.unanswered.delete(entry);
    };
    entry.give = (text, code) => done() && this.refuse(entry, text, code);
    this.unanswered.add(entry);
    const limit = entry.timeoutMs ?? this.options.ackTimeoutMs;
    if (limit > 0) timer = setTimeout(() => entry.give(`no answer within ${limit}ms`, "timeout"), limit);
    return (answer) => done() && answered(answer);
  }

  /** The connection is gone, and with it the answers that a promise waits for. */
  lost() {
    for (const entry of [...this.unanswered]) {
      if (entry.fail) entry.give("the connection was lost before the answer came", "disconnected");
      else this.unanswered.delete(entry);
    }
  }

  _shift() {
    const entry = this.queue.shift();
    this.bytes -= entry.size;
    return entry;
  }

  _expire() {
    const { maxQueuedAgeMs } = this.options;
    while (this.queue.length && this.oldestAge() > maxQueuedAgeMs) {
      this.refuse(this._shift(), `SockethubClient queued message expired after ${maxQueuedAgeMs}ms before initialization`, "expired");
    }
  }

  _watch() {
    clearTimeout(this.timer);
    if (!this.queue.length) return;
    this.timer = setTimeout(() => {
      this._expire();
      this._watch();
    }, Math.max(0, this.options.maxQueuedAgeMs - this.oldestAge()) + 1);
  }
}

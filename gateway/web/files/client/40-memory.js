/**
 * Memory is what a new connection has to be told again: what was answered
 * without an error, and was not undone since.
 */
class Memory {
  constructor() {
    this.events = { credentials: new Map(), connect: new Map(), join: new Map() };
    this.unanswered = new Set(); // of {kind, key, activity}
  }

  /** Notes that an activity goes out, and returns what is to be told how it was answered. */
  sent(event, activity) {
    const kind = kindOf(event, activity);
    if (event === "message") this._undo(activity);
    if (!kind) return () => {};
    const entry = { kind, key: keyOf(activity), activity };
    this.unanswered.add(entry);
    return (succeeded) => {
      // It is no longer there if it was undone before its answer came.
      if (this.unanswered.delete(entry) && succeeded) this.events[kind].set(entry.key, activity);
    };
  }

  /** The connection is gone: answers that were due will not come. */
  lost() {
    this.unanswered.clear();
  }

  forget(kind, matches) {
    for (const [key, activity] of [...this.events[kind]]) if (matches(activity)) this.events[kind].delete(key);
    for (const entry of [...this.unanswered]) if (entry.kind === kind && matches(entry.activity)) this.unanswered.delete(entry);
  }

  *all() {
    for (const activity of [...this.events.credentials.values()]) yield ["credentials", activity];
    for (const activity of [...this.events.connect.values()]) yield ["message", activity];
    for (const activity of [...this.events.join.values()]) yield ["message", activity];
  }

  /** A leave forgets its join, a disconnect all that its actor has: whatever the answer will be. */
  _undo(activity) {
    if (activity.type === "leave") this.forget("join", (join) => keyOf(join) === keyOf(activity));
    if (activity.type !== "disconnect") return;
    const actorOf = (a) => keyOf({ ...a, target: undefined });
    for (const kind of Object.keys(this.events)) this.forget(kind, (other) => actorOf(other) === actorOf(activity));
  }
}

/** kindOf names the group in which an activity is remembered, if it is. */
function kindOf(event, { type, object }) {
  if (event === "credentials") return isObject(object) && object.type === "credentials" ? "credentials" : "";
  return type === "connect" || type === "join" ? type : "";
}

/** keyOf is `<platform>:<actor>-<target>`. */
function keyOf({ "@context": list, context, actor, target }) {
  const urls = Array.isArray(list) ? list : [];
  const platform = (list === undefined && context) || urls.map((url) => /\/platform\/([^/]+)\//.exec(url)?.[1]).find(Boolean) || urls.join(" ");
  const id = (part) => (isObject(part) ? part.id : part) || "";
  return `${platform}:${id(actor)}-${id(target)}`;
}

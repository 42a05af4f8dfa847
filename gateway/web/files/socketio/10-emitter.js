const nextTick = (fn) => Promise.resolve().then(fn);
const page = typeof location !== "undefined" ? location : undefined;
const listen = typeof addEventListener === "function" ? addEventListener : () => {};
const unlisten = typeof removeEventListener === "function" ? removeEventListener : () => {};
const noop = () => {};

// ---- Emitter -----------------------------------------------------------

class Emitter {
  on(event, fn) {
    const map = (this._listeners ||= new Map());
    map.set(event, (map.get(event) || []).concat(fn));
    return this;
  }

  once(event, fn) {
    const one = (...args) => {
      this.off(event, one);
      fn.apply(this, args);
    };
    one.fn = fn;
    return this.on(event, one);
  }

  off(event, fn) {
    const map = this._listeners;
    if (!map) return this;
    if (!arguments.length) map.clear();
    else if (arguments.length === 1) map.delete(event);
    else {
      const list = map.get(event) || [];
      const at = list.findIndex((have) => have === fn || have.fn === fn);
      if (at >= 0) map.set(event, list.filter((_, i) => i !== at));
      if (list.length === 1 && at === 0) map.delete(event);
    }
    return this;
  }

  // Lists are replaced and never changed, so a dispatch sees the listeners
  // that were there when it began.
  emit(event, ...args) {
    for (const fn of this.listeners(event)) fn.apply(this, args);
    return this;
  }

  listeners(event) {
    return (this._listeners && this._listeners.get(event)) || [];
  }

  hasListeners(event) {
    return this.listeners(event).length > 0;
  }
}
const proto = Emitter.prototype;
proto.addEventListener = proto.on;
proto.removeListener = proto.removeEventListener = proto.removeAllListeners = proto.off;
// Socket overrides emit to send; what it tells its own listeners goes here.
proto.emitReserved = proto.emit;

// subscribe returns what undoes it.
function subscribe(emitter, event, fn) {
  emitter.on(event, fn);
  return () => emitter.off(event, fn);
}

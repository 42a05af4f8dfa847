/** Emitter calls listeners. One that throws does not keep the others from being called. */
class Emitter {
  #all = new Map();

  on(event, fn, context) {
    return this.#add(event, { fn, context, once: false });
  }

  once(event, fn, context) {
    return this.#add(event, { fn, context, once: true });
  }

  off(event, fn) {
    const left = fn ? (this.#all.get(event) || []).filter((l) => l.fn !== fn) : [];
    if (left.length) this.#all.set(event, left);
    else this.#all.delete(event);
    return this;
  }

  removeAllListeners(event) {
    if (event === undefined) this.#all.clear();
    else this.#all.delete(event);
    return this;
  }

  listeners(event) {
    return (this.#all.get(event) || []).map((l) => l.fn);
  }

  listenerCount(event) {
    return (this.#all.get(event) || []).length;
  }

  eventNames() {
    return [...this.#all.keys()];
  }

  emit(event, ...args) {
    const list = this.#all.get(event) || [];
    for (const l of list) {
      if (l.once) this.off(event, l.fn);
      try {
        l.fn.apply(l.context || this, args);
      } catch (error) {
        // It surfaces as the page's own error, after what it must not stop.
        setTimeout(() => {
          throw error;
        });
      }
    }
    return list.length > 0;
  }

  #add(event, listener) {
    this.#all.set(event, [...(this.#all.get(event) || []), listener]);
    return this;
  }
}
Emitter.prototype.addListener = Emitter.prototype.on;
Emitter.prototype.removeListener = Emitter.prototype.off;

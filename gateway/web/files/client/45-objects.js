/**
 * Objects are what apps from before contexts tell of persons and rooms, to name
 * them by their ids alone from then on:
 *
 *   client.ActivityStreams.Object.create({ id: "mara@irc.example", type: "person", name: "mara" });
 *   client.socket.emit("message", { context: "irc", actor: "mara@irc.example", type: "connect" }, console.log);
 */
class Objects {
  #known = new Map();

  create(object) {
    if (!isObject(object) || typeof object.id !== "string" || !object.id) throw new Error("ActivityStreams.Object.create requires an object with an id");
    this.#known.set(object.id, copy(object));
    return this.get(object.id);
  }

  /** Returns a copy of what is known of an id, else the id itself, in an object with `expand`. */
  get(id, expand = false) {
    const known = this.#known.get(id);
    return known ? copy(known) : expand ? { id } : id;
  }

  /** Returns an activity with objects in the place of their ids. */
  complete(activity) {
    const whole = { ...activity };
    for (const part of ["actor", "target"]) if (typeof whole[part] === "string") whole[part] = this.get(whole[part], true);
    return whole;
  }
}

/** isOlder tells an activity that names its platform by `context` alone. */
function isOlder(activity) {
  return isObject(activity) && typeof activity.context === "string" && activity["@context"] === undefined;
}

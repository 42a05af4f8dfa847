// Store is one account at a server of calendars or address books. It knows the
// messages of the platforms "caldav" and "carddav" and nothing of the page.
export class Store {
  constructor(hub, kind) {
    Object.assign(this, { hub, kind, collections: [], collection: null, items: [] });
  }

  async signIn({ url, username, password }) {
    this.actor = { id: `${this.kind.platform}:${username}@${url}`, type: "person" };
    await this.hub.sendCredentials(this.kind.platform, { actor: this.actor, object: { type: "credentials", url, username, password } });
    const { items } = await this.#ask("fetch");
    this.collections = items;
    this.collection = items[0] ?? null;
  }

  // list asks for the items; with more for the page behind those that are here.
  async list(query, more) {
    const answer = await this.#ask("query", { ...query, ...(more && { after: this.next }) });
    this.items = more ? [...this.items, ...answer.items] : answer.items;
    this.next = answer.next;
    return answer;
  }

  async create(changes) {
    const { object } = await this.#ask("create", { type: this.kind.type, ...changes });
    return object;
  }

  async update(item, changes) {
    const { object } = await this.#ask("update", { type: item.type, id: item.id, uid: item.uid, etag: item.etag, ...changes });
    return object;
  }

  async remove(item, more = {}) {
    await this.#ask("delete", { type: item.type, id: item.id, etag: item.etag, ...more });
  }

  #ask(type, object) {
    const message = { type, actor: this.actor };
    if (object) Object.assign(message, { target: { id: this.collection.id, type: this.kind.collection }, object });
    return this.hub.send(this.kind.platform, message);
  }
}

// conflict is the item as somebody else has left it, if that is why it failed.
export function conflict(error) {
  return /:conflict$/.test(error?.message) ? error.activity?.current : undefined;
}

// merge puts two changes of the same values together. What both have changed, each
// otherwise, is for a person to decide: those are the clashes.
export function merge(before, mine, theirs) {
  const merged = { ...mine };
  const taken = [];
  const clashes = [];
  for (const name of Object.keys(mine)) {
    if (theirs[name] === before[name] || theirs[name] === mine[name]) continue;
    if (mine[name] === before[name]) {
      merged[name] = theirs[name];
      taken.push(name);
    } else clashes.push(name);
  }
  return { merged, taken, clashes };
}

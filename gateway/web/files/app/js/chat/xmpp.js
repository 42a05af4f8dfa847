// What XMPP calls things: everything is an address, and whoever is in a room has
// one there.
//
//	{type: "room", id: "decks@rooms.harbor.example"}
//	{type: "person", id: "otto@quay.example/phone"}
//	{type: "person", id: "decks@rooms.harbor.example/otto", name: "otto"}
export const xmpp = {
  platform: "xmpp",
  path: "/xmpp",
  title: "XMPP",
  about: "Sign in to an XMPP account: contacts, rooms, replies and reactions.",
  server: "XMPP server",
  ownIds: true,

  entry({ address, password, server, nick, resource }) {
    const userAddress = bare(address);
    const object = { type: "credentials", userAddress, resource, password };
    if (server) object.server = server;
    const [local, domain] = userAddress.split("@");
    return { actor: { id: `${userAddress}/${resource}`, type: "person", name: nick || local }, object, nick: nick || local, server: domain };
  },

  // A room without a domain is where the last room was.
  roomId(text, chat) {
    if (text.includes("@")) return bare(text);
    const service = chat.rooms.findLast((c) => c.kind === "room")?.id.split("@")[1];
    if (service) return `${text}@${service}`;
    throw new Error(`a room has an address, as ${text}@conference.${chat.server}`);
  },

  nameOf(id, chat, kind) {
    if (kind === "room") return id.split("@")[0];
    if (resource(id)) return resource(id);
    return chat.contacts.get(this.fold(id))?.name ?? id;
  },

  target({ kind, id }) {
    return { id, type: kind };
  },

  // person is whose account is known, or who is only known in the room.
  person(name, chat) {
    const known = chat.current?.members.get(this.fold(name))?.address;
    const id = known ? bare(known) : name.includes("@") ? name : chat.current?.kind === "room" ? `${chat.current.id}/${name}` : chat.current?.id ?? name;
    return { id, type: "person" };
  },

  who(actor, chat) {
    if (actor?.name) return actor.name;
    const id = actor?.id ?? "";
    if (resource(id) && chat?.isRoom(bare(id))) return resource(id);
    return chat?.contacts.get(this.fold(bare(id)))?.name ?? bare(id).split("@")[0];
  },

  place({ actor, target }, chat) {
    if (target?.type === "room") return { kind: "room", id: bare(target.id) };
    if (actor?.type === "room") return { kind: "room", id: bare(actor.id) };
    const own = this.fold(bare(actor?.id)) === this.fold(bare(chat.actor.id));
    const id = (own ? target?.id : actor?.id) ?? "";
    if (!id.includes("@")) return { kind: "server", id: chat.server };
    return { kind: "person", id: chat.isRoom(bare(id)) ? id : bare(id) };
  },

  isOwn({ actor }, chat) {
    return this.fold(bare(actor?.id)) === this.fold(bare(chat.actor.id));
  },

  members({ object }) {
    return object?.occupants ?? [];
  },

  rename(chat, name) {
    const room = chat.current;
    if (room?.kind !== "room") throw new Error("a nick belongs to a room: go to the room first");
    return { type: "update", target: this.target(room), object: { type: "address", name } };
  },

  // Nicks are told apart by case, addresses are not.
  fold(text) {
    const [address, ...nick] = (text ?? "").split("/");
    return [address.includes("@") ? address.toLowerCase() : address, ...nick].join("/");
  },
};

export function bare(id) {
  return (id ?? "").replace(/\/.*$/s, "");
}

export function resource(id) {
  const at = (id ?? "").indexOf("/");
  return at < 0 ? "" : id.slice(at + 1);
}

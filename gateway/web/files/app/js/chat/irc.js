// What IRC calls things: nicks, and rooms whose names begin with a mark.
//
//	{type: "room", id: "irc.example.net/#deck", name: "#deck"}
//	{type: "person", id: "otto@irc.example.net", name: "otto"}
export const irc = {
  platform: "irc",
  path: "/irc",
  title: "IRC",
  about: "Sign in to an IRC network, join rooms and talk.",
  server: "IRC server",
  ownIds: false, // the server gives messages their ids, if it does

  // entry is what signs in, from what a person filled in.
  entry({ server, port, secure, nick, username, password }) {
    const object = { type: "credentials", nick, server, port: Number(port), secure };
    if (username) object.username = username;
    if (password) object.password = password;
    return { actor: this.actor(nick, server), object, nick, server };
  },

  actor(nick, server) {
    return { id: `${nick}@${server}`, type: "person", name: nick };
  },

  roomId(text) {
    return /^[#&!+]/.test(text) ? text : `#${text}`;
  },

  nameOf: (id) => id,

  target({ kind, id }, { server }) {
    return { id: `${server}/${id}`, type: kind, name: id };
  },

  person(name, { server }) {
    return { id: `${name}@${server}`, type: "person", name };
  },

  // who is the name under which an actor speaks.
  who(actor) {
    return actor?.name ?? (actor?.id ?? "").replace(/@.*$/, "").replace(/^.*\//, "");
  },

  // place is the conversation to which an activity belongs.
  place({ actor, target }, chat) {
    if (actor?.type === "service") return { kind: "server", id: chat.server };
    if (target?.type === "room") return { kind: "room", id: target.name };
    const from = this.who(actor);
    return { kind: "person", id: chat.isMe(from) ? this.who(target) : from };
  },

  // An attendance comes by itself before the answer to its query.
  members({ object }) {
    return object?.members ?? [];
  },

  rename(chat, nick) {
    return { type: "update", target: { id: `${nick}@${chat.server}`, type: "person", name: nick }, object: { type: "address" } };
  },

  // Names are compared as RFC 2812, section 2.2, has it.
  fold(name) {
    return (name ?? "").toLowerCase().replaceAll("[", "{").replaceAll("]", "}").replaceAll("\\", "|").replaceAll("~", "^");
  },
};

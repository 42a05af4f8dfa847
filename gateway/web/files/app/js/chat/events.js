// Events puts what comes from the network where it belongs in a Chat.
const removed = [301, 307, 321, 322, 332, 333]; // who went did not do so himself
const renamed = 303;
const longestWriting = 60_000; // milliseconds: whose link is cut does not say that he stopped

export class Events {
  constructor(chat) {
    this.chat = chat;
    this.network = chat.network;
  }

  receive(activity) {
    const { type, object = {} } = activity;
    if (activity.error !== undefined && type !== "connect") return this.failed(activity);
    const kind = type === "update" ? object.type : type;
    const act = {
      send: this.said, join: this.joined, leave: this.left, connect: this.connection, query: this.attendance, invite: this.invited,
      add: this.role, remove: this.role, "request-friend": this.friend,
      topic: this.topic, presence: this.presence, address: this.renamed, reaction: this.reaction, "chat-state": this.chatState, receipt: this.receipt, retraction: this.retraction, contact: this.contact,
    }[kind];
    act?.call(this, activity);
  }

  room(activity) {
    const { kind, id } = this.network.place(activity, this.chat);
    return this.chat.conversation(kind, id);
  }

  said(activity) {
    const { chat, network } = this;
    const { actor, object, published } = activity;
    const conversation = this.room(activity);
    const from = actor.type === "service" ? chat.server : network.who(actor, chat);
    const own = conversation.kind === "person" && network.isOwn ? network.isOwn(activity, chat) : chat.isMe(from, conversation);
    conversation.writing.delete(from);
    const replaced = object["xmpp:replace"] && conversation.find(object["xmpp:replace"].id);
    if (replaced && replaced.from === from) {
      Object.assign(replaced, { text: object.content, edited: true });
      return chat.changed(conversation, replaced);
    }
    chat.add(conversation, {
      from: own ? conversation.nick ?? chat.nick : from, own, kind: object.type === "me" ? "me" : "message", text: object.content ?? "",
      id: object.id, stanzaId: object["xmpp:stanza-id"], published, inReplyTo: object.inReplyTo, attachment: object.attachment,
    });
  }

  chatState(activity) {
    const { chat, network } = this;
    const { kind, id } = network.place(activity, chat);
    const conversation = chat.conversation(kind, id, false);
    if (!conversation || network.isOwn?.(activity, chat)) return;
    const name = network.who(activity.actor, chat);
    const stop = () => conversation.writing.delete(name) && chat.changed(conversation);
    clearTimeout(conversation.forgotten);
    if (activity.object.state !== "composing") return stop();
    conversation.writing.add(name);
    conversation.forgotten = setTimeout(stop, longestWriting);
    chat.changed(conversation);
  }

  reaction(activity) {
    const conversation = this.room(activity);
    const message = conversation.find(activity.object.id);
    if (message) this.chat.reacted(conversation, message, this.speaker(activity, conversation), activity.object.reactions);
  }

  // speaker is the name of who did something; one's own is that of the room.
  speaker(activity, conversation) {
    const { chat, network } = this;
    return network.isOwn?.(activity, chat) ? conversation.nick ?? chat.nick : network.who(activity.actor, chat);
  }

  receipt(activity) {
    const conversation = this.room(activity);
    const message = conversation.find(activity.object.id);
    if (!message?.own || message.state === "displayed") return;
    message.state = activity.object.state;
    this.chat.changed(conversation, message);
  }

  retraction(activity) {
    const conversation = this.room(activity);
    const message = conversation.find(activity.object.id);
    if (!message) return;
    Object.assign(message, { retracted: true, text: "", attachment: undefined });
    this.chat.changed(conversation, message);
  }

  joined({ actor, target }) {
    const { chat, network } = this;
    const room = chat.conversation("room", target.name);
    const name = network.who(actor);
    if (chat.isMe(name)) room.joined = true;
    else if (!room.members.has(network.fold(name))) chat.note(room, `${name} came in.`);
    room.members.set(network.fold(name), { name, role: "member", account: actor.account });
    chat.changed(room);
  }

  left(activity) {
    const { chat, network } = this;
    const { actor, target, object } = activity;
    const name = network.who(actor, chat);
    const reason = object?.content && !/^user has (left the channel|quit)$/.test(object.content) ? `: ${object.content}` : ".";
    const everywhere = target?.type !== "room";
    for (const room of everywhere ? chat.rooms : [this.room(activity)]) if (room.members.has(network.fold(name)) || !everywhere) this.gone(room, name, everywhere ? "went away" : "left", reason);
  }

  gone(room, name, how, reason) {
    const { chat, network } = this;
    room.members.delete(network.fold(name));
    if (chat.isMe(name, room)) {
      room.joined = false;
      room.members.clear();
      chat.note(room, `You are no longer in this room${reason}`, "bad");
    } else chat.note(room, `${name} ${how}${reason}`);
    chat.changed(room);
  }

  topic(activity) {
    const { target, object } = activity;
    if (target?.type !== "room") return this.chat.note(this.chat.serverTalk, object.content);
    this.chat.topic(this.room(activity), this.network.who(activity.actor, this.chat), object.content);
  }

  presence(activity) {
    const { chat, network } = this;
    const { actor, target, object } = activity;
    if (target?.type !== "room" && actor?.type !== "room") return this.contactPresence(activity);
    const room = this.room(activity);
    const name = network.who(actor, chat);
    const key = network.fold(name);
    const codes = object["xmpp:codes"] ?? [];
    if (object.presence === "offline") {
      if (codes.includes(renamed)) return;
      if (room.members.has(key) && !codes.some((code) => removed.includes(code))) this.gone(room, name, "left", object.content ? `: ${object.content}` : ".");
      return;
    }
    const known = room.members.get(key);
    if (!known && room.joined && actor.type === "room") chat.note(room, `${name} came in.`);
    room.members.set(key, { ...known, name, role: object.role ?? known?.role ?? "member", address: object["xmpp:jid"] ?? known?.address, away: object.presence ? /^(away|xa|dnd)$/.test(object.presence) : known?.away });
    chat.changed(room);
  }

  contactPresence({ actor, object }) {
    const id = (actor?.id ?? "").replace(/\/.*/s, "");
    if (!id.includes("@") || !this.chat.contacts.has(this.network.fold(id))) return;
    this.chat.contact({ id, presence: object.presence });
    this.chat.change();
  }

  contact({ actor, object }) {
    if (object.subscription === "remove") this.chat.contacts.delete(this.network.fold(actor.id));
    else this.chat.contact({ id: actor.id, ...(actor.name && { name: actor.name }), subscription: object.subscription, groups: object.groups });
    this.chat.change();
  }

  friend({ actor }) {
    this.chat.contact({ id: actor.id, asks: true, ...(actor.name && { name: actor.name }) });
    this.chat.note(this.chat.serverTalk, `${actor.id} wants to be a contact.`);
    this.chat.change();
  }

  attendance(activity) {
    const { actor, object } = activity;
    if (actor?.type !== "room" || object?.type !== "attendance") return;
    const people = this.network.members(activity);
    if (people.length) this.chat.setMembers(this.chat.conversation("room", actor.name ?? actor.id), people);
  }

  renamed({ actor, target }) {
    const { chat, network } = this;
    const [from, to] = [network.who(actor, chat), network.who(target, chat)];
    if (!network.ownIds) return chat.renamed(from, to);
    const room = chat.conversation("room", actor.id.replace(/\/.*/s, ""));
    if (chat.isMe(from, room)) room.nick = to;
    chat.renamedIn(room, network.fold(from), to);
  }

  role({ type, target, object }) {
    const room = object?.object?.name && this.chat.conversation("room", object.object.name);
    const member = room && room.members.get(this.network.fold(this.network.who(target)));
    if (!member) return;
    member.role = type === "add" ? object.subject?.role ?? member.role : "member";
    this.chat.changed(room);
  }

  invited({ actor, target, object }) {
    const room = target?.type === "room" ? target.name ?? target.id : object?.name ?? "a room";
    this.chat.note(this.chat.serverTalk, `${this.network.who(actor, this.chat)} invites you to ${room}.`);
  }

  connection({ object, error }) {
    const { chat } = this;
    const status = object?.status;
    if (status === "online") chat.change("online");
    else if (status === "reconnecting") chat.change("reconnecting");
    chat.tell(error ?? (status === "online" ? `Connected to ${chat.server} again.` : `The connection to the ${this.network.server} changed.`), status === "online" ? "" : "bad");
  }

  // What failed without anybody waiting for it, and the end of the worker.
  failed(activity) {
    const { chat } = this;
    const { type, target, error } = activity;
    const id = target?.type === "room" && (target.name ?? target.id);
    chat.note((id && chat.conversation("room", id, false)) || chat.serverTalk, error, "bad");
    if (type === "error") for (const c of chat.rooms) if (c.joined) chat.note(c, error, "bad");
  }
}

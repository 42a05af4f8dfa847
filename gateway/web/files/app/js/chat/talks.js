// Talks is what a person has in front of him: conversations with their messages,
// members and topics, contacts, and what was not read yet. It says nothing to the
// network; Chat does.
//
// Events: "change" with the conversation that changed (or none for all), and
// "message" with {conversation, message}.
import { Conversation } from "./conversation.js";
import { Saved } from "./saved.js";

export class Talks extends EventTarget {
  state = "idle"; // idle, connecting, online, reconnecting
  conversations = new Map(); // by key
  contacts = new Map(); // {id, name, subscription, presence} by folded address
  current = null; // the conversation that is looked at
  #number = 0; // of the last message

  constructor(network) {
    super();
    Object.assign(this, { network, saved: new Saved(network.platform) });
  }

  get rooms() {
    return [...this.conversations.values()];
  }

  get unread() {
    return this.rooms.reduce((sum, c) => sum + (c.kind === "server" ? 0 : c.unread), 0);
  }

  keyOf(kind, id) {
    return `${kind} ${this.network.fold(id)}`;
  }

  conversation(kind, id, make = true) {
    const key = this.keyOf(kind, id);
    let conversation = this.conversations.get(key);
    if (!conversation && make) {
      conversation = new Conversation(key, kind, id, this.network.nameOf(id, this, kind));
      this.restoreDraft(conversation);
      this.conversations.set(key, conversation);
      this.change();
    }
    return conversation;
  }

  isRoom(id) {
    return this.conversations.has(this.keyOf("room", id));
  }

  get serverTalk() {
    return this.conversation("server", this.server);
  }

  isMe(name, room) {
    return this.network.fold(name) === this.network.fold(room?.nick ?? this.nick);
  }

  contact({ id, ...more }) {
    const key = this.network.fold(id);
    this.contacts.set(key, { presence: "offline", ...this.contacts.get(key), id, ...more });
  }

  setMembers(room, people) {
    const { fold } = this.network;
    room.members = new Map(people.map(({ name, role, "xmpp:jid": address }) => [fold(name), { ...room.members.get(fold(name)), name, role: role ?? "member", address }]));
    this.changed(room);
  }

  renamed(from, to) {
    const { fold } = this.network;
    if (!from || !to || from === to) return;
    if (this.isMe(from)) Object.assign(this, { nick: to, actor: this.network.actor(to, this.server) });
    const talk = this.conversations.get(this.keyOf("person", from));
    if (talk && !this.conversations.has(this.keyOf("person", to))) {
      this.conversations.delete(talk.key);
      Object.assign(talk, { key: this.keyOf("person", to), id: to, name: to });
      this.conversations.set(talk.key, talk);
      this.note(talk, `${from} is now called ${to}.`);
    }
    for (const room of this.rooms) this.renamedIn(room, fold(from), to);
    this.change();
  }

  renamedIn(room, key, to) {
    const member = room.members.get(key);
    if (!member) return;
    room.members.delete(key);
    room.members.set(this.network.fold(to), { ...member, name: to });
    this.note(room, `${member.name} is now called ${to}.`);
    this.changed(room);
  }

  topic(room, name, content) {
    if (room.topic === content) return;
    if (room.topicKnown) this.note(room, `${name} changed the topic: ${content}`);
    Object.assign(room, { topic: content, topicKnown: true });
    this.changed(room);
  }

  reacted(conversation, message, name, reactions) {
    message.reactions ??= new Map();
    if (reactions.length) message.reactions.set(name, reactions);
    else message.reactions.delete(name);
    this.changed(conversation, message);
  }

  select(conversation) {
    this.leaveOff();
    this.current = conversation ?? null;
    this.read();
    this.change();
  }

  // leaveOff notes that what was said up to now was seen: the next is new.
  leaveOff() {
    if (this.current) this.current.readUpTo = this.#number;
  }

  // read marks the conversation that is looked at as read.
  read() {
    const { current } = this;
    if (!current?.unread) return;
    Object.assign(current, { unread: 0, mentioned: false });
    this.seen(current);
    this.change();
  }

  // seen is told of a conversation that was just read.
  seen() {}

  // watched reports whether a person sees the current conversation; the page sets it.
  watched = () => false;

  // keepDraft remembers what is half written, also over a reload.
  keepDraft(conversation, text) {
    conversation.draft = text;
    const drafts = { ...this.saved.drafts };
    if (text) drafts[conversation.key] = text.slice(0, 4000);
    else delete drafts[conversation.key];
    this.saved.keep({ drafts });
  }

  restoreDraft(conversation) {
    conversation.draft ||= this.saved.drafts[conversation.key] ?? "";
  }

  tell(text, tone) {
    for (const conversation of this.rooms) this.note(conversation, text, tone);
  }

  note(conversation, text, tone = "", more = {}) {
    this.add(conversation, { kind: "note", text, tone, ...more });
  }

  // add puts a message into its conversation, unless it is there.
  add(conversation, message) {
    if (!conversation.put(message, this.#number + 1)) return this.changed(conversation, conversation.find(message.stanzaId ?? message.id));
    if (!message.number) return message; // of earlier times: shown once all of it is there
    this.#number++;
    const counts = message.kind !== "note" && !message.own;
    const watched = conversation === this.current && this.watched();
    if (counts) {
      conversation.unread++;
      conversation.mentioned ||= conversation.kind === "person" || this.mentions(message.text, conversation);
    }
    this.dispatchEvent(new CustomEvent("message", { detail: { conversation, message } }));
    if (counts && watched) this.read();
    else if (counts) this.change();
    return message;
  }

  mentions(text, room) {
    const { fold } = this.network;
    return fold(text.replaceAll("/", " ")).split(/[^\p{L}\p{N}_\-[\]\\^{}|`]+/u).includes(fold(room?.nick ?? this.nick));
  }

  // changed tells of a conversation, and of one of its messages that looks otherwise.
  changed(conversation, message) {
    if (message) message.version = (message.version ?? 0) + 1;
    this.dispatchEvent(new CustomEvent("change", { detail: conversation }));
  }

  change(state = this.state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("change", { detail: null }));
  }
}

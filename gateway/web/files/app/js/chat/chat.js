// Chat is what a person has going on with a network: rooms, their members and
// topics, contacts, messages, and what was not read yet. What IRC and XMPP do
// otherwise is in irc.js and xmpp.js. It knows nothing of the page.
//
// Events: "change" with the conversation that changed (or none for all), and
// "message" with {conversation, message}.
import { Conversation } from "./conversation.js";
import { Events } from "./events.js";
import { Saved } from "./saved.js";

export class Chat extends EventTarget {
  state = "idle"; // idle, connecting, online, reconnecting
  conversations = new Map(); // by key
  contacts = new Map(); // {id, name, subscription, presence} by folded address
  current = null; // the conversation that is looked at
  arriving = false; // online, and about to join the rooms
  #number = 0; // of the last message
  #lost = false; // it was told that Sockethub is gone, and it is not back yet

  constructor(hub, network) {
    super();
    Object.assign(this, { hub, network, saved: new Saved(network.platform) });
    const events = new Events(this);
    hub.addEventListener("message", ({ detail }) => this.#concerns(detail) && this.state !== "idle" && events.receive(detail));
    hub.addEventListener("ready", ({ detail }) => detail.reason === "reconnect" && this.#returned());
    hub.addEventListener("state", () => this.#hubChanged());
  }

  get online() {
    return this.state === "online" || this.state === "reconnecting";
  }

  get rooms() {
    return [...this.conversations.values()];
  }

  get unread() {
    return this.rooms.reduce((sum, c) => sum + (c.kind === "server" ? 0 : c.unread), 0);
  }

  // can reports whether the platform takes objects of a type, as its schema says.
  can(type) {
    const { definitions } = this.hub.client.getPlatformSchema(this.network.platform) ?? {};
    return !!definitions?.objectTypes && Object.values(definitions.objectTypes).some((o) => o.properties?.type?.enum?.includes(type));
  }

  // connect signs in. say is told what is being done, for people.
  async connect(wanted, say) {
    const { actor, object, nick, server } = this.network.entry(wanted);
    Object.assign(this, { actor, nick, server, signedIn: nick });
    this.historyKept = this.can("history");
    this.conversations.clear();
    this.contacts.clear();
    this.change("connecting");
    try {
      say("Handing over the credentials…");
      await this.hub.sendCredentials(this.network.platform, { actor, object });
      say(`Connecting to ${server}…`);
      this.current = this.serverTalk;
      await this.send({ type: "connect" });
    } catch (error) {
      this.#forget();
      throw error;
    }
    this.arriving = wanted.rooms.length > 0;
    this.change("online");
    const { password, ...rest } = wanted;
    this.saved.keep({ signIn: { ...rest, again: !password } });
    this.tell(`Connected to ${server} as ${nick}.`);
    await this.#appear();
    for (const room of wanted.rooms) {
      say(`Joining ${room}…`);
      await this.join(room).catch((error) => this.note(this.serverTalk, `${room}: ${error.message}`, "bad"));
    }
    this.arriving = false;
    this.change();
  }

  async disconnect() {
    this.saved.keep({ signIn: { ...this.saved.signIn, again: false }, drafts: {} });
    await this.send({ type: "disconnect" }).finally(() => this.#forget());
  }

  #forget() {
    this.conversations.clear();
    this.current = null;
    this.change("idle");
  }

  // On XMPP nobody sees who did not say that he is there.
  async #appear() {
    if (!this.can("roster")) return;
    await this.send({ type: "update", object: { type: "presence", presence: "online" } }).catch(() => {});
    const { object } = await this.send({ type: "query", target: this.#own(), object: { type: "roster" } }).catch(() => ({}));
    for (const contact of object?.items ?? []) this.contact(contact);
    this.change();
  }

  #own() {
    return { id: this.actor.id.replace(/\/.*/s, ""), type: "person" };
  }

  contact({ id, ...more }) {
    const key = this.network.fold(id);
    this.contacts.set(key, { presence: "offline", ...this.contacts.get(key), id, ...more });
  }

  async join(text) {
    const id = this.network.roomId(text, this);
    if (this.conversation("room", id, false)?.joined) return this.select(this.conversation("room", id));
    const room = new Conversation(this.#key("room", id), "room", id, this.network.nameOf(id, this, "room"));
    const early = this.conversations.get(room.key) ?? room;
    this.conversations.set(room.key, early); // what the room tells comes before its answer
    try {
      const answer = await this.send({ type: "join", target: this.network.target(early, this) });
      early.nick = this.network.ownIds ? answer?.target?.name ?? this.nick : undefined;
    } catch (error) {
      if (early === room) this.conversations.delete(room.key);
      throw error;
    }
    early.joined = true;
    this.#restoreDraft(early);
    const nick = early.nick ?? this.nick;
    if (!early.members.has(this.network.fold(nick))) early.members.set(this.network.fold(nick), { name: nick, role: "member" });
    this.select(early);
    this.#remember();
    this.attendance(early).catch(() => {}); // names come again with the next join
    if (this.historyKept) this.history(early).catch(() => (this.historyKept = this.network.ownIds)); // few IRC servers keep any
    return early;
  }

  async leave(conversation) {
    if (conversation.kind === "room" && conversation.joined) await this.send({ type: "leave", target: this.network.target(conversation, this) });
    this.conversations.delete(conversation.key);
    if (this.current === conversation) this.select(this.rooms.at(-1));
    this.#remember();
    this.change();
  }

  // say sends a text. The message is shown at once, and marked when it failed.
  say(conversation, text, more = {}) {
    const action = /^\/me\s+/i.exec(text);
    const message = { from: conversation.nick ?? this.nick, own: true, kind: action ? "me" : "message", text: action ? text.slice(action[0].length) : text, said: text, ...more };
    if (this.network.ownIds) message.id = randomId();
    this.add(conversation, Object.assign(message, { pending: true }));
    return this.#deliver(conversation, message);
  }

  // again sends what could not be sent.
  again(conversation, message) {
    Object.assign(message, { failed: undefined, pending: true });
    this.changed(conversation, message);
    return this.#deliver(conversation, message);
  }

  async #deliver(conversation, message) {
    const object = { type: "message", content: message.said };
    if (this.network.ownIds) object.id = message.id;
    if (this.network.ownIds && conversation.kind === "person") object.receipt = true;
    if (message.inReplyTo) object.inReplyTo = message.inReplyTo;
    try {
      const answer = await this.send({ type: "send", target: this.network.target(conversation, this), object });
      Object.assign(message, { id: answer?.object?.id ?? message.id, stanzaId: answer?.object?.["xmpp:stanza-id"] ?? message.stanzaId, published: answer?.published ?? message.published });
    } catch (error) {
      message.failed = error;
    }
    message.pending = false;
    this.changed(conversation, message);
  }

  // react says the whole set of one's reactions to a message.
  async react(conversation, message, emoji) {
    const name = conversation.nick ?? this.nick;
    const old = message.reactions?.get(name) ?? [];
    const reactions = old.includes(emoji) ? old.filter((e) => e !== emoji) : [...old, emoji];
    await this.send({ type: "update", target: this.network.target(conversation, this), object: { type: "reaction", id: conversation.reference(message), reactions } });
    this.reacted(conversation, message, name, reactions);
  }

  reacted(conversation, message, name, reactions) {
    message.reactions ??= new Map();
    if (reactions.length) message.reactions.set(name, reactions);
    else message.reactions.delete(name);
    this.changed(conversation, message);
  }

  // What the person does is answered; only others are told of it as an event.
  async setTopic(conversation, content) {
    await this.send({ type: "update", target: this.network.target(conversation, this), object: { type: "topic", content } });
    this.topic(conversation, conversation.nick ?? this.nick, content);
  }

  topic(room, name, content) {
    if (room.topic === content) return;
    if (room.topicKnown) this.note(room, `${name} changed the topic: ${content}`);
    Object.assign(room, { topic: content, topicKnown: true });
    this.changed(room);
  }

  async rename(nick) {
    const room = this.current;
    await this.send(this.network.rename(this, nick));
    if (this.network.ownIds) room.nick = nick;
    else this.renamed(this.nick, nick);
    this.#remember();
  }

  // away tells others that one is not there, or with an empty text that one is.
  away(text) {
    return this.send({ type: "update", object: { type: "presence", presence: text === "" ? "online" : "away", ...(text && { content: text }) } });
  }

  async kick(name, reason) {
    if (!this.can("role")) throw new Error(`the platform ${this.network.platform} cannot remove others from a room`);
    await this.send({ type: "update", target: this.network.target(this.current, this), object: { type: "role", name, role: "none", ...(reason && { content: reason }) } });
  }

  async whois(name) {
    const member = this.current?.members.get(this.network.fold(name));
    const facts = [member?.role && `role ${member.role}`, member?.address, member?.account && `account ${member.account}`, member?.away && "away"];
    if (this.can("profile")) {
      const id = member?.address?.replace(/\/.*/s, "") ?? (name.includes("@") ? name : this.current?.kind === "room" ? `${this.current.id}/${name}` : this.current.id);
      const { object = {} } = await this.send({ type: "query", target: { id, type: "person" }, object: { type: "profile" } }).catch(() => ({}));
      facts.push(object.name, object.nickname, object.summary, object.url);
    }
    const known = facts.filter(Boolean).join(", ");
    this.note(this.current ?? this.serverTalk, known ? `${name}: ${known}` : `Nothing is known of ${name}.`);
  }

  async befriend(id, yes = true) {
    await this.send({ type: yes ? "make-friend" : "remove-friend", target: { id, type: "person" } });
    if (yes) this.contact({ id, asks: false });
    else this.contacts.delete(this.network.fold(id));
    this.change();
  }

  async attendance(conversation) {
    const answer = await this.send({ type: "query", target: this.network.target(conversation, this), object: { type: "attendance" } });
    const people = this.network.members(answer ?? {});
    if (people.length) this.setMembers(conversation, people);
  }

  setMembers(room, people) {
    const { fold } = this.network;
    room.members = new Map(people.map(({ name, role, "xmpp:jid": address }) => [fold(name), { ...room.members.get(fold(name)), name, role: role ?? "member", address }]));
    this.changed(room);
  }

  // history asks for messages older than those that are here. They come before
  // the answer does, as messages do that were just said.
  async history(conversation) {
    if (conversation.asked) return;
    const before = conversation.before ?? conversation.oldest;
    conversation.asked = new Date();
    try {
      const { object = {} } = (await this.send({ type: "query", target: this.network.target(conversation, this), object: { type: "history", limit: 50, ...(before && { before }) } })) ?? {};
      conversation.before = object.first;
      conversation.historyEnded = (object.complete ?? !object.totalItems) || conversation.isFull;
    } finally {
      conversation.asked = null;
      this.changed(conversation);
    }
  }

  talkTo(id) {
    const conversation = this.conversation("person", id);
    this.select(conversation);
    if (this.historyKept && this.network.ownIds && conversation.historyEnded === undefined) this.history(conversation).catch(() => {});
    return conversation;
  }

  // talkToMember is a private word with somebody of a room.
  talkToMember(room, name) {
    return this.talkTo(this.network.ownIds ? `${room.id}/${name}` : name);
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

  // read marks the conversation that is looked at as read, for others too.
  read() {
    const { current } = this;
    if (!current?.unread) return;
    Object.assign(current, { unread: 0, mentioned: false });
    const last = current.messages.findLast((m) => !m.own && m.id);
    if (current.kind === "person" && last && this.can("receipt")) {
      this.send({ type: "update", target: this.network.target(current, this), object: { type: "receipt", id: last.id, state: "displayed" } }).catch(() => {});
    }
    this.change();
  }

  // watched tells whether a person sees the current conversation; the page sets it.
  watched = () => false;

  // keepDraft remembers what is half written, also over a reload.
  keepDraft(conversation, text) {
    conversation.draft = text;
    const drafts = { ...this.saved.drafts };
    if (text) drafts[conversation.key] = text.slice(0, 4000);
    else delete drafts[conversation.key];
    this.saved.keep({ drafts });
  }

  #restoreDraft(conversation) {
    conversation.draft ||= this.saved.drafts[conversation.key] ?? "";
  }

  #remember() {
    const rooms = this.rooms.filter((c) => c.kind === "room" && c.joined).map((c) => c.id);
    this.saved.keep({ signIn: { ...this.saved.signIn, rooms, ...(!this.network.ownIds && { nick: this.nick }) } });
  }

  send(activity) {
    return this.hub.send(this.network.platform, { actor: this.actor, ...activity });
  }

  #key(kind, id) {
    return `${kind} ${this.network.fold(id)}`;
  }

  conversation(kind, id, make = true) {
    const key = this.#key(kind, id);
    let conversation = this.conversations.get(key);
    if (!conversation && make) {
      conversation = new Conversation(key, kind, id, this.network.nameOf(id, this, kind));
      this.#restoreDraft(conversation);
      this.conversations.set(key, conversation);
      this.change();
    }
    return conversation;
  }

  isRoom(id) {
    return this.conversations.has(this.#key("room", id));
  }

  get serverTalk() {
    return this.conversation("server", this.server);
  }

  isMe(name, room) {
    return this.network.fold(name) === this.network.fold(room?.nick ?? this.nick);
  }

  // The hub changes more than once while it is offline: its text says why.
  #hubChanged() {
    const lost = this.hub.state !== "ready" && (this.#lost || (this.hub.state === "offline" && this.online));
    if (lost && !this.#lost) this.tell("The connection to Sockethub is lost.");
    this.#lost = lost;
  }

  // The server's session is a new one and everything was asked for again, but
  // who is in the rooms may have changed meanwhile.
  #returned() {
    if (!this.online) return;
    // The client signed in again as it did at first.
    if (!this.network.ownIds) this.renamed(this.nick, this.signedIn);
    this.tell("Connected to Sockethub again.");
    setTimeout(() => {
      this.#appear();
      for (const room of this.rooms) if (room.joined) this.attendance(room).catch(() => {});
    });
  }

  renamed(from, to) {
    const { fold } = this.network;
    if (!from || !to || from === to) return;
    if (this.isMe(from)) Object.assign(this, { nick: to, actor: this.network.actor(to, this.server) });
    const talk = this.conversations.get(this.#key("person", from));
    if (talk && !this.conversations.has(this.#key("person", to))) {
      this.conversations.delete(talk.key);
      Object.assign(talk, { key: this.#key("person", to), id: to, name: to });
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

  #concerns(activity) {
    const contexts = activity["@context"];
    return !Array.isArray(contexts) || contexts.some((url) => url.includes(`/platform/${this.network.platform}/`)) || activity.type === "error";
  }
}

function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

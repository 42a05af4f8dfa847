// Chat is what a person does on a network: signing in, entering rooms, saying
// something. What IRC and XMPP do otherwise is in irc.js and xmpp.js. It knows
// nothing of the page.
import { Conversation } from "./conversation.js";
import { Events } from "./events.js";
import { Talks } from "./talks.js";

const pauseAfter = 10_000; // without a key, in milliseconds

export class Chat extends Talks {
  arriving = false; // online, and about to join the rooms
  #lost = false; // it was told that Sockethub is gone, and it is not back yet

  constructor(hub, network) {
    super(network);
    this.hub = hub;
    const events = new Events(this);
    hub.addEventListener("message", ({ detail }) => this.#concerns(detail) && this.state !== "idle" && events.receive(detail));
    hub.addEventListener("ready", ({ detail }) => detail.reason === "reconnect" && this.#returned());
    hub.addEventListener("state", () => this.#hubChanged());
  }

  get online() {
    return this.state === "online" || this.state === "reconnecting";
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

  async join(text) {
    const id = this.network.roomId(text, this);
    if (this.conversation("room", id, false)?.joined) return this.select(this.conversation("room", id));
    const room = new Conversation(this.keyOf("room", id), "room", id, this.network.nameOf(id, this, "room"));
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
    this.restoreDraft(early);
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
    clearTimeout(conversation.pausing);
    conversation.chatState = "active"; // which the message says by itself
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

  // correct says something anew that was said already.
  async correct(conversation, message, text) {
    const object = { type: "message", id: randomId(), content: text, "xmpp:replace": { id: message.id } };
    await this.send({ type: "send", target: this.network.target(conversation, this), object });
    Object.assign(message, { text, edited: true });
    this.changed(conversation, message);
  }

  // typing tells the other one whether something is being written.
  typing(conversation, text) {
    if (conversation.kind !== "person" || !this.can("chat-state")) return;
    const writes = text !== "" && !text.startsWith("/");
    clearTimeout(conversation.pausing);
    if (writes) conversation.pausing = setTimeout(() => this.#chatState(conversation, "paused"), pauseAfter);
    this.#chatState(conversation, writes ? "composing" : "active");
  }

  #chatState(conversation, state) {
    if (conversation.chatState === state) return;
    conversation.chatState = state;
    this.send({ type: "update", target: this.network.target(conversation, this), object: { type: "chat-state", state } }).catch(() => {}); // it is of no use later
  }

  // react says the whole set of one's reactions to a message.
  async react(conversation, message, emoji) {
    const name = conversation.nick ?? this.nick;
    const old = message.reactions?.get(name) ?? [];
    const reactions = old.includes(emoji) ? old.filter((e) => e !== emoji) : [...old, emoji];
    await this.send({ type: "update", target: this.network.target(conversation, this), object: { type: "reaction", id: conversation.reference(message), reactions } });
    this.reacted(conversation, message, name, reactions);
  }

  // What the person does is answered; only others are told of it as an event.
  async setTopic(conversation, content) {
    await this.send({ type: "update", target: this.network.target(conversation, this), object: { type: "topic", content } });
    this.topic(conversation, conversation.nick ?? this.nick, content);
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

  // seen tells the other one that the last message was read.
  seen(conversation) {
    const last = conversation.messages.findLast((m) => !m.own && m.id);
    if (conversation.kind !== "person" || !last || !this.can("receipt")) return;
    this.send({ type: "update", target: this.network.target(conversation, this), object: { type: "receipt", id: last.id, state: "displayed" } }).catch(() => {});
  }

  #remember() {
    const rooms = this.rooms.filter((c) => c.kind === "room" && c.joined).map((c) => c.id);
    this.saved.keep({ signIn: { ...this.saved.signIn, rooms, ...(!this.network.ownIds && { nick: this.nick }) } });
  }

  send(activity) {
    return this.hub.send(this.network.platform, { actor: this.actor, ...activity });
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

  #concerns(activity) {
    const contexts = activity["@context"];
    return !Array.isArray(contexts) || contexts.some((url) => url.includes(`/platform/${this.network.platform}/`)) || activity.type === "error";
  }
}

function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Chat is what a person has going on with an IRC server: rooms, their members
// and topics, messages, and what was not read yet. It knows the platform "irc"
// and nothing of the page.
//
// Events: "change" with the conversation that changed (or none for all), and
// "message" with {conversation, message}.
const keptMessages = 500; // in each conversation, of what comes by itself
const mostMessages = 2000; // with what was asked for of earlier times

export class Chat extends EventTarget {
  state = "idle"; // idle, connecting, online, reconnecting
  conversations = new Map(); // by key
  current = null; // the conversation that is looked at

  constructor(hub) {
    super();
    this.hub = hub;
    hub.addEventListener("message", ({ detail }) => isIRC(detail) && this.state !== "idle" && this.#receive(detail));
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

  // connect signs in. say is told what is being done, for people.
  async connect({ server, port, secure, nick, username, password, rooms }, say) {
    this.server = server;
    this.nick = nick;
    this.signedIn = nick;
    this.actor = { id: `${nick}@${server}`, type: "person", name: nick };
    this.historyKept = JSON.stringify(this.hub.client.getPlatformSchema("irc") ?? {}).includes('"history"');
    this.conversations.clear();
    this.#change("connecting");
    try {
      say("Handing over the credentials…");
      const object = { type: "credentials", nick, server, port, secure };
      if (username) object.username = username;
      if (password) object.password = password;
      await this.hub.sendCredentials("irc", { actor: this.actor, object });
      say(`Connecting to ${server}…`);
      this.current = this.#conversation("server", server);
      await this.#send({ type: "connect" });
    } catch (error) {
      this.conversations.clear();
      this.current = null;
      this.#change("idle");
      throw error;
    }
    this.#change("online");
    this.#tell(`Connected to ${server} as ${nick}.`);
    for (const room of rooms) {
      say(`Joining ${room}…`);
      await this.join(room).catch((error) => this.#note(this.#conversation("server", server), `${room}: ${error.message}`, "bad"));
    }
  }

  async disconnect() {
    await this.#send({ type: "disconnect" }).finally(() => {
      this.conversations.clear();
      this.current = null;
      this.#change("idle");
    });
  }

  async join(name) {
    const room = /^[#&!+]/.test(name) ? name : `#${name}`;
    await this.#send({ type: "join", target: this.#room(room) });
    const conversation = this.#conversation("room", room);
    conversation.joined = true;
    conversation.members.set(fold(this.nick), { name: this.nick, role: "member" });
    this.select(conversation);
    this.attendance(conversation).catch(() => {}); // names come again with the next join
    if (this.historyKept) this.history(conversation).catch(() => (this.historyKept = false)); // few servers keep any
    return conversation;
  }

  async leave(conversation) {
    if (conversation.kind === "room" && conversation.joined) await this.#send({ type: "leave", target: this.#room(conversation.name) });
    this.conversations.delete(conversation.key);
    if (this.current === conversation) this.select(this.rooms.at(-1));
    this.#change();
  }

  // say sends a text. The message is shown at once, and marked when it failed.
  async say(conversation, text) {
    const action = /^\/me\s+/i.exec(text);
    const message = this.#add(conversation, { from: this.nick, own: true, kind: action ? "me" : "message", text: action ? text.slice(action[0].length) : text, pending: true });
    try {
      const answer = await this.#send({ type: "send", target: this.#target(conversation), object: { type: "message", content: text } });
      Object.assign(message, { id: answer?.object?.id, published: answer?.published });
    } catch (error) {
      message.failed = error;
    }
    message.pending = false;
    this.#changed(conversation);
  }

  // What the person does is answered; only others are told of it as an event.
  async setTopic(conversation, content) {
    await this.#send({ type: "update", target: this.#room(conversation.name), object: { type: "topic", content } });
    this.#topic({ actor: this.actor, target: this.#room(conversation.name), object: { content } });
  }

  async rename(nick) {
    await this.#send({ type: "update", target: { id: `${nick}@${this.server}`, type: "person", name: nick }, object: { type: "address" } });
    this.#renamed(this.nick, nick);
  }

  attendance(conversation) {
    return this.#send({ type: "query", target: this.#room(conversation.name), object: { type: "attendance" } });
  }

  // history asks for messages older than those that are here. They come before
  // the answer does, as messages do that were just said.
  async history(conversation) {
    if (conversation.asked) return;
    const before = conversation.messages.find((m) => m.published)?.published;
    conversation.asked = new Date();
    try {
      const answer = await this.#send({ type: "query", target: this.#target(conversation), object: { type: "history", limit: 50, ...(before && { before }) } });
      conversation.historyEnded = !answer?.object?.totalItems || conversation.messages.length >= mostMessages;
    } finally {
      conversation.asked = null;
      this.#changed(conversation);
    }
  }

  talkTo(name) {
    const conversation = this.#conversation("person", name);
    this.select(conversation);
    return conversation;
  }

  select(conversation) {
    this.leaveOff();
    this.current = conversation ?? null;
    this.read();
    this.#change();
  }

  // leaveOff notes that what was said up to now was seen: the next is new.
  leaveOff() {
    if (this.current) this.current.readUpTo = this.#number;
  }

  // read marks the conversation that is looked at as read.
  read() {
    if (!this.current || !this.current.unread) return;
    Object.assign(this.current, { unread: 0, mentioned: false });
    this.#change();
  }

  // watched tells whether a person sees the current conversation; the page sets it.
  watched = () => false;

  #send(activity) {
    return this.hub.send("irc", { actor: this.actor, ...activity });
  }

  #room(name) {
    return { id: `${this.server}/${name}`, type: "room", name };
  }

  #target({ kind, name }) {
    return kind === "room" ? this.#room(name) : { id: `${this.server}/${name}`, type: "person", name };
  }

  #conversation(kind, name) {
    const key = `${kind} ${fold(name)}`;
    let conversation = this.conversations.get(key);
    if (!conversation) {
      conversation = { key, kind, name, topic: "", members: new Map(), messages: [], unread: 0, readUpTo: 0, mentioned: false, joined: false, asked: null };
      this.conversations.set(key, conversation);
      this.#change();
    }
    return conversation;
  }

  // The server's session is a new one and everything was asked for again, but
  // who is in the rooms may have changed meanwhile.
  #lost = false; // it was told, and the hub is not back yet

  // The hub changes more than once while it is offline: its text says why.
  #hubChanged() {
    const lost = this.hub.state !== "ready" && (this.#lost || (this.hub.state === "offline" && this.online));
    if (lost && !this.#lost) this.#tell("The connection to Sockethub is lost.");
    this.#lost = lost;
  }

  #returned() {
    if (!this.online) return;
    // The client signed in again as it did at first.
    this.#renamed(this.nick, this.signedIn);
    this.#tell("Connected to Sockethub again.");
    setTimeout(() => {
      for (const room of this.rooms) if (room.joined) this.attendance(room).catch(() => {});
    });
  }

  #receive(activity) {
    const { type, object = {}, target = {} } = activity;
    if (activity.error !== undefined && type !== "connect") return this.#failed(activity);
    const act = { send: () => this.#said(activity), join: () => this.#joined(activity), leave: () => this.#left(activity), connect: () => this.#connection(activity), query: () => this.#attendance(activity) }[type];
    if (act) act();
    else if (type === "update" && object.type === "topic") this.#topic(activity);
    else if (type === "update" && object.type === "presence") this.#presence(activity);
    else if (type === "update" && object.type === "address") this.#renamed(nickOf(activity.actor), nickOf(target));
    else if (type === "add" || type === "remove") this.#role(type, activity);
    else if (type === "invite") this.#note(this.#server(), `${nickOf(activity.actor)} invites you to ${target.type === "room" ? target.name : object.name ?? "a room"}.`);
  }

  #said({ actor, target, object, published }) {
    const from = nickOf(actor);
    const own = this.#isMe(from);
    let conversation;
    if (actor.type === "service") conversation = this.#server();
    else if (target?.type === "room") conversation = this.#conversation("room", target.name);
    else conversation = this.#conversation("person", own ? nickOf(target) : from);
    this.#add(conversation, { from: actor.type === "service" ? this.server : from, own, kind: object.type === "me" ? "me" : "message", text: object.content ?? "", id: object.id, published });
  }

  #joined({ actor, target }) {
    const room = this.#conversation("room", target.name);
    const name = nickOf(actor);
    if (this.#isMe(name)) room.joined = true;
    else if (!room.members.has(fold(name))) this.#note(room, `${name} came in.`);
    room.members.set(fold(name), { name, role: "member" });
    this.#changed(room);
  }

  #left({ actor, target, object }) {
    const name = nickOf(actor);
    const reason = object?.content && !/^user has (left the channel|quit)$/.test(object.content) ? `: ${object.content}` : ".";
    const everywhere = target?.type !== "room";
    for (const room of this.rooms) {
      if (everywhere ? !room.members.has(fold(name)) : room !== this.conversations.get(`room ${fold(target.name)}`)) continue;
      room.members.delete(fold(name));
      if (this.#isMe(name)) {
        room.joined = false;
        room.members.clear();
        this.#note(room, `You are no longer in this room${reason}`, "bad");
      } else this.#note(room, `${name} ${everywhere ? "went away" : "left"}${reason}`);
      this.#changed(room);
    }
  }

  #topic({ actor, target, object }) {
    if (target?.type !== "room") return this.#note(this.#server(), object.content);
    const room = this.#conversation("room", target.name);
    if (room.topic === object.content) return;
    if (room.topicKnown) this.#note(room, `${nickOf(actor)} changed the topic: ${object.content}`);
    Object.assign(room, { topic: object.content, topicKnown: true });
    this.#changed(room);
  }

  #presence({ actor, target, object }) {
    if (target?.type !== "room") return;
    const room = this.#conversation("room", target.name);
    const name = nickOf(actor);
    const known = room.members.get(fold(name));
    room.members.set(fold(name), { name, role: object.role ?? known?.role ?? "member", away: object.presence ? object.presence === "away" : known?.away });
    this.#changed(room);
  }

  #attendance({ actor, object }) {
    if (actor?.type !== "room" || !Array.isArray(object?.members)) return;
    const room = this.#conversation("room", actor.name);
    room.members = new Map(object.members.map(({ name, role }) => [fold(name), { name, role: role ?? "member", away: room.members.get(fold(name))?.away }]));
    this.#changed(room);
  }

  #renamed(from, to) {
    if (!from || !to || from === to) return;
    if (this.#isMe(from)) {
      this.nick = to;
      this.actor = { id: `${to}@${this.server}`, type: "person", name: to };
    }
    const talk = this.conversations.get(`person ${fold(from)}`);
    if (talk && !this.conversations.has(`person ${fold(to)}`)) {
      this.conversations.delete(talk.key);
      Object.assign(talk, { key: `person ${fold(to)}`, name: to });
      this.conversations.set(talk.key, talk);
      this.#note(talk, `${from} is now called ${to}.`);
    }
    for (const room of this.rooms) {
      const member = room.members.get(fold(from));
      if (!member) continue;
      room.members.delete(fold(from));
      room.members.set(fold(to), { ...member, name: to });
      this.#note(room, `${from} is now called ${to}.`);
      this.#changed(room);
    }
    this.#change();
  }

  #role(type, { target, object }) {
    const room = object?.object?.name && this.#conversation("room", object.object.name);
    const member = room && room.members.get(fold(nickOf(target)));
    if (!member) return;
    member.role = type === "add" ? object.subject?.role ?? member.role : "member";
    this.#changed(room);
  }

  #connection({ object, error }) {
    const status = object?.status;
    if (status === "online") this.#change("online");
    else if (status === "reconnecting") this.#change("reconnecting");
    this.#tell(error ?? (status === "online" ? `Connected to ${this.server} again.` : "The connection to the IRC server changed."), status === "online" ? "" : "bad");
  }

  // What failed without anybody waiting for it, and the end of the worker.
  #failed({ type, target, error }) {
    const room = target?.type === "room" && this.conversations.get(`room ${fold(target.name ?? "")}`);
    this.#note(room || this.#server(), error, "bad");
    if (type === "error") for (const c of this.rooms) if (c.joined) this.#note(c, error, "bad");
  }

  #server() {
    return this.#conversation("server", this.server);
  }

  #isMe(name) {
    return fold(name) === fold(this.nick);
  }

  #tell(text, kind) {
    for (const conversation of this.rooms) this.#note(conversation, text, kind);
  }

  #note(conversation, text, tone = "") {
    this.#add(conversation, { kind: "note", text, tone });
  }

  #number = 0;
  #add(conversation, message) {
    const { messages, asked } = conversation;
    if (messages.some((m) => isSame(m, message))) return message;
    message.time = message.published ? new Date(message.published) : new Date();
    if (asked && message.time < asked) return this.#addEarlier(messages, message);
    message.number = ++this.#number;
    messages.push(message);
    if (messages.length > (conversation.historyEnded === undefined ? keptMessages : mostMessages)) messages.shift();
    const counts = message.kind !== "note" && !message.own;
    if (counts && !(conversation === this.current && this.watched())) {
      conversation.unread++;
      conversation.mentioned ||= conversation.kind === "person" || this.#mentions(message.text);
    }
    this.dispatchEvent(new CustomEvent("message", { detail: { conversation, message } }));
    if (counts) this.#change();
    return message;
  }

  // What was asked for of earlier times goes where it belongs and is not new.
  // It is shown once all of it is there.
  #addEarlier(messages, message) {
    message.number = 0;
    const at = messages.findIndex((m) => m.time > message.time);
    messages.splice(at < 0 ? messages.length : at, 0, message);
    return message;
  }

  #mentions(text) {
    return fold(text).split(/[^\p{L}\p{N}_\-[\]\\^{}|`]+/u).includes(fold(this.nick));
  }

  #changed(conversation) {
    this.dispatchEvent(new CustomEvent("change", { detail: conversation }));
  }

  #change(state = this.state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("change", { detail: null }));
  }
}

// isSame tells a message that is here from one that came again with the history.
function isSame(a, b) {
  if (a.id || b.id) return a.id === b.id;
  return !!a.published && a.published === b.published && a.from === b.from && a.text === b.text;
}

function isIRC(activity) {
  const contexts = activity["@context"];
  return !Array.isArray(contexts) || contexts.some((url) => url.includes("/platform/irc/")) || activity.type === "error";
}

function nickOf(actor) {
  return actor?.name ?? (actor?.id ?? "").replace(/@.*$/, "").replace(/^.*\//, "");
}

// fold is how IRC compares names (RFC 2812, section 2.2).
export function fold(name) {
  return (name ?? "").toLowerCase().replaceAll("[", "{").replaceAll("]", "}").replaceAll("\\", "|").replaceAll("~", "^");
}

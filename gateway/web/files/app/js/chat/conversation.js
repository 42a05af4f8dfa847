// Conversation is a room, a person or the server: what was said there, who is
// there, and what the person at the screen has half written.
//
// A message is {kind, from, own, text, time, number} with what the network knows
// of it: id, stanzaId (the archive's), published, inReplyTo, attachment, state
// ("received" or "displayed"), reactions (Map of name to list), edited, retracted;
// and pending or failed while it is our own and not said yet.
const keptMessages = 500; // of what comes by itself
const mostMessages = 2000; // with what was asked for of earlier times

export class Conversation {
  topic = "";
  members = new Map(); // {name, role, away} by folded name
  messages = [];
  unread = 0;
  readUpTo = 0; // the number of the last message that was seen
  mentioned = false;
  joined = false;
  draft = "";
  replyTo = null; // the message that the draft answers
  changing = null; // the message that the draft takes the place of
  writing = new Set(); // names of those who write just now
  chatState = "active"; // that the other one was told last
  asked = null; // when earlier messages were asked for
  historyEnded; // undefined until they were
  #page = {}; // the last message of earlier times, and of which question
  before; // where the next page of them ends

  constructor(key, kind, id, name) {
    Object.assign(this, { key, kind, id, name });
  }

  // put adds a message where it belongs and returns it; or, if it is here
  // already, completes that one and returns null.
  put(message, number) {
    message.time = message.published ? new Date(message.published) : new Date();
    const earlier = this.asked && message.time < this.asked && !message.pending;
    const known = this.messages.find((m) => isSame(m, message));
    if (known) {
      for (const name of ["id", "stanzaId", "published"]) known[name] ??= message[name];
      if (message.own) known.pending = false;
      if (earlier) this.#follow(known);
      return null;
    }
    message.number = earlier ? 0 : number; // what was asked for of earlier times is not new
    this.messages.push(message);
    if (earlier) this.#follow(message);
    else if (this.messages.length > (this.historyEnded === undefined ? keptMessages : mostMessages)) this.messages.shift();
    return message;
  }

  // follow puts a message of earlier times behind the one that came before it, as
  // times are to the second on many servers; the first of a page goes before all
  // that is not older, unless it goes on where the last one ends.
  #follow(message) {
    const { messages } = this;
    const was = messages.indexOf(message);
    const first = this.#page.asked !== this.asked;
    const last = this.#page.asked === this.asked ? messages.indexOf(this.#page.last) : -1;
    this.#page = { asked: this.asked, last: message };
    if (first && was > 0 && was === messages.length - 1 && messages[was - 1].time <= message.time) return;
    if (last >= 0 && was > last && was < messages.length - 1) return;
    messages.splice(was, 1);
    const from = last < 0 || messages[last - (was < last)]?.time > message.time ? 0 : last + (was > last);
    const at = messages.findIndex((m, i) => i >= from && m.time >= message.time);
    messages.splice(at < 0 ? messages.length : at, 0, message);
  }

  get isFull() {
    return this.messages.length >= mostMessages;
  }

  find(id) {
    return id ? this.messages.findLast((m) => m.id === id || m.stanzaId === id) : undefined;
  }

  // reference is how others are told which message is meant: in a room by the id
  // that the room gave, which is the same for all.
  reference(message) {
    return (this.kind === "room" && message.stanzaId) || message.id;
  }

  // last is what one said last, if it can be said anew.
  get last() {
    return this.messages.findLast((m) => m.own && m.kind === "message" && m.id && !m.pending && !m.failed && !m.retracted);
  }

  // oldest is the first message of which the network knows when it was said.
  get oldest() {
    return this.messages.find((m) => m.published)?.published;
  }
}

// isSame tells a message that is here from one that came again with the history.
function isSame(a, b) {
  if (a.kind === "note" || b.kind === "note") return false;
  if (a.stanzaId && b.stanzaId) return a.stanzaId === b.stanzaId;
  if (a.id || b.id) return a.id === b.id && a.from === b.from;
  return !!a.published && a.published === b.published && a.from === b.from && a.text === b.text;
}

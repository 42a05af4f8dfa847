// Where one writes: a text of several lines, the draft of each room, what was
// sent before, and nicks that complete themselves.
import { h } from "../dom.js";
import { names, run } from "../chat/commands.js";

export class Composer {
  #sent = []; // what was sent before, the latest last
  #at = 0; // where ArrowUp is in it
  #completion = null; // {start, words, next} while Tab goes through them

  constructor(chat, attempt) {
    Object.assign(this, { chat, attempt });
    this.input = h("textarea", { name: "text", rows: "1", autocomplete: "off", "aria-label": "Message", enterkeyhint: "send", maxlength: "4000", "aria-describedby": "how-to-write", oninput: () => this.typed(), onkeydown: (event) => this.key(event) });
    this.reply = h("p", { class: "replying", hidden: true });
    this.root = h(
      "form",
      { class: "composer", onsubmit: (event) => (event.preventDefault(), this.submit()) },
      this.reply,
      this.input,
      h("span", { class: "spoken", id: "how-to-write" }, "Enter sends, Shift and Enter begins a line, Tab completes a name, the arrow up brings back what you sent, /help lists commands."),
      h("button", {}, "Send"),
    );
  }

  // show is for the conversation that is looked at now.
  show(conversation) {
    this.root.hidden = !conversation;
    if (!conversation || this.conversation === conversation) return this.showReply();
    this.conversation = conversation;
    this.set(conversation.draft);
    conversation.changing = null; // the draft alone was kept
    this.input.placeholder = conversation.kind === "server" ? "A command, as /join" : `Message to ${conversation.name}`;
    this.showReply();
  }

  focus() {
    this.input.focus();
  }

  replyTo(message) {
    this.conversation.replyTo = message;
    this.showReply();
    this.focus();
  }

  // change lets a message be said anew; without one, what was half written is dropped.
  change(message) {
    Object.assign(this.conversation, { changing: message, replyTo: null });
    this.set(message ? message.text : "");
    this.chat.keepDraft(this.conversation, "");
    this.showReply();
    this.focus();
  }

  showReply() {
    const { replyTo, changing } = this.conversation ?? {};
    const message = changing ?? replyTo;
    this.reply.hidden = !message;
    if (!message) return;
    this.reply.replaceChildren(
      h("span", {}, changing ? `Change: ${message.text.slice(0, 80)}` : `Reply to ${message.from}: ${message.text.slice(0, 80)}`),
      h("button", { type: "button", class: "quiet small", onclick: () => (changing ? this.change(null) : this.replyTo(null)) }, changing ? "Cancel the change" : "Cancel the reply"),
    );
  }

  set(text) {
    this.input.value = text;
    this.fit();
  }

  fit() {
    this.input.rows = Math.min(6, this.input.value.split("\n").length);
  }

  typed() {
    this.#completion = null;
    this.#at = this.#sent.length;
    this.fit();
    if (!this.conversation) return;
    if (!this.conversation.changing) this.chat.keepDraft(this.conversation, this.input.value);
    this.chat.typing(this.conversation, this.input.value);
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.root.requestSubmit();
    } else if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey && !event.altKey && this.complete()) event.preventDefault();
    else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && this.recall(event.key === "ArrowUp" ? -1 : 1)) event.preventDefault();
    else if (event.key === "Escape" && this.conversation?.changing) this.change(null);
    else if (event.key === "Escape" && this.conversation?.replyTo) this.replyTo(null);
  }

  // recall brings back what was sent before, from the first and the last line.
  recall(step) {
    const { value, selectionStart } = this.input;
    const edge = step < 0 ? !value.slice(0, selectionStart).includes("\n") : !value.slice(selectionStart).includes("\n");
    const at = this.#at + step;
    if (!edge || at < 0 || at > this.#sent.length) return false;
    this.#at = at;
    this.set(this.#sent[at] ?? "");
    this.chat.keepDraft(this.conversation, this.input.value);
    return true;
  }

  // complete puts the next name that fits in the place of what was begun. Where
  // nothing was begun Tab goes on, as it does everywhere.
  complete() {
    const { value, selectionStart: end } = this.input;
    if (!this.#completion) {
      const begun = /\S+$/.exec(value.slice(0, end))?.[0];
      if (!begun) return false;
      const { fold } = this.chat.network;
      const start = end - begun.length;
      const members = [...this.conversation.members.values()].map((m) => m.name);
      const rooms = this.chat.rooms.filter((c) => c.kind !== "server").map((c) => c.name);
      const fits = (list, mark) => list.filter((word) => fold(word).startsWith(fold(begun))).map((word) => word + mark);
      const found = begun.startsWith("/") && start === 0 ? fits(names.map((n) => `/${n}`), " ") : [...fits(members, start === 0 ? ": " : " "), ...fits(rooms, " ")];
      if (!found.length) return false;
      this.#completion = { start, end, words: [...new Set(found)], next: 0 };
    }
    const completion = this.#completion;
    const word = completion.words[completion.next++ % completion.words.length];
    this.input.setRangeText(word, completion.start, completion.end, "end");
    completion.end = completion.start + word.length;
    this.chat.keepDraft(this.conversation, this.input.value);
    return true;
  }

  submit() {
    const { chat, conversation } = this;
    const text = this.input.value.replace(/\s+$/, "");
    if (!text.trim()) return;
    const { changing } = conversation;
    if (changing) {
      this.change(null);
      return this.attempt(() => chat.correct(conversation, changing, text)).then((done) => done || (this.conversation === conversation && !this.input.value && (this.change(changing), this.set(text))));
    }
    const command = /^\/([a-z]+)(?:\s+(.*))?$/is.exec(text);
    this.#sent.push(text);
    this.#at = this.#sent.length;
    this.set("");
    chat.keepDraft(conversation, "");
    if (!command || command[1].toLowerCase() === "me") {
      if (conversation.kind === "server") return this.attempt(() => Promise.reject(new Error("nobody reads what is said here: go to a room, or type /help")));
      const inReplyTo = conversation.replyTo ? conversation.reference(conversation.replyTo) : undefined;
      this.replyTo(null);
      return chat.say(conversation, text.startsWith("//") ? text.slice(1) : text, { inReplyTo });
    }
    this.attempt(() => run(chat, command[1].toLowerCase(), command[2] ?? "")).then((done) => {
      if (!done && this.conversation === conversation && !this.input.value) this.set(text);
    });
  }
}

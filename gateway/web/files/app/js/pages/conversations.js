// The chat program once it is connected: rooms at the left, what is said in the
// middle, members at the right.
import { h, notice, spoken } from "../dom.js";
import { clock, day, explain, linked, plural } from "../words.js";

const roles = { owner: ["@", "operator"], admin: ["%", "helper"], participant: ["+", "voiced"], member: ["", ""] };
const order = ["owner", "admin", "participant", "member"];

export class Conversations {
  constructor(chat) {
    this.chat = chat;
    this.rooms = h("ul", { class: "rooms-list" });
    this.name = h("h2", {});
    this.topic = h("p", { class: "topic" });
    this.lines = h("ol", {});
    this.log = h("div", { class: "log", role: "log", "aria-label": "Messages", tabindex: "0" }, this.lines);
    this.members = h("ul", { class: "members-list" });
    this.count = h("summary", {});
    this.state = notice();
    this.input = h("input", { name: "text", autocomplete: "off", "aria-label": "Message", enterkeyhint: "send", maxlength: "4000" });
    this.sendButton = h("button", {}, "Send");
    this.composer = h("form", { class: "composer", onsubmit: (event) => this.submit(event) }, this.input, this.sendButton);
    this.leaveButton = h("button", { type: "button", class: "quiet small", onclick: () => this.attempt(() => chat.leave(chat.current)) }, "Leave");
    this.topicButton = h("button", { type: "button", class: "quiet small", onclick: () => this.editTopic() }, "Topic");
    this.earlier = h("button", { type: "button", class: "quiet small", onclick: () => this.attempt(() => chat.history(chat.current)) }, "Earlier messages");
    this.root = h(
      "div",
      { class: "chat" },
      h(
        "nav",
        { class: "rooms", "aria-label": "Conversations" },
        this.rooms,
        this.joinForm(),
        h("button", { type: "button", class: "quiet small", onclick: () => this.attempt(() => chat.disconnect()) }, "Disconnect"),
      ),
      h(
        "section",
        { class: "talk", "aria-label": "Conversation" },
        h("header", {}, h("div", {}, this.name, this.topic), h("p", { class: "row" }, this.earlier, this.topicButton, this.leaveButton)),
        this.log,
        this.state.box,
        this.composer,
      ),
      (this.people = h("details", { class: "members", open: matchMedia("(min-width: 48rem)").matches }, this.count, this.members)),
    );
    this.onChange = ({ detail }) => (detail ? detail === chat.current && this.showConversation() : this.showAll());
    this.onMessage = ({ detail }) => detail.conversation === chat.current && this.append(detail.message);
    this.onSight = () => chat.watched() && chat.read();
    chat.addEventListener("change", this.onChange);
    chat.addEventListener("message", this.onMessage);
    document.addEventListener("visibilitychange", this.onSight);
    chat.watched = () => document.visibilityState === "visible" && this.root.isConnected;
    this.showAll();
  }

  end() {
    this.chat.removeEventListener("change", this.onChange);
    this.chat.removeEventListener("message", this.onMessage);
    document.removeEventListener("visibilitychange", this.onSight);
    this.chat.watched = () => false;
    if (this.chat.current) this.chat.current.readUpTo = this.chat.current.messages.at(-1)?.number ?? 0;
  }

  focus() {
    this.onSight();
    this.input.focus();
  }

  joinForm() {
    const room = h("input", { name: "room", placeholder: "#room", "aria-label": "Room to join", autocapitalize: "off", autocomplete: "off", spellcheck: "false", required: true });
    return h(
      "form",
      { class: "join", onsubmit: (event) => {
        event.preventDefault();
        this.attempt(async () => {
          await this.chat.join(room.value.trim());
          room.value = "";
          this.input.focus();
        });
      } },
      room,
      h("button", { class: "small" }, "Join"),
    );
  }

  // attempt does something and says below the messages why it failed.
  async attempt(work) {
    this.state.hide();
    try {
      await work();
    } catch (error) {
      this.state.show("bad", ...explain(error));
    }
  }

  showAll() {
    const { chat } = this;
    if (!chat.online) return;
    const focused = this.rooms.contains(document.activeElement) && document.activeElement.dataset.key;
    this.rooms.replaceChildren(
      ...chat.rooms.map((c) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: `room ${c.kind}`, "data-key": c.key, "aria-current": c === chat.current ? "true" : false, onclick: () => (chat.select(c), this.input.focus()) },
            h("span", { class: "room-name" }, c.name),
            c.unread > 0 && h("span", { class: c.mentioned ? "count mentioned" : "count" }, String(c.unread)),
            c.unread > 0 && spoken(c.mentioned ? " unread, you are mentioned" : " unread"),
          ),
        ),
      ),
    );
    if (focused) [...this.rooms.querySelectorAll("button")].find((b) => b.dataset.key === focused)?.focus();
    this.showConversation();
  }

  showConversation() {
    const { current } = this.chat;
    const room = current?.kind === "room";
    this.root.classList.toggle("with-members", room);
    this.people.hidden = !room;
    this.name.textContent = current?.name ?? "";
    this.topic.replaceChildren(...(current?.topic ? linked(current.topic) : []));
    this.topicButton.hidden = !room;
    this.leaveButton.hidden = !current || current.kind === "server";
    this.leaveButton.textContent = room ? "Leave" : "Close";
    this.earlier.hidden = !room || !this.chat.historyKept || current.historyEnded !== false;
    this.composer.hidden = !current || current.kind === "server";
    this.input.placeholder = current ? `Message to ${current.name}` : "";
    this.showMembers(current);
    this.showLog(current);
  }

  showMembers(conversation) {
    const members = [...(conversation?.members.values() ?? [])].sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role) || a.name.localeCompare(b.name));
    this.count.textContent = plural(members.length, "member");
    this.members.replaceChildren(
      ...members.map(({ name, role, away }) =>
        h(
          "li",
          { class: away ? "away" : false },
          h("button", { type: "button", class: "member", onclick: () => this.chat.talkTo(name) }, h("span", { class: "role", "aria-hidden": "true" }, roles[role]?.[0] ?? ""), name, roles[role]?.[1] && spoken(`, ${roles[role][1]}`), away && spoken(", away")),
        ),
      ),
    );
  }

  showLog(conversation) {
    const lines = [];
    let date = "";
    let divided = false;
    for (const message of conversation?.messages ?? []) {
      if (day(message.time) !== date) {
        if (date) lines.push(h("li", { class: "divider" }, day(message.time)));
        date = day(message.time);
      }
      if (!divided && conversation.readUpTo && message.number > conversation.readUpTo && !message.own && message.kind !== "note") {
        divided = true;
        if (lines.length) lines.push(h("li", { class: "divider new" }, "New"));
      }
      lines.push(this.line(message));
    }
    this.lines.replaceChildren(...(lines.length ? lines : [h("li", { class: "empty" }, "Nothing was said yet.")]));
    this.toEnd();
  }

  append(message) {
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    this.log.querySelector(".empty")?.remove();
    this.lines.append(this.line(message));
    if (atEnd || message.own) this.toEnd();
  }

  line({ kind, from, text, time, own, tone, pending, failed }) {
    const stamp = h("time", { datetime: time.toISOString(), title: time.toLocaleString() }, clock(time).slice(0, 5));
    if (kind === "note") return h("li", { class: `note ${tone}` }, stamp, h("span", {}, text));
    return h(
      "li",
      { class: ["said", own && "own", pending && "pending", failed && "bad"].filter(Boolean).join(" ") },
      stamp,
      h("span", { class: "from" }, kind === "me" ? "* " : "", from),
      h("span", { class: "text" }, ...linked(text.replace(/[\x02\x0f\x11\x16\x1d-\x1f]|\x03(\d{1,2}(,\d{1,2})?)?/g, ""))),
      failed && h("span", { class: "why" }, "Not sent: ", failed.message),
    );
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  editTopic() {
    const room = this.chat.current;
    const input = h("input", { value: room.topic, "aria-label": "Topic", autocomplete: "off" });
    const form = h(
      "form",
      { class: "composer", onsubmit: (event) => {
        event.preventDefault();
        this.attempt(() => this.chat.setTopic(room, input.value).finally(() => this.showConversation()));
      } },
      input,
      h("button", { class: "small" }, "Set"),
      h("button", { type: "button", class: "quiet small", onclick: () => (this.showConversation(), this.topicButton.focus()) }, "Cancel"),
    );
    this.topic.replaceChildren(form);
    input.focus();
    input.select();
  }

  submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    const command = /^\/([a-z]+)\s*(.*)$/i.exec(text);
    this.input.value = "";
    if (!command || command[1].toLowerCase() === "me") {
      this.state.hide();
      return this.chat.say(this.chat.current, text);
    }
    this.attempt(() => this.run(command[1].toLowerCase(), command[2])).then(() => {
      if (!this.state.box.hidden) this.input.value = text;
    });
  }

  run(command, rest) {
    const { chat } = this;
    switch (command) {
      case "join":
        return chat.join(rest);
      case "part":
      case "leave":
        return chat.leave(chat.current);
      case "nick":
        return chat.rename(rest);
      case "topic":
        return chat.setTopic(chat.current, rest);
      case "msg": {
        const [, name, said] = /^(\S+)\s*(.*)$/.exec(rest) ?? [];
        if (!name) throw new Error("/msg needs a nick");
        const person = chat.talkTo(name);
        return said ? chat.say(person, said) : undefined;
      }
    }
    throw new Error(`/${command} is not known here: there are /me, /join, /leave, /nick, /topic and /msg`);
  }
}

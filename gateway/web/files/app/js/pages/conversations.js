// The chat program once it is connected: rooms at the left, what is said in the
// middle, members at the right.
import { h, notice, renew, spoken } from "../dom.js";
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
    this.elements = new WeakMap(); // by message: its line and what divides it from those before
    this.nothing = h("li", { class: "empty" }, "Nothing was said yet.");
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
    this.onMessage = ({ detail }) => detail.conversation === chat.current && this.showLog(chat.current);
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
    this.chat.leaveOff();
  }

  // focus puts the cursor where one writes, once there is a room to write to.
  focus() {
    this.onSight();
    this.input.focus();
    this.awaitsFocus = this.composer.hidden;
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
    this.state.wait("Waiting for the IRC server…");
    try {
      await work();
      this.state.hide();
    } catch (error) {
      this.state.show("bad", ...explain(error));
    }
  }

  showAll() {
    const { chat } = this;
    if (!chat.online) return;
    renew(
      this.rooms,
      chat.rooms.map((c) =>
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
    this.showConversation();
  }

  showConversation() {
    const { current } = this.chat;
    const room = current?.kind === "room";
    this.root.classList.toggle("with-members", room);
    this.people.hidden = !room;
    this.name.textContent = current?.name ?? "";
    // What somebody else does must not take away a topic that is being typed.
    if (this.editing !== current) this.showTopic(current);
    this.topicButton.hidden = !room;
    this.leaveButton.hidden = !current || current.kind === "server";
    this.leaveButton.textContent = room ? "Leave" : "Close";
    this.earlier.hidden = !room || !this.chat.historyKept || current.historyEnded !== false;
    this.composer.hidden = !current || current.kind === "server";
    if (this.awaitsFocus && !this.composer.hidden) {
      this.awaitsFocus = false;
      if (document.activeElement === document.body) this.input.focus();
    }
    this.input.placeholder = current ? `Message to ${current.name}` : "";
    this.showMembers(current);
    this.showLog(current);
  }

  showTopic(conversation) {
    this.editing = null;
    this.topic.replaceChildren(...(conversation?.topic ? linked(conversation.topic) : []));
  }

  showMembers(conversation) {
    const members = [...(conversation?.members.values() ?? [])].sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role) || a.name.localeCompare(b.name));
    this.count.textContent = plural(members.length, "member");
    renew(
      this.members,
      members.map(({ name, role, away }) =>
        h(
          "li",
          { class: away ? "away" : false },
          h("button", { type: "button", class: "member", "data-key": name, onclick: () => this.chat.talkTo(name) }, h("span", { class: "role", "aria-hidden": "true" }, roles[role]?.[0] ?? ""), name, roles[role]?.[1] && spoken(`, ${roles[role][1]}`), away && spoken(", away")),
        ),
      ),
    );
  }

  // showLog leaves lines that are there in their place: a screen reader reads
  // aloud what is put into a log, and must not hear all of it again when
  // somebody comes in.
  showLog(conversation) {
    const lines = [];
    let date = "";
    let divided = false;
    for (const message of conversation?.messages ?? []) {
      if (day(message.time) !== date) {
        if (date) lines.push(this.made(message, "day", () => h("li", { class: "divider" }, day(message.time))));
        date = day(message.time);
      }
      if (!divided && conversation.readUpTo && message.number > conversation.readUpTo && !message.own && message.kind !== "note") {
        divided = true;
        if (lines.length) lines.push(this.made(message, "new", () => h("li", { class: "divider new" }, "New")));
      }
      lines.push(this.made(message, message.pending ? "pending" : "said", () => this.line(message)));
    }
    if (!lines.length) lines.push(this.nothing);

    const { log } = this;
    const follow = this.logged !== conversation || log.scrollHeight - log.scrollTop - log.clientHeight < 80 || conversation?.messages.at(-1)?.pending;
    const first = [...this.lines.children].find((line) => line.offsetTop + line.offsetHeight > log.offsetTop + log.scrollTop);
    const was = first?.offsetTop;
    this.logged = conversation;
    arrange(this.lines, lines);
    // Who reads what was said earlier goes on where they are, also when what
    // was said still earlier is put above it.
    if (follow) log.scrollTop = log.scrollHeight;
    else if (first?.isConnected) log.scrollTop += first.offsetTop - was;
  }

  // made is the element that was made for a message before, or a new one.
  made(message, part, make) {
    const parts = this.elements.get(message) ?? {};
    this.elements.set(message, parts);
    return (parts[part] ??= make());
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

  editTopic() {
    const room = (this.editing = this.chat.current);
    const leave = () => {
      this.showTopic(this.chat.current);
      this.topicButton.focus();
    };
    const input = h("input", { value: room.topic, "aria-label": "Topic", autocomplete: "off" });
    const form = h(
      "form",
      { class: "composer", onsubmit: (event) => {
        event.preventDefault();
        this.attempt(() => this.chat.setTopic(room, input.value).then(leave));
      } },
      input,
      h("button", { class: "small" }, "Set"),
      h("button", { type: "button", class: "quiet small", onclick: leave }, "Cancel"),
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

// arrange makes nodes the children of an element and touches none that is in
// its place.
function arrange(element, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...element.children]) if (!wanted.has(child)) child.remove();
  let at = element.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else element.insertBefore(node, at);
  }
}

// The chat program once it is connected: rooms at the left, what is said in the
// middle, members at the right.
import { h, notice, renew, spoken } from "../dom.js";
import { day, explain, linked, plural } from "../words.js";
import { Composer } from "./composer.js";
import { fill } from "./line.js";

const roles = { owner: ["@", "operator"], admin: ["%", "helper"], participant: ["+", "voiced"], member: ["", ""] };
const order = ["owner", "admin", "participant", "member"];

export class Conversations {
  constructor(chat) {
    this.chat = chat;
    this.rooms = h("ul", { class: "rooms-list" });
    this.name = h("h2", {});
    this.address = h("p", { class: "topic" });
    this.topic = h("p", { class: "topic" });
    this.lines = h("ol", {});
    this.elements = new WeakMap(); // by message: its line and what divides it from those before
    this.nothing = h("li", { class: "empty" }, "Nothing was said yet.");
    this.log = h("div", { class: "log", role: "log", "aria-label": "Messages", tabindex: "0" }, this.lines);
    this.members = h("ul", { class: "members-list" });
    this.count = h("summary", {});
    this.state = notice();
    this.composer = new Composer(chat, (work) => this.attempt(work));
    this.writing = h("p", { class: "writing", hidden: true });
    this.below = h("button", { type: "button", class: "small below", hidden: true, onclick: () => this.toEnd() }, "New messages below");
    this.contacts = h("div", { class: "contacts" });
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
        this.contacts,
        this.joinForm(),
        h("button", { type: "button", class: "quiet small", onclick: () => this.attempt(() => chat.disconnect()) }, "Disconnect"),
      ),
      h(
        "section",
        { class: "talk", "aria-label": "Conversation" },
        h("header", {}, h("div", {}, this.name, this.address, this.topic), h("p", { class: "row" }, this.earlier, this.topicButton, this.leaveButton)),
        h("div", { class: "log-box" }, this.log, this.below),
        this.writing,
        this.state.box,
        this.composer.root,
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
    this.log.addEventListener("scroll", () => this.scrolled());
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
    this.composer.focus();
    this.awaitsFocus = this.composer.root.hidden;
  }

  joinForm() {
    const withContacts = this.chat.can("roster");
    const wanted = withContacts ? "Room to join, or contact to add" : "Room to join";
    const room = h("input", { name: "room", placeholder: withContacts ? "address" : "#room", "aria-label": wanted, autocapitalize: "off", autocomplete: "off", spellcheck: "false", required: true });
    return h(
      "form",
      { class: "join", onsubmit: (event) => {
        event.preventDefault();
        const add = event.submitter?.value === "contact";
        this.attempt(async () => {
          if (add) await this.chat.befriend(room.value.trim());
          else await this.chat.join(room.value.trim());
          room.value = "";
          if (!add) this.composer.focus();
        });
      } },
      room,
      h("button", { class: "small" }, "Join"),
      withContacts && h("button", { class: "quiet small", value: "contact" }, "Add contact"),
    );
  }

  // attempt does something, says below the messages why it failed, and reports
  // whether it did not.
  async attempt(work) {
    this.state.wait(`Waiting for the ${this.chat.network.server}…`);
    try {
      await work();
      this.state.hide();
      return true;
    } catch (error) {
      this.state.show("bad", ...explain(error));
      return false;
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
            { type: "button", class: `room ${c.kind}`, "data-key": c.key, "aria-current": c === chat.current ? "true" : false, onclick: () => (chat.select(c), this.composer.focus()) },
            h("span", { class: "room-name" }, c.name),
            c.unread > 0 && h("span", { class: c.mentioned ? "count mentioned" : "count" }, String(c.unread)),
            c.unread > 0 && spoken(c.mentioned ? " unread, you are mentioned" : " unread"),
          ),
        ),
      ),
    );
    this.showContacts();
    this.showConversation();
  }

  // showContacts lists those with whom there is no talk yet, and who asks to be one.
  showContacts() {
    const { chat } = this;
    const contacts = [...chat.contacts.values()].sort((a, b) => a.id.localeCompare(b.id));
    this.contacts.hidden = !contacts.length;
    renew(
      this.contacts,
      h("h2", {}, "Contacts"),
      h("ul", {}, contacts.map(({ id, name, presence, asks }) => h(
        "li",
        {},
        h("button", { type: "button", class: "room contact", "data-key": `contact ${id}`, onclick: () => (chat.talkTo(id), this.composer.focus()) }, h("span", { class: `presence ${presence}`, "aria-hidden": "true" }), h("span", { class: "room-name" }, name ?? id), spoken(`, ${presence}`)),
        asks && h("p", { class: "row" }, h("button", { type: "button", class: "small", "aria-label": `Accept ${id}`, onclick: () => this.attempt(() => chat.befriend(id)) }, "Accept"), h("button", { type: "button", class: "quiet small", "aria-label": `Refuse ${id}`, onclick: () => this.attempt(() => chat.befriend(id, false)) }, "Refuse")),
      ))),
    );
  }

  showConversation() {
    const { current } = this.chat;
    const room = current?.kind === "room";
    this.root.classList.toggle("with-members", room);
    this.people.hidden = !room;
    this.name.textContent = current?.name ?? "";
    this.address.textContent = current && current.id !== current.name ? current.id : "";
    // What somebody else does must not take away a topic that is being typed.
    if (this.editing !== current) this.showTopic(current);
    this.topicButton.hidden = !room;
    this.leaveButton.hidden = !current || current.kind === "server";
    this.leaveButton.textContent = room ? "Leave" : "Close";
    this.earlier.hidden = !this.hasEarlier;
    const names = [...(current?.writing ?? [])];
    this.writing.hidden = !names.length;
    this.writing.textContent = `${names.join(", ")} ${names.length > 1 ? "are" : "is"} writing…`;
    this.composer.show(this.chat.arriving && current?.kind === "server" ? null : current);
    if (this.awaitsFocus && !this.composer.root.hidden) {
      this.awaitsFocus = false;
      if (document.activeElement === document.body) this.composer.focus();
    }
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
          h("button", { type: "button", class: "member", "data-key": name, onclick: () => (this.chat.talkToMember(conversation, name), this.composer.focus()) }, h("span", { class: "role", "aria-hidden": "true" }, roles[role]?.[0] ?? ""), name, roles[role]?.[1] && spoken(`, ${roles[role][1]}`), away && spoken(", away")),
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
      lines.push(this.line(message));
    }
    if (!lines.length) lines.push(this.nothing);

    const { log } = this;
    const newest = conversation?.messages.at(-1)?.number ?? 0;
    const follow = this.logged !== conversation || this.atEnd || (conversation?.messages.at(-1)?.pending && newest > this.newest);
    const first = [...this.lines.children].find((line) => line.offsetTop + line.offsetHeight > log.offsetTop + log.scrollTop);
    const was = first?.offsetTop;
    this.logged = conversation;
    arrange(this.lines, lines);
    // Who reads what was said earlier goes on where they are, also when what
    // was said still earlier is put above it.
    if (follow) log.scrollTop = log.scrollHeight;
    else if (first?.isConnected) log.scrollTop += first.offsetTop - was;
    if (follow) this.below.hidden = true;
    else if (newest > this.newest) this.below.hidden = false;
    this.newest = newest;
  }

  // made is the element that was made for a message before, or a new one.
  made(message, part, make) {
    const parts = this.elements.get(message) ?? {};
    this.elements.set(message, parts);
    return (parts[part] ??= make());
  }

  // line is the element of a message, made anew where it has changed.
  line(message) {
    const element = this.made(message, "said", () => h("li"));
    const version = message.version ?? 0;
    if (element.version === version) return element;
    element.version = version;
    const { chat, composer } = this;
    return fill(element, message, { chat, composer, conversation: chat.current, attempt: (work) => this.attempt(work) });
  }

  get atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  get hasEarlier() {
    const { current, historyKept } = this.chat;
    return !!historyKept && !!current && current.kind !== "server" && current.historyEnded === false;
  }

  // scrolled fetches what was said earlier once one is at the top.
  scrolled() {
    if (this.atEnd) this.below.hidden = true;
    const { current } = this.chat;
    if (this.log.scrollTop < 40 && !this.atEnd && this.hasEarlier && !current.asked) this.attempt(() => this.chat.history(current));
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.composer.focus();
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

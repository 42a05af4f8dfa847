// The platform "irc" as a chat program.
import { Chat } from "../chat.js";
import { busy, field, h, notice } from "../dom.js";
import { explain } from "../words.js";
import { Conversations } from "./conversations.js";

let chat = null; // lives on while other pages are shown

export default {
  name: "chat",
  path: "/irc",
  platform: "irc",
  title: "Chat",
  about: "Sign in to an IRC network, join rooms and talk.",

  listen(hub) {
    chat = new Chat(hub);
    chat.addEventListener("change", () => dispatchEvent(new Event("unread")));
  },

  unread: () => chat?.unread ?? 0,

  show(root) {
    let shown = null;
    const update = () => {
      const wanted = chat.online ? "conversations" : "sign-in";
      if (shown?.name === wanted) return;
      shown?.end?.();
      shown = wanted === "conversations" ? conversations(root) : signIn(root);
    };
    chat.addEventListener("change", update);
    update();
    return () => {
      chat.removeEventListener("change", update);
      shown?.end?.();
    };
  },
};

function conversations(root) {
  const view = new Conversations(chat);
  root.replaceChildren(h("h1", { class: "spoken" }, "Chat"), view.root);
  view.focus();
  return { name: "conversations", end: () => view.end() };
}

// What was typed is kept for the next attempt, but for the password.
const remembered = { server: "irc.libera.chat", port: "6697", secure: true, nick: `guest${Math.floor(1000 + Math.random() * 9000)}`, rooms: "#sockethub", username: "" };

function signIn(root) {
  const input = (name, more = {}) => h("input", { name, value: remembered[name] ?? "", autocapitalize: "off", spellcheck: "false", autocomplete: "off", ...more });
  const server = input("server", { required: true });
  const port = input("port", { inputmode: "numeric", pattern: "[0-9]{1,5}", required: true });
  const secure = h("input", { type: "checkbox", id: "secure" });
  secure.checked = remembered.secure;
  const nick = input("nick", { required: true, pattern: "[^\\s,:@!#]+" });
  const rooms = input("rooms");
  const username = input("username", { autocomplete: "username" });
  const password = h("input", { type: "password", name: "password", autocomplete: "current-password" });
  const state = notice();

  // The usual port follows the choice of encryption.
  secure.addEventListener("change", () => {
    if (port.value === "6697" || port.value === "6667") port.value = secure.checked ? "6697" : "6667";
  });

  const connect = async () => {
    for (const control of [server, port, nick, rooms, username]) remembered[control.name] = control.value.trim();
    remembered.secure = secure.checked;
    state.show("wait", h("p", {}, "Starting…"));
    try {
      await chat.connect(
        { ...remembered, port: Number(port.value), password: password.value, rooms: rooms.value.split(/[\s,]+/).filter(Boolean) },
        (text) => state.show("wait", h("p", {}, text)),
      );
    } catch (error) {
      state.show("bad", ...explain(error));
    }
  };
  const form = h(
    "form",
    { class: "panel", onsubmit: (event) => {
      event.preventDefault();
      busy(form, connect);
    } },
    h("div", { class: "columns" }, field("Server", server), field("Port", port)),
    h("p", { class: "check" }, secure, h("label", { for: "secure" }, "Encrypted (TLS)")),
    h("div", { class: "columns even" }, field("Nick", nick), field("Rooms", rooms, "Separated by blanks")),
    h(
      "details",
      {},
      h("summary", {}, "I have an account there"),
      h("div", { class: "columns even" }, field("Account", username, "If it is not the nick"), field("Password", password)),
    ),
    h("p", { class: "row" }, h("button", { "data-needs-server": true }, "Connect")),
    state.box,
  );
  root.replaceChildren(h("h1", {}, "Chat"), h("p", { class: "lead" }, "The server holds the connection to the IRC network and gives this page its messages."), form);
  return { name: "sign-in" };
}

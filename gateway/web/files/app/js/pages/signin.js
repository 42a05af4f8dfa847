// What is asked of who signs in: for each network the fields, and what is read
// from them. Nothing of it is kept but by the tab, and no password at all.
import { field, h } from "../dom.js";

const guest = `guest${Math.floor(1000 + Math.random() * 9000)}`;
const words = (text) => text.split(/[\s,]+/).filter(Boolean);

export function ircForm(saved) {
  const value = { server: "irc.libera.chat", port: "6697", secure: true, nick: guest, username: "", ...saved, rooms: (saved.rooms ?? ["#sockethub"]).join(" ") };
  const input = inputs(value);
  const server = input("server", { required: true });
  const port = input("port", { inputmode: "numeric", pattern: "[0-9]{1,5}", required: true });
  const secure = h("input", { type: "checkbox", id: "secure" });
  secure.checked = value.secure;
  const nick = input("nick", { required: true, pattern: "[^\\s,:@!#]+" });
  const rooms = input("rooms");
  const username = input("username", { autocomplete: "username" });
  const password = h("input", { type: "password", name: "password", autocomplete: "current-password" });
  // The usual port follows the choice of encryption.
  secure.addEventListener("change", () => {
    if (port.value === "6697" || port.value === "6667") port.value = secure.checked ? "6697" : "6667";
  });
  return {
    fields: [
      h("div", { class: "columns" }, field("Server", server), field("Port", port)),
      h("p", { class: "check" }, secure, h("label", { for: "secure" }, "Encrypted (TLS)")),
      h("div", { class: "columns even" }, field("Nick", nick), field("Rooms", rooms, "Separated by blanks")),
      h(
        "details",
        {},
        h("summary", {}, "I have an account there"),
        h("div", { class: "columns even" }, field("Account", username, "If it is not the nick"), field("Password", password)),
      ),
    ],
    read: () => ({ server: server.value.trim(), port: port.value.trim(), secure: secure.checked, nick: nick.value.trim(), username: username.value.trim(), password: password.value, rooms: words(rooms.value) }),
    hint: ({ secure, port }) => secure && `If port ${port} is one without encryption, nothing will come: switch off “Encrypted (TLS)” or take the other port, mostly 6697.`,
  };
}

export function xmppForm(saved) {
  const value = { address: "", server: "", nick: "", ...saved, rooms: (saved.rooms ?? []).join(" ") };
  const input = inputs(value);
  const address = input("address", { required: true, pattern: "[^\\s@\\/]+@[^\\s@\\/]+", placeholder: "name@example.org", autocomplete: "username" });
  const password = h("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
  const rooms = input("rooms");
  const nick = input("nick");
  const server = input("server");
  const resource = saved.resource ?? `web-${Math.random().toString(36).slice(2, 8)}`;
  return {
    fields: [
      h("div", { class: "columns even" }, field("Address", address), field("Password", password)),
      h("div", { class: "columns even" }, field("Rooms", rooms, "Their addresses, separated by blanks"), field("Nick in rooms", nick, "If it is not your name")),
      h("details", {}, h("summary", {}, "The server is elsewhere"), field("Server", server, "Host or xmpp://host:port, if the address does not lead there")),
    ],
    read: () => ({ address: address.value.trim(), password: password.value, rooms: words(rooms.value), nick: nick.value.trim(), server: server.value.trim(), resource }),
    hint: () => "The server may be slow, or elsewhere than its name says.",
  };
}

function inputs(value) {
  return (name, more = {}) => h("input", { name, value: value[name] ?? "", autocapitalize: "off", spellcheck: "false", autocomplete: "off", ...more });
}

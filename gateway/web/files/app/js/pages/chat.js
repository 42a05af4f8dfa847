// A network as a chat program: one page for each of them, from the same parts.
import { Chat } from "../chat/chat.js";
import { irc } from "../chat/irc.js";
import { xmpp } from "../chat/xmpp.js";
import { busy, h, notice } from "../dom.js";
import { explain } from "../words.js";
import { Conversations } from "./conversations.js";
import { documents } from "./documents.js";
import { ircForm, xmppForm } from "./signin.js";

const patience = 3000; // after which a person is told what may be wrong

export const chats = [pageOf(irc, ircForm), pageOf(xmpp, xmppForm)];

function pageOf(network, formOf) {
  let chat = null; // lives on while other pages are shown
  return {
    name: "chat",
    path: network.path,
    platform: network.platform,
    title: network.title,
    about: network.about,
    unread: () => chat?.unread ?? 0,

    listen(hub) {
      chat = new Chat(hub, network);
      chat.addEventListener("change", () => dispatchEvent(new Event("unread")));
      addEventListener("beforeunload", (event) => chat.online && event.preventDefault());
      hub.addEventListener("ready", () => again(chat), { once: true });
    },

    show(root) {
      let shown = null;
      const update = () => {
        const wanted = chat.online ? "conversations" : "sign-in";
        if (shown?.name === wanted) return;
        shown?.end?.();
        shown = wanted === "conversations" ? conversations(root, chat) : signIn(root, chat, formOf);
      };
      chat.addEventListener("change", update);
      update();
      return () => {
        chat.removeEventListener("change", update);
        shown?.end?.();
      };
    },
  };
}

// again signs in as before a reload, where no password is needed for it. The
// nick may still belong to the connection before, for a moment.
async function again(chat) {
  const { signIn } = chat.saved;
  if (!signIn?.again || !chat.hub.has(chat.network.platform)) return;
  chat.resuming = "Connecting as before…";
  for (let tries = 0; tries < 4 && chat.state === "idle"; tries++) {
    try {
      return await chat.connect(signIn, (text) => dispatchEvent(new CustomEvent("resuming", { detail: text })));
    } catch (error) {
      if (!/nick/.test(error.message)) return dispatchEvent(new CustomEvent("resuming", { detail: error }));
      await new Promise((done) => setTimeout(done, 1000));
    } finally {
      chat.resuming = "";
    }
  }
}

function conversations(root, chat) {
  const view = new Conversations(chat);
  root.replaceChildren(h("h1", { class: "spoken" }, chat.network.title), view.root);
  view.focus();
  return { name: "conversations", end: () => view.end() };
}

function signIn(root, chat, formOf) {
  const state = notice();
  const { fields, read, hint } = formOf(chat.saved.signIn ?? {});
  const say = (text) => state.show("wait", h("p", {}, text));
  const connect = async () => {
    const wanted = read();
    const { password, ...rest } = wanted;
    chat.saved.keep({ signIn: { ...rest, again: false } });
    say("Starting…");
    const slow = setTimeout(() => chat.state === "connecting" && hint(wanted) && state.show("wait", h("p", {}, `Still no answer from ${wanted.server}.`), h("p", { class: "hint" }, hint(wanted))), patience);
    try {
      await chat.connect(wanted, say);
    } catch (error) {
      state.show("bad", ...explain(error, wanted));
    } finally {
      clearTimeout(slow);
    }
  };
  const form = h(
    "form",
    { class: "panel", onsubmit: (event) => {
      event.preventDefault();
      busy(form, connect);
    } },
    fields,
    h("p", { class: "row" }, h("button", { "data-needs-server": true }, "Connect")),
    state.box,
  );
  const heard = ({ detail }) => (detail instanceof Error ? state.show("bad", ...explain(detail)) : say(detail));
  addEventListener("resuming", heard);
  if (chat.resuming) say(chat.resuming);
  root.replaceChildren(h("h1", {}, chat.network.title), h("p", { class: "lead" }, `The server holds the connection to ${chat.network.title} and gives this page its messages.`), form, documents(chat.network.platform));
  return { name: "sign-in", end: () => removeEventListener("resuming", heard) };
}

// One message as a line of the log.
import { h, spoken } from "../dom.js";
import { clock, link, linked } from "../words.js";

const emojis = ["👍", "❤️", "😀", "🎉", "😮"];
const codes = /[\x02\x0f\x11\x16\x1d-\x1f]|\x03(\d{1,2}(,\d{1,2})?)?/g; // colours and such, of IRC

// fill makes or renews the line of a message.
export function fill(line, message, { chat, conversation, composer, attempt }) {
  const { kind, from, text, time, own, tone, pending, failed } = message;
  const stamp = h("time", { datetime: time.toISOString(), title: time.toLocaleString() }, clock(time).slice(0, 5));
  if (kind === "note") {
    line.className = `note ${tone}`;
    line.replaceChildren(stamp, h("span", {}, text));
    return line;
  }
  line.className = ["said", own && "own", pending && "pending", failed && "bad"].filter(Boolean).join(" ");
  const words = message.retracted ? [h("em", {}, "taken back")] : linked(text.replace(codes, ""));
  const parts = [
    stamp,
    h("span", { class: "from" }, kind === "me" ? "* " : "", from),
    h("span", { class: "text" }, ...words),
  ];
  if (message.inReplyTo) parts.splice(2, 0, quoted(message, conversation));
  for (const picture of pictures(message)) parts.push(h("span", { class: "more" }, shown(picture)));
  if (message.edited) parts[parts.length - 1].append(h("small", {}, " (changed)"));
  if (message.state) parts.push(h("small", { class: "more receipt" }, message.state === "displayed" ? "Read" : "Received"));
  if (failed) parts.push(h("span", { class: "why" }, "Not sent: ", failed.message, " ", h("button", { type: "button", class: "quiet small", onclick: () => chat.again(conversation, message) }, "Send again")));
  if (message.reactions?.size) parts.push(reactions(message, conversation, chat, attempt));
  const menu = !pending && !failed && !message.retracted && conversation.reference(message) && actions(message, { chat, conversation, composer, attempt });
  if (menu) parts.push(menu);
  const focused = line.contains(document.activeElement) && document.activeElement.dataset.do;
  line.replaceChildren(...parts);
  if (focused) line.querySelector(`[data-do="${focused}"]`)?.focus({ preventScroll: true });
  return line;
}

function quoted(message, conversation) {
  const original = conversation.find(message.inReplyTo);
  return h("span", { class: "more quoted" }, spoken("in reply to "), original ? `${original.from}: ${original.text.slice(0, 120)}` : "an earlier message");
}

// reactions are buttons: to press one joins in, or takes the own one back.
function reactions(message, conversation, chat, attempt) {
  const counts = new Map();
  for (const [name, list] of message.reactions) for (const emoji of list) counts.set(emoji, [...(counts.get(emoji) ?? []), name]);
  const me = conversation.nick ?? chat.nick;
  return h(
    "span",
    { class: "more reactions" },
    [...counts].map(([emoji, names]) =>
      h("button", { type: "button", class: "quiet small", "data-do": emoji, "aria-pressed": String(names.includes(me)), title: names.join(", "), onclick: () => attempt(() => chat.react(conversation, message, emoji)) }, `${emoji} ${names.length}`, spoken(` from ${names.join(", ")}`)),
    ),
  );
}

// actions are behind one button, which shows what one can do with a message.
function actions(message, { chat, conversation, composer, attempt }) {
  const choices = h("span", { class: "choices", hidden: true });
  const toggle = h("button", { type: "button", class: "quiet small toggle", "data-do": "actions", "aria-expanded": "false", "aria-label": `Answer ${message.from}: ${message.text.slice(0, 40)}`, onclick: () => open(choices.hidden) }, "⋯");
  const open = (yes) => {
    choices.hidden = !yes;
    toggle.setAttribute("aria-expanded", String(yes));
    if (!yes || choices.childElementCount) return;
    choices.append(h("button", { type: "button", class: "quiet small", onclick: () => (open(false), composer.replyTo(message)) }, "Reply"));
    if (chat.network.ownIds && message === conversation.last) choices.append(h("button", { type: "button", class: "quiet small", onclick: () => (open(false), composer.change(message)) }, "Change"));
    if (chat.can("reaction")) choices.append(...emojis.map((emoji) => h("button", { type: "button", class: "quiet small", "aria-label": `React with ${emoji}`, onclick: () => (open(false), toggle.focus(), attempt(() => chat.react(conversation, message, emoji))) }, emoji)));
  };
  return h("span", { class: "actions" }, toggle, choices);
}

// pictures are the addresses in a message that look like one.
function pictures({ text, attachment }) {
  const attached = (attachment ?? []).map(({ href, name, mediaType }) => ({ href, name: name || href, picture: /^image\//.test(mediaType ?? "") || isPicture(href) }));
  const named = (text.match(/https?:\/\/[^\s<>"]+/g) ?? []).filter(isPicture).map((href) => ({ href, name: href, picture: true }));
  return [...attached.filter((a) => !text.includes(a.href) || a.picture), ...named.filter((n) => !attached.some((a) => a.href === n.href))];
}

function isPicture(href) {
  return /\.(png|jpe?g|gif|webp|avif)([?#]|$)/i.test(href);
}

// shown is a picture behind a click: nobody elsewhere learns who reads a message.
function shown({ href, name, picture }) {
  if (!picture) return link(href, name);
  return pictureButton(href, name);
}

// pictureButton is replaced by the picture, which keeps the focus.
export function pictureButton(href, name, label = "Show the picture") {
  if (!/^https?:\/\//.test(href)) return "";
  const place = h("span", { tabindex: "-1" }, h("button", { type: "button", class: "quiet small" }, label));
  place.firstChild.addEventListener("click", () => {
    const image = h("img", { src: href, alt: name, class: "shown", referrerpolicy: "no-referrer" });
    image.addEventListener("error", () => place.replaceChildren(h("small", {}, "The picture could not be loaded.")));
    place.replaceChildren(image);
    place.focus({ preventScroll: true });
  });
  return place;
}

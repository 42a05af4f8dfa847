import { whois } from "./whois.js";

// What can be typed behind a slash, and what it does in the current conversation.
const commands = {
  me: ["TEXT", "say what you do"],
  join: ["ROOM", "enter a room", (chat, rest) => chat.join(need(rest, "/join needs a room"))],
  leave: ["", "leave this room, or close this talk", (chat) => chat.leave(chat.current)],
  query: ["NAME", "talk to somebody alone", (chat, rest) => void talk(chat, need(rest, "/query needs a name"))],
  msg: ["NAME TEXT", "send somebody a private message", (chat, rest) => message(chat, rest)],
  nick: ["NAME", "take another nick", (chat, rest) => chat.rename(need(rest, "/nick needs a name"))],
  topic: ["TEXT", "say what this room is about", (chat, rest) => chat.setTopic(room(chat), rest)],
  away: ["TEXT", "say that you are away; without a text, that you are back", (chat, rest) => away(chat, rest)],
  whois: ["NAME", "show what is known of somebody", (chat, rest) => whois(chat, need(rest, "/whois needs a name"))],
  kick: ["NAME REASON", "remove somebody from this room", (chat, rest) => kick(chat, rest)],
  quit: ["", "disconnect", (chat) => chat.disconnect()],
  help: ["", "show this list", (chat) => help(chat)],
};
const others = { part: "leave", close: "leave", disconnect: "quit", whowas: "whois" };

// run does a command; it throws what is wrong with it, in words.
export async function run(chat, name, rest) {
  const command = commands[others[name] ?? name];
  if (!command?.[2]) throw new Error(`/${name} is not known here: /help lists what is`);
  return command[2](chat, rest.trim());
}

export const names = Object.keys(commands);

function need(rest, complaint) {
  const first = rest.split(/\s+/)[0];
  if (!first) throw new Error(complaint);
  return first;
}

function room(chat) {
  if (chat.current?.kind !== "room") throw new Error("this is not a room");
  return chat.current;
}

function talk(chat, name) {
  return chat.current?.kind === "room" && chat.current.members.has(chat.network.fold(name)) ? chat.talkToMember(chat.current, name) : chat.talkTo(name);
}

function message(chat, rest) {
  const [, name, said] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  const person = talk(chat, need(name ?? "", "/msg needs a name"));
  return said ? chat.say(person, said) : undefined;
}

async function away(chat, text) {
  await chat.away(text);
  chat.note(chat.current, text ? `You are away: ${text}` : "You are back.");
}

function kick(chat, rest) {
  room(chat);
  const name = need(rest, "/kick needs a name");
  return chat.kick(name, rest.slice(name.length).trim());
}

function help(chat) {
  const lines = Object.entries(commands).map(([name, [takes, what]]) => `/${name}${takes && ` ${takes}`}: ${what}`);
  chat.note(chat.current, lines.join("\n"), "help");
}

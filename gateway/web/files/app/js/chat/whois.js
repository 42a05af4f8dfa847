// What is known of somebody, in words: what the network tells, and what was seen
// in the room.
import { duration } from "../words.js";

export async function whois(chat, name) {
  const place = chat.current ?? chat.serverTalk;
  const member = chat.current?.members.get(chat.network.fold(name));
  const seen = [member?.role && `role ${member.role}`, member?.address, member?.account && `account ${member.account}`, member?.away && "away"].filter(Boolean);
  let told = [];
  if (chat.can("profile")) {
    try {
      const { object } = (await chat.send({ type: "query", target: chat.network.person(name, chat), object: { type: "profile" } })) ?? {};
      told = facts(object ?? {}).filter((fact) => fact !== name && !seen.includes(fact));
    } catch (error) {
      if (!seen.length) told = [error.message];
    }
  }
  const known = [...seen, ...told].join(", ");
  chat.note(place, known ? `${name}: ${known}` : `Nothing is known of ${name}.`);
}

function facts({ name, nickname, summary, url, username, host, account, server, operator, secure, presence, content, idleSeconds, rooms }) {
  return [
    name,
    nickname !== name && nickname,
    summary,
    url,
    host && `from ${username}@${host}`,
    account && `account ${account}`,
    server && `on ${server}`,
    operator && "an operator of the network",
    secure && "connected by TLS",
    presence === "away" && (content ? `away: ${content}` : "away"),
    rooms?.length && `in ${rooms.map((room) => room.name).join(" ")}`,
    idleSeconds > 0 && `silent for ${duration(idleSeconds)}`,
  ].filter(Boolean);
}

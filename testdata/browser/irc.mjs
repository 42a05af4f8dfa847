// A small IRC server that keeps what is said (draft/chathistory), which none of
// the servers in Debian does, or one with accounts (sasl) that takes every
// password. It knows what the chat page makes the platform say.
import { createServer } from "node:net";

const common = "batch server-time message-tags echo-message";
export const history = `${common} draft/chathistory`;
export const accounts = `${common} sasl`;

export class IRCServer {
  rooms = new Map(); // name to {members: Map of nick to socket, said: [{id, time, from, text}]}
  commands = []; // those for history, as they came
  #batches = 0;
  #ids = 0;

  constructor(caps) {
    this.caps = caps;
  }

  async start() {
    this.server = createServer((socket) => this.#serve(socket));
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.port = this.server.address().port;
    return this;
  }

  // remember has a room know of something that was said at a time.
  remember(name, from, text, time) {
    const message = { id: `m${++this.#ids}`, time: time.toISOString(), from, text };
    this.#room(name).said.push(message);
    return message;
  }

  #room(name) {
    if (!this.rooms.has(name)) this.rooms.set(name, { members: new Map(), said: [] });
    return this.rooms.get(name);
  }

  #serve(socket) {
    let rest = "";
    const me = { nick: "*", socket, send: (line) => socket.write(line + "\r\n") };
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const lines = (rest + bytes).split("\r\n");
      rest = lines.pop();
      for (const line of lines) this.#do(me, line.replace(/^@\S+ /, ""));
    });
    socket.on("close", () => this.rooms.forEach((room) => room.members.delete(me.nick)));
  }

  #do(me, line) {
    const [head, ...text] = line.split(" :");
    const [command, ...params] = [...head.split(" "), ...(text.length ? [text.join(" :")] : [])];
    const reply = (number, ...rest) => me.send(`:history.test ${number} ${me.nick} ${rest.join(" ")}`);
    const act = {
      CAP: () => {
        if (params[0] === "LS") me.send(`:history.test CAP * LS :${this.caps}`);
        else if (params[0] === "REQ") me.send(`:history.test CAP ${me.nick} ACK :${params[1]}`);
        else if (params[0] === "END") {
          reply("001", `:Welcome ${me.nick}`);
          reply("005", "CHATHISTORY=50 CHANTYPES=#", ":are supported");
          reply("422", ":No message of the day");
        }
      },
      AUTHENTICATE: () => {
        if (params[0] === "PLAIN") return me.send("AUTHENTICATE +");
        reply("900", `${me.nick}!~u@h`, me.nick, ":You are logged in");
        reply("903", ":Authentication successful");
      },
      NICK: () => (me.nick = params[0]),
      PING: () => me.send(`:history.test PONG history.test :${params[0]}`),
      JOIN: () => {
        const room = this.#room(params[0]);
        room.members.set(me.nick, me);
        for (const member of room.members.values()) member.send(`:${me.nick}!~u@h JOIN ${params[0]}`);
        this.#names(reply, params[0]);
      },
      NAMES: () => this.#names(reply, params[0]),
      PRIVMSG: () => {
        const message = this.remember(params[0], me.nick, params[1], new Date());
        for (const member of this.#room(params[0]).members.values()) member.send(said(message, params[0]));
      },
      CHATHISTORY: () => this.#history(me, params),
      QUIT: () => me.socket.end(),
    }[command];
    if (act) act();
  }

  #names(reply, name) {
    reply("353", "=", name, `:${[...this.#room(name).members.keys()].join(" ")}`);
    reply("366", name, ":End of names");
  }

  //	CHATHISTORY LATEST #deck * 50
  //	CHATHISTORY BEFORE #deck timestamp=2024-01-02T03:04:05.678Z 50
  #history(me, [which, name, point, limit]) {
    this.commands.push(`${which} ${point}`);
    let list = this.#room(name).said;
    if (which === "BEFORE") list = list.filter((m) => `timestamp=${m.time}` < point);
    const batch = `h${++this.#batches}`;
    me.send(`:history.test BATCH +${batch} chathistory ${name}`);
    for (const message of list.slice(-Number(limit))) me.send(said(message, name, `batch=${batch};`));
    me.send(`:history.test BATCH -${batch}`);
  }
}

function said({ id, time, from, text }, room, tags = "") {
  return `@${tags}time=${time};msgid=${id} :${from}!~u@h PRIVMSG ${room} :${text}`;
}

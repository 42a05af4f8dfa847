// What a program in TypeScript may and may not write: it is compiled, never run.
import { io } from "socket.io-client";
import SockethubClient, { type Activity, type irc, type Platform, type ReadyInfo, SockethubError } from "./sockethub-client";

const sc = new SockethubClient(io("http://localhost:10550", { path: "/sockethub" }), { initTimeoutMs: 1000, ackTimeoutMs: 500 });

export async function use(): Promise<string> {
  const info: ReadyInfo = await sc.ready(2000);
  const reason: "initial-connect" | "reconnect" | "schemas-update" = info.reason;
  const context: [string, string, string] = sc.contextFor("dummy");
  const activity: Activity = { "@context": context, type: "echo", actor: "me", object: { type: "message", content: "hello" } };
  try {
    const answer = await sc.send(activity, { timeoutMs: 100 });
    await sc.sendCredentials({ ...activity, object: { type: "credentials" } });
    if (typeof answer.actor === "object") return answer.actor.id ?? reason;
  } catch (error) {
    if (error instanceof SockethubError) return `${error.code}: ${error.activity?.error ?? error.message}`;
    if (error instanceof SockethubClient.SockethubError) return error.code;
  }
  const [first]: Platform[] = sc.getRegisteredPlatforms();
  const schema: object | undefined = sc.getPlatformSchema("dummy", "credentials");
  const fault: string = sc.validateActivity(activity);
  return [first?.id, schema ? "" : "none", fault, sc.getInitState(), sc.getRegisteredBaseContexts().as, sc.socket.id].join();
}

// Answers of platforms have their types.
export async function platforms(): Promise<string> {
  const feed = await sc.send({ "@context": sc.contextFor("feeds"), type: "fetch", actor: { id: "http://localhost:10550/feed.xml", type: "feed" }, object: { limit: 2 } });
  const title: string | undefined = feed.items[0]?.object.title;
  const page = await sc.send({ "@context": sc.contextFor("metadata"), type: "fetch", actor: { id: "https://example.org/", type: "website" } });
  const picture: string | undefined = page.object.image?.[0]?.url;
  const me = { id: "mara@irc.example.org", type: "person", name: "mara" } as const;
  await sc.sendCredentials({ "@context": sc.contextFor("irc"), type: "credentials", actor: me, object: { type: "credentials", nick: "mara", server: "irc.example.org", secure: true } });
  const joined: irc.JoinAnswer = await sc.send({ "@context": sc.contextFor("irc"), type: "join", actor: me, target: { id: "irc.example.org/#deck", type: "room" } });
  const weather = await sc.send({ "@context": sc.contextFor("weather"), type: "forecast", actor: "me" });
  const found = await sc.send({ "@context": sc.contextFor("caldav"), type: "query", actor: "ann", target: { id: "https://dav.example.org/ann/work/", type: "calendar" }, object: { type: "event", limit: 2 } });
  const begins = found.type === "collection" && found.items[0]?.type === "event" ? found.items[0].startTime : found.next;
  const { object: known } = await sc.send({ "@context": sc.contextFor("irc"), type: "query", actor: "mara@irc.example", target: { id: "otto@irc.example", type: "person", name: "otto" }, object: { type: "profile" } });
  const rooms = known.type === "profile" ? known.rooms?.map((room) => room.name) : [];
  return [title, picture, joined.type, weather.type, begins, rooms].join();
}

sc.debug = false;
sc.socket.on("ready", ({ platforms, state }) => console.log(state, platforms.map((p) => p.types.join()).join()));
sc.socket.on("init_error", ({ error, phase, retrying }) => console.log(error, phase === "timeout", retrying));
sc.socket.on("client_error", ({ event, error }) => console.log(event.length, error.length));
sc.socket.once("message", (m) => console.log(m.type?.length, m["@context"]?.length));
sc.socket.on("disconnect", (why, details) => console.log(why.length, details));
sc.socket.on("error", ({ summary }) => console.log(summary.length)).off("error");
sc.socket.emit("message", { type: "echo" }, (answer) => console.log(answer.error, answer.code));
sc.socket.emit("schemas");
console.log(sc.socket.connected, sc.socket.listenerCount("ready"), sc.events.join.get("x")?.type, sc.isReady(), sc.isSchemasReady());
void sc.waitForSchemas(10).then(({ version }) => version.length);
const classic = new globalThis.SockethubClient(io());
classic.debug = true;
sc.clearCredentials();
sc.close();

// @ts-expect-error: a client needs a socket
new SockethubClient();
// @ts-expect-error: no such option
new SockethubClient(io(), { timeout: 1 });
// @ts-expect-error: no such event
sc.socket.on("readdy", () => {});
// @ts-expect-error: ready() tells more than a text
sc.socket.on("ready", (info: string) => info);
// @ts-expect-error: only two kinds of schemas
sc.getPlatformSchema("dummy", "responses");
// @ts-expect-error: the socket is made by the client
sc.socket = io();
// @ts-expect-error: a limit is a number
void sc.send({ "@context": sc.contextFor("feeds"), type: "fetch", actor: { id: "https://example.org/feed.xml", type: "feed" }, object: { limit: "2" } });
// @ts-expect-error: feeds have no such type
void sc.send({ "@context": sc.contextFor("feeds"), type: "join", actor: "me" });
// @ts-expect-error: an article has no such member
void sc.send({ "@context": sc.contextFor("feeds"), type: "fetch", actor: "https://example.org/feed.xml" }).then((feed) => feed.items[0]?.object.headline);
// @ts-expect-error: an activity is an object
void sc.send("hello");

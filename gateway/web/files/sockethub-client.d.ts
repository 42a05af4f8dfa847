/** An ActivityStreams message. Names of actors, targets and objects may stand for objects. */
export interface Activity {
  "@context"?: string[];
  id?: string;
  type?: string;
  actor?: string | Entity;
  target?: string | Entity;
  object?: string | Record<string, unknown>;
  published?: string;
  error?: string;
  code?: string;
  [member: string]: unknown;
}

export interface Entity {
  id?: string;
  type?: string;
  name?: string;
  [member: string]: unknown;
}

declare const platformOf: unique symbol;

/** What contextFor returns: it lets send know which platform's messages to expect. */
export type Context<P extends string> = [string, string, string] & { readonly [platformOf]: P };

type Exchanges = { [P in keyof PlatformMessages]: PlatformMessages[P][keyof PlatformMessages[P]] }[keyof PlatformMessages];

/** A message to one of the platforms below. */
export type Message = Exclude<Exchanges, { message: { type: "credentials" } }>["message"];
/** Credentials for one of them. */
export type Credentials = Extract<Exchanges, { message: { type: "credentials" } }>["message"];
/** What a message is answered with. */
export type AnswerTo<M> = Exchanges extends infer E ? (E extends { message: infer Q; answer: infer A } ? (M extends Q ? A : never) : never) : never;

/** A message whose platform is not known to the compiler. */
export type Other = Activity & { "@context"?: string[] & { readonly [platformOf]?: never } };

export interface Contexts {
  as: string;
  sockethub: string;
}

export interface PlatformInfo {
  id: string;
  version: string;
  contextUrl: string;
  contextVersion: string;
  schemaVersion: string;
  types: string[];
}

export interface Platform extends PlatformInfo {
  schemas: { credentials?: object; messages?: object; responses?: object };
}

export interface PublishedRegistry {
  version: string;
  contexts: Contexts;
  platforms: Platform[];
}

export interface ReadyInfo {
  state: "ready";
  reason: "initial-connect" | "reconnect" | "schemas-update";
  sockethubVersion: string;
  contexts: Contexts;
  platforms: PlatformInfo[];
}

export type InitState = "idle" | "initializing" | "ready" | "init_error" | "closed";

export interface Options {
  /** Wait for the registry, and default of ready(); 5000. */
  initTimeoutMs?: number;
  /** Events that may wait for the registry; 1000. */
  maxQueuedOutbound?: number;
  /** Age above which a waiting event is refused; 30000. */
  maxQueuedAgeMs?: number;
  /** Characters of JSON that may wait; 4 MiB. */
  maxQueuedBytes?: number;
  /** Time for an answer; 0 (the default): as long as the server lets it. */
  ackTimeoutMs?: number;
}

export interface Events {
  connect: [];
  disconnect: [reason: string, details?: unknown];
  connect_error: [error: Error];
  schemas: [registry: PublishedRegistry];
  ready: [info: ReadyInfo];
  init_error: [failure: { error: string; phase: "timeout" | "schemas-request" | "schemas-apply"; retrying: boolean }];
  client_error: [failure: { event: string; error: string }];
  message: [activity: Activity];
  error: [error: Activity & { summary: string }];
}

export interface PublicSocket {
  connected: boolean;
  id?: string;
  connect(): void;
  disconnect(): void;
  emit(event: string, content?: unknown, callback?: (answer: Activity) => void): void;
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void, context?: unknown): this;
  addListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void, context?: unknown): this;
  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void, context?: unknown): this;
  off<E extends keyof Events>(event: E, listener?: (...args: Events[E]) => void): this;
  removeListener<E extends keyof Events>(event: E, listener?: (...args: Events[E]) => void): this;
  removeAllListeners(event?: keyof Events): this;
  listeners(event: keyof Events): Function[];
  listenerCount(event: keyof Events): number;
  eventNames(): string[];
}

/** What send() and sendCredentials() reject with. `activity` is the server's answer, where there was one. */
export declare class SockethubError extends Error {
  code: string;
  activity?: Activity;
}

/** What apps from before contexts tell of persons and rooms, to name them by their ids. */
export interface KnownObjects {
  create(object: Entity & { id: string }): Entity;
  get(id: string, expand?: boolean): Entity | string;
}

export default class SockethubClient {
  static SockethubError: typeof SockethubError;
  /** socket: a socket of socket.io-client 4. */
  constructor(socket: object, options?: Options);
  readonly socket: PublicSocket;
  readonly events: Record<"credentials" | "connect" | "join", Map<string, Activity>>;
  readonly ActivityStreams: { readonly Object: KnownObjects };
  debug: boolean;
  ready(timeoutMs?: number): Promise<ReadyInfo>;
  isReady(): boolean;
  isSchemasReady(): boolean;
  getInitState(): InitState;
  /** Resolves with the answer; rejects with a SockethubError when it has an `error`. */
  send<M extends Message>(activity: M, options?: { timeoutMs?: number }): Promise<AnswerTo<M>>;
  send(activity: Other, options?: { timeoutMs?: number }): Promise<Activity>;
  sendCredentials(activity: Credentials, options?: { timeoutMs?: number }): Promise<Activity>;
  sendCredentials(activity: Other, options?: { timeoutMs?: number }): Promise<Activity>;
  contextFor<P extends keyof PlatformMessages>(platform: P): Context<P>;
  contextFor(platform: string): [string, string, string];
  getRegisteredPlatforms(): Platform[];
  getRegisteredBaseContexts(): Contexts;
  getPlatformSchema(platform: string, kind?: "messages" | "credentials"): object | undefined;
  /** What is wrong with an activity; "" means that it is valid. */
  validateActivity(activity: Activity): string;
  /** @deprecated use ready() */
  waitForSchemas(timeoutMs?: number): Promise<PublishedRegistry>;
  clearCredentials(): void;
  close(): void;
}

type ClientClass = typeof SockethubClient;

declare global {
  /** What the classic script leaves, and the module too. */
  var SockethubClient: ClientClass;
}

// Platforms. Written by "sockethub generate typescript".

/** A platform that answers at once: to try a client, and to test the server with. */
export declare namespace dummy {
  /** Say it again. The answer is the message, from `dummy` to its actor. */
  interface Echo {
    "@context": Context<"dummy">;
    type: "echo";
    id?: string;
    published?: string;
    actor: string | Entity;
    /** any text */
    object?: {
      type?: string;
      content?: string;
    };
  }
  type EchoAnswer = Activity;
  /** Fail. The answer is an error with the text of `object.content`. */
  interface Fail {
    "@context": Context<"dummy">;
    type: "fail";
    id?: string;
    published?: string;
    actor: string | Entity;
    /** any text */
    object: {
      type?: string;
      content?: string;
    };
  }
  type FailAnswer = Activity;
  /** Fail likewise. The answer is an error with the text of `object.content`. */
  interface Throw {
    "@context": Context<"dummy">;
    type: "throw";
    id?: string;
    published?: string;
    actor: string | Entity;
    /** any text */
    object: {
      type?: string;
      content?: string;
    };
  }
  type ThrowAnswer = Activity;
  /** Greet. The answer has a greeting in front of `object.content`: `packageConfig.dummy.greeting`, or else `Hello`. */
  interface Greet {
    "@context": Context<"dummy">;
    type: "greet";
    id?: string;
    published?: string;
    actor: string | Entity;
    /** any text */
    object: {
      type?: string;
      content?: string;
    };
  }
  type GreetAnswer = Activity;
  /** End the worker. The worker ends with status 0. It is for tests of the server, and refused where `packageConfig.dummy.crashVerbs` is false. */
  interface Exit0 {
    "@context": Context<"dummy">;
    type: "exit0";
    id?: string;
    published?: string;
    actor: string | Entity;
  }
  type Exit0Answer = Activity;
  /** End the worker with an error. The worker ends with status 1. It is for tests of the server, and refused where `packageConfig.dummy.crashVerbs` is false. */
  interface Exit1 {
    "@context": Context<"dummy">;
    type: "exit1";
    id?: string;
    published?: string;
    actor: string | Entity;
  }
  type Exit1Answer = Activity;
  /** Crash. The worker ends by a panic. It is for tests of the server, and refused where `packageConfig.dummy.crashVerbs` is false. */
  interface ThrowTypeError {
    "@context": Context<"dummy">;
    type: "throwTypeError";
    id?: string;
    published?: string;
    actor: string | Entity;
  }
  type ThrowTypeErrorAnswer = Activity;
  /** Crash likewise. The worker ends by a panic. It is for tests of the server, and refused where `packageConfig.dummy.crashVerbs` is false. */
  interface ThrowReferenceError {
    "@context": Context<"dummy">;
    type: "throwReferenceError";
    id?: string;
    published?: string;
    actor: string | Entity;
  }
  type ThrowReferenceErrorAnswer = Activity;
  /** End by SIGTERM. The worker sends itself SIGTERM. It is for tests of the server, and refused where `packageConfig.dummy.crashVerbs` is false. */
  interface Sigterm {
    "@context": Context<"dummy">;
    type: "sigterm";
    id?: string;
    published?: string;
    actor: string | Entity;
  }
  type SigtermAnswer = Activity;
  /** End by SIGKILL. The worker sends itself SIGKILL. It is for tests of the server, and refused where `packageConfig.dummy.crashVerbs` is false. */
  interface Sigkill {
    "@context": Context<"dummy">;
    type: "sigkill";
    id?: string;
    published?: string;
    actor: string | Entity;
  }
  type SigkillAnswer = Activity;
  /** Hang. The worker says nothing for a minute, so that the server ends it. It is for tests of the server, and refused where `packageConfig.dummy.crashVerbs` is false. */
  interface Hang {
    "@context": Context<"dummy">;
    type: "hang";
    id?: string;
    published?: string;
    actor: string | Entity;
  }
  type HangAnswer = Activity;
}

/** Reads news feeds: RSS, Atom and JSON Feed. It needs no credentials. **Titles, `content` and `brief` are what a stranger wrote**, and may be HTML with scripts: see how to show it safely. */
export declare namespace feeds {
  /** Read a feed. The answer is a `collection` of its articles, the newest first. A feed is fetched once for all who ask at about the same time. */
  interface Fetch {
    "@context": Context<"feeds">;
    type: "fetch";
    id?: string;
    published?: string;
    /** the feed: its address is the `id`; the address of a page that names its feed will do too */
    actor: string | {
      id: string;
      type: "feed";
      name?: string;
    };
    object?: {
      /** only articles of this time or later */
      since?: string;
      /** at most so many, the newest first */
      limit?: number;
    };
  }
  type FetchAnswer = Heard;
  type HeardPost = {
    "@context"?: Array<string>;
    /** the message's `id` */
    id?: string;
    type: "post";
    /** the feed */
    actor: HeardFeedChannel;
    /** the article */
    object: HeardFeedItem;
  };
  /** A feed. */
  type HeardFeedChannel = {
    /** the address that was asked for */
    id: string;
    type: "feed";
    /** its title */
    name: string;
    /** its web page */
    link: string;
    /** what it is about */
    description?: string;
    /** address of its picture */
    image?: string;
    /** its subjects */
    categories?: Array<string>;
    /** as `en-GB` */
    language?: string;
    /** who writes it */
    author?: string;
    /** the address that the feed gives itself */
    self?: string;
    /** where to subscribe by WebSub */
    hub?: Array<string>;
    /** the new address, when it has moved for good */
    movedTo?: string;
    /** the feed's address, when a page was asked for */
    discovered?: string;
    /** where it came from, after redirects */
    url?: string;
  };
  /** An article. */
  type HeardFeedItem = {
    /** `note` for a short text, else `article` */
    type: "article" | "note";
    /** its title; may hold HTML */
    title: string;
    /** what tells it from others */
    id: string;
    /** its summary; may hold HTML */
    brief?: string;
    /** its text; may hold HTML */
    content: string;
    /** `html` where the text has tags */
    contentType: "html" | "text";
    /** its web page */
    url: string;
    /** when, as the feed writes it or as ISO 8601 */
    published?: string;
    /** when, in milliseconds since 1970; 0 where it is not known */
    datenum: number;
    /** the feed's own name for it */
    guid?: string;
    /** when it was changed */
    updated?: string;
    /** who wrote it */
    attributedTo?: Array<string>;
    /** its subjects */
    tag?: Array<string>;
    /** address of a picture */
    image?: string;
    /** the whole text, where `content` is another; may hold HTML */
    fullContent?: string;
    /** files, as of a podcast */
    attachment?: Array<{
      /** address of the file */
      url: string;
      /** as `audio/mpeg` */
      mediaType?: string;
      /** in bytes */
      length?: number;
      title?: string;
    }>;
    /** address of the comments */
    replies?: string;
    /** in seconds */
    duration?: number;
  };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context"?: Array<string>;
    /** the message's `id`, or null */
    id?: string | null;
    /** always `collection` */
    type: "collection";
    /** title of the feed */
    summary?: string;
    /** how many articles there are; an answer of 1 MiB may hold fewer */
    totalItems: number;
    /** the articles, the newest first */
    items: Array<HeardPost>;
  };
}

/** Keeps you on an IRC network. Send `credentials`, then `connect`; the connection lasts while your session does, and comes back by itself with its rooms. */
export declare namespace irc {
  /** Say how to log in. The server keeps them, sealed, for your session alone, and connects only with `connect`. Send them again after each lost session: the client library does. */
  interface Credentials {
    "@context": Context<"irc">;
    type: "credentials";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | Record<string, unknown>;
    /** how to log in */
    object: {
      /** `credentials` */
      type: string;
      /** the nick to ask for */
      nick: string;
      /** account, where it is not the nick */
      username?: string;
      /** of the account, or of the server */
      password?: string;
      /** for OAUTHBEARER, instead of a password */
      token?: string;
      /** host name */
      server: string;
      /** 6667, with `secure` 6697, if it is left out */
      port?: number;
      /** TLS */
      secure?: boolean;
      /** log in by SASL; true where there is a password */
      sasl?: boolean;
      /** the only one to use */
      saslMechanism?: "PLAIN" | "OAUTHBEARER" | "SCRAM-SHA-256" | "EXTERNAL";
      /** take any certificate: it hides who listens */
      allowInvalidCert?: boolean;
      /** PEM of a certificate and its key, for EXTERNAL */
      certificate?: string;
    };
  }
  /** Connect. Logs in with the credentials. The answer comes once the network has let you in; repeated, it does nothing. */
  interface Connect {
    "@context": Context<"irc">;
    type: "connect";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
  }
  type ConnectAnswer = Heard & { type: "connect" };
  /** Change the topic, your nick, or your presence. What changes is said by `object.type`: a `topic` (of the target, a room), an `address` (the target is you under the new nick), or a `presence` (you are away). */
  interface Update {
    "@context": Context<"irc">;
    type: "update";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** the room, or for a new nick you under it */
    target?: string | {
      id: string;
      type: "room" | "person";
      name?: string;
    };
    object: {
      type: "topic";
      /** the text; empty to clear it */
      content: string;
    } | {
      type: "address";
    } | {
      type: "presence";
      presence: "away" | "online";
      /** why */
      content?: string;
    };
  }
  type UpdateAnswer = Heard & { type: "update" };
  /** Enter a room. Who is there and the topic arrive as events. */
  interface Join {
    "@context": Context<"irc">;
    type: "join";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** the room: `SERVER/#NAME` */
    target: string | {
      id: string;
      type: "room";
      name?: string;
      /** its key, where it has one */
      key?: string;
    };
  }
  type JoinAnswer = Heard & { type: "join" };
  /** Leave a room. */
  interface Leave {
    "@context": Context<"irc">;
    type: "leave";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** the room: `SERVER/#NAME` */
    target: string | {
      id: string;
      type: "room";
      name?: string;
    };
    /** a text for those who stay */
    object?: {
      type: "message";
      /** may be long and have line breaks */
      content: string;
      /** id of the message that it answers */
      inReplyTo?: string;
    };
  }
  type LeaveAnswer = Heard & { type: "leave" };
  /** Say something. To a room or a person. An answer without an error means that the network took it; where the network gives ids, the answer has `object.id` and `published`. */
  interface Send {
    "@context": Context<"irc">;
    type: "send";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** a room, `SERVER/#NAME`, or a person, `NICK@SERVER`; `name` is the name alone */
    target: string | {
      id: string;
      type: "room" | "person";
      name: string;
    };
    object: {
      type: "message";
      /** may be long and have line breaks */
      content: string;
      /** id of the message that it answers */
      inReplyTo?: string;
    };
  }
  type SendAnswer = Heard & { type: "send" };
  /** Ask who is there, or what was said. `attendance` lists the members of a room. `history` gives old messages as events, where the network keeps them (draft/chathistory) or this server does (`packageConfig.irc.bouncer`); without a target, those of all rooms. */
  interface Query {
    "@context": Context<"irc">;
    type: "query";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** a room, `SERVER/#NAME`, or a person, `NICK@SERVER`; `name` is the name alone */
    target?: string | {
      id: string;
      type: "room" | "person";
      name: string;
    };
    object: {
      type: "attendance";
    } | {
      type: "history";
      /** id or time of a message */
      before?: string;
      /** id or time of a message */
      after?: string;
      /** at most so many */
      limit?: number;
    };
  }
  type QueryAnswer = Heard & { type: "query" };
  /** Not available. The type is there for clients of old; the answer is an error. */
  interface Announce {
    "@context": Context<"irc">;
    type: "announce";
    id?: string;
    published?: string;
    actor: string | Entity;
  }
  type AnnounceAnswer = Activity;
  /** Say goodbye. Ends the connection for all your sessions. */
  interface Disconnect {
    "@context": Context<"irc">;
    type: "disconnect";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
  }
  type DisconnectAnswer = Activity;
  /** a person: `NICK@SERVER` */
  type HeardPerson = {
    id: string;
    type: "person";
    name?: string;
    /** the account it is logged in with */
    account?: string;
    /** its real name */
    summary?: string;
  };
  /** the network itself */
  type HeardService = {
    id: string;
    type: "service";
    name?: string;
  };
  /** a room: `SERVER/#NAME` */
  type HeardRoom = {
    id: string;
    type: "room";
    name?: string;
    key?: string;
  };
  /** a text */
  type HeardMessage = {
    type: "message";
    content: string;
    /** the network's id, for `inReplyTo` and `history` */
    id?: string;
    inReplyTo?: string;
    /** said to those with this role only */
    audience?: string;
  };
  /** an action */
  type HeardMe = {
    type: "me";
    content: string;
    id?: string;
    inReplyTo?: string;
    audience?: string;
  };
  /** somebody's place in a room, or whether away */
  type HeardPresence = {
    type: "presence";
    role?: "owner" | "member" | "participant" | "admin";
    presence?: "away" | "online";
    content?: string;
  };
  /** a topic */
  type HeardTopic = {
    type: "topic";
    content: string;
  };
  /** a new nick: the target is who it is now */
  type HeardAddress = {
    type: "address";
  };
  /** a role that was given or taken */
  type HeardRelationship = {
    type: "relationship";
    relationship: "role";
    subject?: {
      type: "presence";
      role: "owner" | "member" | "participant" | "admin";
    };
    object?: HeardRoom;
  };
  /** who is there */
  type HeardAttendance = {
    type: "attendance";
    members: Array<HeardMember>;
    totalItems?: number;
  };
  /** a member */
  type HeardMember = {
    id: string;
    type: "person";
    name: string;
    role: "owner" | "member" | "participant" | "admin";
  };
  /** how the connection to the network fares */
  type HeardConnection = {
    type: "connect";
    status: "online" | "reconnecting" | "failed";
    /** why, in one word */
    condition?: string;
  };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context"?: Array<string>;
    id?: string;
    /** when it was said */
    published?: string;
    type: "update" | "send" | "join" | "leave" | "add" | "remove" | "connect" | "query" | "invite";
    /** who */
    actor: HeardPerson | HeardService | HeardRoom;
    /** where, or to whom */
    target?: HeardPerson | HeardRoom | HeardService;
    /** why it ended */
    error?: string;
    /** what */
    object?: HeardMessage | HeardMe | HeardPresence | HeardTopic | HeardAddress | HeardRelationship | HeardAttendance | HeardConnection;
  };
}

/** Says what a web page tells about itself, as for a card below a link. It needs no credentials. All texts and addresses are a stranger's. */
export declare namespace metadata {
  /** Preview a page. The answer has a `page` as its object. Members that the page says nothing of are left out. */
  interface Fetch {
    "@context": Context<"metadata">;
    type: "fetch";
    id?: string;
    published?: string;
    /** the page: its address is the `id` */
    actor: string | {
      id: string;
      type: "website";
      name?: string;
    };
  }
  type FetchAnswer = Heard;
  /** A page. */
  type HeardPage = {
    type: "page";
    /** as the page writes it */
    language?: string;
    /** its title */
    title?: string;
    /** name of the site */
    name?: string;
    /** what it is about */
    description?: string;
    /** pictures */
    image?: HeardOgImage;
    /** a video to play */
    video?: {
      /** address of the video */
      url: string;
      /** address of its picture */
      thumbnail?: string;
      width?: number;
      height?: number;
      /** in seconds */
      duration?: number;
      mediaType?: string;
    };
    /** the address it gives itself */
    url?: string;
    /** address of its icon */
    favicon?: string;
    /** its encoding */
    charset?: string;
    /** as `text/html` */
    mediaType?: string;
    /** where it was found, after redirects */
    finalUrl?: string;
    /** the language as BCP 47 has it */
    languageTag?: string;
    /** when it was published */
    published?: string;
    /** when it was changed */
    updated?: string;
    /** who wrote it */
    author?: string;
    /** its subjects */
    keywords?: Array<string>;
    /** a CSS colour */
    themeColor?: string;
    /** all icons */
    icons?: Array<{
      /** address of the icon */
      url: string;
      rel?: string;
      /** as `32x32` */
      sizes?: string;
      mediaType?: string;
    }>;
    /** the feeds it names */
    feeds?: Array<{
      /** address of the feed */
      url: string;
      /** as `application/rss+xml` */
      mediaType?: string;
      title?: string;
    }>;
    /** a sound to play */
    audio?: {
      /** address of the sound */
      url: string;
      mediaType?: string;
    };
  };
  /** Pictures of a page. */
  type HeardOgImage = Array<{
    /** address of the picture */
    url: string;
    /** as `image/png` */
    type?: string;
    width?: string | number;
    height?: string | number;
    /** what it shows */
    alt?: string;
  }>;
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context"?: Array<string>;
    /** the message's `id` */
    id?: string;
    type: "fetch";
    /** the page that was asked for */
    actor: {
      id: string;
      type: "website";
      /** name of the site */
      name?: string;
    };
    /** what it says of itself */
    object: HeardPage;
  };
}

/** Messages by platform and type, and what they are answered with. */
export interface PlatformMessages {
  dummy: {
    echo: { message: dummy.Echo; answer: dummy.EchoAnswer };
    fail: { message: dummy.Fail; answer: dummy.FailAnswer };
    throw: { message: dummy.Throw; answer: dummy.ThrowAnswer };
    greet: { message: dummy.Greet; answer: dummy.GreetAnswer };
    exit0: { message: dummy.Exit0; answer: dummy.Exit0Answer };
    exit1: { message: dummy.Exit1; answer: dummy.Exit1Answer };
    throwTypeError: { message: dummy.ThrowTypeError; answer: dummy.ThrowTypeErrorAnswer };
    throwReferenceError: { message: dummy.ThrowReferenceError; answer: dummy.ThrowReferenceErrorAnswer };
    sigterm: { message: dummy.Sigterm; answer: dummy.SigtermAnswer };
    sigkill: { message: dummy.Sigkill; answer: dummy.SigkillAnswer };
    hang: { message: dummy.Hang; answer: dummy.HangAnswer };
  };
  feeds: {
    fetch: { message: feeds.Fetch; answer: feeds.FetchAnswer };
  };
  irc: {
    credentials: { message: irc.Credentials; answer: Activity };
    connect: { message: irc.Connect; answer: irc.ConnectAnswer };
    update: { message: irc.Update; answer: irc.UpdateAnswer };
    join: { message: irc.Join; answer: irc.JoinAnswer };
    leave: { message: irc.Leave; answer: irc.LeaveAnswer };
    send: { message: irc.Send; answer: irc.SendAnswer };
    query: { message: irc.Query; answer: irc.QueryAnswer };
    announce: { message: irc.Announce; answer: irc.AnnounceAnswer };
    disconnect: { message: irc.Disconnect; answer: irc.DisconnectAnswer };
  };
  metadata: {
    fetch: { message: metadata.Fetch; answer: metadata.FetchAnswer };
  };
}

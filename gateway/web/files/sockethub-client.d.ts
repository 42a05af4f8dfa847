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
  send(activity: Activity, options?: { timeoutMs?: number }): Promise<Activity>;
  sendCredentials(activity: Activity, options?: { timeoutMs?: number }): Promise<Activity>;
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

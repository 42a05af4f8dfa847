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

/** Calendars on a CalDAV server. Send `credentials` first: there is no `connect`. What other programs have stored stays as it is, but for what you change. */
export declare namespace caldav {
  /** Say how to log in. `url` is the address of the service, or of the host. A password, or a token (OAuth). The server keeps them, sealed, for your session alone. */
  interface Credentials {
    "@context": Context<"caldav">;
    type: "credentials";
    id?: string;
    published?: string;
    actor: string | Entity;
    object: {
      type: "credentials";
      url: string;
      username: string;
      password: string;
    } | {
      type: "credentials";
      url: string;
      token: string;
    };
  }
  /** List the calendars. The answer is a `collection` of calendars. */
  interface Fetch {
    "@context": Context<"caldav">;
    type: "fetch";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
  }
  type FetchAnswer = Heard & { type: "collection" };
  /** List events and tasks. The answer is a `collection`. Without an object, all events and tasks of the calendar. What cannot be read is told in `errors`. */
  interface Query {
    "@context": Context<"caldav">;
    type: "query";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
    /** the calendar: its address is the `id` */
    target: string | {
      id: string;
      type: "calendar";
    };
    object?: {
      type?: "event" | "task";
      /** not before */
      startTime?: string;
      /** not after */
      endTime?: string;
      /** only what has this text */
      text?: string;
      /** each date of a series by itself */
      expand?: boolean;
      /** at most so many: the answer has `next` where there are more */
      limit?: number;
      /** the answer's `next`, for the next page */
      after?: string;
      /** the answer's `syncToken`: what has changed since */
      syncToken?: string;
    };
  }
  type QueryAnswer = Heard & { type: "collection" };
  /** Store a new event or task. The answer has its address and `etag`. */
  interface Create {
    "@context": Context<"caldav">;
    type: "create";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
    /** the calendar: its address is the `id` */
    target: string | {
      id: string;
      type: "calendar";
    };
    object: {
      id?: string;
      etag?: string;
      uid?: string;
      sequence?: number;
      /** what it is called */
      name: string;
      content?: string;
      location?: string;
      url?: string;
      timeZone?: string;
      recurrence?: {
        frequency?: "daily" | "weekly" | "monthly" | "yearly";
        interval?: number;
        count?: number;
        until?: string;
        byDay?: Array<string>;
        byMonthDay?: Array<number>;
        /** an RRULE, for what the members cannot say */
        rule?: string;
      };
      organizer?: {
        email: string;
        name?: string;
        role?: "chair" | "required" | "optional" | "non-participant";
        status?: "needs-action" | "accepted" | "declined" | "tentative" | "delegated";
        rsvp?: boolean;
      };
      attendees?: Array<{
        email: string;
        name?: string;
        role?: "chair" | "required" | "optional" | "non-participant";
        status?: "needs-action" | "accepted" | "declined" | "tentative" | "delegated";
        rsvp?: boolean;
      }>;
      reminders?: Array<{
        trigger: string;
        action?: "display" | "email";
        description?: string;
        recipients?: Array<string>;
      }>;
      attachments?: Array<{
        url?: string;
        data?: string;
        mediaType?: string;
        filename?: string;
      }>;
      updateSupported?: boolean;
      categories?: Array<string>;
      priority?: number;
      classification?: string;
      /** false: the server sends no invitations */
      notify?: boolean;
      type: "event";
      /** `2026-06-10T09:00:00Z`, or local time with `timeZone`, or a date with `allDay` */
      startTime: string;
      /** likewise */
      endTime?: string;
      endTimeZone?: string;
      allDay?: boolean;
      status?: "tentative" | "confirmed" | "cancelled";
      transparency?: "opaque" | "transparent";
    } | {
      id?: string;
      etag?: string;
      uid?: string;
      sequence?: number;
      name: string;
      content?: string;
      location?: string;
      url?: string;
      timeZone?: string;
      recurrence?: {
        frequency?: "daily" | "weekly" | "monthly" | "yearly";
        interval?: number;
        count?: number;
        until?: string;
        byDay?: Array<string>;
        byMonthDay?: Array<number>;
        /** an RRULE, for what the members cannot say */
        rule?: string;
      };
      organizer?: {
        email: string;
        name?: string;
        role?: "chair" | "required" | "optional" | "non-participant";
        status?: "needs-action" | "accepted" | "declined" | "tentative" | "delegated";
        rsvp?: boolean;
      };
      attendees?: Array<{
        email: string;
        name?: string;
        role?: "chair" | "required" | "optional" | "non-participant";
        status?: "needs-action" | "accepted" | "declined" | "tentative" | "delegated";
        rsvp?: boolean;
      }>;
      reminders?: Array<{
        trigger: string;
        action?: "display" | "email";
        description?: string;
        recipients?: Array<string>;
      }>;
      attachments?: Array<{
        url?: string;
        data?: string;
        mediaType?: string;
        filename?: string;
      }>;
      updateSupported?: boolean;
      categories?: Array<string>;
      priority?: number;
      classification?: string;
      notify?: boolean;
      type: "task";
      startTime?: string;
      due?: string;
      allDay?: boolean;
      status?: "needs-action" | "in-process" | "completed" | "cancelled";
      completedTime?: string;
      percentComplete?: number;
    };
  }
  type CreateAnswer = Heard & { type: "create" };
  /** Change an event or task. Send what `query` gave, with other values. The answer has the new `etag`. Where somebody else was faster the error is a conflict, and comes with `current`. */
  interface Update {
    "@context": Context<"caldav">;
    type: "update";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
    /** the calendar: its address is the `id` */
    target: string | {
      id: string;
      type: "calendar";
    };
    object: {
      id: string;
      etag: string;
      uid: string;
      sequence?: number | null;
      name?: string | null;
      content?: string | null;
      location?: string | null;
      url?: string | null;
      timeZone?: string | null;
      recurrence?: {
        frequency?: "secondly" | "minutely" | "hourly" | "daily" | "weekly" | "monthly" | "yearly";
        interval?: number | null;
        count?: number | null;
        until?: string | null;
        byDay?: Array<string> | null;
        byMonthDay?: Array<number | null> | null;
        rule?: string;
      };
      organizer?: {
        email: string;
        name?: string | null;
        role?: string | null;
        status?: string | null;
        rsvp?: boolean | null;
      } | null;
      attendees?: Array<{
        email: string;
        name?: string | null;
        role?: string | null;
        status?: string | null;
        rsvp?: boolean | null;
      }> | null;
      reminders?: Array<{
        trigger: string;
        action?: "display" | "email";
        description?: string | null;
        recipients?: Array<string>;
      }> | null;
      attachments?: Array<{
        url?: string;
        data?: string;
        size?: number;
        mediaType?: string | null;
        filename?: string | null;
      }> | null;
      categories?: Array<string> | null;
      priority?: number | null;
      classification?: string | null;
      endTimeZone?: string | null;
      created?: string | null;
      lastModified?: string | null;
      exceptions?: Array<unknown> | null;
      notify?: boolean;
      recurrenceId?: string;
      updateSupported?: boolean;
      recurrenceError?: string;
      unknownTimeZone?: string | boolean | Array<unknown>;
      occurrences?: Array<unknown>;
      occurrencesTruncated?: boolean;
      type: "event";
      startTime?: string;
      endTime?: string | "";
      allDay?: boolean | null;
      status?: string | null;
      transparency?: string | null;
    } | {
      id: string;
      etag: string;
      uid: string;
      sequence?: number | null;
      name?: string | null;
      content?: string | null;
      location?: string | null;
      url?: string | null;
      timeZone?: string | null;
      recurrence?: {
        frequency?: "secondly" | "minutely" | "hourly" | "daily" | "weekly" | "monthly" | "yearly";
        interval?: number | null;
        count?: number | null;
        until?: string | null;
        byDay?: Array<string> | null;
        byMonthDay?: Array<number | null> | null;
        rule?: string;
      };
      organizer?: {
        email: string;
        name?: string | null;
        role?: string | null;
        status?: string | null;
        rsvp?: boolean | null;
      } | null;
      attendees?: Array<{
        email: string;
        name?: string | null;
        role?: string | null;
        status?: string | null;
        rsvp?: boolean | null;
      }> | null;
      reminders?: Array<{
        trigger: string;
        action?: "display" | "email";
        description?: string | null;
        recipients?: Array<string>;
      }> | null;
      attachments?: Array<{
        url?: string;
        data?: string;
        size?: number;
        mediaType?: string | null;
        filename?: string | null;
      }> | null;
      categories?: Array<string> | null;
      priority?: number | null;
      classification?: string | null;
      endTimeZone?: string | null;
      created?: string | null;
      lastModified?: string | null;
      exceptions?: Array<unknown> | null;
      notify?: boolean;
      recurrenceId?: string;
      updateSupported?: boolean;
      recurrenceError?: string;
      unknownTimeZone?: string | boolean | Array<unknown>;
      occurrences?: Array<unknown>;
      occurrencesTruncated?: boolean;
      type: "task";
      startTime?: string | "";
      due?: string | "";
      endTime?: string | "";
      allDay?: boolean | null;
      status?: string | null;
      completedTime?: string | "";
      percentComplete?: number | null;
    };
  }
  type UpdateAnswer = Heard & { type: "update" };
  /** Delete an event or task. */
  interface Delete {
    "@context": Context<"caldav">;
    type: "delete";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
    /** the calendar: its address is the `id` */
    target: string | {
      id: string;
      type: "calendar";
    };
    object: {
      /** its address */
      id: string;
      type: "event" | "task";
      /** as you know it; another one is a conflict */
      etag: string;
      recurrenceId?: string;
      notify?: boolean;
    };
  }
  type DeleteAnswer = Heard & { type: "delete" };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context": Array<unknown>;
    id?: string | null;
    type: "collection";
    summary: string;
    totalItems: number;
    items: Array<{
      type: "event" | "task";
    } | {
      id: string;
      type: "calendar";
      name: string;
      color?: string;
      components: Array<"event" | "task">;
      description?: string;
      readOnly?: boolean;
      scheduling?: boolean;
    }>;
    errors?: Array<{
      id?: string;
      etag?: string;
      error: string;
    }>;
    next?: string;
    truncated?: boolean;
    syncToken?: string;
    full?: boolean;
    removed?: Array<string>;
  } | {
    "@context": Array<unknown>;
    id?: string;
    type: "create" | "update" | "delete";
    actor: Record<string, unknown>;
    target: Record<string, unknown>;
    object: {
      id: string;
      type: "event" | "task";
      uid?: string;
      etag?: string;
    };
    published?: string;
  };
}

/** Address books on a CardDAV server. Send `credentials` first: there is no `connect`. What other programs have stored stays as it is, but for what you change. */
export declare namespace carddav {
  /** Say how to log in. `url` is the address of the service, or of the host. A password, or a token (OAuth). The server keeps them, sealed, for your session alone. */
  interface Credentials {
    "@context": Context<"carddav">;
    type: "credentials";
    id?: string;
    published?: string;
    actor: string | Entity;
    object: {
      type: "credentials";
      url: string;
      username: string;
      password: string;
    } | {
      type: "credentials";
      url: string;
      token: string;
    };
  }
  /** List the address books. The answer is a `collection` of address books. */
  interface Fetch {
    "@context": Context<"carddav">;
    type: "fetch";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
  }
  type FetchAnswer = Heard & { type: "collection" };
  /** List contacts. The answer is a `collection`. Without an object, all contacts of the address book. What cannot be read is told in `errors`. */
  interface Query {
    "@context": Context<"carddav">;
    type: "query";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
    /** the address book: its address is the `id` */
    target: string | {
      id: string;
      type: "addressBook";
    };
    object?: {
      type?: "contactQuery";
      /** only what has this text */
      text?: string;
      /** where to look for the text */
      fields?: Array<"name" | "email" | "telephone" | "organization">;
      /** at most so many: the answer has `next` where there are more */
      limit?: number;
      /** the answer's `next`, for the next page */
      after?: string;
      /** the answer's `syncToken`: what has changed since */
      syncToken?: string;
    };
  }
  type QueryAnswer = Heard & { type: "collection" };
  /** Store a new contact. The answer has its address and `etag`. */
  interface Create {
    "@context": Context<"carddav">;
    type: "create";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
    /** the address book: its address is the `id` */
    target: string | {
      id: string;
      type: "addressBook";
    };
    object: {
      id?: string;
      etag?: string;
      uid?: string;
      type: "person";
      /** as it is shown */
      name: string;
      givenName?: string;
      additionalNames?: Array<string>;
      familyName?: string;
      honorificPrefixes?: Array<string>;
      honorificSuffixes?: Array<string>;
      nickname?: string;
      emails?: Array<{
        value: string;
        types?: Array<string>;
        preferred?: boolean;
        label?: string;
      }>;
      telephones?: Array<{
        value: string;
        types?: Array<string>;
        preferred?: boolean;
        label?: string;
      }>;
      addresses?: Array<{
        types?: Array<string>;
        preferred?: boolean;
        label?: string;
        postOfficeBox?: string;
        extendedAddress?: string;
        street?: string;
        locality?: string;
        region?: string;
        postalCode?: string;
        country?: string;
      }>;
      urls?: Array<{
        value: string;
        types?: Array<string>;
        preferred?: boolean;
        label?: string;
      }>;
      impps?: Array<{
        value: string;
        types?: Array<string>;
        preferred?: boolean;
        label?: string;
      }>;
      organization?: string;
      organizationUnits?: Array<string>;
      title?: string;
      role?: string;
      categories?: Array<string>;
      photoUrls?: Array<string>;
      note?: string;
      birthday?: string;
      anniversary?: string;
      kind?: string;
      members?: Array<string>;
      vcardVersion?: "3.0" | "4.0";
      updateSupported?: boolean;
    };
  }
  type CreateAnswer = Heard & { type: "create" };
  /** Change a contact. Send what `query` gave, with other values. The answer has the new `etag`. Where somebody else was faster the error is a conflict, and comes with `current`. */
  interface Update {
    "@context": Context<"carddav">;
    type: "update";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
    /** the address book: its address is the `id` */
    target: string | {
      id: string;
      type: "addressBook";
    };
    object: {
      id: string;
      etag: string;
      uid: string;
      type: "person";
      name?: string | null;
      givenName?: string | null;
      familyName?: string | null;
      additionalNames?: Array<string> | null;
      honorificPrefixes?: Array<string> | null;
      honorificSuffixes?: Array<string> | null;
      nickname?: string | null;
      emails?: Array<{
        value: string;
        types?: Array<string> | null;
        preferred?: boolean | null;
        label?: string | null;
      }> | null;
      telephones?: Array<{
        value: string;
        types?: Array<string> | null;
        preferred?: boolean | null;
        label?: string | null;
      }> | null;
      urls?: Array<{
        value: string;
        types?: Array<string> | null;
        preferred?: boolean | null;
        label?: string | null;
      }> | null;
      impps?: Array<{
        value: string;
        types?: Array<string> | null;
        preferred?: boolean | null;
        label?: string | null;
      }> | null;
      addresses?: Array<{
        types?: Array<string> | null;
        preferred?: boolean | null;
        label?: string | null;
        postOfficeBox?: string | null;
        extendedAddress?: string | null;
        street?: string | null;
        locality?: string | null;
        region?: string | null;
        postalCode?: string | null;
        country?: string | null;
      }> | null;
      organization?: string | null;
      organizationUnits?: Array<string> | null;
      title?: string | null;
      role?: string | null;
      categories?: Array<string> | null;
      photoUrls?: Array<string> | null;
      hasPhoto?: boolean;
      note?: string | null;
      birthday?: string | "";
      anniversary?: string | "";
      kind?: string | null;
      members?: Array<string> | null;
      vcardVersion?: "2.1" | "3.0" | "4.0";
      updateSupported?: boolean;
    };
  }
  type UpdateAnswer = Heard & { type: "update" };
  /** Delete a contact. */
  interface Delete {
    "@context": Context<"carddav">;
    type: "delete";
    id?: string;
    published?: string;
    /** you, by any `id`: the one that the credentials have */
    actor: string | {
      id: string;
      type: "person";
    };
    /** the address book: its address is the `id` */
    target: string | {
      id: string;
      type: "addressBook";
    };
    object: {
      /** its address */
      id: string;
      type: "person";
      /** as you know it; another one is a conflict */
      etag: string;
    };
  }
  type DeleteAnswer = Heard & { type: "delete" };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context": Array<unknown>;
    id?: string | null;
    type: "collection";
    summary: string;
    totalItems: number;
    items: Array<{
      type: "person";
    } | {
      id: string;
      type: "addressBook";
      name: string;
      description?: string;
      readOnly?: boolean;
    }>;
    errors?: Array<{
      id?: string;
      etag?: string;
      error: string;
    }>;
    next?: string;
    truncated?: boolean;
    syncToken?: string;
    full?: boolean;
    removed?: Array<string>;
  } | {
    "@context": Array<unknown>;
    id?: string;
    type: "create" | "update" | "delete";
    actor: Record<string, unknown>;
    target: Record<string, unknown>;
    object: {
      id: string;
      type: "person";
      uid?: string;
      etag?: string;
    };
    published?: string;
  };
}

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
  /** Change the topic, your nick, or your presence. What changes is said by `object.type`: a `topic` (of the target, a room), an `address` (the target is you under the new nick), a `presence` (you are away), or a `role` (somebody is removed from a room). */
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
    } | {
      type: "role";
      /** the member's nick */
      name: string;
      role: "none";
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

/** Keeps you on XMPP. Send `credentials`, then `connect`; the connection comes back by itself with its rooms, and with what was missed. */
export declare namespace xmpp {
  /** Say how to log in. The server keeps them, sealed, for your session alone, and connects only with `connect`. */
  interface Credentials {
    "@context": Context<"xmpp">;
    type: "credentials";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | Record<string, unknown>;
    /** how to log in */
    object: {
      /** `credentials` */
      type: string;
      /** `USER@DOMAIN` */
      userAddress: string;
      /** the account's */
      password: string;
      /** where to connect, if not to what the domain's DNS says: a host, `xmpp://HOST:PORT`, `xmpps://…`, `wss://…` */
      server?: string;
      /** with a host as `server` */
      port?: number;
      /** a name for this connection */
      resource: string;
    };
  }
  /** Connect. Logs in with the credentials. The answer's target is the address that the server gave you. */
  interface Connect {
    "@context": Context<"xmpp">;
    type: "connect";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
  }
  type ConnectAnswer = Heard & { type: "connect" };
  /** Enter a room. `target.name` is the nick; who is there arrives as events. */
  interface Join {
    "@context": Context<"xmpp">;
    type: "join";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** the room: `ROOM@SERVICE` */
    target: string | {
      id: string;
      type: "room";
      name?: string;
      /** its password */
      key?: string;
    };
    /** how much of what was said to tell */
    object?: {
      type: "history";
      /** id in the archive, or time */
      before?: string;
      /** id in the archive, or time */
      after?: string;
      limit?: number;
    };
  }
  type JoinAnswer = Heard & { type: "join" };
  /** Leave a room. */
  interface Leave {
    "@context": Context<"xmpp">;
    type: "leave";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** the room: `ROOM@SERVICE` */
    target: string | {
      id: string;
      type: "room";
      name?: string;
    };
  }
  type LeaveAnswer = Heard & { type: "leave" };
  /** Say something. To a room or a person. An answer without an error means that the server took it. */
  interface Send {
    "@context": Context<"xmpp">;
    type: "send";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** a room, or a person */
    target: string | {
      id: string;
      type: "room" | "person";
      name?: string;
    };
    object: {
      type: "message";
      /** yours for it; one is made where there is none */
      id?: string;
      content: string;
      /** it corrects the message with this id */
      "xmpp:replace"?: {
        id: string;
      };
      /** id of the message that it answers */
      inReplyTo?: string;
      /** ask the other side to confirm that it arrived */
      receipt?: boolean;
      /** links, as of files that were uploaded */
      attachment?: Array<{
        type: "link";
        href: string;
        name?: string;
        mediaType?: string;
      }>;
    };
  }
  type SendAnswer = Heard & { type: "send" };
  /** Change something. What changes is said by `object.type`: your presence, a chat state, a receipt, a reaction, a retraction; of a room its topic, your nick, roles, affiliations, invitations; a contact. */
  interface Update {
    "@context": Context<"xmpp">;
    type: "update";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** a room, or a person */
    target?: string | {
      id: string;
      type: "room" | "person";
      name?: string;
    };
    object: {
      type: "presence";
      presence?: "away" | "chat" | "dnd" | "xa" | "offline" | "online";
      /** a text beside it */
      content?: string;
    } | {
      type: "chat-state";
      state: "active" | "composing" | "paused" | "inactive" | "gone";
    } | {
      type: "receipt";
      id: string;
      state: "displayed";
    } | {
      type: "reaction";
      id: string;
      reactions: Array<string>;
    } | {
      type: "retraction";
      id: string;
    } | {
      type: "topic";
      content: string;
    } | {
      type: "address";
      name: string;
    } | {
      type: "role";
      name: string;
      role: "none" | "visitor" | "participant" | "moderator";
      content?: string;
    } | {
      type: "affiliation";
      id: string;
      affiliation: "none" | "outcast" | "member" | "admin" | "owner";
      content?: string;
    } | {
      type: "invite";
      id: string;
      content?: string;
    } | {
      type: "contact";
      groups?: Array<string>;
    };
  }
  type UpdateAnswer = Heard & { type: "update" };
  /** Ask somebody to be a contact. */
  interface RequestFriend {
    "@context": Context<"xmpp">;
    type: "request-friend";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** a person: `USER@DOMAIN` */
    target: string | {
      id: string;
      type: "person";
      name?: string;
    };
  }
  type RequestFriendAnswer = Heard & { type: "request-friend" };
  /** Remove a contact, or refuse a request. */
  interface RemoveFriend {
    "@context": Context<"xmpp">;
    type: "remove-friend";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** a person: `USER@DOMAIN` */
    target: string | {
      id: string;
      type: "person";
      name?: string;
    };
  }
  type RemoveFriendAnswer = Heard & { type: "remove-friend" };
  /** Take a request to be a contact. */
  interface MakeFriend {
    "@context": Context<"xmpp">;
    type: "make-friend";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** a person: `USER@DOMAIN` */
    target: string | {
      id: string;
      type: "person";
      name?: string;
    };
  }
  type MakeFriendAnswer = Heard & { type: "make-friend" };
  /** Ask for something. What is asked for is said by `object.type`. */
  interface Query {
    "@context": Context<"xmpp">;
    type: "query";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
    /** a room, or a person */
    target?: string | {
      id: string;
      type: "room" | "person";
      name?: string;
    };
    object: {
      type: "attendance";
    } | {
      type: "room-info";
    } | {
      type: "history";
      /** id in the archive, or time */
      before?: string;
      /** id in the archive, or time */
      after?: string;
      limit?: number;
    } | {
      type: "roster";
    } | {
      type: "members";
      affiliation: "outcast" | "member" | "admin" | "owner";
    } | {
      type: "rooms";
    } | {
      type: "bookmarks";
    } | {
      type: "upload";
      name: string;
      size: number;
      mediaType?: string;
    } | {
      type: "profile";
    };
  }
  type QueryAnswer = Heard & { type: "query" };
  /** Say goodbye. Ends the connection for all your sessions. */
  interface Disconnect {
    "@context": Context<"xmpp">;
    type: "disconnect";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      id: string;
      type: "person";
      name?: string;
    };
  }
  type DisconnectAnswer = Heard & { type: "disconnect" };
  type HeardJid = {
    id: string;
    type: "person" | "room";
    name?: string;
    key?: string;
    "xmpp:occupant-id"?: string;
  };
  type HeardMessage = {
    type: "message";
    id?: string;
    content?: string;
    "xmpp:stanza-id"?: string;
    "xmpp:replace"?: {
      id: string;
    };
    inReplyTo?: string;
    receipt?: boolean;
    "xmpp:encryption"?: string;
    attachment?: Array<{
      type: "link";
      href: string;
      name?: string;
      mediaType?: string;
    }>;
  };
  type HeardPresence = {
    type: "presence";
    presence?: "away" | "chat" | "dnd" | "xa" | "offline" | "online" | "notauthorized";
    content?: string;
    role?: "owner" | "admin" | "participant" | "member";
    "xmpp:affiliation"?: "owner" | "admin" | "member" | "outcast" | "none";
    "xmpp:role"?: "moderator" | "participant" | "visitor" | "none";
    "xmpp:codes"?: Array<number>;
    "xmpp:jid"?: string;
  };
  type HeardAttendance = {
    type: "attendance";
    members?: Array<string>;
  };
  type HeardConnect = {
    type: "connect";
    status?: string;
    condition?: string;
  };
  type HeardRoomInfoField = {
    type: string;
    label?: string;
    value: string | number | boolean | null | Array<string>;
    options?: Array<{
      label: string;
      value: string;
    }>;
  };
  type HeardRoomInfo = {
    type: "room-info";
    features?: Array<string>;
    identities?: Array<{
      category: string;
      type: string;
      name?: string;
    }>;
    roominfo?: Record<string, unknown>;
    roomconfig?: Record<string, unknown>;
    custom?: Record<string, unknown>;
  };
  type HeardChatState = {
    type: "chat-state";
    state: "active" | "composing" | "paused" | "inactive" | "gone";
  };
  type HeardReceipt = {
    type: "receipt";
    id: string;
    state: "received" | "displayed";
  };
  type HeardReaction = {
    type: "reaction";
    id: string;
    reactions: Array<string>;
  };
  type HeardRetraction = {
    type: "retraction";
    id: string;
    content?: string;
  };
  type HeardTopic = {
    type: "topic";
    content: string;
  };
  type HeardAddress = {
    type: "address";
    name?: string;
  };
  type HeardContact = {
    type: "contact";
    subscription?: "none" | "to" | "from" | "both" | "remove";
    ask?: "subscribe";
    groups?: Array<string>;
  };
  type HeardRole = {
    type: "role";
    name: string;
    role: "none" | "visitor" | "participant" | "moderator";
    content?: string;
  };
  type HeardAffiliation = {
    type: "affiliation";
    id: string;
    affiliation: "none" | "outcast" | "member" | "admin" | "owner";
    content?: string;
  };
  type HeardHistory = {
    type: "history";
    before?: string;
    after?: string;
    limit?: number;
  };
  type HeardInvitation = {
    type: "invite";
    id: string;
    content?: string;
  };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context"?: Array<string>;
    id?: string;
    type: "connect" | "close" | "error" | "update" | "send" | "query" | "request-friend" | "join" | "leave" | "invite" | "make-friend" | "remove-friend" | "disconnect";
    actor: HeardJid;
    target?: HeardJid;
    error?: string;
    published?: string;
    object?: HeardMessage | HeardPresence | HeardAttendance | HeardRoomInfo | HeardConnect | HeardChatState | HeardReceipt | HeardReaction | HeardRetraction | HeardTopic | HeardAddress | HeardContact | HeardRole | HeardAffiliation | HeardInvitation | HeardHistory;
  };
}

/** Messages by platform and type, and what they are answered with. */
export interface PlatformMessages {
  caldav: {
    credentials: { message: caldav.Credentials; answer: Activity };
    fetch: { message: caldav.Fetch; answer: caldav.FetchAnswer };
    query: { message: caldav.Query; answer: caldav.QueryAnswer };
    create: { message: caldav.Create; answer: caldav.CreateAnswer };
    update: { message: caldav.Update; answer: caldav.UpdateAnswer };
    delete: { message: caldav.Delete; answer: caldav.DeleteAnswer };
  };
  carddav: {
    credentials: { message: carddav.Credentials; answer: Activity };
    fetch: { message: carddav.Fetch; answer: carddav.FetchAnswer };
    query: { message: carddav.Query; answer: carddav.QueryAnswer };
    create: { message: carddav.Create; answer: carddav.CreateAnswer };
    update: { message: carddav.Update; answer: carddav.UpdateAnswer };
    delete: { message: carddav.Delete; answer: carddav.DeleteAnswer };
  };
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
  xmpp: {
    credentials: { message: xmpp.Credentials; answer: Activity };
    connect: { message: xmpp.Connect; answer: xmpp.ConnectAnswer };
    join: { message: xmpp.Join; answer: xmpp.JoinAnswer };
    leave: { message: xmpp.Leave; answer: xmpp.LeaveAnswer };
    send: { message: xmpp.Send; answer: xmpp.SendAnswer };
    update: { message: xmpp.Update; answer: xmpp.UpdateAnswer };
    "request-friend": { message: xmpp.RequestFriend; answer: xmpp.RequestFriendAnswer };
    "remove-friend": { message: xmpp.RemoveFriend; answer: xmpp.RemoveFriendAnswer };
    "make-friend": { message: xmpp.MakeFriend; answer: xmpp.MakeFriendAnswer };
    query: { message: xmpp.Query; answer: xmpp.QueryAnswer };
    disconnect: { message: xmpp.Disconnect; answer: xmpp.DisconnectAnswer };
  };
}

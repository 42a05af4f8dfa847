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
    /** how to log in */
    object: {
      type: "credentials";
      /** the address of the service, or of the host */
      url: string;
      /** the user */
      username: string;
      /** the password */
      password: string;
    } | {
      type: "credentials";
      /** the address of the service, or of the host */
      url: string;
      /** a token, instead of a name and a password */
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
      /** any name of yours, the same as with the credentials */
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
      /** any name of yours, the same as with the credentials */
      id: string;
      type: "person";
    };
    /** the calendar: its address is the `id` */
    target: string | {
      /** its address, as `fetch` gives it */
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
      /** any name of yours, the same as with the credentials */
      id: string;
      type: "person";
    };
    /** the calendar: its address is the `id` */
    target: string | {
      /** its address, as `fetch` gives it */
      id: string;
      type: "calendar";
    };
    /** what it shall be */
    object: {
      /** its address */
      id?: string;
      /** its version: another one is a conflict */
      etag?: string;
      /** its name on all servers */
      uid?: string;
      /** how often it was changed in a way that matters to those invited */
      sequence?: number;
      /** what it is called */
      name: string;
      /** a longer text */
      content?: string;
      /** where it is */
      location?: string;
      /** an address about it */
      url?: string;
      /** the IANA zone of the times, as `Europe/Vienna`; without it they are UTC, or the time of where one is */
      timeZone?: string;
      /** how it repeats */
      recurrence?: {
        /** how often */
        frequency?: "daily" | "weekly" | "monthly" | "yearly";
        /** every so many: 2 with `weekly` is each second week */
        interval?: number;
        /** ends after so many */
        count?: number;
        /** ends at this time */
        until?: string;
        /** `MO` to `SU`, as `2TU` or `-1FR` for the second Tuesday and the last Friday */
        byDay?: Array<string>;
        /** days of the month, -1 for the last */
        byMonthDay?: Array<number>;
        /** an RRULE, for what the members cannot say */
        rule?: string;
      };
      /** who invites */
      organizer?: {
        /** an e-mail address */
        email: string;
        /** what they are called */
        name?: string;
        /** how much they are needed */
        role?: "chair" | "required" | "optional" | "non-participant";
        /** what they answered */
        status?: "needs-action" | "accepted" | "declined" | "tentative" | "delegated";
        /** they are asked for an answer */
        rsvp?: boolean;
      };
      /** who is invited */
      attendees?: Array<{
        /** an e-mail address */
        email: string;
        /** what they are called */
        name?: string;
        /** how much they are needed */
        role?: "chair" | "required" | "optional" | "non-participant";
        /** what they answered */
        status?: "needs-action" | "accepted" | "declined" | "tentative" | "delegated";
        /** they are asked for an answer */
        rsvp?: boolean;
      }>;
      /** when to be reminded */
      reminders?: Array<{
        /** `-PT15M` for 15 minutes before, or a time */
        trigger: string;
        /** a window, or an e-mail */
        action?: "display" | "email";
        /** the text of the reminder */
        description?: string;
        /** who gets the e-mail */
        recipients?: Array<string>;
      }>;
      /** files and links */
      attachments?: Array<{
        /** its address, or `data` */
        url?: string;
        /** the file itself, as base64 */
        data?: string;
        /** as `image/png` */
        mediaType?: string;
        /** its name as a file */
        filename?: string;
      }>;
      /** whether `update` can change it; ignored in what you send */
      updateSupported?: boolean;
      /** labels */
      categories?: Array<string>;
      /** 1 is the highest, 9 the lowest, 0 says nothing */
      priority?: number;
      /** who may see it: `PUBLIC`, `PRIVATE`, `CONFIDENTIAL` */
      classification?: string;
      /** false: the server sends no invitations */
      notify?: boolean;
      type: "event";
      /** `2026-06-10T09:00:00Z`, or local time with `timeZone`, or a date with `allDay` */
      startTime: string;
      /** likewise */
      endTime?: string;
      /** the zone of the end, where it is another one */
      endTimeZone?: string;
      /** the times are dates */
      allDay?: boolean;
      /** whether it is certain */
      status?: "tentative" | "confirmed" | "cancelled";
      /** `transparent`: one is free meanwhile */
      transparency?: "opaque" | "transparent";
    } | {
      /** its address */
      id?: string;
      /** its version: another one is a conflict */
      etag?: string;
      /** its name on all servers */
      uid?: string;
      /** how often it was changed in a way that matters to those invited */
      sequence?: number;
      /** what it is called */
      name: string;
      /** a longer text */
      content?: string;
      /** where it is */
      location?: string;
      /** an address about it */
      url?: string;
      /** the IANA zone of the times, as `Europe/Vienna`; without it they are UTC, or the time of where one is */
      timeZone?: string;
      /** how it repeats */
      recurrence?: {
        /** how often */
        frequency?: "daily" | "weekly" | "monthly" | "yearly";
        /** every so many: 2 with `weekly` is each second week */
        interval?: number;
        /** ends after so many */
        count?: number;
        /** ends at this time */
        until?: string;
        /** `MO` to `SU`, as `2TU` or `-1FR` for the second Tuesday and the last Friday */
        byDay?: Array<string>;
        /** days of the month, -1 for the last */
        byMonthDay?: Array<number>;
        /** an RRULE, for what the members cannot say */
        rule?: string;
      };
      /** who invites */
      organizer?: {
        /** an e-mail address */
        email: string;
        /** what they are called */
        name?: string;
        /** how much they are needed */
        role?: "chair" | "required" | "optional" | "non-participant";
        /** what they answered */
        status?: "needs-action" | "accepted" | "declined" | "tentative" | "delegated";
        /** they are asked for an answer */
        rsvp?: boolean;
      };
      /** who is invited */
      attendees?: Array<{
        /** an e-mail address */
        email: string;
        /** what they are called */
        name?: string;
        /** how much they are needed */
        role?: "chair" | "required" | "optional" | "non-participant";
        /** what they answered */
        status?: "needs-action" | "accepted" | "declined" | "tentative" | "delegated";
        /** they are asked for an answer */
        rsvp?: boolean;
      }>;
      /** when to be reminded */
      reminders?: Array<{
        /** `-PT15M` for 15 minutes before, or a time */
        trigger: string;
        /** a window, or an e-mail */
        action?: "display" | "email";
        /** the text of the reminder */
        description?: string;
        /** who gets the e-mail */
        recipients?: Array<string>;
      }>;
      /** files and links */
      attachments?: Array<{
        /** its address, or `data` */
        url?: string;
        /** the file itself, as base64 */
        data?: string;
        /** as `image/png` */
        mediaType?: string;
        /** its name as a file */
        filename?: string;
      }>;
      /** whether `update` can change it; ignored in what you send */
      updateSupported?: boolean;
      /** labels */
      categories?: Array<string>;
      /** 1 is the highest, 9 the lowest, 0 says nothing */
      priority?: number;
      /** who may see it: `PUBLIC`, `PRIVATE`, `CONFIDENTIAL` */
      classification?: string;
      /** false: the server sends no invitations */
      notify?: boolean;
      type: "task";
      /** when it may begin: `2026-06-10T09:00:00Z`, or local time with `timeZone`, or a date with `allDay` */
      startTime?: string;
      /** when it has to be done: as `startTime` */
      due?: string;
      /** the times are dates */
      allDay?: boolean;
      /** how far it is */
      status?: "needs-action" | "in-process" | "completed" | "cancelled";
      /** when it was done; goes with the status `completed` */
      completedTime?: string;
      /** how much of it is done */
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
      /** any name of yours, the same as with the credentials */
      id: string;
      type: "person";
    };
    /** the calendar: its address is the `id` */
    target: string | {
      /** its address, as `fetch` gives it */
      id: string;
      type: "calendar";
    };
    /** what it shall be */
    object: {
      /** its address */
      id: string;
      /** its version: another one is a conflict */
      etag: string;
      /** its name on all servers */
      uid: string;
      /** how often it was changed in a way that matters to those invited */
      sequence?: number | null;
      /** what it is called */
      name?: string | null;
      /** a longer text */
      content?: string | null;
      /** where it is */
      location?: string | null;
      /** an address about it */
      url?: string | null;
      /** the IANA zone of the times, as `Europe/Vienna`; without it they are UTC, or the time of where one is */
      timeZone?: string | null;
      /** how it repeats */
      recurrence?: {
        /** how often */
        frequency?: "secondly" | "minutely" | "hourly" | "daily" | "weekly" | "monthly" | "yearly";
        /** every so many: 2 with `weekly` is each second week */
        interval?: number | null;
        /** ends after so many */
        count?: number | null;
        /** ends at this time */
        until?: string | null;
        /** `MO` to `SU`, as `2TU` or `-1FR` for the second Tuesday and the last Friday */
        byDay?: Array<string> | null;
        /** days of the month, -1 for the last */
        byMonthDay?: Array<number | null> | null;
        /** the RRULE itself, for what the members cannot say */
        rule?: string;
      };
      /** who invites */
      organizer?: {
        /** an e-mail address */
        email: string;
        /** what they are called */
        name?: string | null;
        /** how much they are needed */
        role?: string | null;
        /** what they answered */
        status?: string | null;
        /** they are asked for an answer */
        rsvp?: boolean | null;
      } | null;
      /** who is invited */
      attendees?: Array<{
        /** an e-mail address */
        email: string;
        /** what they are called */
        name?: string | null;
        /** how much they are needed */
        role?: string | null;
        /** what they answered */
        status?: string | null;
        /** they are asked for an answer */
        rsvp?: boolean | null;
      }> | null;
      /** when to be reminded */
      reminders?: Array<{
        /** `-PT15M` for 15 minutes before, or a time */
        trigger: string;
        /** a window, or an e-mail */
        action?: "display" | "email";
        /** the text of the reminder */
        description?: string | null;
        /** who gets the e-mail */
        recipients?: Array<string>;
      }> | null;
      /** files and links */
      attachments?: Array<{
        /** its address, or `data` */
        url?: string;
        /** the file itself, as base64 */
        data?: string;
        /** its bytes, where they are left out */
        size?: number;
        /** as `image/png` */
        mediaType?: string | null;
        /** its name as a file */
        filename?: string | null;
      }> | null;
      /** labels */
      categories?: Array<string> | null;
      /** 1 is the highest, 9 the lowest, 0 says nothing */
      priority?: number | null;
      /** who may see it: `PUBLIC`, `PRIVATE`, `CONFIDENTIAL` */
      classification?: string | null;
      /** the zone of the end, where it is another one */
      endTimeZone?: string | null;
      /** when it was made */
      created?: string | null;
      /** when it was changed last */
      lastModified?: string | null;
      /** dates of the series that were changed or left out */
      exceptions?: Array<unknown> | null;
      /** false: the server sends no invitations */
      notify?: boolean;
      /** which date of a series is meant: its time in the series */
      recurrenceId?: string;
      /** whether `update` can change it; ignored in what you send */
      updateSupported?: boolean;
      /** why the dates of the series are not known; ignored in what you send */
      recurrenceError?: string;
      /** a zone that nobody knows: its times were taken as they stand; ignored in what you send */
      unknownTimeZone?: string | boolean | Array<unknown>;
      /** the dates of a series, with `expand`; ignored in what you send */
      occurrences?: Array<unknown>;
      /** true: there are more dates than were told; ignored in what you send */
      occurrencesTruncated?: boolean;
      type: "event";
      /** `2026-06-10T09:00:00Z`, or local time with `timeZone`, or a date with `allDay` */
      startTime?: string;
      /** likewise; with `allDay` the day after the last */
      endTime?: string | "";
      /** the times are dates */
      allDay?: boolean | null;
      /** whether it is certain */
      status?: string | null;
      /** `transparent`: one is free meanwhile */
      transparency?: string | null;
    } | {
      /** its address */
      id: string;
      /** its version: another one is a conflict */
      etag: string;
      /** its name on all servers */
      uid: string;
      /** how often it was changed in a way that matters to those invited */
      sequence?: number | null;
      /** what it is called */
      name?: string | null;
      /** a longer text */
      content?: string | null;
      /** where it is */
      location?: string | null;
      /** an address about it */
      url?: string | null;
      /** the IANA zone of the times, as `Europe/Vienna`; without it they are UTC, or the time of where one is */
      timeZone?: string | null;
      /** how it repeats */
      recurrence?: {
        /** how often */
        frequency?: "secondly" | "minutely" | "hourly" | "daily" | "weekly" | "monthly" | "yearly";
        /** every so many: 2 with `weekly` is each second week */
        interval?: number | null;
        /** ends after so many */
        count?: number | null;
        /** ends at this time */
        until?: string | null;
        /** `MO` to `SU`, as `2TU` or `-1FR` for the second Tuesday and the last Friday */
        byDay?: Array<string> | null;
        /** days of the month, -1 for the last */
        byMonthDay?: Array<number | null> | null;
        /** the RRULE itself, for what the members cannot say */
        rule?: string;
      };
      /** who invites */
      organizer?: {
        /** an e-mail address */
        email: string;
        /** what they are called */
        name?: string | null;
        /** how much they are needed */
        role?: string | null;
        /** what they answered */
        status?: string | null;
        /** they are asked for an answer */
        rsvp?: boolean | null;
      } | null;
      /** who is invited */
      attendees?: Array<{
        /** an e-mail address */
        email: string;
        /** what they are called */
        name?: string | null;
        /** how much they are needed */
        role?: string | null;
        /** what they answered */
        status?: string | null;
        /** they are asked for an answer */
        rsvp?: boolean | null;
      }> | null;
      /** when to be reminded */
      reminders?: Array<{
        /** `-PT15M` for 15 minutes before, or a time */
        trigger: string;
        /** a window, or an e-mail */
        action?: "display" | "email";
        /** the text of the reminder */
        description?: string | null;
        /** who gets the e-mail */
        recipients?: Array<string>;
      }> | null;
      /** files and links */
      attachments?: Array<{
        /** its address, or `data` */
        url?: string;
        /** the file itself, as base64 */
        data?: string;
        /** its bytes, where they are left out */
        size?: number;
        /** as `image/png` */
        mediaType?: string | null;
        /** its name as a file */
        filename?: string | null;
      }> | null;
      /** labels */
      categories?: Array<string> | null;
      /** 1 is the highest, 9 the lowest, 0 says nothing */
      priority?: number | null;
      /** who may see it: `PUBLIC`, `PRIVATE`, `CONFIDENTIAL` */
      classification?: string | null;
      /** the zone of the end, where it is another one */
      endTimeZone?: string | null;
      /** when it was made */
      created?: string | null;
      /** when it was changed last */
      lastModified?: string | null;
      /** dates of the series that were changed or left out */
      exceptions?: Array<unknown> | null;
      /** false: the server sends no invitations */
      notify?: boolean;
      /** which date of a series is meant: its time in the series */
      recurrenceId?: string;
      /** whether `update` can change it; ignored in what you send */
      updateSupported?: boolean;
      /** why the dates of the series are not known; ignored in what you send */
      recurrenceError?: string;
      /** a zone that nobody knows: its times were taken as they stand; ignored in what you send */
      unknownTimeZone?: string | boolean | Array<unknown>;
      /** the dates of a series, with `expand`; ignored in what you send */
      occurrences?: Array<unknown>;
      /** true: there are more dates than were told; ignored in what you send */
      occurrencesTruncated?: boolean;
      type: "task";
      /** when it may begin: `2026-06-10T09:00:00Z`, or local time with `timeZone`, or a date with `allDay` */
      startTime?: string | "";
      /** when it has to be done: as `startTime` */
      due?: string | "";
      /** likewise; with `allDay` the day after the last */
      endTime?: string | "";
      /** the times are dates */
      allDay?: boolean | null;
      /** how far it is */
      status?: string | null;
      /** when it was done; goes with the status `completed` */
      completedTime?: string | "";
      /** how much of it is done */
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
      /** any name of yours, the same as with the credentials */
      id: string;
      type: "person";
    };
    /** the calendar: its address is the `id` */
    target: string | {
      /** its address, as `fetch` gives it */
      id: string;
      type: "calendar";
    };
    object: {
      /** its address */
      id: string;
      type: "event" | "task";
      /** as you know it; another one is a conflict */
      etag: string;
      /** which date of a series is meant: its time in the series */
      recurrenceId?: string;
      /** false: the server sends no invitations */
      notify?: boolean;
    };
  }
  type DeleteAnswer = Heard & { type: "delete" };
  /** how it repeats */
  type HeardRecurrence = {
    /** how often */
    frequency?: "secondly" | "minutely" | "hourly" | "daily" | "weekly" | "monthly" | "yearly";
    /** every so many: 2 with `weekly` is each second week */
    interval?: number;
    /** ends after so many */
    count?: number;
    /** ends at this time */
    until?: string;
    /** `MO` to `SU`, as `2TU` or `-1FR` for the second Tuesday and the last Friday */
    byDay?: Array<string>;
    /** days of the month, -1 for the last */
    byMonthDay?: Array<number>;
    /** the RRULE itself, for what the members cannot say */
    rule?: string;
  };
  /** somebody */
  type HeardPerson = {
    /** an e-mail address */
    email: string;
    /** what they are called */
    name?: string;
    /** how much they are needed */
    role?: string;
    /** what they answered */
    status?: string;
    /** they are asked for an answer */
    rsvp?: boolean;
  };
  /** a reminder */
  type HeardReminder = {
    /** `-PT15M` for 15 minutes before, or a time */
    trigger: string;
    /** a window, or an e-mail */
    action?: "display" | "email";
    /** the text of the reminder */
    description?: string;
    /** who gets the e-mail */
    recipients?: Array<string>;
  };
  /** a file or a link */
  type HeardAttachment = {
    /** its address, or `data` */
    url?: string;
    /** the file itself, as base64 */
    data?: string;
    /** its bytes, where they are left out */
    size?: number;
    /** as `image/png` */
    mediaType?: string;
    /** its name as a file */
    filename?: string;
  };
  /** an event */
  type HeardEvent = {
    /** its address */
    id: string;
    /** its version: another one is a conflict */
    etag?: string;
    /** its name on all servers */
    uid: string;
    /** how often it was changed in a way that matters to those invited */
    sequence?: number;
    /** what it is called */
    name: string;
    /** a longer text */
    content?: string;
    /** where it is */
    location?: string;
    /** an address about it */
    url?: string;
    /** the IANA zone of the times, as `Europe/Vienna`; without it they are UTC, or the time of where one is */
    timeZone?: string;
    /** how it repeats */
    recurrence?: HeardRecurrence;
    /** who invites */
    organizer?: HeardPerson;
    /** who is invited */
    attendees?: Array<HeardPerson>;
    /** when to be reminded */
    reminders?: Array<HeardReminder>;
    /** files and links */
    attachments?: Array<HeardAttachment>;
    /** labels */
    categories?: Array<string>;
    /** 1 is the highest, 9 the lowest, 0 says nothing */
    priority?: number;
    /** who may see it: `PUBLIC`, `PRIVATE`, `CONFIDENTIAL` */
    classification?: string;
    /** the zone of the end, where it is another one */
    endTimeZone?: string;
    /** when it was made */
    created?: string;
    /** when it was changed last */
    lastModified?: string;
    /** dates of the series that were changed or left out */
    exceptions?: Array<HeardException>;
    /** whether `update` can change it */
    updateSupported?: boolean;
    /** why the dates of the series are not known */
    recurrenceError?: string;
    /** a zone that nobody knows: its times were taken as they stand */
    unknownTimeZone?: string | boolean | Array<unknown>;
    /** the dates of a series, with `expand` */
    occurrences?: Array<HeardOccurrence>;
    /** true: there are more dates than were told */
    occurrencesTruncated?: boolean;
    type: "event";
    /** `2026-06-10T09:00:00Z`, or local time with `timeZone`, or a date with `allDay` */
    startTime?: string;
    /** likewise; with `allDay` the day after the last */
    endTime?: string;
    /** the times are dates */
    allDay?: boolean;
    /** whether it is certain */
    status?: string;
    /** `transparent`: one is free meanwhile */
    transparency?: string;
  };
  /** a task */
  type HeardTask = {
    /** its address */
    id: string;
    /** its version: another one is a conflict */
    etag?: string;
    /** its name on all servers */
    uid: string;
    /** how often it was changed in a way that matters to those invited */
    sequence?: number;
    /** what it is called */
    name: string;
    /** a longer text */
    content?: string;
    /** where it is */
    location?: string;
    /** an address about it */
    url?: string;
    /** the IANA zone of the times, as `Europe/Vienna`; without it they are UTC, or the time of where one is */
    timeZone?: string;
    /** how it repeats */
    recurrence?: HeardRecurrence;
    /** who invites */
    organizer?: HeardPerson;
    /** who is invited */
    attendees?: Array<HeardPerson>;
    /** when to be reminded */
    reminders?: Array<HeardReminder>;
    /** files and links */
    attachments?: Array<HeardAttachment>;
    /** labels */
    categories?: Array<string>;
    /** 1 is the highest, 9 the lowest, 0 says nothing */
    priority?: number;
    /** who may see it: `PUBLIC`, `PRIVATE`, `CONFIDENTIAL` */
    classification?: string;
    /** the zone of the end, where it is another one */
    endTimeZone?: string;
    /** when it was made */
    created?: string;
    /** when it was changed last */
    lastModified?: string;
    /** dates of the series that were changed or left out */
    exceptions?: Array<HeardException>;
    /** whether `update` can change it */
    updateSupported?: boolean;
    /** why the dates of the series are not known */
    recurrenceError?: string;
    /** a zone that nobody knows: its times were taken as they stand */
    unknownTimeZone?: string | boolean | Array<unknown>;
    /** the dates of a series, with `expand` */
    occurrences?: Array<HeardOccurrence>;
    /** true: there are more dates than were told */
    occurrencesTruncated?: boolean;
    type: "task";
    /** when it may begin: `2026-06-10T09:00:00Z`, or local time with `timeZone`, or a date with `allDay` */
    startTime?: string;
    /** when it has to be done: as `startTime` */
    due?: string;
    /** likewise; with `allDay` the day after the last */
    endTime?: string;
    /** the times are dates */
    allDay?: boolean;
    /** how far it is */
    status?: string;
    /** when it was done; goes with the status `completed` */
    completedTime?: string;
    /** how much of it is done */
    percentComplete?: number;
  };
  /** a calendar, as `fetch` lists them */
  type HeardCalendar = {
    /** its address */
    id: string;
    type: "calendar";
    /** what it is called */
    name: string;
    /** as `#0b5394` */
    color?: string;
    /** what may be in it */
    components: Array<"event" | "task">;
    /** what it is for */
    description?: string;
    /** true: you may not change it */
    readOnly?: boolean;
    /** true: the server sends the invitations */
    scheduling?: boolean;
  };
  /** a date of a series, with what is otherwise there */
  type HeardOccurrence = {
    /** its time in the series */
    recurrenceId: string;
    /** when it begins */
    startTime: string;
    /** when it ends */
    endTime: string;
  };
  /** a date of a series that was changed or left out */
  type HeardException = {
    /** its time in the series */
    recurrenceId?: string;
    /** true: it is left out */
    excluded?: boolean;
  };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context": Array<unknown>;
    /** the message's `id`, or null */
    id?: string | null;
    type: "collection";
    /** what the list is of */
    summary: string;
    /** how many there are in `items` */
    totalItems: number;
    /** calendars, or events and tasks */
    items: Array<HeardEvent | HeardTask | HeardCalendar>;
    /** what could not be read */
    errors?: Array<{
      /** its address */
      id?: string;
      /** its version */
      etag?: string;
      /** why not */
      error: string;
    }>;
    /** there is more: send it as `after` */
    next?: string;
    /** true: the server has more, and does not give it */
    truncated?: boolean;
    /** send it the next time, to be told only of changes */
    syncToken?: string;
    /** true: this is all there is; false: only what has changed */
    full?: boolean;
    /** addresses of what is gone */
    removed?: Array<string>;
  } | {
    "@context": Array<unknown>;
    /** the message's `id` */
    id?: string;
    type: "create" | "update" | "delete";
    /** you, as in the message */
    actor: Record<string, unknown>;
    /** where, as in the message */
    target: Record<string, unknown>;
    /** what was stored or deleted */
    object: {
      /** its address */
      id: string;
      type: "event" | "task";
      /** its name on all servers */
      uid?: string;
      /** its version now */
      etag?: string;
    };
    /** when the message was sent */
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
    /** how to log in */
    object: {
      type: "credentials";
      /** the address of the service, or of the host */
      url: string;
      /** the user */
      username: string;
      /** the password */
      password: string;
    } | {
      type: "credentials";
      /** the address of the service, or of the host */
      url: string;
      /** a token, instead of a name and a password */
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
      /** any name of yours, the same as with the credentials */
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
      /** any name of yours, the same as with the credentials */
      id: string;
      type: "person";
    };
    /** the address book: its address is the `id` */
    target: string | {
      /** its address, as `fetch` gives it */
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
      /** any name of yours, the same as with the credentials */
      id: string;
      type: "person";
    };
    /** the address book: its address is the `id` */
    target: string | {
      /** its address, as `fetch` gives it */
      id: string;
      type: "addressBook";
    };
    object: {
      /** its address */
      id?: string;
      /** its version: another one is a conflict */
      etag?: string;
      /** its name on all servers */
      uid?: string;
      type: "person";
      /** as it is shown */
      name: string;
      /** the first name */
      givenName?: string;
      /** further first names */
      additionalNames?: Array<string>;
      /** the family name */
      familyName?: string;
      /** as `Dr.` */
      honorificPrefixes?: Array<string>;
      /** as `jr.` */
      honorificSuffixes?: Array<string>;
      /** what friends say */
      nickname?: string;
      /** e-mail addresses */
      emails?: Array<{
        /** the address, number or link itself */
        value: string;
        /** as `home`, `work`, `cell` */
        types?: Array<string>;
        /** the one to use first */
        preferred?: boolean;
        /** what it is called */
        label?: string;
      }>;
      /** telephone numbers */
      telephones?: Array<{
        /** the address, number or link itself */
        value: string;
        /** as `home`, `work`, `cell` */
        types?: Array<string>;
        /** the one to use first */
        preferred?: boolean;
        /** what it is called */
        label?: string;
      }>;
      /** postal addresses */
      addresses?: Array<{
        /** as `home`, `work`, `cell` */
        types?: Array<string>;
        /** the one to use first */
        preferred?: boolean;
        /** what it is called */
        label?: string;
        /** a post office box */
        postOfficeBox?: string;
        /** flat or floor */
        extendedAddress?: string;
        /** street and number */
        street?: string;
        /** the town */
        locality?: string;
        /** the county or state */
        region?: string;
        /** the postal code */
        postalCode?: string;
        /** the country */
        country?: string;
      }>;
      /** web pages */
      urls?: Array<{
        /** the address, number or link itself */
        value: string;
        /** as `home`, `work`, `cell` */
        types?: Array<string>;
        /** the one to use first */
        preferred?: boolean;
        /** what it is called */
        label?: string;
      }>;
      /** addresses for messages, as `xmpp:rosa@example.org` */
      impps?: Array<{
        /** the address, number or link itself */
        value: string;
        /** as `home`, `work`, `cell` */
        types?: Array<string>;
        /** the one to use first */
        preferred?: boolean;
        /** what it is called */
        label?: string;
      }>;
      /** where one works */
      organization?: string;
      /** department, and what is below it */
      organizationUnits?: Array<string>;
      /** the position */
      title?: string;
      /** what one does there */
      role?: string;
      /** labels, or groups */
      categories?: Array<string>;
      /** addresses of pictures */
      photoUrls?: Array<string>;
      /** a text */
      note?: string;
      /** `1984-05-20`, or `--05-20` without the year */
      birthday?: string;
      /** likewise */
      anniversary?: string;
      /** `individual`, `group`, `org` or `location` */
      kind?: string;
      /** of a group: the `uid` of each, as `urn:uuid:…` */
      members?: Array<string>;
      /** the form in which it is stored */
      vcardVersion?: "3.0" | "4.0";
      /** whether `update` can change it; ignored in what you send */
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
      /** any name of yours, the same as with the credentials */
      id: string;
      type: "person";
    };
    /** the address book: its address is the `id` */
    target: string | {
      /** its address, as `fetch` gives it */
      id: string;
      type: "addressBook";
    };
    object: {
      /** its address */
      id: string;
      /** its version: another one is a conflict */
      etag: string;
      /** its name on all servers */
      uid: string;
      type: "person";
      /** as it is shown */
      name?: string | null;
      /** the first name */
      givenName?: string | null;
      /** the family name */
      familyName?: string | null;
      /** further first names */
      additionalNames?: Array<string> | null;
      /** as `Dr.` */
      honorificPrefixes?: Array<string> | null;
      /** as `jr.` */
      honorificSuffixes?: Array<string> | null;
      /** what friends say */
      nickname?: string | null;
      /** e-mail addresses */
      emails?: Array<{
        /** the address, number or link itself */
        value: string;
        /** as `home`, `work`, `cell` */
        types?: Array<string> | null;
        /** the one to use first */
        preferred?: boolean | null;
        /** what it is called */
        label?: string | null;
      }> | null;
      /** telephone numbers */
      telephones?: Array<{
        /** the address, number or link itself */
        value: string;
        /** as `home`, `work`, `cell` */
        types?: Array<string> | null;
        /** the one to use first */
        preferred?: boolean | null;
        /** what it is called */
        label?: string | null;
      }> | null;
      /** web pages */
      urls?: Array<{
        /** the address, number or link itself */
        value: string;
        /** as `home`, `work`, `cell` */
        types?: Array<string> | null;
        /** the one to use first */
        preferred?: boolean | null;
        /** what it is called */
        label?: string | null;
      }> | null;
      /** addresses for messages, as `xmpp:rosa@example.org` */
      impps?: Array<{
        /** the address, number or link itself */
        value: string;
        /** as `home`, `work`, `cell` */
        types?: Array<string> | null;
        /** the one to use first */
        preferred?: boolean | null;
        /** what it is called */
        label?: string | null;
      }> | null;
      /** postal addresses */
      addresses?: Array<{
        /** as `home`, `work`, `cell` */
        types?: Array<string> | null;
        /** the one to use first */
        preferred?: boolean | null;
        /** what it is called */
        label?: string | null;
        /** a post office box */
        postOfficeBox?: string | null;
        /** flat or floor */
        extendedAddress?: string | null;
        /** street and number */
        street?: string | null;
        /** the town */
        locality?: string | null;
        /** the county or state */
        region?: string | null;
        /** the postal code */
        postalCode?: string | null;
        /** the country */
        country?: string | null;
      }> | null;
      /** where one works */
      organization?: string | null;
      /** department, and what is below it */
      organizationUnits?: Array<string> | null;
      /** the position */
      title?: string | null;
      /** what one does there */
      role?: string | null;
      /** labels, or groups */
      categories?: Array<string> | null;
      /** addresses of pictures */
      photoUrls?: Array<string> | null;
      /** a picture is stored in the contact; ignored in what you send */
      hasPhoto?: boolean;
      /** a text */
      note?: string | null;
      /** `1984-05-20`, or `--05-20` without the year */
      birthday?: string | "";
      /** likewise */
      anniversary?: string | "";
      /** `individual`, `group`, `org` or `location` */
      kind?: string | null;
      /** of a group: the `uid` of each, as `urn:uuid:…` */
      members?: Array<string> | null;
      /** the form in which it is stored */
      vcardVersion?: "2.1" | "3.0" | "4.0";
      /** whether `update` can change it; ignored in what you send */
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
      /** any name of yours, the same as with the credentials */
      id: string;
      type: "person";
    };
    /** the address book: its address is the `id` */
    target: string | {
      /** its address, as `fetch` gives it */
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
  /** an address or number */
  type HeardTyped = {
    /** the address, number or link itself */
    value: string;
    /** as `home`, `work`, `cell` */
    types?: Array<string>;
    /** the one to use first */
    preferred?: boolean;
    /** what it is called */
    label?: string;
  };
  /** a postal address */
  type HeardAddress = {
    /** as `home`, `work`, `cell` */
    types?: Array<string>;
    /** the one to use first */
    preferred?: boolean;
    /** what it is called */
    label?: string;
    /** a post office box */
    postOfficeBox?: string;
    /** flat or floor */
    extendedAddress?: string;
    /** street and number */
    street?: string;
    /** the town */
    locality?: string;
    /** the county or state */
    region?: string;
    /** the postal code */
    postalCode?: string;
    /** the country */
    country?: string;
  };
  /** a contact */
  type HeardContact = {
    /** its address */
    id: string;
    /** its version: another one is a conflict */
    etag?: string;
    /** its name on all servers */
    uid: string;
    type: "person";
    /** as it is shown */
    name: string;
    /** the first name */
    givenName?: string;
    /** the family name */
    familyName?: string;
    /** further first names */
    additionalNames?: Array<string>;
    /** as `Dr.` */
    honorificPrefixes?: Array<string>;
    /** as `jr.` */
    honorificSuffixes?: Array<string>;
    /** what friends say */
    nickname?: string;
    /** e-mail addresses */
    emails?: Array<HeardTyped>;
    /** telephone numbers */
    telephones?: Array<HeardTyped>;
    /** web pages */
    urls?: Array<HeardTyped>;
    /** addresses for messages, as `xmpp:rosa@example.org` */
    impps?: Array<HeardTyped>;
    /** postal addresses */
    addresses?: Array<HeardAddress>;
    /** where one works */
    organization?: string;
    /** department, and what is below it */
    organizationUnits?: Array<string>;
    /** the position */
    title?: string;
    /** what one does there */
    role?: string;
    /** labels, or groups */
    categories?: Array<string>;
    /** addresses of pictures */
    photoUrls?: Array<string>;
    /** a picture is stored in the contact */
    hasPhoto?: boolean;
    /** a text */
    note?: string;
    /** `1984-05-20`, or `--05-20` without the year */
    birthday?: string;
    /** likewise */
    anniversary?: string;
    /** `individual`, `group`, `org` or `location` */
    kind?: string;
    /** of a group: the `uid` of each, as `urn:uuid:…` */
    members?: Array<string>;
    /** the form in which it is stored */
    vcardVersion: "2.1" | "3.0" | "4.0";
    /** whether `update` can change it */
    updateSupported: boolean;
  };
  /** an address book, as `fetch` lists them */
  type HeardAddressBook = {
    /** its address */
    id: string;
    type: "addressBook";
    /** what it is called */
    name: string;
    /** what it is for */
    description?: string;
    /** true: you may not change it */
    readOnly?: boolean;
  };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context": Array<unknown>;
    /** the message's `id`, or null */
    id?: string | null;
    type: "collection";
    /** what the list is of */
    summary: string;
    /** how many there are in `items` */
    totalItems: number;
    /** address books, or contacts */
    items: Array<HeardContact | HeardAddressBook>;
    /** what could not be read */
    errors?: Array<{
      /** its address */
      id?: string;
      /** its version */
      etag?: string;
      /** why not */
      error: string;
    }>;
    /** there is more: send it as `after` */
    next?: string;
    /** true: the server has more, and does not give it */
    truncated?: boolean;
    /** send it the next time, to be told only of changes */
    syncToken?: string;
    /** true: this is all there is; false: only what has changed */
    full?: boolean;
    /** addresses of what is gone */
    removed?: Array<string>;
  } | {
    "@context": Array<unknown>;
    /** the message's `id` */
    id?: string;
    type: "create" | "update" | "delete";
    /** you, as in the message */
    actor: Record<string, unknown>;
    /** where, as in the message */
    target: Record<string, unknown>;
    /** what was stored or deleted */
    object: {
      /** its address */
      id: string;
      type: "person";
      /** its name on all servers */
      uid?: string;
      /** its version now */
      etag?: string;
    };
    /** when the message was sent */
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
      /** any */
      type?: string;
      /** the text */
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
      /** any */
      type?: string;
      /** the text */
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
      /** any */
      type?: string;
      /** the text */
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
      /** any */
      type?: string;
      /** the text */
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
      /** the address */
      id: string;
      type: "feed";
      /** a name for it; ignored */
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
      /** its title */
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
      /** your address: nick and server */
      id: string;
      type: "person";
      /** your nick */
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
      /** your address: nick and server */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** the room, or for a new nick you under it */
    target?: string | {
      /** the address */
      id: string;
      type: "room" | "person";
      /** the new nick, or the name of the room */
      name?: string;
    };
    /** what is meant, by its `type` */
    object: {
      type: "topic";
      /** the text; empty to clear it */
      content: string;
    } | {
      type: "address";
    } | {
      type: "presence";
      /** `online`: you are back */
      presence: "away" | "online";
      /** why */
      content?: string;
    } | {
      type: "role";
      /** the member's nick */
      name: string;
      /** `none` removes them */
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
      /** your address: nick and server */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** the room: `SERVER/#NAME` */
    target: string | {
      /** address of the room */
      id: string;
      type: "room";
      /** name of the room */
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
      /** your address: nick and server */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** the room: `SERVER/#NAME` */
    target: string | {
      /** address of the room */
      id: string;
      type: "room";
      /** name of the room */
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
      /** your address: nick and server */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** a room, `SERVER/#NAME`, or a person, `NICK@SERVER`; `name` is the name alone */
    target: string | {
      /** the address */
      id: string;
      type: "room" | "person";
      /** the name alone: `#deck`, `otto` */
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
  /** Ask who is there, what was said, or who somebody is. `attendance` lists the members of a room. `profile` is what the network tells of a person. `history` gives old messages as events, where the network keeps them (draft/chathistory) or this server does (`packageConfig.irc.bouncer`); without a target, those of all rooms. */
  interface Query {
    "@context": Context<"irc">;
    type: "query";
    id?: string;
    published?: string;
    /** you: `NICK@SERVER` */
    actor: string | {
      /** your address: nick and server */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** a room, `SERVER/#NAME`, or a person, `NICK@SERVER`; `name` is the name alone */
    target?: string | {
      /** the address */
      id: string;
      type: "room" | "person";
      /** the name alone: `#deck`, `otto` */
      name: string;
    };
    /** what is meant, by its `type` */
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
    } | {
      type: "profile";
    };
  }
  type QueryAnswer = Omit<Heard, "object"> & { type: "query"; object: Answered | Exclude<Query["object"], { type: Answered["type"] }> };
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
      /** your address: nick and server */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
  }
  type DisconnectAnswer = Activity;
  /** a person: `NICK@SERVER` */
  type HeardPerson = {
    /** `NICK@SERVER`; as a target of messages `SERVER/NICK` */
    id: string;
    type: "person";
    /** the nick */
    name?: string;
    /** the account it is logged in with */
    account?: string;
    /** its real name */
    summary?: string;
  };
  /** the network itself */
  type HeardService = {
    /** the server, as the credentials name it */
    id: string;
    type: "service";
    /** what the network calls itself */
    name?: string;
  };
  /** a room: `SERVER/#NAME` */
  type HeardRoom = {
    /** `SERVER/#NAME` */
    id: string;
    type: "room";
    /** name of the room */
    name?: string;
    /** its key */
    key?: string;
  };
  /** a text */
  type HeardMessage = {
    type: "message";
    /** the text */
    content: string;
    /** the network's id, for `inReplyTo` and `history` */
    id?: string;
    /** id of the message that it answers */
    inReplyTo?: string;
    /** said to those with this role only */
    audience?: string;
  };
  /** an action */
  type HeardMe = {
    type: "me";
    /** what they do */
    content: string;
    /** the network's id */
    id?: string;
    /** id of the message that it answers */
    inReplyTo?: string;
    /** done for those with this role only */
    audience?: string;
  };
  /** somebody's place in a room, or whether away */
  type HeardPresence = {
    type: "presence";
    /** what they are in the room */
    role?: "owner" | "member" | "participant" | "admin";
    /** `away`, or back */
    presence?: "away" | "online";
    /** why they are away */
    content?: string;
  };
  /** a topic */
  type HeardTopic = {
    type: "topic";
    /** the text; empty for none */
    content: string;
  };
  /** a new nick: the target is who it is now */
  type HeardAddress = {
    type: "address";
  };
  /** a role that was given or taken */
  type HeardRelationship = {
    type: "relationship";
    /** always `role` */
    relationship: "role";
    /** the role */
    subject?: {
      type: "presence";
      /** `owner` is an operator, `admin` a half-operator, `participant` has a voice */
      role: "owner" | "member" | "participant" | "admin";
    };
    object?: HeardRoom;
  };
  /** who is there */
  type HeardAttendance = {
    type: "attendance";
    /** the members */
    members: Array<HeardMember>;
    /** how many there are, where the list is cut */
    totalItems?: number;
  };
  /** a member */
  type HeardMember = {
    /** `NICK@SERVER` */
    id: string;
    type: "person";
    /** the nick */
    name: string;
    /** `owner` is an operator, `admin` a half-operator, `participant` has a voice */
    role: "owner" | "member" | "participant" | "admin";
  };
  /** how the connection to the network fares */
  type HeardConnection = {
    type: "connect";
    /** how it is */
    status: "online" | "reconnecting" | "failed";
    /** why, in one word */
    condition?: string;
  };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context"?: Array<string>;
    /** the message's `id` */
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
  /** What a query is answered with. */
  type Answered = {
    type: "history";
    /** as you sent it */
    before?: string;
    /** as you sent it */
    after?: string;
    /** as you sent it */
    limit?: number;
    /** how many messages were told */
    totalItems: number;
  } | {
    type: "profile";
    /** the nick */
    nickname: string;
    /** the real name, as they say */
    name?: string;
    /** name on their machine, as they say */
    username?: string;
    /** where they come from, or what the network shows instead */
    host?: string;
    /** the server of the network that they use */
    server?: string;
    /** `away`, or here */
    presence: "away" | "online";
    /** why they are away */
    content?: string;
    /** true: an operator of the network */
    operator?: boolean;
    /** true: connected by TLS */
    secure?: boolean;
    /** the account that they are logged in with */
    account?: string;
    /** their address, where you may know it */
    ip?: string;
    /** how long they have said nothing */
    idleSeconds?: number;
    /** since when they are connected */
    signedOn?: string;
    /** the rooms that they are in, as far as you may know */
    rooms?: Array<{
      type: "room";
      /** `SERVER/#NAME` */
      id: string;
      /** name of the room */
      name: string;
      /** what they are there */
      role: "owner" | "admin" | "participant" | "member";
    }>;
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
      /** the address */
      id: string;
      type: "website";
      /** a name for it; ignored */
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
      /** in pixels */
      width?: number;
      /** in pixels */
      height?: number;
      /** in seconds */
      duration?: number;
      /** as `image/png` */
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
      /** what it is for, as `icon` */
      rel?: string;
      /** as `32x32` */
      sizes?: string;
      /** as `image/png` */
      mediaType?: string;
    }>;
    /** the feeds it names */
    feeds?: Array<{
      /** address of the feed */
      url: string;
      /** as `application/rss+xml` */
      mediaType?: string;
      /** its title */
      title?: string;
    }>;
    /** a sound to play */
    audio?: {
      /** address of the sound */
      url: string;
      /** as `image/png` */
      mediaType?: string;
    };
  };
  /** Pictures of a page. */
  type HeardOgImage = Array<{
    /** address of the picture */
    url: string;
    /** as `image/png` */
    type?: string;
    /** in pixels */
    width?: string | number;
    /** in pixels */
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
      /** the address */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** the room: `ROOM@SERVICE` */
    target: string | {
      /** address of the room */
      id: string;
      type: "room";
      /** the nick that you want */
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
      /** at most so many */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** the room: `ROOM@SERVICE` */
    target: string | {
      /** address of the room */
      id: string;
      type: "room";
      /** what it is called; not needed */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** a room, or a person */
    target: string | {
      /** the address */
      id: string;
      type: "room" | "person";
      /** what it is called; not needed */
      name?: string;
    };
    object: {
      type: "message";
      /** yours for it; one is made where there is none */
      id?: string;
      /** the text */
      content: string;
      /** it corrects the message with this id */
      "xmpp:replace"?: {
        /** id of the message that it corrects */
        id: string;
      };
      /** id of the message that it answers */
      inReplyTo?: string;
      /** ask the other side to confirm that it arrived */
      receipt?: boolean;
      /** links, as of files that were uploaded */
      attachment?: Array<{
        type: "link";
        /** its address: http or https */
        href: string;
        /** what it is called */
        name?: string;
        /** as `image/png` */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** a room, or a person */
    target?: string | {
      /** the address */
      id: string;
      type: "room" | "person";
      /** of a contact: what it is called */
      name?: string;
    };
    /** what is meant, by its `type` */
    object: {
      type: "presence";
      /** `chat`: free to talk; `dnd`: busy; `xa`: away for long */
      presence?: "away" | "chat" | "dnd" | "xa" | "offline" | "online";
      /** a text beside it */
      content?: string;
    } | {
      type: "chat-state";
      /** what is being done: `composing` is typing */
      state: "active" | "composing" | "paused" | "inactive" | "gone";
    } | {
      type: "receipt";
      /** id of the message */
      id: string;
      /** `displayed`: it was seen */
      state: "displayed";
    } | {
      type: "reaction";
      /** id of the message */
      id: string;
      /** all of them, as `👍`; an empty list takes them back */
      reactions: Array<string>;
    } | {
      type: "retraction";
      /** id of the message */
      id: string;
    } | {
      type: "topic";
      /** the text; empty for none */
      content: string;
    } | {
      type: "address";
      /** the new nick */
      name: string;
    } | {
      type: "role";
      /** nick of the occupant */
      name: string;
      /** `none` removes them from the room */
      role: "none" | "visitor" | "participant" | "moderator";
      /** why */
      content?: string;
    } | {
      type: "affiliation";
      /** address of the account */
      id: string;
      /** `outcast` bans */
      affiliation: "none" | "outcast" | "member" | "admin" | "owner";
      /** why */
      content?: string;
    } | {
      type: "invite";
      /** address of the room */
      id: string;
      /** a word with it */
      content?: string;
    } | {
      type: "contact";
      /** names of the groups that it is in */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** a person: `USER@DOMAIN` */
    target: string | {
      /** the address */
      id: string;
      type: "person";
      /** what it is called; not needed */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** a person: `USER@DOMAIN` */
    target: string | {
      /** the address */
      id: string;
      type: "person";
      /** what it is called; not needed */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** a person: `USER@DOMAIN` */
    target: string | {
      /** the address */
      id: string;
      type: "person";
      /** what it is called; not needed */
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
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
    /** a room, or a person */
    target?: string | {
      /** the address */
      id: string;
      type: "room" | "person";
      /** what it is called; not needed */
      name?: string;
    };
    /** what is meant, by its `type` */
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
      /** at most so many */
      limit?: number;
    } | {
      type: "roster";
    } | {
      type: "members";
      /** which accounts */
      affiliation: "outcast" | "member" | "admin" | "owner";
    } | {
      type: "rooms";
    } | {
      type: "bookmarks";
    } | {
      type: "upload";
      /** name of the file */
      name: string;
      /** its bytes */
      size: number;
      /** as `image/png` */
      mediaType?: string;
    } | {
      type: "profile";
    };
  }
  type QueryAnswer = Omit<Heard, "object"> & { type: "query"; object: Answered | Exclude<Query["object"], { type: Answered["type"] }> };
  /** Say goodbye. Ends the connection for all your sessions. */
  interface Disconnect {
    "@context": Context<"xmpp">;
    type: "disconnect";
    id?: string;
    published?: string;
    /** you: `USER@DOMAIN/RESOURCE` */
    actor: string | {
      /** your address, with the resource */
      id: string;
      type: "person";
      /** your nick */
      name?: string;
    };
  }
  type DisconnectAnswer = Heard & { type: "disconnect" };
  type HeardJid = {
    /** the address: `USER@DOMAIN`, `ROOM@SERVICE`, or `ROOM@SERVICE/NICK` for somebody in a room */
    id: string;
    type: "person" | "room";
    /** the nick, or the name of a contact */
    name?: string;
    /** the room's password, with an invitation */
    key?: string;
    /** who it is in the room, whatever the nick */
    "xmpp:occupant-id"?: string;
  };
  type HeardMessage = {
    type: "message";
    /** its id, which receipts, reactions and corrections name */
    id?: string;
    /** the text */
    content?: string;
    /** its id in the archive, for `history`, and in rooms for `inReplyTo` */
    "xmpp:stanza-id"?: string;
    /** it corrects an earlier message */
    "xmpp:replace"?: {
      /** id of the message that it corrects */
      id: string;
    };
    /** id of the message that it answers */
    inReplyTo?: string;
    /** the sender asks for a receipt */
    receipt?: boolean;
    /** it is encrypted, by this method: `content` is only a hint */
    "xmpp:encryption"?: string;
    /** links, as of files that were uploaded */
    attachment?: Array<{
      type: "link";
      /** its address: http or https */
      href: string;
      /** what it is called */
      name?: string;
      /** as `image/png` */
      mediaType?: string;
    }>;
  };
  type HeardPresence = {
    type: "presence";
    /** `notauthorized`: they do not tell you */
    presence?: "away" | "chat" | "dnd" | "xa" | "offline" | "online" | "notauthorized";
    /** a text beside it, or why they went */
    content?: string;
    /** what they are in the room, in words that all chats share */
    role?: "owner" | "admin" | "participant" | "member";
    /** what their account is in the room */
    "xmpp:affiliation"?: "owner" | "admin" | "member" | "outcast" | "none";
    /** what they may do there */
    "xmpp:role"?: "moderator" | "participant" | "visitor" | "none";
    /** status codes of the room (XEP-0045): 301 banned, 303 another nick, 307 kicked */
    "xmpp:codes"?: Array<number>;
    /** their real address, where the room tells it */
    "xmpp:jid"?: string;
  };
  type HeardAttendance = {
    type: "attendance";
    /** their nicks */
    members?: Array<string>;
  };
  type HeardConnect = {
    type: "connect";
    /** `online`, `reconnecting` or `failed` */
    status?: string;
    /** why; `resumed`: nothing was lost */
    condition?: string;
  };
  type HeardRoomInfoField = {
    /** the kind of field (XEP-0004) */
    type: string;
    /** what it is called */
    label?: string;
    /** its value */
    value: string | number | boolean | null | Array<string>;
    /** what it can be */
    options?: Array<{
      /** what it is called */
      label: string;
      /** the value */
      value: string;
    }>;
  };
  type HeardRoomInfo = {
    type: "room-info";
    /** what the room can do (XEP-0030) */
    features?: Array<string>;
    /** what it is */
    identities?: Array<{
      /** as `conference` */
      category: string;
      /** as `text` */
      type: string;
      /** what it is called */
      name?: string;
    }>;
    /** what it says of itself, by field */
    roominfo?: Record<string, unknown>;
    /** how it is set up, by field */
    roomconfig?: Record<string, unknown>;
    /** further fields */
    custom?: Record<string, unknown>;
  };
  type HeardChatState = {
    type: "chat-state";
    /** what is being done: `composing` is typing */
    state: "active" | "composing" | "paused" | "inactive" | "gone";
  };
  type HeardReceipt = {
    type: "receipt";
    /** id of the message */
    id: string;
    /** `received`: it arrived; `displayed`: it was seen */
    state: "received" | "displayed";
  };
  type HeardReaction = {
    type: "reaction";
    /** id of the message */
    id: string;
    /** all of them, as `👍`; an empty list takes them back */
    reactions: Array<string>;
  };
  type HeardRetraction = {
    type: "retraction";
    /** id of the message */
    id: string;
    /** why a moderator took it away */
    content?: string;
  };
  type HeardTopic = {
    type: "topic";
    /** the text; empty for none */
    content: string;
  };
  type HeardAddress = {
    type: "address";
    /** the new nick */
    name?: string;
  };
  type HeardContact = {
    type: "contact";
    /** `both`: you see each other; `remove`: it was removed */
    subscription?: "none" | "to" | "from" | "both" | "remove";
    /** your request is not answered yet */
    ask?: "subscribe";
    /** names of the groups that it is in */
    groups?: Array<string>;
  };
  type HeardRole = {
    type: "role";
    /** nick of the occupant */
    name: string;
    /** `none` removes them from the room */
    role: "none" | "visitor" | "participant" | "moderator";
    /** why */
    content?: string;
  };
  type HeardAffiliation = {
    type: "affiliation";
    /** address of the account */
    id: string;
    /** `outcast` bans */
    affiliation: "none" | "outcast" | "member" | "admin" | "owner";
    /** why */
    content?: string;
  };
  type HeardHistory = {
    type: "history";
    /** id in the archive, or time */
    before?: string;
    /** id in the archive, or time */
    after?: string;
    /** at most so many */
    limit?: number;
  };
  type HeardInvitation = {
    type: "invite";
    /** address of the room */
    id: string;
    /** a word with it */
    content?: string;
  };
  /** What comes back: an answer, or what arrives by itself. */
  type Heard = {
    "@context"?: Array<string>;
    /** the message's `id` */
    id?: string;
    type: "connect" | "close" | "error" | "update" | "send" | "query" | "request-friend" | "join" | "leave" | "invite" | "make-friend" | "remove-friend" | "disconnect";
    /** who */
    actor: HeardJid;
    /** where, or to whom */
    target?: HeardJid;
    /** why it failed or ended */
    error?: string;
    /** when it was said */
    published?: string;
    /** what */
    object?: HeardMessage | HeardPresence | HeardAttendance | HeardRoomInfo | HeardConnect | HeardChatState | HeardReceipt | HeardReaction | HeardRetraction | HeardTopic | HeardAddress | HeardContact | HeardRole | HeardAffiliation | HeardInvitation | HeardHistory;
  };
  /** What a query is answered with. */
  type Answered = {
    type: "attendance";
    /** their nicks */
    members: Array<string>;
    /** the same people with more; of a room that you are in */
    occupants?: Array<{
      type: "person";
      /** `ROOM@SERVICE/NICK` */
      id: string;
      /** the nick */
      name: string;
      /** what they are, in words that all chats share */
      role?: "owner" | "admin" | "participant" | "member";
      /** what their account is in the room */
      "xmpp:affiliation"?: "owner" | "admin" | "member" | "outcast" | "none";
      /** their real address, where the room tells it */
      "xmpp:jid"?: string;
    }>;
  } | {
    type: "history";
    /** as you sent it */
    before?: string;
    /** as you sent it */
    after?: string;
    /** as you sent it */
    limit?: number;
    /** how many messages were told */
    totalItems: number;
    /** there is no more of it */
    complete: boolean;
    /** the next `before` */
    first?: string;
    /** the next `after` */
    last?: string;
  } | {
    type: "roster";
    /** each of them */
    items: Array<{
      type: "person";
      /** the address */
      id: string;
      /** what you call them */
      name?: string;
      /** `both`: you see each other */
      subscription: "none" | "to" | "from" | "both";
      /** your request is not answered yet */
      ask?: "subscribe";
      /** the groups that they are in */
      groups?: Array<string>;
    }>;
  } | {
    type: "members";
    /** each of them */
    items: Array<{
      type: "person";
      /** the address */
      id: string;
      /** what it is in the room */
      affiliation: "owner" | "admin" | "member" | "outcast" | "none";
      /** the nick that is kept for it */
      name?: string;
    }>;
  } | {
    type: "rooms";
    /** each of them */
    items: Array<{
      type: "room";
      /** address of the room */
      id: string;
      /** what it is called */
      name?: string;
    }>;
  } | {
    type: "bookmarks";
    /** each of them */
    items: Array<{
      type: "room";
      /** address of the room */
      id: string;
      /** what it is called */
      name?: string;
      /** your nick there */
      nick?: string;
      /** you want to be there always; nothing joins it by itself */
      autojoin?: boolean;
    }>;
  } | {
    type: "upload";
    /** send the file here by PUT */
    put: string;
    /** with these headers */
    headers?: Record<string, unknown>;
    /** where others find it */
    get: string;
  } | {
    type: "profile";
    /** the full name */
    name?: string;
    /** what friends say */
    nickname?: string;
    /** a text */
    summary?: string;
    /** a web page */
    url?: string;
    /** a picture, as a data: address */
    image?: string;
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

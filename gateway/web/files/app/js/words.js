import { h } from "./dom.js";

// What people can do about an error, by its code.
const advice = {
  rate_limited: "Too many messages in a short time: wait a few seconds.",
  too_many_jobs: "Too many messages wait for their answers: wait for some of them.",
  queue_full: "The server has too much to do for this platform: try again later.",
  deadline: "The server gave up waiting. The other side may be slow or unreachable.",
  timeout: "No answer came in time. The other side may be slow or unreachable.",
  outcome_unknown: "The worker ended while it had the message: it may or may not have been done.",
  not_sent: "Nobody has seen the message: it can be sent again.",
  worker_ended: "The workers that had this message ended: sending it again will not help.",
  worker_start_failed: "The platform's worker does not start: the server's log says why.",
  disconnected: "The connection to the server broke before the answer came.",
  shutting_down: "The server is stopping: the page connects again by itself.",
  expired: "The server could not be reached for too long.",
  invalid: "The message was not sent: it does not fit the platform's schema.",
};

// explain puts an error into words: what was said, and what to do about it.
export function explain(error, wanted = {}) {
  const text = String(error?.message ?? error).replace(/^(Error: )+/, "") || "It failed without saying why.";
  const hint = hintFor(text, wanted) || advice[error?.code];
  return [h("p", {}, sentence(text)), hint && h("p", { class: "hint" }, hint)].filter(Boolean);
}

function hintFor(text, { nick, secure, port }) {
  if (/private|loopback|internal network|not allowed/i.test(text)) {
    return "The server does not fetch from private networks unless allowPrivateAddresses is set for the platform.";
  }
  if (/nicknames unavailable/.test(text)) {
    return /^[^\p{L}[\]\\`_^{|}]/u.test(nick ?? "") ? "A nick must not begin with a digit or a dash." : "Somebody has this nick, or the server does not take such nicks: choose another one.";
  }
  if (secure && /tls|handshake|record|certificate|EOF|timed? ?out|deadline/i.test(text)) {
    return `Port ${port} may be one without encryption: switch off “Encrypted (TLS)”, or take the other port, mostly 6697.`;
  }
  return "";
}

export function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…)]$/.test(first) ? first : first + ".";
}

// address completes what a person types into a web address, or returns "".
export function address(text) {
  const trimmed = text.trim();
  if (!trimmed || /\s/.test(trimmed)) return "";
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
    url.hash = "";
    return /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

// link is a link to elsewhere; text that is no web address stays text.
export function link(target, ...content) {
  const url = /^https?:\/\//i.test(target ?? "") && address(target);
  if (!url) return h("span", {}, ...content);
  return h("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, ...content);
}

// linked makes the web addresses in a text links.
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/).map((part, i) => (i % 2 ? link(part, part) : part));
}

export function clock(date) {
  return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

export function day(date) {
  return date.toLocaleDateString([], { year: "numeric", month: "long", day: "numeric" });
}

export function plural(n, one, many = one + "s") {
  return `${n} ${n === 1 ? one : many}`;
}

export function milliseconds(ms) {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function duration(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${seconds} s`;
}

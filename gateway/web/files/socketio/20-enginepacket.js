// Engine.IO packets: "4hello" is a message, "b" and base64 are bytes.

const ENGINE_TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
const SEPARATOR = "\x1e";

const isView = (v) => ArrayBuffer.isView(v);
const isBlob = (v) => typeof Blob !== "undefined" && v instanceof Blob;
const isBinary = (v) => v instanceof ArrayBuffer || isView(v) || isBlob(v);

function toBase64(buffer) {
  const bytes = isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}

function fromBase64(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
}

// encodeEngine calls back with a string, or with the raw bytes where the
// transport can carry them. Only a Blob that must become text takes time.
function encodeEngine({ type, data }, raw, done) {
  if (!isBinary(data)) return done(ENGINE_TYPES.indexOf(type) + (data || ""));
  if (raw) return done(data);
  if (!isBlob(data)) return done("b" + toBase64(data));
  data.arrayBuffer().then(
    (buffer) => done("b" + toBase64(buffer)),
    () => done("b"),
  );
}

// encodeAll keeps the order, whichever packet is ready first.
function encodeAll(packets, raw, done) {
  const parts = [];
  let left = packets.length;
  packets.forEach((packet, i) =>
    encodeEngine(packet, raw, (part) => {
      parts[i] = part;
      if (!--left) done(parts);
    }),
  );
}

const PARSE_ERROR = { type: "error", data: "parser error" };

function decodeEngine(data) {
  if (typeof data !== "string") return { type: "message", data };
  if (data[0] === "b") {
    try {
      return { type: "message", data: fromBase64(data.slice(1)) };
    } catch {
      return PARSE_ERROR;
    }
  }
  const type = ENGINE_TYPES[data[0]];
  if (!type) return PARSE_ERROR;
  return data.length > 1 ? { type, data: data.slice(1) } : { type };
}

// What packets of text and bytes take in a polling body.
function byteLength(data) {
  if (typeof data !== "string") return Math.ceil((data.byteLength || data.size || 0) * 1.34);
  let length = data.length;
  for (let i = 0; i < data.length; i++) {
    const c = data.charCodeAt(i);
    if (c > 0x7f) length += c > 0x7ff && (c < 0xd800 || c > 0xdfff) ? 2 : 1;
  }
  return length;
}

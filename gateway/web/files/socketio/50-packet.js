// Socket.IO packets: 2/garden,7["water",{"_placeholder":true,"num":0}]

const CONNECT = 0;
const DISCONNECT = 1;
const EVENT = 2;
const ACK = 3;
const CONNECT_ERROR = 4;
const BINARY_EVENT = 5;
const BINARY_ACK = 6;

const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

// extract replaces binary values by placeholders and appends them to found.
function extract(value, found) {
  if (!value || typeof value !== "object" || value instanceof Date) return value;
  if (isBinary(value)) return { _placeholder: true, num: found.push(value) - 1 };
  if (Array.isArray(value)) return value.map((v) => extract(v, found));
  if (typeof value.toJSON === "function") return extract(value.toJSON(), found);
  const copy = {};
  for (const key of Object.keys(value)) copy[key] = extract(value[key], found);
  return copy;
}

// encode gives the packet's text and the attachments that follow it.
function encode({ type, nsp, id, data }) {
  const attachments = [];
  if (type === EVENT || type === ACK) {
    data = extract(data, attachments);
    if (attachments.length) type += 3;
  }
  let text = String(type);
  if (attachments.length) text += attachments.length + "-";
  if (nsp && nsp !== "/") text += nsp + ",";
  if (id != null) text += id;
  if (data != null) text += JSON.stringify(data);
  return [text, ...attachments];
}

const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
const isEvent = (v) =>
  Array.isArray(v) && (typeof v[0] === "number" || (typeof v[0] === "string" && !RESERVED.includes(v[0])));
const PAYLOADS = [
  (v) => v === undefined || isObject(v),
  (v) => v === undefined,
  isEvent,
  Array.isArray,
  (v) => typeof v === "string" || isObject(v),
  isEvent,
  Array.isArray,
];

function decode(text) {
  const found = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*)(?:,|$))?(\d+)?([^]*)$/.exec(text);
  if (!found) throw new Error("unknown packet type " + text[0]);
  const [, type, attachments, nsp, id, json] = found;
  const packet = { type: Number(type), nsp: nsp || "/" };
  if (id) packet.id = Number(id);
  if (json) packet.data = JSON.parse(json);
  if (!PAYLOADS[packet.type](packet.data)) throw new Error("invalid payload");
  const binary = packet.type === BINARY_EVENT || packet.type === BINARY_ACK;
  if (binary !== (attachments !== undefined)) throw new Error("illegal attachments");
  if (binary) packet.attachments = Number(attachments);
  return packet;
}

// restore puts attachments back in the places that extract marked.
function restore(value, buffers) {
  if (!value || typeof value !== "object") return value;
  if (value._placeholder === true) {
    const { num } = value;
    if (!Number.isInteger(num) || num < 0 || num >= buffers.length) throw new Error("illegal attachments");
    return buffers[num];
  }
  for (const key of Object.keys(value)) value[key] = restore(value[key], buffers);
  return value;
}

class Decoder {
  // add takes one Engine.IO message and returns a packet once it is whole.
  add(data) {
    let { packet } = this;
    if (typeof data === "string") {
      if (packet) throw new Error("got plaintext data when reconstructing a packet");
      packet = decode(data);
      if (!packet.attachments) return this.finish(packet, []);
      this.packet = packet;
      this.buffers = [];
    } else {
      if (!packet) throw new Error("got binary data when not reconstructing a packet");
      if (this.buffers.push(data) === packet.attachments) return this.finish(packet, this.buffers);
    }
  }

  finish(packet, buffers) {
    this.reset();
    if (packet.type === BINARY_EVENT || packet.type === BINARY_ACK) {
      packet.data = restore(packet.data, buffers);
      packet.type -= 3;
      delete packet.attachments;
    }
    return packet;
  }

  reset() {
    this.packet = this.buffers = undefined;
  }
}

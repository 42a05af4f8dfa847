// Decodes for a test: each line of its input is an encoding and bytes in hex, and
// each line that it writes the text in hex, or "-" where there is no such encoding.
"use strict";
const { createInterface } = require("node:readline");
const decoders = new Map();
createInterface({ input: process.stdin }).on("line", (line) => {
  const [encoding, bytes] = line.split(" ");
  if (!decoders.has(encoding)) {
    try {
      decoders.set(encoding, new TextDecoder(encoding, { ignoreBOM: true }));
    } catch {
      decoders.set(encoding, null);
    }
  }
  const decoder = decoders.get(encoding);
  process.stdout.write((decoder ? Buffer.from(decoder.decode(Buffer.from(bytes, "hex"))).toString("hex") : "-") + "\n");
});

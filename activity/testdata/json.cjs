// Reads lines of base64, each a text, and answers each with what JavaScript
// makes of it: JSON.stringify(JSON.parse(text)), or "error".
const lines = require("node:readline").createInterface({ input: process.stdin });
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
lines.on("line", (line) => {
  let answer = "error";
  try {
    answer = JSON.stringify(JSON.parse(decoder.decode(Buffer.from(line, "base64"))));
  } catch {}
  console.log(answer);
});

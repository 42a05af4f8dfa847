// What an entry of the inspector is in other languages.

export function asJavaScript({ event, content }, { origin, path }) {
  const method = event === "credentials" ? "sendCredentials" : "send";
  return `const sc = new SockethubClient(io(${JSON.stringify(origin)}, { path: ${JSON.stringify(path)} }));
await sc.ready();
const answer = await sc.${method}(${JSON.stringify(content, null, 2)});
console.log(answer);
`;
}

// The id makes a request safe to repeat, and is all that protects its answer:
// it has to be hard to guess, and another one for each command.
export function asCurl({ content }, { origin, actions }) {
  // Unlike randomUUID this is there on pages that are not secure, too.
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `curl -N ${quote(origin + actions)} \\
  -H 'Content-Type: application/json' \\
  -H 'X-Request-Id: ${id}' \\
  -d ${quote(JSON.stringify(content))}
`;
}

function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

// copy puts a text into the clipboard, also on pages that are not secure,
// where browsers offer the old way only.
export async function copy(text) {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "spoken";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("the browser refused to copy");
}

// What the documents say of the platforms: the schemas with the words for people,
// which the registry leaves out, and recorded exchanges.
let all;

// described is what is told of a platform: {credentials, messages, examples}, each
// only where there is one.
export async function described(platform) {
  all ??= fetch("/examples-schemas.json")
    .then((response) => (response.ok ? response.json() : {}))
    .catch(() => ({}));
  return (await all)[platform] ?? {};
}

// about is what a type of message does.
export function about({ credentials, messages }, type) {
  const { title, description } = (type === "credentials" ? credentials : messages?.definitions?.types?.[type]) ?? {};
  return title ? plain(`${title}. ${description ?? ""}`) : "";
}

// plain leaves out the marks of Markdown.
export function plain(text) {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "").trim();
}

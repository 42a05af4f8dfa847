// parseURI takes an address apart: the path part is the namespace.
function parseURI(uri) {
  const scheme = page ? page.protocol : "https:";
  if (!uri) uri = scheme + "//" + page.host;
  if (uri.startsWith("//")) uri = scheme + uri;
  else if (uri[0] === "/") uri = scheme + "//" + page.host + uri;
  else if (!/^(https?|wss?):\/\//i.test(uri)) uri = scheme + "//" + uri;
  const [, protocol, host, port, path, query] =
    /^(\w+):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d+))?([^?#]*)(?:\?([^#]*))?/.exec(uri);
  const secure = /^(https|wss)$/i.test(protocol);
  return { protocol: protocol.toLowerCase(), host, secure, port: port || (secure ? "443" : "80"), path: path || "/", query };
}

function parseQuery(query) {
  if (typeof query !== "string") return query || {};
  return Object.fromEntries(new URLSearchParams(query));
}

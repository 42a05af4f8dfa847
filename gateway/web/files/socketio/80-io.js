const managers = {};

function io(uri, opts) {
  if (uri && typeof uri === "object") {
    opts = uri;
    uri = undefined;
  }
  opts = Object.assign({}, opts);
  const url = parseURI(uri);
  const source = url.protocol + "://" + url.host + ":" + url.port;
  const id = source + (opts.path || "/socket.io");
  const taken = managers[id] && managers[id].nsps[url.path];
  const fresh = opts.forceNew || opts["force new connection"] || opts.multiplex === false || taken;
  if (url.query && !opts.query) opts.query = parseQuery(url.query);
  const manager = fresh ? new Manager(source, opts) : (managers[id] ||= new Manager(source, opts));
  return manager.socket(url.path, opts);
}

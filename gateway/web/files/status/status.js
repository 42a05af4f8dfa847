// Draws the numbers that the server sends every two seconds.
const kept = 120; // samples of each curve: four minutes
const byId = (id) => document.getElementById(id);
const svg = (tag, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

class Tile {
  constructor(title, unit = "") {
    this.samples = [];
    this.number = document.createElement("strong");
    this.more = document.createElement("small");
    this.unit = unit;
    const heading = document.createElement("h2");
    heading.textContent = title;
    this.area = svg("path", { class: "area" });
    this.curve = svg("path", { class: "curve" });
    const chart = svg("svg", { viewBox: "0 0 119 40", preserveAspectRatio: "none", "aria-hidden": "true" });
    chart.append(this.area, this.curve);
    this.root = document.createElement("section");
    this.root.className = "tile";
    this.root.append(heading, this.number, this.more, chart);
    byId("tiles").append(this.root);
  }

  show(value, more = "", bad = false) {
    this.number.textContent = value === null ? "–" : format(value) + this.unit;
    this.more.textContent = more;
    this.root.classList.toggle("bad", bad);
    // A curve begins with the first number that there is.
    if (value === null && !this.samples.length) return;
    this.samples.push(value ?? 0);
    if (this.samples.length > kept) this.samples.shift();
    const top = Math.max(1, ...this.samples);
    const points = this.samples.map((v, i) => `${kept - this.samples.length + i},${(38 - (36 * v) / top).toFixed(2)}`);
    this.curve.setAttribute("d", `M${points.join("L")}`);
    this.area.setAttribute("d", `M${kept - this.samples.length},40L${points.join("L")}L${kept - 1},40Z`);
  }
}

function format(value) {
  if (value >= 10000) return `${(value / 1000).toFixed(value >= 100000 ? 0 : 1)} k`;
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

const tiles = {
  connections: new Tile("Connections"),
  events: new Tile("Events a second"),
  latency: new Tile("Mean time to an answer", " ms"),
  queue: new Tile("Jobs under way"),
  restarts: new Tile("Worker restarts"),
  redis: new Tile("Redis"),
};

let last = null;

// A browser connects again by itself, but for an answer that was a refusal.
function listen() {
  const source = new EventSource("/status/events");
  source.onmessage = ({ data }) => show(JSON.parse(data));
  source.onerror = () => {
    say("bad", "The server does not answer");
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
}

function show(now) {
  const seconds = last ? (now.now - last.now) / 1000 : 0;
  // Counters that fall belong to a server that has started anew.
  const rate = (name) => (last && seconds > 0 && now[name] >= last[name] ? (now[name] - last[name]) / seconds : null);
  const answers = last ? now.answers - last.answers : 0;
  say(now.notReady ? "bad" : "good", now.notReady || `Ready, for ${duration(now.now - new Date(now.started))}`);
  byId("version").textContent = now.version;
  tiles.connections.show(now.connections, now.sessions > now.connections ? `and ${now.sessions - now.connections} that may come back` : "");
  tiles.events.show(rate("events"), `${format(now.events)} since the start`);
  tiles.latency.show(answers > 0 ? (now.answerMs - last.answerMs) / answers : null);
  tiles.queue.show(now.running + now.waiting, `${now.waiting} of them waiting`);
  tiles.restarts.show(now.restarts);
  showRedis(now.redis);
  showInstances(now);
  last = now;
}

function say(state, text) {
  const box = byId("state");
  box.dataset.state = state;
  if (box.textContent !== text) box.textContent = text;
}

function showRedis(redis) {
  tiles.redis.root.hidden = !redis;
  tiles.redis.show(redis === "up" ? 1 : 0, "", redis !== "up");
  tiles.redis.number.textContent = redis;
  tiles.redis.more.textContent = redis === "up" ? "" : "jobs are refused until it is back";
}

function showInstances({ instances, total }) {
  byId("none").hidden = instances.length > 0 && instances.length === total;
  if (total > instances.length) byId("none").textContent = `${instances.length} of ${total}:`;
  byId("instances").hidden = instances.length === 0;
  byId("instances").tBodies[0].replaceChildren(
    ...instances.map((i) => {
      const row = document.createElement("tr");
      const cell = (value, number) => {
        const td = row.insertCell();
        td.textContent = value;
        if (number) td.className = "number";
      };
      cell(i.platform);
      cell(i.name);
      cell(i.state);
      cell(i.pid || "", true);
      cell(i.memory ? `${(i.memory / 1048576).toFixed(1)} MiB` : "", true);
      cell(i.sessions, true);
      cell(i.running, true);
      cell(i.waiting, true);
      return row;
    }),
  );
}

function duration(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} hours` : `${Math.floor(minutes / 1440)} days`;
}

listen();

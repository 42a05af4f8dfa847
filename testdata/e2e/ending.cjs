// 20 clients that send until they hear that the server closes.
//
//	node ending.cjs URL TRANSPORT   ► "ready", then {"sent":123,"unanswered":0,"told":20}
const path = require("node:path");
const { createRequire } = require("node:module");
const { io } = createRequire(path.join(__dirname, "..", "node", "package.json"))("socket.io-client");

const [url, transport] = process.argv.slice(2);
const context = ["https://www.w3.org/ns/activitystreams", "https://sockethub.org/ns/context/v1.jsonld", "https://sockethub.org/ns/context/platform/dummy/v1.jsonld"];
const echo = { "@context": context, type: "echo", actor: { id: "a", type: "person" }, object: { type: "message", content: "x" } };
const result = { sent: 0, unanswered: 0, told: 0 };
let first = 0;

function client() {
  const socket = io(url, { path: "/sockethub", transports: [transport], forceNew: true, reconnection: false });
  return new Promise((gone) => {
    const timer = setInterval(() => {
      if (!socket.connected) return;
      result.sent++;
      result.unanswered++;
      socket.emit("message", echo, () => {
        result.unanswered--;
        if (++first === 100) console.log("ready");
      });
    }, 20);
    socket.on("closing", (notice) => {
      if (notice.code === "shutting_down" && notice.reconnect === true) result.told++;
      clearInterval(timer);
    });
    socket.on("disconnect", () => {
      clearInterval(timer);
      gone();
    });
  });
}

Promise.all(Array.from({ length: 20 }, client)).then(() => {
  console.log(JSON.stringify(result));
  process.exit(0);
});

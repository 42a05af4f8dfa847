const byId = (id) => document.getElementById(id);
const socket = io({ path: document.body.dataset.path });

const show = (text) => (byId("state").textContent = text);
socket.on("connect", () => show(`connected (${socket.io.engine.transport.name})`));
socket.on("disconnect", (reason) => show(`disconnected: ${reason}`));
socket.on("connect_error", (err) => show(`not connected: ${err.message}`));
socket.io.on("open", () =>
  socket.io.engine.on("upgrade", (transport) => socket.connected && show(`connected (${transport.name})`)),
);

byId("echo").addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit(
    "message",
    {
      "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://sockethub.org/ns/context/v1.jsonld",
        "https://sockethub.org/ns/context/platform/dummy/v1.jsonld",
      ],
      type: "echo",
      actor: { id: "https://sockethub.org/examples/dummy", type: "person" },
      object: { type: "message", content: byId("text").value },
    },
    (answer) => (byId("answer").textContent = JSON.stringify(answer, null, 2)),
  );
});

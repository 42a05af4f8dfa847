/*!
 * Socket.IO client: protocol 5 over Engine.IO protocol 4, for browsers.
 *
 *   const socket = io("https://example.org", { path: "/sockethub" });
 *   socket.on("message", (activity) => {});
 *   socket.emit("message", activity, (answer) => {});
 *
 * Read downwards: Emitter, packets, the two transports, Engine (one
 * connection), the Socket.IO codec, Socket (one namespace), Manager
 * (reconnection), io(). The parts are joined by the server.
 */
(function (root, factory) {
  if (typeof exports === "object" && typeof module !== "undefined") module.exports = factory();
  else if (typeof define === "function" && define.amd) define(factory);
  else root.io = factory();
})(typeof globalThis !== "undefined" ? globalThis : self, function () {
  "use strict";

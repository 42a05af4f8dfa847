/**
 * SockethubClient talks to a Sockethub server over a Socket.IO socket.
 *
 *   const sc = new SockethubClient(io("https://hub.example", { path: "/sockethub" }));
 *   await sc.ready();
 *   const answer = await sc.send({
 *     "@context": sc.contextFor("dummy"),
 *     type: "echo",
 *     actor: "https://example.org/me",
 *     object: "hello",
 *   });
 *
 * What happens to an event: it waits until the registry is there, is copied,
 * checked against the schemas that the server published, and sent. Credentials,
 * connects and joins that succeeded are sent again after a reconnection.
 *
 * Read SockethubClient first, then its parts: Registry, Outbox, Memory,
 * Validator. They are joined by the server.
 */
(function (root, make) {
  const client = make();
  if (typeof module === "object" && module && module.exports) module.exports = client;
  root.SockethubClient = client;
})(typeof globalThis === "object" ? globalThis : self, function () {
  "use strict";

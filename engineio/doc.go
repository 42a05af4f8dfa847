// Package engineio is the server's side of Engine.IO protocol revision 4: a
// session of text and binary messages over HTTP long polling that moves to a
// WebSocket when it can.
//
//	C> GET  /?EIO=4&transport=polling
//	S> 0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":262144}
//	C> POST /?EIO=4&transport=polling&sid=lv_VI97HAXpY6yYWAAAC     4hello
//	C> GET  /?EIO=4&transport=polling&sid=…                        waits
//	S> 4world ␞ 2                                                  a message and a ping, in one payload
//	C> GET  /?EIO=4&transport=websocket&sid=…                      101
//	C> 2probe     S> 3probe     S> 6 (the waiting GET)     C> 5
//
// The first character is the packet's type: 0 open, 1 close, 2 ping, 3 pong,
// 4 message, 5 upgrade, 6 noop. In a payload packets are separated by 0x1E and
// binary messages are "b" and base64; on a WebSocket each packet is a frame and
// a binary message is a binary frame as it is.
//
// A Server is an http.Handler for any path. It tells its owner of each session
// through Options.Open, which returns the session's Receiver.
//
// A Server can be frozen, and its sessions go on in another: see freeze.go and
// handover.go.
//
// Read server.go first, then session.go, polling.go, websocket.go, upgrade.go and
// heartbeat.go. Goroutines: a WebSocket session has one, which reads, and another
// for as long as something has to be written; a polling session has none but those
// of its requests, and one while it moves to a WebSocket. They end with their
// connection, at the latest after the write or upgrade time-out. A timer of each
// session fires for the heartbeat.
//
// Locks, outer first: Session.receiving, which is held while a Receiver is called,
// Server.mu, Session.mu, then the lock of websocket.Conn. The last three are never
// held across I/O or while a Receiver is called.
package engineio

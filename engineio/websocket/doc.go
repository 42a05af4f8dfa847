// Package websocket speaks the server's side of the WebSocket protocol
// (RFC 6455).
//
//	C> GET /chat HTTP/1.1 … Upgrade: websocket, Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
//	S> HTTP/1.1 101 Switching Protocols … Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//	C> 81 85 37 fa 21 3d 7f 9f 4d 51 58     a masked text frame: "Hello"
//	S> 81 05 48 65 6c 6c 6f                 the same, unmasked
//	S> 88 02 03 e8                          close, 1000
//
// Upgrade takes the connection over from net/http. The handler must then
// return and leave the reading to a goroutine of its own, so that nothing of
// net/http stays: an idle Conn holds no buffer but 32 bytes of its own.
//
// One goroutine calls Next. Any goroutine may call Write, which only appends
// the frame to what waits: a short-lived goroutine writes all of it at once, or
// the reading goroutine does, by Flush, when it has taken all messages that are
// there. So many small frames cost one system call, and whoever sends never
// waits for a slow client.
//
// Read handshake.go first, then frame.go, read.go, write.go, close.go and
// handover.go. The
// one lock is Conn.mu; it is never held across I/O.
package websocket

// Package gateway is the Sockethub server: it takes activities from browsers
// and scripts, has platforms act on them, and brings the answers back.
//
//	browser ──► engineio ─ packet ─► socketio ─ event+ack ─► session
//	session: limit → normalise → validate → credentials: store, ack
//	                                      → message: which instance? → platform.Manager
//	worker ──► platform.Manager ─ result ─► ack of the session that asked
//	                            └ event ──► `message` of every attached session
//
// On the wire a message and its acknowledgement are
//
//	C> 4212["message",{"@context":[…],"type":"echo","actor":{"id":"a","type":"person"},"object":{"content":"hi"}}]
//	S> 4312[{"@context":[…],"type":"echo","actor":{"id":"dummy","type":"platform"},"target":{"id":"a","type":"person"},…}]
//
// Read gateway.go first, then session.go, message.go and results.go. A Gateway
// is an [http.Handler] that another program can mount beside its own routes;
// Run serves until its context ends.
//
// Goroutines: each client's packets are handled on the one reading goroutine of
// its Engine.IO session; results arrive on the reading goroutine of a worker's
// pipe; the janitor has one of its own, owned by Run. Locks, outer first:
// Gateway.mu, session.mu. Neither is held while a packet is sent or a job is
// submitted.
package gateway

// Package gateway is the Sockethub server: it takes activities from browsers
// and scripts, has platforms act on them, and brings the answers back.
//
//	browser ──► engineio ─ packet ─► socketio ─ event+ack ─► session
//	session: limit → normalise → validate → credentials: store, ack
//	                                      → message: which instance? → supervisor.Manager
//	worker ──► supervisor.Manager ─ result ─► ack of the session that asked
//	                            └ event ──► `message` of every attached session
//
// On the wire a message and its acknowledgement are
//
//	C> 4212["message",{"@context":[…],"type":"echo","actor":{"id":"a","type":"person"},"object":{"content":"hi"}}]
//	S> 4312[{"@context":[…],"type":"echo","actor":{"id":"dummy","type":"platform"},"target":{"id":"a","type":"person"},…}]
//
// Read gateway.go first, then connect.go, session.go, message.go and results.go;
// attachments.go says which instance is meant when an actor has changed its id,
// and actions.go does for HTTP actions what session.go does for sockets.
//
// A Gateway is an [http.Handler] that a program can mount beside its own routes;
// Run shuts it down when a context ends. Such a program calls platform.Main
// first, since it is also what its workers are started from.
//
// Goroutines: the gateway has none. Each client's packets are handled on the one
// reading goroutine of its Engine.IO session, results arrive on the reading
// goroutine of a worker's pipe, and HTTP actions run on those of their requests.
// Locks, outer first: anonymous.mu, Gateway.mu, accounts.mu (that of a session and
// of a request's caller), then those of package platform; addresses.mu is taken
// alone. None of ours is held while a packet is sent or a job is submitted.
package gateway

// Package redis is the queue's store on Redis, the recovery log of a node's
// memory. Nothing ever waits for work there: what many goroutines have to say is
// gathered, goes out in one write on one connection, and is confirmed when the
// answer comes.
//
//	*4\r\n$4\r\nHSET\r\n$…\r\nsockethub:NS:NODE:active\r\n$1\r\n7\r\n$428\r\n…sealed…\r\n    ► :1\r\n    job 7 may be framed
//	*3\r\n$4\r\nHDEL\r\n$…\r\nsockethub:NS:NODE:active\r\n$1\r\n7\r\n                        ► :1\r\n    nobody waits for it
//
// # When a server dies
//
// Its jobs are dropped: at once by a server that starts on the same host and boot
// and sees that the process is gone, or within 15 s by any other of the namespace,
// once the sign of life has ended. Both need the same Options.Secret; without one,
// the times to live clean up: 1 h for jobs. Nothing of a dead server is ever run.
//
// A server that was cut off, or frozen, until others took it for dead comes back
// under a new name and writes all that it holds under that one.
//
// After each reconnect the hash of claimed jobs is compared with memory: what
// memory has finished is deleted, what it holds is written again. This covers the
// command that was done though its reply was lost.
//
// # What is on Redis
//
//	sockethub:NS:NODE:waiting:INSTANCE   list     sealed jobs, in order                     1 h, renewed
//	sockethub:NS:NODE:active             hash     id: sealed job; 0: keeps the hash alive   1 h, renewed
//	sockethub:NS:NODE:alive              string   whose node it is, see process             10 s, renewed each 3 s
//	sockethub:NS:nodes                   set      the nodes to look after                   1 h, renewed
//	sockethub:NS:credentials:NAME        hash     sealed credentials of an owner            Options.CredentialsTTL, sliding
//	sockethub:NS:request:NAME            list     sealed lines of an HTTP request           its own, from the last line
//	sockethub:NS:rate:NAME               string   a counter                                 its window
//
// NS follows from the secret. NAME is an HMAC of the owner's or the request's id,
// which are secrets themselves, or of the address that is counted: who reads Redis
// learns none of them. All is sealed with AES-256-GCM and bound to its place: lines
// under a key that follows from the secret and the request's id, payloads and
// credentials under one that also needs the owner's own secret, which never leaves
// the memory of its server. After Close nothing is left of the node, and of the last
// node of a namespace nothing but request: keys (nor those, without a secret: nobody
// could read them).
//
// # What it costs
//
//	                                commands to Redis   Redis, alone   Redis, 50 in flight
//	a slot is free                  2                   24–35 µs       3.2–3.6 µs
//	the job waits in a line         6 (9 if it is new)                 9.5–14 µs
//	the same 2 commands by hand     2                                  2.6–3.0 µs
//
// for 400 bytes, Redis 7.0 on a unix socket, both on two cores: push, claim and
// finish, sealed (`go test -bench .`). Nothing is allocated when a slot is free.
// The heartbeat is 3 commands each 3 s. Besides the two connections of a server,
// jobs and records, there is a third as long as a dead server is being settled.
// There is no Lua and no blocking command; MULTI where two keys change together.
//
// # Outages
//
// A connection whose oldest answer is 3 s overdue is given up; reconnecting begins
// at once and slows down to about once a second. Push is told of a lost store within
// 5 s, and refuses at once after that. Claims and requeued jobs were accepted
// before: they wait until the store is back or somebody takes them out. The log
// says once that the store is lost and once that it is back; Ready tells why.
//
// Read redis.go first, then jobs.go, link.go, reconcile.go, heartbeat.go and
// settle.go; target.go, dial.go and locate.go are how a connection begins.
package redis

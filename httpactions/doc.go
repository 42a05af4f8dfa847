// Package httpactions lets scripts use Sockethub without a socket: a POST
// carries activities, and the response streams a line of JSON for each as it is
// done.
//
//	C> POST /sockethub-http HTTP/1.1
//	C> Content-Type: application/json
//	C> X-Request-Id: r23
//	C>
//	C> [{"type":"credentials",…},{"type":"join",…},{"type":"send",…}]
//
//	S> HTTP/1.1 200 OK
//	S> Content-Type: application/x-ndjson
//	S> X-Request-Id: r23
//	S>
//	S> {"@context":[…],"type":"credentials-ack","actor":{"id":"al@irc.example","type":"person"}}
//	S> {"@context":[…],"type":"join","actor":{…},"target":{…}}
//	S> {"@context":[…],"type":"send","actor":{…},"object":{…}}
//
// Lines come in the order in which things are done, which is not that of the
// body: credentials first, then whatever is ready. What failed is a line with
// "error"; the status is 200 whatever the lines say.
//
// The id makes a request safe to repeat. While it runs, a second POST with the
// id is answered 409 and a GET 202; once it is done both get the same lines
// again, with X-Idempotent-Replay, until the time to live is over. The id alone
// decides: where another body came with it, X-Idempotent-Mismatch says so. A
// caller that hangs up loses nothing: the request goes on, and its lines can be
// fetched with GET. The id is all that protects them, so it should be hard to
// guess.
//
//	C> GET /sockethub-http/r23 HTTP/1.1
//	S> HTTP/1.1 202 Accepted
//	S> {"status":"in-progress","requestId":"r23"}
//
// Only JSON is read. A form, which any web page could make a browser send
// without asking first, is refused with 415.
//
// A [Handler] asks its [Pipeline] to do the work and a queue.Replay to keep the
// lines. Read handler.go first, then post.go, body.go and run.go. Each request is
// handled on the goroutine that the HTTP server runs it on, also after its caller
// has gone; Shutdown waits for these. No lock is held while something is written.
package httpactions

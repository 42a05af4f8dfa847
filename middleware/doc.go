// Package middleware is what happens to an event between a client and the
// queue: it is normalised and validated, and answered if it is refused.
//
//	C> 427["message",{"@context":[…],"type":"echo","actor":"al","object":{"content":"hi"}}]
//	                                                   │ normalise: "actor":{"id":"al"}
//	                                                   │ resolve "@context": the platform is dummy
//	                                                   ▼ envelope, then the platform's schema
//	S> 437[{"@context":[…],"type":"echo","actor":"al",…,"error":"[dummy] /actor: must match exactly one schema in oneOf: …"}]
//
// The texts are those that clients of Sockethub know, down to which of several
// mistakes is named: schemas are evaluated in the order of Ajv, and errortext.go
// chooses among the errors as Sockethub always has.
//
// Read pipeline.go first, then normalise.go and errortext.go; hook.go is how a
// program that embeds the server adds steps of its own. A [Pipeline] never
// changes, so that any number of goroutines may use it; Objects belong
// to the goroutine that reads their session.
package middleware

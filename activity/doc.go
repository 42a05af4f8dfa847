// Package activity holds ActivityStreams messages as Sockethub passes them
// between clients and platforms, and knows which platforms there are.
//
//	{"@context":["https://www.w3.org/ns/activitystreams",
//	             "https://sockethub.org/ns/context/v1.jsonld",
//	             "https://sockethub.org/ns/context/platform/irc/v1.jsonld"],
//	 "type":"send",
//	 "actor":{"id":"al@irc.example","type":"person"},
//	 "target":{"id":"#go@irc.example","type":"room"},
//	 "object":{"type":"message","content":"hello"}}
//	       │ Parse
//	       ▼
//	*Object{"@context": []any{…}, "type": "send", "actor": *Object{…}, …}
//	       │ AppendJSON: the same bytes again, copied where nobody changed anything
//	       ▼
//	the worker's pipe, a client's socket
//
// The third context names the platform; a [Registry] resolves it. Its payload is
// what clients get for the event "schemas".
//
// [Parse] and [AppendJSON] do what JSON.parse and JSON.stringify do in a browser,
// where encoding/json does not: members keep their order, which decides what
// error a client reads; the last of two members with one name wins; half a
// surrogate pair survives. Texts may be nested [MaxDepth] levels deep. Limiting
// the length of a text is up to the caller.
//
// Read object.go first, then reader.go, writer.go and registry.go. Formats as
// Sockethub checks them are in format.go and iri.go. There are no goroutines and
// no locks: what is shared never changes.
package activity

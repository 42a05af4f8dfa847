// Package dummy is the platform that tests of the server talk to: it answers at
// once, fails when asked to, and destroys its own worker when asked to.
//
//	{"type":"echo","actor":{"id":"wren","type":"person"},"object":{"type":"message","content":"rain by noon"}}
//	→ {"type":"echo","actor":{"id":"dummy","type":"platform"},"object":{"type":"message","content":"rain by noon"},
//	   "target":{"id":"wren","type":"person"}}
//	{"type":"fail","object":{"content":"rain by noon"}} → "Error: rain by noon"
//	{"type":"exit1"} → the worker ends with status 1, and the server answers for it
//
// The reference has all verbs in every installation, so this one has too. An
// operator who runs dummy where strangers can reach it should take away those
// that end or block the worker for everybody, in packageConfig:
//
//	"@sockethub/platform-dummy": {"greeting": "Hello", "crashVerbs": false}
//
// It is also the shortest example of a platform in Go: read dummy.go, then
// crash.go.
package dummy

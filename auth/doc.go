// Package auth says who may use a server: whoever knows a token of its file.
//
//	[
//	  {"hash":"9f86d081…0f00a08","name":"webapp","platforms":["irc"],"expires":"2027-01-31T00:00:00Z"}
//	]
//
// A token is 32 random bytes in base64url; the file has its SHA-256 only, so that
// whoever reads the file cannot use the server. A client says its token
//
//	C> 40{"token":"Vh4mPz0q…"}                    when it joins a namespace
//	C> Authorization: Bearer Vh4mPz0q…            at the handshake, and with HTTP actions
//	S> 44{"message":"a valid token is needed","data":{"code":"unauthorized"}}
//	S> HTTP/1.1 401 Unauthorized
//	   WWW-Authenticate: Bearer realm="sockethub"
//
// [Parse] reads the file, a [Keeper] watches it, and a [Guard] asks the keeper,
// counts who is wrong, and keeps the audit log. Read token.go first, then guard.go.
// Watch is the one goroutine, and its caller's.
package auth

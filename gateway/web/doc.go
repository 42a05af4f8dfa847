// Package web serves what browsers load: the client scripts, the examples
// application, and the status page for operators.
//
//	GET /socket.io.js HTTP/1.1              GET /feeds HTTP/1.1
//	Accept-Encoding: gzip
//
//	HTTP/1.1 200 OK                         HTTP/1.1 200 OK
//	Content-Type: text/javascript; …        Content-Type: text/html; …
//	Access-Control-Allow-Origin: *          Content-Security-Policy: default-src 'none'; …
//	Cache-Control: public, max-age=0        RateLimit-Limit: 60
//	Content-Encoding: gzip                  RateLimit-Remaining: 59
//	ETag: W/"d1f0…"                         ETag: W/"80a2…"
//
// Everything is embedded and needs no build step. A client script is written
// in parts, one idea a file, below files/socketio and files/client; it is joined
// and compressed when it is first asked for. The examples are plain
// ES modules below files/app, and any path that names no file is answered
// with their page: the application reads the path itself.
//
// Read site.go first, then scripts.go.
package web

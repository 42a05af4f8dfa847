package websocket

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Options configures the connections that Upgrade makes. The zero value has
// the defaults.
type Options struct {
	MaxMessage   int64         // bytes of one message, inflated; more closes with 1009; 0 means 1 MiB
	Budget       *Budget       // of what waits for this client and others together; nil: none
	MaxBuffered  int64         // bytes that may wait for a slow client; more ends the connection; 0 means 4 MiB
	WriteTimeout time.Duration // for a write, and for the closing handshake; 0 means 10 s
	Deflate      bool          // accept permessage-deflate (RFC 7692) where a client offers it
	Protocol     string        // the subprotocol, of those that the client offers; empty: none
	Header       http.Header   // added to the 101 response
}

const (
	defaultMaxMessage   = 1 << 20
	defaultMaxBuffered  = 4 << 20
	defaultWriteTimeout = 10 * time.Second
)

// HandshakeError is a request that cannot become a WebSocket (RFC 6455,
// section 4.2.1). Nothing was written yet: the caller answers with Status.
type HandshakeError struct {
	Status int // 400, 405, 426 or 505
	Reason string
}

func (e *HandshakeError) Error() string { return "websocket handshake: " + e.Reason }

// acceptGUID is appended to a client's key (RFC 6455, section 1.3).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// IsUpgrade reports whether a request asks for a WebSocket at all.
func IsUpgrade(r *http.Request) bool {
	return hasToken(r.Header, "Connection", "upgrade") && hasToken(r.Header, "Upgrade", "websocket")
}

// Check reports what is wrong with a handshake: nil, or a *HandshakeError.
func Check(r *http.Request) error {
	switch {
	case r.Method != http.MethodGet:
		return &HandshakeError{http.StatusMethodNotAllowed, "the method is not GET"}
	case !r.ProtoAtLeast(1, 1):
		return &HandshakeError{http.StatusHTTPVersionNotSupported, "HTTP is older than 1.1"}
	case !hasToken(r.Header, "Connection", "upgrade"):
		return &HandshakeError{http.StatusUpgradeRequired, "the Connection header does not say upgrade"}
	case !hasToken(r.Header, "Upgrade", "websocket"):
		return &HandshakeError{http.StatusUpgradeRequired, "the Upgrade header does not say websocket"}
	case !oneKey(r.Header.Values("Sec-Websocket-Key")):
		return &HandshakeError{http.StatusBadRequest, "Missing or invalid Sec-WebSocket-Key header"}
	case r.Header.Get("Sec-Websocket-Version") != "13":
		return &HandshakeError{http.StatusUpgradeRequired, "Missing or invalid Sec-WebSocket-Version header"}
	}
	return nil
}

// oneKey reports whether there is one key, of 16 bytes in base64.
func oneKey(keys []string) bool {
	if len(keys) != 1 {
		return false
	}
	nonce, err := base64.StdEncoding.DecodeString(keys[0])
	return err == nil && len(nonce) == 16
}

// Upgrade answers a handshake and takes the connection over. The caller returns
// from its handler and reads on in a goroutine of its own, which also sends the
// response: by its first Next, or by Flush. On a *HandshakeError nothing was
// written but headers that belong to its status; after any other error the
// connection is closed.
func Upgrade(w http.ResponseWriter, r *http.Request, opts *Options) (*Conn, error) {
	if err := Check(r); err != nil {
		advise(w.Header(), err)
		return nil, err
	}
	var extension string
	if opts.Deflate {
		extension = agreeDeflate(r.Header)
	}
	key := r.Header.Get("Sec-Websocket-Key")
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, fmt.Errorf("take over the connection: %w", err)
	}
	c := newConn(conn, opts, extension != "")
	// A client may send its first frames together with the handshake.
	if err := c.keep(rw.Reader); err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{}) // what the HTTP server had set
	c.out = getBytes()
	*c.out = appendSwitching(*c.out, key, extension, opts)
	return c, nil
}

// advise sets the headers by which a client learns what it should have sent.
func advise(h http.Header, err error) {
	var refused *HandshakeError
	if !errors.As(err, &refused) {
		return
	}
	switch refused.Status {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodGet)
	case http.StatusUpgradeRequired:
		h.Set("Upgrade", "websocket")
		h.Set("Connection", "Upgrade")
		h.Set("Sec-WebSocket-Version", "13")
	}
}

// appendSwitching appends the response that ends HTTP (RFC 6455, section 4.2.2).
func appendSwitching(b []byte, key, extension string, opts *Options) []byte {
	sum := sha1.Sum([]byte(key + acceptGUID))
	b = append(b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = base64.StdEncoding.AppendEncode(b, sum[:])
	if opts.Protocol != "" {
		b = append(append(b, "\r\nSec-WebSocket-Protocol: "...), opts.Protocol...)
	}
	if extension != "" {
		b = append(append(b, "\r\nSec-WebSocket-Extensions: "...), extension...)
	}
	b = append(b, "\r\n"...)
	out := bytes.NewBuffer(b)
	opts.Header.Write(out) // sorted, and without line breaks in values; a buffer takes everything
	return append(out.Bytes(), "\r\n"...)
}

// keep copies what net/http had read beyond the request.
func (c *Conn) keep(r *bufio.Reader) error {
	n := r.Buffered()
	if n == 0 {
		return nil
	}
	early, err := r.Peek(n)
	if err != nil {
		return fmt.Errorf("read what came with the handshake: %w", err)
	}
	c.in = append([]byte(nil), early...)
	return nil
}

// hasToken reports whether a comma-separated header holds a token, in any case.
func hasToken(h http.Header, name, token string) bool {
	for _, line := range h.Values(name) {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

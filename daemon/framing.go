package daemon

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// framed is a listener whose connections refuse a request that says twice how long
// it is. A proxy in front may have believed the other of the two, and taken for a
// body what would be a request here (RFC 9112, sections 6.1 and 11.2). net/http
// believes Transfer-Encoding and tells nobody, so the heads are read on their way
// to it.
type framed struct {
	net.Listener
	gate    *gate
	parking *parking
}

// Accept implements net.Listener.
func (f framed) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &framedConn{Conn: conn, gate: f.gate, parking: f.parking, heads: new(heads)}, nil
}

type framedConn struct {
	net.Conn
	gate    *gate // that let it in
	parking *parking
	heads   *heads      // nil once it is no HTTP any more; of the reader
	parked  atomic.Bool // it is the gate's again
}

// Read implements net.Conn.
func (c *framedConn) Read(b []byte) (int, error) {
	if c.parking.take(c) {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(b)
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && c.parking.take(c) {
		return 0, io.EOF
	}
	if c.heads != nil && !c.heads.read(b[:n]) {
		refuse(c.Conn, "the length of the request is ambiguous")
		return 0, io.EOF
	}
	if err != nil {
		var plain tls.RecordHeaderError
		if errors.As(err, &plain) && plain.Conn != nil {
			refuse(plain.Conn, "an HTTP request to an HTTPS server")
		}
	}
	return n, err
}

// Close implements net.Conn.
func (c *framedConn) Close() error {
	if c.parked.Load() {
		return nil
	}
	return c.Conn.Close()
}

// SyscallConn implements syscall.Conn, for a connection that crosses to the next
// program: one that is encrypted cannot.
func (c *framedConn) SyscallConn() (syscall.RawConn, error) {
	plain, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return plain.SyscallConn()
}

// refuse answers in net/http's place, which then hears that the connection has
// ended, and closes it.
func refuse(conn net.Conn, why string) {
	conn.SetWriteDeadline(time.Now().Add(time.Second))
	io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request: "+why+"\n")
}

// hijacked is an http.Server's ConnState: what a handler takes over is not HTTP.
func hijacked(c net.Conn, state http.ConnState) {
	if f, ok := c.(*framedConn); ok && state == http.StateHijacked {
		f.heads = nil
	}
}

// closingChunked ends the connection after a request in chunks: where the next
// one would begin only net/http knows.
func closingChunked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TransferEncoding != nil {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// heads reads the heads of requests, one after the other, and passes over the
// bodies. What it cannot make sense of is left to net/http, which refuses it.
type heads struct {
	line    []byte // the beginning of a field as far as it came, or the end of a request line
	body    uint64 // bytes that are left of one
	begun   bool   // the request line was read
	old     bool   // it said HTTP/1.0, where chunks are unknown
	chunked bool
	sized   bool
	length  string // what Content-Length says
	over    bool   // after a request in chunks, see closingChunked
}

// maxField is how much of a line is looked at: more than the fields have that count.
const maxField = 64

// read takes what came next, and reports whether it is all right.
func (h *heads) read(b []byte) bool {
	for len(b) > 0 && !h.over {
		if h.body > 0 {
			n := min(h.body, uint64(len(b)))
			b, h.body = b[n:], h.body-n
			continue
		}
		piece, rest, whole := bytes.Cut(b, []byte{'\n'})
		b = rest
		if h.begun {
			h.line = append(h.line, piece[:min(len(piece), maxField-len(h.line))]...)
		} else {
			h.line = append(h.line, piece[max(0, len(piece)-maxField):]...)
			h.line = h.line[max(0, len(h.line)-maxField):]
		}
		if !whole {
			break
		}
		line := bytes.TrimSuffix(h.line, []byte{'\r'})
		h.line = h.line[:0]
		switch {
		case len(line) == 0 && h.begun:
			if !h.end() {
				return false
			}
		case !h.begun:
			h.begun, h.old = true, bytes.HasSuffix(line, []byte("HTTP/1.0"))
		default:
			h.field(line)
		}
	}
	return true
}

func (h *heads) field(line []byte) {
	name, value, _ := bytes.Cut(line, []byte{':'})
	switch {
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		h.chunked = true
	case bytes.EqualFold(name, []byte("Content-Length")):
		h.sized, h.length = true, string(bytes.Trim(value, " \t"))
	}
}

// between reports whether nothing of a request was read, or all of the last one.
func (h *heads) between() bool { return !h.begun && !h.over && len(h.line) == 0 && h.body == 0 }

// end follows the empty line behind a head.
func (h *heads) end() bool {
	if h.chunked && (h.sized || h.old) {
		return false
	}
	over, body := h.chunked, uint64(0)
	if h.sized {
		var err error
		if body, err = strconv.ParseUint(h.length, 10, 63); err != nil {
			return false
		}
	}
	*h = heads{line: h.line, body: body, over: over}
	return true
}

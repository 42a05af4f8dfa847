package webfetch

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Body is a body as the server meant it: inflated, and cut off with an error
// where it passes the limit. Its errors are *Error.
type Body struct {
	ctx   context.Context
	wire  *counted  // the body as it is transferred
	in    io.Reader // what is left of it after all Content-Encodings
	size  int64     // bytes that were read
	left  int64     // bytes that may still be read
	plain bool      // no Content-Encoding was given, and nothing was read yet
	hint  int64     // the length that the server promised, -1 for none
	err   error     // sticks
	end   []func()  // called once by Close
}

// maxEncodings is how many times over a body may be encoded.
const maxEncodings = 3

// A body may be inflated to so many bytes in any case, and else to so many
// times what was transferred: no text that anybody wrote is as monotonous.
const (
	freeSize = 1 << 20
	maxRatio = 300
)

var errTooLarge = &Error{Class: TooLarge, Text: "response too large"}

// textBroken is what the reference server answers to a body that ends early or
// is not encoded as it says.
const textBroken = "terminated"

// newBody returns the body of r. What is wrong with it already, such as a
// promised length above the limit, is what reading it returns.
func newBody(ctx context.Context, r *http.Response, limit int64, partial bool, release func()) *Body {
	b := &Body{ctx: ctx, left: limit, hint: r.ContentLength, end: []func(){func() { r.Body.Close() }, release}}
	if r.ContentLength > limit && !partial {
		b.err = errTooLarge
	}
	// What is transferred has the same limit: an encoding may also make a body longer.
	b.wire = &counted{in: r.Body, limit: limit}
	b.in = b.wire
	encodings := strings.Split(strings.Join(r.Header.Values("Content-Encoding"), ","), ",")
	b.plain = len(r.Header.Values("Content-Encoding")) == 0
	decoders := 0
	for i := len(encodings) - 1; i >= 0; i-- {
		var open func(io.Reader) (io.Reader, error)
		switch strings.ToLower(strings.TrimSpace(encodings[i])) {
		case "gzip", "x-gzip":
			open = openGzip
		case "deflate":
			open = openDeflate
		case "br", "zstd", "compress", "x-compress", "dcb", "dcz":
			b.err = &Error{Class: BadEncoding, Text: "the server used an encoding that was not offered"}
		default:
			continue // the body is taken as it is
		}
		if open == nil {
			break
		}
		if decoders++; decoders > maxEncodings {
			b.err = &Error{Class: BadEncoding, Text: "the body is encoded too many times"}
			break
		}
		b.in = &lazy{in: b.in, open: open}
		b.hint = -1
	}
	return b
}

// Read reads what is left of the body.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.in.Read(p)
	if b.plain && n > 0 {
		// Many a cache has forgotten to say what no text begins with.
		if b.plain = false; bytes.HasPrefix(p[:n], gzipMagic) {
			rest := io.MultiReader(bytes.NewReader(bytes.Clone(p[:n])), b.in)
			b.in, b.hint = &lazy{in: rest, open: openGzip}, -1
			n, err = b.in.Read(p)
		}
	}
	if int64(n) > b.left {
		b.err = errTooLarge
		return 0, b.err
	}
	b.left -= int64(n)
	b.size += int64(n)
	if b.size > freeSize && b.size/maxRatio > b.wire.n {
		b.err = errTooLarge
		return 0, b.err
	}
	if err != nil {
		b.err = b.classify(err)
		if n > 0 {
			return n, nil
		}
	}
	return n, b.err
}

func (b *Body) classify(err error) error {
	var known *Error
	switch {
	case err == io.EOF:
		return io.EOF
	case errors.As(err, &known):
		return known
	case b.ctx.Err() != nil, isTimeout(err):
		return classify(b.ctx, err)
	}
	return &Error{Broken, textBroken, err}
}

// ReadAll reads the whole body. Its memory grows with what arrives, whatever
// length was promised.
func (b *Body) ReadAll() ([]byte, error) {
	var full [][]byte // pieces that are, before the one that is being filled
	size := 0
	piece := make([]byte, 0, min(max(b.hint, 0), 256<<10)+bytes.MinRead)
	for {
		n, err := b.Read(piece[len(piece):cap(piece)])
		piece = piece[:len(piece)+n]
		switch {
		case err == io.EOF && full == nil:
			return piece, nil
		case err == io.EOF:
			return bytes.Join(append(full, piece), nil), nil
		case err != nil:
			return nil, err
		}
		if len(piece) == cap(piece) {
			full, size = append(full, piece), size+len(piece)
			piece = make([]byte, 0, min(max(size, 4<<10), 1<<20))
		}
	}
}

// Close ends the fetch and its limit of time. It never fails.
func (b *Body) Close() error {
	for _, f := range b.end {
		f()
	}
	b.end = nil
	if b.err == nil {
		b.err = &Error{Class: Failed, Text: "the body was closed"}
	}
	return nil
}

// counted counts bytes, and ends with an error after a number of them.
type counted struct {
	in       io.Reader
	n, limit int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if c.n += int64(n); c.n > c.limit {
		return 0, errTooLarge
	}
	return n, err
}

// lazy opens a decoder when something is read, so that an empty body (of a 204
// or 304) needs no valid encoding.
type lazy struct {
	in   io.Reader
	open func(io.Reader) (io.Reader, error)
	out  io.Reader
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.out == nil {
		in := bufio.NewReader(l.in)
		if _, err := in.Peek(1); err != nil {
			return 0, err
		}
		out, err := l.open(in)
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		l.out = out
	}
	return l.out.Read(p)
}

// gzipMagic is how gzip begins: its mark, and deflate as the method (RFC 1952,
// section 2.3.1).
var gzipMagic = []byte{0x1F, 0x8B, 8}

// members reads the members of a gzip file (RFC 1952, section 2.2). What comes
// behind the last one, such as zeros that fill a block, is nobody's.
type members struct {
	in *bufio.Reader
	z  *gzip.Reader
}

func openGzip(in io.Reader) (io.Reader, error) {
	buffered := in.(*bufio.Reader) // lazy made it
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &members{buffered, z}, nil
}

func (m *members) Read(p []byte) (int, error) {
	n, err := m.z.Read(p)
	if err != io.EOF {
		return n, err
	}
	if next, _ := m.in.Peek(len(gzipMagic)); !bytes.Equal(next, gzipMagic) || m.z.Reset(m.in) != nil {
		return n, io.EOF
	}
	m.z.Multistream(false)
	return n, nil
}

// openDeflate opens a zlib stream, which is what "deflate" means (RFC 9110,
// section 8.4.1.2), or the bare one that some servers send instead.
func openDeflate(in io.Reader) (io.Reader, error) {
	buffered := in.(*bufio.Reader) // lazy made it
	head, err := buffered.Peek(2)
	if err != nil {
		return nil, err
	}
	// The header's two bytes, as a number, can be divided by 31 (RFC 1950).
	if head[0]&0x0F == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(buffered)
	}
	return flate.NewReader(buffered), nil
}

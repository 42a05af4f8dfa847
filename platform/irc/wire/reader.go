package wire

import (
	"bytes"
	"errors"
	"io"
)

// LineLength is how long a line is without its tags, in bytes with CR LF, where
// the server says nothing else (RFC 2812, section 2.3).
const LineLength = 512

// maxTagBytes is how long tags may be (IRCv3 message tags, "Size limit").
const maxTagBytes = 8191

// maxLineLength bounds what a server may announce as its own length of line.
const maxLineLength = 16 << 10

// Reader takes lines from a connection. One goroutine uses it.
type Reader struct {
	r    io.Reader
	buf  []byte // buf[:have] is read and not yet returned
	have int
	seen int  // bytes of buf that hold no LF
	skip bool // the line at hand is too long: it ends at the next LF
	max  int
}

// NewReader returns a Reader of r.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: r, buf: make([]byte, 1024), max: maxTagBytes + LineLength}
}

// SetLineLength follows a server that allows longer lines (LINELEN in 005).
func (r *Reader) SetLineLength(n int) {
	r.max = maxTagBytes + min(max(n, LineLength), maxLineLength)
}

// ReadLine returns the next line without its end, which is LF or CR LF. A line
// that is too long is left out. What is no UTF-8 is read as decode says.
//
// After an error of the connection that was a time-out the next call goes on
// where this one was.
func (r *Reader) ReadLine() (string, error) {
	for {
		if i := bytes.IndexByte(r.buf[r.seen:r.have], '\n'); i >= 0 {
			line, skipped := r.buf[:r.seen+i], r.skip
			text := ""
			if !skipped {
				text = decode(bytes.TrimSuffix(line, []byte{'\r'}))
			}
			r.have = copy(r.buf, r.buf[len(line)+1:r.have])
			r.seen, r.skip = 0, false
			if skipped {
				continue
			}
			return text, nil
		}
		r.seen = r.have
		if r.have == len(r.buf) {
			r.grow()
		}
		n, err := r.r.Read(r.buf[r.have:])
		r.have += n
		if n == 0 && err != nil {
			return "", err
		}
		if n == 0 {
			if r.have == len(r.buf) {
				return "", errors.New("the reader of lines has no room")
			}
			continue
		}
	}
}

// grow makes room behind a part of a line, or forgets the part.
func (r *Reader) grow() {
	switch {
	case r.skip || len(r.buf) >= r.max:
		r.have, r.seen, r.skip = 0, 0, true
	default:
		r.buf = append(r.buf, make([]byte, min(len(r.buf), r.max-len(r.buf)))...)
	}
}

// Shrink gives memory back that one long line needed, where nothing of the next
// is there yet.
func (r *Reader) Shrink() {
	if r.have == 0 && len(r.buf) > 1024 {
		r.buf = make([]byte, 1024)
	}
}

package metadata

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/sockethub/sockethub/platform/webfetch"
)

// patience is how long nothing may come of a page whose head has come, and how
// long its body is searched for Open Graph that the head has not.
const patience = time.Second

// pageRead is as much of a page as a preview needs.
type pageRead struct {
	body     []byte
	declared string // its encoding, as it is written there
	whole    bool   // that is all of the page
	broken   bool   // it ended too early, or not in time
}

// readPage reads a page up to where a preview needs no more of it. A page that
// breaks off, stalls or drips counts once its head has come. stop ends a read
// that waits; it may be nil. deep says that the page is short enough to be searched
// for Open Graph to its end.
//
// Each time it reads four times as much, so that looking for the end of the head
// again costs little more than once.
func readPage(in io.Reader, stop func(), deep bool) (pageRead, error) {
	r := pageReader{in: in, stop: stop}
	for want := 64 << 10; ; want *= 4 {
		r.fill(min(want, maxPage))
		headEnd, declared := survey(r.body)
		read := pageRead{declared: declared}
		if headEnd >= 0 && !hasMark(r.body) {
			r.fill(min(headEnd+maxBody, maxPage))
			if deep {
				r.search(headEnd)
			}
		}
		switch {
		case r.err != nil && (headEnd < 0 || !breaks(r.err)):
			return pageRead{}, r.err
		case r.err != nil, r.whole, len(r.body) == maxPage, headEnd >= 0 && !hasMark(r.body):
			read.body, read.whole, read.broken = r.body, r.whole, r.err != nil
			return read, nil
		}
	}
}

// breaks knows the errors after which what has come is as it was meant.
func breaks(err error) bool {
	switch webfetch.ClassOf(err) {
	case webfetch.Broken, webfetch.HungUp, webfetch.Timeout, webfetch.Failed:
		return true
	}
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// pageReader reads a page piece by piece.
type pageReader struct {
	in    io.Reader
	stop  func()
	body  []byte // what has come
	whole bool
	err   error // sticks
}

// fill reads until the body has a length, or ends.
func (r *pageReader) fill(length int) {
	have := len(r.body)
	if have >= length || r.whole || r.err != nil {
		return
	}
	r.body = append(r.body, make([]byte, length-have)...)
	for have < length && !r.whole && r.err == nil {
		watch := r.watch(r.body[:have:have])
		n, err := r.in.Read(r.body[have:])
		if watch != nil {
			watch.Stop()
		}
		have += n
		if r.whole = err == io.EOF; !r.whole {
			r.err = err
		}
	}
	r.body = r.body[:have]
}

// watch stops a read for which nothing comes, if come has the page's head.
func (r *pageReader) watch(come []byte) *time.Timer {
	stop := r.stop
	if stop == nil || len(come) == 0 {
		return nil
	}
	return time.AfterFunc(patience, func() {
		if headEnd, _ := survey(come); headEnd >= 0 {
			stop()
		}
	})
}

// search reads on for Open Graph where there was none so far. If there is none
// further on either, what was read for it is forgotten.
func (r *pageReader) search(headEnd int) {
	length := len(r.body)
	if r.whole || r.err != nil || openGraphAt(r.body) >= 0 {
		return
	}
	if r.stop != nil {
		defer time.AfterFunc(patience, r.stop).Stop()
	}
	r.fill(maxPage)
	if r.err != nil && breaks(r.err) {
		r.err = nil // nobody has promised more than the head and what follows it
	}
	at := openGraphAt(r.body[length:])
	if at >= 0 {
		length = min(length+at+maxBody, len(r.body))
	}
	if length < len(r.body) {
		r.body, r.whole = r.body[:length], false
	}
}

// openGraphAt is where a page, in any encoding with ASCII in it, first names a
// property of Open Graph; -1 for nowhere.
func openGraphAt(page []byte) int {
	for at := 0; ; {
		i := bytes.Index(page[at:], []byte("og:"))
		if i < 0 {
			return -1
		}
		if at += i; at > 0 && bytes.IndexByte([]byte("\"'= \t\n"), page[at-1]) >= 0 {
			return at
		}
		at += len("og:")
	}
}

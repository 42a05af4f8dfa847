package xmpp

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// outbox is all that goes out, in one order for all who write, and the memory of
// stream management (XEP-0198): what the server has not counted is kept, across
// connections, with the number that it had when it was first written.
//
//	> <message …/> <r xmlns="urn:xmpp:sm:3"/>       sent 41, 42
//	< <a xmlns='urn:xmpp:sm:3' h='41'/>             41 is forgotten
//	  (the connection is cut, and made again)
//	> <resume xmlns="urn:xmpp:sm:3" h="…" previd="…"/>
//	< <resumed xmlns='urn:xmpp:sm:3' h='41' …/>
//	> <message …/>                                  42 again
type outbox struct {
	mu       sync.Mutex // guards the fields below; held while bytes are written
	link     *link      // nil while there is no connection
	buf      []byte
	counting bool   // <enable/> was sent, stanzas have numbers
	id       string // of the stream, for <resume/>; "" while it cannot be resumed
	on       bool   // the server counts too: it said <enabled/>
	acked    uint32 // what the server counts; modulo 2³², as are all counts here
	queue    []unacked
	bytes    int       // of queue
	unasked  int       // stanzas since the last <r/>
	asked    time.Time // when the oldest <r/> was sent that has no answer; zero: none

	received uint32 // stanzas that we handled
	told     uint32 // of those, what the server was told
}

// unacked is a stanza that the server has not counted.
type unacked struct {
	stanza *xml.Element
	size   int
	w      *wait // job that waits for its count, nil for none
}

const (
	nsSM = "urn:xmpp:sm:3"

	// What a server that never acknowledges may cost.
	maxUnacked      = 500
	maxUnackedBytes = 4 << 20

	askEvery  = 20      // stanzas, for an <r/> when no job asks
	tellEvery = 5       // stanzas, for an <a/> when nobody asks
	keptBuf   = 4 << 10 // a larger buffer is given back
)

// errFull refuses what could not be sent again.
var errFull = errors.New("too much is unacknowledged")

var errNotConnected = errors.New("there is no connection")

// send writes stanzas in one piece, and behind them <r/> where a job waits for
// the server's count. Without an error they were sent, or will be when the stream
// is resumed. w is settled when the last of them is counted; nil for nobody.
func (o *outbox) send(w *wait, stanzas ...*xml.Element) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.link == nil {
		return errNotConnected
	}
	o.buf = o.buf[:0]
	for i, e := range stanzas {
		from := len(o.buf)
		o.buf = e.Append(o.buf)
		n := len(o.buf) - from
		if n > o.link.limit {
			o.forget(i)
			return fmt.Errorf("the stanza has %d bytes, the server takes %d", n, o.link.limit)
		}
		if !o.counting {
			continue
		}
		if len(o.queue)+len(stanzas)-i > maxUnacked || o.bytes+n > maxUnackedBytes {
			o.forget(i)
			return errFull
		}
		u := unacked{stanza: e, size: n}
		if i == len(stanzas)-1 {
			u.w = w
		}
		o.queue = append(o.queue, u)
		o.bytes += n
		o.unasked++
	}
	if o.on && (w != nil || o.unasked >= askEvery) {
		o.ask()
	}
	return o.flush()
}

// forget takes back the last n stanzas of the queue, which were not written.
func (o *outbox) forget(n int) {
	for range min(n, len(o.queue)) {
		last := len(o.queue) - 1
		o.bytes -= o.queue[last].size
		o.queue = o.queue[:last]
	}
}

// ask puts an <r/> behind what is to be written.
func (o *outbox) ask() {
	o.buf = append(o.buf, `<r xmlns="`+nsSM+`"/>`...)
	o.unasked = 0
	if o.asked.IsZero() {
		o.asked = time.Now()
	}
}

// flush writes what is in buf. A failure is no error where the stanzas will be
// sent again.
func (o *outbox) flush() error {
	err := o.link.write(o.buf)
	if cap(o.buf) > keptBuf {
		o.buf = nil
	}
	if err != nil && o.counting && o.id != "" {
		return nil
	}
	return err
}

// raw writes what is no stanza.
func (o *outbox) raw(text string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.link == nil {
		return errNotConnected
	}
	return o.link.write([]byte(text))
}

// probe asks the server for its count, if it counts.
func (o *outbox) probe() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.link == nil || !o.on {
		return false
	}
	o.buf = o.buf[:0]
	o.ask()
	_ = o.flush() // who reads hears of it
	return true
}

// open makes a connection the one that is written to, on a stream without a past.
// Where the server has stream management, <enable/> goes out first: from there on
// stanzas are counted. rest follows.
func (o *outbox) open(k *link, managed bool, rest ...*xml.Element) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reset()
	o.link, o.buf = k, o.buf[:0]
	if o.counting = managed; managed {
		o.buf = append(o.buf, `<enable xmlns="`+nsSM+`" resume="true"/>`...)
	}
	for _, e := range rest {
		from := len(o.buf)
		o.buf = e.Append(o.buf)
		if managed {
			o.queue = append(o.queue, unacked{stanza: e, size: len(o.buf) - from})
			o.bytes += len(o.buf) - from
		}
	}
	return o.flush()
}

func (o *outbox) reset() {
	o.counting, o.on, o.id = false, false, ""
	o.acked, o.queue, o.bytes, o.unasked, o.asked = 0, nil, 0, 0, time.Time{}
	o.received, o.told = 0, 0
}

// enabled follows <enabled/>.
func (o *outbox) enabled(e *xml.Element) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.counting || o.on {
		return
	}
	o.on = true
	if resume := e.Attr("resume"); resume == "true" || resume == "1" {
		o.id = e.Attr("id")
	}
}

// disabled follows <failed/>: the server does not count. It returns the jobs that
// wait for a count that will not come.
func (o *outbox) disabled() []*wait {
	o.mu.Lock()
	defer o.mu.Unlock()
	var waits []*wait
	for _, u := range o.queue {
		if u.w != nil {
			waits = append(waits, u.w)
		}
	}
	o.reset()
	return waits
}

// unresumable notes that the stream cannot be resumed. What was not counted stays,
// for give.
func (o *outbox) unresumable() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.id = ""
}

// acknowledged follows a count of the server. It returns the jobs whose stanzas it
// covers. A count of what was never sent is an error.
func (o *outbox) acknowledged(text string) ([]*wait, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("count %.20q is none", text)
	}
	n := uint32(h) - o.acked
	if n > uint32(len(o.queue)) {
		return nil, fmt.Errorf("%d stanzas are acknowledged, %d were sent", uint32(h), o.acked+uint32(len(o.queue)))
	}
	var waits []*wait
	for _, u := range o.queue[:n] {
		o.bytes -= u.size
		if u.w != nil {
			waits = append(waits, u.w)
		}
	}
	clear(o.queue[:n])
	o.queue = o.queue[n:]
	if len(o.queue) == 0 {
		o.queue = nil
	}
	o.acked = uint32(h)
	o.asked = time.Time{}
	return waits, nil
}

// count counts a stanza that was handled; the counts stay for as long as the
// stream does, across connections.
func (o *outbox) count() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.on {
		return
	}
	o.received++
	if o.received-o.told >= tellEvery {
		_ = o.tell() // who reads hears of it
	}
}

// owes reports whether the server waits to hear what was received.
func (o *outbox) owes() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.on && o.received != o.told
}

// answer tells the server the count; it asked, or has waited for long.
func (o *outbox) answer() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.on {
		return nil
	}
	return o.tell()
}

func (o *outbox) tell() error {
	if o.link == nil {
		return errNotConnected
	}
	o.told = o.received
	return o.link.write(fmt.Appendf(nil, `<a xmlns="%s" h="%d"/>`, nsSM, o.received))
}

// closed follows the loss of the connection. It reports whether the stream can be
// resumed: then what was not counted waits.
func (o *outbox) closed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.link = nil
	o.asked = time.Time{}
	return o.id != ""
}

// resumption is what <resume/> says; "" where nothing can be resumed.
func (o *outbox) resumption() (id string, received uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.id, o.received
}

// resume goes on with a stream on another connection: what is not counted is sent
// again, in its order.
func (o *outbox) resume(k *link) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.link, o.told = k, o.received
	o.buf = o.buf[:0]
	for _, u := range o.queue {
		o.buf = u.stanza.Append(o.buf)
	}
	if len(o.queue) > 0 {
		o.ask()
	}
	if len(o.buf) == 0 {
		return nil
	}
	return o.flush()
}

// stalled reports whether a question for the count is without an answer for d: the
// link takes what is sent and delivers nothing of it.
func (o *outbox) stalled(d time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.asked.IsZero() && time.Since(o.asked) > d
}

// wake ends the wait of who reads, so that it looks what is due.
func (o *outbox) wake() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.link != nil {
		o.link.conn.SetReadDeadline(time.Now())
	}
}

// isManaged reports whether the server counts.
func (o *outbox) isManaged() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.on
}

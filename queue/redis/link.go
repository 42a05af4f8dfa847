package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
)

// link is a connection to Redis that comes back. Commands of many goroutines are
// gathered in one buffer, which a writer sends in one flush; a reader gives the
// replies, in order, to those who expect them.
//
//	         ┌───────────── lost: backoff ──────────────┐
//	         ▼                                          │
//	start ─ down ─ dial, AUTH, SELECT ─ setup ─ open ─ up
//
// While it is down nothing can be sent: a caller waits (do), or leaves it to
// setup, which compares memory with the store (reconcile).
//
// Two goroutines: run dials and writes, read reads. close ends both.
type link struct {
	name   string // "jobs", "records": for the log
	target target
	timing timing
	now    func() int64
	setup  func(c redigo.Conn) error // ends with a call of open
	notify func(l *link, up bool, reason error)

	cancel context.CancelFunc
	done   chan struct{} // closed when run has returned
	wake   chan struct{} // holds a token while buf has something to write
	failed chan error    // the latest failures, for whoever waits for the first connection

	mu       sync.Mutex    // guards the fields below; never held across I/O or callbacks
	conn     net.Conn      // the connection that is up, or in setup
	up       bool          // commands are taken
	ready    chan struct{} // closed while up
	closed   bool          // by close
	busy     bool          // the reader has replies at hand, and will read again soon
	buf      []byte        // commands that are not written yet
	spare    []byte        // the next buf
	expected expectations
	fence    int64 // when commands must not be sent any more; 0: always may
	lostAt   int64 // since when nothing is answered, while down
	reason   error // why it is down

	connects, commands, flushes uint64
	errors                      map[string]uint64 // replies, by their first word
}

// maxUnsent bounds what waits to be written. It grows only while Redis does not
// read, which ends with the connection.
const maxUnsent = 64 << 20

// maxSpareBuffer bounds the buffer that is kept for the next flush.
const maxSpareBuffer = 1 << 20

func newLink(name string, t target, timing timing, now func() int64) *link {
	return &link{
		name:   name,
		target: t,
		timing: timing,
		now:    now,
		done:   make(chan struct{}),
		wake:   make(chan struct{}, 1),
		failed: make(chan error, 1),
		ready:  make(chan struct{}),
		errors: make(map[string]uint64),
		lostAt: now(),
		reason: errUnreachable,
	}
}

// start begins to connect. setup and notify have to be set.
func (l *link) start() {
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	go l.run(ctx)
}

// close ends the connection and waits for its goroutines.
func (l *link) close() {
	l.mu.Lock()
	l.closed = true
	l.up = false
	if l.conn != nil {
		hangUp(l.conn)
	}
	l.mu.Unlock()
	l.cancel()
	<-l.done
}

// begin locks the link for a caller who appends commands to l.buf and then calls
// commit. false: it is down, and not locked.
func (l *link) begin(now int64) bool {
	l.mu.Lock()
	if l.up && l.fence != 0 && now > l.fence {
		// The heartbeat has not been confirmed for so long that others may
		// take this node for dead: not one byte more under its name.
		l.drop(errSilent, now)
	}
	if !l.up {
		l.mu.Unlock()
		return false
	}
	return true
}

// expect adds the replies of commands that were just appended to l.buf. The
// caller holds the lock.
func (l *link) expect(x expected) {
	l.expected.push(x)
	l.commands += uint64(x.replies)
}

// commit ends what begin began: the commands will be written. While the reader
// gives out replies it brings more commands with each of them, which all go into
// one flush when it has come to the last; a long one begins at once.
func (l *link) commit() {
	wait := l.busy && len(l.buf) < flushSize
	l.mu.Unlock()
	if !wait {
		l.wakeWriter()
	}
}

// flushSize is how much is gathered at most while the reader is busy: enough that
// a write costs little, and that Redis has something to do meanwhile.
const flushSize = 16 << 10

func (l *link) wakeWriter() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// reading is told when the reader begins and ends to wait for Redis.
func (l *link) reading(waits bool) {
	l.mu.Lock()
	l.busy = !waits
	flush := waits && len(l.buf) > 0
	l.mu.Unlock()
	if flush {
		l.wakeWriter()
	}
}

// refuses returns why nothing new should be accepted: the link has been down for
// longer than the grace time, or is far behind.
func (l *link) refuses(now int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return queue.ErrClosed
	case l.up && len(l.buf) > maxUnsent:
		return errBusy
	case !l.up && now-l.lostAt > int64(l.timing.grace):
		return l.reason
	}
	return nil
}

// state returns nil when the link is up, else since when it is not, and why.
func (l *link) state() (since int64, reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up {
		return 0, nil
	}
	return l.lostAt, l.reason
}

// keepUntil sets the time after which nothing may be sent any more.
func (l *link) keepUntil(fence int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fence = fence
}

// waited is how long the oldest unanswered command has waited.
func (l *link) waited(now int64) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if x := l.expected.front(); x != nil {
		return now - x.at
	}
	return 0
}

// check ends a connection that has not answered for too long, and one whose
// fence was passed.
func (l *link) check(now int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.up {
		return
	}
	if x := l.expected.front(); x != nil && now-x.at > int64(l.timing.reply) {
		l.drop(errSilent, x.at)
	} else if l.fence != 0 && now > l.fence {
		l.drop(errSilent, now)
	}
}

// reset ends the connection, so that the next one begins with setup.
func (l *link) reset(reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up {
		l.drop(reason, l.now())
	}
}

// drop closes the connection; run notices, and does the rest. l.mu is held.
func (l *link) drop(reason error, since int64) {
	l.up = false
	l.reason, l.lostAt = reason, since
	l.ready = make(chan struct{})
	hangUp(l.conn)
}

// hangUp closes a connection without a farewell: TLS would wait for a peer that
// does not read.
func hangUp(c net.Conn) {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	c.Close()
}

// open lets commands in. The caller holds l.mu since before it appended what has
// to come first, and calls commit.
func (l *link) open() {
	l.up = true
	l.reason = nil
	l.connects++
	close(l.ready)
}

// errLost says that a connection ended between a command and its reply.
var errLost = errors.New("the connection to the store was lost before its answer")

// do sends commands, waits for the link to be up if need be, and returns their
// replies. errLost: whether the commands were done is not known.
func (l *link) do(ctx context.Context, replies int, commands []byte) ([]any, error) {
	c := &call{done: make(chan struct{})}
	for {
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			return nil, queue.ErrClosed
		}
		if l.up {
			break
		}
		reason, ready, wait := l.reason, l.ready, int64(l.timing.grace)-(l.now()-l.lostAt)
		l.mu.Unlock()
		if wait <= 0 {
			return nil, reason
		}
		timer := time.NewTimer(time.Duration(wait))
		select {
		case <-ready:
		case <-timer.C:
		case <-l.done:
		case <-ctx.Done():
			timer.Stop()
			return nil, reason
		}
		timer.Stop()
	}
	l.buf = append(l.buf, commands...)
	l.expect(expected{to: c, replies: replies, at: l.now()})
	l.commit()
	select {
	case <-c.done:
		return c.replies, naming(c.err, commandAt(commands, c.failed)...)
	case <-ctx.Done():
		return nil, errSilent
	}
}

func (l *link) run(ctx context.Context) {
	defer close(l.done)
	pause := l.timing.backoff
	for {
		opened := l.now()
		err := l.live(ctx)
		if ctx.Err() != nil {
			return
		}
		l.mu.Lock()
		if l.reason == nil || err != errLost {
			l.reason = err
		}
		reason := l.reason
		l.mu.Unlock()
		l.notify(l, false, reason)
		select {
		case l.failed <- reason:
		default:
		}
		if l.now()-opened > int64(l.timing.backoffMax) {
			pause = l.timing.backoff
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause/2 + rand.N(pause)):
		}
		pause = min(2*pause, l.timing.backoffMax)
	}
}

// live is the life of one connection. It returns errLost when one that was up
// has ended for a reason that check or reset has noted.
func (l *link) live(ctx context.Context) error {
	raw, c, err := l.target.dial(ctx, l.timing, l.reading)
	if err != nil {
		return err
	}
	defer hangUp(raw)
	l.mu.Lock()
	l.conn = raw
	if l.closed {
		l.mu.Unlock()
		return queue.ErrClosed
	}
	l.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { hangUp(raw) })
	defer stop()
	if err := l.setup(c); err != nil {
		return broken(explain(c, err))
	}
	raw.SetDeadline(time.Time{})
	l.notify(l, true, nil)

	gone := make(chan struct{})
	go func() {
		defer close(gone)
		l.read(c)
		hangUp(raw)
	}()
	l.write(raw, gone)
	hangUp(raw)
	<-gone
	l.abandon()
	return errLost
}

// write sends what was gathered until the connection is gone.
func (l *link) write(raw net.Conn, gone <-chan struct{}) {
	for {
		select {
		case <-gone:
			return
		case <-l.wake:
		}
		// Whoever is ready to run may add to this flush: a write costs more
		// than a turn of the scheduler.
		runtime.Gosched()
		l.mu.Lock()
		b := l.buf
		l.buf, l.spare = l.spare[:0], nil
		l.mu.Unlock()
		if len(b) == 0 {
			continue
		}
		if _, err := raw.Write(b); err != nil {
			return
		}
		l.mu.Lock()
		l.flushes++
		if cap(b) <= maxSpareBuffer {
			l.spare = b
		}
		l.mu.Unlock()
	}
}

// read gives replies to those who expect them until the connection is gone.
func (l *link) read(c redigo.Conn) {
	var current expected
	for {
		reply, err := c.Receive()
		if err != nil && !isReply(err) {
			return
		}
		if err == nil {
			err = innerError(reply)
		}
		if err != nil && l.target.elsewhere(refused(err)) {
			l.reset(errElsewhere) // whoever expects this answer is told that it was lost
			return
		}
		l.mu.Lock()
		x := l.expected.front()
		if x == nil {
			l.mu.Unlock()
			return // an answer to nothing: the peer is out of step
		}
		x.replies--
		if err != nil {
			if err = refused(err); x.command != "" {
				err = naming(err, x.command, x.key)
			}
			l.errors[codeOf(err)]++
			if x.err == nil {
				x.err = err
			}
		}
		current = *x
		if x.replies == 0 {
			l.expected.pop()
		}
		l.mu.Unlock()
		current.to.reply(&current, reply, err)
	}
}

// isReply reports whether Redis answered with an error: any other is the end of
// the connection.
func isReply(err error) bool {
	var e redigo.Error
	return errors.As(err, &e)
}

// abandon forgets what was to be sent and tells those who expect a reply.
func (l *link) abandon() {
	l.mu.Lock()
	since := l.now()
	if x := l.expected.front(); x != nil {
		since = x.at
	}
	if l.up {
		l.drop(errUnreachable, since)
	}
	lost := l.expected
	l.expected = expectations{}
	l.buf, l.spare = nil, nil
	l.mu.Unlock()
	for lost.front() != nil {
		x := lost.pop()
		x.to.lost(&x)
	}
}

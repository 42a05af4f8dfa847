package xmpp

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/sasl"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// login is a user on a server, from connect to disconnect. A lost connection is
// made again.
type login struct {
	client      *client
	credentials *credentials
	cancel      context.CancelFunc
	done        chan struct{} // closed when run has returned
	hurry       chan struct{} // somebody waits for the next attempt
	out         outbox        // locks itself

	// Of run alone.
	keys      sasl.Keys      // of the password, so that it costs its work once
	elsewhere *redirect      // where the server sent us; nil for nowhere
	began     time.Time      // when the connection was made
	retry     time.Duration  // wait before the next attempt
	heard     time.Time      // when the server last said something
	pinged    bool           // and was asked since
	lost      time.Time      // when the connection was
	tasks     sync.WaitGroup // what goes on beside the reading of a connection
	restoring *restoration   // what is to be restored on it; nil: nothing

	// Guarded by client.mu.
	state      *state
	online     bool
	registered bool // it has been online once
	quitting   bool
	reason     string        // why it is not online
	changed    chan struct{} // closed, and made anew, when online changes or the login ends
	waiting    []chan error  // jobs that connect
	waits      []*wait
	presence   *xml.Element       // the last one of ours to all; nil: none, or unavailable
	sessions   map[string]bool    // that are attached
	csi        bool               // the server wants to know whether somebody is there
	inactive   bool               // nobody is
	warned     bool               // the log has that somebody forges copies
	catching   bool               // older messages are being fetched: what comes is held
	held       []*activity.Object // that came meanwhile
	caught     []*activity.Object // the older ones
}

func newLogin(c *client, credentials *credentials, job platform.Job) *login {
	return &login{
		client: c, credentials: credentials,
		done: make(chan struct{}), hurry: make(chan struct{}, 1), changed: make(chan struct{}),
		state:    newState(contexts(), job.Activity.Object("actor").Text("id")),
		sessions: map[string]bool{},
	}
}

// run is the login's goroutine.
func (l *login) run(ctx context.Context) {
	defer close(l.done)
	defer l.cancel()
	k, err := l.attempt(ctx)
	if err != nil {
		l.client.forget(l)
		if lost := asStreamError(err); !l.isQuitting() && !lost.isNetwork() {
			l.status("failed", lost.orCondition("protocol"), "Connection failed: "+lost.Error()+". Manual reconnection required.")
		}
		l.answer(l.refusal(err))
		return
	}
	if l.client.settings.linger > 0 && l.credentials.password != "" {
		l.client.host.Linger(l.client.settings.linger)
	}
	l.answer(nil)
	for {
		lost := asStreamError(l.serve(ctx, k))
		l.disconnected(k, lost)
		if !l.isQuitting() && !lost.final {
			l.status("reconnecting", lost.orCondition("network"), "Connection lost: "+lost.Error()+". Attempting automatic reconnection...")
			l.complain(lost)
			if k, err = l.reconnect(ctx); err == nil {
				l.answer(nil)
				continue
			}
			lost = asStreamError(err)
		}
		l.client.forget(l)
		l.answer(l.refusal(lost))
		l.client.mu.Lock()
		l.settleAll(func(*wait) bool { return true }, func(w *wait) error { return failed(w.verb, lost.message()) })
		l.client.mu.Unlock()
		if !l.isQuitting() {
			l.status("failed", lost.orCondition("protocol"), "Connection failed: "+lost.Error()+". Manual reconnection required.")
			l.complain(lost)
		}
		return
	}
}

// refusal is what a job that connects is told.
func (l *login) refusal(err error) error {
	message := asStreamError(err).message()
	if errors.Is(err, errAborted) {
		message = errAborted.Error()
	}
	return platform.PlainFor(err, "connection failed: "+message+". (service: "+l.credentials.service()+")")
}

// errAborted ends an attempt that nobody wants any more.
var errAborted = &streamError{kind: "Error", text: "disconnected meanwhile", final: true}

// answer tells the jobs that wait for an attempt how it went.
func (l *login) answer(err error) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	for _, w := range l.waiting {
		w <- err
	}
	l.waiting = nil
}

func (l *login) isQuitting() bool {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	return l.quitting
}

// attempt connects, in time, to the first server that lets us in.
func (l *login) attempt(ctx context.Context) (*link, error) {
	attempt, cancel := context.WithTimeout(ctx, l.client.settings.connectTimeout)
	defer cancel()
	k, err := l.tryAll(attempt)
	switch {
	case err == nil:
		return k, nil
	case ctx.Err() != nil:
		return nil, errAborted
	case attempt.Err() != nil:
		return nil, errTimeout
	}
	return nil, err
}

// tryAll tries one target after the other. What a server says of the account is
// the last word; what is wrong with one server is not.
func (l *login) tryAll(ctx context.Context) (*link, error) {
	var (
		targets []target
		secure  bool // nothing less than TLS will do
		err     error
	)
	if redirect := l.elsewhere; redirect != nil {
		l.elsewhere = nil
		targets, secure = []target{redirect.target}, redirect.secure
	} else if targets, err = l.targets(ctx); err != nil {
		return nil, err
	}
	redirected := false
	var told *streamError
	for i := 0; i < len(targets); i++ {
		k, secured, err := l.try(ctx, targets[i], secure, len(targets)-i)
		if err == nil {
			return k, nil
		}
		lost := asStreamError(err)
		if lost.seeOther != "" {
			if redirected {
				return nil, ours("the server sends us on and on")
			}
			redirect, err := l.follow(lost.seeOther, secure || secured)
			if err != nil {
				return nil, err
			}
			targets, secure, redirected, i = []target{redirect.target}, redirect.secure, true, -1
			continue
		}
		if lost.condition != "" && lost.final || ctx.Err() != nil {
			return nil, lost
		}
		if told == nil || told.isNetwork() && !lost.isNetwork() {
			told = lost // what says more than that nobody is there
		}
	}
	return nil, told
}

// redirect is where a server sent us (RFC 6120, section 4.9.3.19).
type redirect struct {
	target
	secure bool // as the stream was on which it was said
}

// follow reads "chat2.harbor.example:5269" of a see-other-host.
func (l *login) follow(place string, secure bool) (*redirect, error) {
	r := &redirect{secure: secure}
	var err error
	if r.host, r.port, err = hostPort(place); err != nil || r.host == "" {
		return nil, ours("the server sends us to a place that is none")
	}
	if r.port == 0 {
		r.port = portStartTLS
	}
	if !l.client.settings.mayName(r.host) {
		return nil, l.unreachable(errForbidden)
	}
	return r, nil
}

// try makes one connection. Until the server answers it may take the share of the
// time that is left for left targets; who answers gets all.
func (l *login) try(ctx context.Context, t target, secure bool, left int) (*link, bool, error) {
	dialing, cancel := ctx, context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		dialing, cancel = context.WithTimeout(ctx, max(time.Until(deadline)/time.Duration(left), minShare))
	}
	k, err := l.dial(dialing, t)
	cancel()
	if err != nil {
		return nil, false, err
	}
	stop := context.AfterFunc(ctx, func() { k.conn.Close() })
	n := negotiation{l: l, k: k}
	err = n.run(ctx, secure)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = l.connected(&n)
	}
	if err != nil {
		n.k.conn.Close()
		return nil, n.k.tls != nil, err
	}
	return n.k, true, nil
}

// minShare is how long a target may take to be reached at least.
const minShare = time.Second

// connected makes a connection the one that jobs use.
func (l *login) connected(n *negotiation) error {
	if n.resumed {
		if err := l.out.resume(n.k); err != nil {
			return err
		}
		l.setOnline(n)
		l.status("online", "resumed", "")
		return nil
	}
	l.client.mu.Lock()
	again := l.registered
	if again {
		l.restoring = l.remember()
		l.catching = true
	}
	l.state.self = n.self
	first := l.greeting()
	if again && l.presence != nil {
		first = append(first, l.presence)
	}
	l.client.mu.Unlock()
	if err := l.out.open(n.k, n.managed, first...); err != nil {
		return err
	}
	l.setOnline(n)
	if again {
		l.status("online", "", "")
	}
	return nil
}

// remember takes what the next connection is to restore. Jobs that no archive can
// tell of have failed. The caller holds client.mu.
func (l *login) remember() *restoration {
	l.settleAll((*wait).isTraceless, unknownOutcome)
	r := &restoration{lost: slices.Clone(l.waits), own: l.state.self, at: l.lost, ids: map[string]string{"": l.state.lastID}}
	for _, room := range l.state.rooms {
		if room.joined || room.gone { // and not by a job that waits for the connection
			r.rooms = append(r.rooms, room)
		}
		if room.features[nsArchive] {
			r.ids[room.id] = room.lastID
		}
	}
	return r
}

func (l *login) setOnline(n *negotiation) {
	l.client.mu.Lock()
	l.online, l.registered, l.reason, l.csi = true, true, "", n.csi
	inactive := l.inactive
	l.notify()
	l.client.mu.Unlock()
	if inactive {
		l.indicate(csiInactive)
	}
}

// notify wakes who waits for a change. The caller holds client.mu.
func (l *login) notify() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// disconnected follows the loss of the connection. Where the stream cannot be
// resumed nobody will hear what becomes of what was sent.
func (l *login) disconnected(k *link, lost *streamError) {
	k.conn.Close()
	resumable := l.out.closed()
	l.lost = time.Now()
	l.client.mu.Lock()
	l.online, l.reason = false, lost.message()
	l.notify()
	if !resumable {
		l.settleAll((*wait).isTraceless, unknownOutcome)
	}
	l.client.mu.Unlock()
}

// ready waits until there is a connection.
func (l *login) ready(ctx context.Context, verb string) error {
	var timeout <-chan time.Time
	for {
		l.client.mu.Lock()
		online, changed, reason := l.online, l.changed, l.reason
		l.client.mu.Unlock()
		if online {
			return nil
		}
		if timeout == nil {
			timer := time.NewTimer(l.client.settings.replyTimeout)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case <-changed:
		case <-l.done:
			return failed(verb, "the connection has ended")
		case <-timeout:
			return failed(verb, "not connected, reconnecting: "+reason)
		case <-ctx.Done():
			return failed(verb, "not connected, reconnecting: "+reason)
		}
	}
}

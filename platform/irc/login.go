package irc

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// login is a user on a server, from connect to disconnect. A lost connection is
// made again.
type login struct {
	client      *client
	credentials *credentials
	canonical   []any
	address     string // of the user's client, for WEBIRC; "" when it is not known
	cancel      context.CancelFunc
	done        chan struct{} // closed when run has returned
	hurry       chan struct{} // somebody waits for the next attempt

	// Of run alone.
	port    int           // that is dialled
	promise time.Duration // of TLS, by the server that the connection is to (STS)
	wanted  string        // nick that is asked for
	again   *exchange     // a login besides that of registration
	ban     string        // what the server said before it closed
	fatal   bool          // it was a ban
	retry   time.Duration // wait before the next attempt to connect
	since   time.Time     // when the connection was made

	// Guarded by client.mu.
	actor      string // id by which the server knows the user
	known      string // nick that clients know
	registered bool   // it has been connected
	quitting   bool
	state      *state // nil while there is no connection
	link       *link  // likewise
	reason     string // why there is none
	waiting    []chan error
	tokens     uint64
	bucket     bucket
	awayText   string
	backlog    *backlog            // nil without a bouncer
	missed     map[string]*channel // rooms to enter again
	atOnce     int                 // of those, in one line; 0: not known
}

func newLogin(c *client, credentials *credentials, job platform.Job) *login {
	return &login{
		client: c, credentials: credentials, canonical: canonical(), address: job.Address,
		done: make(chan struct{}), hurry: make(chan struct{}, 1),
		wanted: credentials.nick, known: credentials.nick,
		actor:   job.Activity.Object("actor").Text("id"),
		bucket:  bucket{most: float64(c.settings.burst), interval: c.settings.interval},
		backlog: newBacklog(c.settings.bouncer, credentials),
		missed:  map[string]*channel{},
	}
}

// run is the login's goroutine.
func (l *login) run(ctx context.Context) {
	defer close(l.done)
	defer l.cancel()
	err := l.attempt(ctx)
	if err != nil {
		l.client.forget(l)
		l.answer(err)
		return
	}
	if l.backlog != nil {
		l.client.host.Linger(l.client.settings.bouncer.linger)
	}
	l.answer(nil)
	for {
		lost := l.serve(ctx)
		l.disconnected(lost)
		if l.isQuitting() {
			l.client.forget(l)
			l.answer(errAborted)
			return
		}
		if !l.fatal {
			l.status("reconnecting", "network", "Connection lost: "+lost+". Attempting automatic reconnection...")
			if err = l.reconnect(ctx); err == nil {
				l.status("online", "", "")
				l.answer(nil)
				continue
			}
			lost = err.Error()
		}
		l.client.forget(l)
		l.answer(platform.Plain(lost))
		if !l.isQuitting() {
			l.status("failed", "refused", "Connection failed: "+lost+". Manual reconnection required.")
		}
		return
	}
}

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

// attempt connects and registers.
func (l *login) attempt(ctx context.Context) error {
	attempt, cancel := context.WithTimeout(ctx, l.client.settings.connectTimeout)
	defer cancel()
	c := l.credentials
	port, secure, trustAll := c.port, c.secure, c.trustAll
	if promised := l.promised(); promised != 0 && !secure {
		port, secure, trustAll = promised, true, false
	}
	for {
		l.port, l.promise = port, 0
		err := l.try(attempt, secure, trustAll)
		var upgrade *stsUpgrade
		if errors.As(err, &upgrade) && !secure {
			port, secure, trustAll = upgrade.port, true, false
			continue
		}
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return errAborted
		case attempt.Err() != nil:
			return errTimedOut
		}
		return err
	}
}

// try makes one connection.
func (l *login) try(ctx context.Context, secure, trustAll bool) error {
	k, err := l.dial(ctx, l.port, secure, trustAll)
	if err != nil {
		return l.connecting(err)
	}
	stop := context.AfterFunc(ctx, func() { k.conn.Close() })
	r := registration{l: l, k: k, s: newState(l.credentials.server, l.canonical), nick: l.wanted, offered: map[string]string{}}
	err = r.run()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		k.conn.Close()
		return err
	}
	l.connected(k, r.s)
	return nil
}

// connected makes a registered connection the one that jobs use, and restores
// what there was before it was lost.
func (l *login) connected(k *link, s *state) {
	l.client.mu.Lock()
	l.link, l.state, l.registered, l.reason = k, s, true, ""
	l.ban, l.fatal, l.since = "", false, time.Now()
	l.bucket.reset()
	l.again = nil
	s.backlog, s.missed, s.atOnce = l.backlog, l.missed, l.atOnce
	away := l.awayText
	from, to := l.known, s.nick
	l.client.mu.Unlock()
	l.followNick(from, to, true)
	if away != "" {
		// A failure shows at the next read too.
		_ = k.write(wire.NewText("AWAY", away))
	}
	if l.regains(to) {
		_ = k.write(wire.NewText("PRIVMSG", "NickServ", "REGAIN "+l.wanted))
	}
	l.restore(k)
}

// regains reports whether the services are to be asked for the nick that somebody
// else had: they give it to the account that it belongs to, and say so.
func (l *login) regains(nick string) bool {
	settings := &l.client.settings
	return settings.regain && l.credentials.sasl && nick != l.wanted && strings.TrimRight(nick, settings.nickSuffix) == l.wanted
}

// followNick tells the server and, where they do not know yet, the clients that
// the user has another nick.
func (l *login) followNick(from, to string, tell bool) {
	if from == to {
		return
	}
	l.client.mu.Lock()
	l.known = to
	s := l.state
	server := l.credentials.server
	id := ""
	if l.actor == from+"@"+server {
		id = to + "@" + server
		l.actor = id
	}
	l.client.mu.Unlock()
	if tell && s != nil {
		l.client.host.Event(object("@context", l.canonical, "type", "update", "actor", s.person(from), "target", s.person(to),
			"object", object("type", "address"), "published", published(time.Now())))
	}
	if id != "" {
		l.client.host.Actor(id)
	}
}

// disconnected fails what waits for an answer, and remembers what to restore.
func (l *login) disconnected(reason string) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	s := l.state
	l.state, l.link, l.reason = nil, nil, reason
	s.settleAll(platform.Plain("Connection lost: " + reason))
	l.missed, l.atOnce = s.toRestore(), s.support.joinTargets
	l.wanted = s.nick
	if l.client.settings.nickSuffix != "" && strings.TrimRight(s.nick, l.client.settings.nickSuffix) == l.credentials.nick {
		l.wanted = l.credentials.nick
	}
}

// lived is how long a connection has to last for the wait before the next to be
// the shortest again; less than that wait never is enough.
const lived = time.Minute

// nextWait is the wait before an attempt to connect: twice the one before, also
// where a server lets the user in and closes at once.
func (l *login) nextWait(lasted time.Duration) time.Duration {
	settings := &l.client.settings
	if l.retry == 0 || lasted >= max(lived, l.retry) {
		l.retry = settings.firstRetry
	} else {
		l.retry = min(2*l.retry, settings.lastRetry)
	}
	return l.retry
}

// reconnect tries until it succeeds, the server refuses for good, or ctx ends.
func (l *login) reconnect(ctx context.Context) error {
	lasted := time.Since(l.since)
	for {
		wait := l.nextWait(lasted)
		lasted = 0
		// Half of it is left to chance, so that not all users come at once.
		timer := time.NewTimer(wait/2 + time.Duration(rand.Int64N(int64(wait)/2+1)))
		select {
		case <-timer.C:
		case <-l.hurry:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return errAborted
		}
		err := l.attempt(ctx)
		var refused *connectError
		switch {
		case err == nil, ctx.Err() != nil, errors.As(err, &refused) && refused.final:
			return err
		}
		l.client.mu.Lock()
		l.reason = err.Error()
		l.client.mu.Unlock()
		l.answer(err)
	}
}

// quit says farewell, gives the server a moment to close, and ends the login.
func (l *login) quit(ctx context.Context) {
	l.client.mu.Lock()
	l.quitting = true
	k := l.link
	l.client.mu.Unlock()
	if k != nil && k.write(wire.NewText("QUIT", "leaving")) == nil {
		timer := time.NewTimer(l.client.settings.farewell)
		defer timer.Stop()
		select {
		case <-l.done:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	l.cancel()
	<-l.done
}

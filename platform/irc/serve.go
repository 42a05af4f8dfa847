package irc

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// keepAlive is the token of the PING that asks a silent server whether it is
// there.
const keepAlive = "sh-alive"

// serve follows the connection until it ends and returns why.
func (l *login) serve(ctx context.Context) string {
	k := l.link // nobody else changes it while serve runs
	defer k.conn.Close()
	defer context.AfterFunc(ctx, func() { k.conn.Close() })()
	defer func() {
		if l.promise > 0 {
			l.keepPromise()
		}
	}()
	settings := &l.client.settings
	asked := false
	limit := time.Now().Add(settings.silence)
	for {
		deadline := limit
		if wait := l.restore(k); wait > 0 {
			deadline = earlier(limit, time.Now().Add(wait))
		}
		m, err := k.read(deadline)
		switch {
		case err == nil:
			asked, limit = false, time.Now().Add(settings.silence)
			l.follow(k, &m)
		case isTimeout(err) && time.Now().Before(limit):
			// There is something to restore.
		case isTimeout(err) && !asked:
			asked, limit = true, time.Now().Add(settings.aliveTimeout)
			if err := k.write(wire.NewText("PING", keepAlive)); err != nil {
				return lostText(err)
			}
		case isTimeout(err):
			return "the server does not answer"
		case l.ban != "":
			return l.ban
		default:
			return lostText(err)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// restore sends what brings back what there was before the connection was lost,
// as far as the server takes lines now. It returns how long the rest has to wait;
// 0: there is no more.
func (l *login) restore(k *link) time.Duration {
	for {
		line, wait := l.restoring(time.Now())
		if line == nil {
			return wait
		}
		// A failure shows at the next read too.
		_ = k.write(*line)
	}
}

// restoring takes the next line to restore something with; nil: there is none, or
// none yet.
func (l *login) restoring(now time.Time) (line *wire.Message, wait time.Duration) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	if !l.state.restores(now) {
		if retry := l.state.nextRetry(); !retry.IsZero() {
			return nil, retry.Sub(now)
		}
		return nil, 0
	}
	if wait := l.bucket.delay(1, now); wait > 0 {
		return nil, wait
	}
	l.bucket.take(1, now)
	next := l.state.restore(now)
	return &next, 0
}

// follow does what a line asks for, and tells clients.
func (l *login) follow(k *link, m *wire.Message) {
	l.hearBan(m)
	l.client.mu.Lock()
	s := l.state
	length := s.support.lineLength
	out := s.handle(m)
	nick := s.nick
	from := l.known
	if s.support.lineLength != length {
		k.lines.SetLineLength(s.support.lineLength)
	}
	l.client.mu.Unlock()
	if len(out.replies) > 0 {
		// A failure shows at the next read too.
		_ = k.write(out.replies...)
	}
	l.client.deliver(out.events)
	l.followNick(from, nick, false)
	if l.credentials.sasl {
		l.loginAgain(k, m)
	}
}

// hearBan remembers what a server says before it closes the connection.
func (l *login) hearBan(m *wire.Message) {
	switch m.Command {
	case "ERROR":
		if l.ban == "" {
			l.ban = trimEnd(m.Last())
		}
		l.fatal = l.fatal || isBan(l.ban)
	case "465":
		l.ban, l.fatal = trimEnd(m.Last()), true
	case "KILL":
		l.ban = "killed: " + trimEnd(m.Last())
	}
}

func lostText(err error) string {
	if errors.Is(err, io.EOF) {
		return "the server closed the connection"
	}
	if cause := connectCause(err); cause != "" {
		return cause
	}
	return "connection broken"
}

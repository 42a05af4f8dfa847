package irc

import (
	"context"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// connect logs in. While there is a connection it does nothing; while one is
// being made again it waits for the next attempt, which comes at once.
func (c *client) connect(ctx context.Context, job platform.Job) error {
	outcome := make(chan error, 1)
	c.mu.Lock()
	l := c.login
	if l != nil {
		if l.state != nil {
			c.mu.Unlock()
			return nil
		}
		l.waiting = append(l.waiting, outcome)
		c.mu.Unlock()
		select {
		case l.hurry <- struct{}{}:
		default: // somebody has asked for it
		}
	} else {
		c.mu.Unlock()
		credentials, err := readCredentials(job.Credentials)
		if err != nil {
			return err
		}
		l = newLogin(c, credentials, job)
		l.waiting = append(l.waiting, outcome)
		run, cancel := context.WithCancel(context.Background())
		l.cancel = cancel
		c.mu.Lock()
		c.login = l
		c.mu.Unlock()
		go l.run(run)
	}
	select {
	case err := <-outcome:
		return err
	case <-ctx.Done():
		if c.current() == nil {
			l.quit(ctx)
		}
		return errTimedOut
	}
}

// Texts of attempts that were ended.
const (
	errTimedOut = platform.Plain("connection timeout to server.")
	errAborted  = platform.Plain("force disconnect active, aborting connect.")
)

// connectError is why a server did not let us in.
type connectError struct {
	text  string
	final bool // it would say the same again
}

func (e *connectError) Error() string { return e.text }
func (e *connectError) Unwrap() error { return platform.Plain(e.text) }

// refuse is a connectError in the reference's words and, behind them, the
// server's own.
func refuse(final bool, reason, text string) *connectError {
	if text != "" {
		reason += " - " + text
	}
	return &connectError{"unable to connect to server: " + reason, final}
}

// status tells clients how the connection fares, in the form of the other
// platforms:
//
//	{"type":"connect","actor":{"id":"mara@irc.example.net","type":"person"},
//	 "error":"Connection lost: … Attempting automatic reconnection...",
//	 "object":{"type":"connect","status":"reconnecting","condition":"network"}}
func (l *login) status(status, condition, text string) {
	l.client.mu.Lock()
	actor := object("id", l.actor, "type", "person")
	l.client.mu.Unlock()
	o := object("type", "connect", "status", status)
	if condition != "" {
		o.Set("condition", condition)
	}
	a := object("@context", l.canonical, "type", "connect", "actor", actor, "object", o)
	if text != "" {
		a.Set("error", text)
	}
	l.client.host.Event(a)
}

func canonical() []any { return activity.Canonical(activity.PlatformContextURL("irc")) }

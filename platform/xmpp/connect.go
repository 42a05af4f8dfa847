package xmpp

import (
	"context"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// connect logs in. While there is a connection it does nothing; while one is being
// made again it waits for the next attempt, which comes at once.
//
//	{"type":"connect","actor":{"id":"mara@harbor.example/web","type":"person"},
//	 "object":{"type":"connect","status":"online"},"target":{"id":"mara@harbor.example/web","type":"person"}}
func (c *client) connect(ctx context.Context, job platform.Job) (*activity.Object, error) {
	outcome := make(chan error, 1)
	c.mu.Lock()
	l := c.login
	switch {
	case l == nil:
		c.mu.Unlock()
		credentials, err := readCredentials(job.Credentials)
		if err != nil {
			return nil, err
		}
		l = newLogin(c, credentials, job)
		l.waiting = append(l.waiting, outcome)
		run, cancel := context.WithCancel(context.Background())
		l.cancel = cancel
		c.mu.Lock()
		c.login = l
		c.mu.Unlock()
		go l.run(run)
	case l.online:
		c.mu.Unlock()
		return l.welcome(job), nil
	default:
		l.waiting = append(l.waiting, outcome)
		c.mu.Unlock()
		select {
		case l.hurry <- struct{}{}:
		default: // somebody has asked for it
		}
	}
	select {
	case err := <-outcome:
		if err != nil {
			return nil, err
		}
		return l.welcome(job), nil
	case <-ctx.Done():
		if c.current() == nil {
			l.quit(ctx)
		}
		return nil, l.refusal(errTimeout)
	}
}

// welcome is the answer to a connect: the address that the server gave.
func (l *login) welcome(job platform.Job) *activity.Object {
	l.attached(job.Session)
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	a := job.Activity
	a.Set("object", object("type", "connect", "status", "online"))
	a.Set("target", object("id", l.state.self, "type", "person"))
	return a
}

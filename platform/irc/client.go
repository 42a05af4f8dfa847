package irc

import (
	"context"
	"sync"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// client is the platform in its worker: one user, on one server at a time.
//
//	Do ── verb ──► login.command ── lines ──► link ──► the server
//	       ▲            │ wait                              │
//	       └─ outcome ──┴─ state.handle ◄── login.serve ◄───┘
//	                         └── activities ──► host.Event
//
// The goroutine of login.run reads and reconnects, and is the only one besides
// the jobs. mu guards the state of the connection; nobody holds it while waiting
// for the network or the host.
type client struct {
	host     platform.Host
	settings settings

	mu    sync.Mutex // guards the fields below, and what says so in login and state
	login *login     // nil when there is none
}

func newClient(host platform.Host, s settings) *client {
	return &client{host: host, settings: s}
}

// Initialised implements [platform.Initialised]: a login counts also while it
// reconnects.
func (c *client) Initialised() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.login != nil && c.login.registered
}

func (c *client) current() *login {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.login == nil || !c.login.registered {
		return nil
	}
	return c.login
}

// forget ends the time of a login.
func (c *client) forget(l *login) {
	c.mu.Lock()
	if c.login == l {
		c.login = nil
	}
	c.mu.Unlock()
	if l.backlog != nil {
		c.host.Linger(0)
	}
}

// Do implements [platform.Platform].
func (c *client) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	verb := job.Activity.Text("type")
	if verb == "connect" {
		return nil, c.connect(ctx, job)
	}
	l := c.current()
	switch {
	case l != nil:
	case verb == "update":
		return nil, platform.Plain("no client found, and no credentials specified. you must connect first")
	default:
		return nil, platform.Plain(verb + " called on uninitialized platform")
	}
	switch verb {
	case "join":
		return nil, l.join(ctx, job)
	case "leave":
		return nil, l.part(ctx, job)
	case "send":
		return l.send(ctx, job)
	case "update":
		return nil, l.update(ctx, job)
	case "query":
		return l.query(ctx, job)
	case "disconnect":
		l.quit(ctx)
		return nil, nil
	}
	return nil, platform.Plain("platform method " + verb + " not available")
}

// Stop implements [platform.Stopper]: others see a farewell and no broken
// connection.
func (c *client) Stop(ctx context.Context) {
	c.mu.Lock()
	l := c.login
	c.mu.Unlock()
	if l != nil {
		l.quit(ctx)
	}
}

// deliver tells clients what a line led to.
func (c *client) deliver(events []event) {
	for _, e := range events {
		if e.only != "" {
			c.host.EventTo(e.only, e.activity)
		} else {
			c.host.Event(e.activity)
		}
	}
}

package xmpp

import (
	"context"
	"sync"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// client is the platform in its worker: one user, on one server at a time.
//
//	Do ── verb ──► compose ── stanzas ──► outbox ──► the server
//	      ▲           │ wait                             │
//	      └─ outcome ─┴─ claimed, translate ◄── serve ◄────┘
//	                         └── activities ──► host.Event
//
// The goroutine of login.run reads and reconnects, and is the only one besides
// the jobs. mu guards the state of the login; nobody holds it while waiting for
// the network or the host.
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
func (c *client) Initialised() bool { return c.current() != nil }

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
	if c.settings.linger > 0 {
		c.host.Linger(0)
	}
}

// Do implements [platform.Platform].
func (c *client) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	verb := job.Activity.Text("type")
	if verb == "connect" {
		return c.connect(ctx, job)
	}
	l := c.current()
	if l == nil {
		return nil, platform.Plain(verb + " called on uninitialized platform")
	}
	if verb == "disconnect" {
		l.quit(ctx)
		return nil, nil
	}
	return l.do(ctx, verb, job)
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

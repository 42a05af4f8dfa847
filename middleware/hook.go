package middleware

import (
	"context"

	"github.com/sockethub/sockethub/activity"
)

// Handler is a step on an event's way. Its error refuses the event: the client
// reads the text, cut to MaxErrorText bytes, as the "error" of its
// acknowledgement. It is called on the goroutine that reads the client's
// session, whose further events wait meanwhile, and by many of these at a time.
type Handler func(ctx context.Context, c *Call) error

// Call is an event on its way.
type Call struct {
	Event   string // "message" or "credentials"
	Session string // the id of the client's session
	Address string // the client's IP address
	Request string // the id of the HTTP request that it came with; "" from a socket

	// Payload is what the client sent, as activity.Parse returns it; nil if it
	// sent nothing. A Handler before the checks may replace it; it must not change
	// what is in it.
	Payload any

	// Accepted is nil before the checks. A Handler after them may replace its
	// Activity, or change it through a copy: what it makes of it is not
	// checked again.
	Accepted *Accepted

	// Objects is what an older client has said of its actors before; nil means
	// nothing.
	Objects *Objects
}

// Hook is a Handler with its place.
type Hook struct {
	Before   bool   // before the checks of this package, else after them
	Platform string // only events for the platform of this name; "" means all
	Handler  Handler
}

// Run takes an event through the hooks that stand before the checks, the checks,
// and the hooks behind them, each in the order in which New got them. It sets
// c.Accepted. The first error ends it; its text is for the client, at most
// MaxErrorText bytes.
func (p *Pipeline) Run(ctx context.Context, c *Call) error {
	return bounded(p.run(ctx, c))
}

func (p *Pipeline) run(ctx context.Context, c *Call) error {
	if len(p.before) > 0 {
		if err := runHooks(ctx, p.before, p.guess(c.Payload), c); err != nil {
			return err
		}
	}
	check := (*Pipeline).checkMessage
	if c.Event == "credentials" {
		check = (*Pipeline).checkCredentials
	}
	accepted, err := p.accept(c.Payload, c.Objects, check)
	if err != nil {
		return err
	}
	c.Accepted = accepted
	if len(p.after) == 0 {
		return nil
	}
	if err := runHooks(ctx, p.after, accepted.Platform.ID, c); err != nil {
		return err
	}
	c.Accepted.ActorID = c.Accepted.Activity.Object("actor").Text("id")
	c.Accepted.Type = c.Accepted.Activity.Text("type")
	return nil
}

func runHooks(ctx context.Context, hooks []Hook, platform string, c *Call) error {
	for _, h := range hooks {
		if h.Platform != "" && h.Platform != platform {
			continue
		}
		if err := h.Handler(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// guess is the name of the platform that a payload is for, before anything
// about it has been checked; "" if none is named.
func (p *Pipeline) guess(v any) string {
	o, _ := v.(*activity.Object)
	if modern := p.modernise(o); modern != nil {
		o = modern
	}
	list, _ := o.Get("@context").([]any)
	platform, err := p.registry.Resolve(list)
	if err != nil {
		return ""
	}
	return platform.ID
}

package httpactions

import (
	"context"
	"sync"
	"time"
)

// waiting is a context with a deadline. Its timer and channel are made when
// something waits with it, which a store in memory never does: a request has
// half a dozen of these.
type waiting struct {
	parent   context.Context
	deadline time.Time // zero: none
	cause    error     // of an end by the deadline; nil: the usual

	mu     sync.Mutex      // guards the fields below
	inner  context.Context // nil until it is asked for
	cancel context.CancelFunc
	ended  bool
}

// within returns a context that ends with parent, after d, or by end, which must
// be called.
func within(parent context.Context, d time.Duration) *waiting {
	return &waiting{parent: parent, deadline: time.Now().Add(d)}
}

// Deadline implements context.Context.
func (c *waiting) Deadline() (time.Time, bool) {
	if parents, ok := c.parent.Deadline(); ok && (c.deadline.IsZero() || parents.Before(c.deadline)) {
		return parents, true
	}
	return c.deadline, !c.deadline.IsZero()
}

// Done implements context.Context.
func (c *waiting) Done() <-chan struct{} { return c.context().Done() }

// Err implements context.Context.
func (c *waiting) Err() error { return c.context().Err() }

// Value implements context.Context. It leads to inner, where package context
// looks for the cause, and which contexts made from this one follow without a
// goroutine.
func (c *waiting) Value(key any) any { return c.context().Value(key) }

func (c *waiting) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		if c.deadline.IsZero() {
			c.inner, c.cancel = context.WithCancel(c.parent)
		} else {
			c.inner, c.cancel = context.WithDeadlineCause(c.parent, c.deadline, c.cause)
		}
		if c.ended {
			c.cancel()
		}
	}
	return c.inner
}

// end ends the context.
func (c *waiting) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.cancel != nil {
		c.cancel()
	}
}

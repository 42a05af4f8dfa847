package platform

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Causes of the end of a job's context.
var (
	errJobDone     = errors.New("the job is done")
	errJobCanceled = errors.New("nobody waits for the result any more")
	errJobDeadline = errors.New("the job passed its deadline")
	errStopping    = errors.New("the worker stops")
)

// jobContext is a job's context. Most jobs that are quick never look at theirs,
// so the timer and the channel are made when something asks for them.
type jobContext struct {
	deadline time.Time

	mu     sync.Mutex              // guards the fields below
	inner  context.Context         // nil until it is asked for
	cancel context.CancelCauseFunc // of inner
	cause  error                   // why it ended; nil before
}

// Deadline implements context.Context.
func (c *jobContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

// Done implements context.Context.
func (c *jobContext) Done() <-chan struct{} { return c.context().Done() }

// Value implements context.Context. It leads to inner, so that contexts made
// from this one need no goroutine to follow it.
func (c *jobContext) Value(key any) any { return c.context().Value(key) }

// Err implements context.Context.
func (c *jobContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.inner != nil:
		return c.inner.Err()
	case c.cause != nil:
		return context.Canceled
	case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
		return context.DeadlineExceeded
	}
	return nil
}

func (c *jobContext) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner != nil {
		return c.inner
	}
	c.inner, c.cancel = context.WithCancelCause(context.Background())
	switch {
	case c.cause != nil:
		c.cancel(c.cause)
	case !c.deadline.IsZero():
		timed, stop := context.WithDeadlineCause(c.inner, c.deadline, errJobDeadline)
		context.AfterFunc(c.inner, stop)
		c.inner = timed
	}
	return c.inner
}

// end ends the context; the first cause stays.
func (c *jobContext) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.cause = cause
	}
	if c.cancel != nil {
		c.cancel(cause)
	}
}

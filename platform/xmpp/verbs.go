package xmpp

import (
	"context"
	"errors"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// do does a job of a user who is logged in.
func (l *login) do(ctx context.Context, verb string, job platform.Job) (*activity.Object, error) {
	l.attached(job.Session)
	if err := l.ready(ctx, verb); err != nil {
		return nil, err
	}
	a := job.Activity
	var err error
	switch verb {
	case "join":
		err = l.join(ctx, a)
	case "leave":
		err = l.leave(ctx, a)
	case "send":
		err = l.send(ctx, a)
	case "update":
		err = l.update(ctx, a)
	case "request-friend", "make-friend", "remove-friend":
		err = l.befriend(ctx, a)
	case "query":
		err = l.query(ctx, job)
	default:
		err = platform.Plain("platform method " + verb + " not available")
	}
	var unknown *outcomeUnknown
	switch {
	case err == nil:
		return a, nil
	case errors.As(err, &unknown):
		return object("code", platform.CodeOutcomeUnknown), err
	}
	return nil, err
}

// outcomeUnknown is for a job that may have been done: the connection was lost
// before anybody said so.
type outcomeUnknown struct{ verb string }

func (e *outcomeUnknown) Error() string {
	return e.verb + " failed: the connection was lost, and what became of it is unknown"
}

func (e *outcomeUnknown) Unwrap() error { return platform.Plain(e.Error()) }

func unknownOutcome(w *wait) error { return &outcomeUnknown{w.verb} }

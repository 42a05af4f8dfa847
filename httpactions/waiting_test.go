package httpactions

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A waiting is to be what context makes of the same parent and deadline.
func TestWaitingIsAContext(t *testing.T) {
	late := errors.New("late")
	tests := []struct {
		name     string
		deadline time.Duration // 0: none
		act      func(parent context.CancelCauseFunc, c *waiting)
		err      error
		cause    error
	}{
		{"still open", time.Minute, func(context.CancelCauseFunc, *waiting) {}, nil, nil},
		{"ended", time.Minute, func(_ context.CancelCauseFunc, c *waiting) { c.end() }, context.Canceled, context.Canceled},
		{"ended without a deadline", 0, func(_ context.CancelCauseFunc, c *waiting) { c.end() }, context.Canceled, context.Canceled},
		{"past its deadline", time.Minute, func(context.CancelCauseFunc, *waiting) { time.Sleep(time.Minute) }, context.DeadlineExceeded, late},
		{"ended with its parent", time.Minute, func(parent context.CancelCauseFunc, _ *waiting) { parent(late) }, context.Canceled, late},
	}
	for _, asked := range []bool{false, true} { // for its channel, before anything happens
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					parent, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					c := &waiting{parent: parent, cause: late}
					if tt.deadline > 0 {
						c.deadline = time.Now().Add(tt.deadline)
					}
					defer c.end()
					var child context.Context = c
					if asked {
						var stop context.CancelFunc
						child, stop = context.WithCancel(c)
						defer stop()
					}
					tt.act(cancel, c)
					synctest.Wait()
					for _, ctx := range []context.Context{c, child} {
						if err, cause := ctx.Err(), context.Cause(ctx); err != tt.err || cause != tt.cause {
							t.Errorf("ended with %v because of %v; want %v, %v", err, cause, tt.err, tt.cause)
						}
						select {
						case <-ctx.Done():
							if tt.err == nil {
								t.Error("it is over")
							}
						default:
							if tt.err != nil {
								t.Error("it is not over")
							}
						}
					}
				})
			})
		}
	}
}

func TestWaitingHasTheEarlierDeadline(t *testing.T) {
	soon, later := time.Now().Add(time.Minute), time.Now().Add(time.Hour)
	parent, cancel := context.WithDeadline(t.Context(), soon)
	defer cancel()
	for _, tt := range []struct {
		c    *waiting
		want time.Time
	}{
		{&waiting{parent: parent, deadline: later}, soon},
		{&waiting{parent: parent}, soon},
		{&waiting{parent: context.Background(), deadline: later}, later},
		{&waiting{parent: context.Background()}, time.Time{}},
	} {
		defer tt.c.end()
		if got, ok := tt.c.Deadline(); !got.Equal(tt.want) || ok == tt.want.IsZero() {
			t.Errorf("deadline %v, %v; want %v", got, ok, tt.want)
		}
	}
}

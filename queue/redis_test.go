package queue_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/sockethub/server/queue"
	"github.com/sockethub/server/queue/queuetest"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	queuetest.Run(t, func(t *testing.T) queue.Store { return r.open() })
	if keys := r.keys(); len(keys) != 0 {
		t.Errorf("keys are left after Close: %q", keys)
	}
}

// Close ends all goroutines of a store, also of one whose Redis is gone.
func TestCloseEndsGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	r := startRedis(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, lost := range []bool{false, true} {
		s := r.open()
		mustPush(t, s, job("irc", "x"), 0)
		if lost {
			r.kill()
			eventually(t, "the loss is noticed", func() bool { return s.Ready() != nil })
			short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			s.Close(short)
		} else if err := s.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
	}
}

package queue_test

import (
	"testing"

	"github.com/sockethub/server/queue"
	"github.com/sockethub/server/queue/queuetest"
)

func TestRedis(t *testing.T) {
	r := startRedis(t)
	queuetest.Run(t, func(t *testing.T) queue.Store { return r.open() })
	if keys := r.keys(); len(keys) != 0 {
		t.Errorf("keys are left after Close: %q", keys)
	}
}

package queue_test

import (
	"testing"

	"github.com/sockethub/server/queue"
	"github.com/sockethub/server/queue/queuetest"
)

func openMemory(t testing.TB, o queue.Options) queue.Store {
	t.Helper()
	s, err := queue.OpenMemory(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMemory(t *testing.T) {
	queuetest.Run(t, func(t *testing.T) queue.Store { return openMemory(t, queue.Options{}) })
}

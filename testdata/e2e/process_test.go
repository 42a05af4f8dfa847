package e2e

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A worker that is killed while events are in flight costs none of them its
// answer, and the next events find a new worker.
func TestWorkerKilled(t *testing.T) {
	s := startServer(t, unlimited)
	c := startClients(t).connect("c", s.url, transports["websocket"])
	if got := c.emit("message", dummy("echo", "first")); got["error"] != nil {
		t.Fatalf("echo: %v", got)
	}
	const rounds, each = 8, 100
	for range rounds {
		acks := c.start(each, "message", dummy("echo", "in flight"))
		for _, pid := range s.workers("dummy") {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		for range each {
			got := ack(t, receive(t, acks, "an answer after the worker was killed"))
			if text, failed := got["error"].(string); failed && !strings.Contains(text, "SIGKILL") {
				t.Errorf("the error does not say what happened: %q", text)
			}
		}
	}
	// The last kill may have come after all answers, and be noticed only now.
	eventually(t, "an echo after the last kill", func() bool {
		return c.emit("message", dummy("echo", "last"))["error"] == nil
	})
}

// SIGTERM ends the server with status 0 and leaves no process behind.
func TestTermination(t *testing.T) {
	s := startServer(t, unlimited)
	c := startClients(t).connect("c", s.url, transports["websocket"])
	c.emit("message", dummy("echo", "hello"))
	workers := s.workers("dummy")
	if len(workers) == 0 {
		t.Fatal("no worker after an echo")
	}
	if err := s.stop(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v, want status 0", err)
	}
	awaitGone(t, workers)
	c.event("disconnect")
}

// Nothing survives a server that is killed.
func TestServerKilled(t *testing.T) {
	s := startServer(t, unlimited)
	c := startClients(t).connect("c", s.url, transports["websocket"])
	c.emit("message", dummy("echo", "hello"))
	workers := s.workers("dummy")
	if len(workers) == 0 {
		t.Fatal("no worker after an echo")
	}
	s.stop(syscall.SIGKILL)
	awaitGone(t, workers)
}

func awaitGone(t *testing.T, pids []int) {
	t.Helper()
	eventually(t, "the workers are gone", func() bool {
		for _, pid := range pids {
			stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
			if err == nil && !strings.Contains(string(stat), ") Z ") {
				return false
			}
		}
		return true
	})
}

package gateway

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/queue"
)

var update = flag.Bool("update", false, "write the state of today into testdata")

// goldenState is what a server had handed over when the form was made. Every later
// version must read it, so it is never written anew: a new form gets a new file.
var goldenState = filepath.Join("testdata", "state.v1")

// handedOver is the state of a gateway that has something of everything.
func handedOver(t *testing.T) []byte {
	t.Helper()
	g, address := startGateway(t, nil)
	c := dial(t, address, `{"tab":"page 0123456789abcdef","recovery":true}`)
	c.emit("credentials", secret("polly@cage.test", "cracker"))
	if got := c.emit("message", activityOf("parrot", "connect", "polly@cage.test")); got["error"] != nil {
		t.Fatal(got)
	}
	egg := filepath.Join(t.TempDir(), "egg")
	held := c.start("message", activityOf("parrot", "brood", "polly@cage.test", "object", map[string]any{"type": "message", "content": egg}))
	leave(t, g, dial(t, address, `{"recovery":true}`))
	ctx := queue.WithAddress(t.Context(), "203.0.113.9")
	if _, err := g.store.Replay().Begin(ctx, "request-1", sha256.Sum256([]byte("body")), time.Hour); err != nil {
		t.Fatal(err)
	}
	g.store.Replay().Complete(ctx, "request-1", []byte(`{"type":"echo"}`))
	g.store.Limiter().Count(ctx, "203.0.113.9", time.Hour)

	settled := time.Now().Add(patience)
	for g.store.Stats().Claimed == 0 && time.Now().Before(settled) {
		time.Sleep(time.Millisecond)
	}
	if err := g.Freeze(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	var state bytes.Buffer
	w := handover.NewWriter(&state)
	crossed, err := g.HandOver(w)
	if err != nil || crossed != (Crossed{Sessions: 2, WebSockets: 1, Workers: 1, Jobs: 1}) {
		t.Errorf("handed over %+v, %v", crossed, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	// Nothing came of it: all goes on.
	g.Thaw()
	if err := os.WriteFile(egg, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := c.ack(held); got["error"] != nil {
		t.Errorf("after the thaw: %v", got)
	}
	return state.Bytes()
}

// restored reads a state into a new gateway, without the descriptors, which are gone.
func restored(t *testing.T, state []byte) (g *Gateway, kinds map[string]int, failed []string) {
	t.Helper()
	g, _ = startGateway(t, nil)
	r, err := handover.NewReader(bytes.NewReader(state))
	if err != nil {
		t.Fatal(err)
	}
	kinds = map[string]int{}
	for {
		record, err := r.Next()
		if err == io.EOF {
			return g, kinds, failed
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds[record.Kind]++
		if err := g.Restore(record, handover.NewFiles(nil)); err != nil {
			failed = append(failed, record.Kind+": "+err.Error())
		}
	}
}

// A state of today is read today, and the one that was kept is read for ever: only
// what hung on descriptors is given up.
func TestStateIsRead(t *testing.T) {
	today := handedOver(t)
	if *update {
		if err := os.WriteFile(goldenState, today, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(goldenState)
	if err != nil {
		t.Fatal(err)
	}
	for name, state := range map[string][]byte{"today's": today, "the one that was kept": kept} {
		t.Run(name, func(t *testing.T) {
			g, kinds, failed := restored(t, state)
			for _, kind := range []string{"gateway", "jobs", "credentials", "request", "counters", "workers", "instance", "client", "lost", "job"} {
				if kinds[kind] == 0 {
					t.Errorf("there is no record %q", kind)
				}
			}
			for _, text := range failed {
				if !strings.Contains(text, "did not cross") {
					t.Errorf("given up: %s", text)
				}
			}
			if len(failed) != 2 { // the WebSocket and the worker's pipes
				t.Errorf("%d records were given up: %s", len(failed), failed)
			}
			if n := g.Stats().Sessions; n != 2 {
				t.Errorf("%d sessions, want the one that has lost its WebSocket and the one that had before", n)
			}
			record, err := g.store.Replay().Read(t.Context(), "request-1")
			if err != nil || record.State != queue.ReplayComplete || len(record.Lines) != 1 {
				t.Errorf("the answer to request-1: %+v, %v", record, err)
			}
		})
	}
}

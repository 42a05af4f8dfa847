package xmpp

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
)

// TestMain lets the test binary be the workers that the tests start.
func TestMain(m *testing.M) {
	platform.Main(Definition())
	os.Exit(m.Run())
}

// workers are users in workers of their own, shut in, as the server runs them.
type workers struct {
	*supervisor.Manager
	results chan error
	news    chan struct{} // has a value when something was told

	mu     sync.Mutex // guards the field below
	events []workerEvent
}

type workerEvent struct {
	instance *supervisor.Instance
	activity *activity.Object
}

func newWorkers(t testing.TB, most int) *workers {
	t.Helper()
	store, err := queue.OpenMemory(queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &workers{results: make(chan error, 1), news: make(chan struct{}, 1)}
	w.Manager, err = supervisor.New(supervisor.Options{
		Definitions: []*platform.Definition{Definition()}, Config: map[string][]byte{"xmpp": []byte(`{"allowPrivateAddresses":true}`)},
		Store: store, Sink: w, MaxInstances: most, JobTimeout: time.Minute, MaxResultBytes: 16 << 20, Sandbox: true, StartsPerSecond: 10_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = w.Shutdown(ctx) // the workers are ended, in time or not
	})
	return w
}

func (w *workers) Result(_ *supervisor.Instance, _ *activity.Object, err error) {
	w.results <- err
}

func (w *workers) Event(in *supervisor.Instance, a *activity.Object, _, _ string) {
	w.mu.Lock()
	w.events = append(w.events, workerEvent{in, a})
	w.mu.Unlock()
	signal(w.news)
}

func (w *workers) Actor(*supervisor.Instance, supervisor.Key, supervisor.Key) {}
func (w *workers) Unauthorized(*supervisor.Instance, string)                  {}
func (w *workers) Ended(*supervisor.Instance, string)                         {}

// connect begins to connect a user; done has its outcome.
func (w *workers) connect(t testing.TB, id string, credentials *activity.Object) *supervisor.Instance {
	t.Helper()
	in, err := w.Instance(supervisor.Key{Platform: "xmpp", Actor: id, Scope: "a"})
	if err != nil {
		t.Fatal(err)
	}
	in.Attach("a")
	w.submit(t, in, `{"type":"connect","actor":{"id":"`+id+`","type":"person"}}`, credentials)
	return in
}

func (w *workers) submit(t testing.TB, in *supervisor.Instance, text string, credentials *activity.Object) {
	t.Helper()
	a := parse(t, text)
	a.Set("@context", contexts())
	if err := in.Submit(context.Background(), supervisor.Message{Asker: w, Owner: queue.Owner{ID: "a"}, Activity: a, Credentials: credentials}); err != nil {
		t.Fatal(err)
	}
}

// done waits for the success of what was submitted.
func (w *workers) done(t testing.TB) {
	t.Helper()
	select {
	case err := <-w.results:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(2 * patience):
		t.Fatal("no answer")
	}
}

// hears waits for what f is true of.
func (w *workers) hears(t testing.TB, in *supervisor.Instance, f func(*activity.Object) bool) *activity.Object {
	t.Helper()
	timeout := time.After(2 * patience)
	for {
		w.mu.Lock()
		events := w.events
		w.events = nil
		w.mu.Unlock()
		for i, e := range events {
			if e.instance == in && f(e.activity) {
				w.mu.Lock()
				w.events = append(events[i+1:], w.events...)
				w.mu.Unlock()
				return e.activity
			}
		}
		select {
		case <-w.news:
		case <-timeout:
			t.Fatal("nothing is told")
		}
	}
}

// residentShare is a process's proportional share of memory; 0 where the system
// does not tell.
func residentShare(t testing.TB, pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
			kib, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	return 0
}

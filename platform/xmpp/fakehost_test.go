package xmpp

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// patience is how long tests wait for what must come.
const patience = 60 * time.Second

// hostEvent is what a platform told its host.
type hostEvent struct {
	activity *activity.Object
	session  string // "" for all
}

// fakeHost is the worker around a platform.
type fakeHost struct {
	mu     sync.Mutex
	events []hostEvent
	kept   map[string]string
	linger []time.Duration
	logs   strings.Builder
	news   chan struct{} // has a value when something came
}

func newHost() *fakeHost {
	return &fakeHost{kept: map[string]string{}, news: make(chan struct{}, 1)}
}

func (h *fakeHost) add(e hostEvent) {
	h.mu.Lock()
	h.events = append(h.events, e)
	h.mu.Unlock()
	select {
	case h.news <- struct{}{}:
	default:
	}
}

func (h *fakeHost) Event(a *activity.Object)                   { h.add(hostEvent{a, ""}) }
func (h *fakeHost) EventTo(session string, a *activity.Object) { h.add(hostEvent{a, session}) }
func (h *fakeHost) EventExcept(string, *activity.Object)       { panic("not used") }
func (h *fakeHost) Actor(string)                               { panic("not used") }

func (h *fakeHost) Keep(key, value string, d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept[key] = value; d <= 0 {
		delete(h.kept, key)
	}
}

func (h *fakeHost) Kept(key string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.kept[key]
}

func (h *fakeHost) Linger(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.linger = append(h.linger, d)
}

func (h *fakeHost) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logs.Write(p)
}

func (h *fakeHost) Log() *slog.Logger { return slog.New(slog.NewTextHandler(h, nil)) }

// next returns the next event.
func (h *fakeHost) next(t testing.TB) hostEvent {
	t.Helper()
	timeout := time.After(patience)
	for {
		h.mu.Lock()
		if len(h.events) > 0 {
			e := h.events[0]
			h.events = h.events[1:]
			h.mu.Unlock()
			return e
		}
		h.mu.Unlock()
		select {
		case <-h.news:
		case <-timeout:
			t.Fatal("nothing is told")
		}
	}
}

// until returns the first event that f is true of, and forgets those before it.
func (h *fakeHost) until(t testing.TB, f func(*activity.Object) bool) *activity.Object {
	t.Helper()
	for {
		if e := h.next(t); f(e.activity) {
			return e.activity
		}
	}
}

// expect compares the next events, without "@context".
func (h *fakeHost) expect(t testing.TB, texts ...string) {
	t.Helper()
	for _, want := range texts {
		a := h.next(t).activity.Copy()
		a.Delete("@context")
		if got := string(activity.AppendJSON(nil, a)); got != want {
			t.Fatalf("clients are told\n%s\nwant\n%s", got, want)
		}
	}
}

// quiet checks that nothing was told.
func (h *fakeHost) quiet(t testing.TB) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		t.Errorf("clients are told %s", activity.AppendJSON(nil, e.activity))
	}
}

// isStatus is an event of the connection's status.
func isStatus(s string) func(*activity.Object) bool {
	return func(a *activity.Object) bool {
		return a.Text("type") == "connect" && a.Object("object").Text("status") == s
	}
}

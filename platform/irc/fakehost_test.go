package irc

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// told is what a platform told its host.
type told struct {
	activity *activity.Object
	session  string // "" for all
}

// fakeHost is the worker around a platform.
type fakeHost struct {
	mu      sync.Mutex
	events  []told
	actors  []string
	kept    map[string]string
	lasting map[string]time.Duration // how long what was kept is kept
	linger  []time.Duration
	logs    strings.Builder
	news    chan struct{} // has a value when something came
}

func newHost() *fakeHost {
	return &fakeHost{kept: map[string]string{}, lasting: map[string]time.Duration{}, news: make(chan struct{}, 1)}
}

func (h *fakeHost) add(e told) {
	h.mu.Lock()
	h.events = append(h.events, e)
	h.mu.Unlock()
	select {
	case h.news <- struct{}{}:
	default:
	}
}

func (h *fakeHost) Event(a *activity.Object)                   { h.add(told{a, ""}) }
func (h *fakeHost) EventTo(session string, a *activity.Object) { h.add(told{a, session}) }
func (h *fakeHost) EventExcept(string, *activity.Object)       { panic("not used") }

func (h *fakeHost) Actor(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.actors = append(h.actors, id)
}

func (h *fakeHost) Keep(key, value string, d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept[key], h.lasting[key] = value, d; d <= 0 {
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
func (h *fakeHost) next(t testing.TB) told {
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
			t.Fatal("no event came")
		}
	}
}

// expect takes the next event and compares it without "@context" and "published".
func (h *fakeHost) expect(t testing.TB, want string) told {
	t.Helper()
	e := h.next(t)
	if got := shown(e.activity); got != want {
		t.Fatalf("event\n%s\nwant\n%s", got, want)
	}
	return e
}

// none checks that nothing was told.
func (h *fakeHost) none(t testing.TB) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) > 0 {
		t.Fatalf("%d events too many, the first is %s", len(h.events), shown(h.events[0].activity))
	}
}

// shown is an activity in short: JSON without "@context" and "published".
func shown(a *activity.Object) string {
	c := a.Copy()
	c.Delete("@context")
	c.Delete("published")
	return string(activity.AppendJSON(nil, c))
}

package supervisor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/queue"
)

// ask submits a message of a session at an address.
func ask(t testing.TB, in *Instance, address, session, kind, content string) *call {
	t.Helper()
	c, m := newMessage(in, kind, content)
	m.Address, m.Owner, m.Credentials = address, queue.Owner{ID: session}, secrets("toad")
	submit(t, in, m)
	return c
}

// An address that wants all slots of a stateless worker gets a quarter of them;
// whoever comes later finds one at once.
func TestSlotsAreShared(t *testing.T) { testSlotsAreShared(t, manage) }

func testSlotsAreShared(t *testing.T, manage starts) {
	g := manage(t, func(o *Options) { o.Definitions[0].Concurrency = 8 })
	mill := g.mill()
	path, open := gate(t)
	var greedy []*call
	for i := range 40 {
		greedy = append(greedy, ask(t, mill, "192.0.2.1", fmt.Sprint(i%2), "gate", path))
	}
	for _, address := range []string{"192.0.2.2", "2001:db8::1", "2001:db8::2"} {
		ask(t, mill, address, "other", "echo", "").want(t, "ok")
	}
	if s := g.Stats().Platforms["mill"]; s.Running != 2 || s.Waiting != 38 {
		t.Errorf("%d run and %d wait, want a quarter of 8 slots and the rest", s.Running, s.Waiting)
	}
	open()
	for _, c := range greedy {
		c.want(t, "ok")
	}
}

// Jobs for one host have few slots, and a session not all of these: a host that
// never answers holds up nobody else, there or elsewhere.
func TestLanesAreShared(t *testing.T) { testLanesAreShared(t, manage) }

func testLanesAreShared(t *testing.T, manage starts) {
	g := manage(t, func(o *Options) {
		o.Definitions[0].Lane = func(m *activity.Object) string { return "host" + m.Object("actor").Text("id") }
	})
	mill := g.mill()
	path, open := gate(t)
	var slow []*call
	for range 40 {
		slow = append(slow, ask(t, mill, "192.0.2.1", "greedy", "gate", path))
	}
	ask(t, mill, "192.0.2.1", "other", "echo", "").want(t, "ok")
	ask(t, mill, "192.0.2.2", "third", "echo", "").want(t, "ok")
	if s := g.Stats().Platforms["mill"]; s.Running != laneOfSession {
		t.Errorf("%d run, want what one session has of a host", s.Running)
	}
	open()
	for _, c := range slow {
		c.want(t, "ok")
	}
}

// An address that fills its share of the line makes room for its own sessions
// that have less, and is told which limit it met.
func TestLineIsShared(t *testing.T) {
	g := manage(t, func(o *Options) {
		o.Definitions[0].Concurrency = 4
		store, err := queue.OpenMemory(queue.Options{MaxQueuedJobs: 40})
		if err != nil {
			t.Fatal(err)
		}
		o.Store = store
	})
	mill := g.mill()
	path, open := gate(t)
	put(t, mill, "echo", "").want(t, "ok") // the worker is there
	var greedy []*call
	for range 11 {
		greedy = append(greedy, ask(t, mill, "192.0.2.1", "greedy", "gate", path))
	}
	c, m := newMessage(mill, "gate", path)
	m.Address, m.Owner = "192.0.2.1", queue.Owner{ID: "greedy"}
	const want = "queue is full: your address has its share of it"
	if err := mill.Submit(t.Context(), m); err == nil || err.Error() != want {
		t.Errorf("one more job than a quarter of the line: %v, want %q", err, want)
	}
	_ = c
	other := ask(t, mill, "192.0.2.1", "other", "echo", "")
	greedy[10].want(t, want+" [queue_full]")
	ask(t, mill, "192.0.2.2", "third", "echo", "").want(t, "ok")
	open()
	for _, c := range greedy[:10] {
		c.want(t, "ok")
	}
	other.want(t, "ok")
}

// A slot is kept for each stateless platform, and an address and a session have
// a share of the rest.
func TestInstancesAreShared(t *testing.T) {
	g := manage(t, func(o *Options) { o.MaxInstances, o.InstancesPerAddress, o.InstancesPerSession = 6, 3, 2 })
	connect := func(address, session string) string {
		t.Helper()
		in := g.instance(Key{Platform: "inn", Actor: "al", Scope: strings.Repeat("x", g.slots.used+1)})
		c, m := newMessage(in, "connect", "")
		m.Address, m.Owner, m.Credentials = address, queue.Owner{ID: session}, secrets("toad")
		if err := in.Submit(t.Context(), m); err != nil {
			return err.Error()
		}
		return c.answer(t)
	}
	for _, step := range []struct{ address, session, want string }{
		{"192.0.2.1", "a", "ok"},
		{"192.0.2.1", "a", "ok"},
		{"192.0.2.1", "a", "platform instance limit of a session reached (2); cannot start new inn instance"},
		{"192.0.2.1", "b", "ok"},
		{"192.0.2.1", "b", "platform instance limit of an address reached (3); cannot start new inn instance"},
		{"2001:db8::1", "c", "ok"},
		{"2001:db8::2", "d", "ok"},
	} {
		if got := connect(step.address, step.session); got != step.want {
			t.Errorf("%s of %s: %q, want %q", step.session, step.address, got, step.want)
		}
	}
	const want = "platform instance limit reached (6); cannot start new inn instance"
	if _, err := g.Instance(innKey("zoe", "ann")); err == nil || err.Error() != want {
		t.Errorf("one instance too many: %v, want %q", err, want)
	}
	put(t, g.mill(), "echo", "").want(t, "ok")
}

// A result may be larger than other frames, as large as the worker was told; it
// refuses what is larger itself, and lives on.
func TestLargeResult(t *testing.T) {
	g := manage(t, func(o *Options) { o.MaxResultBytes = 4 << 20 })
	large := put(t, g.mill(), "inflate", "3000000")
	large.want(t, "ok")
	if n := len(large.out.Object("object").Text("content")); n != 3_000_000 {
		t.Errorf("a result of 3 MB came with %d bytes", n)
	}
	pid := large.worker(t)
	refused := put(t, g.mill(), "inflate", "5000000")
	if got := refused.answer(t); !strings.HasPrefix(got, "Error: the result has 50") || !strings.HasSuffix(got, "a frame may have 4194304") {
		t.Errorf("a result that is too large: %q", got)
	}
	if now := put(t, g.mill(), "echo", "").worker(t); now != pid {
		t.Error("the worker did not outlive it")
	}
}

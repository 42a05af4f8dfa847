package supervisor

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

// flag lets the janitor come by until it has flagged an instance.
func (g *managed) flag(in *Instance) {
	flagged := func() bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.flagged
	}
	for range 3 {
		if flagged() {
			return
		}
		g.sweep()
	}
	g.t.Fatal("the janitor does not flag an instance that nobody uses")
}

// A connection that nobody is attached to lives through one visit of the
// janitor, and not through the next.
func TestJanitor(t *testing.T) {
	g := manage(t, nil)
	in := g.inn("al")
	in.Attach("ann")
	first := connect(t, in, "connect", "", "toad").worker(t)
	stateless := put(t, g.mill(), "echo", "").worker(t)
	for range 5 {
		g.sweep()
	}
	if pid := put(t, in, "echo", "").worker(t); pid != first {
		t.Fatal("the janitor ended a connection that a session is attached to")
	}

	in.Detach("ann")
	g.flag(in)
	if pid := put(t, in, "echo", "").worker(t); pid != first {
		t.Fatal("the janitor gave no time")
	}
	g.flag(in)
	g.sweep()
	eventually(t, "the worker has ended", func() bool { return len(g.alive()) == 1 })
	if got := g.sink.list(&g.sink.ended); got != "" {
		t.Errorf("clients were told of the end: %q", got)
	}
	for range 3 {
		g.sweep()
	}
	if n := len(g.Instances()); n != 1 {
		t.Errorf("%d instances are kept, want that of the stateless platform", n)
	}
	if pid := put(t, g.mill(), "echo", "").worker(t); pid != stateless {
		t.Error("the janitor ended the stateless platform")
	}

	// Who had the instance in hand can go on with it.
	in.Attach("ann")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	if again := g.inn("al"); again != in {
		t.Error("the instance was made anew while somebody used it")
	}
	stats := g.Stats().Platforms["inn"]
	if stats.Exits["unused"] != 1 || stats.Starts != 2 {
		t.Errorf("stats %+v", stats)
	}
}

// An instance without a worker stays while a session is attached: whichever
// session has the next one started, this one hears it too.
func TestJanitorKeepsWhatIsAttached(t *testing.T) {
	g := manage(t, nil)
	in := g.inn("al")
	in.Attach("ann")
	in.Attach("bob")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	put(t, in, "exit", "1").answer(t)
	eventually(t, "the worker is over", func() bool { return len(g.alive()) == 0 })
	for range 5 {
		g.sweep()
	}
	if again := g.inn("al"); again != in {
		t.Fatal("it was made anew")
	}
	if got := strings.Join(in.Sessions(), " "); got != "ann bob" {
		t.Errorf("attached: %q", got)
	}
	in.Detach("ann")
	in.Detach("bob")
	for range 3 {
		g.sweep()
	}
	if n := len(g.Instances()); n != 0 {
		t.Errorf("%d instances are kept when nobody is attached", n)
	}
}

// A session that comes back takes the flag away.
func TestJanitorFlagIsCleared(t *testing.T) {
	g := manage(t, nil)
	in := g.inn("al")
	first := connect(t, in, "connect", "", "toad").worker(t)
	g.flag(in)
	in.Attach("ann")
	for range 3 {
		g.sweep()
	}
	in.Detach("ann")
	g.flag(in)
	in.Attach("ann")
	in.Detach("ann")
	g.sweep() // it was touched
	if pid := put(t, in, "echo", "").worker(t); pid != first {
		t.Error("the flag stayed")
	}
}

// A connect may take longer than the janitor's cycles.
func TestJanitorSparesSlowConnect(t *testing.T) {
	g := manage(t, nil)
	in := g.inn("al")
	c := connect(t, in, "connect", "300ms", "toad")
	for deadline := time.Now().Add(200 * time.Millisecond); time.Now().Before(deadline); {
		g.sweep()
	}
	c.want(t, "ok")
}

// A worker that is not connected any more is ended also while sessions stay.
func TestJanitorEndsUnconnected(t *testing.T) {
	g := manage(t, nil)
	in := g.inn("al")
	in.Attach("ann")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	put(t, in, "disconnect", "").want(t, "ok")
	for range 3 {
		g.sweep()
	}
	eventually(t, "the worker has ended", func() bool { return len(g.alive()) == 0 })
	connect(t, in, "connect", "", "toad").want(t, "ok")
}

// A session that gave other credentials is detached from the connection of
// the old ones. That is ended when nobody else has it.
func TestChangeOfCredentials(t *testing.T) {
	g := manage(t, nil)
	old, now := g.instance(innKey("al", "toad")), g.instance(innKey("al", "frog"))
	old.Attach("ann")
	old.Attach("bob")
	first := connect(t, old, "connect", "", "toad").worker(t)
	now.Attach("ann")
	second := connect(t, now, "connect", "", "frog").worker(t)
	if first == second {
		t.Fatal("other credentials have the same connection")
	}
	old.Detach("ann")
	g.sink.await(t, &g.sink.events, "ann left//")
	for range 3 {
		g.sweep()
	}
	if pid := put(t, old, "echo", "").worker(t); pid != first {
		t.Error("bob's connection was ended")
	}
	old.Detach("bob")
	g.flag(old)
	g.sweep()
	eventually(t, "the connection that nobody has is ended", func() bool { return len(g.alive()) == 1 })
	if pid := put(t, now, "echo", "").worker(t); pid != second {
		t.Error("ann's connection was ended")
	}
}

func TestReport(t *testing.T) {
	var got lines
	g := manage(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&got, nil))
		o.Report = func() (int, int) { return 3, 2 }
	})
	g.mill()
	g.reportCounts()
	if want := "socket sessions: 3 platform instances: 1 redis connections: 2\" namespace=server:janitor"; !strings.Contains(got.String(), want) {
		t.Errorf("got %q, want %q", got.String(), want)
	}
}

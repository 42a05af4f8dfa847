package supervisor

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// secretInn returns the persistent instance of an actor whose scope stands for a
// secret.
func (g *managed) secretInn(actor string) *Instance {
	return g.instance(Key{Platform: "inn", Actor: actor, Scope: "toad", Secret: true})
}

// lingering connects an instance of which the last session has left. It returns
// the worker that is to stay.
func (g *managed) lingering(actor, d string) (in *Instance, pid int) {
	g.t.Helper()
	in = g.secretInn(actor)
	in.Attach("ann")
	pid = connect(g.t, in, "connect", "", "toad").worker(g.t)
	put(g.t, in, "linger", d).want(g.t, "ok")
	in.Detach("ann")
	return in, pid
}

// leftBefore makes an instance believe that its last session left earlier.
func (in *Instance) leftBefore(d time.Duration) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.leftAt = in.leftAt.Add(-d)
}

func (in *Instance) state() string { return in.info().State }

// A connection that is to stay does, for as long as it said after its last
// session has left; then it is ended as any other.
func TestLinger(t *testing.T) {
	g := manage(t, nil)
	in, first := g.lingering("al", "1h")
	for range 5 {
		g.sweep()
	}
	if s := g.Stats().Platforms["inn"]; in.state() != "lingering" || s.Ready != 1 || s.Lingering != 1 {
		t.Errorf("it is %s; stats %+v", in.state(), s)
	}
	if again := g.secretInn("al"); again != in {
		t.Error("it has been forgotten")
	}
	in.Attach("ann")
	if s := g.Stats().Platforms["inn"]; in.state() != "connected" || s.Lingering != 0 {
		t.Errorf("with a session it is %s; stats %+v", in.state(), s)
	}
	if pid := put(t, in, "echo", "").worker(t); pid != first {
		t.Error("its worker is another")
	}
	in.Detach("ann")
	in.leftBefore(time.Hour)
	if in.state() != "connected" {
		t.Errorf("after its time it is %s", in.state())
	}
	g.flag(in)
	g.sweep()
	eventually(t, "the worker has ended", func() bool { return len(g.alive()) == 0 })
	if s := g.Stats().Platforms["inn"]; s.Exits["unused"] != 1 {
		t.Errorf("stats %+v", s)
	}
	if got := g.sink.list(&g.sink.ended); got != "" {
		t.Errorf("clients were told of the end: %q", got)
	}
}

// When a connection does not stay, or not so long.
func TestLingerIsBounded(t *testing.T) {
	linger := func(in *Instance) time.Duration {
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.linger
	}
	for _, tt := range []struct {
		name      string
		most      time.Duration
		asked     []string
		want      time.Duration
		lingering bool
	}{
		{"as asked", week, []string{"90m"}, 90 * time.Minute, true},
		{"the last word counts", week, []string{"1h", "3h", "2h"}, 2 * time.Hour, true},
		{"taken back", week, []string{"1h", "0s"}, 0, false},
		{"negative", week, []string{"-1h"}, 0, false},
		{"a week at most", week, []string{"2000000h"}, 7 * 24 * time.Hour, true},
		{"as the config allows", time.Minute, []string{"1h"}, time.Minute, true},
		{"forbidden", 0, []string{"1h"}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := manage(t, func(o *Options) { o.MaxLinger = tt.most })
			in, _ := g.lingering("al", tt.asked[0])
			for _, d := range tt.asked[1:] { // the session is gone already
				put(t, in, "linger", d).want(t, "ok")
			}
			if got := linger(in); got != tt.want || (in.state() == "lingering") != tt.lingering {
				t.Errorf("it is %s and stays %s, want %s", in.state(), got, tt.want)
			}
		})
	}
	t.Run("without a secret", func(t *testing.T) {
		g := manage(t, nil)
		in := g.inn("al")
		in.Attach("ann")
		connect(t, in, "connect", "", "toad").want(t, "ok")
		put(t, in, "linger", "1h").want(t, "ok")
		in.Detach("ann")
		if in.state() != "connected" {
			t.Errorf("it is %s", in.state())
		}
	})
	t.Run("not connected any more", func(t *testing.T) {
		g := manage(t, nil)
		in, _ := g.lingering("al", "1h")
		put(t, in, "disconnect", "").want(t, "ok")
		for range 3 {
			g.sweep()
		}
		eventually(t, "the worker has ended", func() bool { return len(g.alive()) == 0 })
	})
	t.Run("the next worker did not ask", func(t *testing.T) {
		g := manage(t, nil)
		in, _ := g.lingering("al", "1h")
		put(t, in, "exit", "1").answer(t)
		connect(t, in, "connect", "", "toad").want(t, "ok")
		if in.state() != "connected" {
			t.Errorf("it is %s", in.state())
		}
	})
	t.Run("a stateless platform", func(t *testing.T) {
		g := manage(t, nil)
		put(t, g.mill(), "linger", "1h").want(t, "ok")
		if got := linger(g.mill()); got != 0 {
			t.Errorf("it stays %s", got)
		}
	})
}

// Connections that nobody uses make room, the one that was left first before the
// others, and only for a worker that is about to be started.
func TestLingeringMakesRoom(t *testing.T) {
	g := manage(t, func(o *Options) { o.MaxInstances = 5 })
	used := g.secretInn("used")
	used.Attach("ann")
	connect(t, used, "connect", "", "toad").want(t, "ok")
	put(t, used, "linger", "1h").want(t, "ok")
	busy, _ := g.lingering("busy", "1h")
	work := put(t, busy, "wait", "1h")
	young, _ := g.lingering("young", "1h")
	old, _ := g.lingering("old", "1h")
	busy.leftBefore(30 * time.Minute)
	old.leftBefore(10 * time.Minute)

	states := func() string {
		return fmt.Sprintf("used %s, busy %s, young %s, old %s", used.state(), busy.state(), young.state(), old.state())
	}
	for i := range 10 { // credentials are looked at first
		put(t, g.inn(fmt.Sprint("nobody", i)), "connect", "").want(t, fmt.Sprintf("credentials not found for inn:nobody%d", i))
	}
	if got, want := states(), "used connected, busy lingering, young lingering, old lingering"; got != want {
		t.Errorf("%s; want %s", got, want)
	}

	gone := func(in *Instance) func() bool {
		return func() bool { return in.state() == "idle" }
	}
	first := g.inn("first")
	connect(t, first, "connect", "", "frog").want(t, "ok")
	eventually(t, "the one that was left first is gone", gone(old))
	if got, want := states(), "used connected, busy lingering, young lingering, old idle"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	second := g.inn("second")
	connect(t, second, "connect", "", "frog").want(t, "ok")
	eventually(t, "the next is gone", gone(young))

	const refusal = "platform instance limit reached (5); cannot start new inn instance"
	if _, err := g.Instance(innKey("third", "ann")); err == nil || err.Error() != refusal {
		t.Errorf("none is to spare: %v, want %q", err, refusal)
	}
	for _, p := range g.alive() {
		if p.in == busy {
			p.kill("was ended by the test", endedByUs)
		}
	}
	work.want(t, "outcome unknown: worker was ended by the test [outcome_unknown]")
	g.sink.await(t, &g.sink.ended, "was ended by the test")
	// One that made room comes back as any other.
	eventually(t, "there is a place", func() bool { return g.slots.full() == nil })
	connect(t, old, "connect", "", "toad").want(t, "ok")
	if got := g.sink.list(&g.sink.ended); got != "was ended by the test" {
		t.Errorf("clients were told of %q", got)
	}
	if n := g.Stats().Platforms["inn"].Exits["unused"]; n != 2 {
		t.Errorf("%d workers made room, want 2", n)
	}
}

// However many want their places at a time, each is given once.
func TestLingeringMakesRoomForMany(t *testing.T) {
	const n = 10
	g := manage(t, func(o *Options) { o.MaxInstances = n + 1 })
	for i := range n {
		g.lingering(fmt.Sprint("old", i), "1h")
	}
	var calls [2 * n]*call
	var refused [2 * n]error
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			in, err := g.Instance(innKey(fmt.Sprint("new", i), "ann"))
			if err == nil {
				c, m := newMessage(in, "connect", "")
				m.Credentials = secrets("frog")
				if err = in.Submit(t.Context(), m); err == nil {
					calls[i] = c
				}
			}
			refused[i] = err
		})
	}
	all.Wait()
	let := 0
	for i, c := range calls {
		if refused[i] != nil {
			if want := fmt.Sprintf("platform instance limit reached (%d); cannot start new inn instance", n+1); refused[i].Error() != want {
				t.Errorf("refused with %q", refused[i])
			}
			continue
		}
		c.want(t, "ok")
		let++
	}
	if let != n {
		t.Errorf("%d were let in, want %d", let, n)
	}
	eventually(t, "only the new ones have workers", func() bool { return len(g.alive()) == n })
}

// Who comes back with the secret to a connection that stayed finds it under an
// id that its actor had before, too.
func TestLingeringUnderFormerActor(t *testing.T) {
	g := manage(t, nil)
	in, _ := g.lingering("al", "1h")
	put(t, in, "actor", "newt").want(t, "ok")
	g.sink.await(t, &g.sink.actors, "al is now newt")

	if other := g.instance(Key{Platform: "inn", Actor: "al", Scope: "frog", Secret: true}); other == in {
		t.Error("another secret opens it")
	}
	if other := g.inn("al"); other == in {
		t.Error("no secret opens it")
	}
	if other := g.secretInn("eft"); other == in {
		t.Error("an id that was never its actor's opens it")
	}
	if again := g.secretInn("al"); again != in {
		t.Error("its former id does not lead to it")
	}
	in.Attach("ann")
	if other := g.secretInn("al"); other == in {
		t.Error("the former id leads to it although somebody is there")
	}
}

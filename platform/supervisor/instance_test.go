package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/workertest"
	"github.com/sockethub/sockethub/queue"
)

func TestNewRefuses(t *testing.T) {
	store, err := queue.OpenMemory(queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close(context.Background())
	d := &platform.Definition{Name: "mill"}
	tests := []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"no store", func(o *Options) { o.Store = nil }, "platform: Options.Store and Options.Sink must be set"},
		{"no sink", func(o *Options) { o.Sink = nil }, "platform: Options.Store and Options.Sink must be set"},
		{"jobs without a deadline", func(o *Options) { o.JobTimeout = 0 }, "platform: Options.JobTimeout must be positive: a job without a deadline could wait for ever"},
		{"no results", func(o *Options) { o.MaxResultBytes = 0 }, "platform: Options.MaxResultBytes must be positive"},
		{"less than nothing", func(o *Options) { o.StartsPerSecond = -1 }, "platform: Options.StartsPerSecond is negative"},
		{"two of one name", func(o *Options) { o.Definitions = []*platform.Definition{d, d} }, `platform: two platforms are named "mill"`},
		{"a config that is no object", func(o *Options) { o.Config = map[string][]byte{"mill": []byte("7")} }, "platform: config of mill: invalid JSON at byte 0: the value is not an object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(store, new(recorder))
			tt.change(&o)
			m, err := New(o)
			if err == nil {
				m.Shutdown(context.Background())
			}
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestInstanceByKey(t *testing.T) {
	g := manage(t, nil)
	if a, b := g.mill(), g.instance(Key{Platform: "mill", Actor: "al", Scope: "ann"}); a != b {
		t.Error("a stateless platform has two instances")
	}
	if id := g.mill().ID(); id != (Key{Platform: "mill"}).ID() {
		t.Errorf("its id is %s", id)
	}
	if a, b := g.inn("al"), g.inn("al"); a != b {
		t.Error("one key has two instances")
	}
	if a, b := g.inn("al"), g.instance(innKey("al", "bob")); a == b {
		t.Error("two scopes share an instance")
	}
	if _, err := g.Instance(Key{Platform: "gone"}); err == nil || err.Error() != "platform gone is not available" {
		t.Errorf("an unknown platform: %v", err)
	}
}

// Without an actor's id, still nobody shares a connection with strangers.
func TestEmptyActor(t *testing.T) {
	g := manage(t, nil)
	a, b := g.instance(innKey("", "ann")), g.instance(innKey("", "bob"))
	if a == b {
		t.Error("two scopes share an instance")
	}
	_, err := g.Instance(Key{Platform: "inn"})
	if want := "cannot resolve a connection scope for inn without a session"; err == nil || err.Error() != want {
		t.Errorf("without a scope: %v, want %q", err, want)
	}
}

func TestInstanceLimit(t *testing.T) {
	g := manage(t, func(o *Options) { o.MaxInstances = 2 })
	put(t, g.mill(), "echo", "").want(t, "ok")

	// What starts no worker takes no place.
	for i := range 20 {
		put(t, g.inn(fmt.Sprintf("al%d", i)), "connect", "").answer(t)
	}
	late := g.inn("late")
	in := g.inn("al")
	connect(t, in, "connect", "", "toad").want(t, "ok")

	const want = "platform instance limit reached (2); cannot start new inn instance"
	_, err := g.Instance(innKey("zoe", "ann"))
	var e *platform.JobError
	if !errors.As(err, &e) || e.Text != want {
		t.Errorf("one more instance: %v, want %q", err, want)
	}
	_, m := newMessage(late, "connect", "")
	m.Credentials = secrets("toad")
	if err := late.Submit(t.Context(), m); err == nil || err.Error() != want {
		t.Errorf("one that was made before: %v, want %q", err, want)
	}

	// Replacing one's own dead worker is free.
	for range 3 {
		put(t, in, "exit", "1").answer(t)
		put(t, g.mill(), "exit", "1").answer(t)
		connect(t, in, "connect", "", "toad").want(t, "ok")
		put(t, g.mill(), "echo", "").want(t, "ok")
	}

	// A place that is free is another's.
	put(t, in, "exit", "1").answer(t)
	eventually(t, "the place is free", func() bool { return g.slots.full() == nil })
	connect(t, late, "connect", "", "toad").want(t, "ok")
}

// unrecorded is a store that takes jobs and then cannot record them.
type unrecorded struct{ queue.Queue }

func (q unrecorded) Push(_ *queue.Job, _ uint64, confirmed func(error)) error {
	go confirmed(queue.ErrUnavailable)
	return nil
}

// A place that was taken for a worker which is not started after all is free
// again.
func TestPlaceThatIsNotNeeded(t *testing.T) {
	free := func(g *managed) func() bool {
		return func() bool {
			g.slots.mu.Lock()
			defer g.slots.mu.Unlock()
			return g.slots.used == 0
		}
	}
	t.Run("the job expires before the start", func(t *testing.T) {
		g := manage(t, nil)
		g.starter.busy.Lock()
		in := g.inn("al")
		c := expiring(t, in, "connect", "", 50*time.Millisecond)
		c.want(t, "timed out: not started in time [deadline]")
		if free(g)() {
			t.Error("no place was taken")
		}
		g.starter.busy.Unlock()
		eventually(t, "the place is free", free(g))
	})
	t.Run("the store does not record the job", func(t *testing.T) {
		g := manage(t, func(o *Options) { o.Store = unrecorded{o.Store} })
		in := g.inn("al")
		connect(t, in, "connect", "", "toad").want(t, queue.ErrUnavailable.Error()+" [store_unavailable]")
		eventually(t, "the place is free", free(g))
	})
}

// Jobs of a persistent instance are done one at a time, in the order in which
// they were submitted.
func TestOrder(t *testing.T) { testOrder(t, manage) }

func testOrder(t *testing.T, manage starts) {
	g := manage(t, nil)
	in := g.inn("al")
	var order []string
	g.sink.onResult = func(c *call) { order = append(order, c.kind+c.out.Object("object").Text("content")) }
	calls := []*call{connect(t, in, "connect", "20ms", "toad")}
	want := []string{"connect20ms"}
	for i := range 200 {
		d := fmt.Sprintf("%dus", i)
		calls = append(calls, put(t, in, "wait", d))
		want = append(want, "wait"+d)
	}
	for _, c := range calls {
		c.want(t, "ok")
	}
	g.sink.mu.Lock()
	defer g.sink.mu.Unlock()
	if got := strings.Join(order, " "); got != strings.Join(want, " ") {
		t.Errorf("done in the order %s", got)
	}
}

func TestEvents(t *testing.T) {
	g := manage(t, nil)
	in := g.inn("al")
	in.Attach("ann")
	in.Attach("bob")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	put(t, in, "say", "hello").want(t, "ok")
	g.sink.await(t, &g.sink.events, "hello//")
	in.Detach("bob")
	in.Detach("zoe") // who was never there
	g.sink.await(t, &g.sink.events, "hello//", "bob left//")
	if got := strings.Join(in.Sessions(), " "); got != "ann" {
		t.Errorf("attached: %q", got)
	}
	info := g.Instances()
	if len(info) != 1 || info[0].State != "connected" || info[0].Sessions != 1 || info[0].PID == 0 || info[0].Actor != "al" {
		t.Errorf("info %+v", info)
	}
}

// An actor who is known by another id keeps the connection, and what waits.
func TestChangeOfActor(t *testing.T) { testChangeOfActor(t, manage) }

func testChangeOfActor(t *testing.T, manage starts) {
	g := manage(t, nil)
	in := g.inn("al")
	in.Attach("ann")
	first := connect(t, in, "connect", "", "toad").worker(t)
	change := put(t, in, "actor", "newt")
	behind := []*call{put(t, in, "echo", "one"), put(t, in, "wait", "1ms"), put(t, in, "echo", "two")}
	change.want(t, "ok")
	for _, c := range behind {
		if pid := c.worker(t); pid != first {
			t.Errorf("%s was done by another worker", c.kind)
		}
	}
	g.sink.await(t, &g.sink.actors, "al is now newt")
	if key := in.Key(); key != innKey("newt", "ann") || in.ID() != key.ID() {
		t.Errorf("the key is %+v", key)
	}
	if g.inn("newt") != in {
		t.Error("the new actor has another instance")
	}

	// The old id is somebody else now, with a line of its own.
	other := g.inn("al")
	if other == in {
		t.Fatal("the old actor has the instance too")
	}
	if second := connect(t, other, "connect", "", "toad").worker(t); second == first {
		t.Error("the old actor has the same worker")
	}
	if pid := put(t, in, "echo", "").worker(t); pid != first {
		t.Error("the connection was lost")
	}

	// Credentials for the new actor may differ, as the nick is in them.
	// Those for the old one stay right.
	connect(t, in, "update", "", "newt").want(t, "ok")
	connect(t, in, "update", "", "toad").want(t, "ok")
	connect(t, in, "update", "", "frog").want(t, "Error: invalid credentials for inn:newt")

	connect(t, in, "nick", "eft", "newt").want(t, "ok")
	g.sink.await(t, &g.sink.actors, "newt is now eft")
	connect(t, in, "update", "", "eft").want(t, "ok")
	connect(t, in, "update", "", "toad").want(t, "ok")
	connect(t, in, "update", "", "frog").want(t, "Error: invalid credentials for inn:eft")
	put(t, in, "actor", "newt").want(t, "ok")
	g.sink.await(t, &g.sink.actors, "eft is now newt")

	// An actor that is at work is not displaced.
	put(t, in, "actor", "al").want(t, "ok")
	put(t, in, "echo", "").want(t, "ok")
	if g.inn("newt") != in || g.inn("al") != other {
		t.Error("one instance took the other's place")
	}

	// One that is idle is.
	idle := g.inn("frog")
	put(t, in, "actor", "frog").want(t, "ok")
	g.sink.await(t, &g.sink.actors, "newt is now frog")
	if g.inn("frog") != in {
		t.Error("an idle instance keeps the place")
	}
	_, m := newMessage(idle, "echo", "")
	if err := idle.Submit(t.Context(), m); err == nil || err.Error() != "not sent: the platform instance has ended" {
		t.Errorf("a job for the displaced one: %v", err)
	}
}

// No job is without a deadline, and one that passes it costs only itself.
func TestDeadline(t *testing.T) { testDeadline(t, manage) }

func testDeadline(t *testing.T, manage starts) {
	g := manage(t, func(o *Options) { o.JobTimeout = time.Second })
	in := g.mill()
	first := expiring(t, in, "echo", "", workertest.Patience).worker(t) // the start of a worker may take longer
	put(t, in, "wait", "1h").want(t, "timed out: no result in time [deadline]")
	late := g.Stats().LateResults // the result of a worker that heeds its deadline may be in time to be looked at
	expiring(t, in, "connect", "2s", time.Second).want(t, "timed out: no result in time [deadline]")
	if pid := expiring(t, in, "echo", "", workertest.Patience).worker(t); pid != first {
		t.Error("the worker was ended though it let go of the job")
	}
	eventually(t, "the late result is counted", func() bool { return g.Stats().LateResults > late })
	eventually(t, "the slot is free", func() bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.current.used == 0 && len(in.current.cancelled) == 0
	})
}

// After the store refused a claim the next attempt is made in time, though the
// alarm rings for something else before.
func TestClaimIsTriedAgain(t *testing.T) {
	g := manage(t, nil)
	in := g.inn("al")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	path, open := gate(t)
	first := put(t, in, "gate", path)
	second := put(t, in, "echo", "")
	hasty := expiring(t, in, "echo", "", 200*time.Millisecond)
	in.mu.Lock()
	in.retryAt = time.Now().Add(time.Second)
	in.wakeAt(in.retryAt)
	in.mu.Unlock()
	open()
	first.want(t, "ok")
	if got := hasty.answer(t); got != "timed out: not started in time [deadline]" && got != "ok" {
		t.Errorf("got %q", got)
	}
	second.want(t, "ok")
}

func TestDeadlineInLine(t *testing.T) { testDeadlineInLine(t, manage) }

func testDeadlineInLine(t *testing.T, manage starts) {
	g := manage(t, nil)
	in := g.inn("al")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	path, open := gate(t)
	slow := put(t, in, "gate", path)
	c := expiring(t, in, "echo", "", 100*time.Millisecond)
	last := put(t, in, "echo", "")
	c.want(t, "timed out: not started in time [deadline]")
	open()
	slow.want(t, "ok")
	last.want(t, "ok")
}

// A connection that comes about too late is there all the same, for those who
// have its credentials.
func TestLateConnect(t *testing.T) {
	g := manage(t, nil)
	in := g.inn("al")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	put(t, in, "disconnect", "").want(t, "ok") // the worker is at hand, so that the deadline is its own
	c := expiring(t, in, "connect", "2s", time.Second)
	behind := put(t, in, "echo", "")
	c.want(t, "timed out: no result in time [deadline]")
	behind.want(t, "ok")
	connect(t, in, "connect", "", "frog").want(t, "Error: invalid credentials for inn:al")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	if n := g.Stats().Platforms["inn"].Starts; n != 1 {
		t.Errorf("%d workers were started, want 1", n)
	}
}

// A worker that does not let go of a job is ended, and the next one serves.
func TestDeadlineIgnored(t *testing.T) {
	g := manage(t, nil)
	g.cancelGrace = 100 * time.Millisecond
	in := g.mill()
	first := put(t, in, "echo", "").worker(t)
	c := expiring(t, in, "stuck", "", 300*time.Millisecond)
	innocent := put(t, in, "wait", "1h")
	c.want(t, "timed out: no result in time [deadline]")
	innocent.want(t, "outcome unknown: worker did not end a job that was cancelled [outcome_unknown]")
	if pid := put(t, in, "echo", "").worker(t); pid == first {
		t.Error("the worker lives on")
	}
}

func TestSubmitWhoseContextHasEnded(t *testing.T) {
	g := manage(t, nil)
	in := g.mill()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the client left"))
	_, m := newMessage(in, "echo", "")
	var e *platform.JobError
	if err := in.Submit(ctx, m); !errors.As(err, &e) || e.Code != platform.CodeNotSent || e.Text != "not sent: the client left" {
		t.Errorf("got %v", err)
	}
}

// All starts together are limited, whoever they are for.
func TestStartsPerSecond(t *testing.T) {
	g := manage(t, func(o *Options) { o.StartsPerSecond = 20 })
	start := time.Now()
	var calls []*call
	for i := range 20 {
		calls = append(calls, connect(t, g.inn(fmt.Sprintf("al%d", i)), "connect", "", "toad"))
	}
	for _, c := range calls {
		c.want(t, "ok")
	}
	if took, least := time.Since(start), (20-startBurst-1)*time.Second/20; took < least {
		t.Errorf("20 workers started in %s, want at least %s", took, least)
	}
}

// A job whose deadline has passed before it is in the store is answered, once,
// and does not stay there.
func TestDeadlineInThePast(t *testing.T) {
	g := manage(t, nil)
	in := g.mill()
	var calls []*call
	for range 200 {
		c, m := newMessage(in, "echo", "")
		m.Deadline = time.Now().Add(-time.Second)
		submit(t, in, m)
		calls = append(calls, c)
	}
	for _, c := range calls {
		if got := c.answer(t); got != "ok" && !strings.HasSuffix(got, "[deadline]") {
			t.Errorf("got %q", got)
		}
	}
	put(t, in, "echo", "").want(t, "ok")
}

// slowRemoval is a store that waits before it removes a job, once.
type slowRemoval struct {
	queue.Queue
	once    sync.Once
	entered chan struct{} // closed when a job is to be removed
	release chan struct{}
}

func (q *slowRemoval) Remove(id uint64) (*queue.Job, bool) {
	q.once.Do(func() {
		close(q.entered)
		<-q.release
	})
	return q.Queue.Remove(id)
}

// The alarm may ring again while a job that passed its deadline is being
// answered: it is answered once.
func TestExpireTwice(t *testing.T) {
	var store *slowRemoval
	g := manage(t, func(o *Options) {
		store = &slowRemoval{Queue: o.Store, entered: make(chan struct{}), release: make(chan struct{})}
		o.Store = store
	})
	in := g.mill()
	put(t, in, "echo", "").want(t, "ok")
	c := expiring(t, in, "stuck", "", 50*time.Millisecond)
	<-store.entered
	in.ring()
	close(store.release)
	c.want(t, "timed out: no result in time [deadline]")
	put(t, in, "echo", "").want(t, "ok")
}

// curious is a log's handler that looks at the instances at each line.
type curious struct {
	slog.Handler
	look func()
}

func (c curious) Handle(context.Context, slog.Record) error {
	c.look()
	return nil
}

func (c curious) WithAttrs([]slog.Attr) slog.Handler { return c }

func (c curious) WithGroup(string) slog.Handler { return c }

// No lock is held where something is logged: an embedder's handler may ask for
// what locks guard.
func TestLogHandlerMayLook(t *testing.T) {
	var m atomic.Pointer[managed]
	var looks atomic.Int64
	g := manage(t, func(o *Options) {
		o.Config = map[string][]byte{"mill": []byte(`{"start":"exit"}`), "inn": []byte(`{"start":"error"}`)}
		o.Log = slog.New(curious{o.Log.Handler(), func() {
			if g := m.Load(); g != nil {
				looks.Add(1)
				g.Instances()
				g.Stats()
			}
		}})
	})
	m.Store(g)
	put(t, g.mill(), "echo", "").want(t, "worker could not be started: it exited with status 3 [worker_start_failed]")
	connect(t, g.inn("al"), "connect", "", "toad").answer(t)
	if looks.Load() == 0 {
		t.Error("nothing was logged")
	}
}

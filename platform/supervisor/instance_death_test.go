package supervisor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
	"github.com/sockethub/sockethub/queue"
)

// silence makes the watch find that the worker of an instance has said nothing
// for long, if that is what it is to die of.
func (g *managed) silence(in *Instance, cause string) {
	if cause != "stopped responding" {
		return
	}
	g.t.Helper()
	eventually(g.t, "the worker has its job, and says nothing", func() bool {
		in.mu.Lock()
		p := in.current
		in.mu.Unlock()
		return p != nil && in.framed() > 0 && p.silentSince.Load() != 0
	})
	g.look(time.Now().Add(time.Minute), false)
}

// A worker that stopped is found by its silence, in time.
func TestSilence(t *testing.T) {
	unixOnly(t)
	g := manage(t, func(o *Options) {
		o.HeartbeatInterval, o.HeartbeatTimeout = 500*time.Millisecond, 3*time.Second
	})
	in := g.mill()
	first := put(t, in, "echo", "").worker(t)
	put(t, in, "signal", "SIGSTOP").want(t, "outcome unknown: worker stopped responding [outcome_unknown]")
	if next := put(t, in, "echo", "").worker(t); next == first {
		t.Errorf("worker %d lives on", first)
	}
}

// deaths are the ways in which a worker ends with a job, and in which words.
var deaths = []struct{ kind, content, cause string }{
	{"exit", "0", "exited with status 0"},
	{"exit", "1", "exited with status 1"},
	{"panic", "a bug", "exited with status 2"},
	{"signal", "SIGTERM", "killed by SIGTERM"},
	{"signal", "SIGKILL", "killed by SIGKILL"},
	{"signal", "SIGSTOP", "stopped responding"},
	{"block", "", "stopped responding"},
	{"huge", "", "sent a frame of more than 16777216 bytes"},
}

// Who has a job in a worker that dies is told why, and the next job
// works.
func TestDeathOfStatelessWorker(t *testing.T) {
	unixOnly(t)
	for _, tt := range deaths {
		t.Run(tt.kind+tt.content, func(t *testing.T) {
			g := manage(t, nil)
			in := g.mill()
			first := put(t, in, "echo", "before").worker(t)
			innocent := put(t, in, "wait", "1h")
			guilty := put(t, in, tt.kind, tt.content)
			g.silence(in, tt.cause)
			want := "outcome unknown: worker " + tt.cause + " [outcome_unknown]"
			guilty.want(t, want)
			innocent.want(t, want)
			if next := put(t, in, "echo", "after").worker(t); next == first {
				t.Errorf("worker %d lives on", first)
			}
			if got := g.sink.list(&g.sink.ended); got != "" {
				t.Errorf("Ended(%q) for a stateless platform", got)
			}
		})
	}
}

// The same where the worker held a connection.
func TestDeathOfPersistentWorker(t *testing.T) { testDeathOfPersistentWorker(t, manage) }

func testDeathOfPersistentWorker(t *testing.T, manage starts) {
	unixOnly(t)
	for _, tt := range deaths {
		t.Run(tt.kind+tt.content, func(t *testing.T) {
			g := manage(t, nil)
			in := g.inn("al")
			in.Attach("ann")
			connect(t, in, "connect", "", "toad").want(t, "ok")
			guilty := put(t, in, tt.kind, tt.content)
			waiting := []*call{put(t, in, "echo", "one"), connect(t, in, "connect", "", "toad")}
			g.silence(in, tt.cause)
			guilty.want(t, "outcome unknown: worker "+tt.cause+" [outcome_unknown]")
			for _, c := range waiting {
				c.want(t, "not sent: worker "+tt.cause+" [not_sent]")
			}
			g.sink.await(t, &g.sink.ended, tt.cause)
			put(t, in, "echo", "unconnected").want(t, "echo called on uninitialized platform")
			connect(t, in, "connect", "", "toad").want(t, "ok")
			put(t, in, "echo", "connected").want(t, "ok")
			if got := g.sink.list(&g.sink.ended); got != tt.cause {
				t.Errorf("Ended %q, want it once", got)
			}
			if got := strings.Join(in.Sessions(), " "); got != "ann" {
				t.Errorf("attached: %q", got)
			}
		})
	}
}

// framed is how many jobs the worker has been sent and not answered.
func (in *Instance) framed() (n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for t := in.first; t != nil; t = t.next {
		if t.state == workFramed {
			n++
		}
	}
	return n
}

// Jobs that wait for a slot of a stateless worker are done by the next one.
func TestWaitingJobsOutliveWorker(t *testing.T) { testWaitingJobsOutliveWorker(t, manage) }

func testWaitingJobsOutliveWorker(t *testing.T, manage starts) {
	unixOnly(t)
	g := manage(t, nil)
	in := g.mill()
	var stuck, waiting []*call
	for range 100 {
		stuck = append(stuck, put(t, in, "stuck", ""))
	}
	for range 50 {
		waiting = append(waiting, put(t, in, "echo", "hello"))
	}
	eventually(t, "the worker has its jobs", func() bool { return in.framed() == 100 })
	for _, p := range g.alive() {
		p.signal(sandbox.KillSignal)
	}
	for _, c := range stuck {
		c.want(t, "outcome unknown: worker killed by SIGKILL [outcome_unknown]")
	}
	for _, c := range waiting {
		c.want(t, "ok")
	}
}

// interrupted is a store that lets something happen right after Settle.
type interrupted struct {
	queue.Queue
	settled func()
}

func (q *interrupted) Settle(instance string, generation uint64) []*queue.Job {
	jobs := q.Queue.Settle(instance, generation)
	q.settled()
	return jobs
}

// A job that comes when what a dead worker had is counted already is done by the
// next one.
func TestJobAfterSettling(t *testing.T) {
	q := &interrupted{settled: func() {}}
	g := manage(t, func(o *Options) { q.Queue, o.Store = o.Store, q })
	in := g.mill()
	put(t, in, "echo", "").want(t, "ok")
	late := make(chan *call, 1)
	q.settled = sync.OnceFunc(func() { late <- put(t, in, "echo", "") })
	put(t, in, "exit", "1").want(t, "outcome unknown: worker exited with status 1 [outcome_unknown]")
	(<-late).want(t, "ok")
}

// The same with a connection: who was told that it is gone, and makes it anew,
// need not wait until all is over with the old one.
func TestConnectAfterSettling(t *testing.T) {
	q := &interrupted{settled: func() {}}
	g := manage(t, func(o *Options) { q.Queue, o.Store = o.Store, q })
	in := g.inn("al")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	late := make(chan *call, 2)
	q.settled = sync.OnceFunc(func() {
		late <- connect(t, in, "connect", "", "toad")
		late <- put(t, in, "echo", "")
	})
	put(t, in, "exit", "1").want(t, "outcome unknown: worker exited with status 1 [outcome_unknown]")
	(<-late).want(t, "ok")
	(<-late).want(t, "ok")
}

// What is harmless to do twice is done twice, not three times.
func TestIdempotentJobs(t *testing.T) { testIdempotentJobs(t, manage) }

func testIdempotentJobs(t *testing.T, manage starts) {
	unixOnly(t)
	g := manage(t, nil)
	in := g.mill()
	file := filepath.Join(t.TempDir(), "runs")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, in, "fetch", file).want(t, "ok")
	runs, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if pids := strings.Fields(string(runs)); len(pids) != 2 || pids[0] == pids[1] {
		t.Errorf("it ran in the workers %v, want two", pids)
	}

	before := g.Stats().Platforms["mill"]
	put(t, in, "deadly", "").want(t, "given up after two workers ended while they had it: worker killed by SIGKILL [worker_ended]")
	after := g.Stats().Platforms["mill"]
	if n := after.Exits["signal"] - before.Exits["signal"]; n != 2 {
		t.Errorf("the job was given to %d workers, want 2", n)
	}
	if after.Settled["again"] != 2 || after.Settled[platform.CodeWorkerEnded] != 1 {
		t.Errorf("settled %v", after.Settled)
	}
	put(t, in, "echo", "").want(t, "ok")
}

// Workers that are killed all the time do not cost one answer.
func TestStorm(t *testing.T) { testStorm(t, manage) }

func testStorm(t *testing.T, manage starts) {
	unixOnly(t)
	const jobs = 1500
	g := manage(t, nil)
	in := g.mill()
	ctx, stop := context.WithCancel(t.Context())
	var killer sync.WaitGroup
	kills := 0
	killer.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(50*time.Millisecond + rand.N(200*time.Millisecond)):
			}
			for _, p := range g.alive() {
				in.mu.Lock()
				ready := p.ready // else it would count as one that cannot start
				in.mu.Unlock()
				if ready {
					p.signal(sandbox.KillSignal)
					kills++
				}
			}
		}
	})
	kinds := []string{"echo", "wait", "secret"}
	var calls []*call
	for i := range jobs {
		c, m := newMessage(in, kinds[i%3], "20ms")
		m.Credentials = secrets("toad")
		submit(t, in, m)
		calls = append(calls, c)
		if i%10 == 9 {
			<-time.After(10 * time.Millisecond) // the load is to last for some kills
		}
	}
	outcomes := make(map[string]int)
	for _, c := range calls {
		outcomes[c.answer(t)]++
	}
	stop()
	killer.Wait()
	t.Logf("%d kills: %v", kills, outcomes)
	for text := range outcomes {
		if text != "ok" && text != "outcome unknown: worker killed by SIGKILL [outcome_unknown]" {
			t.Errorf("an answer is %q", text)
		}
	}
	// A worker takes no more with it than what it had.
	if lost := jobs - outcomes["ok"]; kills == 0 || lost > kills*in.definition.Concurrency {
		t.Errorf("%d kills, and %d of %d jobs are lost", kills, lost, jobs)
	}
}

// crowd is how many persistent instances the tests have at a time.
func crowd() int {
	if raceEnabled {
		return 40 // each worker is many times larger then
	}
	return 200
}

// Many connections, each in a process of its own, which then all crash at
// once.
func TestCrowd(t *testing.T) {
	unixOnly(t)
	g := manage(t, func(o *Options) { o.MaxInstances, o.StartsPerSecond = 0, 0 })
	n := crowd()
	start := time.Now()
	var instances []*Instance
	var calls []*call
	for i := range n {
		in := g.inn(fmt.Sprintf("al%d", i))
		in.Attach("ann")
		instances = append(instances, in)
		calls = append(calls, connect(t, in, "connect", "", "toad"))
	}
	pids := make(map[int]bool)
	for _, c := range calls {
		pids[c.worker(t)] = true
	}
	t.Logf("%d connected in %s", n, time.Since(start))
	if len(pids) != n {
		t.Errorf("%d workers for %d instances", len(pids), n)
	}
	if total := proportionalSize(t, pids); total > 0 {
		t.Logf("%d KiB each", total/n)
	}
	goroutines := runtime.NumGoroutine()
	t.Logf("%d goroutines, %d descriptors", goroutines, countFiles())

	calls = calls[:0]
	for _, in := range instances {
		calls = append(calls, put(t, in, "exit", "1"), put(t, in, "echo", "behind"))
	}
	for i, c := range calls {
		if i%2 == 0 {
			c.want(t, "outcome unknown: worker exited with status 1 [outcome_unknown]")
		} else if got := c.answer(t); got != "not sent: worker exited with status 1 [not_sent]" && got != "echo called on uninitialized platform" {
			t.Errorf("behind the crash: %q", got)
		}
	}
	eventually(t, "all are told of the end", func() bool {
		g.sink.mu.Lock()
		defer g.sink.mu.Unlock()
		return len(g.sink.ended) == n
	})
	eventually(t, "no worker is left", func() bool { return len(g.alive()) == 0 })
	for _, in := range instances {
		if in.Key().Actor == "al0" {
			connect(t, in, "connect", "", "toad").want(t, "ok")
		}
	}
}

func TestWorkerThatDoesNotStart(t *testing.T) {
	tests := []struct{ start, first, then string }{
		{"exit", "worker could not be started: it exited with status 3 [worker_start_failed]", "worker could not be started: exited with status 3; next attempt in "},
		{"error", "worker could not be started: it exited with status 1 [worker_start_failed]", "worker could not be started: exited with status 1; next attempt in "},
	}
	for _, tt := range tests {
		t.Run(tt.start, func(t *testing.T) {
			g := manage(t, func(o *Options) {
				o.Config = map[string][]byte{"mill": fmt.Appendf(nil, `{"start":%q}`, tt.start)}
				o.Started = func(time.Duration) { t.Error("a worker is said to be ready") }
			})
			in := g.mill()
			c := put(t, in, "echo", "")
			c.want(t, tt.first)
			if s := g.Stats().Platforms["mill"]; s.Starts != hopelessAfter {
				t.Errorf("%d workers were started, want %d", s.Starts, hopelessAfter)
			}
			_, m := newMessage(in, "echo", "")
			if err := in.Submit(t.Context(), m); err == nil || !strings.HasPrefix(err.Error(), tt.then) {
				t.Errorf("the next job: %v, want %q", err, tt.then)
			}
		})
	}
}

func TestWorkerThatIsNeverReady(t *testing.T) {
	g := manage(t, func(o *Options) { o.Config = map[string][]byte{"mill": []byte(`{"start":"never"}`)} })
	in := g.mill()
	c := put(t, in, "echo", "")
	var last *process
	for n := range uint64(hopelessAfter) {
		eventually(t, "another worker starts", func() bool {
			in.mu.Lock()
			defer in.mu.Unlock()
			another := in.current != nil && in.current != last
			if another {
				last = in.current
			}
			return another
		})
		g.look(time.Now().Add(startTimeout+time.Second), false)
		eventually(t, "it is ended", func() bool { return g.Stats().Platforms["mill"].Exits["ended"] == n+1 })
	}
	c.want(t, "worker could not be started: it was not ready within 30s [worker_start_failed]")
}

func TestProgramThatIsMissing(t *testing.T) {
	g := manage(t, func(o *Options) {
		o.Definitions = []*platform.Definition{{Name: "gone", Program: filepath.Join(t.TempDir(), "gone"), Verbs: map[string]platform.Verb{"echo": {}}}}
	})
	c := put(t, g.instance(Key{Platform: "gone"}), "echo", "")
	if got := c.answer(t); !strings.HasPrefix(got, "worker could not be started: ") || !strings.HasSuffix(got, "[worker_start_failed]") {
		t.Errorf("got %q", got)
	}
}

// A store that refuses is no reason to lose a job, or to answer it twice.
func TestStoreRefuses(t *testing.T) {
	g := manage(t, nil)
	in := g.mill()
	put(t, in, "echo", "").want(t, "ok")
	g.store.Close(context.Background())
	_, m := newMessage(in, "echo", "")
	err := in.Submit(t.Context(), m)
	if e, ok := err.(*platform.JobError); !ok || e.Code != platform.CodeShuttingDown {
		t.Errorf("got %v, want a refusal", err)
	}
	full := notStored(queue.ErrFull)
	if full.Text != "queue is full" || full.Code != platform.CodeQueueFull {
		t.Errorf("got %+v", full)
	}
	lost := notStored(fmt.Errorf("%w: it is full", queue.ErrUnavailable))
	if lost.Text != "the store is unavailable: it is full" || lost.Code != platform.CodeUnavailable {
		t.Errorf("got %+v", lost)
	}
}

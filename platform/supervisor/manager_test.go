package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/workertest"
	"github.com/sockethub/sockethub/queue"
)

// mill is a platform whose verbs do to its worker all that can go wrong. The
// stateless one is named "mill", the persistent one "inn".
type mill struct {
	host      platform.Host
	connected bool // of the persistent one, which does one job at a time
}

func managedDefinitions() []*platform.Definition {
	verbs := map[string]platform.Verb{
		"echo": {}, "fail": {}, "wait": {}, "gate": {}, "stuck": {}, "exit": {}, "panic": {}, "signal": {}, "block": {}, "print": {}, "huge": {}, "inflate": {},
		"grow": {}, "twice": {}, "environ": {}, "files": {}, "child": {}, "log": {}, "say": {}, "flood": {}, "actor": {}, "disconnect": {},
		"keep": {}, "kept": {}, "forget": {}, "linger": {},
		"fetch": {Idempotent: true}, "deadly": {Idempotent: true}, "secret": {Credentials: true},
		"connect": {Credentials: true}, "update": {Credentials: true}, "nick": {Credentials: true},
	}
	definition := func(name string, persist bool) *platform.Definition {
		return &platform.Definition{
			Name: name, Version: "1.0.0", Persist: persist, Concurrency: 100, Verbs: verbs,
			New: func(host platform.Host, config []byte) (platform.Platform, error) {
				o, err := activity.ParseObject(config)
				if err != nil {
					return nil, err
				}
				switch o.Text("start") {
				case "exit":
					os.Exit(3)
				case "error":
					return nil, errors.New("no mill stream here")
				case "never": // a channel that nobody closes would count as a deadlock
					time.Sleep(time.Hour)
				}
				return &mill{host: host}, nil
			},
		}
	}
	return []*platform.Definition{definition("mill", false), definition("inn", true)}
}

// Initialised reports whether connect succeeded.
func (m *mill) Initialised() bool { return m.connected }

func (m *mill) Stop(context.Context) { m.host.Log().Info("farewell") }

func (m *mill) Detach(session string) {
	m.host.Event(activity.NewObject(activity.Member{Name: "type", Value: "leave"}, activity.Member{Name: "object", Value: session + " left"}))
}

func (m *mill) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	a, content := job.Activity, job.Activity.Object("object").Text("content")
	switch kind := a.Text("type"); kind {
	case "fail":
		return nil, errors.New(content)
	case "wait":
		d, _ := time.ParseDuration(content)
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	case "gate": // waits until a file is there
		_, err := os.Stat(content)
		for tick := time.Tick(time.Millisecond); err != nil; _, err = os.Stat(content) {
			select {
			case <-tick:
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
	case "stuck":
		<-make(chan struct{})
	case "exit":
		status, _ := strconv.Atoi(content)
		os.Exit(status)
	case "panic":
		panic(content)
	case "signal":
		return nil, signalSelf(content)
	case "deadly":
		return nil, signalSelf("SIGKILL")
	case "fetch": // dies the first time, so that the second run is in another worker
		runs, err := os.ReadFile(content)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(content, fmt.Appendln(runs, os.Getpid()), 0o600); err != nil {
			return nil, err
		}
		if len(runs) == 0 {
			return nil, signalSelf("SIGKILL")
		}
	case "block":
		m.host.(platform.Blocker).Block(time.Minute)
	case "print":
		os.Stdout.WriteString(content)
	case "inflate":
		n, _ := strconv.Atoi(content)
		a.Object("object").Set("content", strings.Repeat("x", n))
	case "huge":
		for b := []byte(strings.Repeat("x", frame.MaxResult+100)); len(b) > 0; {
			n, err := os.Stdout.Write(b)
			if b = b[n:]; err != nil {
				time.Sleep(time.Millisecond) // the pipe is full: it does not block here
			}
		}
		<-make(chan struct{})
	case "grow":
		ballast := make([]byte, 256<<20)
		for i := range ballast {
			ballast[i] = byte(i)
		}
		<-ctx.Done()
		runtime.KeepAlive(ballast)
	case "twice":
		os.Stdout.WriteString(content)
	case "environ":
		a.Set("object", strings.Join(os.Environ(), " "))
		return a, nil
	case "files":
		list, err := openFiles()
		a.Set("object", strings.Join(list, " "))
		return a, err
	case "child":
		pid, err := startSleeper()
		a.Set("object", strconv.Itoa(pid))
		return a, err
	case "log":
		for line := range strings.Lines(content) {
			os.Stderr.WriteString(line)
		}
		m.host.Log().Debug("logged its lines")
	case "say":
		m.host.Event(activity.NewObject(activity.Member{Name: "type", Value: "send"}, activity.Member{Name: "object", Value: content}))
	case "flood":
		e := activity.NewObject(activity.Member{Name: "type", Value: "send"})
		for range 3 * unaskedBurst {
			m.host.Event(e)
		}
	case "actor", "nick":
		m.host.Actor(content)
	case "keep": // KEY VALUE DURATION
		if words := strings.Fields(content); len(words) == 3 {
			d, err := time.ParseDuration(words[2])
			if err != nil {
				return nil, err
			}
			m.host.Keep(words[0], words[1], d)
		}
	case "kept":
		a.Set("object", m.host.Kept(content))
		return a, nil
	case "forget":
		m.host.Keep(content, "", 0)
	case "linger":
		d, err := time.ParseDuration(content)
		if err != nil {
			return nil, err
		}
		m.host.Linger(d)
	case "connect":
		d, err := time.ParseDuration(content)
		if err == nil {
			time.Sleep(d) // as long as a slow server takes
		}
		if content == "refuse" {
			return nil, errors.New("connection refused")
		}
		m.connected = true
	case "disconnect":
		m.connected = false
	case "update":
		if content != "" {
			return nil, errors.New(content)
		}
	}
	a.Set("worker", os.Getpid())
	return a, nil
}

// recorder is the Sink of the tests.
type recorder struct {
	mu       sync.Mutex
	events   []string
	ended    []string
	refused  []string // sessions
	actors   []string
	twice    []string
	changed  chan struct{} // closed and made anew whenever something came
	onResult func(*call)
}

// call is a message and what became of it.
type call struct {
	in   *Instance
	sink *recorder // of its Manager
	kind string
	done chan struct{} // closed with the first result
	out  *activity.Object
	err  error
}

func (c *call) Result(in *Instance, out *activity.Object, err error) {
	r := c.sink
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-c.done:
		r.twice = append(r.twice, fmt.Sprintf("%s: %v", c.kind, err))
		return
	default:
	}
	c.out, c.err = out, err
	close(c.done)
	if r.onResult != nil {
		r.onResult(c)
	}
}

func (r *recorder) note(list *[]string, s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, s)
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *recorder) Event(in *Instance, a *activity.Object, session, except string) {
	r.note(&r.events, a.Text("object")+"/"+session+"/"+except)
}

func (r *recorder) Actor(in *Instance, old, now Key) {
	r.note(&r.actors, old.Actor+" is now "+now.Actor)
}
func (r *recorder) Unauthorized(in *Instance, session string) { r.note(&r.refused, session) }
func (r *recorder) Ended(in *Instance, reason string)         { r.note(&r.ended, reason) }

// await waits until list holds want; it may hold more.
func (r *recorder) await(t testing.TB, list *[]string, want ...string) {
	t.Helper()
	timeout := time.After(workertest.Patience)
	for {
		r.mu.Lock()
		got := strings.Join(*list, "|")
		changed := r.changed
		r.mu.Unlock()
		if strings.Contains(got, strings.Join(want, "|")) {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func (r *recorder) list(list *[]string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(*list, "|")
}

// managed is a Manager under test.
type managed struct {
	*Manager
	t     testing.TB
	sink  *recorder
	store queue.Store
}

// starts is manage, or manageOnRedis.
type starts func(t testing.TB, change func(*Options)) *managed

// manage starts a Manager on a store in memory.
func manage(t testing.TB, change func(*Options)) *managed {
	t.Helper()
	goroutines, files := runtime.NumGoroutine(), countFiles()
	store, err := queue.OpenMemory(queue.Options{Log: slog.New(slog.DiscardHandler), MaxQueuedJobs: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return manageOn(t, store, goroutines, files, change)
}

const week = 7 * 24 * time.Hour

// options are those of the configuration file, but that a session has as many
// instances as it likes.
func options(store queue.Queue, sink Sink) Options {
	return Options{
		Store: store, Sink: sink,
		MaxInstances: 100, InstancesPerAddress: 50, MaxLinger: week, JobTimeout: time.Minute,
		HeartbeatInterval: 5 * time.Second, HeartbeatTimeout: 15 * time.Second,
		MaxResultBytes: frame.MaxResult, WorkerMemoryBytes: 256 << 20, WorkerOpenFiles: 1024, StartsPerSecond: 200,
	}
}

// manageOn starts a Manager on a store. When the test ends both are shut down,
// and nothing may be left: no job, process, nor a descriptor or goroutine more
// than there were before.
func manageOn(t testing.TB, store queue.Store, goroutines, files int, change func(*Options)) *managed {
	t.Helper()
	sink := &recorder{changed: make(chan struct{})}
	o := options(store, sink)
	o.Definitions = managedDefinitions()
	o.Log = slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if change != nil {
		change(&o)
	}
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	g := &managed{m, t, sink, store}
	t.Cleanup(func() {
		g.shutdown(workertest.Patience)
		if s := store.Stats(); s.Waiting != 0 || s.Claimed != 0 {
			t.Errorf("jobs left in the store: %d waiting, %d claimed", s.Waiting, s.Claimed)
		}
		store.Close(context.Background())
		if twice := sink.list(&sink.twice); twice != "" {
			t.Errorf("answered twice: %s", twice)
		}
		eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= goroutines })
		eventually(t, "the descriptors are closed", func() bool { return countFiles() <= files })
	})
	return g
}

func (g *managed) shutdown(d time.Duration) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if err := g.Shutdown(ctx); err != nil {
		g.t.Error(err)
	}
	if left := g.alive(); len(left) > 0 {
		g.t.Errorf("%d workers are left", len(left))
	}
}

// testLog writes the log of a Manager to that of its test.
type testLog struct{ t testing.TB }

func (l testLog) Write(line []byte) (int, error) {
	if testing.Verbose() {
		fmt.Fprintf(os.Stderr, "%s %s", l.t.Name(), line)
	}
	return len(line), nil
}

var _ io.Writer = testLog{}

// eventually waits until ok is true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(workertest.Patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("it does not come true that %s\n%s", what, buf[:runtime.Stack(buf, true)])
		}
	}
}

func (g *managed) instance(key Key) *Instance {
	g.t.Helper()
	in, err := g.Instance(key)
	if err != nil {
		g.t.Fatal(err)
	}
	return in
}

func (g *managed) mill() *Instance { return g.instance(Key{Platform: "mill"}) }

// inn returns the persistent instance of an actor that the session ann has.
func (g *managed) inn(actor string) *Instance { return g.instance(innKey(actor, "ann")) }

func innKey(actor, scope string) Key { return Key{Platform: "inn", Actor: actor, Scope: scope} }

func message(kind, actor, content string) *activity.Object {
	o, err := activity.ParseObject(fmt.Appendf(nil, `{"type":%q,"actor":{"id":%q,"type":"person"},"object":{"type":"note","content":%s}}`,
		kind, actor, activity.AppendString(nil, content)))
	if err != nil {
		panic(err)
	}
	return o
}

func secrets(password string) *activity.Object {
	o, err := activity.ParseObject(fmt.Appendf(nil, `{"type":"credentials","object":{"type":"credentials","nick":"ann","password":%q}}`, password))
	if err != nil {
		panic(err)
	}
	return o
}

// newMessage makes a message of the session ann.
func newMessage(in *Instance, kind, content string) (*call, Message) {
	c := &call{in: in, sink: in.m.opts.Sink.(*recorder), kind: kind, done: make(chan struct{})}
	actor := in.Key().Actor
	if actor == "" {
		actor = "ann"
	}
	return c, Message{Asker: c, Owner: queue.Owner{ID: "ann"}, Activity: message(kind, actor, content)}
}

// put submits a message of the session ann.
func put(t testing.TB, in *Instance, kind, content string) *call {
	t.Helper()
	c, m := newMessage(in, kind, content)
	submit(t, in, m)
	return c
}

// connect submits one that carries credentials.
func connect(t testing.TB, in *Instance, kind, content, password string) *call {
	t.Helper()
	c, m := newMessage(in, kind, content)
	m.Credentials = secrets(password)
	submit(t, in, m)
	return c
}

// expiring submits one that is not to be waited for longer than d.
func expiring(t testing.TB, in *Instance, kind, content string, d time.Duration) *call {
	t.Helper()
	c, m := newMessage(in, kind, content)
	m.Credentials, m.Deadline = secrets("toad"), time.Now().Add(d)
	submit(t, in, m)
	return c
}

// gate is a file that jobs of the verb "gate" wait for, and what makes it.
func gate(t testing.TB) (path string, open func()) {
	path = filepath.Join(t.TempDir(), "gate")
	return path, func() {
		t.Helper()
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func submit(t testing.TB, in *Instance, m Message) {
	t.Helper()
	if err := in.Submit(context.Background(), m); err != nil {
		t.Fatalf("submit %s: %v", m.Activity.Text("type"), err)
	}
}

// answer waits for the result: "ok", or the text and code of the error.
func (c *call) answer(t testing.TB) string {
	t.Helper()
	select {
	case <-c.done:
	case <-time.After(workertest.Patience):
		t.Fatalf("%s is not answered", c.kind)
	}
	if c.err == nil {
		return "ok"
	}
	var e *platform.JobError
	if !errors.As(c.err, &e) {
		t.Fatalf("the error of %s is a %T", c.kind, c.err)
	}
	if e.Code == "" {
		return e.Text
	}
	return e.Text + " [" + e.Code + "]"
}

func (c *call) want(t testing.TB, want string) {
	t.Helper()
	if got := c.answer(t); got != want {
		t.Errorf("%s: got %q, want %q", c.kind, got, want)
	}
}

// worker is the process that did the job.
func (c *call) worker(t testing.TB) int {
	t.Helper()
	c.want(t, "ok")
	pid, _ := frame.Whole(c.out.Get("worker"))
	return int(pid)
}

func TestOneWorker(t *testing.T) {
	var started, waited atomic.Int64
	g := manage(t, func(o *Options) {
		o.Started = func(took time.Duration) {
			if took > 0 {
				started.Add(1)
			}
		}
		o.Waited = func(d time.Duration) {
			if d > 0 {
				waited.Add(1)
			}
		}
	})
	in := g.mill()
	var calls []*call
	for range 200 {
		calls = append(calls, put(t, in, "echo", "hello"))
	}
	first := calls[0].worker(t)
	for _, c := range calls {
		if pid := c.worker(t); pid != first {
			t.Fatalf("jobs were done by the workers %d and %d", first, pid)
		}
	}
	if s := g.Stats().Platforms["mill"]; s.Starts != 1 || s.Ready != 1 {
		t.Errorf("stats %+v, want one worker", s)
	}
	if started.Load() != 1 || waited.Load() != 200 {
		t.Errorf("told of %d workers and %d jobs, want 1 and 200", started.Load(), waited.Load())
	}
}

package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/policy"
)

// drainTime is how long a worker whose input ended may take to finish what it
// is at. Nobody may be left to read it.
const drainTime = 250 * time.Millisecond

// maxStopMs bounds the time that the frame "stop" may give, maxMs any other: a
// time.Duration holds no more than 292 years.
const (
	maxStopMs = 60_000
	maxMs     = 1 << 40
)

// workerLoop is a worker: the goroutine that calls serve reads frames, a crew does
// the jobs, and one more goroutine sends heartbeats.
type workerLoop struct {
	definitions []*Definition
	maxResult   int // bytes of a frame with a result
	out         *frame.Outbox
	log         *slog.Logger
	level       *slog.LevelVar

	// What hello made; nil before.
	definition *Definition
	platform   Platform
	crew       *crew
	host       *workerHost
	endBeats   context.CancelFunc // nil when there are none

	frames frame.Reader
	tasks  []*task // jobs of the lines at hand, not yet given to the crew
}

// task is what a crew does: a job, or to tell of a session that left.
type task struct {
	jobContext
	id     uint64
	detach string // session; "" for a job
	job    Job
}

// serveWorker is the life of a worker: it returns when its input ended, at most
// drain later, or after the frame "stop". Jobs that heed neither in time are left
// behind, so the process should end then.
func serveWorker(in io.Reader, out, stderr io.Writer, definitions []*Definition, drain time.Duration) error {
	level := new(slog.LevelVar)
	w := &workerLoop{
		definitions: definitions,
		out:         frame.NewOutbox(out),
		log:         slog.New(frame.NewLogHandler(stderr, level)),
		level:       level,
	}
	e, err := w.serve(in)
	if err == nil && !e.told {
		e.within = drain
	}
	w.finish(e)
	return err
}

// ending is how a worker is to end: within some time, and told to, so that its
// jobs should not go on.
type ending struct {
	within time.Duration
	told   bool
}

// serve reads frames until there are no more.
func (w *workerLoop) serve(in io.Reader) (ending, error) {
	input := frame.Input{R: in}
	for {
		lines, err := input.More()
		if err == io.EOF {
			return ending{}, nil
		}
		if err != nil {
			return ending{told: true}, fmt.Errorf("read a frame: %w", err)
		}
		now := time.Now()
		for more := true; more; {
			var line []byte
			line, lines, more = bytes.Cut(lines, []byte{'\n'})
			if len(line) > frame.Max {
				return ending{told: true}, frame.TooLong(frame.Max)
			}
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			var f frame.Frame
			if err := w.frames.Read(line, &f); err != nil {
				w.log.Error("a line from the server is no frame", "error", err)
				continue
			}
			if f.Type == "stop" {
				w.dispatch()
				return ending{time.Duration(min(f.WithinMs, maxStopMs)) * time.Millisecond, true}, nil
			}
			if err := w.handle(&f, now); err != nil {
				return ending{told: true}, err
			}
		}
		w.dispatch()
	}
}

// handle does what a frame says. Jobs are gathered for the crew.
func (w *workerLoop) handle(f *frame.Frame, now time.Time) error {
	switch f.Type {
	case "describe":
		return w.describe()
	case "hello":
		return w.hello(f)
	case "job", "cancel", "detach":
		if w.crew == nil {
			return fmt.Errorf("the frame %q came before \"hello\"", f.Type)
		}
	default:
		return nil // of a later version of the protocol
	}
	switch f.Type {
	case "job":
		if f.Activity == nil {
			w.log.Error("a job has no activity", "id", f.ID)
			w.answer(f.ID, nil, Plain("the job has no activity"))
			w.out.Flush()
			return nil
		}
		t := &task{id: f.ID, job: Job{Session: f.Session, Address: f.Address, Credentials: f.Credentials, Activity: f.Activity}}
		if f.DeadlineMs > 0 {
			t.job.Deadline = now.Add(time.Duration(min(f.DeadlineMs, maxMs)) * time.Millisecond)
			t.deadline = t.job.Deadline
		}
		w.tasks = append(w.tasks, t)
	case "cancel":
		w.dispatch()
		w.crew.each(func(t *task) {
			if t.detach == "" && t.id == f.ID {
				t.end(errJobCanceled)
			}
		})
	case "detach":
		if _, ok := w.platform.(Detacher); ok && f.Session != "" {
			w.tasks = append(w.tasks, &task{detach: f.Session})
		}
	}
	return nil
}

func (w *workerLoop) dispatch() {
	if len(w.tasks) > 0 {
		w.crew.add(w.tasks...)
		clear(w.tasks)
		w.tasks = w.tasks[:0]
	}
}

// hello makes the platform.
func (w *workerLoop) hello(f *frame.Frame) error {
	if w.crew != nil {
		return errors.New(`a second frame "hello"`)
	}
	hello := f.Whole
	if version, ok := frame.Whole(hello.Get("protocol")); !ok || version != frame.Version {
		return fmt.Errorf("the server speaks protocol %s, this worker %d",
			activity.AppendJSON(nil, hello.Get("protocol")), frame.Version)
	}
	name := hello.Text("platform")
	for _, d := range w.definitions {
		if d.Name == name {
			w.definition = d
		}
	}
	if w.definition == nil {
		return fmt.Errorf("this program has no platform %q", name)
	}
	w.level.Set(frame.ParseLevel(hello.Text("logLevel")))
	w.maxResult = frame.Max // of a server that does not say
	if n, ok := frame.Whole(hello.Get("maxResultBytes")); ok && n > frame.Max {
		w.maxResult = int(n)
	}
	config := []byte("{}")
	if o := hello.Object("config"); o != nil {
		config = activity.AppendJSON(nil, o)
	}
	w.host = &workerHost{loop: w, persist: w.definition.Persist}
	var err error
	if w.host.policy, err = policy.Read(hello.Object("policy")); err != nil {
		return err
	}
	if err := w.host.kept.Read(hello.Object("kept"), time.Now()); err != nil {
		return err
	}
	w.crew = &crew{run: w.run, out: w.out, most: w.definition.Parallel()}
	if ms, ok := frame.Whole(hello.Get("heartbeatMs")); ok && ms > 0 && !w.definition.NoHeartbeat {
		ctx, cancel := context.WithCancel(context.Background())
		w.endBeats = cancel
		go w.beat(ctx, time.Duration(min(ms, maxMs))*time.Millisecond)
	}
	p, err := w.definition.New(w.host, config)
	if err != nil {
		return fmt.Errorf("platform %s: %w", name, err)
	}
	w.platform = p
	w.host.made(p)
	w.out.End(append(w.out.Begin(), `{"type":"ready"}`+"\n"...))
	w.out.Flush()
	return nil
}

// beat sends a heartbeat whenever nothing else was sent for a while.
func (w *workerLoop) beat(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for last := w.out.Sent.Load(); ; last = w.out.Sent.Load() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if w.out.Sent.Load() == last {
			w.out.End(append(w.out.Begin(), `{"type":"heartbeat"}`+"\n"...))
			w.out.Flush()
		}
	}
}

// run does a task on a goroutine of the crew. A panic in it ends the worker: the
// state of the platform is not known any more, and the server answers.
func (w *workerLoop) run(t *task) {
	if t.detach != "" {
		w.platform.(Detacher).Detach(t.detach)
		return
	}
	out, err := w.platform.Do(t, t.job)
	t.end(errJobDone)
	if err == nil && t.job.Credentials != nil {
		w.host.succeeded.Store(true)
	}
	w.answer(t.id, out, err)
}

// answer adds a result to the outbox; the crew flushes it.
func (w *workerLoop) answer(id uint64, out *activity.Object, err error) {
	c := w.host.connection()
	frames := w.out.Begin()
	start := len(frames)
	if err != nil {
		if policy.IsRefused(err) {
			out = activity.NewObject(activity.Member{Name: "code", Value: CodePolicy})
		}
		frames = frame.AppendFailure(frames, id, c, errorText(err), out)
	} else {
		frames = frame.AppendResult(frames, id, c, out)
	}
	if n := len(frames) - start - 1; n > w.maxResult {
		frames = frame.AppendFailure(frames[:start], id, c, tooLarge(n, w.maxResult), nil)
	}
	if w.out.End(frames) {
		w.out.Flush()
	}
}

func tooLarge(n, most int) string {
	return fmt.Sprintf("Error: the result has %d bytes, a frame may have %d", n, most)
}

// finish lets the platform say its farewell, the jobs end and the results go
// out, all within the time of e. What does not heed it is left behind.
func (w *workerLoop) finish(e ending) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), e.within, errStopping)
	defer cancel()
	var ended []<-chan struct{}
	if w.endBeats != nil {
		defer w.endBeats()
	}
	if w.platform != nil {
		defer w.crew.close()
		if s, ok := w.platform.(Stopper); ok {
			said := make(chan struct{})
			go func() {
				defer close(said)
				s.Stop(ctx)
			}()
			ended = append(ended, said)
		}
		if e.told {
			w.crew.each(func(t *task) { t.end(errStopping) })
		}
		ended = append(ended, w.crew.quietly())
	}
	for _, done := range ended {
		await(ctx, done)
	}
	await(ctx, w.out.Drained())
}

func await(ctx context.Context, done <-chan struct{}) {
	select {
	case <-done:
	case <-ctx.Done():
	}
}

package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// parrot is a stateless platform that the tests run, in this process or in one
// of its own.
type parrot struct {
	host Host
	gate chan struct{} // what the verb "gate" waits for
	left chan string   // sessions that left
}

func parrotDefinition() *Definition {
	return &Definition{
		Name: "parrot", Version: "1.0.0", ContextURL: "https://sockethub.org/ns/context/platform/parrot/v1.jsonld",
		Schemas: Schemas{Messages: []byte(`{"properties":{"type":{"enum":["echo","same","fail","refuse","wait","gate","say","panic","environ"]}}}`)},
		Verbs:   map[string]Verb{"echo": {}, "same": {}, "fail": {}, "refuse": {}, "wait": {}, "gate": {}, "say": {}, "panic": {}, "environ": {}, "keep": {}},
		New: func(host Host, config []byte) (Platform, error) {
			o, err := activity.ParseObject(config)
			if err != nil {
				return nil, err
			}
			if text := o.Text("refuse"); text != "" {
				return nil, errors.New(text)
			}
			return &parrot{host: host, gate: make(chan struct{}), left: make(chan string, 1)}, nil
		},
	}
}

func (p *parrot) Do(ctx context.Context, job Job) (*activity.Object, error) {
	a := job.Activity
	switch a.Text("type") {
	case "echo":
		a.Set("target", a.Get("actor"))
		a.Set("actor", activity.NewObject(activity.Member{Name: "id", Value: "parrot"}, activity.Member{Name: "type", Value: "platform"}))
		return a, nil
	case "same":
		return nil, nil
	case "fail":
		return nil, errors.New(a.Text("content"))
	case "refuse":
		return nil, Plain("refused")
	case "wait":
		<-ctx.Done()
		return nil, context.Cause(ctx)
	case "gate":
		select {
		case <-p.gate:
		case <-ctx.Done():
		}
		return nil, nil
	case "say":
		p.host.Event(a)
		p.host.EventTo("s1", a)
		p.host.EventExcept("s1", a)
		p.host.Actor("new@nest")
		p.host.Log().Warn("said it", "to", "all")
		return nil, nil
	case "panic":
		panic("the parrot fell off")
	case "large":
		a.Set("content", strings.Repeat("x", frame.Max))
		return a, nil
	case "keep":
		before := p.host.Kept("nest")
		p.host.Keep("nest", `a "twig"`, 90*time.Second)
		kept := p.host.Kept("nest")
		p.host.Keep("nest", "", time.Hour)
		p.host.Keep("", "not kept", time.Hour)
		p.host.Linger(time.Hour)
		return nil, Plain(fmt.Sprintf("knows %q, %q and %q", before, kept, p.host.Kept("nest")))
	case "environ":
		return activity.NewObject(activity.Member{Name: "environ", Value: strings.Join(os.Environ(), "\n")},
			activity.Member{Name: "args", Value: strings.Join(os.Args, " ")}), nil
	}
	return nil, fmt.Errorf("the parrot cannot %s", a.Text("type"))
}

func (p *parrot) Detach(session string) { p.left <- session }

// startLoop runs a worker in this process.
func startLoop(t testing.TB, d *Definition) *workertest.Worker {
	t.Helper()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	w := &workertest.Worker{T: t, In: inWrite, Stderr: new(workertest.Buffer)}
	w.Read(outRead)
	ended := make(chan struct{})
	var result error
	go func() {
		defer close(ended)
		result = serveWorker(inRead, outWrite, w.Stderr, []*Definition{d}, workertest.Patience)
		outWrite.Close()
		inRead.Close()
	}()
	w.Wait = func() error {
		select {
		case <-ended:
			return result
		case <-time.After(workertest.Patience):
			return errors.New("the worker did not end")
		}
	}
	t.Cleanup(func() {
		inWrite.Close()
		<-ended
	})
	return w
}

const helloParrot = `{"type":"hello","protocol":1,"platform":"parrot","instance":"i1","config":{},"heartbeatMs":60000,"logLevel":"info","kept":{"nest":{"value":"moss","seconds":60}}}`

func TestWorkerFrames(t *testing.T) {
	tests := []struct {
		name, send string
		want       []string
	}{
		{"echo", `{"type":"job","id":7,"session":"s1","deadlineMs":60000,"activity":{"type":"echo","actor":{"id":"a","type":"person"}}}`,
			[]string{`{"type":"result","id":7,"activity":{"type":"echo","actor":{"id":"parrot","type":"platform"},"target":{"id":"a","type":"person"}}}`}},
		{"the message itself", `{"type":"job","id":8,"session":"s1","activity":{"type":"same"}}`, []string{`{"type":"result","id":8}`}},
		{"an error", `{"type":"job","id":9,"session":"s1","activity":{"type":"fail","content":"no \"seed\""}}`,
			[]string{`{"type":"result","id":9,"error":"Error: no \"seed\""}`}},
		{"an error without text", `{"type":"job","id":9,"session":"s1","activity":{"type":"fail"}}`, []string{`{"type":"result","id":9,"error":"Error"}`}},
		{"a plain error", `{"type":"job","id":9,"session":"s1","activity":{"type":"refuse"}}`, []string{`{"type":"result","id":9,"error":"refused"}`}},
		{"events and an actor", `{"type":"job","id":10,"session":"s1","activity":{"type":"say"}}`, []string{
			`{"type":"event","activity":{"type":"say"}}`,
			`{"type":"event","session":"s1","activity":{"type":"say"}}`,
			`{"type":"event","except":"s1","activity":{"type":"say"}}`,
			`{"type":"actor","id":"new@nest"}`,
			`{"type":"result","id":10}`}},
		{"what outlives the worker", `{"type":"job","id":10,"session":"s1","activity":{"type":"keep"}}`, []string{
			`{"type":"keep","key":"nest","value":"a \"twig\"","seconds":90}`,
			`{"type":"keep","key":"nest","value":"","seconds":0}`,
			`{"type":"linger","seconds":3600}`,
			`{"type":"result","id":10,"error":"knows \"moss\", \"a \\\"twig\\\"\" and \"\""}`}},
		{"a result too large for a frame", `{"type":"job","id":11,"session":"s1","activity":{"type":"large"}}`,
			[]string{`{"type":"result","id":11,"error":"Error: the result has 1048642 bytes, a frame may have 1048576"}`}},
		{"no activity", `{"type":"job","id":12,"session":"s1"}`, []string{`{"type":"result","id":12,"error":"the job has no activity"}`}},
		{"blank lines, unknown types and members", "\n\r\n" + `{"type":"weather","x":1}` + "\n" + `{"type":"job","id":13,"new":{"a":[1]},"activity":{"type":"same"}}`,
			[]string{`{"type":"result","id":13}`}},
		{"no JSON", "hello?\n" + `{"type":"job","id":14,"activity":{"type":"same"}}`, []string{`{"type":"result","id":14}`}},
		{"deadline", `{"type":"job","id":15,"deadlineMs":1,"activity":{"type":"wait"}}`,
			[]string{`{"type":"result","id":15,"error":"Error: the job passed its deadline"}`}},
		{"cancel in one write", `{"type":"job","id":16,"activity":{"type":"wait"}}` + "\n" + `{"type":"cancel","id":16,"reason":"deadline"}`,
			[]string{`{"type":"result","id":16,"error":"Error: nobody waits for the result any more"}`}},
		{"cancel of no job", `{"type":"cancel","id":99}` + "\n" + `{"type":"job","id":17,"activity":{"type":"same"}}`, []string{`{"type":"result","id":17}`}},
	}
	w := startLoop(t, parrotDefinition())
	w.Send(helloParrot)
	w.Expect(`{"type":"ready"}`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.T = t
			w.Send(tt.send)
			w.Expect(tt.want...)
		})
	}
	w.T = t
	w.In.Close()
	if err := w.Wait(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"<4>said it to=all\n", "<3>a line from the server is no frame error="} {
		if !strings.Contains(w.Stderr.String(), want) {
			t.Errorf("stderr lacks %q: %s", want, w.Stderr)
		}
	}
}

func TestWorkerProcess(t *testing.T) {
	w := workertest.Start(t, sandbox.Launch{Platform: "parrot", Instance: "i1", Persist: true, MemoryBytes: 256 << 20, OpenFiles: 64, Env: []string{"FLIGHT=low"}})
	w.Send(helloParrot)
	w.Expect(`{"type":"ready"}`)
	w.Send(`{"type":"job","id":1,"activity":{"type":"environ"}}`)
	f := new(frame.Frame)
	if err := new(frame.Reader).Read([]byte(w.Next()), f); err != nil {
		t.Fatal(err)
	}
	if got := f.Activity.Text("args"); got != "sockethub worker parrot i1" {
		t.Errorf("arguments %q", got)
	}
	environ := strings.Split(f.Activity.Text("environ"), "\n")
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "SOCKETHUB_WORKER", "GOMAXPROCS", "GOMEMLIMIT", "FLIGHT", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "GORACE":
		default:
			t.Errorf("the worker sees the variable %q", v)
		}
	}
	for _, want := range []string{"SOCKETHUB_WORKER=1", "GOMAXPROCS=1", "GOMEMLIMIT=234881024", "FLIGHT=low"} {
		if !strings.Contains(f.Activity.Text("environ"), want) {
			t.Errorf("the worker's environment lacks %s: %q", want, environ)
		}
	}
	w.In.Close()
	if err := w.Wait(); err != nil {
		t.Errorf("the worker ended with %v; stderr: %s", err, w.Stderr)
	}
}

// A panic in a job ends the worker: such a panic is for platforms to avoid and for the
// server to answer.
func TestWorkerPanicEndsIt(t *testing.T) {
	w := workertest.Start(t, sandbox.Launch{Platform: "parrot", Instance: "i1"})
	w.Send(helloParrot, `{"type":"job","id":1,"activity":{"type":"panic"}}`)
	w.Expect(`{"type":"ready"}`, "")
	if err := w.Wait(); err == nil || err.Error() != "exit status 2" {
		t.Errorf("the worker ended with %v, want exit status 2", err)
	}
	if text := w.Stderr.String(); !strings.HasPrefix(text, "panic: the parrot fell off") || strings.Contains(text, "fatal error") {
		t.Errorf("stderr: %s", w.Stderr)
	}
}

func TestWorkerRefuses(t *testing.T) {
	tests := []struct{ name, send, want string }{
		{"another protocol", `{"type":"hello","protocol":2,"platform":"parrot"}`, "the server speaks protocol 2, this worker 1"},
		{"no protocol", `{"type":"hello","platform":"parrot"}`, "the server speaks protocol null, this worker 1"},
		{"another platform", `{"type":"hello","protocol":1,"platform":"owl"}`, `this program has no platform "owl"`},
		{"two hellos", helloParrot + "\n" + helloParrot, `a second frame "hello"`},
		{"what was kept has no time", `{"type":"hello","protocol":1,"platform":"parrot","kept":{"nest":{"value":"moss"}}}`, `what was kept as "nest" has no "seconds"`},
		{"what was kept is too much", `{"type":"hello","protocol":1,"platform":"parrot","kept":{"":{"value":"moss","seconds":1}}}`, "the key has 0 bytes, want 1 to 256"},
		{"a job before hello", `{"type":"job","id":1,"activity":{}}`, `the frame "job" came before "hello"`},
		{"a config that the platform refuses", `{"type":"hello","protocol":1,"platform":"parrot","config":{"refuse":"no seed left"}}`, "platform parrot: no seed left"},
		{"a line of 2 MiB", `{"type":"hello","x":"` + strings.Repeat("a", 2<<20) + `"}`, "a frame is longer than 1048576 bytes"},
		{"a frame one byte too long", `{"type":"job","x":"` + strings.Repeat("a", frame.Max+1-len(`{"type":"job","x":""}`)) + `"}`, "a frame is longer than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := strings.NewReader(tt.send + "\n")
			err := serveWorker(in, io.Discard, io.Discard, []*Definition{parrotDefinition()}, drainTime)
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A job that takes its time holds up no other, and a result waits for no job.
func TestSlowJobsHoldUpNobody(t *testing.T) {
	var p *parrot
	d := parrotDefinition()
	d.Concurrency = 4
	inner := d.New
	d.New = func(host Host, config []byte) (Platform, error) {
		made, err := inner(host, config)
		p = made.(*parrot)
		return made, err
	}
	w := startLoop(t, d)
	w.Send(helloParrot)
	w.Expect(`{"type":"ready"}`)
	w.Send(
		`{"type":"job","id":1,"activity":{"type":"gate"}}`,
		`{"type":"job","id":2,"activity":{"type":"same"}}`,
		`{"type":"job","id":3,"activity":{"type":"gate"}}`,
		`{"type":"job","id":4,"activity":{"type":"same"}}`,
		`{"type":"job","id":5,"activity":{"type":"gate"}}`,
		`{"type":"job","id":6,"activity":{"type":"same"}}`)
	got := map[string]bool{w.Next(): true, w.Next(): true, w.Next(): true}
	for _, want := range []string{`{"type":"result","id":2}`, `{"type":"result","id":4}`, `{"type":"result","id":6}`} {
		if !got[want] {
			t.Errorf("quick jobs among slow ones gave %v, want %s", got, want)
		}
	}
	// The fourth goroutine does a job, then goes into one that takes its time:
	// the result must not wait for that.
	w.Send(`{"type":"job","id":7,"activity":{"type":"same"}}`, `{"type":"job","id":8,"activity":{"type":"gate"}}`)
	w.Expect(`{"type":"result","id":7}`)
	close(p.gate)
	rest := map[string]bool{w.Next(): true, w.Next(): true, w.Next(): true, w.Next(): true}
	if len(rest) != 4 {
		t.Errorf("the slow jobs gave %v", rest)
	}
}

// Whatever jobs take, each has one result.
func TestEachJobHasOneResult(t *testing.T) {
	d := parrotDefinition()
	d.Concurrency = 8
	w := startLoop(t, d)
	w.Send(helloParrot)
	w.Expect(`{"type":"ready"}`)
	const jobs = 5000
	go func() {
		verbs := []string{"same", "same", "same", "echo", "fail", "wait", "same", "gate"}
		var batch []string
		for id := range jobs {
			batch = append(batch, fmt.Sprintf(`{"type":"job","id":%d,"deadlineMs":1,"activity":{"type":%q}}`, id, verbs[id%len(verbs)]))
			if id%37 == 0 || id == jobs-1 {
				w.Send(batch...)
				batch = batch[:0]
			}
		}
	}()
	seen := make(map[uint64]bool)
	for range jobs {
		line := w.Next()
		var f frame.Frame
		if err := new(frame.Reader).Read([]byte(line), &f); err != nil || f.Type != "result" || seen[f.ID] {
			t.Fatalf("got %s, %v", line, err)
		}
		seen[f.ID] = true
	}
	w.In.Close()
	if line := w.Next(); line != "" {
		t.Errorf("after all results came %s", line)
	}
}

// The jobs of a persistent platform are done one at a time, in order.
func TestPersistentJobsKeepTheirOrder(t *testing.T) {
	d := parrotDefinition()
	d.Persist = true
	w := startLoop(t, d)
	w.Send(helloParrot)
	w.Expect(`{"type":"ready"}`)
	var jobs, results []string
	for id := 1; id <= 500; id++ {
		jobs = append(jobs, fmt.Sprintf(`{"type":"job","id":%d,"activity":{"type":"same"}}`, id))
		results = append(results, fmt.Sprintf(`{"type":"result","id":%d,"initialized":false}`, id))
	}
	go w.Send(jobs...)
	w.Expect(results...)
	w.Send(`{"type":"job","id":501,"credentials":{"object":{}},"activity":{"type":"fail"}}`,
		`{"type":"job","id":502,"credentials":{"object":{}},"activity":{"type":"same"}}`,
		`{"type":"job","id":503,"activity":{"type":"fail"}}`)
	w.Expect(`{"type":"result","id":501,"initialized":false,"error":"Error"}`,
		`{"type":"result","id":502,"initialized":true}`, `{"type":"result","id":503,"initialized":true,"error":"Error"}`)
}

func TestDetach(t *testing.T) {
	var p *parrot
	d := parrotDefinition()
	inner := d.New
	d.New = func(host Host, config []byte) (Platform, error) {
		made, err := inner(host, config)
		p = made.(*parrot)
		return made, err
	}
	w := startLoop(t, d)
	w.Send(helloParrot)
	w.Expect(`{"type":"ready"}`)
	w.Send(`{"type":"detach","session":"s1"}`)
	select {
	case s := <-p.left:
		if s != "s1" {
			t.Errorf("session %q left, want s1", s)
		}
	case <-time.After(workertest.Patience):
		t.Error("the platform was not told")
	}
}

// Heartbeats come while nothing else does, and none while the platform blocks.
func TestHeartbeat(t *testing.T) {
	w := startLoop(t, parrotDefinition())
	w.Send(strings.Replace(helloParrot, "60000", "5", 1))
	w.Expect(`{"type":"ready"}`)
	for range 3 {
		select {
		case line := <-w.Lines:
			if line != `{"type":"heartbeat"}` {
				t.Errorf("got %s, want heartbeats", line)
			}
		case <-time.After(workertest.Patience):
			t.Fatal("no heartbeat")
		}
	}
}

// stopper says farewell when its worker ends.
type stopper struct {
	parrot
	ends func(context.Context)
}

func (s *stopper) Stop(ctx context.Context) { s.ends(ctx) }

func TestStop(t *testing.T) {
	tests := []struct {
		name, stop, result string
	}{
		{"the frame", `{"type":"stop","reason":"shutdown","withinMs":20000}`, `{"type":"result","id":1,"error":"Error: the worker stops"}`},
		{"the end of input", "", `{"type":"result","id":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := parrotDefinition()
			d.New = func(host Host, config []byte) (Platform, error) {
				s := &stopper{}
				s.host = host
				s.ends = func(ctx context.Context) {
					if _, ok := ctx.Deadline(); !ok {
						t.Error("Stop has no deadline")
					}
					host.Event(activity.NewObject(activity.Member{Name: "type", Value: "farewell"}))
				}
				return s, nil
			}
			w := startLoop(t, d)
			w.Send(helloParrot)
			w.Expect(`{"type":"ready"}`)
			if tt.stop != "" {
				w.Send(`{"type":"job","id":1,"activity":{"type":"wait"}}`, tt.stop)
			} else {
				w.Send(`{"type":"job","id":1,"activity":{"type":"same"}}`)
				w.In.Close()
			}
			got := map[string]bool{}
			for line := w.Next(); line != ""; line = w.Next() {
				got[line] = true
			}
			if !got[`{"type":"event","activity":{"type":"farewell"}}`] || !got[tt.result] {
				t.Errorf("the worker wrote %v", got)
			}
			if err := w.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A worker that is blocked ends with its server all the same.
func TestBlockedWorkerEndsWithItsInput(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	d := parrotDefinition()
	d.New = func(host Host, config []byte) (Platform, error) {
		return doFunc(func(context.Context, Job) (*activity.Object, error) {
			close(entered)
			<-release
			return nil, nil
		}), nil
	}
	r, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serveWorker(r, io.Discard, io.Discard, []*Definition{d}, drainTime) }()
	io.WriteString(in, helloParrot+"\n"+`{"type":"job","id":1,"activity":{}}`+"\n")
	<-entered
	in.Close()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(workertest.Patience):
		t.Error("the worker did not end")
	}
}

type doFunc func(context.Context, Job) (*activity.Object, error)

func (f doFunc) Do(ctx context.Context, job Job) (*activity.Object, error) { return f(ctx, job) }

func TestJobContext(t *testing.T) {
	past := time.Now().Add(-time.Second)
	t.Run("a deadline that nobody asked for", func(t *testing.T) {
		c := &jobContext{deadline: past}
		if err := c.Err(); err != context.DeadlineExceeded {
			t.Errorf("Err() = %v", err)
		}
		if d, ok := c.Deadline(); !ok || !d.Equal(past) {
			t.Errorf("Deadline() = %v, %v", d, ok)
		}
	})
	t.Run("ended before it was asked for", func(t *testing.T) {
		c := new(jobContext)
		if err := c.Err(); err != nil {
			t.Errorf("Err() = %v", err)
		}
		c.end(errJobCanceled)
		c.end(errJobDone)
		if err := c.Err(); err != context.Canceled {
			t.Errorf("Err() = %v", err)
		}
		<-c.Done()
		if cause := context.Cause(c); cause != errJobCanceled {
			t.Errorf("cause %v", cause)
		}
	})
	t.Run("ended afterwards, with a child", func(t *testing.T) {
		c := &jobContext{deadline: time.Now().Add(time.Hour)}
		child, cancel := context.WithCancel(c)
		defer cancel()
		c.end(errStopping)
		if child.Err() == nil { // at once: no goroutine has to pass it on
			t.Error("the child goes on")
		}
		<-child.Done()
		if cause := context.Cause(child); cause != errStopping {
			t.Errorf("cause of the child %v", cause)
		}
	})
}

package platform

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
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
		a.Set("content", strings.Repeat("x", MaxFrame))
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

// wire is a worker whose frames a test writes and reads: a process, or a
// goroutine of the test.
type wire struct {
	t      testing.TB
	in     io.WriteCloser
	lines  chan string // closed at the end of its output
	stderr *lockedBuffer
	pid    int // of a process
	wait   func() error
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// patience is how long a test waits for what must come.
const patience = time.Minute

// startProcess starts a worker as the server does.
func startProcess(t testing.TB, l launch) *wire {
	t.Helper()
	return startProcessWith(t, l)
}

// startProcessWith starts one that inherits more descriptors.
func startProcessWith(t testing.TB, l launch, extra ...*os.File) *wire {
	t.Helper()
	path, argv, env := l.command()
	cmd := &exec.Cmd{Path: path, Args: argv, Env: env, ExtraFiles: extra}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, outEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, in: in, stderr: new(lockedBuffer)}
	cmd.Stdout, cmd.Stderr = outEnd, w.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	outEnd.Close()
	w.pid = cmd.Process.Pid
	w.read(out)
	ended := make(chan struct{})
	var result error
	go func() {
		result = cmd.Wait()
		close(ended)
	}()
	w.wait = func() error {
		select {
		case <-ended:
			return result
		case <-time.After(patience):
			return errors.New("the worker did not end")
		}
	}
	t.Cleanup(func() {
		in.Close()
		select {
		case <-ended:
		case <-time.After(patience):
			cmd.Process.Kill()
			<-ended
			t.Errorf("worker did not end after its input did")
		}
		out.Close()
	})
	return w
}

// startLoop runs a worker in this process.
func startLoop(t testing.TB, d *Definition) *wire {
	t.Helper()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	w := &wire{t: t, in: inWrite, stderr: new(lockedBuffer)}
	w.read(outRead)
	ended := make(chan struct{})
	var result error
	go func() {
		defer close(ended)
		result = serveWorker(inRead, outWrite, w.stderr, []*Definition{d}, patience)
		outWrite.Close()
		inRead.Close()
	}()
	w.wait = func() error {
		select {
		case <-ended:
			return result
		case <-time.After(patience):
			return errors.New("the worker did not end")
		}
	}
	t.Cleanup(func() {
		inWrite.Close()
		<-ended
	})
	return w
}

func (w *wire) read(out io.Reader) {
	w.lines = make(chan string, 1000)
	go func() {
		defer close(w.lines)
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			w.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
}

func (w *wire) send(lines ...string) {
	w.t.Helper()
	if _, err := io.WriteString(w.in, strings.Join(lines, "\n")+"\n"); err != nil {
		w.t.Fatalf("write to the worker: %v; its stderr: %s", err, w.stderr)
	}
}

// next returns the next frame that is no heartbeat, "" at the end.
func (w *wire) next() string {
	w.t.Helper()
	for {
		select {
		case line := <-w.lines:
			if line != `{"type":"heartbeat"}` {
				return line
			}
		case <-time.After(patience):
			w.t.Fatalf("no frame from the worker; its stderr: %s", w.stderr)
		}
	}
}

func (w *wire) expect(want ...string) {
	w.t.Helper()
	for _, line := range want {
		if got := w.next(); got != line {
			w.t.Fatalf("the worker wrote\n%s\nwant\n%s\nits stderr: %s", got, line, w.stderr)
		}
	}
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
	w.send(helloParrot)
	w.expect(`{"type":"ready"}`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			w.send(tt.send)
			w.expect(tt.want...)
		})
	}
	w.t = t
	w.in.Close()
	if err := w.wait(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"<4>said it to=all\n", "<3>a line from the server is no frame error="} {
		if !strings.Contains(w.stderr.String(), want) {
			t.Errorf("stderr lacks %q: %s", want, w.stderr)
		}
	}
}

func TestWorkerProcess(t *testing.T) {
	w := startProcess(t, launch{Platform: "parrot", Instance: "i1", Persist: true, MemoryBytes: 256 << 20, OpenFiles: 64, Env: []string{"FLIGHT=low"}})
	w.send(helloParrot)
	w.expect(`{"type":"ready"}`)
	w.send(`{"type":"job","id":1,"activity":{"type":"environ"}}`)
	f := new(frame)
	if err := new(frameReader).read([]byte(w.next()), f); err != nil {
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
	w.in.Close()
	if err := w.wait(); err != nil {
		t.Errorf("the worker ended with %v; stderr: %s", err, w.stderr)
	}
}

// A panic in a job ends the worker: W51 is for platforms to avoid and for the
// server to answer.
func TestWorkerPanicEndsIt(t *testing.T) {
	w := startProcess(t, launch{Platform: "parrot", Instance: "i1"})
	w.send(helloParrot, `{"type":"job","id":1,"activity":{"type":"panic"}}`)
	w.expect(`{"type":"ready"}`, "")
	if err := w.wait(); err == nil || err.Error() != "exit status 2" {
		t.Errorf("the worker ended with %v, want exit status 2", err)
	}
	if text := w.stderr.String(); !strings.HasPrefix(text, "panic: the parrot fell off") || strings.Contains(text, "fatal error") {
		t.Errorf("stderr: %s", w.stderr)
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
		{"a frame one byte too long", `{"type":"job","x":"` + strings.Repeat("a", MaxFrame+1-len(`{"type":"job","x":""}`)) + `"}`, "a frame is longer than 1048576 bytes"},
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

// Frames of every length up to the largest pass the input's buffer, however
// they arrive.
func TestFrameInput(t *testing.T) {
	var want [][]byte
	var stream []byte
	for _, n := range []int{0, 1, 4095, 4096, 4097, 1, 1, 65535, 65536, 70000, 3, MaxFrame - 1, MaxFrame, 5, 5} {
		line := bytes.Repeat([]byte{'x'}, n)
		want = append(want, line)
		stream = append(append(stream, line...), '\n')
	}
	stream = append(stream, "no line end"...)
	for _, chunk := range []int{1 << 20, 65536, 4096, 997} {
		in := frameInput{r: &chunks{bytes.NewReader(stream), chunk}}
		var got [][]byte
		for {
			lines, err := in.more()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.SplitSeq(lines, []byte{'\n'}) {
				got = append(got, bytes.Clone(line))
			}
		}
		if len(got) != len(want) {
			t.Fatalf("in pieces of %d: %d lines, want %d", chunk, len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				t.Errorf("in pieces of %d: line %d has %d bytes, want %d", chunk, i, len(got[i]), len(want[i]))
			}
		}
		if len(in.buf) > 2*largeInput {
			t.Errorf("in pieces of %d: after small frames the buffer still has %d bytes", chunk, len(in.buf))
		}
	}
}

// chunks gives at most so many bytes a read.
type chunks struct {
	r io.Reader
	n int
}

func (c *chunks) Read(p []byte) (int, error) { return c.r.Read(p[:min(len(p), c.n)]) }

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
	w.send(helloParrot)
	w.expect(`{"type":"ready"}`)
	w.send(
		`{"type":"job","id":1,"activity":{"type":"gate"}}`,
		`{"type":"job","id":2,"activity":{"type":"same"}}`,
		`{"type":"job","id":3,"activity":{"type":"gate"}}`,
		`{"type":"job","id":4,"activity":{"type":"same"}}`,
		`{"type":"job","id":5,"activity":{"type":"gate"}}`,
		`{"type":"job","id":6,"activity":{"type":"same"}}`)
	got := map[string]bool{w.next(): true, w.next(): true, w.next(): true}
	for _, want := range []string{`{"type":"result","id":2}`, `{"type":"result","id":4}`, `{"type":"result","id":6}`} {
		if !got[want] {
			t.Errorf("quick jobs among slow ones gave %v, want %s", got, want)
		}
	}
	// The fourth goroutine does a job, then goes into one that takes its time:
	// the result must not wait for that.
	w.send(`{"type":"job","id":7,"activity":{"type":"same"}}`, `{"type":"job","id":8,"activity":{"type":"gate"}}`)
	w.expect(`{"type":"result","id":7}`)
	close(p.gate)
	rest := map[string]bool{w.next(): true, w.next(): true, w.next(): true, w.next(): true}
	if len(rest) != 4 {
		t.Errorf("the slow jobs gave %v", rest)
	}
}

// Whatever jobs take, each has one result.
func TestEachJobHasOneResult(t *testing.T) {
	d := parrotDefinition()
	d.Concurrency = 8
	w := startLoop(t, d)
	w.send(helloParrot)
	w.expect(`{"type":"ready"}`)
	const jobs = 5000
	go func() {
		verbs := []string{"same", "same", "same", "echo", "fail", "wait", "same", "gate"}
		var batch []string
		for id := range jobs {
			batch = append(batch, fmt.Sprintf(`{"type":"job","id":%d,"deadlineMs":1,"activity":{"type":%q}}`, id, verbs[id%len(verbs)]))
			if id%37 == 0 || id == jobs-1 {
				w.send(batch...)
				batch = batch[:0]
			}
		}
	}()
	seen := make(map[uint64]bool)
	for range jobs {
		line := w.next()
		var f frame
		if err := new(frameReader).read([]byte(line), &f); err != nil || f.Type != "result" || seen[f.ID] {
			t.Fatalf("got %s, %v", line, err)
		}
		seen[f.ID] = true
	}
	w.in.Close()
	if line := w.next(); line != "" {
		t.Errorf("after all results came %s", line)
	}
}

// The jobs of a persistent platform are done one at a time, in order.
func TestPersistentJobsKeepTheirOrder(t *testing.T) {
	d := parrotDefinition()
	d.Persist = true
	w := startLoop(t, d)
	w.send(helloParrot)
	w.expect(`{"type":"ready"}`)
	var jobs, results []string
	for id := 1; id <= 500; id++ {
		jobs = append(jobs, fmt.Sprintf(`{"type":"job","id":%d,"activity":{"type":"same"}}`, id))
		results = append(results, fmt.Sprintf(`{"type":"result","id":%d,"initialized":false}`, id))
	}
	go w.send(jobs...)
	w.expect(results...)
	w.send(`{"type":"job","id":501,"credentials":{"object":{}},"activity":{"type":"fail"}}`,
		`{"type":"job","id":502,"credentials":{"object":{}},"activity":{"type":"same"}}`,
		`{"type":"job","id":503,"activity":{"type":"fail"}}`)
	w.expect(`{"type":"result","id":501,"initialized":false,"error":"Error"}`,
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
	w.send(helloParrot)
	w.expect(`{"type":"ready"}`)
	w.send(`{"type":"detach","session":"s1"}`)
	select {
	case s := <-p.left:
		if s != "s1" {
			t.Errorf("session %q left, want s1", s)
		}
	case <-time.After(patience):
		t.Error("the platform was not told")
	}
}

// Heartbeats come while nothing else does, and none while the platform blocks.
func TestHeartbeat(t *testing.T) {
	w := startLoop(t, parrotDefinition())
	w.send(strings.Replace(helloParrot, "60000", "5", 1))
	w.expect(`{"type":"ready"}`)
	for range 3 {
		select {
		case line := <-w.lines:
			if line != `{"type":"heartbeat"}` {
				t.Errorf("got %s, want heartbeats", line)
			}
		case <-time.After(patience):
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
			w.send(helloParrot)
			w.expect(`{"type":"ready"}`)
			if tt.stop != "" {
				w.send(`{"type":"job","id":1,"activity":{"type":"wait"}}`, tt.stop)
			} else {
				w.send(`{"type":"job","id":1,"activity":{"type":"same"}}`)
				w.in.Close()
			}
			got := map[string]bool{}
			for line := w.next(); line != ""; line = w.next() {
				got[line] = true
			}
			if !got[`{"type":"event","activity":{"type":"farewell"}}`] || !got[tt.result] {
				t.Errorf("the worker wrote %v", got)
			}
			if err := w.wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A worker that is blocked ends with its server all the same (W39).
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
	case <-time.After(patience):
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

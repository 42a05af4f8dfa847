package supervisor

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// What a worker prints beside its frames is counted and does no harm.
func TestOutputThatIsNoFrame(t *testing.T) {
	tests := []struct {
		name, printed string
		bad           uint64 // lines
		late          uint64 // results
	}{
		{"a greeting", "Hello from libgreeting 1.0\n", 1, 0},
		{"no JSON object", "[1]\nnull\n\"x\"\n", 3, 0},
		{"no type", `{"id":1}` + "\n", 1, 0},
		{"not UTF-8", "\xff\xfe\x00\n", 1, 0},
		{"empty lines", "\n \n\r\n", 0, 0},
		{"an unknown type", `{"type":"horoscope","sign":"newt"}` + "\n", 0, 0},
		{"a time that is none", `{"type":"keep","key":"k","value":"v","seconds":"soon"}` + "\n" + `{"type":"keep"}` + "\n", 0, 0},
		{"a job that nobody has", `{"type":"result","id":999999,"activity":{}}` + "\n", 0, 1},
		{"an id that is none", `{"type":"result","id":-1}` + "\n" + `{"type":"result","id":"1"}` + "\n", 2, 0},
		{"a second result", `{"type":"result","id":1,"error":"first"}` + "\n", 0, 1},
		{"events of a stateless platform", `{"type":"event","activity":{"type":"send"}}` + "\n", 0, 0},
		{"an actor of a stateless platform", `{"type":"actor","id":"newt"}` + "\n", 0, 0},
		{"lingering of a stateless platform", `{"type":"linger","seconds":60}` + "\n", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := manage(t, nil)
			in := g.mill()
			c := put(t, in, "print", tt.printed)
			want := "ok"
			if tt.name == "a second result" {
				want = "first"
			}
			c.want(t, want)
			put(t, in, "echo", "").want(t, "ok")
			eventually(t, fmt.Sprintf("%d bad lines and %d late results are counted", tt.bad, tt.late), func() bool {
				s := g.Stats()
				return s.BadLines == tt.bad && s.LateResults == tt.late
			})
			if n := g.Stats().Platforms["mill"].Starts; n != 1 {
				t.Errorf("%d workers were started, want 1", n)
			}
			if got := g.sink.list(&g.sink.events) + g.sink.list(&g.sink.actors); got != "" {
				t.Errorf("the sink heard %q", got)
			}
		})
	}
}

// A worker's environment is what the server means it to have, and its
// descriptors are its three pipes.
func TestNothingIsInherited(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it reads /proc")
	}
	t.Setenv("REDIS_URL", "redis://:secret@127.0.0.1")
	t.Setenv("SOCKETHUB_SECRET", "secret")
	t.Setenv("TZ", "Europe/Vienna")
	g := manage(t, nil)
	in := g.mill()
	others := put(t, g.instance(Key{Platform: "inn", Actor: "al", Scope: "ann"}), "echo", "") // pipes of another worker
	others.answer(t)

	c := put(t, in, "environ", "")
	c.want(t, "ok")
	var names []string
	for _, v := range strings.Fields(c.out.Text("object")) {
		name, _, _ := strings.Cut(v, "=")
		names = append(names, name)
	}
	// GORACE is there only in tests for races.
	for _, name := range names {
		if !slices.Contains([]string{"GORACE", "SOCKETHUB_WORKER", "GOMAXPROCS", "GOMEMLIMIT", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"}, name) {
			t.Errorf("the worker has the variable %s", name)
		}
	}
	if !slices.Contains(names, "TZ") {
		t.Errorf("the worker has %v, TZ is missing", names)
	}

	c = put(t, in, "files", "")
	c.want(t, "ok")
	pipes := 0
	for _, f := range strings.Fields(c.out.Text("object")) {
		switch {
		case strings.Contains(f, "=pipe:"):
			pipes++
		case strings.Contains(f, "=anon_inode:"), strings.Contains(f, "=/sys/fs/cgroup/"), strings.Contains(f, "=/proc/"): // Go's runtime, and the list itself
		default:
			t.Errorf("the worker has the descriptor %s", f)
		}
	}
	if pipes != 3 {
		t.Errorf("the worker has %d pipes, want 3: %s", pipes, c.out.Text("object"))
	}

	pid := g.alive()[0].pid
	if score, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid)); err != nil || strings.TrimSpace(string(score)) != "500" {
		t.Errorf("oom_score_adj is %q, %v; want 500", score, err)
	}
}

// A child of a worker that still has its pipes delays nothing, and is ended.
func TestProcessGroup(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what a worker leaves behind is only known on Linux")
	}
	g := manage(t, nil)
	in := g.mill()
	c := put(t, in, "child", "")
	c.want(t, "ok")
	var pid int
	fmt.Sscan(c.out.Text("object"), &pid)
	put(t, in, "exit", "7").want(t, "outcome unknown: worker exited with status 7 [outcome_unknown]")
	put(t, in, "echo", "").want(t, "ok")
	eventually(t, "the worker's child is gone", func() bool { return !runs(pid) })
}

// A worker that does not read is given so much and no more, and nobody who asks
// waits for it.
func TestWorkerThatDoesNotRead(t *testing.T) {
	unixOnly(t)
	script := filepath.Join(t.TempDir(), "deaf")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho '{\"type\":\"ready\"}'\nexec sleep 300\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	g := manage(t, func(o *Options) {
		o.Definitions = []*platform.Definition{{Name: "deaf", Program: script, NoHeartbeat: true, Concurrency: 200, Verbs: map[string]platform.Verb{"echo": {}}}}
	})
	in := g.instance(Key{Platform: "deaf"})
	var calls []*call
	for range 100 {
		calls = append(calls, put(t, in, "echo", strings.Repeat("x", 100<<10)))
	}
	g.sink.mu.Lock()
	refused := 0
	g.sink.mu.Unlock()
	eventually(t, "some are refused", func() bool {
		refused = 0
		for _, c := range calls {
			select {
			case <-c.done:
				refused++
				c.want(t, "not sent: worker is not reading [not_sent]")
			default:
			}
		}
		s := g.Stats().Platforms["deaf"]
		return refused > 0 && s.Waiting == 0 && s.Running+refused == len(calls)
	})
	if refused > 60 {
		t.Errorf("%d of 100 jobs of 100 KiB were refused", refused)
	}
	g.shutdown(3 * time.Second)
	for _, c := range calls {
		if got := c.answer(t); got != "not sent: worker is not reading [not_sent]" && got != "outcome unknown: server is shutting down [outcome_unknown]" {
			t.Errorf("got %q", got)
		}
	}
}

func TestJobThatIsTooLarge(t *testing.T) {
	g := manage(t, nil)
	in := g.mill()
	put(t, in, "echo", strings.Repeat("x", frame.Max-50)).want(t, "message is too large [too_large]")
	put(t, in, "echo", strings.Repeat("x", frame.Max-500)).answer(t)
	put(t, in, "echo", "").want(t, "ok")
}

func TestTooManyEvents(t *testing.T) {
	g := manage(t, nil)
	g.unasked = tokens{perSecond: 1, most: 1000}
	in := g.inn("al")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	put(t, in, "flood", "").want(t, "outcome unknown: worker sent too many events [outcome_unknown]")
}

func TestMemoryLimit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it reads /proc")
	}
	g := manage(t, func(o *Options) {
		o.WorkerMemoryBytes = 128 << 20
		o.HeartbeatInterval, o.HeartbeatTimeout = 50*time.Millisecond, workertest.Patience
	})
	put(t, g.mill(), "grow", "").want(t, "outcome unknown: worker used more than 128 MiB of memory [outcome_unknown]")
}

// A watch that was itself late, as after a suspend, blames no worker.
func TestLateWatch(t *testing.T) {
	unixOnly(t)
	g := manage(t, nil)
	in := g.mill()
	first := put(t, in, "echo", "").worker(t)
	c := put(t, in, "signal", "SIGSTOP")
	eventually(t, "the worker waits", func() bool { return g.alive()[0].silentSince.Load() != 0 })
	future := time.Now().Add(time.Hour)
	g.look(future, true)
	g.look(future.Add(time.Second), false)
	if p := g.alive(); len(p) != 1 || p[0].pid != first {
		t.Fatal("the worker was ended by a watch that was late")
	}
	g.look(future.Add(time.Minute), false)
	c.want(t, "outcome unknown: worker stopped responding [outcome_unknown]")
}

// Silence is measured by a clock that nobody sets: when the time of day changes,
// or the machine was suspended, no worker has been silent for longer.
func TestSilenceIgnoresTheTimeOfDay(t *testing.T) {
	g := manage(t, nil)
	put(t, g.mill(), "echo", "").want(t, "ok")
	var since int64
	eventually(t, "the worker waits", func() bool {
		since = g.alive()[0].silentSince.Load()
		return since != 0
	})
	if now := g.clock(time.Now()); since < 1 || since > now {
		t.Errorf("it is silent since %d, and now it is %d", since, now)
	}
	if got := g.clock(g.made.Add(time.Minute)); got != int64(time.Minute)+1 {
		t.Errorf("a minute after the Manager was made it is %d", got)
	}
}

// lines collects what a Manager logs.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestWorkerLog(t *testing.T) {
	unixOnly(t)
	tests := []struct {
		name, written string
		want          []string
	}{
		{"levels", "<7>fine\n<6>so so\n<4>bad\n<3>worse\nplain\n", []string{"DEBUG fine", "INFO so so", "WARN bad", "ERROR worse", "INFO plain"}},
		{"a stack trace is an error", "panic: oh\n\ngoroutine 1 [running]:\nmain.main()\n<6>recovered\nplain\n",
			[]string{"ERROR panic: oh", "ERROR goroutine 1 [running]:", "ERROR main.main()", "INFO recovered", "INFO plain"}},
		{"a long line comes in pieces", strings.Repeat("x", maxLogLine) + "yz\n", []string{"INFO " + strings.Repeat("x", maxLogLine), "INFO yz"}},
		{"not UTF-8", "a\xffb\n", []string{"INFO a\uFFFDb"}},
		{"too many", strings.Repeat("again\n", 5*linesAtOnce), []string{"INFO again"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got lines
			g := manage(t, func(o *Options) {
				o.Log = slog.New(slog.NewTextHandler(&got, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == slog.TimeKey {
						return slog.Attr{}
					}
					return a
				}}))
			})
			in := g.mill()
			put(t, in, "log", tt.written).want(t, "ok")
			put(t, in, "exit", "1").answer(t)
			eventually(t, "the worker's end is logged", func() bool { return strings.Contains(got.String(), "worker ended") })
			text := got.String()
			for _, want := range tt.want {
				level, msg, _ := strings.Cut(want, " ")
				if strings.ContainsAny(msg, " :[\uFFFD") {
					msg = fmt.Sprintf("%q", msg)
				}
				line := "level=" + level + " msg=" + msg + " namespace=server:platform-instance platform=mill"
				before, after, found := strings.Cut(text, line)
				if !found {
					t.Fatalf("%s is not in\n%s", line, text)
				}
				text = before[:0] + after
			}
			if tt.name == "too many" {
				if n := g.Stats().DroppedLines; n < 3*linesAtOnce {
					t.Errorf("%d lines were dropped", n)
				}
				if len(got.String()) > 100<<10 {
					t.Errorf("the log has %d bytes", len(got.String()))
				}
			}
		})
	}
}

// Workers log what the server was told to log.
func TestLogLevel(t *testing.T) {
	for level, want := range map[string]bool{"": false, "info": false, "debug": true} {
		t.Run(level, func(t *testing.T) {
			var got lines
			g := manage(t, func(o *Options) {
				o.LogLevel = level
				o.Log = slog.New(slog.NewTextHandler(&got, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			put(t, g.mill(), "log", "").want(t, "ok")
			put(t, g.mill(), "exit", "0").answer(t)
			eventually(t, "the worker's end is logged", func() bool { return strings.Contains(got.String(), "worker ended") })
			if has := strings.Contains(got.String(), "logged its lines"); has != want {
				t.Errorf("a debug line in the log: %v, want %v", has, want)
			}
		})
	}
}

// Shut in and with all limits, a worker does its work.
func TestSandboxedWorker(t *testing.T) {
	g := manage(t, func(o *Options) {
		o.Sandbox, o.WorkerOpenFiles, o.WorkerMemoryBytes = true, 64, 512<<20
	})
	put(t, g.mill(), "echo", "").want(t, "ok")
	connect(t, g.inn("al"), "connect", "", "toad").want(t, "ok")
	put(t, g.mill(), "exit", "1").want(t, "outcome unknown: worker exited with status 1 [outcome_unknown]")
	put(t, g.mill(), "echo", "").want(t, "ok")
}

// The report of a crash has the end of what the worker said.
func TestTail(t *testing.T) {
	var o output
	now := time.Now()
	for i := range 10_000 {
		o.add(fmt.Appendf(nil, "line %d", i), now)
	}
	tail := o.tail()
	if len(tail) > keptOutput || !strings.HasSuffix(tail, "line 9998\nline 9999") || len(tail) < keptOutput/2 {
		t.Errorf("%d bytes are kept: …%q", len(tail), tail[max(0, len(tail)-40):])
	}
}

func TestTokens(t *testing.T) {
	k := tokens{perSecond: 10, most: 3}
	now := time.Unix(1000, 0)
	for i, tt := range []struct {
		after time.Duration
		ok    bool
	}{{0, true}, {0, true}, {0, true}, {0, false}, {50 * time.Millisecond, false}, {50 * time.Millisecond, true}, {0, false}, {time.Hour, true}, {0, true}, {0, true}, {0, false}} {
		now = now.Add(tt.after)
		if ok := k.take(now); ok != tt.ok {
			t.Errorf("take %d: %v, want %v", i, ok, tt.ok)
		}
	}
}

// What workers had the server keep is a part of the first frame that later ones
// get.
func Example_kept() {
	var k frame.Notes
	os.Stdout.Write(frame.AppendKeep(nil, "sts irc.example", "6697", 30*24*time.Hour))
	k.Keep("sts irc.example", "6697", 30*24*time.Hour, time.Now())
	os.Stdout.Write(frame.AppendHello(nil, "irc", "2f8c", nil, nil, 5*time.Second, "", frame.MaxResult, &k))
	os.Stdout.Write(frame.AppendLinger(nil, time.Hour))
	// Output:
	// {"type":"keep","key":"sts irc.example","value":"6697","seconds":2592000}
	// {"type":"hello","protocol":1,"platform":"irc","instance":"2f8c","config":{},"heartbeatMs":5000,"logLevel":"info","maxResultBytes":16777216,"kept":{"sts irc.example":{"value":"6697","seconds":2592000}}}
	// {"type":"linger","seconds":3600}
}

func ExampleMain_hello() {
	os.Stdout.Write(frame.AppendHello(nil, "irc", "2f8c", []byte("{\n  \"nick\": \"al\"\n}"), nil, 5*time.Second, "", frame.MaxResult, new(frame.Notes)))
	os.Stdout.Write(frame.AppendJob(nil, 7, "ann", "203.0.113.9", 60_000, nil, activity.AppendJSON(nil, message("join", "al", "hi"))))
	os.Stdout.Write(frame.AppendCancel(nil, 7, "deadline"))
	os.Stdout.Write(frame.AppendStop(nil, "shutdown", quickLadder.stop.Milliseconds()))
	// Output:
	// {"type":"hello","protocol":1,"platform":"irc","instance":"2f8c","config":{"nick":"al"},"heartbeatMs":5000,"logLevel":"info","maxResultBytes":16777216}
	// {"type":"job","id":7,"session":"ann","address":"203.0.113.9","deadlineMs":60000,"activity":{"type":"join","actor":{"id":"al","type":"person"},"object":{"type":"note","content":"hi"}}}
	// {"type":"cancel","id":7,"reason":"deadline"}
	// {"type":"stop","reason":"shutdown","withinMs":1000}
}

package dummy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// TestMain lets the test binary be the worker that the tests start.
func TestMain(m *testing.M) {
	platform.Main(Definition())
	os.Exit(m.Run())
}

// host is what the platform needs of one when it runs in the test.
type host struct{ blocked time.Duration }

func (h *host) Event(*activity.Object)               {}
func (h *host) EventTo(string, *activity.Object)     {}
func (h *host) EventExcept(string, *activity.Object) {}
func (h *host) Actor(string)                         {}
func (h *host) Keep(_, _ string, _ time.Duration)    {}
func (h *host) Kept(string) string                   { return "" }
func (h *host) Linger(time.Duration)                 {}
func (h *host) Log() *slog.Logger                    { return slog.New(slog.DiscardHandler) }
func (h *host) Block(d time.Duration)                { h.blocked = d }

// worker is a process of the platform, started without the server.
type worker struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan string // closed at the end of its output
	stderr *workertest.Buffer
}

func start(t *testing.T, config string) *worker {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{t: t, lines: make(chan string, 100), stderr: new(workertest.Buffer)}
	env := []string{"SOCKETHUB_WORKER=1"}
	if runtime.GOOS == "linux" { // shut in: a worker may still end itself by a signal
		env = append(env, `SOCKETHUB_SHIM={"program":"","sandbox":true,"ports":[],"openFiles":64}`)
	}
	w.cmd = &exec.Cmd{Path: path, Args: []string{"sockethub", "worker", "dummy", "i1"}, Env: env, Stderr: w.stderr}
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.lines)
		for r := bufio.NewScanner(out); r.Scan(); {
			w.lines <- r.Text()
		}
	}()
	t.Cleanup(func() {
		w.in.Close()
		w.cmd.Process.Kill()
		w.cmd.Wait()
	})
	w.send(`{"type":"hello","protocol":1,"platform":"dummy","instance":"i1","config":` + config + `}`)
	if got := w.next(); got != `{"type":"ready"}` {
		t.Fatalf("the worker wrote %q; stderr: %s", got, w.stderr)
	}
	return w
}

func (w *worker) send(line string) {
	w.t.Helper()
	if _, err := io.WriteString(w.in, line+"\n"); err != nil {
		w.t.Fatal(err)
	}
}

// next returns the next frame, "" at the end of output.
func (w *worker) next() string {
	w.t.Helper()
	select {
	case line := <-w.lines:
		return line
	case <-time.After(30 * time.Second):
		w.t.Fatal("no frame from the worker")
		return ""
	}
}

// golden is a line of testdata/dummy.jsonl.
type golden struct {
	I            int
	Kind         string
	Payload, Ack json.RawMessage
	Verb         string
}

func goldenCases(t *testing.T) []golden {
	t.Helper()
	text, err := os.ReadFile("testdata/dummy.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var cases []golden
	for line := range bytes.Lines(text) {
		var c golden
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// The acknowledgements that were recorded are what the worker's results make.
func TestGolden(t *testing.T) {
	w := start(t, `{}`)
	n := 0
	for _, c := range goldenCases(t) {
		if c.Kind != "ack" {
			continue
		}
		n++
		t.Run(fmt.Sprint(c.I), func(t *testing.T) {
			message, err := activity.ParseObject(c.Payload)
			if err != nil {
				t.Fatal(err)
			}
			// What the server makes of an object that is a text.
			if content, ok := message.Get("object").(string); ok {
				message.Set("object", activity.NewObject(activity.Member{Name: "content", Value: content}))
			}
			w.t = t
			w.send(fmt.Sprintf(`{"type":"job","id":%d,"session":"s","activity":%s}`, c.I, activity.AppendJSON(nil, message)))
			result, err := activity.ParseObject([]byte(w.next()))
			if err != nil {
				t.Fatal(err)
			}
			// And of a result: the activity, or the message with the error.
			got := result.Object("activity")
			if failure, ok := result.Lookup("error"); ok {
				got = message
				got.Set("error", failure)
			}
			if got := activity.AppendJSON(nil, got); string(got) != string(c.Ack) {
				t.Errorf("%s became\n%s\nwant\n%s", c.Payload, got, c.Ack)
			}
		})
	}
	if n != 35 {
		t.Errorf("%d cases, want 35", n)
	}
}

// How the worker ends for each verb that ends it, which is what the server tells
// the client.
func TestCrashVerbs(t *testing.T) {
	tests := []struct{ verb, want, stderr string }{
		{"exit0", "", ""},
		{"exit1", "exit status 1", ""},
		{"throwTypeError", "exit status 2", "panic: TypeError: dummy type error\n"},
		{"throwReferenceError", "exit status 2", "panic: ReferenceError: dummy reference error\n"},
		{"sigterm", "signal: terminated", ""},
		{"sigkill", "signal: killed", ""},
	}
	for _, tt := range tests {
		t.Run(tt.verb, func(t *testing.T) {
			w := start(t, `{}`)
			w.send(`{"type":"job","id":1,"session":"s","activity":{"type":"` + tt.verb + `"}}`)
			if got := w.next(); got != "" {
				t.Errorf("the worker wrote %s", got)
			}
			got := ""
			if err := w.cmd.Wait(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("the worker ended with %q, want %q", got, tt.want)
			}
			if stderr := w.stderr.String(); !strings.HasPrefix(stderr, tt.stderr) || tt.stderr == "" && stderr != "" {
				t.Errorf("stderr is %q, want it to begin with %q", stderr, tt.stderr)
			}
		})
	}
}

// "hang" silences the worker, heartbeats included; nothing keeps it from ending
// with the server.
func TestHang(t *testing.T) {
	h := new(host)
	d, err := newDummy(h, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Do(context.Background(), job(`{"type":"hang"}`)); err != nil || h.blocked != time.Minute {
		t.Errorf("blocked for %v, %v", h.blocked, err)
	}
	w := start(t, `{}`)
	w.send(`{"type":"job","id":1,"session":"s","activity":{"type":"hang"}}`)
	w.in.Close()
	if got := w.next(); got != "" {
		t.Errorf("the worker wrote %s", got)
	}
}

func TestCrashVerbsSwitchedOff(t *testing.T) {
	w := start(t, `{"crashVerbs":false}`)
	for _, c := range goldenCases(t) {
		if c.Kind != "crash" {
			continue
		}
		w.send(`{"type":"job","id":1,"session":"s","activity":{"type":"` + c.Verb + `"}}`)
		want := `{"type":"result","id":1,"error":"platform method ` + c.Verb + ` not available"}`
		if got := w.next(); got != want {
			t.Errorf("%s gave %s, want %s", c.Verb, got, want)
		}
	}
}

func job(message string) platform.Job {
	o, err := activity.ParseObject([]byte(message))
	if err != nil {
		panic(err)
	}
	return platform.Job{Activity: o}
}

func TestConfig(t *testing.T) {
	tests := []struct{ config, greeting, failure string }{
		{`{}`, "Hello rain", ""},
		{`{"greeting":"Hi,"}`, "Hi, rain", ""},
		{`{"greeting":""}`, " rain", ""},
		{`{"greeting":7}`, "", `packageConfig: the value of "greeting" has the wrong type`},
		{`{"crashVerbs":"no"}`, "", `packageConfig: the value of "crashVerbs" has the wrong type`},
		{`{"greetings":"Hi"}`, "", `packageConfig has no key "greetings"`},
		{`[]`, "", "invalid JSON at byte 0: the value is not an object"},
	}
	for _, tt := range tests {
		d, err := newDummy(new(host), []byte(tt.config))
		if err != nil {
			if err.Error() != tt.failure {
				t.Errorf("%s gave %v, want %q", tt.config, err, tt.failure)
			}
			continue
		}
		out, err := d.Do(context.Background(), job(`{"type":"greet","object":{"content":"rain"}}`))
		if got := out.Object("object").Text("content"); got != tt.greeting || err != nil || tt.failure != "" {
			t.Errorf("%s greets %q, %v; want %q %q", tt.config, got, err, tt.greeting, tt.failure)
		}
	}
}

// Values of content that become text by JavaScript's rules.
func TestText(t *testing.T) {
	tests := []struct{ json, want string }{
		{`"a\nb"`, "a\nb"}, {`""`, ""},
		{`null`, "null"}, {`true`, "true"}, {`false`, "false"},
		{`7`, "7"}, {`-0`, "0"}, {`1e21`, "1e+21"}, {`0.1`, "0.1"}, {`1e-7`, "1e-7"}, {`1e999`, "Infinity"}, {`-1e999`, "-Infinity"},
		{`[]`, ""}, {`[1,[2,[null,"x"]],null,{}]`, "1,2,,x,,[object Object]"}, {`[null]`, ""},
		{`{"a":1}`, "[object Object]"},
	}
	for _, tt := range tests {
		v, err := activity.Parse([]byte(tt.json))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(v, true); got != tt.want {
			t.Errorf("%s became %q, want %q", tt.json, got, tt.want)
		}
	}
	if got := text(nil, false); got != "undefined" {
		t.Errorf("nothing became %q", got)
	}
}

func TestMissingObject(t *testing.T) {
	d, err := newDummy(new(host), []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for message, want := range map[string]string{
		`{"type":"fail"}`:                "Cannot read properties of undefined (reading 'content')",
		`{"type":"greet","object":null}`: "Cannot read properties of null (reading 'content')",
		`{"type":"nest"}`:                "platform method nest not available",
	} {
		_, err := d.Do(context.Background(), job(message))
		var plain platform.Plain
		if !errors.As(err, &plain) || string(plain) != want {
			t.Errorf("%s gave %v, want %q", message, err, want)
		}
	}
}

// The definition says what its schema says, and no verb is run twice.
func TestDefinition(t *testing.T) {
	d := Definition()
	var schema struct {
		Properties struct{ Type struct{ Enum []string } }
	}
	if err := json.Unmarshal(d.Schemas.Messages, &schema); err != nil {
		t.Fatal(err)
	}
	for _, verb := range schema.Properties.Type.Enum {
		v, ok := d.Verbs[verb]
		if !ok || v.Idempotent || v.Credentials {
			t.Errorf("verb %s: %+v, %v", verb, v, ok)
		}
	}
	if len(d.Verbs) != len(schema.Properties.Type.Enum) {
		t.Errorf("%d verbs, the schema has %d", len(d.Verbs), len(schema.Properties.Type.Enum))
	}
	registry, err := activity.NewRegistry("5.0.0-alpha.22", []activity.Platform{{
		ID: d.Name, Version: d.Version, ContextURL: d.ContextURL, ContextVersion: "1", SchemaVersion: "1",
		Credentials: d.Schemas.Credentials, Messages: d.Schemas.Messages,
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := append([]string{"credentials"}, schema.Properties.Type.Enum...)
	if got := registry.ByID("dummy").Types; !slices.Equal(got, want) {
		t.Errorf("the registry has the types %q, want %q", got, want)
	}
}

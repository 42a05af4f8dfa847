package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
	"github.com/sockethub/sockethub/platform/internal/workertest"
	"github.com/sockethub/sockethub/testdata/peer"
)

// scripts are the platforms in other languages under testdata/platforms, with
// the interpreter that each needs.
var scripts = []struct{ file, interpreter, name string }{
	{"echo.py", "python3", "echo-python"},
	{"echo.sh", "sh", "echo-shell"},
}

// scriptPath returns the path of a script whose interpreter is where the sandbox
// lets it be.
func scriptPath(t *testing.T, file, interpreter string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("scripts cannot be executed here")
	}
	found := false
	for _, dir := range filepath.SplitList(strings.TrimPrefix(sandbox.ExternalPath, "PATH=")) {
		_, err := os.Stat(filepath.Join(dir, interpreter))
		found = found || err == nil
	}
	if !found {
		peer.Missing(t, interpreter+" is in none of the folders of "+sandbox.ExternalPath)
	}
	path, err := filepath.Abs(filepath.Join("..", "..", "testdata", "platforms", file))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The platforms in Python and in shell describe themselves, answer and send
// events, shut in.
func TestExternalPlatforms(t *testing.T) {
	for _, s := range scripts {
		t.Run(s.file, func(t *testing.T) {
			path := scriptPath(t, s.file, s.interpreter)
			d, err := Describe(t.Context(), path, true)
			if err != nil {
				t.Fatal(err)
			}
			if d.Name != s.name || d.Program != path || !d.Persist || d.New != nil ||
				!d.Verbs["connect"].Credentials || !d.Verbs["echo"].Idempotent || d.Ports == nil || len(d.Ports) != 0 {
				t.Errorf("described as %+v", d)
			}
			if _, err := activity.NewRegistry("5.0.0", []activity.Platform{{
				ID: d.Name, Version: d.Version, ContextURL: d.ContextURL, ContextVersion: "1", SchemaVersion: "1",
				Credentials: d.Schemas.Credentials, Messages: d.Schemas.Messages,
			}}); err != nil {
				t.Error(err)
			}
			w := workertest.Start(t, sandbox.Launch{Program: path, Platform: d.Name, Instance: "i1", Persist: true, Sandbox: true, Ports: d.Ports, OpenFiles: 64})
			w.Send(`{"type":"hello","protocol":1,"platform":"`+d.Name+`","instance":"i1","config":{},"heartbeatMs":1000,"logLevel":"info"}`,
				`{"type":"weather"}`, `{"type":"detach","session":"s2"}`)
			w.Expect(`{"type":"ready"}`)
			body := func(verb string) []byte {
				return fmt.Appendf(nil, `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld",%q],"type":%q,"actor":{"id":"wren","type":"person"},"object":{"type":"message","content":"rain \"by\" noon \\ \n"}}`, d.ContextURL, verb)
			}
			credentials, _ := activity.ParseObject([]byte(`{"type":"credentials","object":{"type":"credentials","password":"x"}}`))
			for _, tt := range []struct {
				verb        string
				credentials *activity.Object
				want        func(frames []*activity.Object) error
				frames      int
			}{
				{"connect", credentials, func(f []*activity.Object) error {
					return check(f[0].Text("type") == "result" && f[0].Get("id") == 7.0 && f[0].Get("initialized") == true && f[0].Get("error") == nil)
				}, 1},
				{"echo", nil, func(f []*activity.Object) error {
					event, result := f[0].Object("activity"), f[1].Object("activity")
					return check(f[0].Text("type") == "event" && event.Object("object").Text("content") == "echo 1" &&
						event.Object("actor").Text("id") == d.Name &&
						result.Object("object").Text("content") == "rain \"by\" noon \\ \n" && f[1].Get("initialized") == true)
				}, 2},
				{"fail", nil, func(f []*activity.Object) error {
					return check(strings.HasPrefix(f[0].Text("error"), "Error: ") && f[0].Get("activity") == nil)
				}, 1},
			} {
				w.Send(strings.TrimSuffix(string(frame.AppendJob(nil, 7, "s1", "203.0.113.9", 60000, tt.credentials, body(tt.verb))), "\n"))
				var frames []*activity.Object
				for range tt.frames {
					o, err := activity.ParseObject([]byte(w.Next()))
					if err != nil {
						t.Fatal(err)
					}
					frames = append(frames, o)
				}
				if err := tt.want(frames); err != nil {
					t.Errorf("%s gave %s", tt.verb, activity.AppendJSON(nil, []any{frames[0], frames[len(frames)-1]}))
				}
			}
			w.Send(`{"type":"stop","reason":"shutdown","withinMs":1000}`)
			if err := w.Wait(); err != nil {
				t.Errorf("ended with %v; stderr: %s", err, w.Stderr)
			}
			if w.Stderr.String() != "" {
				t.Errorf("stderr: %s", w.Stderr)
			}
		})
	}
}

func check(ok bool) error {
	if !ok {
		return errors.New("not as expected")
	}
	return nil
}

// magpieDefinition is a platform that is a program of its own.
func magpieDefinition() *platform.Definition {
	return &platform.Definition{
		Name: "magpie", Version: "1.0.0", ContextURL: "https://sockethub.org/ns/context/platform/magpie/v1.jsonld",
		Schemas: platform.Schemas{Messages: []byte(`{"properties":{"type":{"enum":["fetch"]}}}`)},
		Verbs:   map[string]platform.Verb{"fetch": {Idempotent: true}},
	}
}

// A Go program whose main begins with Main can be named by its path too.
func TestDescribeGoProgram(t *testing.T) {
	path := workertest.Script(t, "exec env -i SOCKETHUB_WORKER=1 SOCKETHUB_TEST_ONLY=magpie '"+executable(t)+"'")
	d, err := Describe(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	want := magpieDefinition()
	if d.Name != want.Name || d.Version != want.Version || d.ContextURL != want.ContextURL || !reflect.DeepEqual(d.Verbs, want.Verbs) ||
		d.Concurrency != 64 || d.Ports != nil || d.NoHeartbeat || string(d.Schemas.Messages) != string(want.Schemas.Messages) {
		t.Errorf("%+v became %+v", want, d)
	}
}

func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDescribeFails(t *testing.T) {
	good := `{"type":"describe","protocol":1,"name":"owl","version":"1","contextUrl":"https://owl.test/v1","schemas":{"messages":{}},"verbs":{"hoot":{}}}`
	say := func(line string) string { return "read line; printf '%s\\n' '" + line + "'" }
	tests := []struct{ name, commands, want string }{
		{"it ends", "echo starting >&2; echo '<3>no owl here' >&2; echo >&2; exit 3", "it ended (exit status 3) without a description: no owl here"},
		{"it says nothing", "read line; exit 0", "it ended (exit status 0) without a description"},
		{"it writes no frames", "while :; do echo noise; done", "it wrote 100 lines and no description"},
		{"a line without an end", "cat /dev/zero", "a frame is longer than 1048576 bytes"},
		{"another protocol", say(strings.Replace(good, `:1,`, `:2,`, 1)), "it speaks protocol 2, want 1"},
		{"no name", say(strings.Replace(good, `"owl"`, `"Owl!"`, 1)), `its "name" is "Owl!", want small letters, digits and "-", a letter first, at most 32`},
		{"no version", say(strings.Replace(good, `"version":"1",`, ``, 1)), `it has no "version"`},
		{"a relative context", say(strings.Replace(good, `https://owl.test/v1`, `/v1`, 1)), `its "contextUrl" is "/v1", want an absolute URL`},
		{"no messages", say(strings.Replace(good, `"messages"`, `"massages"`, 1)), `it has no schema "messages"`},
		{"a schema that is none", say(strings.Replace(good, `"messages":{}`, `"messages":true`, 1)), `its schema "messages" is not an object`},
		{"no verbs", say(strings.Replace(good, `"hoot":{}`, ``, 1)), `it has no "verbs"`},
		{"a verb that is none", say(strings.Replace(good, `"hoot":{}`, `"hoot":1`, 1)), `its verb "hoot" is not an object`},
		{"credentials maybe", say(strings.Replace(good, `"hoot":{}`, `"hoot":{"credentials":"maybe"}`, 1)), `its verb "hoot": "credentials" is neither true nor false`},
		{"persist maybe", say(strings.Replace(good, `"protocol"`, `"persist":1,"protocol"`, 1)), `"persist" is neither true nor false`},
		{"no concurrency", say(strings.Replace(good, `"protocol"`, `"concurrency":0,"protocol"`, 1)), `its "concurrency" is not a number from 1 to 1000`},
		{"a port too high", say(strings.Replace(good, `"protocol"`, `"ports":[80,65536],"protocol"`, 1)), `its "ports" are not numbers from 1 to 65535`},
		{"ports that are none", say(strings.Replace(good, `"protocol"`, `"ports":80,"protocol"`, 1)), `its "ports" are not a list`},
		{"all is well", "echo first a line that is no frame; " + say(good) + "; sleep 1000", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := workertest.Script(t, tt.commands)
			d, err := Describe(t.Context(), path, false)
			if tt.want == "" {
				if err != nil || d.Name != "owl" {
					t.Errorf("got %+v, %v", d, err)
				}
				return
			}
			if want := "platform " + path + ": " + tt.want; err == nil || err.Error() != want {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
	t.Run("nothing there", func(t *testing.T) {
		if _, err := Describe(t.Context(), "/nonexistent", false); err == nil || err.Error() != "platform /nonexistent: no such file or directory" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a folder", func(t *testing.T) {
		dir := t.TempDir()
		if _, err := Describe(t.Context(), dir, false); err == nil || err.Error() != "platform "+dir+": it is not a file" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("enough"))
		path := workertest.Script(t, "sleep 1000")
		if _, err := Describe(ctx, path, false); err == nil || !strings.HasSuffix(err.Error(), ": enough") {
			t.Errorf("got %v", err)
		}
	})
}

// A worker that would not serve is found before one is needed.
func TestTry(t *testing.T) {
	mill := managedDefinitions()[0]
	tests := []struct{ start, want string }{
		{"", ""},
		{"exit", "platform mill: it ended (exit status 3) without a word of being ready"},
		{"error", "platform mill: it ended (exit status 1) without a word of being ready: platform mill: no mill stream here"},
		{"never", "platform mill: the test has waited long enough"},
	}
	for _, tt := range tests {
		for _, sandbox := range []bool{false, true} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), workertest.Patience, errors.New("the test has waited too long"))
			defer cancel()
			if tt.start == "never" {
				ctx, cancel = context.WithTimeoutCause(ctx, 300*time.Millisecond, errors.New("the test has waited long enough"))
				defer cancel()
			}
			err := Try(ctx, mill, Options{Sandbox: sandbox, Config: map[string][]byte{"mill": fmt.Appendf(nil, `{"start":%q}`, tt.start)}})
			if got := strings.TrimSuffix(fmt.Sprint(err), ": "+workertest.NoCoverage); got != tt.want && (tt.want != "" || err != nil) {
				t.Errorf("start %q, sandbox %v: %q, want %q", tt.start, sandbox, got, tt.want)
			}
		}
	}
	for _, s := range scripts {
		d, err := Describe(t.Context(), scriptPath(t, s.file, s.interpreter), true)
		if err != nil {
			t.Fatal(err)
		}
		if err := Try(t.Context(), d, Options{Sandbox: true}); err != nil {
			t.Errorf("%s: %v", s.file, err)
		}
	}
}

package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/middleware"
)

// journal is a log that a test reads while it is written.
type journal struct {
	mu   sync.Mutex // guards the fields below
	text bytes.Buffer
	trap string // a message for which writing panics; "" is none
}

func (j *journal) lay(trap string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.trap = trap
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Write(line)
	if j.trap != "" && bytes.Contains(line, []byte(`"msg":"`+j.trap)) {
		panic("the trap was sprung")
	}
	return len(line), nil
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// line returns the attributes of the first line that has a text.
func (j *journal) line(t *testing.T, text string) map[string]any {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, text) {
			var attrs map[string]any
			if err := json.Unmarshal([]byte(line), &attrs); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			return attrs
		}
	}
	t.Fatalf("no line of the log has %q:\n%s", text, &j.text)
	return nil
}

var internalText = regexp.MustCompile(`^internal error [0-9a-f]{8}$`)

// wantInternal checks an answer, and that the log has what happened under its id.
func wantInternal(t *testing.T, j *journal, answer map[string]any, what string) {
	t.Helper()
	text, _ := answer["error"].(string)
	if !internalText.MatchString(text) || answer["code"] != "internal" {
		t.Fatalf("answered with %v", answer)
	}
	line := j.line(t, text)
	if line["level"] != "ERROR" || line["panic"] != what || !strings.Contains(line["stack"].(string), "contain_test.go") {
		t.Errorf("the log says %v", line)
	}
	if shown, _ := json.Marshal(answer); strings.Contains(string(shown), what) || strings.Contains(string(shown), ".go:") {
		t.Errorf("the client reads where it happened: %s", shown)
	}
}

// clumsy is a step of an embedding program that stumbles.
func clumsy(before bool) middleware.Hook {
	return middleware.Hook{Before: before, Handler: func(_ context.Context, c *middleware.Call) error {
		if payload, ok := c.Payload.(*activity.Object); ok && payload.Object("object").Text("content") == "trip" {
			panic("the hook stumbled")
		}
		return nil
	}}
}

// What panics while an event is handled costs its client one error.
func TestPanicOfAHookIsAnswered(t *testing.T) {
	for name, before := range map[string]bool{"before the checks": true, "after the checks": false} {
		t.Run(name, func(t *testing.T) {
			var log journal
			_, address := startGateway(t, func(o *Options) {
				o.Hooks = []middleware.Hook{clumsy(before)}
				o.Log = log.logger()
				o.Limits.JobsPerSession = 1
			})
			c := dial(t, address, "")
			trip := activityOf("dummy", "echo", "a", "object", map[string]any{"type": "message", "content": "trip"})
			for range 3 { // and none of them counts as a job that is still open
				wantInternal(t, &log, c.emit("message", trip), "the hook stumbled")
			}
			wantInternal(t, &log, c.emit("credentials", activityOf("larder", "credentials", "a", "object", map[string]any{"type": "credentials", "content": "trip"})), "the hook stumbled")
			c.send("message", trip)
			if got := c.event("error"); !internalText.MatchString(got["summary"].(string)) {
				t.Errorf("without an acknowledgement: %v", got)
			}
			if got := c.emit("message", activityOf("dummy", "echo", "a", "object", map[string]any{"type": "message", "content": "walk"})); got["error"] != nil {
				t.Errorf("afterwards: %v", got)
			}
		})
	}
}

func TestPanicInAnHTTPActionIsAnswered(t *testing.T) {
	var log journal
	_, address := startGateway(t, func(o *Options) {
		o.Hooks = []middleware.Hook{clumsy(true)}
		o.Log = log.logger()
		o.HTTPActions = &httpactions.Options{}
	})
	object := func(kind, content string) map[string]any { return map[string]any{"type": kind, "content": content} }
	body, err := json.Marshal([]any{
		activityOf("dummy", "echo", "a", "object", object("message", "trip")),
		activityOf("larder", "credentials", "a", "object", object("credentials", "trip")),
		activityOf("dummy", "echo", "a", "object", object("message", "walk")),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"the first time", "again"} {
		r, err := http.NewRequest("POST", "http://"+address+"/sockethub-http", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Request-Id", "r1")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		errors, fine := 0, 0
		for line := range strings.Lines(string(text)) {
			var answer map[string]any
			if err := json.Unmarshal([]byte(line), &answer); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			switch {
			case answer["type"] == "credentials-ack":
				answer["code"] = "internal" // the line of credentials has the text only
				fallthrough
			case answer["error"] != nil:
				errors++
				wantInternal(t, &log, answer, "the hook stumbled")
			default:
				fine++
			}
		}
		if response.StatusCode != 200 || errors != 2 || fine != 1 {
			t.Errorf("%s: %d %s", when, response.StatusCode, text)
		}
	}
}

// What a worker says is handled where a panic would end the server.
func TestPanicWhileAWorkerIsHeard(t *testing.T) {
	var log journal
	_, address := startGateway(t, func(o *Options) { o.Log = log.logger() })
	a, b := login(t, address, "polly@cage.test", "cracker"), login(t, address, "polly@cage.test", "cracker")
	log.lay("dropping malformed outbound message")
	// The second activity of a squawk is malformed, which the log is told of.
	if got := a.emit("message", say("squawk", "hello")); got["error"] != nil {
		t.Errorf("squawk: %v", got)
	}
	if line := log.line(t, `"handler":"platform event"`); line["level"] != "ERROR" {
		t.Errorf("the log says %v", line)
	}
	// And so is the answer to a query, for those who did not ask.
	wantInternal(t, &log, a.emit("message", say("query", "hello")), "the trap was sprung")
	if got := b.emit("message", say("send", "hello")); got["error"] != nil {
		t.Errorf("afterwards: %v", got)
	}
}

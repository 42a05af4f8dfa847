package httpactions

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
)

// An id brings back what was posted under it first. Scripts rely on that
// whatever they post again, so another body is not refused; a header says that
// it was one.
func TestAnotherBodyUnderTheSameID(t *testing.T) {
	s := start(t, Options{})
	first := message("echo", "one")
	s.do(post("r1", first))
	for name, tt := range map[string]struct{ body, mismatch string }{
		"the same":                {first, ""},
		"with blanks":             {" [ " + strings.Replace(first, ",", " ,\n", 1) + " ] ", ""},
		"in an envelope":          {`{"messages":[` + first + `],"requestId":"r9"}`, ""},
		"another text":            {message("echo", "two"), "true"},
		"one more message":        {`[` + first + `,` + first + `]`, "true"},
		"nothing that can be run": {`[1]`, "true"},
	} {
		r := s.do(post("r1", tt.body))
		if r.StatusCode != 200 || r.contents(t) != "one" || r.Header.Get("X-Idempotent-Replay") != "true" {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
		if got := r.Header.Get("X-Idempotent-Mismatch"); got != tt.mismatch {
			t.Errorf("%s: mismatch %q, want %q", name, got, tt.mismatch)
		}
	}
	if len(s.platforms.log) != 1 {
		t.Errorf("done: %v", s.platforms.log)
	}
	// The same while the first one runs.
	s.send(post("r2", message("exit1", "slow")))
	s.platforms.next(t)
	if r := s.do(post("r2", message("exit1", "other"))); r.StatusCode != 409 || r.Header.Get("X-Idempotent-Mismatch") != "true" {
		t.Errorf("another body while the first is run: %d %s", r.StatusCode, r.body)
	}
}

func TestReplayForms(t *testing.T) {
	s := start(t, Options{})
	s.do(post("r1", message("echo", "one")))
	for name, request := range map[string]string{
		"path":              "GET /sockethub-http/r1 HTTP/1.1\r\nHost: a\r\n\r\n",
		"path and slash":    "GET /Sockethub-HTTP/r1/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"escaped path":      "GET /sockethub-http/%72%31 HTTP/1.1\r\nHost: a\r\n\r\n",
		"query":             "GET /sockethub-http?requestId=r1 HTTP/1.1\r\nHost: a\r\n\r\n",
		"header":            "GET /sockethub-http HTTP/1.1\r\nHost: a\r\nX-Request-Id: r1\r\n\r\n",
		"the other header":  "GET /sockethub-http HTTP/1.1\r\nHost: a\r\nX-Sockethub-Request-Id: r1\r\n\r\n",
		"blank query first": "GET /sockethub-http?requestId=%20 HTTP/1.1\r\nHost: a\r\nX-Request-Id: r1\r\n\r\n",
		"HTTP/1.0":          "GET /sockethub-http/r1 HTTP/1.0\r\n\r\n",
	} {
		if r := s.do(request); r.StatusCode != 200 || r.contents(t) != "one" {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
	}
	for request, status := range map[string]int{
		"HEAD /sockethub-http/r1":       200,
		"HEAD /sockethub-http/r2":       404,
		"HEAD /sockethub-http":          400,
		"GET /sockethub-http/a%2Fb":     400,
		"GET /sockethub-http/a/b":       404,
		"POST /sockethub-http/r1":       404,
		"OPTIONS /sockethub-http/a/b":   404,
		"TRACE /sockethub-http":         404,
		"GET /sockethub-http//":         404,
		"GET /sockethub-httpx":          404,
		"DELETE /sockethub-http/r1":     404,
		"GET /sockethub-http/../secret": 404,
	} {
		r := s.do(request + " HTTP/1.1\r\nHost: a\r\n\r\n")
		if r.StatusCode != status {
			t.Errorf("%s: %d %s, want %d", request, r.StatusCode, r.body, status)
		}
		if status == 404 && !strings.HasPrefix(request, "HEAD") && string(r.body) != `{"error":"not found"}` {
			t.Errorf("%s: %s", request, r.body)
		}
		if strings.HasPrefix(request, "HEAD") && len(r.body) > 0 {
			t.Errorf("%s has a body: %s", request, r.body)
		}
	}
}

// Without an id there is one all the same, under which nothing is kept.
func TestMintedID(t *testing.T) {
	s := start(t, Options{OptionalRequestID: true})
	request := raw("POST", "/sockethub-http", "Content-Type: application/json\r\n", message("echo", "one"))
	r, again := s.do(request), s.do(request)
	id := r.Header.Get("X-Request-Id")
	if r.contents(t) != "one" || len(id) != 16 || id == again.Header.Get("X-Request-Id") {
		t.Errorf("ids %q and %q, lines %s", id, again.Header.Get("X-Request-Id"), r.body)
	}
	if r := s.do(get(id)); r.StatusCode != 404 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// Whoever needs the store while it is lost is told so at once.
func TestStoreIsLost(t *testing.T) {
	s := start(t, Options{Replay: brokenStore{}})
	limited := start(t, Options{Limiter: brokenStore{}, RateLimit: ratelimit.Limit{Max: 5}})
	for _, r := range []response{s.do(post("r1", message("echo", "one"))), s.do(get("r1")), limited.do(get("r1"))} {
		if r.StatusCode != 503 || string(r.body) != `{"error":"idempotency store unavailable"}` {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
	if len(s.platforms.log) > 0 {
		t.Errorf("done: %v", s.platforms.log)
	}
}

// flakyStore loses lines while it is down.
type flakyStore struct {
	queue.Replay
	down atomic.Bool
}

func (f *flakyStore) Append(ctx context.Context, id string, line []byte) error {
	if f.down.Load() {
		return errors.New("the store is unavailable")
	}
	return f.Replay.Append(ctx, id, line)
}

func (f *flakyStore) Complete(ctx context.Context, id string, lines ...[]byte) error {
	if f.down.Load() {
		return errors.New("the store is unavailable")
	}
	return f.Replay.Complete(ctx, id, lines...)
}

func TestStoreIsLostWhileARequestRuns(t *testing.T) {
	store, err := queue.OpenMemory(queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close(context.Background()) })
	for _, comesBack := range []bool{true, false} {
		flaky := &flakyStore{Replay: store.Replay()}
		s := start(t, Options{Replay: flaky, Limiter: store.Limiter()})
		id := "back"
		if !comesBack {
			id = "gone"
		}
		x := s.send(post(id, `[`+message("exit1", "slow")+`,`+message("exit1", "slower")+`]`))
		first, second := s.platforms.next(t), s.platforms.next(t)
		flaky.down.Store(true)
		first()
		for deadline := time.Now().Add(waitLimit); ; {
			// The first line has been tried once it could be read.
			if line, err := x.r.ReadString('\n'); err != nil || time.Now().After(deadline) {
				t.Fatal(err)
			} else if strings.Contains(line, `"content":"slow"`) {
				break
			}
		}
		flaky.down.Store(!comesBack)
		second()
		for {
			line, err := x.r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, `"content":"slower"`) {
				break
			}
		}
		if comesBack {
			if got := s.complete(id).contents(t); got != "slow, slower" {
				t.Errorf("replayed %s", got)
			}
			continue
		}
		// A part is never taken for the whole.
		if r := s.do(get(id)); r.StatusCode != 202 {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
}

package httpactions

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/queue"
)

const credentials = `{"@context":["` + activity.ContextAS + `","` + activity.ContextSockethub +
	`","https://sockethub.org/ns/context/platform/irc/v1.jsonld"],"type":"credentials","actor":{"id":"newt","type":"person"},` +
	`"object":{"type":"credentials","nick":"newt","server":"pond.test","password":"duckweed"}}`

// Credentials are stored before anything is done with them, wherever they stand;
// what is nothing at all is answered next.
func TestOrderOfLines(t *testing.T) {
	s := start(t, Options{})
	r := s.do(post("r1", `[`+message("echo", "one")+`,`+credentials+`,5,`+message("dance", "two")+`,`+credentials+`]`))
	want := "credentials, credentials, unsupported payload type, one, [dummy] /type: must be equal to one of the allowed values"
	if got := r.contents(t); got != want {
		t.Errorf("lines %s\nwant  %s", got, want)
	}
	if got := strings.Join(s.platforms.log, ", "); got != "credentials newt, credentials newt, echo wren@hedge.test" {
		t.Errorf("done: %s", got)
	}
	if strings.Contains(string(r.body), "duckweed") {
		t.Errorf("the response has the password in it: %s", r.body)
	}
}

// Headers come at once, and each line when it is done, whatever is still to come.
func TestLinesAreStreamed(t *testing.T) {
	s := start(t, Options{})
	x := s.send(post("r1", `[`+message("exit1", "slow")+`,`+message("echo", "fast")+`,`+message("exit1", "slower")+`]`))
	r, err := http.ReadResponse(x.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(r.Body)
	next := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), `"content":"`+want+`"`) {
			t.Fatalf("line %q, %v; want that of %s", lines.Text(), lines.Err(), want)
		}
	}
	next("fast")
	first, second := s.platforms.next(t), s.platforms.next(t)
	second()
	next("slower")
	first()
	next("slow")
	if lines.Scan() {
		t.Errorf("one more line: %s", lines.Text())
	}
	if got := s.do(get("r1")).contents(t); got != "fast, slower, slow" {
		t.Errorf("replayed: %s", got)
	}
}

// Nobody has to stay for a result: it is kept, and it is the same.
func TestCallerHangsUp(t *testing.T) {
	s := start(t, Options{})
	x := s.send(post("r1", `[`+message("echo", "fast")+`,`+message("exit1", "slow")+`]`))
	release := s.platforms.next(t)
	x.conn.Close()
	if r := s.do(get("r1")); r.StatusCode != 202 || string(r.body) != `{"status":"in-progress","requestId":"r1"}` {
		t.Errorf("while it runs: %d %s", r.StatusCode, r.body)
	}
	if r := s.do(post("r1", `[`+message("echo", "fast")+`,`+message("exit1", "slow")+`]`)); r.StatusCode != 409 {
		t.Errorf("the same request while it runs: %d %s", r.StatusCode, r.body)
	}
	release()
	if got := s.complete("r1").contents(t); got != "fast, slow" {
		t.Errorf("replayed: %s", got)
	}
}

// complete fetches a request's lines once it is done.
func (s *server) complete(id string) response {
	s.t.Helper()
	for deadline := time.Now().Add(waitLimit); time.Now().Before(deadline); {
		if r := s.do(get(id)); r.StatusCode != 202 {
			return r
		}
	}
	s.t.Fatal("the request is still running")
	return response{}
}

// Answers count for their address until they are written: one that does not fit is
// a line that says so, and nothing is counted at the end.
func TestAnswersAreCounted(t *testing.T) {
	budget := &counted{room: 600}
	s := start(t, Options{Budget: budget})
	r := s.do(post("r1", `[`+message("echo", "short")+`,`+message("echo", strings.Repeat("long", 200))+`]`))
	if got := r.contents(t); got != "short, "+textTooMuch && got != textTooMuch+", short" {
		t.Errorf("lines %s", got)
	}
	x := s.send(post("r2", `[`+message("exit1", "late")+`,`+message("echo", "fast")+`]`))
	release := s.platforms.next(t)
	x.conn.Close()
	release()
	s.complete("r2")
	for deadline := time.Now().Add(waitLimit); budget.now() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are still counted", budget.now())
		}
	}
}

// counted is a Budget with room for so many bytes of anybody.
type counted struct {
	mu         sync.Mutex
	room, used int64
}

func (c *counted) Hold(_ string, n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used+n > c.room {
		return false
	}
	c.used += n
	return true
}

func (c *counted) Free(_ string, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used -= n
}

func (c *counted) now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}

// A caller that does not read holds up nothing but its own connection.
func TestCallerDoesNotRead(t *testing.T) {
	store, err := queue.OpenMemory(queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close(context.Background()) })
	o := Options{MaxPayload: 4 << 20, Replay: store.Replay(), Limiter: store.Limiter()}
	s, other := start(t, o), start(t, o)
	s.writeTimeout = 20 * time.Millisecond
	large := strings.Repeat("x", 200<<10)
	var list []string
	for range 19 {
		list = append(list, message("echo", large))
	}
	x := s.send(post("r1", `[`+strings.Join(list, ",")+`,`+message("exit1", "last")+`]`))
	s.platforms.next(t)()
	if got := other.complete("r1").contents(t); strings.Count(got, large) != 19 || !strings.Contains(got, "last") {
		t.Errorf("%d bytes were kept", len(got))
	}
	x.conn.Close()
}

func TestTimeouts(t *testing.T) {
	tests := []struct {
		name          string
		request, idle time.Duration
		want          string
	}{
		{"between two lines", 0, 30 * time.Millisecond, "fast, request idle timeout"},
		{"of the whole request", 30 * time.Millisecond, time.Hour, "fast, request timeout"},
		{"whatever comes first", time.Hour, 30 * time.Millisecond, "fast, request idle timeout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, Options{RequestTimeout: tt.request, IdleTimeout: tt.idle})
			r := s.do(post("r1", `[`+message("exit1", "slow")+`,`+message("echo", "fast")+`]`))
			if got := r.contents(t); got != tt.want {
				t.Errorf("lines %s, want %s", got, tt.want)
			}
			// What comes late is neither streamed nor kept.
			s.platforms.next(t)()
			if got := s.do(get("r1")).contents(t); got != tt.want {
				t.Errorf("replayed %s, want %s", got, tt.want)
			}
			if !strings.Contains(string(r.body), `"requestId":"r1"`) {
				t.Errorf("the line of the timeout does not name the request: %s", r.body)
			}
		})
	}
}

// brokenPipeline is one whose messages panic.
type brokenPipeline struct{ *platforms }

func (p brokenPipeline) Begin(who Identity) Caller {
	return &brokenSession{fakeCaller{p: p.platforms, who: who}}
}

type brokenSession struct{ fakeCaller }

func (s *brokenSession) Message(context.Context, *activity.Object, func([]byte)) { panic("hidden") }

// A request in which something panics is over all the same: for who asks, for
// who asks again, and for its caller.
func TestPanicEndsARequest(t *testing.T) {
	p := newPlatforms()
	var log bytes.Buffer
	s := start(t, Options{Pipeline: brokenPipeline{p}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	r := s.do(post("r1", `[`+credentials+`,`+message("echo", "one")+`]`))
	lines := strings.Split(strings.TrimSpace(string(r.body)), "\n")
	if r.StatusCode != 200 || len(lines) != 2 || !strings.Contains(lines[1], `"error":"internal error `) || strings.Contains(lines[1], "hidden") {
		t.Errorf("answered with %d %s", r.StatusCode, r.body)
	}
	<-p.ended
	if again := s.do(get("r1")); again.StatusCode != 200 || string(again.body) != string(r.body) {
		t.Errorf("asked again: %d %s", again.StatusCode, again.body)
	}
	if !strings.Contains(log.String(), "panic=hidden") || !strings.Contains(log.String(), "run_test.go") {
		t.Errorf("the log has\n%s", &log)
	}
}

// slowStore is a caller whose credentials take as long as they may.
type slowStore struct{ *platforms }

func (p slowStore) Begin(who Identity) Caller {
	return &slowSession{fakeCaller{p: p.platforms, who: who}}
}

type slowSession struct{ fakeCaller }

func (s *slowSession) Credentials(ctx context.Context, _ *activity.Object) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestTimeoutWhileCredentialsAreStored(t *testing.T) {
	p := newPlatforms()
	s := start(t, Options{Pipeline: slowStore{p}, RequestTimeout: 20 * time.Millisecond})
	r := s.do(post("r1", `[`+credentials+`,`+message("echo", "never")+`]`))
	if got := r.contents(t); got != "request timeout" {
		t.Errorf("lines %s", got)
	}
	if len(p.log) > 0 {
		t.Errorf("done: %v", p.log)
	}
}

// Without timers a request waits as long as its job, which is always answered.
func TestWithoutTimeouts(t *testing.T) {
	s := start(t, Options{})
	x := s.send(post("r1", message("exit1", "slow")))
	s.platforms.next(t)()
	if got := x.response("POST").contents(t); got != "slow" {
		t.Errorf("lines %s", got)
	}
}

// The caller of a request lasts as long as it and no longer, and is nobody
// else's.
func TestSessionEnds(t *testing.T) {
	s := start(t, Options{IdleTimeout: 10 * time.Millisecond})
	seen := map[string]bool{}
	for i, body := range []string{message("echo", "x"), `[1]`, credentials, message("exit1", "x")} {
		s.do(post(fmt.Sprint("r", i), body))
		select {
		case id := <-s.platforms.ended:
			if seen[id] || len(id) != len("http:")+16 || !strings.HasPrefix(id, "http:") {
				t.Errorf("caller %q, seen before: %v", id, seen[id])
			}
			seen[id] = true
		default:
			t.Errorf("the caller of %s has not ended with its response", body)
		}
	}
	s.do(get("r0"))
	s.do(post("r0", message("echo", "x")))
	if len(s.platforms.ended) > 0 {
		t.Error("a replay had a caller")
	}
}

func TestShutdownWaits(t *testing.T) {
	s := start(t, Options{})
	x := s.send(post("r1", message("exit1", "slow")))
	release := s.platforms.next(t)
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	for {
		// It refuses what is new as soon as it has begun.
		r := s.do(post("r2", message("echo", "new")))
		if r.StatusCode == 503 {
			if string(r.body) != `{"error":"server is shutting down"}` {
				t.Errorf("body %s", r.body)
			}
			break
		}
		if r.StatusCode != 200 {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
	}
	select {
	case err := <-done:
		t.Fatalf("Shutdown returned %v while a request ran", err)
	default:
	}
	release()
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if got := x.response("POST").contents(t); got != "slow" {
		t.Errorf("lines %s", got)
	}
	if got := s.do(get("r1")).contents(t); got != "slow" {
		t.Errorf("replayed after the shutdown: %s", got)
	}
}

func TestShutdownCutsWhatLastsTooLong(t *testing.T) {
	s := start(t, Options{})
	x := s.send(post("r1", message("exit1", "slow")))
	s.platforms.next(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); err != context.Canceled {
		t.Errorf("Shutdown: %v", err)
	}
	if got := x.response("POST").contents(t); got != "server is shutting down" {
		t.Errorf("lines %s", got)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("a second Shutdown: %v", err)
	}
	if got := s.complete("r1").contents(t); got != "server is shutting down" {
		t.Errorf("replayed %s", got)
	}
}

// Of many who send the same request at once, one has it run.
func TestSameRequestAtOnce(t *testing.T) {
	s := start(t, Options{})
	var group sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			r := s.do(post("r1", message("echo", "once")))
			mu.Lock()
			defer mu.Unlock()
			statuses[r.StatusCode]++
		}()
	}
	group.Wait()
	if len(s.platforms.log) != 1 || statuses[200] == 0 || statuses[200]+statuses[409] != 20 {
		t.Errorf("statuses %v, done: %v", statuses, s.platforms.log)
	}
}

// A result that the store does not take is replaced by a line that says so.
func TestResultTooLargeToKeep(t *testing.T) {
	store, err := queue.OpenMemory(queue.Options{MaxReplayBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close(context.Background()) })
	s := start(t, Options{Replay: store.Replay(), Limiter: store.Limiter()})
	large := strings.Repeat("x", 2000)
	if got := s.do(post("r1", message("echo", large))).contents(t); got != large {
		t.Errorf("streamed %s", cut(got))
	}
	if got := s.do(get("r1")).contents(t); got != "result is too large to be kept" {
		t.Errorf("replayed %s", cut(got))
	}
}

package httpactions

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/redis"
	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/testdata/peer"
)

// startRedis starts a redis-server, which ends with the test or before.
func startRedis(t *testing.T) (url string, kill func()) {
	t.Helper()
	// Paths of sockets must be short; the test's own folder need not be.
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(peer.Program(t, "redis-server"), "--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--appendonly", "no")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	kill = func() {
		if !killed {
			killed = true
			cmd.Process.Kill()
			cmd.Wait()
		}
	}
	t.Cleanup(func() {
		kill()
		os.RemoveAll(dir)
	})
	for deadline := time.Now().Add(waitLimit); ; {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
			return "unix://" + socket, kill
		}
		if time.Now().After(deadline) {
			t.Fatalf("redis-server does not listen: %v", err)
		}
	}
}

func openRedis(t *testing.T, url string) queue.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	store, err := redis.Open(ctx, redis.Options{URL: url, Secret: "a secret for two servers"})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// What was asked of one server can be fetched from another, and from one that
// is started later.
func TestSeveralServersOnRedis(t *testing.T) {
	url, _ := startRedis(t)
	firstStore, secondStore := openRedis(t, url), openRedis(t, url)
	limit := ratelimit.Limit{Max: 6, Window: time.Hour}
	first := start(t, Options{Replay: firstStore.Replay(), Limiter: firstStore.Limiter(), RateLimit: limit})
	second := start(t, Options{Replay: secondStore.Replay(), Limiter: secondStore.Limiter(), RateLimit: limit})

	body := `[` + message("exit1", "slow") + `,` + message("echo", "fast") + `]`
	x := first.send(post("r1", body))
	release := first.platforms.next(t)
	for request, status := range map[string]int{post("r1", body): 409, get("r1"): 202, post("r1", message("echo", "other")): 409} {
		if r := second.do(request); r.StatusCode != status {
			t.Errorf("while it runs: %d %s, want %d", r.StatusCode, r.body, status)
		}
	}
	release()
	if got := x.response("POST").contents(t); got != "fast, slow" {
		t.Errorf("lines %s", got)
	}
	for name, r := range map[string]response{"GET": second.do(get("r1")), "POST": second.do(post("r1", body))} {
		if r.StatusCode != 200 || r.contents(t) != "fast, slow" || r.Header.Get("X-Idempotent-Replay") != "true" {
			t.Errorf("%s at the other server: %d %s", name, r.StatusCode, r.body)
		}
	}
	// Both count together.
	if r := second.do(get("r1")); r.StatusCode != 429 {
		t.Errorf("the seventh request of an address: %d", r.StatusCode)
	}
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	for _, store := range []queue.Store{firstStore, secondStore} {
		if err := store.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	thirdStore := openRedis(t, url)
	defer thirdStore.Close(ctx)
	third := start(t, Options{Replay: thirdStore.Replay(), Limiter: thirdStore.Limiter(), RateLimit: limit})
	if r := third.do(get("r1")); r.StatusCode != 200 || r.contents(t) != "fast, slow" {
		t.Errorf("at a server started later: %d %s", r.StatusCode, r.body)
	}
}

// Without Redis a request is refused, and does not hang.
func TestRedisIsGone(t *testing.T) {
	url, kill := startRedis(t)
	store := openRedis(t, url)
	defer func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		store.Close(ctx)
	}()
	s := start(t, Options{Replay: store.Replay(), Limiter: store.Limiter(), RateLimit: ratelimit.Limit{Max: 100}})
	if r := s.do(post("r1", message("echo", "one"))); r.StatusCode != 200 {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	kill()
	for _, request := range []string{post("r2", message("echo", "two")), get("r1")} {
		if r := s.do(request); r.StatusCode != 503 || string(r.body) != `{"error":"idempotency store unavailable"}` {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
	if got := len(s.platforms.log); got != 1 {
		t.Errorf("done: %v", s.platforms.log)
	}
}

// A record that somebody changed in Redis is answered as a store that fails, and
// nothing of it is shown; the request is not done a second time either.
func TestChangedRecord(t *testing.T) {
	url, _ := startRedis(t)
	store := openRedis(t, url)
	s := start(t, Options{Replay: store.Replay(), Limiter: store.Limiter(), RateLimit: ratelimit.Limit{Max: 100}})
	body := `[` + message("echo", "one") + `,` + message("echo", "two") + `]`
	if r := s.do(post("r1", body)); r.StatusCode != 200 {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	conn, err := redigo.Dial("unix", strings.TrimPrefix(url, "unix://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	keys, err := redigo.Strings(conn.Do("KEYS", "*:request:*"))
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %q, %v", keys, err)
	}
	second, err := conn.Do("LINDEX", keys[0], 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Do("LSET", keys[0], 1, second); err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{get("r1"), post("r1", body)} {
		if r := s.do(request); r.StatusCode != 503 || string(r.body) != `{"error":"idempotency store unavailable"}` {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
	if got := len(s.platforms.log); got != 2 {
		t.Errorf("done: %v", s.platforms.log)
	}
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	if err := store.Close(ctx); err != nil {
		t.Error(err)
	}
}

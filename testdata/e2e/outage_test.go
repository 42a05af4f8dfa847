package e2e

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/gomodule/redigo/redis"
)

// Without its Redis the server stays up and answers whatever comes with an
// error that says why; it goes on by itself when Redis is back, and the log says
// both once.
func TestRedisIsGone(t *testing.T) {
	for name, fault := range map[string]struct{ lose, mend func(r *redisServer) }{
		"killed": {func(r *redisServer) { r.kill() }, func(r *redisServer) { r.start() }},
		"frozen": {func(r *redisServer) { r.cmd.Process.Signal(syscall.SIGSTOP) }, func(r *redisServer) { r.cmd.Process.Signal(syscall.SIGCONT) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRedis(t, true)
			s := startServer(t, withActions(nil), "REDIS_URL="+r.url())
			c := startClients(t).connect("c", s.url, transports["websocket"])
			c.mustEmit("message", dummy("echo", "before"))
			fault.lose(r)

			acks := []chan report{
				c.start(1, "message", dummy("echo", "meanwhile")),
				c.start(1, "credentials", dummy("credentials", "meanwhile")),
			}
			for i, event := range []string{"message", "credentials"} {
				if got := ack(t, receive(t, acks[i], event+" without Redis")); got["code"] != "store_unavailable" {
					t.Errorf("%s without Redis: %v", event, got)
				}
			}
			body := `{}`
			res, text := s.do(recordedRequest{Method: "POST", Path: "/sockethub-http", Body: &body,
				Headers: map[string]string{"Content-Type": "application/json", "X-Request-Id": "r-1"}})
			if res.StatusCode != http.StatusServiceUnavailable || strings.TrimSpace(string(text)) != `{"error":"idempotency store unavailable"}` {
				t.Errorf("HTTP action without Redis: %d %s", res.StatusCode, text)
			}
			if status, _ := get(t, s.url+"/readyz"); status != http.StatusServiceUnavailable {
				t.Errorf("ready without Redis: status %d", status)
			}
			if status, _ := get(t, s.url+"/livez"); status != http.StatusOK {
				t.Errorf("alive without Redis: status %d", status)
			}
			if got := c.emit("schemas"); got["platforms"] == nil {
				t.Errorf("schemas without Redis: %v", got)
			}

			fault.mend(r)
			eventually(t, "it goes on", func() bool { return c.emit("message", dummy("echo", "after"))["error"] == nil })
			eventually(t, "it is ready", func() bool { status, _ := get(t, s.url+"/readyz"); return status == http.StatusOK })
			eventually(t, "the log says so", func() bool { return strings.Contains(s.log.String(), "the store is back") })
			for _, line := range []string{"the store cannot be used", "the store is back"} {
				if n := strings.Count(s.log.String(), line); n != 1 {
					t.Errorf("the log says %d times that %s, want once", n, line)
				}
			}
			if err := s.stop(syscall.SIGTERM); err != nil {
				t.Errorf("the server ended with %v", err)
			}
			r.awaitEmpty()
		})
	}
}

// What Redis refuses is told as the reason.
func TestRedisRefuses(t *testing.T) {
	r := startRedis(t, false)
	s := startServer(t, unlimited, "REDIS_URL="+r.url())
	c := startClients(t).connect("c", s.url, transports["websocket"])
	c.mustEmit("message", dummy("echo", "before"))
	admin, err := redis.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for _, tt := range []struct {
		name, want string
		set, reset []any
	}{
		{"full", "the store is full", []any{"maxmemory", "1"}, []any{"maxmemory", "0"}},
		{"a replica", "the store is read-only", []any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			do := func(args []any) {
				t.Helper()
				command := "CONFIG"
				if args[0] == "REPLICAOF" {
					command, args = "REPLICAOF", args[1:]
				} else {
					args = append([]any{"SET"}, args...)
				}
				if _, err := admin.Do(command, args...); err != nil {
					t.Fatal(err)
				}
			}
			do(tt.set)
			for _, event := range []string{"message", "credentials"} {
				verb := map[string]string{"message": "echo", "credentials": "credentials"}[event]
				got := c.emit(event, dummy(verb, "x"))
				if text, _ := got["error"].(string); !strings.Contains(text, tt.want) || got["code"] != "store_unavailable" {
					t.Errorf("%s: %v, want an error with %s", event, got, tt.want)
				}
			}
			do(tt.reset)
			eventually(t, "it goes on", func() bool { return c.emit("message", dummy("echo", "after"))["error"] == nil })
		})
	}
}

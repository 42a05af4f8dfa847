package redis_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/queuetest"
	"github.com/sockethub/sockethub/queue/redis"
	"github.com/sockethub/sockethub/testdata/peer"
)

// leastACL is the rule that docs/redis.md gives operators, after ACL SETUSER.
func leastACL(t *testing.T) []string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^ACL SETUSER (.+)$`).FindStringSubmatch(string(doc))
	if m == nil {
		t.Fatal("docs/redis.md has no ACL SETUSER")
	}
	return strings.Fields(m[1])
}

// A user who may do exactly what the documentation says can do everything, and
// has not one command too many.
func TestLeastACL(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	rule := leastACL(t)
	args := []any{"SETUSER"}
	for _, word := range rule {
		args = append(args, word)
	}
	r.do("ACL", args...)
	asUser := func(o *redis.Options) { o.URL = "unix://sockethub:PASSWORD@" + r.socket }
	r.do("CONFIG", "RESETSTAT")
	queuetest.Run(t, func(t *testing.T) queue.Store { return r.open(asUser) })
	// What the suite does not come to: a list that is written anew, a dead node,
	// an owner whose end Redis is told of, records on a named secret.
	if err := r.open(asUser, func(o *redis.Options) { o.URL += "?db=3" }).Close(context.Background()); err != nil {
		t.Error(err)
	}
	deadNode(t, r)
	s := r.open(asUser, secret(nodeSecret))
	mustPush(t, s, job("irc", "x"), 0)
	redis.Reset(s)
	mustFinish(t, s, mustClaim(t, s, "irc", 1), 1)
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	r.do("FLUSHALL")

	stats := string(r.do("INFO", "commandstats").([]byte))
	for _, word := range rule[4:] {
		if !strings.Contains(stats, "cmdstat_"+word[1:]+":") {
			t.Errorf("%s is permitted and never used", word)
		}
	}
}

// An operator is told the command and the key that Redis refused; a client is not.
func TestRefusalsAtTheStartNameCommandAndKey(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	tests := []struct {
		name string
		rule []any
		want string
	}{
		{"a command", []any{"~sockethub:*", "+@all", "-sadd"}, `redis: SADD sockethub:\w+:nodes: the store does not permit a command or a key that this server needs`},
		{"no MULTI", []any{"~sockethub:*", "+@all", "-multi"}, `redis: MULTI: the store does not permit`},
		{"a key", []any{"~other:*", "+@all"}, `redis: SADD sockethub:\w+:nodes: the store does not permit`},
		{"nothing", []any{"~*"}, `redis: PING: the store does not permit`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.do("ACL", append([]any{"SETUSER", "u", "reset", "on", ">p"}, tt.rule...)...)
			o := redis.Options{URL: "unix://u:p@" + r.socket}
			o.Hasty()
			o.Log = quiet()
			for what, err := range map[string]error{"Check": redis.Check(t.Context(), o), "Open": open(t, o)} {
				if err == nil || !regexp.MustCompile("^"+tt.want).MatchString(err.Error()) {
					t.Errorf("%s: %v, want %s", what, err, tt.want)
				}
			}
		})
	}
}

// open tries to open a store.
func open(t *testing.T, o redis.Options) error {
	s, err := redis.Open(t.Context(), o)
	if err == nil {
		s.Close(context.Background())
	}
	return err
}

// What is no single Redis is told apart, by the start and by the check of it.
func TestNotASingleRedis(t *testing.T) {
	t.Parallel()
	alone := startRedis(t)
	defer alone.kill()
	replica := startRedis(t)
	replica.do("REPLICAOF", "127.0.0.1", "1")
	cluster := startRedis(t, "--port", fmt.Sprint(freePort(t)), "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(freePort(t)))
	whole := startRedis(t, "--port", fmt.Sprint(freePort(t)), "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(freePort(t)))
	whole.do("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	eventually(t, "the cluster is whole", func() bool {
		return strings.Contains(string(whole.do("CLUSTER", "INFO").([]byte)), "cluster_state:ok")
	})
	tests := []struct{ name, url, want string }{
		{"replica", replica.url(), "the store is read-only: a replica, where the Redis is needed that it copies"},
		{"cluster without slots", cluster.url(), "the store is a Redis Cluster: its URL begins with redis+cluster://"},
		{"cluster", whole.url(), "the store is a Redis Cluster: its URL begins with redis+cluster://"},
		{"sentinel", startSentinel(t), "the store is a Sentinel: its URL begins with redis+sentinel://"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := redis.Options{URL: tt.url}
			o.Hasty()
			o.Log = quiet()
			for what, err := range map[string]error{"Check": redis.Check(t.Context(), o), "Open": open(t, o)} {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: %v, want %q", what, err, tt.want)
				}
			}
		})
	}
}

// startSentinel starts one that watches nothing, and returns its URL.
func startSentinel(t *testing.T) string {
	t.Helper()
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	port := fmt.Sprint(freePort(t))
	if err := os.WriteFile(config, []byte("port "+port+"\nbind 127.0.0.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(peer.Program(t, "redis-server"), config, "--sentinel")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	url := "redis://127.0.0.1:" + port
	eventually(t, "the Sentinel answers", func() bool {
		o := redis.Options{URL: url}
		o.Hasty()
		o.Log = quiet()
		err := open(t, o)
		return err != nil && !strings.Contains(err.Error(), "cannot be reached")
	})
	return url
}

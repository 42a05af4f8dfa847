package redis_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/queuetest"
	"github.com/sockethub/sockethub/queue/redis"
)

// tcp starts a server that also listens on a port, and is copied without delay.
func tcp(t *testing.T, args ...string) (*server, string) {
	t.Helper()
	port := fmt.Sprint(freePort(t))
	return startRedis(t, append([]string{"--bind", "127.0.0.1", "--port", port, "--repl-diskless-sync-delay", "0"}, args...)...), port
}

// insist runs a command until the server knows enough to do it.
func (s *server) insist(command string, args ...any) {
	s.t.Helper()
	c := s.connect()
	defer c.Close()
	eventually(s.t, fmt.Sprint(command, args), func() bool {
		_, err := c.Do(command, args...)
		return err == nil
	})
}

// says reports whether the answer to a command has a text. A server that changes
// its place ends connections: then it says nothing.
func (s *server) says(text, command string, args ...any) bool {
	c, err := redigo.Dial("unix", s.socket, s.dial...)
	if err != nil {
		return false
	}
	defer c.Close()
	reply, _ := c.Do(command, args...)
	return strings.Contains(fmt.Sprintf("%s", reply), text)
}

// watched is a Redis with a replica, and a Sentinel that changes their places.
type watched struct {
	one, two *server
	sentinel *server
	url      string
}

// startWatched has a Sentinel that wants the same password as Redis, and before it
// in the URL one that is dead.
func startWatched(t *testing.T) *watched {
	t.Helper()
	const password = "s3cret"
	protected := []string{"--requirepass", password, "--masterauth", password}
	w := &watched{}
	var port string
	w.one, port = tcp(t, protected...)
	w.one.dial = []redigo.DialOption{redigo.DialPassword(password)}
	w.two, _ = tcp(t, append(protected, "--replicaof", "127.0.0.1 "+port)...)
	w.two.dial = w.one.dial
	eventually(t, "the replica has copied", func() bool {
		return w.two.says("master_link_status:up", "INFO", "replication")
	})
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	watch := "sentinel monitor mymaster 127.0.0.1 " + port + " 1\nsentinel auth-pass mymaster " + password +
		"\nsentinel down-after-milliseconds mymaster 300\nsentinel failover-timeout mymaster 3000\n"
	if err := os.WriteFile(config, []byte(watch), 0o600); err != nil {
		t.Fatal(err)
	}
	own := fmt.Sprint(freePort(t))
	w.sentinel = startRedis(t)
	w.sentinel.kill()
	w.sentinel.dial = w.one.dial
	w.sentinel.args = []string{config, "--sentinel", "--bind", "127.0.0.1", "--port", own, "--unixsocket", w.sentinel.socket, "--requirepass", password}
	w.sentinel.start()
	eventually(t, "the Sentinel knows the replica", func() bool {
		known, _ := redigo.Values(w.sentinel.do("SENTINEL", "replicas", "mymaster"), nil)
		return len(known) == 1
	})
	w.url = fmt.Sprintf("redis+sentinel://:%s@127.0.0.1:%d,127.0.0.1:%s/mymaster", password, freePort(t), own)
	return w
}

// What is accepted outlives a failover: one that is asked for, and one since the
// Redis is gone.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	w := startWatched(t)
	store := w.one.open(secret("a secret that many know"), func(o *redis.Options) { o.URL = w.url })
	waits := job("parked", "stays in its line")
	mustPush(t, store, waits, 0)
	if err := store.Credentials().Put(t.Context(), alice, "irc", "alice", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	during(t, store, false, func() {
		w.sentinel.insist("SENTINEL", "failover", "mymaster")
		eventually(t, "the replica takes over", func() bool { return w.two.says("master", "ROLE") })
	})
	// The former one has to be known as a replica before it can take over again.
	eventually(t, "the other follows", func() bool {
		return w.one.says("master_link_status:up", "INFO", "replication")
	})
	during(t, store, false, func() {
		w.two.kill()
		eventually(t, "the first takes over again", func() bool { return w.one.says("master", "ROLE") })
	})
	if got := mustClaim(t, store, "parked", 1); got.ID != waits.ID {
		t.Errorf("job %d waited, got %d", waits.ID, got.ID)
	} else {
		mustFinish(t, store, got, 1)
	}
	if err := store.Close(context.Background()); err != nil {
		t.Error(err)
	}
	// A failover may bring back what was removed: the next server clears that up.
	eventually(t, "nothing is left", func() bool {
		next := w.one.open(secret("a secret that many know"), func(o *redis.Options) { o.URL = w.url })
		if err := next.Close(context.Background()); err != nil {
			t.Error(err)
		}
		return len(w.one.keys()) == 0
	})
}

// Names that no Sentinel knows, and Sentinels that are none, are told apart.
func TestNoSentinel(t *testing.T) {
	t.Parallel()
	w := startWatched(t)
	_, plain := tcp(t)
	for url, want := range map[string]string{
		strings.Replace(w.url, "mymaster", "another", 1): "the Sentinels know no Redis of that name",
		"redis+sentinel://127.0.0.1:" + plain + "/m":     "does not know a command",
		strings.Replace(w.url, "s3cret", "wrong", 1):     "refuses the password",
		"redis+sentinel://127.0.0.1:1/a":                 "cannot be reached",
		"redis+cluster://127.0.0.1:" + plain:             "",
	} {
		o := redis.Options{URL: url}
		o.Hasty()
		o.Log = quiet()
		err := open(t, o)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v tells the password", url, err)
		}
	}
}

// startCluster starts three nodes that serve a third of the slots each, and a
// replica for each.
func startCluster(t *testing.T, args ...string) (nodes []*server, ports []string) {
	t.Helper()
	for range 6 {
		s, port := tcp(t, append([]string{"--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(freePort(t)), "--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0"}, args...)...)
		nodes, ports = append(nodes, s), append(ports, port)
	}
	for i, s := range nodes {
		if i > 0 {
			bus := nodes[0].args[slices.Index(nodes[0].args, "--cluster-port")+1]
			s.do("CLUSTER", "MEET", "127.0.0.1", ports[0], bus)
		}
		if i < 3 {
			s.do("CLUSTER", "ADDSLOTSRANGE", 5461*i+min(i, 1), min(5461*(i+1), 16383))
		}
	}
	for i, s := range nodes[3:] {
		s.insist("CLUSTER", "REPLICATE", nodes[i].do("CLUSTER", "MYID"))
	}
	for i, s := range nodes {
		eventually(t, "the cluster is whole", func() bool {
			return s.says("cluster_state:ok", "CLUSTER", "INFO") && s.says("cluster_known_nodes:6", "CLUSTER", "INFO") &&
				(i < 3 || s.says("master_link_status:up", "INFO", "replication"))
		})
	}
	return nodes, ports
}

// One shard of a Cluster serves a namespace: through the whole suite, a failover
// that is asked for, one since the node is gone, and a slot that goes elsewhere.
func TestCluster(t *testing.T) {
	t.Parallel()
	nodes, ports := startCluster(t)
	url := "redis+cluster://127.0.0.1:" + ports[3] + ",127.0.0.1:" + ports[1] + ",127.0.0.1:" + ports[2]
	open := func(change ...func(*redis.Options)) queue.Store {
		return nodes[0].open(append(change, func(o *redis.Options) { o.URL = url })...)
	}
	queuetest.Run(t, func(t *testing.T) queue.Store { return open() })
	for i, s := range nodes {
		if left := s.keys(); len(left) != 0 {
			t.Errorf("keys are left in node %d: %q", i, left)
		}
	}

	store := open(secret("a secret that many know"))
	waits := job("parked", "stays in its line")
	mustPush(t, store, waits, 0)
	slot, _ := redigo.Int(nodes[0].do("CLUSTER", "KEYSLOT", redis.Prefix(store)+"nodes"), nil)
	home := min(slot/5461, 2)
	serves := func(s *server) bool {
		n, _ := redigo.Int(s.do("CLUSTER", "COUNTKEYSINSLOT", slot), nil)
		return n > 0 && s.says("master", "ROLE")
	}
	if !serves(nodes[home]) {
		t.Fatalf("the keys are not in slot %d of node %d", slot, home)
	}
	during(t, store, false, func() {
		nodes[home+3].do("CLUSTER", "FAILOVER")
		eventually(t, "the replica takes over", func() bool { return serves(nodes[home+3]) })
	})
	eventually(t, "the other follows", func() bool {
		return nodes[home].says("master_link_status:up", "INFO", "replication")
	})
	during(t, store, false, func() {
		nodes[home+3].kill()
		eventually(t, "the first takes over again", func() bool { return serves(nodes[home]) })
	})
	to := (home + 1) % 3
	during(t, store, false, func() {
		from, away := string(nodes[home].do("CLUSTER", "MYID").([]byte)), string(nodes[to].do("CLUSTER", "MYID").([]byte))
		nodes[to].insist("CLUSTER", "SETSLOT", slot, "IMPORTING", from)
		nodes[home].insist("CLUSTER", "SETSLOT", slot, "MIGRATING", away)
		for {
			keys, _ := redigo.Strings(nodes[home].do("CLUSTER", "GETKEYSINSLOT", slot, 3), nil)
			if len(keys) == 0 {
				break
			}
			move := []any{"127.0.0.1", ports[to], "", 0, 5000, "KEYS"}
			for _, key := range keys {
				move = append(move, key)
			}
			nodes[home].do("MIGRATE", move...)
		}
		for _, s := range []*server{nodes[to], nodes[home]} {
			s.do("CLUSTER", "SETSLOT", slot, "NODE", away)
		}
		eventually(t, "the slot has moved", func() bool { return serves(nodes[to]) })
	})
	if got := mustClaim(t, store, "parked", 1); got.ID != waits.ID {
		t.Errorf("job %d waited, got %d", waits.ID, got.ID)
	} else {
		mustFinish(t, store, got, 1)
	}
	if err := store.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if left := nodes[to].keys(); len(left) != 0 {
		t.Errorf("keys are left after Close: %q", left)
	}
}

// Whom a Sentinel or a node names is held to its certificate as well.
func TestLocateOverTLS(t *testing.T) {
	t.Parallel()
	roots, files := certificate(t)
	port := fmt.Sprint(freePort(t))
	one := startRedis(t, "--bind", "127.0.0.1", "--tls-port", port, "--tls-cert-file", files+"/cert.pem", "--tls-key-file", files+"/key.pem",
		"--tls-auth-clients", "no", "--cluster-enabled", "yes", "--tls-cluster", "yes", "--tls-ca-cert-file", files+"/cert.pem", "--cluster-port", fmt.Sprint(freePort(t)))
	one.do("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
	eventually(t, "the cluster is whole", func() bool {
		return one.says("cluster_state:ok", "CLUSTER", "INFO")
	})
	store := one.open(func(o *redis.Options) {
		o.URL, o.TLS = "rediss+cluster://127.0.0.1:"+port, &tls.Config{RootCAs: roots}
	})
	mustPush(t, store, job("irc", "x"), 1)
	if err := store.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

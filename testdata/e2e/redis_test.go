package e2e

import (
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/testdata/peer"
)

// redisServer is a real one, which can be killed and started again.
type redisServer struct {
	t       *testing.T
	address string
	dir     string
	keep    bool // what it holds survives a kill
	cmd     *exec.Cmd
}

func startRedis(t *testing.T, keep bool) *redisServer {
	t.Helper()
	r := &redisServer{t: t, address: freeAddress(t), dir: t.TempDir(), keep: keep}
	r.start()
	t.Cleanup(r.kill)
	return r
}

func (r *redisServer) start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.address)
	args := []string{"--port", port, "--bind", "127.0.0.1", "--dir", r.dir, "--save", ""}
	if r.keep {
		args = append(args, "--appendonly", "yes", "--appendfsync", "always")
	}
	r.cmd = exec.Command(peer.Program(r.t, "redis-server"), args...)
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	eventually(r.t, "redis-server answers", func() bool {
		c, err := redis.Dial("tcp", r.address)
		if err != nil {
			return false
		}
		defer c.Close()
		_, err = c.Do("PING")
		return err == nil
	})
}

// kill ends it as a crash would.
func (r *redisServer) kill() {
	r.cmd.Process.Signal(syscall.SIGKILL)
	r.cmd.Wait()
}

func (r *redisServer) url() string { return "redis://" + r.address }

// keys lists what it holds.
func (r *redisServer) keys() []string {
	r.t.Helper()
	c, err := redis.Dial("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	keys, err := redis.Strings(c.Do("KEYS", "*"))
	if err != nil {
		r.t.Fatal(err)
	}
	return keys
}

// awaitEmpty waits until nothing is left but what HTTP actions may replay.
func (r *redisServer) awaitEmpty() {
	r.t.Helper()
	eventually(r.t, "nothing is left in Redis", func() bool {
		for _, key := range r.keys() {
			if !strings.Contains(key, ":request:") {
				return false
			}
		}
		return true
	})
}

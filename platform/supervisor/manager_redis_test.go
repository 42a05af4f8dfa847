package supervisor

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/redis"
	"github.com/sockethub/sockethub/testdata/peer"
)

// On Redis each step of a job is confirmed later and by another goroutine, so
// that a worker may be gone, or a deadline passed, in between.
func TestOnRedis(t *testing.T) {
	unixOnly(t)
	program := peer.Program(t, "redis-server")
	dir, err := os.MkdirTemp("", "redis") // t.TempDir may be too long for a socket's name
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "s")
	server := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		server.Process.Kill()
		server.Wait()
	}()
	eventually(t, "Redis is there", func() bool {
		c, err := net.Dial("unix", socket)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	manage := func(t testing.TB, change func(*Options)) *managed {
		t.Helper()
		goroutines, files := runtime.NumGoroutine(), countFiles()
		store, err := redis.Open(t.Context(), redis.Options{
			Options: queue.Options{Log: slog.New(slog.DiscardHandler), MaxQueuedJobs: 100_000},
			URL:     "unix://" + socket,
		})
		if err != nil {
			t.Fatal(err)
		}
		return manageOn(t, store, goroutines, files, change)
	}
	t.Run("RedisHangs", func(t *testing.T) {
		g := manage(t, nil)
		in := g.mill()
		put(t, in, "echo", "").want(t, "ok")
		server.Process.Signal(stopSignal)
		defer server.Process.Signal(continueSignal)
		hasty, m := newMessage(in, "echo", "")
		m.Deadline = time.Now().Add(200 * time.Millisecond)
		submit(t, in, m)
		patient := put(t, in, "echo", "")
		hasty.want(t, "timed out: not started in time [deadline]")
		server.Process.Signal(continueSignal)
		patient.want(t, "ok")
	})
	for _, tt := range []struct {
		name string
		test func(*testing.T, starts)
	}{
		{"Order", testOrder},
		{"SlotsAreShared", testSlotsAreShared},
		{"LanesAreShared", testLanesAreShared},
		{"Deadline", testDeadline},
		{"DeadlineInLine", testDeadlineInLine},
		{"ChangeOfActor", testChangeOfActor},
		{"PipelinedBehindFailedConnect", testPipelinedBehindFailedConnect},
		{"DeathOfPersistentWorker", testDeathOfPersistentWorker},
		{"WaitingJobsOutliveWorker", testWaitingJobsOutliveWorker},
		{"IdempotentJobs", testIdempotentJobs},
		{"Storm", testStorm},
		{"Shutdown", testShutdown},
		{"ShutdownDrains", testShutdownDrains},
		{"ShutdownAtOnce", testShutdownAtOnce},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, manage) })
	}
	t.Run("RedisDies", func(t *testing.T) {
		g := manage(t, nil)
		in := g.mill()
		put(t, in, "echo", "").want(t, "ok")
		path, open := gate(t)
		running := put(t, in, "gate", path)
		eventually(t, "the worker has it", func() bool { return in.framed() == 1 })
		server.Process.Kill()
		server.Wait()
		open()
		running.want(t, "ok")
		c, m := newMessage(in, "echo", "")
		if err := in.Submit(t.Context(), m); err == nil { // it may not be noticed yet
			err = errors.New(c.answer(t))
			if !strings.HasSuffix(err.Error(), "[store_unavailable]") {
				t.Errorf("got %v", err)
			}
		} else if e, ok := err.(*platform.JobError); !ok || e.Code != platform.CodeUnavailable {
			t.Errorf("got %v", err)
		}
	})
}

package supervisor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// What can be done in time is done, the rest
// is answered.
func TestShutdown(t *testing.T) { testShutdown(t, manage) }

func testShutdown(t *testing.T, manage starts) {
	g := manage(t, nil)
	in := g.mill()
	put(t, in, "echo", "").want(t, "ok")
	quick := put(t, in, "wait", "200ms")
	stuck := put(t, in, "stuck", "")
	inn := g.inn("al")
	connect(t, inn, "connect", "", "toad").want(t, "ok")
	long := put(t, inn, "stuck", "")
	waiting := put(t, inn, "echo", "")

	g.shutdown(6 * time.Second)
	quick.want(t, "ok")
	stuck.want(t, "outcome unknown: server is shutting down [outcome_unknown]")
	long.want(t, "outcome unknown: server is shutting down [outcome_unknown]")
	waiting.want(t, "server is shutting down [shutting_down]")
	_, m := newMessage(in, "echo", "")
	var e *platform.JobError
	if err := in.Submit(t.Context(), m); !errors.As(err, &e) || e.Code != platform.CodeShuttingDown {
		t.Errorf("a job after it: %v", err)
	}
	if got := g.sink.list(&g.sink.ended); got != "" {
		t.Errorf("clients were told of the end of a connection: %q", got)
	}
}

// While it drains, workers are still started for what was accepted.
func TestShutdownDrains(t *testing.T) { testShutdownDrains(t, manage) }

func testShutdownDrains(t *testing.T, manage starts) {
	g := manage(t, nil)
	var calls []*call
	for range 300 {
		calls = append(calls, put(t, g.mill(), "wait", "10ms"))
	}
	g.shutdown(workertest.Patience)
	for _, c := range calls {
		c.want(t, "ok")
	}
}

// Without time to drain, everything is answered all the same.
func TestShutdownAtOnce(t *testing.T) { testShutdownAtOnce(t, manage) }

func testShutdownAtOnce(t *testing.T, manage starts) {
	g := manage(t, nil)
	var calls []*call
	for range 300 {
		calls = append(calls, put(t, g.mill(), "wait", "1h"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	for _, c := range calls {
		switch got := c.answer(t); got {
		case "server is shutting down [shutting_down]", "outcome unknown: server is shutting down [outcome_unknown]":
		default:
			t.Errorf("got %q", got)
		}
	}
}

// doomedVariable tells the test binary to be a server that will be killed.
const doomedVariable = "SOCKETHUB_TEST_DOOMED"

func TestDoomedServer(t *testing.T) {
	if os.Getenv(doomedVariable) == "" {
		t.Skip("it is a part of TestServerIsKilled")
	}
	g := manage(t, nil)
	in := g.mill()
	fmt.Println("worker", put(t, in, "echo", "").worker(t))
	inn := g.inn("al")
	fmt.Println("worker", connect(t, inn, "connect", "", "toad").worker(t))
	put(t, in, "block", "")
	put(t, inn, "stuck", "")
	eventually(t, "the workers are busy", func() bool { return g.Stats().Platforms["inn"].Running == 1 })
	fmt.Println("ready")
	<-make(chan struct{})
}

// A worker does not outlive the server, whatever it is at.
func TestServerIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it reads /proc")
	}
	server := exec.Command("/proc/self/exe", "-test.run=^TestDoomedServer$", "-test.timeout=2m")
	server.Env = append(os.Environ(), doomedVariable+"=1")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	for s := bufio.NewScanner(out); s.Scan() && s.Text() != "ready"; {
		var pid int
		if _, err := fmt.Sscanf(s.Text(), "worker %d", &pid); err == nil {
			pids = append(pids, pid)
		} else if strings.Contains(s.Text(), "FAIL") {
			t.Errorf("the server: %s", s.Text())
		}
	}
	if len(pids) != 2 || !runs(pids[0]) || !runs(pids[1]) {
		t.Errorf("the server has the workers %v, want two that run", pids)
	}
	server.Process.Kill()
	server.Wait()
	for _, pid := range pids {
		eventually(t, fmt.Sprintf("worker %d is gone", pid), func() bool { return !runs(pid) })
	}
}

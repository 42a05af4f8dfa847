// Package e2e starts the real binary and talks to it as its users do: with the
// socket.io-client of npm, over loopback.
package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the server under test, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "sockethub-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "sockethub")
		build := exec.Command("go", "build", "-o", binary, "github.com/sockethub/sockethub")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the server: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// server is a running binary.
type server struct {
	t    testing.TB
	cmd  *exec.Cmd
	url  string
	log  *output
	done chan struct{} // closed when the process has ended
	err  error         // how; read it after done
}

// unlimited lifts what would stand in the way of a test.
var unlimited = map[string]any{
	"rateLimiter": map[string]any{"maxRequests": 1000000, "maxConnectionsPerIp": 0},
	"logging":     map[string]any{"file": ""},
	"packageConfig": map[string]any{
		"@sockethub/platform-feeds": map[string]any{"allowPrivateAddresses": true},
		"@sockethub/platform-irc":   map[string]any{"allowPrivateAddresses": true},
		"@sockethub/platform-xmpp":  map[string]any{"allowPrivateAddresses": true},
	},
}

// startServer starts the binary with a config file and waits until it answers.
func startServer(t testing.TB, config map[string]any, environment ...string) *server {
	t.Helper()
	return startCommand(t, exec.Command(binary), config, environment...)
}

// startCommand is startServer by a command that leads to the binary.
func startCommand(t testing.TB, cmd *exec.Cmd, config map[string]any, environment ...string) *server {
	t.Helper()
	dir := t.TempDir()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	s := &server{t: t, cmd: cmd, url: "http://" + address, log: &output{}, done: make(chan struct{})}
	s.cmd.Args = append(s.cmd.Args, "--config", file)
	s.cmd.Dir = dir
	s.cmd.Env = append([]string{"HOST=" + host, "PORT=" + port, "PATH=" + os.Getenv("PATH")}, environment...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.done
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.log)
		}
	})
	s.awaitAnswer(address)
	return s
}

// awaitAnswer returns once the server takes connections.
func (s *server) awaitAnswer(address string) {
	s.t.Helper()
	eventually(s.t, "the server answers", func() bool {
		select {
		case <-s.done:
			s.t.Fatalf("the server ended at once: %v\n%s", s.err, s.log)
		default:
		}
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// stop sends a signal and waits until the process has ended.
func (s *server) stop(signal syscall.Signal) error {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.done:
		return s.err
	case <-time.After(patience):
		s.t.Fatalf("the server did not end within %v of %v", patience, signal)
		return nil
	}
}

// workers returns the process ids of the server's workers for a platform.
func (s *server) workers(platform string) []int {
	return workersOf(s.cmd.Process.Pid, platform)
}

// workersOf looks through the process table.
func workersOf(parent int, platform string) []int {
	var pids []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// pid (name) state parent …: the name may hold anything, so read after its end.
		var pid, ppid int
		var state string
		fmt.Sscan(string(text), &pid)
		end := bytes.LastIndexByte(text, ')')
		if _, err := fmt.Sscan(string(text[end+1:]), &state, &ppid); err != nil || ppid != parent || state == "Z" {
			continue
		}
		cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if strings.Contains(string(cmdline), "worker") && strings.Contains(string(cmdline), platform) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// output gathers what a process prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually polls until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if holds() {
			return
		}
	}
	t.Fatalf("waited %v until %s", patience, what)
}

package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// launch runs the binary with a config file, in a folder of its own, and returns
// its exit status and what it printed.
func launch(t *testing.T, config string, environment ...string) (status int, out string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sockethub.config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Dir, cmd.Env = dir, append([]string{"PATH=" + os.Getenv("PATH")}, environment...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

// What keeps the server from starting is said in one line that an operator can
// act on, and the status is 1.
func TestStartRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, busy, _ := net.SplitHostPort(l.Addr().String())
	closed := freeAddress(t)
	tests := []struct {
		name, config string
		environment  []string
		want         []string
	}{
		{"a busy port", `{"logging":{"file":""}}`, []string{"HOST=127.0.0.1", "PORT=" + busy}, []string{busy, "in use"}},
		{"an unknown key", `{"logging":{"bar":1}}`, nil, []string{"logging.bar"}},
		{"a value out of range", `{"sockethub":{"port":99999}}`, nil, []string{"sockethub.port", "65535"}},
		{"no JSON", `{"logging":`, nil, []string{"sockethub.config.json"}},
		{"no boolean", `{}`, []string{"SOCKETHUB_HTTP_ACTIONS_ENABLED=maybe"}, []string{"SOCKETHUB_HTTP_ACTIONS_ENABLED"}},
		{"no platform", `{"platforms":[]}`, nil, []string{"platforms"}},
		{"a program that is no platform", `{"platforms":["/bin/false"],"logging":{"file":""}}`, []string{"HOST=127.0.0.1", "PORT=0"}, []string{"/bin/false"}},
		{"a Redis that is not there", `{"redis":{"connectTimeout":300},"logging":{"file":""}}`,
			[]string{"HOST=127.0.0.1", "PORT=0", "REDIS_URL=redis://:planted@" + closed}, []string{"redis"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out := launch(t, tt.config, tt.environment...)
			if status != 1 {
				t.Errorf("status %d, want 1: %s", status, out)
			}
			lines := strings.Split(strings.TrimSpace(out), "\n")
			last := lines[len(lines)-1]
			for _, want := range tt.want {
				if !strings.HasPrefix(last, "Error: ") || !strings.Contains(last, want) {
					t.Errorf("the last line is %q, want an error that names %s", last, want)
				}
			}
			if strings.Contains(out, "goroutine ") || strings.Contains(out, "planted") {
				t.Errorf("printed a stack or a password: %s", out)
			}
		})
	}
}

// A log file that cannot be written is a warning, and the server serves.
func TestStartWithoutItsLogFile(t *testing.T) {
	s := startServer(t, withStore(map[string]any{"logging": map[string]any{"file": "/proc/no/such/folder/sockethub.log"}}))
	c := startClients(t).connect("c", s.url, transports["websocket"])
	if got := c.emit("message", dummy("echo", "x")); got["error"] != nil {
		t.Errorf("echo: %v", got)
	}
	if !strings.Contains(s.log.String(), "/proc/no/such/folder/sockethub.log") {
		t.Error("the log does not name the file that cannot be written")
	}
}

// Without any configuration the server prints the address to open.
func TestStartPrintsTheAddress(t *testing.T) {
	s := startServer(t, map[string]any{})
	eventually(t, "the address is printed", func() bool {
		return regexp.MustCompile(`examples served at ` + regexp.QuoteMeta(s.url)).MatchString(s.log.String())
	})
}

// SIGTERM ends an idle server with status 0 though clients are connected in
// every way, and each of them is told.
func TestTerminationOfIdleServer(t *testing.T) {
	s := startServer(t, unlimited)
	all := startClients(t)
	var list []*client
	for name, options := range transports {
		c := all.connect(name, s.url, options)
		c.mustEmit("message", dummy("echo", "hello"))
		list = append(list, c)
	}
	workers := s.workers("dummy")
	began := time.Now()
	if err := s.stop(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v, want status 0", err)
	}
	t.Logf("ended after %v", time.Since(began).Round(time.Millisecond))
	for _, c := range list {
		c.event("disconnect")
	}
	awaitGone(t, workers)
}

// Clients that are no longer there, or never take their leave, hold nobody up:
// the server ends long before shutdown.timeoutMs.
func TestTerminationWithDeafClients(t *testing.T) {
	s := startServer(t, withStore(map[string]any{"shutdown": map[string]any{"timeoutMs": 3600_000}}))
	s.dialRaw() // answers no close frame
	s.dialRaw().write("42[bad")
	get(t, s.url+"/sockethub/?EIO=4&transport=polling") // never polls again
	silent, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	began := time.Now()
	if err := s.stop(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v, want status 0", err)
	}
	t.Logf("ended after %v", time.Since(began).Round(time.Millisecond))
}

// Time from the start to the first answer, and from SIGTERM to the end.
func BenchmarkStartAndStop(b *testing.B) {
	for b.Loop() {
		address := freeAddress(b)
		host, port, _ := net.SplitHostPort(address)
		cmd := exec.Command(binary)
		cmd.Dir, cmd.Env = b.TempDir(), []string{"HOST=" + host, "PORT=" + port, "LOG_LEVEL=error"}
		began := time.Now()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		for {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
				break
			}
			if time.Since(began) > patience {
				b.Fatal("the server never answered")
			}
			time.Sleep(time.Millisecond)
		}
		ready := time.Since(began)
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(ready.Microseconds())/1000, "ms-to-serve")
	}
}

package irc

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/server/activity"
	"github.com/sockethub/server/platform"
	"github.com/sockethub/server/queue"
)

// TestMain lets the test binary be the workers that the tests start.
func TestMain(m *testing.M) {
	platform.Main(Definition())
	os.Exit(m.Run())
}

// sink passes results and events on.
type sink struct {
	results chan error
	events  chan *activity.Object
}

func (s sink) Result(_ *platform.Instance, _ platform.Request, _ *activity.Object, err error) {
	s.results <- err
}
func (s sink) Event(_ *platform.Instance, a *activity.Object, _, _ string) { s.events <- a }
func (s sink) Actor(*platform.Instance, platform.Key, platform.Key)        {}
func (s sink) Unauthorized(*platform.Instance, string)                     {}
func (s sink) Ended(*platform.Instance, string)                            {}

// welcome is a server that lets everybody in.
func welcome(t testing.TB, l net.Listener) {
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go func() {
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					line := lines.Text()
					switch {
					case line == "CAP LS 302":
						fmt.Fprint(conn, ":s CAP * LS :server-time batch\r\n")
					case line == "CAP END":
						fmt.Fprint(conn, ":s 001 mara :Welcome\r\n:s 422 mara :No MOTD\r\n")
					case strings.HasPrefix(line, "CAP REQ"):
						fmt.Fprint(conn, ":s CAP * ACK "+strings.TrimPrefix(line, "CAP REQ ")+"\r\n")
					case strings.HasPrefix(line, "PING "):
						fmt.Fprint(conn, ":s PONG s "+strings.TrimPrefix(line, "PING ")+"\r\n")
					case strings.HasPrefix(line, "QUIT"):
						conn.Close()
					}
				}
			}()
		}
	}()
}

// logins connects n users in workers of their own, shut in, one after the other,
// and returns how long each took and how much memory each worker has.
func logins(t testing.TB, n int, secure bool) (times []time.Duration, bytes []int) {
	cert, key := certificate(t, "localhost")
	t.Setenv("SSL_CERT_FILE", writeFile(t, folder(t), "roots.pem", cert))
	t.Setenv("SSL_CERT_DIR", folder(t))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if secure {
		pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
		if err != nil {
			t.Fatal(err)
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}})
	}
	welcome(t, l)
	store, err := queue.OpenMemory(queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := sink{make(chan error, 1), make(chan *activity.Object, 1000)}
	m, err := platform.New(platform.Options{Definitions: []*platform.Definition{Definition()}, Store: store, Sink: out, MaxInstances: n, Sandbox: true, StartsPerSecond: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = m.Shutdown(ctx) // the workers are ended, in time or not
	})
	for i := range n {
		id := fmt.Sprintf("mara%d@localhost", i)
		in, err := m.Instance(platform.Key{Platform: "irc", Actor: id, Scope: "a"})
		if err != nil {
			t.Fatal(err)
		}
		in.Attach("a")
		a := object("@context", canonical(), "type", "connect", "actor", object("id", id, "type", "person"))
		start := time.Now()
		err = in.Submit(context.Background(), platform.Request{Owner: queue.Session{ID: "a"}, Activity: a,
			Credentials: credentialsFor(port, fmt.Sprintf(`,"secure":%v`, secure))})
		if err == nil {
			select {
			case err = <-out.results:
			case <-time.After(patience):
				t.Fatal("no answer")
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	for _, info := range m.Instances() {
		bytes = append(bytes, residentShare(t, info.PID))
	}
	return times, bytes
}

// residentShare is a process's proportional share of memory; 0 where the system
// does not tell.
func residentShare(t testing.TB, pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
			kib, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	return 0
}

// A worker connects from inside the sandbox, plain and verified.
func TestWorker(t *testing.T) {
	for _, secure := range []bool{false, true} {
		logins(t, 2, secure)
	}
}

// BenchmarkLogins tells what a login costs: time from the job to its answer, with
// the start of the worker, and memory.
func BenchmarkLogins(b *testing.B) {
	for _, secure := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "TLS"}[secure], func(b *testing.B) {
			for b.Loop() {
				times, bytes := logins(b, 100, secure)
				slices.Sort(times)
				slices.Sort(bytes)
				b.ReportMetric(float64(times[50].Microseconds())/1000, "ms/login")
				b.ReportMetric(float64(bytes[50])/(1<<20), "MiB/login")
			}
		})
	}
}

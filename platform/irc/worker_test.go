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

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
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

func (s sink) Result(_ *supervisor.Instance, _ *activity.Object, err error) {
	s.results <- err
}
func (s sink) Event(_ *supervisor.Instance, a *activity.Object, _, _ string) { s.events <- a }
func (s sink) Actor(*supervisor.Instance, supervisor.Key, supervisor.Key)    {}
func (s sink) Unauthorized(*supervisor.Instance, string)                     {}
func (s sink) Ended(*supervisor.Instance, string)                            {}

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
	m, out := manager(t, n)
	for i := range n {
		start := time.Now()
		connectWorker(t, m, out, fmt.Sprintf("mara%d@localhost", i), port, fmt.Sprintf(`,"secure":%v`, secure))
		times = append(times, time.Since(start))
	}
	for _, info := range m.Instances() {
		bytes = append(bytes, residentShare(t, info.PID))
	}
	return times, bytes
}

// manager runs workers, shut in.
func manager(t testing.TB, n int) (*supervisor.Manager, sink) {
	t.Helper()
	store, err := queue.OpenMemory(queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := sink{make(chan error, 1), make(chan *activity.Object, 1000)}
	m, err := supervisor.New(supervisor.Options{Definitions: []*platform.Definition{Definition()}, Config: map[string][]byte{"irc": []byte(`{"allowPrivateAddresses":true}`)}, Store: store, Sink: out, MaxInstances: n, JobTimeout: time.Minute, MaxResultBytes: 16 << 20, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = m.Shutdown(ctx) // the workers are ended, in time or not
	})
	return m, out
}

// connectWorker connects a user in a worker of his own.
func connectWorker(t testing.TB, m *supervisor.Manager, out sink, id string, port int, more string) *supervisor.Instance {
	t.Helper()
	in, err := m.Instance(supervisor.Key{Platform: "irc", Actor: id, Scope: "a"})
	if err != nil {
		t.Fatal(err)
	}
	in.Attach("a")
	a := object("@context", canonical(), "type", "connect", "actor", object("id", id, "type", "person"))
	submit(t, in, out, supervisor.Message{Owner: queue.Owner{ID: "a"}, Activity: a, Credentials: credentialsFor(port, more)})
	return in
}

// submit does a job that succeeds.
func submit(t testing.TB, in *supervisor.Instance, out sink, r supervisor.Message) {
	t.Helper()
	r.Asker = out
	err := in.Submit(context.Background(), r)
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

// A worker that is told 26 MB by a hostile server does its jobs, and stays small.
func TestHostileServerAndWorker(t *testing.T) {
	server := newServer(t)
	m, out := manager(t, 1)
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		for {
			select {
			case <-out.events:
			case <-done:
				return
			}
		}
	}()
	go func() {
		conn := <-server.conns
		conn.send(":s CAP * LS :", ":s 001 mara :Welcome", ":mara!m@h JOIN #deck")
		for i := range 2000 {
			conn.send("@x="+strings.Repeat("t", 8000)+fmt.Sprintf(" :s 353 mara = #deck :a%d b%d", i, i), fmt.Sprintf(":mara!m@h JOIN #r%d", i), strings.Repeat("e", 5000),
				fmt.Sprintf(":s BATCH +%d draft/multiline #x", i), fmt.Sprintf(":\x00\xff%d PRIVMSG #deck :x", i))
		}
		for line := range conn.lines {
			if token, ok := strings.CutPrefix(line, "PING "); ok {
				conn.send(":s PONG s " + token)
			}
		}
	}()
	in := connectWorker(t, m, out, "mara@localhost", server.port, "")
	a := object("@context", canonical(), "type", "send", "actor", object("id", "mara@localhost", "type", "person"),
		"target", object("id", "otto", "type", "person", "name", "otto"), "object", message("still here"))
	submit(t, in, out, supervisor.Message{Owner: queue.Owner{ID: "a"}, Activity: a})
	for _, info := range m.Instances() {
		if size := residentShare(t, info.PID); size > 32<<20 && !raceEnabled {
			t.Errorf("the worker has %d MiB", size>>20)
		} else {
			t.Logf("the worker has %d KiB", size>>10)
		}
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

// What packageConfig may hold is what the schema says and the platform takes.
func TestConfigSchema(t *testing.T) {
	schema, err := activity.CompileSchema(configSchema)
	if err != nil {
		t.Fatal(err)
	}
	for text, valid := range map[string]bool{
		`{}`: true,
		`{"connectTimeoutMs":30000,"allowPrivateAddresses":true,"allowedHosts":["*.quay.example"],"refusedHosts":["old.quay.example"],"allowedPorts":[6697],` +
			`"allowPlaintextSecrets":false,"nickSuffix":"_","regain":false,"floodBurst":5,"floodIntervalMs":2000,` +
			`"webirc":{"irc.quay.example":{"password":"x","gateway":"sockethub"}},"bouncer":{"lingerSeconds":86400,"messages":500,"bytes":262144}}`: true,
		`{"allowedPorts":[0]}`: false, `{"allowedHosts":[""]}`: false, `{"floodBurst":0}`: false, `{"floodBurst":1.5}`: false, `{"floodIntervalMs":60001}`: false,
		`{"webirc":{"h":{}}}`: false, `{"webirc":{"h":{"password":"x","more":1}}}`: false, `{"bouncer":{"messages":0}}`: false, `{"bouncer":{"bytes":1}}`: false,
		`{"regain":"yes"}`: false, `{"nick":"x"}`: false, `{"nickSuffix":""}`: false,
	} {
		a, err := activity.ParseObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if broken := schema.Validate(a); (len(broken) == 0) != valid {
			t.Errorf("%s: the schema says %+v", text, broken)
		}
		if _, err := readConfig([]byte(text)); (err == nil) != valid {
			t.Errorf("%s: the platform says %v", text, err)
		}
	}
}

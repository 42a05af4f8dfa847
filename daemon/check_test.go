package daemon

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// startRedis starts a real one, and returns its address.
func startRedis(t *testing.T, args ...string) string {
	t.Helper()
	port := freePort(t)
	dir := t.TempDir()
	cmd := exec.Command(peer.Program(t, "redis-server"), append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", dir}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	eventually(t, "Redis answers", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return "127.0.0.1:" + port
}

func TestCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	environ := []string{"PORT=" + freePort(t)}
	status, stdout, stderr := run(t, environ, "check")
	if status != 0 || stderr != "" {
		t.Errorf("status %d\n%s\n%s", status, stdout, stderr)
	}
	for _, want := range []string{"[+]configuration ok: no file, digest ", "[+]platforms ok: each of caldav, carddav, dummy, feeds", " has started\n", "[+]address ok: ws://localhost:", ", free\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in\n%s", want, stdout)
		}
	}
	const refused = "   irc: servers at addresses that are not public are refused; \"packageConfig\": {\"irc\": {\"allowPrivateAddresses\": true}} allows them\n"
	if !strings.Contains(stdout, refused) || !strings.Contains(stdout, strings.ReplaceAll(refused, "irc", "xmpp")) {
		t.Errorf("private addresses of chat servers are refused, and not a word of it in\n%s", stdout)
	}
	allowed := `{"packageConfig":{"irc":{"allowPrivateAddresses":true},"xmpp":{"allowPrivateAddresses":true}}}`
	if err := os.WriteFile("c.json", []byte(allowed), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, _ = run(t, environ, "check", "-c", "c.json", "--redis.url=redis://:hunter2@127.0.0.1:1")
	if status != 1 || strings.Contains(stdout, "not public") || !strings.Contains(stdout, "a password on the command line can be read by every user") || strings.Contains(stdout, "hunter2") {
		t.Errorf("private addresses are allowed, and the command line has a password: %d\n%s", status, stdout)
	}
	if status, _, stderr := run(t, []string{"PORT=x"}, "check"); status != 1 || !strings.HasPrefix(stderr, "Error: PORT: sockethub.port: ") {
		t.Errorf("a wrong setting: %d %q", status, stderr)
	}
}

// A platform that describes itself well and then does not start is found out.
func TestCheckStartsThePlatforms(t *testing.T) {
	shell := peer.Program(t, "sh")
	t.Chdir(t.TempDir())
	script := "#!" + shell + `
read -r line
case $line in
*describe*) echo '{"type":"describe","protocol":1,"name":"owl","version":"1.0.0","contextUrl":"https://sockethub.org/ns/context/platform/owl/v1.jsonld","schemas":{"messages":{}},"verbs":{"hoot":{}}}' ;;
*) echo '<3>no mouse in sight' >&2; exit 4 ;;
esac
`
	if err := os.WriteFile("owl", []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("c.json", []byte(`{"platforms":["dummy","./owl"],"sandbox":false}`), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, _ := run(t, []string{"PORT=" + freePort(t)}, "check", "-c", "c.json")
	if status != 1 || !strings.Contains(stdout, "[-]platforms failed: platform owl: it ended (exit status 4) without a word of being ready: no mouse in sight\n") {
		t.Errorf("status %d\n%s", status, stdout)
	}
}

func TestCheckFindsAPortInUse(t *testing.T) {
	t.Chdir(t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	other := &http.Server{Addr: "127.0.0.1:" + port, Handler: http.NotFoundHandler()}
	l, err = net.Listen("tcp", other.Addr)
	if err != nil {
		t.Fatal(err)
	}
	go other.Serve(l)
	defer other.Close()
	status, stdout, _ := run(t, []string{"PORT=" + port}, "check")
	if status != 1 || !strings.Contains(stdout, "[-]address failed: another program than Sockethub answers there: 404 Not Found") {
		t.Errorf("status %d\n%s", status, stdout)
	}
	if status, _, stderr := run(t, []string{"PORT=" + port}, "health"); status != 1 || stderr != "another program than Sockethub answers there: 404 Not Found\n" {
		t.Errorf("health of something else: %d %q", status, stderr)
	}
}

// A running server is no reason to refuse its next configuration.
func TestCheckBesideARunningServer(t *testing.T) {
	p := start(t, `{}`, nil)
	url := p.url()
	t.Chdir(t.TempDir())
	environ := []string{"PORT=" + url[strings.LastIndexByte(url, ':')+1:]}
	if status, stdout, _ := run(t, environ, "check"); status != 0 || !strings.Contains(stdout, "a server answers there") {
		t.Errorf("status %d\n%s", status, stdout)
	}
	if status, stdout, stderr := run(t, environ, "health"); status != 0 || stdout != "ok\n" {
		t.Errorf("health: %d %q %q", status, stdout, stderr)
	}
}

func TestCheckOfRedis(t *testing.T) {
	t.Chdir(t.TempDir())
	address := startRedis(t, "--requirepass", "hunter2")
	replica := startRedis(t, "--requirepass", "hunter2", "--replicaof", "127.0.0.1 1")
	tests := []struct {
		url    string
		status int
		want   string
	}{
		{"redis://:hunter2@" + address, 0, "[+]redis ok: redis://***@" + address},
		{"redis://:wrong@" + address, 1, "[-]redis failed: "},
		{"redis://:hunter2@" + replica, 1, "the store is read-only: a replica, where the Redis is needed that it copies"},
		{"redis://127.0.0.1:1", 1, "[-]redis failed: redis://127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused"},
	}
	for _, tt := range tests {
		status, stdout, stderr := run(t, []string{"PORT=" + freePort(t), "REDIS_URL=" + tt.url}, "check")
		if status != tt.status || !strings.Contains(stdout, tt.want) || strings.Contains(stdout+stderr, "hunter2") {
			t.Errorf("%s: status %d\n%s%s", tt.url, status, stdout, stderr)
		}
	}
}

func TestServeOnRedis(t *testing.T) {
	address := startRedis(t)
	p := start(t, `{"admin":{"listen":"0"},"shutdown":{"timeoutMs":1000}}`, []string{"REDIS_URL=redis://" + address})
	p.await("Redis connection verified")
	p.await("no secret is configured")
	url := p.url()
	if status, body := get(t, http.DefaultClient, url+"/readyz"); status != 200 || body != "ok\n" {
		t.Errorf("readyz: %d %q", status, body)
	}
	promtool(t, p.metricsWith(`sockethub_redis_up 1`, `sockethub_redis_round_trips_total [1-9][0-9]*`, `sockethub_redis_commands_total [1-9][0-9]*`,
		`sockethub_redis_connects_total [1-9][0-9]*`, `sockethub_nodes_settled_total 0`))
}

func TestServeWithoutItsRedis(t *testing.T) {
	p := start(t, `{"redis":{"connectTimeout":300}}`, []string{"REDIS_URL=redis://u:hunter2@127.0.0.1:1"})
	if err := p.end(); err == nil {
		t.Error("it ended well")
	}
	if log := p.log(); !strings.Contains(log, "Error: redis redis://***@127.0.0.1:1: ") || strings.Contains(log, "hunter2") {
		t.Errorf("it said\n%s", log)
	}
}

// The test of Sentry fails where nothing came through.
func TestSentryTest(t *testing.T) {
	t.Chdir(t.TempDir())
	bodies := make(chan string, 10)
	status := http.StatusOK
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 1<<16)
		n, _ := r.Body.Read(b)
		select {
		case bodies <- string(b[:n]):
		default:
		}
		w.WriteHeader(status)
	}))
	defer fake.Close()
	environ := []string{"SENTRY_DSN=" + strings.Replace(fake.URL, "http://", "http://key@", 1) + "/1"}
	if code, stdout, stderr := run(t, environ, "--sentry-test"); code != 0 || stdout != "Sentry test event sent\n" {
		t.Errorf("status %d, %q, %q", code, stdout, stderr)
	}
	<-bodies
	if code, _, stderr := run(t, environ, "--sentry-test-crash"); code != 1 || stderr != "Reporting a synthetic fatal error to Sentry\n" {
		t.Errorf("crash: status %d, %q", code, stderr)
	}
	select {
	case <-bodies:
	case <-time.After(patience):
		t.Error("the crash was not reported")
	}
	status = http.StatusForbidden
	if code, stdout, stderr := run(t, environ, "--sentry-test"); code != 1 || stdout != "Sentry test event failed\n" || !strings.Contains(stderr, "403") {
		t.Errorf("refused: status %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, _ := run(t, []string{"SENTRY_DSN=http://key@127.0.0.1:1/1"}, "--sentry-test"); code != 1 || stdout != "Sentry test event failed\n" {
		t.Errorf("nobody there: status %d, %q", code, stdout)
	}
	if code, _, stderr := run(t, []string{"SENTRY_DSN=nonsense"}, "--sentry-test"); code != 1 || !strings.HasPrefix(stderr, "Error: SENTRY_DSN: sentry.dsn: ") {
		t.Errorf("no DSN: status %d, %q", code, stderr)
	}
}

package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// patience is how long a test waits for something that must come.
const patience = time.Minute

// process is a server that runs as a process of its own.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	dir  string
	done chan struct{} // closed when it has ended
	err  error         // how; read it after done

	mu    sync.Mutex // guards lines
	more  *sync.Cond
	lines []string
}

// start starts a server in an empty directory with a config file. It prints
// JSON lines.
func start(t *testing.T, file string, environ []string, prepare ...func(*exec.Cmd)) *process {
	t.Helper()
	p := &process{t: t, dir: t.TempDir(), done: make(chan struct{})}
	p.more = sync.NewCond(&p.mu)
	p.write(file)
	p.cmd = exec.Command(os.Args[0], "-c", "c.json")
	p.cmd.Dir = p.dir
	p.cmd.Env = append([]string{"SERVE_AS_TEST=1", "PORT=0", "LOG_FILE=" + os.DevNull, "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + t.TempDir()}, environ...)
	for _, f := range prepare {
		f(p.cmd)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var reading sync.WaitGroup
	reading.Go(func() {
		defer r.Close()
		for in := bufio.NewScanner(r); in.Scan(); {
			p.mu.Lock()
			p.lines = append(p.lines, in.Text())
			p.more.Broadcast()
			p.mu.Unlock()
		}
	})
	go func() {
		p.err = p.cmd.Wait()
		reading.Wait()
		close(p.done)
		p.mu.Lock()
		p.more.Broadcast()
		p.mu.Unlock()
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("the server's log:\n%s", p.log())
		}
	})
	return p
}

func (p *process) write(file string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "c.json"), []byte(file), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// await returns what a pattern's group matches in the log, once it does.
func (p *process) await(pattern string) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.AfterFunc(patience, func() {
		p.mu.Lock()
		p.more.Broadcast()
		p.mu.Unlock()
	})
	defer late.Stop()
	deadline := time.Now().Add(patience)
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if m := re.FindStringSubmatch(strings.Join(p.lines, "\n")); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-p.done:
			p.t.Fatalf("the server ended (%v) without saying %s:\n%s", p.err, pattern, strings.Join(p.lines, "\n"))
		default:
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("waited %v for %s in\n%s", patience, pattern, strings.Join(p.lines, "\n"))
		}
		p.more.Wait()
	}
}

// url returns the address that the server says to listen on.
func (p *process) url() string {
	p.t.Helper()
	return "http" + p.await(`sockethub listening on ws(s?://[^"]+)"`)
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits until the process has ended and returns how.
func (p *process) end() error {
	p.t.Helper()
	select {
	case <-p.done:
		return p.err
	case <-time.After(patience):
		p.t.Fatalf("the server did not end within %v", patience)
		return nil
	}
}

func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestServe(t *testing.T) {
	p := start(t, `{"shutdown":{"timeoutMs":1000}}`, nil)
	url := p.url()
	for path, want := range map[string]string{"/livez": "ok\n", "/healthz": "ok\n", "/health": "ok\n", "/readyz": "ok\n"} {
		if status, body := get(t, http.DefaultClient, url+path); status != 200 || body != want {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	if status, body := get(t, http.DefaultClient, url+"/sockethub/?EIO=4&transport=polling"); status != 200 || !strings.HasPrefix(body, `0{"sid":"`) {
		t.Errorf("handshake: %d %q", status, body)
	}
	for _, want := range []string{"sockethub v", "no Redis is configured", "examples served at " + url} {
		p.await(regexp.QuoteMeta(want))
	}
	// What it says of itself is for operators only.
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if status, body := get(t, http.DefaultClient, url+path); status == 200 && (strings.Contains(body, "goroutine") || strings.Contains(body, "sockethub_")) {
			t.Errorf("%s is open to everybody: %.200q", path, body)
		}
	}
	p.signal(syscall.SIGTERM)
	if err := p.end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	p.await("sockethub has ended")
}

// Nothing is written where the server stands.
func TestServeWhereNothingCanBeWritten(t *testing.T) {
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("this system has no /proc")
	}
	p := start(t, `{}`, []string{"LOG_FILE=sockethub.log"}, func(cmd *exec.Cmd) {
		cmd.Args[2] = filepath.Join(cmd.Dir, "c.json")
		cmd.Dir = "/proc"
	})
	p.await("the log file cannot be written")
	if status, _ := get(t, http.DefaultClient, p.url()+"/readyz"); status != 200 {
		t.Errorf("it answers %d", status)
	}
}

// What is in progress may end, for as long as shutdown.timeoutMs; a second
// signal does not wait for it.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := start(t, `{"shutdown":{"timeoutMs":3600000}}`, nil)
	address := strings.TrimPrefix(p.url(), "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// A handler that waits for the rest of a body.
	_, body := get(t, http.DefaultClient, "http://"+address+"/sockethub/?EIO=4&transport=polling")
	sid := regexp.MustCompile(`"sid":"([^"]+)"`).FindStringSubmatch(body)[1]
	fmt.Fprintf(conn, "POST /sockethub/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nContent-Type: text/plain\r\n\r\n4", sid)
	p.signal(syscall.SIGTERM)
	p.await("shutting down: terminated")
	if _, err := net.Dial("tcp", address); err == nil {
		// The listener may close a moment after the line; then it is gone for good.
		eventually(t, "nobody new is let in", func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
	}
	p.signal(syscall.SIGINT)
	if err := p.end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if holds() {
			return
		}
	}
	t.Fatalf("waited %v until %s", patience, what)
}

func TestReload(t *testing.T) {
	p := start(t, `{"logging":{"level":"info"},"rateLimiter":{"maxRequests":5}}`, nil)
	url := p.url()
	origin := func() string {
		r, err := http.NewRequest("GET", url+"/sockethub/?EIO=4&transport=polling", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "https://app.example")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.Header.Get("Access-Control-Allow-Origin")
	}
	if got := origin(); got != "*" {
		t.Errorf("before: Access-Control-Allow-Origin is %q", got)
	}
	p.write(`{"logging":{"level":"debug"},"rateLimiter":{"maxRequests":7},"sockethub":{"cors":{"origin":"https://app.example"},"maxPayloadBytes":1000}}`)
	p.signal(syscall.SIGHUP)
	p.await(`"reloaded".*"applied":3,"changed":4`)
	for _, want := range []string{
		`"reload: applied".*"key":"logging.level","old":"\\"info\\"","new":"\\"debug\\""`,
		`"reload: applied".*"key":"rateLimiter.maxRequests","old":"5","new":"7"`,
		`"reload: applied".*"key":"sockethub.cors.origin"`,
		`"reload: this needs a restart".*"key":"sockethub.maxPayloadBytes","old":"262144","new":"1000"`,
	} {
		p.await(want)
	}
	if got := origin(); got != "https://app.example" {
		t.Errorf("after: Access-Control-Allow-Origin is %q", got)
	}
	p.write(`{"logging":{"level":"loud"}}`)
	p.signal(syscall.SIGHUP)
	p.await(`reload refused: c.json:1: logging.level: found \\"loud\\"`)
	if got := origin(); got != "https://app.example" {
		t.Errorf("a refused reload changed something: Access-Control-Allow-Origin is %q", got)
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	// What a server that was killed leaves behind is in nobody's way.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	p := start(t, `{}`, []string{"HOST=unix:" + path})
	p.await("sockethub listening on unix:" + path)
	t.Chdir(t.TempDir())
	if status, stdout, stderr := run(t, []string{"HOST=unix:" + path}, "health"); status != 0 || stdout != "ok\n" {
		t.Errorf("health: %d %q %q", status, stdout, stderr)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	if _, err := listenUnix(path, 0o600); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a socket in use: %v", err)
	}
	plain := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenUnix(plain, 0o600); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file that is no socket: %v", err)
	}
	p.signal(syscall.SIGTERM)
	if err := p.end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the socket is still there")
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	p := start(t, `{}`, []string{fmt.Sprint("PORT=", port)})
	if err := p.end(); err == nil {
		t.Error("it ended well")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if log := strings.Join(p.lines, "\n"); !strings.Contains(log, fmt.Sprintf("Error: listen EADDRINUSE: address already in use 127.0.0.1:%d", port)) {
		t.Errorf("it said\n%s", log)
	}
}

// systemd hands over sockets, and hears of readiness, life and the end.
func TestSystemd(t *testing.T) {
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "n"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	notify.SetReadDeadline(time.Now().Add(patience))
	var files []*os.File
	var urls []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		defer f.Close()
		files, urls = append(files, f), append(urls, "http://"+l.Addr().String())
	}
	shell := peer.Program(t, "sh")
	p := start(t, `{}`, []string{"NOTIFY_SOCKET=" + notify.LocalAddr().String(), "WATCHDOG_USEC=20000", "LISTEN_FDS=2", "LISTEN_FDNAMES=sockethub.socket:admin"}, func(cmd *exec.Cmd) {
		cmd.Args = append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`}, cmd.Args...)
		cmd.Path = shell
		cmd.ExtraFiles = files
	})
	read := func() string {
		t.Helper()
		b := make([]byte, 4096)
		n, err := notify.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	if got := read(); !strings.HasPrefix(got, "READY=1\nSTATUS=listening on ws://") {
		t.Errorf("first it says %q", got)
	}
	for range 2 {
		if got := read(); got != "WATCHDOG=1" {
			t.Errorf("then it says %q", got)
		}
	}
	if status, body := get(t, http.DefaultClient, urls[0]+"/livez"); status != 200 || body != "ok\n" {
		t.Errorf("inherited socket: %d %q", status, body)
	}
	if status, body := get(t, http.DefaultClient, urls[1]+"/readyz?verbose"); status != 200 || !strings.Contains(body, "[+]store ok\n") {
		t.Errorf("inherited socket for operators: %d %q", status, body)
	}
	p.signal(syscall.SIGTERM)
	got := read()
	for got == "WATCHDOG=1" {
		got = read()
	}
	if !strings.HasPrefix(got, "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000\n") {
		t.Errorf("at the end it says %q", got)
	}
	if err := p.end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestInheritedSocketsOfOthersAreNotTaken(t *testing.T) {
	env := func(pid, n string) func(string) string {
		return func(name string) string {
			return map[string]string{"LISTEN_PID": pid, "LISTEN_FDS": n}[name]
		}
	}
	never := func(fd uintptr, name string) *os.File { t.Errorf("took %d", fd); return nil }
	if l, err := inherited(env("1", "1"), 2, never); l != nil || err != nil {
		t.Errorf("those of another process: %v, %v", l, err)
	}
	for _, n := range []string{"x", "-1", "65", ""} {
		if _, err := inherited(env("2", n), 2, never); err == nil {
			t.Errorf("LISTEN_FDS=%s was accepted", n)
		}
	}
}

// Real numbers, for operators only.
func TestAdmin(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "admin")
	p := start(t, `{}`, []string{"SOCKETHUB_ADMIN_LISTEN=" + socket})
	p.url()
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	for path, want := range map[string]string{
		"/livez":                    "ok\n",
		"/readyz":                   "ok\n",
		"/readyz?verbose":           "[+]store ok\n[+]gateway ok\nok\n",
		"/debug/pprof/":             "goroutine",
		"/debug/pprof/heap?debug=1": "heap profile",
		"/metrics":                  "sockethub_queue_jobs{state=\"waiting\"} 0\n",
		"/debug/pprof/symbol":       "num_symbols",
	} {
		if status, body := get(t, client, "http://admin"+path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200q", path, status, body)
		}
	}
	_, metrics := get(t, client, "http://admin/metrics")
	promtool(t, metrics)
}

func TestReadyTellsWhyNot(t *testing.T) {
	w := httptest.NewRecorder()
	answerReady(w, []check{{"store", func() error { return fmt.Errorf("gone") }}, {"gateway", func() error { return nil }}}, false)
	if w.Code != 503 || w.Body.String() != "[-]store failed: gone\n[+]gateway ok\nnot ready\n" {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

// A panic is answered without a word of where it happened.
func TestPanicIsAnswered(t *testing.T) {
	var log strings.Builder
	s := &server{logger: slog.New(slog.NewJSONHandler(&log, nil))}
	w := httptest.NewRecorder()
	s.recovering(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("hidden") })).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	var body map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 500 || body["error"] != "internal error" || len(body) != 1 {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "hidden") || !strings.Contains(log.String(), "serve_test.go") {
		t.Errorf("the log has %s", &log)
	}
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("net/http's own way to end a response was taken away")
		}
	}()
	s.recovering(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
}

// A proxy that nobody told of is remarked on, once.
func TestUnknownProxyIsRemarkedOn(t *testing.T) {
	for _, hops := range []int{0, 1} {
		var log strings.Builder
		s := &server{logger: slog.New(slog.NewJSONHandler(&log, nil)), config: table(t).Default()}
		s.config.Sockethub.TrustProxy.Hops = hops
		h := s.remarking(http.NotFoundHandler())
		for _, header := range []http.Header{nil, {"X-Forwarded-For": {"192.0.2.1"}}, {"X-Forwarded-For": {"192.0.2.1"}}} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header = header
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
		if n := strings.Count(log.String(), "no proxy is trusted"); n != 1-hops {
			t.Errorf("with %d trusted hops: %d remarks\n%s", hops, n, &log)
		}
	}
}

// From the start of the process to the first handshake.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		cmd := exec.Command(os.Args[0], "--port", fmt.Sprint(port))
		cmd.Dir = dir
		cmd.Env = []string{"SERVE_AS_TEST=1"}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		for deadline := time.Now().Add(patience); ; {
			response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/sockethub/?EIO=4&transport=polling", port))
			if err == nil {
				response.Body.Close()
				break
			}
			if time.Now().After(deadline) {
				b.Fatal(err)
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
	}
}

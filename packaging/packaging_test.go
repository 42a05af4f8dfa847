// Package packaging tries what releases are made of with the programs that it is
// made for.
package packaging

import (
	"bufio"
	"bytes"
	"fmt"
	"go/version"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// patience is how long a test waits for something that must come.
const patience = 2 * time.Minute

// maxSize is how large the binary may be.
const maxSize = 16 << 20

// output runs a program to its end.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &stderr)
	}
	return string(out)
}

// binary is the program, built once as for a release.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sockethub-packaging-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "sockethub")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", path, "github.com/sockethub/sockethub")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %v\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

func program(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs a program in the background until the test ends.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		ended := make(chan struct{})
		go func() { cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(patience):
			cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s says\n%s", filepath.Base(cmd.Path), &log)
		}
	})
}

func await(t *testing.T, url string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		var response *http.Response
		if response, err = http.Get(url); err == nil {
			response.Body.Close()
			if response.StatusCode == 200 {
				return
			}
			err = fmt.Errorf("%s", response.Status)
		}
	}
	t.Fatalf("waited %v for %s: %v", patience, url, err)
}

// startServer starts the program behind a proxy and returns its port.
func startServer(t *testing.T) int {
	t.Helper()
	port := freePort(t)
	cmd := exec.Command(program(t))
	cmd.Dir = t.TempDir()
	cmd.Env = []string{fmt.Sprint("PORT=", port), "HOST=127.0.0.1", "SOCKETHUB_TRUST_PROXY=1", "LOG_FILE=" + os.DevNull, "SOCKETHUB_SHUTDOWN_TIMEOUT_MS=500"}
	start(t, cmd)
	await(t, fmt.Sprintf("http://127.0.0.1:%d/readyz", port))
	return port
}

// snippet reads one of the configurations, with its addresses replaced.
func snippet(t *testing.T, name string, replace ...string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(string(text), replace[i]) {
			t.Fatalf("%s has no %q", name, replace[i])
		}
	}
	return strings.NewReplacer(replace...).Replace(string(text))
}

// throughProxy does what a client does: polls, then a WebSocket.
func throughProxy(t *testing.T, port int) {
	t.Helper()
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	await(t, url+"/livez")
	client := http.Client{Timeout: patience}
	get := func(path string) string {
		t.Helper()
		response, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("%s: %s %v\n%s", path, response.Status, err, body)
		}
		return string(body)
	}
	open := get("/sockethub/?EIO=4&transport=polling")
	sid := regexp.MustCompile(`^0\{"sid":"([^"]+)"`).FindStringSubmatch(open)
	if sid == nil {
		t.Fatalf("the handshake is %q", open)
	}
	response, err := client.Post(url+"/sockethub/?EIO=4&transport=polling&sid="+sid[1], "text/plain", strings.NewReader("40"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if joined := get("/sockethub/?EIO=4&transport=polling&sid=" + sid[1]); !strings.HasPrefix(joined, `40{"sid":"`) {
		t.Errorf("the poll brings %q", joined)
	}

	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "GET /sockethub/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", port)
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols || answer.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("the upgrade is answered with %v, %v", answer, err)
	}
	frame := make([]byte, 12)
	if _, err := io.ReadFull(in, frame); err != nil || !bytes.Contains(frame, []byte(`0{"sid"`)) {
		t.Errorf("the first frame begins with %q, %v", frame, err)
	}
}

func TestNginx(t *testing.T) {
	nginx := peer.Program(t, "nginx")
	server, port, dir := startServer(t), freePort(t), t.TempDir()
	site := snippet(t, "nginx.conf", "127.0.0.1:10550", fmt.Sprint("127.0.0.1:", server), "listen 80;", fmt.Sprintf("listen 127.0.0.1:%d;", port))
	whole := fmt.Sprintf("daemon off;\nmaster_process off;\npid %s/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n", dir)
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		whole += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(whole+site+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, exec.Command(nginx, "-c", file, "-p", dir, "-e", "stderr"))
	throughProxy(t, port)
}

func TestCaddy(t *testing.T) {
	caddy := peer.Program(t, "caddy")
	server, port, dir := startServer(t), freePort(t), t.TempDir()
	site := snippet(t, "Caddyfile", "127.0.0.1:10550", fmt.Sprint("127.0.0.1:", server), "hub.example {", fmt.Sprintf("http://127.0.0.1:%d {", port))
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte("{\n\tadmin off\n}\n"+site), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	start(t, cmd)
	throughProxy(t, port)
}

// systemd finds nothing wrong with the units, and little to fear.
func TestSystemdUnits(t *testing.T) {
	analyze := peer.Program(t, "systemd-analyze")
	dir := t.TempDir()
	for _, name := range []string{"sockethub.service", "sockethub.socket"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "sockethub.service" {
			// One platform cannot take all tasks of the machine, a worker that is killed for
			// its memory does not take the server along, and the guard of what is fetched can
			// ask for the machine's addresses.
			for _, line := range []string{"TasksMax=8192", "OOMPolicy=continue", "KillMode=mixed", "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX"} {
				if !bytes.Contains(text, []byte("\n"+line+"\n")) {
					t.Errorf("the unit has no line %s", line)
				}
			}
		}
		// Neither the program nor its manual page need be installed here.
		text = bytes.ReplaceAll(text, []byte("/usr/bin/sockethub"), []byte(program(t)))
		text = regexp.MustCompile(`(?m)^Documentation=.*\n`).ReplaceAll(text, nil)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(analyze, "verify", filepath.Join(dir, "sockethub.service"), filepath.Join(dir, "sockethub.socket"))
	out, err := cmd.CombinedOutput()
	var ours []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "sockethub") { // not about the machine's own units
			ours = append(ours, line)
		}
	}
	if len(ours) > 0 || err != nil && len(out) == 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	report := output(t, exec.Command(analyze, "security", "--offline=true", "--no-pager", filepath.Join(dir, "sockethub.service")))
	m := regexp.MustCompile(`Overall exposure level for sockethub.service: ([0-9.]+)`).FindStringSubmatch(report)
	if m == nil {
		t.Fatalf("systemd-analyze security says\n%s", report)
	}
	if exposure, err := strconv.ParseFloat(m[1], 64); err != nil || exposure > 2 {
		t.Errorf("exposure %s, want at most 2", m[1])
	}
}

// A server that has served a handshake and waits takes little memory.
func TestIdleMemory(t *testing.T) {
	const most = 20 << 10 // KiB
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system does not tell how much memory a process has")
	}
	port := freePort(t)
	cmd := exec.Command(program(t))
	cmd.Dir = t.TempDir()
	cmd.Env = []string{fmt.Sprint("PORT=", port), "HOST=127.0.0.1", "LOG_FILE=" + os.DevNull, "SOCKETHUB_SHUTDOWN_TIMEOUT_MS=500"}
	start(t, cmd)
	await(t, fmt.Sprintf("http://127.0.0.1:%d/sockethub/?EIO=4&transport=polling", port))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmRSS:\s+([0-9]+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no VmRSS in\n%s", status)
	}
	if rss, err := strconv.Atoi(string(m[1])); err != nil || rss > most {
		t.Errorf("%s KiB are resident, want at most %d", m[1], most)
	} else {
		t.Logf("%d KiB are resident", rss)
	}
}

func TestSizeAndLinking(t *testing.T) {
	info, err := os.Stat(program(t))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > maxSize {
		t.Errorf("the binary has %d bytes, want at most %d", info.Size(), maxSize)
	}
	if out := output(t, exec.Command(peer.Program(t, "readelf"), "-d", program(t))); strings.Contains(out, "NEEDED") {
		t.Errorf("the binary needs libraries:\n%s", out)
	}
}

// The image's instructions name what exists. Whether it builds only a machine
// with Docker can tell.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FROM scratch\n", "USER 65532:65532\n", `HEALTHCHECK .*"health"\]`, `ENTRYPOINT \["/sockethub"\]`, "CGO_ENABLED=0", "-trimpath"} {
		if !regexp.MustCompile(want).Match(text) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^ENV (.*)$`).FindAllSubmatch(text, -1) {
		cmd := exec.Command(program(t), "--info")
		cmd.Dir = t.TempDir()
		cmd.Env = strings.Fields(string(m[1]))
		if out := output(t, cmd); !strings.Contains(out, "websocket: ws://0.0.0.0:10550/sockethub\n") {
			t.Errorf("with the image's environment:\n%s", out)
		}
	}
}

// What .dockerignore leaves is enough for the image's build, and its Go is new enough.
func TestImageSource(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	dockerfile := read("Dockerfile")
	have, need := regexp.MustCompile(`FROM golang:(\S+)`).FindStringSubmatch(dockerfile), regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read("../go.mod"))
	if have == nil || need == nil || version.Compare("go"+have[1], "go"+need[1]) < 0 {
		t.Errorf("the image is built with %v, and go.mod asks for %v", have, need)
	}

	var ignored []*regexp.Regexp
	for line := range strings.Lines(read("../.dockerignore")) {
		pattern := regexp.QuoteMeta(strings.Trim(strings.TrimSpace(line), "/"))
		pattern = strings.NewReplacer(`\*\*/`, "(.*/)?", `\*`, "[^/]*").Replace(pattern)
		ignored = append(ignored, regexp.MustCompile("^"+pattern+"(/|$)"))
	}
	dir := t.TempDir()
	list := output(t, exec.Command("git", "-C", "..", "ls-files"))
	copied := 0
	for path := range strings.SplitSeq(strings.TrimSpace(list), "\n") {
		if slices.ContainsFunc(ignored, func(r *regexp.Regexp) bool { return r.MatchString(path) }) {
			continue
		}
		text, err := os.ReadFile("../" + path)
		if err != nil {
			continue // it is deleted, and git does not know it yet
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), text, 0o644); err != nil {
			t.Fatal(err)
		}
		copied++
	}
	build := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*)-o /sockethub \.$`).FindStringSubmatch(dockerfile)
	if build == nil || copied < 100 {
		t.Fatalf("%d files, and no line that builds", copied)
	}
	cmd := exec.Command("sh", "-c", build[1]+"-o "+filepath.Join(dir, "built")+" .")
	cmd.Dir = dir
	output(t, cmd)
}

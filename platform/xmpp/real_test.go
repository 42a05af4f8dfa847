//go:build unix

package xmpp

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/testdata/peer"
)

// realServer is prosody or ejabberd, as Debian has them.
type realServer struct {
	kind          string
	dir           string
	starttls, tls int
	http          int
	env           []string
	process       *exec.Cmd
}

// newReal starts a server with its own certificate authority, which is the only one
// that this test trusts.
func newReal(t testing.TB, kind string, env ...string) *realServer {
	t.Helper()
	s := beginReal(t, kind, env...)
	s.await(t)
	return s
}

// beginReal does not wait for the server; await does, and trusts it.
func beginReal(t testing.TB, kind string, env ...string) *realServer {
	t.Helper()
	program := map[string]string{"prosody": "prosody", "ejabberd": "ejabberdctl"}[kind]
	peer.Program(t, program)
	peer.Program(t, "openssl")
	s := &realServer{kind: kind, dir: t.TempDir(), starttls: freePort(t), tls: freePort(t), http: freePort(t), env: env}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *realServer) await(t testing.TB) {
	t.Helper()
	for _, port := range []int{s.starttls, s.tls} {
		s.listens(t, port)
	}
	t.Setenv("SSL_CERT_FILE", filepath.Join(s.dir, "ca.pem"))
	t.Setenv("SSL_CERT_DIR", s.dir+"/none")
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *realServer) start(t testing.TB) {
	t.Helper()
	script, err := filepath.Abs("testdata/server/start.sh")
	if err != nil {
		t.Fatal(err)
	}
	s.process = exec.Command(script, s.kind, s.dir, strconv.Itoa(s.starttls), strconv.Itoa(s.tls), strconv.Itoa(s.http))
	s.process.Dir = s.dir // for what it leaves behind when it crashes
	s.process.Env = append(os.Environ(), s.env...)
	s.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := os.OpenFile(filepath.Join(s.dir, "output"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s.process.Stdout, s.process.Stderr = out, out
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
}

// listens waits until the server takes connections.
func (s *realServer) listens(t testing.TB, port int) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(s.dir, "output"))
	t.Fatalf("%s does not start: %s", s.kind, log)
}

// kill ends the server at once: nobody needs what it has.
func (s *realServer) kill() {
	if s.process != nil {
		syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL)
		s.process.Wait()
		s.process = nil
	}
}

// stop lets the server say farewell.
func (s *realServer) stop(t testing.TB) {
	t.Helper()
	if s.process == nil {
		return
	}
	syscall.Kill(-s.process.Process.Pid, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		s.process.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL)
		<-done
	}
	s.process = nil
}

// user is somebody with a client of ours.
type user struct {
	*client
	host    *fakeHost
	id      string
	connect platform.Job
}

// realSettings are the defaults with the patience of a busy machine.
func realSettings() settings {
	s := defaultSettings()
	s.private = true
	s.connectTimeout, s.replyTimeout, s.firstRetry, s.joinSilence = patience, patience, 50*time.Millisecond, patience
	return s
}

// connect logs somebody in, as name@domain/resource; more are members of the
// credentials.
func (s *realServer) connect(t testing.TB, st settings, id, password, server string) (*user, answer) {
	t.Helper()
	host := newHost()
	u := &user{client: newClient(host, st), host: host, id: id}
	t.Cleanup(func() { u.Stop(t.Context()) })
	o := object("type", "credentials", "userAddress", bare(id), "resource", resource(id), "password", password, "server", server)
	j := job(t, `{"type":"connect"}`)
	j.Activity.Set("actor", object("id", id, "type", "person"))
	j.Credentials = object("type", "credentials", "actor", object("id", id, "type", "person"), "object", o)
	u.connect = j
	select {
	case a := <-start(u.client, j):
		return u, a
	case <-time.After(2 * patience):
		t.Fatal("no answer to connect")
		return nil, answer{}
	}
}

// login is connect that must succeed.
func (s *realServer) login(t testing.TB, id string) *user {
	t.Helper()
	u, a := s.connect(t, realSettings(), id, "sesame", fmt.Sprintf("xmpp://127.0.0.1:%d", s.starttls))
	if a.err != nil {
		t.Fatalf("%s cannot log in: %v", id, a.err)
	}
	return u
}

// job makes a message of the user's.
func (u *user) job(t testing.TB, text string) platform.Job {
	t.Helper()
	a, err := activity.ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	actor := object("id", u.id, "type", "person")
	if name := a.Text("nick"); name != "" {
		actor.Set("name", name)
		a.Delete("nick")
	}
	a.Set("actor", actor)
	return platform.Job{Session: "a", Activity: a}
}

// does does a job, which must end with that error, "" for success.
func (u *user) does(t testing.TB, text, wanted string) *activity.Object {
	t.Helper()
	return want(t, start(u.client, u.job(t, text)), wanted).activity
}

// fails does a job, which must end with an error that begins so: how it goes on is
// each server's own affair.
func (u *user) fails(t testing.TB, text, prefix string) {
	t.Helper()
	select {
	case a := <-start(u.client, u.job(t, text)):
		if !strings.HasPrefix(a.text(), prefix) {
			t.Fatalf("the answer is %q, want %q", a.text(), prefix)
		}
	case <-time.After(2 * patience):
		t.Fatal("no answer")
	}
}

// hears waits for an activity with all these pieces of JSON in it.
func (u *user) hears(t testing.TB, pieces ...string) *activity.Object {
	t.Helper()
	return u.host.until(t, func(a *activity.Object) bool {
		text := string(activity.AppendJSON(nil, a))
		for _, p := range pieces {
			if !strings.Contains(text, p) {
				return false
			}
		}
		return true
	})
}

// other is a person on slixmpp.
type other struct {
	in  io.WriteCloser
	out *bufio.Scanner
}

func (s *realServer) other(t testing.TB, id string) *other {
	t.Helper()
	const python = "/usr/bin/python3" // Debian's, which has Debian's packages
	if exec.Command(python, "-c", "import slixmpp").Run() != nil {
		peer.Missing(t, "slixmpp is not installed")
	}
	cmd := exec.Command(python, "testdata/server/peer.py", id, "sesame", "127.0.0.1", strconv.Itoa(s.starttls), filepath.Join(s.dir, "ca.pem"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	o := &other{in, bufio.NewScanner(out)}
	o.out.Buffer(nil, 4<<20)
	o.hears(t, "ready", "")
	return o
}

func (o *other) says(stanza string) { io.WriteString(o.in, stanza+"\n") }

// hears waits for a line of that kind with a piece in it.
func (o *other) hears(t testing.TB, kind, piece string) string {
	t.Helper()
	for o.out.Scan() {
		var line map[string]string
		if err := json.Unmarshal(o.out.Bytes(), &line); err != nil {
			t.Fatalf("slixmpp says %s", o.out.Bytes())
		}
		if text, ok := line[kind]; ok && strings.Contains(text, piece) {
			return text
		}
		if why := line["failed"]; why != "" {
			t.Fatalf("slixmpp has failed: %s", why)
		}
	}
	t.Fatal("slixmpp has ended")
	return ""
}

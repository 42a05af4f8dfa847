package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/redis"
	"github.com/sockethub/sockethub/testdata/peer"
)

const patience = 30 * time.Second

// server is a redis-server that a test has started.
type server struct {
	t      testing.TB
	dir    string
	args   []string
	cmd    *exec.Cmd
	socket string
	dial   []redigo.DialOption
}

// startRedis starts a server that listens on a unix socket, and on whatever args
// add. It ends with the test.
func startRedis(t testing.TB, args ...string) *server {
	t.Helper()
	// Paths of sockets must be short; the test's own folder need not be.
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: dir, socket: filepath.Join(dir, "s")}
	s.args = append([]string{
		"--port", "0", "--unixsocket", s.socket, "--dir", dir, "--save", "", "--appendonly", "no", "--daemonize", "no",
	}, args...)
	t.Cleanup(func() {
		s.kill()
		os.RemoveAll(dir)
	})
	s.start()
	return s
}

// start starts the server and waits until it answers.
func (s *server) start() {
	s.t.Helper()
	s.launch()
	deadline := time.Now().Add(patience)
	for {
		c, err := redigo.Dial("unix", s.socket, s.dial...)
		if err == nil {
			_, err = c.Do("PING")
			c.Close()
			if err == nil || strings.HasPrefix(err.Error(), "NOAUTH") {
				return
			}
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("redis-server does not answer: %v", err)
		}
		pause()
	}
}

func (s *server) launch() {
	s.t.Helper()
	s.cmd = exec.Command(peer.Program(s.t, "redis-server"), s.args...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		s.cmd.Process.Signal(syscall.SIGCONT)
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

func (s *server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) url() string { return "unix://" + s.socket }

// connect makes a connection of the test's own.
func (s *server) connect() redigo.Conn {
	s.t.Helper()
	c, err := redigo.Dial("unix", s.socket, s.dial...)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// do runs a command on a connection of the test's own.
func (s *server) do(command string, args ...any) any {
	s.t.Helper()
	c := s.connect()
	defer c.Close()
	reply, err := c.Do(command, args...)
	if err != nil {
		s.t.Fatalf("%s %v: %v", command, args, err)
	}
	return reply
}

// keys are all keys of the server.
func (s *server) keys() []string {
	s.t.Helper()
	keys, err := redigo.Strings(s.do("KEYS", "*"), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return keys
}

// open opens a store with short times.
func (s *server) open(change ...func(*redis.Options)) queue.Store {
	s.t.Helper()
	o := redis.Options{URL: s.url()}
	o.Hasty()
	o.Log = quiet()
	for _, f := range change {
		f(&o)
	}
	store, err := redis.Open(context.Background(), o)
	if err != nil {
		s.t.Fatalf("Open: %v", err)
	}
	return store
}

func secret(text string) func(*redis.Options) {
	return func(o *redis.Options) { o.Secret = text }
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// logBook is a log that tests read.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logBook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// freePort returns a TCP port of the loopback interface that was free just now.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// pause lets others run between two looks at something that has to happen.
func pause() {
	timer := time.NewTimer(2 * time.Millisecond)
	<-timer.C
}

// eventually looks until ok, and fails when patience is over.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		pause()
	}
}

var alice = queue.Owner{ID: "session-of-alice", Secret: [16]byte{1, 2, 3}}

func job(instance, payload string) *queue.Job {
	return &queue.Job{Instance: instance, Owner: alice, Payload: []byte(payload)}
}

// outcome is a callback that fails the test when it is called twice.
type outcome struct {
	t    testing.TB
	what string
	got  chan error
}

func expect(t testing.TB, what string) *outcome {
	return &outcome{t, what, make(chan error, 1)}
}

func (o *outcome) confirm(err error) {
	select {
	case o.got <- err:
	default:
		o.t.Errorf("%s: confirmed twice, the second time with %v", o.what, err)
	}
}

func (o *outcome) wait() error {
	o.t.Helper()
	select {
	case err := <-o.got:
		return err
	case <-time.After(patience):
		o.t.Fatalf("%s: never confirmed", o.what)
		return nil
	}
}

// push pushes a job and returns how it was confirmed.
func push(t testing.TB, s queue.Store, j *queue.Job, generation uint64) error {
	t.Helper()
	o := expect(t, fmt.Sprintf("push of %.20q", j.Payload))
	if err := s.Push(j, generation, o.confirm); err != nil {
		return err
	}
	return o.wait()
}

func mustPush(t testing.TB, s queue.Store, j *queue.Job, generation uint64) {
	t.Helper()
	if err := push(t, s, j, generation); err != nil {
		t.Fatalf("push of %.20q: %v", j.Payload, err)
	}
}

// insist pushes a job until it is accepted. A store that gives up soon may refuse
// one only because the machine is busy.
func insist(t testing.TB, s queue.Store, j *queue.Job, generation uint64) {
	t.Helper()
	eventually(t, "the job is accepted", func() bool {
		err := push(t, s, j, generation)
		if err != nil && !errors.Is(err, queue.ErrUnavailable) {
			t.Fatalf("push of %.20q: %v", j.Payload, err)
		}
		return err == nil
	})
}

func mustClaim(t testing.TB, s queue.Store, instance string, generation uint64) *queue.Job {
	t.Helper()
	o := expect(t, "claim of "+instance)
	j := s.Claim(instance, generation, nil, o.confirm)
	if j == nil {
		t.Fatalf("nothing waits in %s", instance)
	}
	if err := o.wait(); err != nil {
		t.Fatalf("claim of job %d: %v", j.ID, err)
	}
	return j
}

func mustFinish(t testing.TB, s queue.Store, j *queue.Job, generation uint64) {
	t.Helper()
	if _, ok := s.Finish(j.ID, generation); !ok {
		t.Fatalf("job %d is not claimed by generation %d", j.ID, generation)
	}
}

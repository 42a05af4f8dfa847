package redis_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/redis"
)

// nodeURL, when it is set, makes the test binary a server that dies.
const nodeURL = "QUEUE_TEST_NODE_URL"

// nodeReads, when it is set, makes that server hold nothing, and say how far the
// request of that name has come for it.
const nodeReads = "QUEUE_TEST_NODE_READS"

const nodeSecret = "the servers' common secret"

func TestMain(m *testing.M) {
	if url := os.Getenv(nodeURL); url != "" {
		if err := beNode(url); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

// beNode is a server with jobs that wait and are claimed, with credentials, with
// one HTTP request that is complete, one that runs, and one that has only begun.
func beNode(url string) error {
	o := redis.Options{URL: url, Secret: nodeSecret}
	o.Hasty()
	o.Log = quiet()
	s, err := redis.Open(context.Background(), o)
	if err != nil {
		return err
	}
	if request := os.Getenv(nodeReads); request != "" {
		rec, err := s.Replay().Read(context.Background(), request)
		fmt.Println(rec.State)
		return err
	}
	for i := range 6 {
		confirmed := make(chan error)
		j := job("irc", fmt.Sprint("of the node that dies ", i))
		if err := s.Push(j, uint64(i%2), func(err error) { confirmed <- err }); err != nil {
			return err
		}
		if err := <-confirmed; err != nil {
			return err
		}
	}
	ctx := context.Background()
	r := s.Replay()
	err = s.Credentials().Put(ctx, alice, "irc", "al", []byte("x"))
	for _, id := range []string{"complete", "running", "begun"} {
		_, e := r.Begin(ctx, id, [32]byte{7}, time.Hour)
		err = errors.Join(err, e)
		if id != "begun" {
			err = errors.Join(err, r.Append(ctx, id, []byte("first line")))
		}
	}
	err = errors.Join(err, r.Complete(ctx, "complete"))
	if _, e := s.Limiter().Count(ctx, "203.0.113.9", time.Minute); e != nil {
		err = errors.Join(err, e)
	}
	fmt.Println("ready")
	return err
}

// startNode starts such a server, which ends with the test, and returns what it
// said when it was ready.
func startNode(t *testing.T, r *server) (*exec.Cmd, string) {
	t.Helper()
	return startProgram(t, r, os.Args[0], "-test.run=^$")
}

// startProgram starts the test binary as a server, by itself or by another program.
func startProgram(t *testing.T, r *server, name string, args ...string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), nodeURL+"="+r.url())
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
	line, _ := bufio.NewReader(out).ReadString('\n')
	return cmd, line
}

// deadNode starts such a server, kills it, and waits until it is gone.
func deadNode(t *testing.T, r *server) {
	t.Helper()
	cmd, line := startNode(t, r)
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
	if line != "ready\n" {
		t.Fatalf("the node said %q", line)
	}
}

// A server dies with jobs that wait and that are claimed. The next
// one on this host settles it at once: nothing is left but the answers to
// requests, of which each has an end, and nothing runs a second time.
func TestDeadNodeIsSettledAtOnce(t *testing.T) {
	r := startRedis(t)
	deadNode(t, r)
	if n := len(r.keys()); n < 6 {
		t.Fatalf("the dead node has left %d keys: %q", n, r.keys())
	}
	wantTTLs(t, r)

	s := r.open(secret(nodeSecret), func(o *redis.Options) {
		o.LostLine = func(request string) []byte { return []byte("lost " + request) }
	})
	if st := s.Stats(); st.SettledNodes != 1 || st.SettledJobs != 6 || st.Waiting+st.Claimed != 0 {
		t.Errorf("Stats = %+v, want one node settled with six jobs, and no job here", st)
	}
	prefix := redis.Prefix(s)
	for _, k := range r.keys() {
		rest := strings.TrimPrefix(k, prefix)
		if !strings.HasPrefix(rest, redis.Node(s)) && !strings.HasPrefix(rest, "request:") && rest != "nodes" && !strings.HasPrefix(rest, "rate:") {
			t.Errorf("key %q is left of the dead node", k)
		}
	}
	for id, want := range map[string][]string{
		"complete": {"first line"},
		"running":  {"first line", "lost running"},
		"begun":    {"lost begun"},
	} {
		for range 2 {
			rec, err := s.Replay().Read(t.Context(), id)
			if err != nil || rec.State != queue.ReplayComplete || rec.Digest != [32]byte{7} || !slices.Equal(lines(rec), want) {
				t.Errorf("request %s = %s %q, %v; want complete, %q", id, rec.State, lines(rec), err, want)
			}
		}
		if rec, err := s.Replay().Begin(t.Context(), id, [32]byte{8}, time.Hour); err != nil || rec.State != queue.ReplayComplete {
			t.Errorf("Begin(%s) = %s, %v, want complete", id, rec.State, err)
		}
	}
	wantTTLs(t, r)
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("Close: %v", err)
	}
	keys := r.keys()
	for _, k := range keys {
		if !strings.HasPrefix(k, prefix+"request:") {
			t.Errorf("key %q is left after a clean stop", k)
		}
	}
	if len(keys) != 3 {
		t.Errorf("%d keys are left after a clean stop, want the three requests: %q", len(keys), keys)
	}
}

func lines(rec queue.Record) []string {
	var all []string
	for _, l := range rec.Lines {
		all = append(all, string(l))
	}
	return all
}

// A node of which nothing can be known but that its sign of life has ended is
// settled by the others then, and not before.
func TestDeadNodeIsSettledWhenItsSignEnds(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	dead, lives := r.open(secret("x")), r.open(secret("x"))
	defer lives.Close(context.Background())
	mustPush(t, dead, job("irc", "x"), 1)
	mustPush(t, lives, job("irc", "x"), 1)
	if _, err := dead.Replay().Begin(t.Context(), "r", [32]byte{}, time.Hour); err != nil {
		t.Fatal(err)
	}
	name := redis.Prefix(dead) + redis.Node(dead)
	redis.AbandonProcess(dead)
	if rec, err := lives.Replay().Read(t.Context(), "r"); err != nil || rec.State != queue.ReplayRunning {
		t.Errorf("a request of a node whose sign stands = %s, %v, want running", rec.State, err)
	}
	eventually(t, "the dead node is settled", func() bool { return lives.Stats().SettledNodes == 1 })
	if n := r.do("EXISTS", name+":active", name+":alive"); n != int64(0) {
		t.Errorf("%d keys of the dead node are left", n)
	}
	if rec, err := lives.Replay().Read(t.Context(), "r"); err != nil || rec.State != queue.ReplayComplete || len(rec.Lines) != 1 {
		t.Errorf("a request of a dead node = %s, %v, want complete with one line", rec.State, err)
	}
	if n := r.do("HLEN", redis.Prefix(lives)+redis.Node(lives)+":active"); n != int64(2) {
		t.Errorf("%d fields are in the hash of the node that lives, want 2", n)
	}
}

// Of many nodes that see one dead, one settles it.
func TestDeadNodeIsSettledOnce(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	dead := r.open(secret("x"))
	mustPush(t, dead, job("irc", "x"), 0)
	var others []queue.Store
	for range 5 {
		others = append(others, r.open(secret("x")))
	}
	node := redis.Node(dead)
	redis.AbandonProcess(dead)
	eventually(t, "the node is settled", func() bool {
		return r.do("SISMEMBER", redis.Prefix(dead)+"nodes", node) == int64(0)
	})
	total := uint64(0)
	for _, s := range others {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
		total += s.Stats().SettledJobs
	}
	if total != 1 {
		t.Errorf("%d jobs were settled, want one, once", total)
	}
	if keys := r.keys(); len(keys) != 0 {
		t.Errorf("keys are left: %q", keys)
	}
}

// A node that others took for dead goes on under another name, with all that it
// holds: jobs, credentials, requests.
func TestNodeTakenForDead(t *testing.T) {
	r := startRedis(t)
	s, other := r.open(secret("x")), r.open(secret("x"))
	defer other.Close(context.Background())
	held, waits := job("irc", "held"), job("irc", "waits")
	mustPush(t, s, held, 1)
	mustPush(t, s, waits, 0)
	ctx := t.Context()
	if err := s.Credentials().Put(ctx, alice, "irc", "al", []byte("secret")); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"r1", "r2"} {
		if _, err := s.Replay().Begin(ctx, id, [32]byte{1}, time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := s.Replay().Append(ctx, id, []byte("one")); err != nil {
			t.Fatal(err)
		}
	}
	former := redis.Node(s)
	prefix := redis.Prefix(s)
	r.do("DEL", prefix+former+":alive")
	// Whoever asks now must think that the node is dead.
	taken, err := other.Replay().Read(ctx, "r2")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node has another name", func() bool { return redis.Node(s) != former && s.Ready() == nil })
	eventually(t, "its jobs are under the new name", func() bool {
		node := prefix + redis.Node(s)
		return r.do("HEXISTS", node+":active", held.ID) == int64(1) && r.do("LLEN", node+":waiting:irc") == int64(1)
	})
	eventually(t, "nothing is under the old one", func() bool {
		keys, _ := r.do("KEYS", prefix+former+":*").([]any)
		return len(keys) == 0 && r.do("SISMEMBER", prefix+"nodes", former) == int64(0)
	})
	if b, err := s.Credentials().Get(ctx, alice, "irc", "al"); err != nil || string(b) != "secret" {
		t.Errorf("Get = %q, %v, want the credentials", b, err)
	}
	if err := s.Replay().Append(ctx, "r1", []byte("two")); err != nil {
		t.Errorf("Append: %v", err)
	}
	if err := s.Replay().Complete(ctx, "r1"); err != nil {
		t.Errorf("Complete: %v", err)
	}
	if rec, err := other.Replay().Read(ctx, "r1"); err != nil || rec.State != queue.ReplayComplete || !slices.Equal(lines(rec), []string{"one", "two"}) {
		t.Errorf("the request that went on = %s %q, %v", rec.State, lines(rec), err)
	}
	if taken.State == queue.ReplayComplete { // else the node was faster than the test
		if err := s.Replay().Append(ctx, "r2", []byte("two")); !errors.Is(err, queue.ErrGone) {
			t.Errorf("Append to a request that was completed by another node: %v, want ErrGone", err)
		}
		if rec, err := s.Replay().Read(ctx, "r2"); err != nil || rec.State != queue.ReplayComplete || len(rec.Lines) != 2 {
			t.Errorf("that request = %s %q, %v, want what the other node has made of it", rec.State, lines(rec), err)
		}
	}
	mustFinish(t, s, held, 1)
	if mustClaim(t, s, "irc", 2) != waits {
		t.Error("the job that waited is gone")
	}
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("Close: %v", err)
	}
	for _, k := range r.keys() {
		if strings.Contains(k, former) || strings.Contains(k, "credentials") {
			t.Errorf("key %q is left after Close", k)
		}
	}
}

// Two servers that start together do not get into each other's way, with
// one secret or without.
func TestServersStartTogether(t *testing.T) {
	for _, common := range []string{"", "x"} {
		r := startRedis(t)
		stores := make(chan queue.Store)
		for range 4 {
			go func() { stores <- r.open(secret(common)) }()
		}
		var all []queue.Store
		for range 4 {
			all = append(all, <-stores)
		}
		for i, s := range all {
			mustPush(t, s, job("irc", fmt.Sprint(i)), 0)
		}
		for i, s := range all {
			if j := mustClaim(t, s, "irc", 1); string(j.Payload) != fmt.Sprint(i) {
				t.Errorf("server %d claimed job %q", i, j.Payload)
			}
			if st := s.Stats(); st.SettledNodes != 0 {
				t.Errorf("server %d settled %d nodes, though none is dead", i, st.SettledNodes)
			}
		}
		for _, s := range all {
			if err := s.Close(context.Background()); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if keys := r.keys(); len(keys) != 0 {
			t.Errorf("keys are left: %q", keys)
		}
	}
}

// Counters are shared by the nodes of a namespace, and requests are known to all.
func TestNodesShare(t *testing.T) {
	r := startRedis(t)
	a, b, stranger := r.open(secret("x")), r.open(secret("x")), r.open(secret("y"))
	ctx := t.Context()
	for want := 1; want <= 4; want++ {
		s := []queue.Store{a, b}[want%2]
		if c, err := s.Limiter().Count(ctx, "203.0.113.9", time.Hour); err != nil || c.Used != want {
			t.Errorf("Count = %+v, %v, want %d", c, err, want)
		}
	}
	if _, err := a.Replay().Begin(ctx, "r", [32]byte{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if rec, err := b.Replay().Begin(ctx, "r", [32]byte{2}, time.Hour); err != nil || rec.State != queue.ReplayRunning || rec.Digest != [32]byte{1} {
		t.Errorf("Begin on another node = %v, %v, want it running", rec, err)
	}
	if err := b.Replay().Append(ctx, "r", nil); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Append on another node: %v, want ErrNotFound", err)
	}
	if _, err := stranger.Replay().Read(ctx, "r"); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Read with another secret: %v, want ErrNotFound", err)
	}
	for _, s := range []queue.Store{a, b, stranger} {
		s.Close(context.Background())
	}
}

// Redis that comes back with nothing has lost counters and the answers to earlier
// requests. Credentials and a request that runs are written again.
func TestRecordsAfterRedisWasEmptied(t *testing.T) {
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	ctx := t.Context()
	if _, err := s.Replay().Begin(ctx, "r", [32]byte{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := s.Replay().Append(ctx, "r", []byte("before")); err != nil {
		t.Fatal(err)
	}
	if err := s.Credentials().Put(ctx, alice, "irc", "al", []byte("x")); err != nil {
		t.Fatal(err)
	}
	r.do("FLUSHALL")
	if err := s.Replay().Append(ctx, "r", []byte("after")); err != nil {
		t.Errorf("Append: %v", err)
	}
	if err := s.Replay().Complete(ctx, "r"); err != nil {
		t.Errorf("Complete: %v", err)
	}
	if rec, err := s.Replay().Read(ctx, "r"); err != nil || !slices.Equal(lines(rec), []string{"before", "after"}) {
		t.Errorf("Read = %q, %v, want both lines", lines(rec), err)
	}
	if b, err := s.Credentials().Get(ctx, alice, "irc", "al"); err != nil || string(b) != "x" {
		t.Errorf("Get = %q, %v, want the credentials", b, err)
	}
	eventually(t, "the node has recovered", func() bool {
		keys, _ := redigo.Strings(r.do("KEYS", redis.Prefix(s)+redis.Node(s)+":*"), nil)
		return len(keys) == 2 && s.Ready() == nil
	})
	wantTTLs(t, r)
}

// What could not be told to Redis during an outage is told after it.
func TestRecordsAfterOutage(t *testing.T) {
	r := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	s := r.open(func(o *redis.Options) { o.Grace(2 * time.Second) })
	defer s.Close(context.Background())
	ctx := t.Context()
	if err := s.Credentials().Put(ctx, alice, "irc", "al", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Replay().Begin(ctx, "r", [32]byte{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Replay().Begin(ctx, "again", [32]byte{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := s.Replay().Append(ctx, "r", []byte("line")); err != nil {
		t.Fatal(err)
	}
	r.kill()
	if err := s.Credentials().Drop(ctx, alice.ID); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Drop: %v, want ErrUnavailable", err)
	}
	if err := s.Replay().Append(ctx, "again", []byte("said twice")); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Append: %v, want ErrUnavailable", err)
	}
	if err := s.Replay().Complete(ctx, "r", []byte("last")); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Complete: %v, want ErrUnavailable", err)
	}
	whole := []string{"line", "last"}
	if rec, err := s.Replay().Read(ctx, "r"); err != nil || rec.State != queue.ReplayComplete || !slices.Equal(lines(rec), whole) {
		t.Errorf("Read during the outage = %s %q, %v, want it complete from memory", rec.State, lines(rec), err)
	}
	r.start()
	eventually(t, "the credentials are dropped and the request is complete", func() bool {
		keys := strings.Join(r.keys(), " ")
		requests, _ := redigo.Strings(r.do("KEYS", redis.Prefix(s)+"request:*"), nil)
		elements := int64(0)
		for _, k := range requests {
			n, _ := r.do("LLEN", k).(int64)
			elements += n
		}
		// The begin of both, the lines and the end of one.
		return !strings.Contains(keys, "credentials:") && elements == 5
	})
	if rec, err := s.Replay().Read(ctx, "r"); err != nil || !slices.Equal(lines(rec), whole) {
		t.Errorf("Read after the outage = %q, %v, want %q", lines(rec), err, whole)
	}
	if err := s.Replay().Append(ctx, "again", []byte("said twice")); err != nil {
		t.Errorf("Append, once more: %v", err)
	}
	if err := s.Replay().Complete(ctx, "again"); err != nil {
		t.Errorf("Complete: %v", err)
	}
	if rec, err := s.Replay().Read(ctx, "again"); err != nil || !slices.Equal(lines(rec), []string{"said twice"}) {
		t.Errorf("Read = %q, %v, want the line once", lines(rec), err)
	}
}

// A node that was frozen for so long that others took it for dead writes not one
// byte more under its old name, and goes on under another with all its jobs.
func TestFrozenNode(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	cmd, line := startNode(t, r)
	if line != "ready\n" {
		t.Fatalf("the node said %q", line)
	}
	s := r.open(secret(nodeSecret))
	defer s.Close(context.Background())
	others := func() (names []string) {
		all, err := redigo.Strings(r.do("SMEMBERS", redis.Prefix(s)+"nodes"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all, func(n string) bool { return n == redis.Node(s) })
	}
	before := others()
	if len(before) != 1 {
		t.Fatalf("other nodes: %q, want one", before)
	}
	cmd.Process.Signal(syscall.SIGSTOP)
	eventually(t, "the frozen node is settled", func() bool { return s.Stats().SettledJobs == 6 })
	cmd.Process.Signal(syscall.SIGCONT)
	var after []string
	eventually(t, "it is back under another name, with its jobs", func() bool {
		after = others()
		if len(after) != 1 || after[0] == before[0] {
			return false
		}
		node := redis.Prefix(s) + after[0]
		return r.do("HLEN", node+":active") == int64(4) && r.do("LLEN", node+":waiting:irc") == int64(3)
	})
	eventually(t, "nothing is under the old name", func() bool {
		keys, _ := r.do("KEYS", redis.Prefix(s)+before[0]+":*").([]any)
		return len(keys) == 0
	})
	wantTTLs(t, r)
}

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/queuetest"
	"github.com/sockethub/sockethub/queue/redis"
)

// run pushes jobs one after another until stop, each through its whole cycle, and
// returns how many ended well and how many were refused. A job that was accepted
// must never be told to be gone.
func run(t *testing.T, s queue.Store, stop <-chan struct{}) (done, refused int) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return done, refused
		default:
		}
		j := job(fmt.Sprint("i", i%3), fmt.Sprint("job ", i))
		if err := push(t, s, j, uint64(i%2)); err != nil {
			if !errors.Is(err, queue.ErrUnavailable) {
				t.Errorf("push: %v, want nil or ErrUnavailable", err)
			}
			refused++
			pause()
			continue
		}
		if i%2 == 0 {
			// Others claim from the same line: any job will do.
			o := expect(t, "claim")
			if j = s.Claim(j.Instance, 1, nil, o.confirm); j == nil {
				t.Errorf("nothing waits in i%d, though a job was put there", i%3)
				return done, refused
			}
			if err := o.wait(); err != nil {
				t.Errorf("claim of job %d: %v", j.ID, err)
			}
		}
		if _, ok := s.Finish(j.ID, 1); !ok {
			t.Errorf("job %d was lost", j.ID)
		}
		done++
	}
}

// during runs jobs while fault does its work, and some more after it. None may be
// lost; with refusals false none may be refused either.
func during(t *testing.T, s queue.Store, refusals bool, fault func()) {
	t.Helper()
	stop := make(chan struct{})
	start := s.Stats()
	var wg sync.WaitGroup
	var done, refused atomic.Int64
	for range 4 {
		wg.Go(func() {
			d, r := run(t, s, stop)
			done.Add(int64(d))
			refused.Add(int64(r))
		})
	}
	fault()
	eventually(t, "the store is ready again", func() bool { return s.Ready() == nil })
	before := s.Stats().Finished
	eventually(t, "jobs go on by themselves", func() bool { return s.Stats().Finished > before+20 })
	close(stop)
	wg.Wait()
	if n := refused.Load(); n > 0 && !refusals {
		t.Errorf("%d jobs were refused, %d went well: nothing was lost for long enough", n, done.Load())
	}
	if st := s.Stats(); st.Waiting != start.Waiting || st.Claimed != start.Claimed || st.Finished-start.Finished != uint64(done.Load()) {
		t.Errorf("Stats = %+v, want %d finished and no more left than before", st, done.Load())
	}
}

// Faults that are over within the grace time are not noticed by any client.
func TestShortFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		args  []string
		fault func(r *server, s queue.Store)
	}{
		{"CLIENT KILL", nil, func(r *server, _ queue.Store) {
			for range 5 {
				r.do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
				for range 10 {
					pause()
				}
			}
		}},
		{"CLIENT PAUSE", nil, func(r *server, _ queue.Store) { r.do("CLIENT", "PAUSE", 3000) }},
		{"DEBUG SLEEP", []string{"--enable-debug-command", "yes"}, func(r *server, _ queue.Store) { r.do("DEBUG", "SLEEP", "1") }},
		{"SIGSTOP, SIGCONT", nil, func(r *server, s queue.Store) {
			r.signal(syscall.SIGSTOP)
			eventually(r.t, "the loss is noticed", func() bool { return s.Ready() != nil })
			r.signal(syscall.SIGCONT)
		}},
		{"FLUSHALL", nil, func(r *server, _ queue.Store) { r.do("FLUSHALL") }},
		{"SIGKILL, restart with what was written", []string{"--appendonly", "yes", "--appendfsync", "always"}, func(r *server, _ queue.Store) {
			r.kill()
			r.start()
		}},
		{"SIGKILL, restart with nothing", nil, func(r *server, _ queue.Store) {
			r.kill()
			r.start()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := startRedis(t, tt.args...)
			book := new(logBook)
			s := r.open(func(o *redis.Options) { o.Log = book.logger(); o.Grace(patience) })
			held, waits := job("held", "claimed before the fault"), job("waits", "waiting before the fault")
			mustPush(t, s, held, 9)
			mustPush(t, s, waits, 0)
			during(t, s, false, func() { tt.fault(r, s) })

			// Accepted before, answered after; and Redis holds them again.
			prefix := redis.Prefix(s)
			eventually(t, "both jobs are recorded", func() bool {
				node := prefix + redis.Node(s)
				return r.do("HEXISTS", node+":active", held.ID) == int64(1) && r.do("LLEN", node+":waiting:waits") == int64(1)
			})
			wantTTLs(t, r)
			mustFinish(t, s, held, 9)
			if j := mustClaim(t, s, "waits", 1); j != waits {
				t.Errorf("claimed job %d, want the one from before the fault", j.ID)
			}
			mustFinish(t, s, waits, 1)
			if err := s.Close(context.Background()); err != nil {
				t.Errorf("Close: %v", err)
			}
			if keys := r.keys(); len(keys) != 0 {
				t.Errorf("keys are left after Close: %q", keys)
			}
		})
	}
}

// wantTTLs checks that every key ends some day.
func wantTTLs(t testing.TB, r *server) {
	t.Helper()
	c := r.connect()
	defer c.Close()
	keys, err := redigo.Strings(c.Do("KEYS", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if ttl, err := redigo.Int(c.Do("TTL", k)); err != nil || ttl == -1 {
			t.Errorf("key %s has no time to live (%d, %v)", k, ttl, err)
		}
	}
}

// While Redis is lost, what is new is refused within the grace time, then at
// once, in jobs and in all else; what was accepted waits for it. The log says it
// once.
func TestOutage(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	book := new(logBook)
	s := r.open(func(o *redis.Options) { o.Log = book.logger(); o.Grace(2 * time.Second) })
	defer s.Close(context.Background())
	held, waits, claimed := job("i", "held"), job("j", "waits"), job("k", "claimed meanwhile")
	insist(t, s, held, 1)
	insist(t, s, waits, 0)
	insist(t, s, claimed, 0)
	r.kill()

	o := expect(t, "claim while Redis is lost")
	if s.Claim("k", 1, nil, o.confirm) != claimed {
		t.Fatal("nothing to claim")
	}
	if err := push(t, s, job("i", "new"), 1); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("push after the loss: %v, want ErrUnavailable", err)
	}
	eventually(t, "jobs are refused at once", func() bool {
		return errors.Is(s.Push(job("i", "new"), 0, func(error) {}), queue.ErrUnavailable)
	})
	ctx := t.Context()
	_, getErr := s.Credentials().Get(ctx, alice, "irc", "al")
	_, beginErr := s.Replay().Begin(ctx, "r1", [32]byte{}, patience)
	_, readErr := s.Replay().Read(ctx, "r1")
	_, countErr := s.Limiter().Count(ctx, "a", patience)
	for name, err := range map[string]error{
		"Ready": s.Ready(),
		"Put":   s.Credentials().Put(ctx, alice, "irc", "al", nil),
		"Get":   getErr, "Begin": beginErr, "Read": readErr, "Count": countErr,
	} {
		if !errors.Is(err, queue.ErrUnavailable) || strings.ContainsAny(err.Error(), "/:") {
			t.Errorf("%s: %v, want an ErrUnavailable that names no address", name, err)
		}
	}
	mustFinish(t, s, held, 1) // running ones finish
	if s.Stats().Up {
		t.Error("Stats say that the store is up")
	}

	r.start()
	if err := o.wait(); err != nil {
		t.Errorf("the claim that waited: %v", err)
	}
	mustFinish(t, s, claimed, 1)
	eventually(t, "the store is ready", func() bool { return s.Ready() == nil })
	insist(t, s, job("i", "new"), 1)
	if mustClaim(t, s, "j", 1) != waits {
		t.Error("the job that waited is gone")
	}
	eventually(t, "the log says that it is back", func() bool { return strings.Contains(book.String(), "is back") })
	if n := strings.Count(book.String(), "cannot be used"); n != 1 {
		t.Errorf("the log says %d times that the store is lost, want once:\n%s", n, book)
	}
}

// A claim that waits for a lost Redis ends when the job's deadline takes it out.
func TestRemoveDuringOutage(t *testing.T) {
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	j, unrecorded := job("i", "x"), job("i", "y")
	mustPush(t, s, j, 0)
	r.signal(syscall.SIGSTOP)
	claim, pushed := expect(t, "claim"), expect(t, "push")
	s.Claim("i", 1, nil, claim.confirm)
	if err := s.Push(unrecorded, 1, pushed.confirm); err != nil {
		t.Fatal(err)
	}
	if held := s.Settle("i", 1); len(held) != 2 {
		t.Errorf("Settle = %d jobs, want both", len(held))
	}
	for _, o := range []*outcome{claim, pushed} {
		if err := o.wait(); !errors.Is(err, queue.ErrGone) {
			t.Errorf("the %s of a job that was taken out confirmed %v, want ErrGone", o.what, err)
		}
	}
	r.signal(syscall.SIGCONT)
	eventually(t, "Redis holds nothing of them", func() bool {
		node := redis.Prefix(s) + redis.Node(s)
		return s.Ready() == nil && r.do("HLEN", node+":active") == int64(1) && r.do("EXISTS", node+":waiting:i") == int64(0)
	})
}

// What Redis refuses is told in words, at once, and goes well again afterwards.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		want   string
		begin  func(r *server, s queue.Store)
		finish func(r *server, s queue.Store)
	}{
		{"OOM", "the store is full",
			func(r *server, _ queue.Store) { r.do("CONFIG", "SET", "maxmemory", "1") },
			func(r *server, _ queue.Store) { r.do("CONFIG", "SET", "maxmemory", "0") }},
		{"READONLY", "the store is read-only",
			func(r *server, _ queue.Store) { r.do("REPLICAOF", "127.0.0.1", "1") },
			func(r *server, _ queue.Store) { r.do("REPLICAOF", "NO", "ONE") }},
		{"WRONGTYPE", "another kind of value",
			func(r *server, s queue.Store) {
				node := redis.Prefix(s) + redis.Node(s)
				r.do("SET", node+":active", "x")
				r.do("SET", node+":waiting:i", "x")
			},
			func(*server, queue.Store) {}},
		{"NOPERM", "does not permit",
			func(r *server, _ queue.Store) { r.do("ACL", "SETUSER", "default", "-hset", "-lpush", "-rpush") },
			func(r *server, _ queue.Store) { r.do("ACL", "SETUSER", "default", "+@all") }},
		{"MISCONF", "cannot save",
			func(r *server, _ queue.Store) {
				r.do("CONFIG", "SET", "dir", "/proc/self")
				r.do("CONFIG", "SET", "save", "1 1")
				c := r.connect()
				defer c.Close()
				c.Do("BGSAVE")
			},
			func(r *server, _ queue.Store) { r.do("CONFIG", "SET", "stop-writes-on-bgsave-error", "no") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := startRedis(t, "--enable-protected-configs", "yes")
			book := &logBook{}
			s := r.open(func(o *redis.Options) { o.Log = book.logger() })
			defer s.Close(context.Background())
			before := job("i", "before")
			mustPush(t, s, before, 0)
			if tt.name == "WRONGTYPE" {
				// A string can only be put where no list is.
				mustFinish(t, s, mustClaim(t, s, "i", 1), 1)
				eventually(t, "the list is gone", func() bool {
					return r.do("EXISTS", redis.Prefix(s)+redis.Node(s)+":waiting:i") == int64(0)
				})
			}
			tt.begin(r, s)
			var err error
			eventually(t, "a job is refused", func() bool {
				j := job("i", "refused")
				if err = push(t, s, j, 1); err == nil {
					mustFinish(t, s, j, 1)
				}
				return err != nil
			})
			if !strings.Contains(err.Error(), tt.want) || !errors.Is(err, queue.ErrUnavailable) {
				t.Errorf("push: %v, want an ErrUnavailable with %q", err, tt.want)
			}
			if tt.name != "WRONGTYPE" { // which heals by itself
				if err := push(t, s, job("i", "refused"), 0); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("push into the line: %v, want an error with %q", err, tt.want)
				}
				eventually(t, "readiness says it", func() bool {
					err := s.Ready()
					return err != nil && strings.Contains(err.Error(), tt.want)
				})
				// Operators are told which command was refused, and for which key.
				named := regexp.MustCompile("(HSET|HDEL) " + redis.Prefix(s) + redis.Node(s) + ":active: .*" + tt.want)
				if !named.MatchString(book.String()) {
					t.Errorf("the log says %s", book)
				}
				if s.Stats().Errors[tt.name] == 0 {
					t.Errorf("Stats.Errors = %v, want %s counted", s.Stats().Errors, tt.name)
				}
			}
			tt.finish(r, s)
			eventually(t, "the store is ready again", func() bool { return s.Ready() == nil })
			eventually(t, "jobs are accepted again", func() bool {
				j := job("i", "after")
				err := push(t, s, j, 1)
				if err == nil {
					mustFinish(t, s, j, 1)
				}
				return err == nil
			})
			if tt.name == "WRONGTYPE" {
				eventually(t, "the line takes jobs again", func() bool {
					err := push(t, s, before, 0)
					if err != nil && !strings.Contains(err.Error(), tt.want) {
						t.Fatalf("push into the line: %v", err)
					}
					return err == nil
				})
				mustFinish(t, s, mustClaim(t, s, "i", 1), 1)
			} else {
				// The job from before was never lost.
				if j := mustClaim(t, s, "i", 1); j != before {
					t.Errorf("claimed job %d, want the one from before", j.ID)
				}
				mustFinish(t, s, before, 1)
			}
			eventually(t, "Redis holds nothing but the node", func() bool {
				node := redis.Prefix(s) + redis.Node(s)
				return r.do("HLEN", node+":active") == int64(1) && r.do("EXISTS", node+":waiting:i") == int64(0)
			})
			wantTTLs(t, r)
		})
	}
}

// A claim that Redis refuses leaves the job at the front of its line.
func TestRefusedClaim(t *testing.T) {
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	first, second := job("i", "first"), job("i", "second")
	mustPush(t, s, first, 0)
	mustPush(t, s, second, 0)
	r.do("CONFIG", "SET", "maxmemory", "1")
	o := expect(t, "claim")
	if s.Claim("i", 1, nil, o.confirm) != first {
		t.Fatal("the first job was not claimed")
	}
	if err := o.wait(); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("claim confirmed %v, want that the store is full", err)
	}
	if _, ok := s.Finish(first.ID, 1); ok {
		t.Error("a job that was put back could be finished")
	}
	r.do("CONFIG", "SET", "maxmemory", "0")
	for _, want := range []*queue.Job{first, second} {
		if j := mustClaim(t, s, "i", 1); j != want {
			t.Errorf("claimed %q, want %q", j.Payload, want.Payload)
		}
	}
}

// Random sequences against a model, while connections end and Redis restarts.
func TestModelWithFaults(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	for i, tt := range []struct {
		name    string
		args    []string
		disturb func(r *server, s queue.Store) func(*rand.Rand)
	}{
		{"connections end", nil, func(r *server, s queue.Store) func(*rand.Rand) {
			return func(rnd *rand.Rand) {
				if rnd.IntN(2) == 0 {
					redis.Reset(s)
				} else {
					r.do("CLIENT", "KILL", "TYPE", "normal")
				}
			}
		}},
		{"Redis is emptied", nil, func(r *server, s queue.Store) func(*rand.Rand) {
			return func(*rand.Rand) { r.do("FLUSHALL"); redis.Reset(s) }
		}},
		{"Redis restarts", []string{"--appendonly", "yes"}, func(r *server, s queue.Store) func(*rand.Rand) {
			return func(rnd *rand.Rand) {
				if rnd.IntN(8) == 0 {
					r.kill()
					r.start()
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := startRedis(t, tt.args...)
			s := r.open(func(o *redis.Options) { o.Grace(patience) })
			queuetest.Exercise(t, s, seed+uint64(i), 1500, tt.disturb(r, s))
			if err := s.Close(context.Background()); err != nil {
				t.Errorf("Close: %v", err)
			}
			if keys := r.keys(); len(keys) != 0 {
				t.Errorf("keys are left after Close: %q", keys)
			}
		})
	}
}

// maxmemory-policy decides whether Redis may throw jobs away: said once.
func TestPolicyWarning(t *testing.T) {
	for policy, want := range map[string]int{"noeviction": 0, "allkeys-lru": 1} {
		r := startRedis(t, "--maxmemory-policy", policy)
		book := new(logBook)
		s := r.open(func(o *redis.Options) { o.Log = book.logger() })
		redis.Reset(s)
		eventually(t, "the connections are back", func() bool { return s.Stats().Connects >= 4 && s.Ready() == nil })
		s.Close(context.Background())
		if n := strings.Count(book.String(), "maxmemory-policy"); n != want {
			t.Errorf("with %s the log warns %d times, want %d:\n%s", policy, n, want, book)
		}
	}
}

// Closing while Redis is lost ends in time, and says that something is left.
func TestCloseDuringOutage(t *testing.T) {
	r := startRedis(t)
	s := r.open()
	mustPush(t, s, job("i", "x"), 1)
	r.signal(syscall.SIGSTOP)
	o := expect(t, "push")
	if err := s.Push(job("i", "y"), 1, o.confirm); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); err == nil {
		t.Error("Close succeeded without Redis")
	}
	if err := o.wait(); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("an unconfirmed push: %v, want ErrClosed", err)
	}
	if err := s.Close(context.Background()); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("a second Close: %v, want ErrClosed", err)
	}
}

// Claimed jobs that Redis has not confirmed when it goes away reach their worker in
// the order of their claims once it is back: whether Redis had them or not.
func TestOrderAfterReconnect(t *testing.T) {
	t.Parallel()
	for _, had := range []bool{true, false} {
		t.Run(fmt.Sprintf("Redis had them: %t", had), func(t *testing.T) {
			t.Parallel()
			r := startRedis(t)
			s := r.open()
			defer s.Close(context.Background())
			if had {
				r.signal(syscall.SIGSTOP) // takes what is written, and answers nothing
			} else {
				r.kill()
				eventually(t, "the loss is noticed", func() bool { return s.Ready() != nil })
			}
			const n = 50
			order := make(chan uint64, n)
			for range n {
				j := job("feeds", "x")
				if err := s.Push(j, 1, func(err error) {
					if err != nil {
						t.Errorf("job %d: %v", j.ID, err)
					}
					order <- j.ID
				}); err != nil {
					t.Fatal(err)
				}
			}
			if had {
				eventually(t, "the connection is given up", func() bool { redis.Overdue(s); return s.Ready() != nil })
				r.signal(syscall.SIGCONT)
			} else {
				r.start()
			}
			for want := uint64(1); want <= n; want++ {
				select {
				case id := <-order:
					if id != want {
						t.Fatalf("job %d came where %d was due", id, want)
					}
				case <-time.After(patience):
					t.Fatalf("job %d did not come", want)
				}
			}
		})
	}
}

package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/queuetest"
)

var alice = queue.Owner{ID: "session-of-alice", Secret: [16]byte{1, 2, 3}}

func openMemory(t testing.TB, o queue.Options) queue.Store {
	t.Helper()
	s, err := queue.OpenMemory(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMemory(t *testing.T) {
	queuetest.Run(t, func(t *testing.T) queue.Store { return openMemory(t, queue.Options{}) })
}

func TestOptions(t *testing.T) {
	for _, o := range []queue.Options{
		{MaxQueuedJobs: -1}, {MaxCredentials: -1}, {CredentialsTTL: -1}, {MaxReplayLines: -1}, {MaxReplayBytes: -1}, {MaxReplayTotal: -1}, {MaxLimiterKeys: -1},
	} {
		if _, err := queue.OpenMemory(o); err == nil {
			t.Errorf("OpenMemory(%+v) succeeded", o)
		}
	}
	s := openMemory(t, queue.Options{MaxQueuedJobs: 1, MaxCredentials: 1})
	confirmed := func(error) {}
	if err := s.Push(&queue.Job{Instance: "i"}, 0, confirmed); err != nil {
		t.Errorf("the first push: %v", err)
	}
	if err := s.Push(&queue.Job{Instance: "i"}, 0, confirmed); !errors.Is(err, queue.ErrFull) {
		t.Errorf("the second push: %v, want ErrFull", err)
	}
}

// Credentials in memory slide, and those that nobody reads any more are forgotten.
func TestMemoryCredentialsSlide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openMemory(t, queue.Options{CredentialsTTL: time.Hour})
		c, ctx := s.Credentials(), t.Context()
		c.Put(ctx, alice, "irc", "al", []byte("x"))
		for range 3 {
			time.Sleep(50 * time.Minute)
			if _, err := c.Get(ctx, alice, "irc", "al"); err != nil {
				t.Fatalf("Get within the time to live: %v", err)
			}
		}
		time.Sleep(61 * time.Minute)
		if _, err := c.Get(ctx, alice, "irc", "al"); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("Get after the time to live: %v, want ErrNotFound", err)
		}

		// Each Put looks at a few owners and forgets those that have expired.
		for i := range 1000 {
			c.Put(ctx, queue.Owner{ID: fmt.Sprint(i)}, "irc", "al", nil)
		}
		time.Sleep(2 * time.Hour)
		for i := range 1000 {
			c.Put(ctx, alice, "irc", fmt.Sprint(i%10), nil)
		}
		if n := queue.Owners(s); n > 10 {
			t.Errorf("%d owners are kept, though all but one have expired", n)
		}

		forever := openMemory(t, queue.Options{})
		forever.Credentials().Put(ctx, alice, "irc", "al", []byte("x"))
		time.Sleep(100 * 24 * time.Hour)
		if _, err := forever.Credentials().Get(ctx, alice, "irc", "al"); err != nil {
			t.Errorf("Get without a time to live: %v", err)
		}
	})
}

// A record lives for its time to live after its last line.
func TestMemoryReplayExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openMemory(t, queue.Options{})
		r, ctx := s.Replay(), t.Context()
		r.Begin(ctx, "r", [32]byte{}, time.Minute)
		time.Sleep(50 * time.Second)
		r.Append(ctx, "r", []byte("x"))
		time.Sleep(50 * time.Second)
		if _, err := r.Read(ctx, "r"); err != nil {
			t.Errorf("Read 50 s after the last line: %v", err)
		}
		time.Sleep(11 * time.Second)
		if _, err := r.Read(ctx, "r"); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("Read 61 s after the last line: %v, want ErrNotFound", err)
		}
		if err := r.Append(ctx, "r", nil); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("Append to an expired record: %v, want ErrNotFound", err)
		}
	})
}

// What has expired is forgotten though nobody asks for anything any more.
func TestMemoryReplayIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openMemory(t, queue.Options{})
		defer s.Close(context.Background())
		r, ctx := s.Replay(), t.Context()
		want := func(n int) {
			t.Helper()
			synctest.Wait()
			if got := queue.Records(s); got != n {
				t.Errorf("%d records are kept, want %d", got, n)
			}
		}
		for range 2 { // also after all were forgotten
			r.Begin(ctx, "first", [32]byte{}, time.Minute)
			time.Sleep(30 * time.Second)
			for i := range 100 {
				r.Begin(ctx, fmt.Sprint(i), [32]byte{}, time.Minute)
			}
			r.Complete(ctx, "99", []byte("x"))
			time.Sleep(31 * time.Second)
			want(100)
			time.Sleep(30 * time.Second)
			want(0)
		}
	})
}

// All records together are bounded: the oldest complete ones make room, running
// ones never do.
func TestMemoryReplayTotal(t *testing.T) {
	s := openMemory(t, queue.Options{MaxReplayTotal: 10_000})
	r, ctx := s.Replay(), t.Context()
	write := func(id string, n int) error {
		if _, err := r.Begin(ctx, id, [32]byte{}, time.Hour); err != nil {
			return err
		}
		return r.Append(ctx, id, make([]byte, n))
	}
	if err := write("runs", 2000); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		id := fmt.Sprint("complete ", i)
		if err := write(id, 2000); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		r.Complete(ctx, id)
	}
	if _, err := r.Read(ctx, "complete 0"); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Read of the oldest: %v, want ErrNotFound: it had to make room", err)
	}
	for _, id := range []string{"complete 19", "complete 18", "runs"} {
		if rec, err := r.Read(ctx, id); err != nil || len(rec.Lines) != 1 {
			t.Errorf("Read(%s) = %d lines, %v, want it kept", id, len(rec.Lines), err)
		}
	}
	if err := write("large", 8000); !errors.Is(err, queue.ErrTooMany) {
		t.Errorf("what fits only in place of a running one: %v, want ErrTooMany", err)
	}
}

// Hundreds of records that come, are written and expire in any order read as a
// plain map of them would.
func TestMemoryReplayManyRecords(t *testing.T) {
	type known struct {
		lines    []string
		complete bool
		expires  time.Time
	}
	synctest.Test(t, func(t *testing.T) {
		s := openMemory(t, queue.Options{})
		r, ctx, random := s.Replay(), t.Context(), rand.New(rand.NewPCG(1, 2))
		const ttl = 300 * time.Millisecond
		all := make(map[string]*known)
		most := 0
		for step := range 20_000 {
			id := fmt.Sprint(random.IntN(600))
			want := all[id]
			if want != nil && time.Now().After(want.expires) {
				delete(all, id)
				want = nil
			}
			line := fmt.Sprint("line ", step)
			var err error
			switch random.IntN(8) {
			case 0, 1:
				err = r.Append(ctx, id, []byte(line))
				if want != nil && !want.complete {
					want.lines, want.expires = append(want.lines, line), time.Now().Add(ttl)
				} else if errors.Is(err, queue.ErrNotFound) {
					err = nil
				} else {
					t.Fatalf("step %d: Append to no running record: %v, want ErrNotFound", step, err)
				}
			case 2:
				err = r.Complete(ctx, id, []byte(line))
				if want != nil && !want.complete {
					want.lines, want.expires, want.complete = append(want.lines, line), time.Now().Add(ttl), true
				} else if errors.Is(err, queue.ErrNotFound) {
					err = nil
				} else {
					t.Fatalf("step %d: Complete of no running record: %v, want ErrNotFound", step, err)
				}
			case 3:
				time.Sleep(time.Millisecond)
				if random.IntN(100) == 0 {
					time.Sleep(2 * ttl) // all expire
				}
				continue
			default:
				var rec queue.Record
				rec, err = r.Begin(ctx, id, [32]byte{}, ttl)
				switch {
				case want == nil:
					if rec.State != queue.ReplayNew {
						t.Fatalf("step %d: a new record is %s", step, rec.State)
					}
					all[id] = &known{expires: time.Now().Add(ttl)}
				case rec.State == queue.ReplayComplete != want.complete || !slices.Equal(queuetest.Texts(rec), want.lines):
					t.Fatalf("step %d: the record is %s with %q, want complete %t with %q", step, rec.State, queuetest.Texts(rec), want.complete, want.lines)
				}
			}
			if err != nil {
				t.Fatalf("step %d: %v", step, err)
			}
			most = max(most, len(all))
		}
		if most < 300 {
			t.Errorf("there were at most %d records at once, too few to tell", most)
		}
	})
}

// A job's way through the queue.
func ExampleQueue() {
	s, _ := queue.OpenMemory(queue.Options{})
	j := &queue.Job{Instance: "irc", Payload: []byte(`{"type":"send"}`)}
	s.Push(j, 0, func(err error) { fmt.Println("recorded:", err) })

	const worker = 1 // the generation of the worker that has a free slot
	c := s.Claim("irc", worker, nil, func(err error) { fmt.Println("may be framed:", err) })
	fmt.Printf("job %d: %s\n", c.ID, c.Payload)

	_, ok := s.Finish(c.ID, worker)
	fmt.Println("finished:", ok)
	_, ok = s.Finish(c.ID, worker)
	fmt.Println("a late result:", ok)
	// Output:
	// recorded: <nil>
	// may be framed: <nil>
	// job 1: {"type":"send"}
	// finished: true
	// a late result: false
}

// Whoever needs more than a share of what is kept loses its own records; where all
// is taken, the one who has most does. Nobody else's request runs twice.
func TestMemoryReplayIsShared(t *testing.T) {
	r := openMemory(t, queue.Options{MaxReplayBytes: 10_000, MaxReplayTotal: 800_000}).Replay()
	begin := func(address string, n int) {
		t.Helper()
		id := fmt.Sprint(address, n)
		if _, err := r.Begin(queue.WithAddress(t.Context(), address), id, [32]byte{}, time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := r.Complete(t.Context(), id, make([]byte, 9_000)); err != nil {
			t.Fatal(err)
		}
	}
	known := func(address string) (n int) {
		for i := range 1000 {
			if _, err := r.Read(t.Context(), fmt.Sprint(address, i)); err == nil {
				n++
			}
		}
		return n
	}
	for i := range 5 {
		begin("modest", i)
	}
	for i := range 1000 {
		begin("greedy", i)
	}
	if n := known("modest"); n != 5 {
		t.Errorf("%d of 5 records are left beside an address that floods", n)
	}
	if n := known("greedy"); n == 0 || n > 10 {
		t.Errorf("%d records of the address that floods are left, want at most a share", n)
	}
	for a := range 20 { // until all is taken
		for i := range 7 {
			begin(fmt.Sprint("crowd ", a, " "), i)
		}
	}
	if n := known("modest"); n < 3 {
		t.Errorf("%d of 5 records are left though others have more", n)
	}
}

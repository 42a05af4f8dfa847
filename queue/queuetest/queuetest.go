// Package queuetest is what every queue.Store has to do, as tests.
//
//	func TestStore(t *testing.T) {
//		queuetest.Run(t, func(t *testing.T) queue.Store {
//			s, err := queue.OpenMemory(queue.Options{})
//			…
//			return s
//		})
//	}
//
// Run is the whole suite. Exercise alone runs random sequences against a model,
// and lets a backend's own tests disturb it meanwhile.
package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/queue"
)

// patience is how long the tests wait for what has to happen.
const patience = 30 * time.Second

// Run tests a store with default options. open makes a new one, empty, for each
// test; Run closes it.
func Run(t *testing.T, open func(t *testing.T) queue.Store) {
	tests := []struct {
		name string
		test func(t *testing.T, s queue.Store)
	}{
		{"a job waits, is claimed and finished", testCycle},
		{"a job is claimed at once", testDirect},
		{"a line is first in, first out", testOrder},
		{"a full line refuses", testFull},
		{"addresses, sessions and lanes take turns", testTurns},
		{"a turn is first in, first out", testTurnsKeepOrder},
		{"who has a share of the slots is passed over", testTurnsPassOver},
		{"an address has a quarter of a line", testShareOfLine},
		{"who has most makes room", testDisplace},
		{"settle and requeue", testSettle},
		{"a late result is fenced off", testFencing},
		{"remove in every state", testRemove},
		{"callbacks may call the queue", testReentrant},
		{"many goroutines", testConcurrent},
		{"random sequences against a model", testModel},
		{"credentials", testCredentials},
		{"credentials are capped", testCredentialsCap},
		{"bytes of credentials are capped", testCredentialsBytes},
		{"an answer is kept", testReplay},
		{"the last lines of an answer come with its end", testReplayLastLines},
		{"an answer is bound to its body", testReplayDigest},
		{"an answer is bounded", testReplayBounds},
		{"an answer expires", testReplayExpires},
		{"one of many begins", testReplayRace},
		{"windows", testLimiter},
		{"close", testClose},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			tt.test(t, s)
			if err := s.Close(context.Background()); err != nil && !errors.Is(err, queue.ErrClosed) {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

var alice = queue.Owner{ID: "alice", Secret: [16]byte{1}}

func job(instance, payload string) *queue.Job {
	return &queue.Job{Instance: instance, Owner: alice, Payload: []byte(payload)}
}

// outcome is a callback that is given to the queue, and fails the test when it is
// called twice.
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

// push adds a job and waits until it is recorded.
func push(t testing.TB, s queue.Store, j *queue.Job, generation uint64) {
	t.Helper()
	o := expect(t, "push "+string(j.Payload))
	if err := s.Push(j, generation, o.confirm); err != nil {
		t.Fatalf("Push(%s): %v", j.Payload, err)
	}
	if err := o.wait(); err != nil {
		t.Fatalf("Push(%s) confirmed %v", j.Payload, err)
	}
}

// claim takes a job and waits until it may be framed; "" when there is none.
func claim(t testing.TB, s queue.Store, instance string, generation uint64) *queue.Job {
	t.Helper()
	o := expect(t, "claim of "+instance)
	j := s.Claim(instance, generation, nil, o.confirm)
	if j == nil {
		return nil
	}
	if err := o.wait(); err != nil {
		t.Fatalf("Claim(%s) = job %d, confirmed %v", instance, j.ID, err)
	}
	return j
}

func testCycle(t *testing.T, s queue.Store) {
	j := job("irc", "hello")
	push(t, s, j, 0)
	if j.ID == 0 {
		t.Error("Push gave no id")
	}
	if n := s.Waiting("irc"); n != 1 {
		t.Errorf("Waiting = %d, want 1", n)
	}
	if other := s.Claim("xmpp", 1, nil, func(error) {}); other != nil {
		t.Errorf("Claim of another instance = job %d, want none", other.ID)
	}
	if got := claim(t, s, "irc", 1); got != j {
		t.Fatalf("Claim = %v, want the pushed job", got)
	}
	if n := s.Waiting("irc"); n != 0 {
		t.Errorf("Waiting after the claim = %d, want 0", n)
	}
	if again := s.Claim("irc", 1, nil, func(error) {}); again != nil {
		t.Errorf("a second Claim = job %d, want none", again.ID)
	}
	if got, ok := s.Finish(j.ID, 1); got != j || !ok {
		t.Errorf("Finish = %v, %v, want the job", got, ok)
	}
	if _, ok := s.Finish(j.ID, 1); ok {
		t.Error("Finish succeeded twice")
	}
	if st := s.Stats(); st.Pushed != 1 || st.Finished != 1 || st.Late != 1 || st.Waiting+st.Claimed != 0 {
		t.Errorf("Stats = %+v, want 1 pushed, 1 finished, 1 late, none left", st)
	}
}

func testDirect(t *testing.T, s queue.Store) {
	j := job("feeds", "fetch")
	push(t, s, j, 7)
	if n := s.Waiting("feeds"); n != 0 {
		t.Errorf("Waiting = %d, want 0", n)
	}
	if got := s.Claim("feeds", 7, nil, func(error) {}); got != nil {
		t.Errorf("Claim = job %d, want none: it is claimed already", got.ID)
	}
	if _, ok := s.Finish(j.ID, 0); ok {
		t.Error("Finish by generation 0 succeeded")
	}
	if got, ok := s.Finish(j.ID, 7); got != j || !ok {
		t.Errorf("Finish = %v, %v, want the job", got, ok)
	}
}

func testOrder(t *testing.T, s queue.Store) {
	var want []uint64
	for i := range 20 {
		j := job("irc", fmt.Sprint(i))
		push(t, s, j, 0)
		push(t, s, job("other", fmt.Sprint(i)), 0)
		want = append(want, j.ID)
	}
	if !slices.IsSorted(want) {
		t.Errorf("ids do not rise: %v", want)
	}
	for i, id := range want {
		if j := claim(t, s, "irc", 1); j == nil || j.ID != id {
			t.Fatalf("claim %d = %v, want job %d", i, j, id)
		}
	}
	if n := s.Waiting("other"); n != 20 {
		t.Errorf("Waiting of the other instance = %d, want 20", n)
	}
}

// What is over the bound is refused at once, and never confirmed.
func testFull(t *testing.T, s queue.Store) {
	most := s.Stats().MaxQueued
	var outcomes []*outcome
	for i := range most {
		o := expect(t, fmt.Sprint("push ", i))
		if err := s.Push(job("irc", "x"), 0, o.confirm); err != nil {
			t.Fatalf("Push %d: %v", i, err)
		}
		outcomes = append(outcomes, o)
	}
	refused := func(error) { t.Error("a refused job was confirmed") }
	if err := s.Push(job("irc", "x"), 0, refused); !errors.Is(err, queue.ErrFull) {
		t.Errorf("Push into a full line: %v, want ErrFull", err)
	}
	push(t, s, job("xmpp", "other lines are not full"), 0)
	push(t, s, job("irc", "nor are slots"), 1)
	for _, o := range outcomes {
		if err := o.wait(); err != nil {
			t.Errorf("%s: confirmed %v", o.what, err)
		}
	}
	claim(t, s, "irc", 1)
	push(t, s, job("irc", "one place"), 0)
}

// What a worker held when it died comes back, so that each job is put back
// or answered.
func testSettle(t *testing.T, s queue.Store) {
	a, b, c, other := job("irc", "a"), job("irc", "b"), job("irc", "c"), job("irc", "other generation")
	push(t, s, a, 1)
	push(t, s, b, 0)
	claim(t, s, "irc", 1)
	push(t, s, other, 2)
	push(t, s, c, 0)
	if got := s.Settle("xmpp", 1); len(got) != 0 {
		t.Errorf("Settle of another instance = %d jobs, want none", len(got))
	}
	if got := s.Settle("irc", 1); !slices.Equal(got, []*queue.Job{a, b}) {
		t.Fatalf("Settle = %v, want a and b, oldest first", ids(got))
	}
	if got := s.Settle("irc", 1); len(got) != 0 {
		t.Errorf("a second Settle = %v, want none", ids(got))
	}
	for _, j := range []*queue.Job{b, a} {
		id := j.ID
		o := expect(t, "requeue")
		if err := s.Requeue(j, o.confirm); err != nil {
			t.Fatalf("Requeue: %v", err)
		}
		if err := o.wait(); err != nil || j.ID != id {
			t.Errorf("Requeue confirmed %v, id %d, want the same id %d", err, j.ID, id)
		}
	}
	if err := s.Requeue(a, func(error) {}); err == nil {
		t.Error("Requeue of a job that waits succeeded")
	}
	for _, want := range []*queue.Job{a, b, c} {
		if got := claim(t, s, "irc", 3); got != want {
			t.Errorf("Claim after the requeue = %v, want %s", got, want.Payload)
		}
	}
}

// A worker that was taken for dead cannot end a job that is another's now.
func testFencing(t *testing.T, s queue.Store) {
	j := job("irc", "x")
	push(t, s, j, 1)
	s.Settle("irc", 1)
	if _, ok := s.Finish(j.ID, 1); ok {
		t.Error("a result of a settled job was taken")
	}
	o := expect(t, "requeue")
	if err := s.Requeue(j, o.confirm); err != nil {
		t.Fatalf("Requeue: %v", err)
	}
	o.wait()
	if _, ok := s.Finish(j.ID, 1); ok {
		t.Error("a result of a job that waits again was taken")
	}
	claim(t, s, "irc", 2)
	if _, ok := s.Finish(j.ID, 1); ok {
		t.Error("a result of an older generation was taken")
	}
	if st := s.Stats(); st.Late != 3 {
		t.Errorf("Stats.Late = %d, want 3", st.Late)
	}
	if _, ok := s.Finish(j.ID, 2); !ok {
		t.Error("the result of the generation that holds the job was refused")
	}
}

// Past its deadline a job is taken out, whatever state it is in.
func testRemove(t *testing.T, s queue.Store) {
	waiting, claimed, first, last := job("irc", "waiting"), job("irc", "claimed"), job("irc", "first"), job("irc", "last")
	push(t, s, first, 0)
	push(t, s, waiting, 0)
	push(t, s, last, 0)
	push(t, s, claimed, 1)
	for _, j := range []*queue.Job{waiting, claimed} {
		if got, ok := s.Remove(j.ID); got != j || !ok {
			t.Errorf("Remove of the %s job = %v, %v", j.Payload, got, ok)
		}
		if _, ok := s.Remove(j.ID); ok {
			t.Errorf("Remove of the %s job succeeded twice", j.Payload)
		}
	}
	if _, ok := s.Finish(claimed.ID, 1); ok {
		t.Error("a result of a removed job was taken")
	}
	for _, want := range []*queue.Job{first, last} {
		if got := claim(t, s, "irc", 1); got != want {
			t.Errorf("Claim = %v, want the %s", got, want.Payload)
		}
	}

	// Taken out before it was recorded, or while it was: told once, either way.
	o := expect(t, "push")
	j := job("irc", "at once")
	if err := s.Push(j, 1, o.confirm); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Remove(j.ID); !ok {
		t.Error("a job that was just pushed could not be removed")
	}
	if err := o.wait(); err != nil && !errors.Is(err, queue.ErrGone) {
		t.Errorf("a removed push confirmed %v, want nil or ErrGone", err)
	}
}

func testReentrant(t *testing.T, s queue.Store) {
	done := make(chan struct{})
	var step func(n int)
	step = func(n int) {
		if n == 0 {
			close(done)
			return
		}
		j := job("irc", "x")
		err := s.Push(j, 0, func(err error) {
			if err != nil {
				t.Errorf("push confirmed %v", err)
			}
			c := s.Claim("irc", 1, nil, func(err error) {
				if err != nil {
					t.Errorf("claim confirmed %v", err)
				}
				if _, ok := s.Finish(j.ID, 1); !ok {
					t.Error("Finish failed")
				}
				step(n - 1)
			})
			if c != j {
				t.Errorf("Claim = %v, want the job", c)
			}
		})
		if err != nil {
			t.Errorf("Push: %v", err)
		}
	}
	step(20)
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the chain of callbacks stopped")
	}
}

func testConcurrent(t *testing.T, s queue.Store) {
	const goroutines, jobs = 8, 200
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			instance := fmt.Sprint("instance ", g%3)
			for i := range jobs {
				j := job(instance, "x")
				o := expect(t, "push")
				generation := uint64(1 + g)
				if i%2 == 0 {
					generation = 0
				}
				if err := s.Push(j, generation, o.confirm); err != nil {
					t.Errorf("Push: %v", err)
					return
				}
				if err := o.wait(); err != nil {
					t.Errorf("push confirmed %v", err)
				}
				if generation == 0 {
					// Others claim from the same line: any job will do.
					if j = claim(t, s, instance, uint64(1+g)); j == nil {
						t.Errorf("nothing waits in %s, though a job was put there", instance)
						return
					}
				}
				if _, ok := s.Finish(j.ID, uint64(1+g)); !ok {
					t.Errorf("Finish of job %d failed", j.ID)
				}
			}
		})
	}
	wg.Wait()
	if st := s.Stats(); st.Finished != goroutines*jobs || st.Waiting+st.Claimed != 0 {
		t.Errorf("Stats = %+v, want %d finished and none left", st, goroutines*jobs)
	}
}

func testClose(t *testing.T, s queue.Store) {
	claimed := job("irc", "claimed")
	push(t, s, claimed, 1)
	push(t, s, job("irc", "waiting"), 0)
	put(t, s.Credentials(), alice, "irc", "al", []byte("x"))
	if err := s.Ready(); err != nil {
		t.Errorf("Ready: %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	never := func(error) { t.Error("a refused call was confirmed") }
	ctx := t.Context()
	_, getErr := s.Credentials().Get(ctx, alice, "irc", "al")
	_, beginErr := s.Replay().Begin(ctx, "r1", digest, ttl)
	_, countErr := s.Limiter().Count(ctx, "x", ttl)
	for name, err := range map[string]error{
		"Push":    s.Push(job("irc", "x"), 0, never),
		"Requeue": s.Requeue(job("irc", "x"), never),
		"Ready":   s.Ready(),
		"Put":     s.Credentials().Put(ctx, alice, "irc", "al", nil),
		"Get":     getErr,
		"Begin":   beginErr,
		"Count":   countErr,
	} {
		if !errors.Is(err, queue.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
	}
	if j := s.Claim("irc", 1, nil, never); j != nil {
		t.Errorf("Claim after Close = job %d, want none", j.ID)
	}
	if n := s.Waiting("irc"); n != 1 {
		t.Errorf("Waiting after Close = %d, want the job that its owner has to answer", n)
	}
	if _, ok := s.Finish(claimed.ID, 1); !ok {
		t.Error("a job that was claimed before Close cannot be finished after it")
	}
}

// eventually asks until ok, and fails when patience is over.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func ids(jobs []*queue.Job) []uint64 {
	var all []uint64
	for _, j := range jobs {
		all = append(all, j.ID)
	}
	return all
}

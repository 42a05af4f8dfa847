package queuetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/queue"
)

func testCredentials(t *testing.T, s queue.Store) {
	c, ctx := s.Credentials(), t.Context()
	bob := queue.Owner{ID: "bob", Secret: [16]byte{2}}
	thief := queue.Owner{ID: "alice", Secret: [16]byte{3}} // knows the id, not the secret

	body := []byte(`{"password":"1"}`)
	put(t, c, alice, "irc", "al@host", body)
	body[0] = 'X'
	wantBody(t, c, alice, "irc", "al@host", `{"password":"1"}`)
	put(t, c, alice, "irc", "al@host", []byte("new"))
	put(t, c, alice, "xmpp", "al@host", []byte("other platform"))
	put(t, c, bob, "irc", "al@host", []byte("bob's"))
	wantBody(t, c, alice, "irc", "al@host", "new")
	wantBody(t, c, alice, "xmpp", "al@host", "other platform")
	wantBody(t, c, bob, "irc", "al@host", "bob's")

	for _, wrong := range []struct {
		owner           queue.Owner
		platform, actor string
	}{
		{alice, "irc", "al@hos"},
		{alice, "ir", "cal@host"},
		{alice, "", ""},
		{bob, "xmpp", "al@host"},
		{thief, "irc", "al@host"},
	} {
		if b, err := c.Get(ctx, wrong.owner, wrong.platform, wrong.actor); err == nil {
			t.Errorf("Get(%s, %q, %q) = %q, want an error", wrong.owner.ID, wrong.platform, wrong.actor, b)
		}
	}
	if _, err := c.Get(ctx, alice, "caldav", "x"); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Get of what was never put: %v, want ErrNotFound", err)
	}
	if err := c.Drop(ctx, "alice"); err != nil {
		t.Errorf("Drop: %v", err)
	}
	if err := c.Drop(ctx, "nobody"); err != nil {
		t.Errorf("Drop of a session that stored nothing: %v", err)
	}
	if _, err := c.Get(ctx, alice, "irc", "al@host"); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Get after Drop: %v, want ErrNotFound", err)
	}
	wantBody(t, c, bob, "irc", "al@host", "bob's")
}

// A session cannot store without end.
func testCredentialsCap(t *testing.T, s queue.Store) {
	const most = 100 // the default of Options.MaxCredentials
	c := s.Credentials()
	for i := range most {
		put(t, c, alice, "irc", fmt.Sprint(i), []byte("x"))
	}
	if err := c.Put(t.Context(), alice, "irc", "one more", nil); !errors.Is(err, queue.ErrTooMany) {
		t.Errorf("Put past the cap: %v, want ErrTooMany", err)
	}
	put(t, c, alice, "irc", "7", []byte("replacing is no more"))
	put(t, c, queue.Owner{ID: "bob"}, "irc", "1", []byte("others are not full"))
}

// An owner may store 64 KiB, an address 1 MiB, however many sessions it opens;
// what an owner has replaced or dropped does not count any more.
func testCredentialsBytes(t *testing.T, s queue.Store) {
	c, ctx := s.Credentials(), t.Context()
	body := bytes.Repeat([]byte("x"), 60<<10)
	owner := func(n int, address string) queue.Owner {
		return queue.Owner{ID: fmt.Sprint("owner ", address, n), Address: address}
	}
	put(t, c, owner(0, "a"), "irc", "al", body)
	put(t, c, owner(0, "a"), "irc", "al", body) // the same account again
	err := c.Put(ctx, owner(0, "a"), "irc", "zoe", body)
	if !errors.Is(err, queue.ErrTooMany) || !strings.Contains(err.Error(), "of a session") {
		t.Errorf("120 KiB of one owner: %v, want ErrTooMany of a session", err)
	}
	stored := 1
	for ; stored < 100; stored++ {
		if err = c.Put(ctx, owner(stored, "a"), "irc", "al", body); err != nil {
			break
		}
	}
	if !errors.Is(err, queue.ErrTooMany) || !strings.Contains(err.Error(), "of an address") || stored != 17 {
		t.Errorf("%d owners of an address stored 60 KiB each, then %v; want 17, then ErrTooMany of an address", stored, err)
	}
	put(t, c, owner(0, "b"), "irc", "al", body)
	if err := c.Drop(ctx, owner(0, "a").ID); err != nil {
		t.Fatal(err)
	}
	put(t, c, owner(stored, "a"), "irc", "al", body)
}

func put(t *testing.T, c queue.Credentials, owner queue.Owner, platform, actor string, body []byte) {
	t.Helper()
	if err := c.Put(t.Context(), owner, platform, actor, body); err != nil {
		t.Fatalf("Put(%s, %s, %s): %v", owner.ID, platform, actor, err)
	}
}

func wantBody(t *testing.T, c queue.Credentials, owner queue.Owner, platform, actor, want string) {
	t.Helper()
	if b, err := c.Get(t.Context(), owner, platform, actor); err != nil || string(b) != want {
		t.Errorf("Get(%s, %s, %s) = %q, %v, want %q", owner.ID, platform, actor, b, err, want)
	}
}

const ttl = time.Minute

var digest = [32]byte{1, 2, 3}

// An answer can be fetched after its connection has gone.
func testReplay(t *testing.T, s queue.Store) {
	r, ctx := s.Replay(), t.Context()
	if _, err := r.Read(ctx, "r1"); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Read of an unknown request: %v, want ErrNotFound", err)
	}
	if err := r.Append(ctx, "r1", nil); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Append to an unknown request: %v, want ErrNotFound", err)
	}
	begin(t, r, "r1", queue.ReplayNew)
	begin(t, r, "r1", queue.ReplayRunning)
	begin(t, r, "r2", queue.ReplayNew)
	want := []string{`{"a":1}`, ``, "\x00\r\n"}
	for _, line := range want {
		b := []byte(line)
		if err := r.Append(ctx, "r1", b); err != nil {
			t.Fatalf("Append(%q): %v", line, err)
		}
		clear(b)
	}
	if rec, err := r.Read(ctx, "r1"); err != nil || rec.State != queue.ReplayRunning || rec.Digest != digest {
		t.Errorf("Read of a running request = %v, %v, want it running", rec, err)
	}
	if err := r.Complete(ctx, "r1"); err != nil {
		t.Fatalf("Complete: %v", err)
	}
	for _, rec := range []queue.Record{begin(t, r, "r1", queue.ReplayComplete), read(t, r, "r1")} {
		if rec.State != queue.ReplayComplete || rec.Digest != digest || !slices.Equal(Texts(rec), want) {
			t.Errorf("the complete record is %s, %x, %q; want complete, %x, %q", rec.State, rec.Digest[:3], Texts(rec), digest[:3], want)
		}
	}
	if err := r.Append(ctx, "r1", []byte("late")); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Append after Complete: %v, want ErrNotFound", err)
	}
	if err := r.Complete(ctx, "r2"); err != nil {
		t.Errorf("Complete without lines: %v", err)
	}
	if rec := read(t, r, "r2"); rec.State != queue.ReplayComplete || len(rec.Lines) != 0 {
		t.Errorf("a request without lines reads %v", rec)
	}
}

// The last lines of a request come with its end.
func testReplayLastLines(t *testing.T, s queue.Store) {
	r, ctx := s.Replay(), t.Context()
	if err := r.Complete(ctx, "r1", []byte("x")); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Complete of an unknown request: %v, want ErrNotFound", err)
	}
	begin(t, r, "r1", queue.ReplayNew)
	if err := r.Append(ctx, "r1", []byte("one")); err != nil {
		t.Fatalf("Append: %v", err)
	}
	if err := r.Complete(ctx, "r1", []byte("two"), make([]byte, mostBytes)); !errors.Is(err, queue.ErrTooMany) {
		t.Errorf("Complete past the bound of bytes: %v, want ErrTooMany", err)
	}
	if rec := read(t, r, "r1"); rec.State != queue.ReplayRunning || !slices.Equal(Texts(rec), []string{"one"}) {
		t.Errorf("after a refused end it is %s with %q, want it running with the line before", rec.State, Texts(rec))
	}
	if err := r.Complete(ctx, "r1", []byte("two"), nil, []byte("four")); err != nil {
		t.Fatalf("Complete with lines: %v", err)
	}
	if rec := read(t, r, "r1"); rec.State != queue.ReplayComplete || !slices.Equal(Texts(rec), []string{"one", "two", "", "four"}) {
		t.Errorf("the record is %s with %q, want it complete with four lines", rec.State, Texts(rec))
	}
}

// The same id with another body can be told from the same request.
func testReplayDigest(t *testing.T, s queue.Store) {
	r := s.Replay()
	begin(t, r, "r1", queue.ReplayNew)
	other := [32]byte{9}
	for range 2 {
		rec, err := r.Begin(t.Context(), "r1", other, ttl)
		if err != nil || rec.State == queue.ReplayNew || rec.Digest != digest {
			t.Errorf("Begin with another body = %s, %x, %v; want the digest of the first body", rec.State, rec.Digest[:3], err)
		}
		r.Complete(t.Context(), "r1")
	}
}

const mostLines, mostBytes = 1000, 8 << 20 // the defaults of Options

func testReplayBounds(t *testing.T, s queue.Store) {
	r, ctx := s.Replay(), t.Context()
	begin(t, r, "lines", queue.ReplayNew)
	for i := range mostLines {
		if err := r.Append(ctx, "lines", []byte("x")); err != nil {
			t.Fatalf("Append %d: %v", i, err)
		}
	}
	if err := r.Append(ctx, "lines", []byte("x")); !errors.Is(err, queue.ErrTooMany) {
		t.Errorf("Append past the bound of lines: %v, want ErrTooMany", err)
	}
	begin(t, r, "bytes", queue.ReplayNew)
	if err := r.Append(ctx, "bytes", make([]byte, mostBytes-1)); err != nil {
		t.Fatalf("Append of a large line: %v", err)
	}
	if err := r.Append(ctx, "bytes", []byte("xx")); !errors.Is(err, queue.ErrTooMany) {
		t.Errorf("Append past the bound of bytes: %v, want ErrTooMany", err)
	}
	if err := r.Append(ctx, "bytes", []byte("x")); err != nil {
		t.Errorf("Append of the last byte that fits: %v", err)
	}
	for _, id := range []string{"lines", "bytes"} {
		if err := r.Complete(ctx, id); err != nil {
			t.Errorf("Complete(%s): %v", id, err)
		}
	}
	if n := len(read(t, r, "lines").Lines); n != mostLines {
		t.Errorf("%d lines are kept, want %d", n, mostLines)
	}
	if lines := read(t, r, "bytes").Lines; len(lines) != 2 || len(lines[0]) != mostBytes-1 {
		t.Errorf("%d lines are kept, want the large one and a small one", len(lines))
	}
}

func testReplayExpires(t *testing.T, s queue.Store) {
	r, ctx := s.Replay(), t.Context()
	if _, err := r.Begin(ctx, "r1", digest, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := r.Complete(ctx, "r1"); err != nil && !errors.Is(err, queue.ErrNotFound) {
		t.Fatal(err)
	}
	eventually(t, "the record expires", func() bool {
		_, err := r.Read(ctx, "r1")
		return errors.Is(err, queue.ErrNotFound)
	})
	begin(t, r, "r1", queue.ReplayNew)
}

func testReplayRace(t *testing.T, s queue.Store) {
	var wg sync.WaitGroup
	states := make([]queue.ReplayState, 16)
	for i := range states {
		wg.Go(func() {
			rec, err := s.Replay().Begin(t.Context(), "r1", digest, ttl)
			if err != nil {
				t.Errorf("Begin: %v", err)
			}
			states[i] = rec.State
		})
	}
	wg.Wait()
	won := 0
	for _, state := range states {
		if state == queue.ReplayNew {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d of %d began the request, want exactly one: %v", won, len(states), states)
	}
}

func begin(t *testing.T, r queue.Replay, id string, want queue.ReplayState) queue.Record {
	t.Helper()
	rec, err := r.Begin(t.Context(), id, digest, ttl)
	if err != nil || rec.State != want {
		t.Fatalf("Begin(%s) = %s, %v, want %s", id, rec.State, err, want)
	}
	return rec
}

func read(t *testing.T, r queue.Replay, id string) queue.Record {
	t.Helper()
	rec, err := r.Read(t.Context(), id)
	if err != nil {
		t.Fatalf("Read(%s): %v", id, err)
	}
	return rec
}

// Texts are the lines of a record.
func Texts(rec queue.Record) []string {
	var all []string
	for _, line := range rec.Lines {
		all = append(all, string(line))
	}
	return all
}

func testLimiter(t *testing.T, s queue.Store) {
	l, ctx := s.Limiter(), t.Context()
	for want := 1; want <= 5; want++ {
		c, err := l.Count(ctx, "203.0.113.9", time.Minute)
		if err != nil || c.Used != want || c.Reset <= 0 || c.Reset > time.Minute {
			t.Errorf("Count %d = %+v, %v", want, c, err)
		}
	}
	if c, err := l.Count(ctx, "2001:db8::/64", time.Minute); err != nil || c.Used != 1 {
		t.Errorf("Count of another key = %+v, %v, want 1", c, err)
	}
	if err := l.Extend(ctx, "203.0.113.9", time.Hour); err != nil {
		t.Error(err)
	}
	if c, err := l.Count(ctx, "203.0.113.9", time.Minute); err != nil || c.Used != 6 || c.Reset <= time.Minute || c.Reset > time.Hour {
		t.Errorf("Count in a window that was extended = %+v, %v, want 6 in an hour", c, err)
	}
	if err := l.Extend(ctx, "never counted", time.Hour); err != nil {
		t.Error(err)
	}
	eventually(t, "a window ends", func() bool {
		const window = 30 * time.Millisecond
		a, err := l.Count(ctx, "short", window)
		if err != nil {
			t.Fatal(err)
		}
		return a.Used == 1 && waitFor(a.Reset, func() bool {
			b, err := l.Count(ctx, "short", window)
			return err == nil && b.Used == 1
		})
	})
}

// waitFor asks again and again until ok, at most a few times longer than d.
func waitFor(d time.Duration, ok func() bool) bool {
	deadline := time.After(5*d + time.Second)
	tick := time.NewTicker(d + time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if ok() {
				return true
			}
		case <-deadline:
			return false
		}
	}
}

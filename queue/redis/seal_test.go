package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/redis"
)

// Payloads are sealed for the session, the node, the instance and the
// id: no bit of them can be changed, and none can be put in another's place.
func TestSealedJobs(t *testing.T) {
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	one, two := job("irc", "password of one"), job("irc", "password of two")
	mustPush(t, s, one, 1)
	mustPush(t, s, two, 0)
	node := redis.Node(s)
	key := redis.Prefix(s) + node
	sealed, err := redigo.Bytes(r.do("HGET", key+":active", one.ID), nil)
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := redigo.Bytes(r.do("LINDEX", key+":waiting:irc", 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := redis.OpenJob(s, node, "irc", one.ID, alice, sealed); err != nil || string(b) != "password of one" {
		t.Fatalf("the claimed job opens as %q, %v", b, err)
	}
	if b, err := redis.OpenJob(s, node, "irc", two.ID, alice, waiting); err != nil || string(b) != "password of two" {
		t.Fatalf("the waiting job opens as %q, %v", b, err)
	}
	for i := range len(sealed) * 8 {
		changed := bytes.Clone(sealed)
		changed[i/8] ^= 1 << (i % 8)
		if b, err := redis.OpenJob(s, node, "irc", one.ID, alice, changed); err == nil {
			t.Errorf("with bit %d flipped the job opens as %q", i, b)
		}
	}
	thief := alice
	thief.Secret[15] ^= 1
	other := alice
	other.ID = "session-of-bob"
	for name, open := range map[string]func() ([]byte, error){
		"another job's id":         func() ([]byte, error) { return redis.OpenJob(s, node, "irc", two.ID, alice, sealed) },
		"another instance":         func() ([]byte, error) { return redis.OpenJob(s, node, "xmpp", one.ID, alice, sealed) },
		"another node":             func() ([]byte, error) { return redis.OpenJob(s, node+"x", "irc", one.ID, alice, sealed) },
		"another session":          func() ([]byte, error) { return redis.OpenJob(s, node, "irc", one.ID, other, sealed) },
		"another session's secret": func() ([]byte, error) { return redis.OpenJob(s, node, "irc", one.ID, thief, sealed) },
		"cut short":                func() ([]byte, error) { return redis.OpenJob(s, node, "irc", one.ID, alice, sealed[:20]) },
		"empty":                    func() ([]byte, error) { return redis.OpenJob(s, node, "irc", one.ID, alice, nil) },
	} {
		if b, err := open(); err == nil {
			t.Errorf("with %s the job opens as %q", name, b)
		}
	}
	// The same payload never looks the same twice.
	again := job("irc", "password of one")
	mustPush(t, s, again, 1)
	if b, _ := redigo.Bytes(r.do("HGET", key+":active", again.ID), nil); bytes.Equal(b, sealed) {
		t.Error("two jobs with the same payload are sealed the same")
	}
}

// Credentials that were changed or moved in Redis do not open.
func TestSealedCredentials(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	c, ctx := s.Credentials(), t.Context()
	bob := queue.Owner{ID: "session-of-bob", Secret: alice.Secret}
	for _, put := range []struct {
		owner queue.Owner
		actor string
	}{{alice, "al"}, {bob, "bob"}} {
		if err := c.Put(ctx, put.owner, "irc", put.actor, []byte("the password of "+put.actor)); err != nil {
			t.Fatal(err)
		}
	}
	var hashes, fields []string
	var values [][]byte
	keys, err := redigo.Strings(r.do("KEYS", redis.Prefix(s)+"credentials:*"), nil)
	if err != nil || len(keys) != 2 {
		t.Fatalf("keys %q, %v, want two hashes", keys, err)
	}
	for _, key := range keys {
		all, err := redigo.StringMap(r.do("HGETALL", key), nil)
		if err != nil || len(all) != 2 {
			t.Fatalf("hash %q, %v, want the node and one account", all, err)
		}
		for field, value := range all {
			if field != "node" {
				hashes, fields, values = append(hashes, key), append(fields, field), append(values, []byte(value))
			}
		}
	}
	opens := func() bool {
		a, errA := c.Get(ctx, alice, "irc", "al")
		b, errB := c.Get(ctx, bob, "irc", "bob")
		for _, err := range []error{errA, errB} {
			if err != nil && (!strings.Contains(err.Error(), "does not open") || !errors.Is(err, queue.ErrUnavailable)) {
				t.Fatalf("Get: %v, want a word about the record", err)
			}
		}
		return errA == nil && errB == nil && string(a) == "the password of al" && string(b) == "the password of bob"
	}
	if !opens() {
		t.Fatal("the credentials do not open as they were put")
	}
	conn := r.connect()
	defer conn.Close()
	for i := range len(values[0]) * 8 {
		changed := bytes.Clone(values[0])
		changed[i/8] ^= 1 << (i % 8)
		conn.Do("HSET", hashes[0], fields[0], changed)
		if opens() {
			t.Errorf("with bit %d flipped the credentials open", i)
		}
	}
	conn.Do("HSET", hashes[0], fields[0], values[1]) // both have the other's
	conn.Do("HSET", hashes[1], fields[1], values[0])
	if _, err := c.Get(ctx, alice, "irc", "al"); err == nil {
		t.Error("swapped credentials open")
	}
	conn.Do("HSET", hashes[0], fields[0], values[0])
	conn.Do("HSET", hashes[1], fields[1], values[1])
	if !opens() {
		t.Error("the credentials do not open when all is as it was")
	}
}

// A request's lines cannot be changed, nor be read as another request's.
func TestSealedLines(t *testing.T) {
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	ctx := t.Context()
	for _, id := range []string{"r1", "r2"} {
		s.Replay().Begin(ctx, id, [32]byte{1}, time.Hour)
		s.Replay().Append(ctx, id, []byte("line of "+id))
		if err := s.Replay().Complete(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := redigo.Strings(r.do("KEYS", redis.Prefix(s)+"request:*"), nil)
	if err != nil || len(keys) != 2 {
		t.Fatalf("keys %q, %v", keys, err)
	}
	lines := make([][]byte, 2)
	for i, k := range keys {
		if lines[i], err = redigo.Bytes(r.do("LINDEX", k, 1), nil); err != nil {
			t.Fatal(err)
		}
	}
	readable := func() int {
		n := 0
		for _, id := range []string{"r1", "r2"} {
			rec, err := s.Replay().Read(ctx, id)
			if err == nil && string(rec.Lines[0]) == "line of "+id {
				n++
			} else if err == nil || !strings.Contains(err.Error(), "does not open") {
				t.Errorf("Read(%s) = %v, %v, want its line or that it does not open", id, rec, err)
			}
		}
		return n
	}
	changed := bytes.Clone(lines[0])
	changed[len(changed)/2] ^= 1
	for name, value := range map[string][]byte{"changed": changed, "another's": lines[1], "empty": {}} {
		r.do("LSET", keys[0], 1, value)
		if n := readable(); n != 1 {
			t.Errorf("with a line that is %s %d requests can be read, want one", name, n)
		}
	}
	r.do("LSET", keys[0], 1, lines[0])
	if n := readable(); n != 2 {
		t.Errorf("%d requests can be read when all is as it was, want both", n)
	}
}

// The lines of a request cannot be put in another order, nor can one be left out.
func TestOrderOfSealedLines(t *testing.T) {
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	ctx := t.Context()
	s.Replay().Begin(ctx, "r1", [32]byte{1}, time.Hour)
	for _, line := range []string{"one", "two", "three"} {
		if err := s.Replay().Append(ctx, "r1", []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Replay().Complete(ctx, "r1", []byte("four")); err != nil {
		t.Fatal(err)
	}
	keys, err := redigo.Strings(r.do("KEYS", redis.Prefix(s)+"request:*"), nil)
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %q, %v", keys, err)
	}
	elements, err := redigo.ByteSlices(r.do("LRANGE", keys[0], 0, -1), nil)
	if err != nil || len(elements) != 6 {
		t.Fatalf("%d elements, %v", len(elements), err)
	}
	for _, tt := range []struct {
		name  string
		order []int // of what was written: the header, four lines, the end
		ok    bool
	}{
		{"as it was", []int{0, 1, 2, 3, 4, 5}, true},
		{"two changed places", []int{0, 2, 1, 3, 4, 5}, false},
		{"the first is missing", []int{0, 2, 3, 4, 5}, false},
		{"one in the middle is missing", []int{0, 1, 3, 4, 5}, false},
		{"the last is missing", []int{0, 1, 2, 3, 5}, false},
		{"it ends before it began", []int{0, 5, 1, 2, 3, 4}, false},
		{"there is no header", []int{1, 2, 3, 4, 5}, false},
		{"one is there twice", []int{0, 1, 1, 2, 3, 2, 4, 5}, true}, // as of a node that wrote too late
		{"more after the end", []int{0, 1, 2, 3, 4, 5, 1}, true},
	} {
		r.do("DEL", keys[0])
		for _, i := range tt.order {
			r.do("RPUSH", keys[0], elements[i])
		}
		rec, err := s.Replay().Read(ctx, "r1")
		if !tt.ok {
			if !errors.Is(err, queue.ErrUnavailable) {
				t.Errorf("%s: %q, %v; want an error of the store", tt.name, rec.Lines, err)
			}
			continue
		}
		if got := string(bytes.Join(rec.Lines, []byte(" "))); err != nil || got != "one two three four" || rec.State != queue.ReplayComplete {
			t.Errorf("%s: %q, %v, %v", tt.name, got, rec.State, err)
		}
	}
}

// Planted secrets are found nowhere: not in Redis, not in the log, not in errors.
func TestSecretsAreNotTold(t *testing.T) {
	planted := []string{"PLANTED-payload", "PLANTED-password", "PLANTED-line", "PLANTED-request", "PLANTED-session", "PLANTED-actor", "PLANTED-secret", "PLANTED-redis"}
	r := startRedis(t, "--requirepass", "PLANTED-redis")
	r.dial = []redigo.DialOption{redigo.DialPassword("PLANTED-redis")}
	book := new(logBook)
	s := r.open(secret("PLANTED-secret"), func(o *redis.Options) {
		o.URL = "unix://:PLANTED-redis@" + r.socket
		o.Log = book.logger()
		o.Grace(2 * time.Second)
	})
	owner := queue.Owner{ID: "PLANTED-session", Secret: [16]byte([]byte("PLANTED-secret!!"))}
	ctx := t.Context()
	var told strings.Builder
	all := func() {
		j := &queue.Job{Instance: "irc", Owner: owner, Payload: []byte("PLANTED-payload")}
		_, getErr := s.Credentials().Get(ctx, owner, "PLANTED-actor", "PLANTED-actor")
		_, beginErr := s.Replay().Begin(ctx, "PLANTED-request", [32]byte{}, time.Hour)
		_, countErr := s.Limiter().Count(ctx, "203.0.113.9", time.Hour)
		fmt.Fprintln(&told, push(t, s, j, 0), getErr, beginErr, countErr,
			s.Credentials().Put(ctx, owner, "irc", "PLANTED-actor", []byte("PLANTED-password")),
			s.Replay().Append(ctx, "PLANTED-request", []byte("PLANTED-line")),
			s.Requeue(j, func(error) {}), s.Ready(), s.Stats())
	}
	all()
	for _, key := range r.keys() {
		dump, err := redigo.Bytes(r.do("DUMP", key), nil)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&told, "%s %s\n", key, dump)
	}
	r.do("CONFIG", "SET", "maxmemory", "1")
	all()
	r.do("CONFIG", "SET", "maxmemory", "0")
	r.kill()
	eventually(t, "the loss is noticed", func() bool { return s.Ready() != nil })
	all()
	fmt.Fprintln(&told, s.Close(ctx))
	_, err := redis.Open(ctx, redis.Options{URL: "unix://:PLANTED-redis@" + r.socket, Options: queue.Options{Log: book.logger()}})
	fmt.Fprintln(&told, err)
	text := told.String() + book.String()
	for _, secret := range planted {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s is told: %q", secret, text[max(0, i-100):i+len(secret)])
		}
	}
	if !strings.Contains(text, "the store is full") || !strings.Contains(text, "cannot be reached") {
		t.Errorf("the faults did not happen: %s", text)
	}
}

// Credentials slide: each read starts their time to live again.
func TestCredentialsSlide(t *testing.T) {
	const ttl = time.Minute
	r := startRedis(t)
	s := r.open(func(o *redis.Options) { o.CredentialsTTL = ttl })
	defer s.Close(context.Background())
	ctx := t.Context()
	if err := s.Credentials().Put(ctx, alice, "irc", "al", nil); err != nil {
		t.Fatal(err)
	}
	keys, err := redigo.Strings(r.do("KEYS", redis.Prefix(s)+"credentials:*"), nil)
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %q, %v", keys, err)
	}
	left := func() time.Duration {
		n, err := redigo.Int64(r.do("PTTL", keys[0]), nil)
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(n) * time.Millisecond
	}
	if d := left(); d <= 0 || d > ttl {
		t.Errorf("the time to live is %v, want at most %v", d, ttl)
	}
	r.do("PEXPIRE", keys[0], 5000)
	if _, err := s.Credentials().Get(ctx, alice, "irc", "al"); err != nil {
		t.Fatal(err)
	}
	if d := left(); d <= 5*time.Second {
		t.Errorf("after a read the time to live is %v, want about %v", d, ttl)
	}
}

// Credentials that nobody has read for their time to live are gone.
func TestCredentialsExpire(t *testing.T) {
	const ttl = 30 * time.Millisecond
	r := startRedis(t)
	s := r.open(func(o *redis.Options) { o.CredentialsTTL = ttl })
	defer s.Close(context.Background())
	ctx := t.Context()
	if err := s.Credentials().Put(ctx, alice, "irc", "al", nil); err != nil {
		t.Fatal(err)
	}
	patient := time.NewTicker(2 * ttl)
	defer patient.Stop()
	eventually(t, "the credentials expire", func() bool {
		<-patient.C
		_, err := s.Credentials().Get(ctx, alice, "irc", "al")
		return errors.Is(err, queue.ErrNotFound)
	})
}

// A session that ends while it stores something leaves nothing behind.
func TestDropDuringPut(t *testing.T) {
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	ctx := t.Context()
	for i := range 100 {
		owner := queue.Owner{ID: fmt.Sprint(i)}
		var wg sync.WaitGroup
		for n := range 2 {
			wg.Go(func() {
				err := s.Credentials().Put(ctx, owner, "irc", fmt.Sprint(n), []byte("x"))
				if err == nil {
					_, err = s.Credentials().Get(ctx, owner, "irc", fmt.Sprint(n))
				}
				if err != nil && !errors.Is(err, queue.ErrGone) && !errors.Is(err, queue.ErrNotFound) {
					t.Errorf("Put and Get: %v", err)
				}
			})
		}
		for range 3 {
			if err := s.Credentials().Drop(ctx, owner.ID); err != nil {
				t.Errorf("Drop: %v", err)
			}
		}
		wg.Wait()
		// Whatever was stored after the last Drop was stored by a session that lives.
		if err := s.Credentials().Drop(ctx, owner.ID); err != nil {
			t.Errorf("Drop: %v", err)
		}
	}
	if keys, _ := redigo.Strings(r.do("KEYS", redis.Prefix(s)+"credentials:*"), nil); len(keys) != 0 {
		t.Errorf("%d sessions have left credentials", len(keys))
	}
}

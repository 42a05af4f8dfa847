package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/redis"
)

// proxy stands between a store and Redis, and fails after a number of bytes: once,
// on the connection that brings byte n. What was passed on before is done.
type proxy struct {
	upstream string
	listener net.Listener
	frozen   func() // called when nothing comes through any more; set before anything is sent

	mu     sync.Mutex
	armed  bool
	way    direction
	how    fault
	left   int    // bytes until the fault
	passed [2]int // since count began, by direction
	conns  map[net.Conn]struct{}
	failed bool
}

type direction int

const (
	request direction = iota
	answer
)

type fault int

const (
	cut    fault = iota // the connection is closed
	freeze              // nothing comes through any more, and nobody says so
)

func startProxy(t testing.TB, upstream, path string) *proxy {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{upstream: upstream, listener: l, conns: make(map[net.Conn]struct{})}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", upstream)
			if err != nil {
				client.Close()
				continue
			}
			p.mu.Lock()
			p.conns[client], p.conns[server] = struct{}{}, struct{}{}
			p.mu.Unlock()
			wg.Go(func() { p.copy(server, client, request) })
			wg.Go(func() { p.copy(client, server, answer) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.mu.Lock()
		for c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		wg.Wait()
	})
	return p
}

func (p *proxy) url() string { return "unix://" + p.listener.Addr().String() }

// arm makes the proxy fail after n bytes from now, in one direction.
func (p *proxy) arm(way direction, how fault, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.failed = true, false
	p.way, p.how, p.left = way, how, n
	p.passed = [2]int{}
}

// disarm reports whether the fault happened, and what came through.
func (p *proxy) disarm() (failed bool, passed [2]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
	return p.failed, p.passed
}

func (p *proxy) copy(to, from net.Conn, way direction) {
	defer func() {
		p.mu.Lock()
		delete(p.conns, from)
		p.mu.Unlock()
		to.Close()
		from.Close()
	}()
	buf := make([]byte, 4096)
	frozen := false
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		b := buf[:n]
		p.mu.Lock()
		p.passed[way] += n
		fails := p.armed && way == p.way && p.left < n
		how := p.how
		if fails {
			b = b[:p.left]
			p.armed, p.failed = false, true
		} else if p.armed && way == p.way {
			p.left -= n
		}
		p.mu.Unlock()
		if frozen {
			continue
		}
		if _, err := to.Write(b); err != nil {
			return
		}
		if fails && how == cut {
			return
		}
		if frozen = fails; frozen {
			p.frozen()
		}
	}
}

// cycle is a job's whole life, in every form: claimed at once, waiting and
// claimed, settled and put back, taken out. It returns an error when a job was
// not answered exactly as it has to be.
func cycle(t testing.TB, s queue.Store, name string) {
	instance := "i-" + name
	direct, waiting, removed := job(instance, "direct"), job(instance, "waiting"), job(instance, "removed")
	mustPush(t, s, direct, 1)
	mustPush(t, s, waiting, 0)
	mustPush(t, s, removed, 0)
	if j := mustClaim(t, s, instance, 1); j != waiting {
		t.Fatalf("%s: claimed %q, want the one that waits longest", name, j.Payload)
	}
	if _, ok := s.Remove(removed.ID); !ok {
		t.Fatalf("%s: the job that waits is gone", name)
	}
	held := s.Settle(instance, 1)
	if len(held) != 2 || held[0] != direct || held[1] != waiting {
		t.Fatalf("%s: settled %d jobs, want two", name, len(held))
	}
	o := expect(t, "requeue")
	if err := s.Requeue(waiting, o.confirm); err != nil {
		t.Fatalf("%s: requeue: %v", name, err)
	}
	if err := o.wait(); err != nil {
		t.Fatalf("%s: requeue confirmed %v", name, err)
	}
	if _, ok := s.Finish(waiting.ID, 1); ok {
		t.Fatalf("%s: a late result was taken", name)
	}
	mustClaim(t, s, instance, 2)
	mustFinish(t, s, waiting, 2)
}

// Every byte of a job's cycle, in both directions, may be the last that comes
// through: of a command that is not done, or of the answer to one that is. The
// job goes on, once, and Redis is left with nothing.
func TestConnectionEndsAtEveryByte(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	total := measure(t, r)
	if total[request] < 500 || total[answer] < 50 {
		t.Fatalf("a cycle has %d bytes of requests and %d of answers: too few to be whole", total[request], total[answer])
	}
	type place struct {
		way direction
		how fault
		n   int
	}
	places, stop := make(chan place), make(chan struct{})
	go func() {
		defer close(places)
		for n := range max(total[0], total[1]) {
			for _, way := range []direction{request, answer} {
				for _, how := range []fault{freeze, cut} {
					if n >= total[way] {
						continue
					}
					select {
					case places <- place{way, how, n}:
					case <-stop:
						return
					}
				}
			}
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	faults := 0
	for w := range 32 {
		wg.Go(func() {
			p := startProxy(t, r.socket, filepath.Join(r.dir, fmt.Sprint("p", w)))
			s := openThrough(r, p)
			defer s.Close(context.Background())
			c := r.connect()
			defer c.Close()
			p.frozen = func() { redis.Overdue(s) }
			for at := range places {
				if t.Failed() {
					return // those that are left would take as long as all
				}
				p.arm(at.way, at.how, at.n)
				name := fmt.Sprintf("%d.%d.%d", at.way, at.how, at.n)
				cycle(t, s, name)
				failed, _ := p.disarm()
				if failed {
					mu.Lock()
					faults++
					mu.Unlock()
				}
				nothingLeft(t, c, s, name)
			}
		})
	}
	wg.Wait()
	close(stop)
	// The last answers may come after the cycle has ended, and some bytes are those
	// of nodes' ids: a few places are never reached.
	if want := 2 * (total[0] + total[1]) * 9 / 10; faults < want {
		t.Errorf("%d faults happened, want at least %d", faults, want)
	}
	t.Logf("%d faults in a cycle of %d bytes of requests and %d of answers", faults, total[request], total[answer])
}

func openThrough(r *server, p *proxy) queue.Store {
	return r.open(func(o *redis.Options) {
		o.URL = p.url()
		o.Quiet()
	})
}

// measure counts the bytes of a cycle that nothing disturbs.
func measure(t *testing.T, r *server) [2]int {
	p := startProxy(t, r.socket, filepath.Join(r.dir, "m"))
	s := openThrough(r, p)
	defer s.Close(context.Background())
	p.arm(request, cut, 1<<30)
	cycle(t, s, "0.0.000")
	c := r.connect()
	defer c.Close()
	nothingLeft(t, c, s, "0.0.000")
	_, passed := p.disarm()
	return passed
}

// nothingLeft waits until Redis holds nothing of a cycle.
func nothingLeft(t testing.TB, c redigo.Conn, s queue.Store, name string) {
	t.Helper()
	prefix := redis.Prefix(s) + redis.Node(s)
	eventually(t, name+": nothing is left but the node's own keys", func() bool {
		n, err := redigo.Int(c.Do("HLEN", prefix+":active"))
		if err != nil {
			t.Fatal(err)
		}
		lists, err := redigo.Int(c.Do("EXISTS", prefix+":waiting:i-"+name))
		return err == nil && n == 1 && lists == 0
	})
}

// Credentials, answers and counters get over a lost connection as well.
func TestRecordsGetOverALostConnection(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	p := startProxy(t, r.socket, filepath.Join(r.dir, "p"))
	s := r.open(func(o *redis.Options) { o.URL = p.url(); o.Quiet() })
	defer s.Close(context.Background())
	ctx := t.Context()
	for _, way := range []direction{request, answer} {
		for n := 0; n < 400; n += 13 {
			id := fmt.Sprintf("r-%d-%d", way, n)
			p.arm(way, cut, n)
			if err := s.Credentials().Put(ctx, alice, "irc", id, []byte("secret")); err != nil {
				t.Fatalf("%s: Put: %v", id, err)
			}
			if b, err := s.Credentials().Get(ctx, alice, "irc", id); err != nil || string(b) != "secret" {
				t.Fatalf("%s: Get = %q, %v", id, b, err)
			}
			p.arm(way, cut, n)
			if rec, err := s.Replay().Begin(ctx, id, [32]byte{1}, patience); err != nil || rec.State != queue.ReplayNew {
				t.Fatalf("%s: Begin = %v, %v", id, rec, err)
			}
			for i := range 2 {
				if err := s.Replay().Append(ctx, id, fmt.Append(nil, "line ", i)); err != nil {
					t.Fatalf("%s: Append: %v", id, err)
				}
			}
			if err := s.Replay().Complete(ctx, id); err != nil {
				t.Fatalf("%s: Complete: %v", id, err)
			}
			rec, err := s.Replay().Read(ctx, id)
			if err != nil || rec.State != queue.ReplayComplete || len(rec.Lines) != 2 || string(rec.Lines[1]) != "line 1" {
				t.Fatalf("%s: Read = %v, %v, want two lines", id, rec, err)
			}
			if err := s.Credentials().Drop(ctx, alice.ID); err != nil {
				t.Fatalf("%s: Drop: %v", id, err)
			}
		}
	}
	if st := s.Stats(); st.Connects < 30 {
		t.Errorf("%d connections were made: the proxy has cut nearly none", st.Connects)
	}
}

// With MaxRetries 0 the loss of a connection is told at once.
func TestMaxRetries(t *testing.T) {
	r := startRedis(t)
	p := startProxy(t, r.socket, filepath.Join(r.dir, "p"))
	none := 0
	s := r.open(func(o *redis.Options) { o.URL = p.url(); o.Quiet(); o.MaxRetries = &none })
	defer s.Close(context.Background())
	p.arm(request, cut, 10)
	if err := s.Credentials().Put(t.Context(), alice, "irc", "al", nil); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Put over a connection that ends: %v, want ErrUnavailable", err)
	}
	if err := s.Credentials().Put(t.Context(), alice, "irc", "al", nil); err != nil {
		t.Errorf("Put over the next connection: %v", err)
	}
}

package e2e

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// withStore is unlimited with more settings.
func withStore(more map[string]any) map[string]any {
	c := maps.Clone(unlimited)
	maps.Copy(c, more)
	return c
}

const events = 1500

// flood sends numbered echoes from several clients, a window at a time, and
// returns what each was answered, by number. Each answer must come exactly once
// and belong to what was asked.
func flood(t *testing.T, clients []*client, meanwhile func(answered int)) (failed []string) {
	t.Helper()
	const window = 20
	var mu sync.Mutex
	answered := 0
	seen := make(map[string]bool)
	var group sync.WaitGroup
	for n, c := range clients {
		group.Go(func() {
			share := events / len(clients)
			for from := 0; from < share; from += window {
				acks := make([]chan report, 0, window)
				for i := from; i < min(from+window, share); i++ {
					acks = append(acks, c.start(1, "message", dummy("echo", fmt.Sprintf("%d-%d", n, i))))
				}
				for i, ch := range acks {
					got, err := answerWithin(ch, 90*time.Second)
					if err != nil {
						t.Errorf("echo %d-%d: %v", n, from+i, err)
						return
					}
					object, _ := got["object"].(map[string]any)
					want := fmt.Sprintf("%d-%d", n, from+i)
					mu.Lock()
					answered++
					if object["content"] != want {
						t.Errorf("echo %s was answered with %v", want, got)
					}
					if seen[want] {
						t.Errorf("echo %s was answered twice", want)
					}
					seen[want] = true
					if text, ok := got["error"].(string); ok {
						failed = append(failed, text)
					}
					if meanwhile != nil {
						meanwhile(answered)
					}
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return failed
}

func answerWithin(ch chan report, limit time.Duration) (map[string]any, error) {
	select {
	case r := <-ch:
		return r.body()
	case <-time.After(limit):
		return nil, errors.New("never answered")
	}
}

// connectSeveral opens clients over WebSockets.
func connectSeveral(t *testing.T, s *server, n int) []*client {
	t.Helper()
	all := startClients(t)
	list := make([]*client, n)
	for i := range list {
		list[i] = all.connect("c"+strconv.Itoa(i), s.url, transports["websocket"])
	}
	return list
}

// Every event is answered once, whatever happens to workers and to Redis.
func TestNothingIsLost(t *testing.T) {
	every := func(interval time.Duration, do func()) func(int) {
		last := time.Now()
		return func(int) {
			if time.Since(last) >= interval {
				last = time.Now()
				do()
			}
		}
	}
	once := func(at int, do func()) func(int) {
		return func(answered int) {
			if answered == at {
				do()
			}
		}
	}
	signalWorkers := func(s *server, signal syscall.Signal) {
		for _, pid := range s.workers("dummy") {
			syscall.Kill(pid, signal)
		}
	}
	tests := []struct {
		name      string
		redis     bool
		keep      bool
		config    map[string]any
		meanwhile func(s *server, r *redisServer) func(int)
	}{
		{"workers are killed, in memory", false, false, nil, func(s *server, r *redisServer) func(int) {
			return every(50*time.Millisecond, func() { signalWorkers(s, syscall.SIGKILL) })
		}},
		{"workers are killed, on Redis", true, false, nil, func(s *server, r *redisServer) func(int) {
			return every(50*time.Millisecond, func() { signalWorkers(s, syscall.SIGKILL) })
		}},
		{"a worker is stopped", false, false, map[string]any{"platformHeartbeat": map[string]any{"intervalMs": 100, "timeoutMs": 1000}},
			func(s *server, r *redisServer) func(int) {
				return once(events/3, func() { signalWorkers(s, syscall.SIGSTOP) })
			}},
		{"Redis is killed and comes back empty", true, false, nil, func(s *server, r *redisServer) func(int) {
			return once(events/3, func() { r.kill(); r.start() })
		}},
		{"Redis is killed and comes back as it was", true, true, nil, func(s *server, r *redisServer) func(int) {
			return once(events/3, func() { r.kill(); r.start() })
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r *redisServer
			var environment []string
			if tt.redis {
				r = startRedis(t, tt.keep)
				environment = append(environment, "REDIS_URL="+r.url())
			}
			s := startServer(t, withStore(tt.config), environment...)
			failed := flood(t, connectSeveral(t, s, 5), tt.meanwhile(s, r))
			t.Logf("%d of %d answers are errors", len(failed), events)
			for _, text := range failed {
				if text == "" || strings.Contains(text, "internal error") {
					t.Errorf("an error that says nothing: %q", text)
				}
			}
			if err := s.stop(syscall.SIGTERM); err != nil {
				t.Errorf("the server ended with %v", err)
			}
			if r != nil {
				r.awaitEmpty()
			}
		})
	}
}

// SIGTERM under load: what was accepted is answered, the rest is refused, and
// nothing stays behind. Events of a connection are read in their order, so the
// answered ones are the first of those that were sent, without a gap: who is
// missing was never read, and its client can tell, since its connection ended.
func TestTerminationUnderLoad(t *testing.T) {
	r := startRedis(t, false)
	s := startServer(t, unlimited, "REDIS_URL="+r.url())
	const sent = 2000
	clients := make([]*rawClient, 4)
	for i := range clients {
		clients[i] = s.dialRaw()
		clients[i].write(message(t, sent, dummy("echo", "first")))
		clients[i].await("43" + strconv.Itoa(sent) + "[")
	}
	workers := s.workers("dummy")
	var flood sync.WaitGroup
	for _, c := range clients {
		flood.Go(func() {
			for i := range sent {
				if c.write(message(t, i, dummy("echo", "more"))) != nil {
					return
				}
			}
		})
	}
	var done chan error
	for n, c := range clients {
		answered := make(map[int]bool)
		last := -1
		for {
			if done == nil && answered[0] {
				done = make(chan error, 1)
				go func() { done <- s.stop(syscall.SIGTERM) }()
			}
			opcode, payload, err := c.read()
			if err != nil || opcode == 8 {
				break
			}
			var id int
			if _, err := fmt.Sscanf(string(payload), "43%d[", &id); err != nil {
				continue // a ping
			}
			if answered[id] {
				t.Errorf("client %d: %d was answered twice", n, id)
			}
			answered[id] = true
			last = max(last, id)
			if strings.Contains(string(payload), `"error"`) && !strings.Contains(string(payload), `"code":"shutting_down"`) && !strings.Contains(string(payload), `"code":"too_many_jobs"`) {
				t.Errorf("client %d: %s", n, payload)
			}
		}
		c.conn.Close()
		if done == nil {
			t.Fatalf("client %d: its connection ended before the server was told to", n)
		}
		for id := range last {
			if !answered[id] {
				t.Errorf("client %d: %d was read, since %d was answered, and got no answer", n, id, last)
			}
		}
		t.Logf("client %d: %d of %d answered", n, len(answered), sent)
	}
	flood.Wait()
	if err := <-done; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	awaitGone(t, workers)
	r.awaitEmpty()
}

// A server that is killed leaves no worker, runs nothing stale when it is back,
// and answers for what it had accepted over HTTP.
func TestServerKilledWithJobs(t *testing.T) {
	r := startRedis(t, true)
	config := withStore(map[string]any{"httpActions": map[string]any{"enabled": true}})
	environment := []string{"REDIS_URL=" + r.url(), "SOCKETHUB_SECRET=a secret of at least thirty-two characters"}
	s := startServer(t, config, environment...)
	post := func(s *server, id, verb string) (*http.Response, error) {
		body := `{"context":"dummy","type":"` + verb + `","actor":{"id":"wren","type":"person"},"object":{"type":"message","content":"x"}}`
		request, err := http.NewRequest("POST", s.url+"/sockethub-http", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Request-Id", id)
		return http.DefaultClient.Do(request)
	}
	res, err := post(s, "done-1", "echo")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil { // it is complete at the end of its lines
		t.Fatal(err)
	}
	res.Body.Close()
	if res, err = post(s, "running-1", "hang"); err != nil { // its headers come at once
		t.Fatal(err)
	}
	defer res.Body.Close()
	eventually(t, "the job has a worker", func() bool { return len(s.workers("dummy")) > 0 })
	workers := s.workers("dummy")
	s.stop(syscall.SIGKILL)
	awaitGone(t, workers)

	s = startServer(t, config, environment...)
	get := func(id string) (int, string) {
		res, err := http.Get(s.url + "/sockethub-http/" + id)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var b strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := res.Body.Read(buf)
			b.Write(buf[:n])
			if err != nil {
				return res.StatusCode, b.String()
			}
		}
	}
	if status, body := get("done-1"); status != http.StatusOK || !strings.Contains(body, `"type":"platform"`) {
		t.Errorf("what was done: %d %s", status, body)
	}
	if status, body := get("running-1"); status != http.StatusOK || !strings.Contains(body, `"error"`) {
		t.Errorf("what was running: %d %s", status, body)
	}
	if pids := s.workers("dummy"); len(pids) != 0 {
		t.Errorf("a job of the dead server was run again: workers %v", pids)
	}
	s.stop(syscall.SIGTERM)
	r.awaitEmpty()
}

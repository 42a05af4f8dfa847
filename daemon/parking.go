package daemon

import (
	"net/http"
	"sync"
	"syscall"
	"time"
)

// parking takes the connections of net/http out of its hands where one request has
// ended and nothing of the next was read, so that they cross to the next program and
// no request is lost. Requests that are under way come to their end first.
type parking struct {
	mu     sync.Mutex // guards the fields below
	on     bool
	states map[*framedConn]http.ConnState
	gets   int // requests being answered that may wait for long, as polls do
}

// counting counts the requests that may wait for long.
func (p *parking) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.Header.Get("Upgrade") == "" {
			p.count(1)
			defer p.count(-1)
		}
		next.ServeHTTP(w, r)
	})
}

func (p *parking) count(n int) {
	p.mu.Lock()
	p.gets += n
	p.mu.Unlock()
}

// changed is for http.Server.ConnState.
func (p *parking) changed(c *framedConn, state http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(p.states, c)
	default:
		if p.states == nil {
			p.states = make(map[*framedConn]http.ConnState)
		}
		p.states[c] = state
	}
}

// take parks a connection, if it is time and it can be. Its reader calls this.
func (p *parking) take(c *framedConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	state, known := p.states[c]
	if !p.on || !known || state == http.StateActive || c.heads == nil || !c.heads.between() {
		return false
	}
	plain, counted := c.Conn, (*countedConn)(nil)
	if counted, _ = plain.(*countedConn); counted != nil {
		plain = counted.Conn
	}
	if _, ok := plain.(syscall.Conn); !ok {
		return false // it is encrypted
	}
	if counted != nil {
		counted.forget()
	}
	c.parked.Store(true)
	c.gate.giveBack(plain)
	delete(p.states, c)
	return true
}

// park takes all connections that can be, and those that come to the end of their
// request from now on. It returns when none is left but those that wait for long,
// or after d.
func (p *parking) park(d time.Duration) { p.await(d, func() bool { return p.left() <= p.gets }) }

// finish waits until no request is under way, for at most d.
func (p *parking) finish(d time.Duration) { p.await(d, func() bool { return p.left() == 0 }) }

// await waits until done, which is called with p.mu held, for at most d.
func (p *parking) await(d time.Duration, done func() bool) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(d); time.Now().Before(until); <-tick.C {
		p.mu.Lock()
		p.on = true
		over := done()
		p.mu.Unlock()
		if over {
			return
		}
	}
}

// left counts the connections that are not parked and could be. p.mu is held.
func (p *parking) left() (n int) {
	for c, state := range p.states {
		if _, err := c.SyscallConn(); err != nil {
			continue // it is encrypted
		}
		if state != http.StateActive {
			c.Conn.SetReadDeadline(time.Unix(1, 0)) // its reader looks up, and parks it
		}
		n++
	}
	return n
}

// stop lets net/http have connections again.
func (p *parking) stop() {
	p.mu.Lock()
	p.on = false
	p.mu.Unlock()
}

package daemon

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/sockethub/sockethub/handover"
)

// gate is a listener that can be closed for a while: whoever comes then waits in
// the kernel's queue, and is let in when it opens again, by this program or the next.
type gate struct {
	net.Listener
	name       string // "http" or "admin"
	configured string // the address as the configuration says it; "" for one that was inherited

	mu   sync.Mutex
	shut chan struct{} // closed when the gate opens; nil while it is open
}

// deadliner is what the listeners of package net have.
type deadliner interface{ SetDeadline(time.Time) error }

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return conn, err
		}
		g.mu.Lock()
		shut := g.shut
		g.mu.Unlock()
		if shut != nil {
			<-shut
		}
	}
}

// Close implements net.Listener.
func (g *gate) Close() error {
	g.open()
	return g.Listener.Close()
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
		g.Listener.(deadliner).SetDeadline(time.Unix(1, 0))
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		g.Listener.(deadliner).SetDeadline(time.Time{})
		close(g.shut)
		g.shut = nil
	}
}

// listenerState is a listener as the next program gets it.
type listenerState struct {
	Name       string `json:"name"`
	Configured string `json:"configured,omitempty"`
	Descriptor int    `json:"descriptor"`
}

func (g *gate) handOver(w *handover.Writer) (listenerState, error) {
	fd, err := w.Keep(g.Listener.(syscall.Conn))
	return listenerState{g.name, g.configured, fd}, err
}

// restoreGate is a listener that the program before has left.
func restoreGate(state listenerState, files *handover.Files) (*gate, error) {
	l, err := files.Listener(state.Descriptor)
	if err != nil {
		return nil, err
	}
	if unix, ok := l.(*net.UnixListener); ok && state.Configured != "" {
		unix.SetUnlinkOnClose(true) // it is ours
	}
	return &gate{Listener: l, name: state.Name, configured: state.Configured}, nil
}

// connections are what net/http has open, and what they are at.
type connections struct {
	mu     sync.Mutex
	states map[net.Conn]http.ConnState
}

// changed is for http.Server.ConnState.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(c.states, conn)
	default:
		if c.states == nil {
			c.states = make(map[net.Conn]http.ConnState)
		}
		c.states[conn] = state
	}
}

// await waits until none is at something, but at most for d.
func (c *connections) await(d time.Duration, at ...http.ConnState) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(d); c.any(at) && time.Now().Before(until); {
		<-tick.C
	}
}

func (c *connections) any(at []http.ConnState) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, state := range c.states {
		for _, s := range at {
			if s == state {
				return true
			}
		}
	}
	return false
}

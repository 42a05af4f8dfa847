package daemon

import (
	"errors"
	"net"
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

	mu    sync.Mutex    // guards the fields below
	shut  chan struct{} // closed when the gate opens; nil while it is open
	ready []net.Conn    // let in already, and given back: see parking
}

// deadliner is what the listeners of package net have.
type deadliner interface{ SetDeadline(time.Time) error }

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		if conn := g.next(); conn != nil {
			return conn, nil
		}
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

// next is a connection that was given back.
func (g *gate) next() net.Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.ready) == 0 || g.shut != nil {
		return nil
	}
	conn := g.ready[0]
	g.ready = g.ready[1:]
	return conn
}

// giveBack lets Accept return a connection once more.
func (g *gate) giveBack(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ready = append(g.ready, conn)
}

// Close implements net.Listener.
func (g *gate) Close() error {
	g.open()
	err := g.Listener.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, conn := range g.ready {
		conn.Close()
	}
	g.ready = nil
	return err
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
	Parked     []int  `json:"parked,omitempty"` // descriptors of connections that were let in
}

func (g *gate) handOver(w *handover.Writer) (state listenerState, err error) {
	state = listenerState{Name: g.name, Configured: g.configured}
	if state.Descriptor, err = w.Keep(g.Listener.(syscall.Conn)); err != nil {
		return state, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, conn := range g.ready {
		fd, err := w.Keep(conn.(syscall.Conn))
		if err != nil {
			return state, err
		}
		state.Parked = append(state.Parked, fd)
	}
	return state, nil
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
	g := &gate{Listener: l, name: state.Name, configured: state.Configured}
	for _, fd := range state.Parked {
		if conn, err := files.Conn(fd); err == nil {
			g.giveBack(conn)
		}
	}
	return g, nil
}

package daemon

import (
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// reserved is how many descriptors clients are not to have: those that workers,
// Redis, the log and the address for operators need. A worker has four, and three
// more while it is started.
func reserved(limit int) int { return max(48, limit/4) }

// descriptors bounds the connections of clients on all listeners together. One
// too many is closed at once: its client comes again, while the workers of those
// who are there can be started.
type descriptors struct {
	max  int64 // 0: the system does not say
	open atomic.Int64
	log  *slog.Logger

	mu     sync.Mutex // guards warned
	warned time.Time
}

func newDescriptors(limit int, log *slog.Logger) *descriptors {
	d := &descriptors{log: log}
	if limit > 0 {
		d.max = int64(max(1, limit-reserved(limit)))
	}
	return d
}

// guard returns a listener whose connections are counted.
func (d *descriptors) guard(l net.Listener) net.Listener {
	if d.max == 0 {
		return l
	}
	return guarded{l, d}
}

type guarded struct {
	net.Listener
	d *descriptors
}

// Accept implements net.Listener.
func (g guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g.d.open.Add(1) <= g.d.max {
			return &countedConn{Conn: conn, open: &g.d.open}, nil
		}
		g.d.open.Add(-1)
		conn.Close()
		g.d.warn()
	}
}

// warn says so in the log, at most once a minute.
func (d *descriptors) warn() {
	d.mu.Lock()
	due := time.Since(d.warned) > time.Minute
	if due {
		d.warned = time.Now()
	}
	d.mu.Unlock()
	if due {
		d.log.Warn("connections are refused: the limit of open files (ulimit -n) leaves no more beside the workers", "namespace", "server:core", "connections", d.max)
	}
}

// countedConn is one of the connections that descriptors counts.
type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

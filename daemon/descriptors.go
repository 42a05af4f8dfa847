package daemon

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sockethub/sockethub/remote"
)

// reserved is how many descriptors clients are not to have: those that workers,
// Redis, the log and the address for operators need. A worker has four, and three
// more while it is started.
func reserved(limit int) int { return max(48, limit/4) }

// perClient is how many connections an address may have for each client that it
// may have: one that polls has two requests under way, and the browser that it runs
// in keeps six connections for files.
const perClient = 8

// fewest is how many an address may have however few clients: the page of one that
// is let in no further has to load, to say so.
const fewest = 4 * perClient

// descriptors bounds the connections of clients on all listeners together, and
// those of each address, before anything is read from them. One too many is closed
// at once: its client comes again, while the workers of those who are there can be
// started.
type descriptors struct {
	max     int                   // 0: the system does not say
	clients atomic.Int64          // of an address: rateLimiter.maxConnectionsPerIp; 0 for any number
	proxy   func(netip.Addr) bool // reports whether all clients may come from there
	log     *slog.Logger

	mu     sync.Mutex // guards the fields below
	open   int
	by     map[string]int // by subscriber; "" has those of proxies and Unix sockets
	warned map[string]time.Time
}

func newDescriptors(limit, clients int, proxy func(netip.Addr) bool, log *slog.Logger) *descriptors {
	d := &descriptors{proxy: proxy, log: log, by: make(map[string]int), warned: make(map[string]time.Time)}
	if limit > 0 {
		d.max = max(1, limit-reserved(limit))
	}
	d.clients.Store(int64(clients))
	return d
}

// guard returns a listener whose connections are counted.
func (d *descriptors) guard(l net.Listener) net.Listener { return guarded{l, d} }

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
		from := g.d.subscriber(conn.RemoteAddr())
		if g.d.take(from) {
			return &countedConn{Conn: conn, d: g.d, from: from}, nil
		}
		conn.Close()
	}
}

// subscriber is whom a connection counts for.
func (d *descriptors) subscriber(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || d.proxy(tcp.AddrPort().Addr().Unmap()) {
		return ""
	}
	return remote.Subscriber(tcp.IP.String())
}

// take counts a connection, if there is room for it.
func (d *descriptors) take(from string) bool {
	most := int(d.clients.Load()) * perClient
	if most > 0 {
		most = max(most, fewest)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.max > 0 && d.open >= d.max:
		d.warn("connections are refused: the limit of open files (ulimit -n) leaves no more beside the workers", d.max)
		return false
	case from != "" && most > 0 && d.by[from] >= most:
		d.warn("connections are refused: too many of one address", most)
		return false
	}
	d.open++
	d.by[from]++
	return true
}

// release gives back what take counted.
func (d *descriptors) release(from string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open--
	if d.by[from]--; d.by[from] == 0 {
		delete(d.by, from)
	}
}

// restored counts a connection that crossed from the program before.
func (d *descriptors) restored(conn net.Conn) net.Conn {
	from := d.subscriber(conn.RemoteAddr())
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open++
	d.by[from]++
	return &countedConn{Conn: conn, d: d, from: from}
}

// warn says so in the log, at most once a minute. d.mu is held.
func (d *descriptors) warn(what string, most int) {
	if time.Since(d.warned[what]) > time.Minute {
		d.warned[what] = time.Now()
		d.log.Warn(what, "namespace", "server:core", "connections", most)
	}
}

// countedConn is one of the connections that descriptors counts.
type countedConn struct {
	net.Conn
	d    *descriptors
	from string
	once sync.Once
}

// forget counts it no more, and leaves it open.
func (c *countedConn) forget() { c.once.Do(func() { c.d.release(c.from) }) }

// SyscallConn implements syscall.Conn, for a connection that crosses to the next
// program.
func (c *countedConn) SyscallConn() (syscall.RawConn, error) {
	return c.Conn.(syscall.Conn).SyscallConn()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.forget()
	return c.Conn.Close()
}

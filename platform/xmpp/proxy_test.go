package xmpp

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between a client and a server, and can cut what goes through it.
type proxy struct {
	listener net.Listener
	to       string
	swallow  atomic.Bool // what the client sends goes nowhere, and nothing comes back

	mu    sync.Mutex
	conns []net.Conn
	wait  sync.WaitGroup
}

func newProxy(t testing.TB, port int) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: fmt.Sprintf("127.0.0.1:%d", port)}
	p.wait.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.cut()
		p.wait.Wait()
	})
	return p
}

func (p *proxy) server() string {
	return fmt.Sprintf("xmpp://127.0.0.1:%d", p.listener.Addr().(*net.TCPAddr).Port)
}

func (p *proxy) accept() {
	for {
		a, err := p.listener.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", p.to)
		if err != nil {
			a.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, a, b)
		p.mu.Unlock()
		p.wait.Go(func() { p.pass(a, b) })
		p.wait.Go(func() { p.pass(b, a) })
	}
}

func (p *proxy) pass(from, to net.Conn) {
	defer to.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if p.swallow.Load() {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// cut resets all connections: nobody says farewell.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	p.conns = nil
}

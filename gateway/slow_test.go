package gateway

import (
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// A body that never ends holds no path: the connection is closed.
func TestSlowBodies(t *testing.T) {
	g, address := startGateway(t, nil)
	g.bodyTimeout = 50 * time.Millisecond
	for _, path := range []string{"/", "/livez", "/readyz", "/socket.io.js", "/no/such/file"} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx"); err != nil {
			t.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s with a body that does not end: %v, want that the connection ends", path, err)
		}
	}
}

// Connections that never join are counted: there are twice as many as an address
// may have, and the next one is refused.
func TestHalfOpenConnections(t *testing.T) {
	g, address := startGateway(t, func(o *Options) { o.Limits.ConnectionsPerAddress = 3 })
	status := func() int {
		res, err := http.Get("http://" + address + "/sockethub/?EIO=4&transport=polling")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for i := range 6 {
		if got := status(); got != http.StatusOK {
			t.Errorf("handshake %d: %d", i, got)
		}
	}
	if got := status(); got != http.StatusTooManyRequests {
		t.Errorf("one handshake too many: %d, want 429", got)
	}
	if n := g.opened.open[holder{subscriber: "127.0.0.1"}]; n != 6 {
		t.Errorf("%d connections are counted, want 6", n)
	}
}

// An address has one budget for all its sessions: of messages half of it, and of
// what waits for clients that do not read the rest. Whoever leaves gives it back.
func TestAddressBudget(t *testing.T) {
	g, address := startGateway(t, func(o *Options) { o.Limits.AddressBytes = 1 << 20 })
	first := dial(t, address, "")
	budget := g.budgets.take("127.0.0.1")
	defer g.budgets.release("127.0.0.1")
	eventually(t, "nothing of the first client's welcome waits", func() bool { return budget.Used() == 0 })
	if !g.budgets.hold("127.0.0.1", 512<<10) {
		t.Fatal("half of the budget is refused")
	}
	got := first.emit("message", activityOf("dummy", "echo", "a"))
	if want := "too many messages of this address are waiting for their result"; got["error"] != want || got["code"] != "too_many_jobs" {
		t.Errorf("a message over half of the budget: %v, want %q", got, want)
	}
	if !g.budgets.hold("192.0.2.1", 512<<10) {
		t.Error("another address has no budget of its own")
	}
	g.budgets.free("192.0.2.1", 512<<10)
	g.budgets.free("127.0.0.1", 512<<10)
	if got := first.emit("message", activityOf("dummy", "echo", "a")); got["error"] != nil {
		t.Errorf("with the budget free: %v", got)
	}
	eventually(t, "nothing is held", func() bool { return budget.Used() == 0 })
}

// The sessions of an address that are refused something take turns: opening more
// of them does not let a client ask more often. Other addresses do not wait for it.
func TestRefusedSessionsTakeTurns(t *testing.T) {
	var b budgets
	const sessions, each = 20, 5
	b.take("192.0.2.1")
	b.take("192.0.2.2")
	b.open["192.0.2.1"].refusing.Lock()
	b.slow("192.0.2.2")
	b.open["192.0.2.1"].refusing.Unlock()
	began := time.Now()
	var all sync.WaitGroup
	for range sessions {
		all.Go(func() {
			for range each {
				b.slow("192.0.2.1")
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took < sessions*each*refusalTime {
		t.Errorf("%d refusals took %v", sessions*each, took)
	}
}

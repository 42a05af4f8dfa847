package daemon

import (
	"io"
	"log/slog"
	"net"
	"testing"
)

// Of few descriptors, some are kept back for workers: a connection too many is
// closed at once, and whoever leaves makes room.
func TestDescriptorsAreKeptBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := newDescriptors(50, slog.New(slog.DiscardHandler))
	if d.max != 2 {
		t.Fatalf("of 50 descriptors %d are for clients, want 2", d.max)
	}
	accepted := make(chan net.Conn)
	go func() {
		guarded := d.guard(l)
		for {
			conn, err := guarded.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	dial()
	first := <-accepted
	dial()
	second := <-accepted
	if _, err := dial().Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection too many: %v, want that it is closed", err)
	}
	first.Close()
	first.Close()
	dial()
	third := <-accepted
	second.Close()
	third.Close()
	if n := d.open.Load(); n != 0 {
		t.Errorf("%d connections are counted at the end", n)
	}
	if l := newDescriptors(0, nil).guard(l); l == nil {
		t.Error("without a limit there is no listener")
	}
}

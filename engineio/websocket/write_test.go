package websocket

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// piped returns a Conn whose peer is in memory; the response to a handshake is
// behind it.
func piped(t *testing.T, opts *Options) (*Conn, *client) {
	server, peer := net.Pipe()
	t.Cleanup(func() { server.Close(); peer.Close() })
	c := newConn(server, opts, false)
	c.Flush()
	return c, &client{t, peer, bufio.NewReader(peer)}
}

func TestFramesAreGathered(t *testing.T) {
	var in []byte
	for range 16 {
		in = append(in, text("hello")...)
	}
	c, conn := over(&Options{}, false, in)
	c.Flush()
	if err := echo(c); err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	// The first read is of what a tiny buffer holds, the second of the rest.
	if want := strings.Repeat("\x81\x05hello", 16); conn.out.String() != want || conn.writes != 2 {
		t.Errorf("%d writes, of %q", conn.writes, conn.out.String())
	}
}

// What is queued behind a Drain leaves in a write of its own, also where another
// goroutine was writing.
func TestDrain(t *testing.T) {
	for range 200 {
		server, peer := net.Pipe()
		c := newConn(server, &Options{}, false)
		go func() {
			c.gather()
			c.Write(Frame{Opcode: Text, Data: []byte("one")})
			c.Drain()
			c.Write(Frame{Opcode: Text, Data: []byte("two")})
			c.Drain()
			server.Close()
		}()
		for _, want := range []string{"\x81\x03one", "\x81\x03two"} {
			b := make([]byte, 64) // a pipe's read takes a part of one write
			n, err := peer.Read(b)
			if got := string(b[:n]); err != nil || got != want {
				t.Fatalf("read %q, %v; want %q", got, err, want)
			}
		}
		peer.Close()
	}
}

func TestFramesOfManyWritersStayWhole(t *testing.T) {
	const writers, each = 8, 200
	c, peer := piped(t, &Options{})
	prepared := Prepare(Frame{Opcode: Text, Prefix: []byte("p"), Data: []byte("prepared")})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				// Two messages, and nothing in between.
				err := c.Write(Frame{Opcode: Text, Prefix: []byte("a"), Data: fmt.Appendf(nil, "%d.%d", w, i)}, Frame{Opcode: Binary, Data: fmt.Appendf(nil, "%d.%d", w, i)})
				if err != nil {
					t.Error(err)
				}
				c.WritePrepared(prepared)
			}
		})
	}
	next := make([]int, writers)
	for range writers * each * 2 {
		got, err := readFrame(peer.in)
		if err != nil {
			t.Fatal(err)
		}
		if got == echoed(Text, "pprepared") {
			continue
		}
		var w, i int
		if _, err := fmt.Sscanf(got.payload, "a%d.%d", &w, &i); err != nil || i != next[w] {
			t.Fatalf("got %v from writer %d, want its message %d", got, w, next[w])
		}
		next[w]++
		peer.expect(echoed(Binary, got.payload[1:]))
	}
	wg.Wait()
}

func TestPeerThatDoesNotRead(t *testing.T) {
	t.Run("too much waits for it", func(t *testing.T) {
		c, _ := piped(t, &Options{MaxBuffered: 1000})
		var err error
		for i := 0; err == nil; i++ {
			if i > 100 {
				t.Fatal("100 messages of 100 bytes wait")
			}
			err = c.Write(Frame{Opcode: Text, Data: []byte(repeat(100))})
		}
		if !errors.Is(err, ErrSlow) {
			t.Errorf("got %v, want %v", err, ErrSlow)
		}
		if err := c.Write(Frame{Opcode: Text}); !errors.Is(err, ErrSlow) {
			t.Errorf("after it: got %v", err)
		}
		if err := c.WritePrepared(Prepare(Frame{Opcode: Text})); !errors.Is(err, ErrSlow) {
			t.Errorf("after it: got %v", err)
		}
		if _, _, err := c.Next(); !errors.Is(err, ErrSlow) {
			t.Errorf("Next: got %v", err)
		}
	})
	t.Run("a write takes too long", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := piped(t, &Options{WriteTimeout: 3 * time.Second})
			start := time.Now()
			c.Write(Frame{Opcode: Text, Data: []byte("hello")})
			_, _, err := c.Next()
			if took := time.Since(start); took != 3*time.Second || !errors.Is(err, ErrSlow) {
				t.Errorf("after %v: %v", took, err)
			}
		})
	})
}

// The reading goroutine does not become the one that writes for all others.
func TestFlushHandsOver(t *testing.T) {
	c, peer := piped(t, &Options{})
	c.gather()
	c.Write(Frame{Opcode: Text, Data: []byte("one")})
	flushed := make(chan struct{})
	go func() { c.Flush(); close(flushed) }()
	b := make([]byte, 1)
	if _, err := io.ReadFull(peer.in, b); err != nil { // the write is under way
		t.Fatal(err)
	}
	c.Write(Frame{Opcode: Text, Data: []byte("two")})
	if _, err := io.ReadFull(peer.in, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	<-flushed // though nobody has read "two"
	peer.expect(echoed(Text, "two"))
}

// FIELD 7.1: ws CVE-2026-45736. Buffers that others have used never show in
// what is sent.
func TestNoFrameCarriesAnothersBytes(t *testing.T) {
	canary := []byte("CANARY-of-another-connection")
	for range 50 {
		c, _ := over(&Options{}, false, masked(fin|byte(Binary), bytes.Repeat(canary, 100)), text(string(canary)))
		echo(c)
	}
	for _, in := range [][]byte{
		closeFrame(1000, "bye"), closeFrame(1000, ""), masked(fin|byte(closing), nil), masked(fin|byte(closing), []byte("x")),
		masked(fin|byte(ping), []byte("?")), masked(fin|byte(ping), nil), text("hello"), masked(3, nil), declares(fin|byte(Text), 1<<40),
		masked(fin|byte(Binary), []byte(repeat(5000))), fragments(Text, repeat(3000), 100),
	} {
		for _, deflate := range []bool{false, true} {
			c, conn := over(&Options{}, deflate, in)
			echo(c)
			if out := conn.out.Bytes(); bytes.Contains(out, canary[:6]) || bytes.Contains(out, []byte{0xDB, 0xDB, 0xDB}) {
				t.Errorf("%x was answered with %q", in[:min(len(in), 20)], out)
			}
		}
	}
}

func TestAbort(t *testing.T) {
	c, peer := piped(t, &Options{})
	c.gather()
	c.Write(Frame{Opcode: Text, Data: []byte("never sent")})
	c.Abort()
	if got, err := readFrame(peer.in); err != io.EOF {
		t.Errorf("the peer read %v, %v", got, err)
	}
	if err := c.Write(Frame{Opcode: Text}); err != ErrClosed {
		t.Errorf("Write: %v", err)
	}
	if _, _, err := c.Next(); err != ErrClosed {
		t.Errorf("Next: %v", err)
	}
}

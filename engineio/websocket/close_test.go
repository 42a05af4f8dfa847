package websocket

import (
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestCloseByTheServer(t *testing.T) { synctest.Test(t, closeByTheServer) }

func closeByTheServer(t *testing.T) {
	c, peer := piped(t, &Options{})
	ended := make(chan error, 1)
	go func() { ended <- echo(c) }()
	c.Write(Frame{Opcode: Text, Data: []byte("before")})
	c.Close(GoingAway, "bye")
	c.Close(InternalError, "too late")
	if err := c.Write(Frame{Opcode: Text, Data: []byte("after")}); err != ErrClosed {
		t.Errorf("Write after Close: %v", err)
	}
	peer.expect(echoed(Text, "before"), received{fin | byte(closing), "\x03\xe9bye"})
	peer.send(masked(fin|byte(ping), []byte("which is not answered")), closeFrame(1001, "bye"))
	if err := <-ended; codeOf(err) != GoingAway {
		t.Errorf("Next: %v", err)
	}
	if b, err := io.ReadAll(peer.in); len(b) > 0 || err != nil {
		t.Errorf("after the close frame came %q, %v", b, err)
	}
}

// A peer that never answers a close frame is left.
func TestCloseHasATimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := piped(t, &Options{WriteTimeout: 5 * time.Second})
		go io.Copy(io.Discard, peer.in)
		start := time.Now()
		c.Close(NormalClosure, "")
		_, _, err := c.Next()
		if took := time.Since(start); err == nil || took != 5*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// A close does not wait for a reading goroutine that is busy with a message.
func TestCloseWhileAMessageIsTaken(t *testing.T) {
	c, peer := piped(t, &Options{})
	go peer.send(text("hello"))
	if _, _, err := c.Next(); err != nil {
		t.Fatal(err)
	}
	c.Write(Frame{Opcode: Text, Data: []byte("gathered")})
	c.Close(GoingAway, "")
	peer.expect(echoed(Text, "gathered"), received{fin | byte(closing), "\x03\xe9"})
}

// One that goes on sending is left too.
func TestCloseIgnoresWhatStillComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := piped(t, &Options{WriteTimeout: 5 * time.Second})
		go io.Copy(io.Discard, peer.in)
		var sender sync.WaitGroup
		sender.Go(func() {
			for {
				if _, err := peer.conn.Write(text("more")); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		start := time.Now()
		c.Close(NormalClosure, "")
		err := echo(c)
		if took := time.Since(start); err == nil || took != 5*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
		sender.Wait()
	})
}

// The answer to a close frame waits for a write that is under way: a half-closed
// connection would cut it off.
func TestCloseWaitsForTheLastWrite(t *testing.T) {
	server := serve(t, &Options{MaxBuffered: 64 << 20}, func(c *Conn) {
		opcode, data, err := c.Next()
		if err != nil {
			return
		}
		c.Flush() // so that a goroutine writes
		c.Write(Frame{Opcode: opcode, Data: []byte(strings.Repeat(string(data), 16<<20))})
		c.Next()
	})
	peer := dial(t, server, "")
	peer.send(text("*"), closeFrame(1000, ""))
	peer.expect(echoed(Text, repeat(16<<20)))
	peer.expectClose(NormalClosure)
}

func TestReasonIsCut(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"short", "short"},
		{repeat(123), repeat(123)},
		{repeat(124), repeat(123)},
		{repeat(122) + "\u00e4", repeat(122)},
		{repeat(121) + "\u00e4\u00e4", repeat(121) + "\u00e4"},
		{repeat(120) + "\U0001f680", repeat(120)},
	} {
		if got := cut(tt.in, maxControl-2); got != tt.want {
			t.Errorf("cut(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

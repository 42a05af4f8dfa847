package websocket

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// conversation is what a client sends: each way in which a message can come. One has
// that size.
func conversation(size int) (wire []byte, messages []string) {
	long := strings.Repeat("0123456789abcdef", size/16)
	packed := compressed(strings.Repeat("ha ", 100), 9)
	for _, part := range [][]byte{
		text("one"),
		masked(byte(Text), []byte("fragm€"[:6])), // cut inside a character
		masked(fin|byte(ping), []byte("still there?")),
		masked(byte(continuation), nil),
		masked(fin|byte(continuation), []byte("€"[1:]+"ented")),
		masked(fin|byte(Binary), []byte{0, 1, 2}),
		masked(fin|rsv1|byte(Text), packed),
		masked(rsv1|byte(Text), packed[:5]),
		masked(fin|byte(continuation), packed[5:]),
		text(""),
		masked(fin|byte(Text), []byte(long)),
		text("last"),
	} {
		wire = append(wire, part...)
	}
	return wire, []string{"one", "fragm€ented", "\x00\x01\x02", strings.Repeat("ha ", 100), strings.Repeat("ha ", 100), "", long, "last"}
}

// collect takes messages until Next fails.
func collect(c *Conn, into *[]string) <-chan error {
	ended := make(chan error, 1)
	go func() {
		for {
			_, data, err := c.Next()
			if err != nil {
				ended <- err
				return
			}
			*into = append(*into, string(data))
		}
	}()
	return ended
}

// carry is what a state becomes on its way.
func carry(t testing.TB, s State) *State {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again State
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	return &again
}

// Wherever in a conversation a connection is handed over, the next one takes every
// message once and in order.
func TestHandoverAtEveryByte(t *testing.T) {
	wire, want := conversation(2 << 10)
	for cut := 0; cut <= len(wire); cut++ {
		// In the long frame's payload one place is as good as another.
		if cut < 400 || cut > len(wire)-40 || cut%499 == 0 {
			handOverAt(t, wire, cut, want)
		}
	}
	wire, want = conversation(1 << 20) // as much as a message may have
	for _, cut := range []int{1000, 20_000, len(wire) - 1000} {
		handOverAt(t, wire, cut, want)
	}
}

// handOverAt hands a connection over when its client has sent cut bytes.
func handOverAt(t *testing.T, wire []byte, cut int, want []string) {
	t.Helper()
	client, server := net.Pipe()
	go io.Copy(io.Discard, client) // pongs
	var got []string
	old := newConn(server, &Options{}, true)
	ended := collect(old, &got)
	if _, err := client.Write(wire[:cut]); err != nil { // returns when all has been read
		t.Fatal(err)
	}
	old.Freeze()
	if err := <-ended; err != ErrFrozen {
		t.Fatalf("cut at %d: Next failed with %v", cut, err)
	}
	state, ok := old.State()
	if !ok {
		t.Fatalf("cut at %d: no state", cut)
	}
	next, err := Restore(server, carry(t, state), &Options{})
	if err != nil {
		t.Fatalf("cut at %d: %v", cut, err)
	}
	next.Thaw()
	ended = collect(next, &got)
	client.Write(wire[cut:])
	client.Close()
	if err := <-ended; err == ErrFrozen {
		t.Errorf("cut at %d: the next connection is frozen", cut)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("cut at %d: got %.60q, want %.60q", cut, got, want)
	}
}

// A connection that is frozen and thawed goes on itself, as often as one likes.
func TestThaw(t *testing.T) {
	wire, want := conversation(20 << 10)
	client, server := net.Pipe()
	go io.Copy(io.Discard, client)
	c := newConn(server, &Options{}, true)
	var got []string
	for part := range slices.Chunk(wire, 997) {
		ended := collect(c, &got)
		client.Write(part)
		c.Freeze()
		if err := <-ended; err != ErrFrozen {
			t.Fatal(err)
		}
		c.Thaw()
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %.60q, want %.60q", got, want)
	}
	c.Abort()
}

// pair is a TCP connection on the loopback.
func pair(t testing.TB) (client, server *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

// passOn makes another connection of the same descriptor, and forgets this one, as
// a program does that is replaced.
func passOn(t testing.TB, conn net.Conn) net.Conn {
	t.Helper()
	f, err := conn.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	next, err := net.FileConn(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { next.Close() })
	conn.Close()
	return next
}

// What a client has not read yet, more than the kernel takes, arrives whole and in
// order: a write is cut wherever it is.
func TestHandoverOfOutput(t *testing.T) {
	client, server := pair(t)
	server.SetWriteBuffer(64 << 10)
	client.SetReadBuffer(64 << 10)
	opts := &Options{MaxBuffered: 64 << 20}
	c := newConn(server, opts, false)
	c.Flush() // nobody gathers
	const messages, size = 120, 20 << 10
	n := 0
	write := func() {
		c.Write(Frame{Opcode: Text, Data: fmt.Appendf(nil, "%0*d", size, n)})
		n++
	}
	for range messages / 4 {
		write()
	}
	for range 2 { // handed over twice
		c.Freeze()
		for range messages / 4 {
			write() // while it is frozen
		}
		state, ok := c.State()
		if !ok {
			t.Fatal("no state")
		}
		if len(state.Out) == 0 {
			t.Fatal("the kernel took everything")
		}
		budget := NewBudget(1 << 30)
		next, err := Restore(passOn(t, c.NetConn()), carry(t, state), &Options{MaxBuffered: 64 << 20, Budget: budget})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := budget.Used(), int64(len(state.Out)); got != want {
			t.Errorf("the budget holds %d bytes, want %d", got, want)
		}
		c = next
		c.Thaw()
		go c.Flush()
	}
	for range messages / 4 {
		write()
	}
	client.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(client)
	for i := range messages {
		got, err := readFrame(in)
		if want := fmt.Sprintf("%0*d", size, i); err != nil || got.payload != want {
			t.Fatalf("message %d: %v, %v", i, got, err)
		}
	}
	c.Abort()
}

// A closing connection has no state, and one that is closed while it is frozen still
// says so.
func TestCloseWhileFrozen(t *testing.T) {
	client, server := pair(t)
	client.SetDeadline(time.Now().Add(patience))
	c := newConn(server, &Options{}, false)
	c.Freeze()
	if _, _, err := c.Next(); err != ErrFrozen {
		t.Fatalf("Next returned %v", err)
	}
	c.Write(Frame{Opcode: Text, Data: []byte("bye")})
	c.Close(GoingAway, "")
	if _, ok := c.State(); ok {
		t.Error("a closing connection has a state")
	}
	in := bufio.NewReader(client)
	for _, want := range []received{{fin | byte(Text), "bye"}, {fin | byte(closing), "\x03\xe9"}} {
		if got, err := readFrame(in); err != nil || got != want {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
	client.Close()
	if _, _, err := c.Next(); err == nil || err == ErrFrozen {
		t.Errorf("Next returned %v", err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		state State
		want  string
	}{
		{"too much that is unread", State{In: make([]byte, maxCarried+1)}, "In has 16385 bytes"},
		{"a control frame as a message", State{Message: &Partial{Opcode: ping, Fragments: 1, Missing: 1}}, "Message.Opcode is 9"},
		{"compressed, but not agreed", State{Message: &Partial{Opcode: Text, Compressed: true, Fragments: 1, Missing: 1}}, "Message.Compressed"},
		{"no frame", State{Message: &Partial{Opcode: Text, Missing: 1}}, "Message.Fragments is 0"},
		{"too long", State{Message: &Partial{Opcode: Text, Fragments: 1, Data: []byte("abc"), Missing: 1<<20 - 2}}, "Message has 3 bytes and lacks 1048574"},
		{"negative", State{Message: &Partial{Opcode: Text, Fragments: 1, Missing: -1}}, "lacks -1"},
		{"complete", State{Message: &Partial{Opcode: Text, Fragments: 1, Data: []byte("abc"), Final: true}}, "Message is complete"},
		{"not UTF-8", State{Message: &Partial{Opcode: Text, Fragments: 1, Data: []byte{0xff}}}, "Message.Data is not UTF-8"},
	} {
		if _, err := Restore(&scripted{}, &tt.state, &Options{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// Whatever a state says, the connection takes a client's frames or ends; it keeps
// within its limits.
func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{}`), []byte{})
	f.Add([]byte(`{"in":"gYU3+iE9f58=","out":"gQA="}`), []byte("\x4d\x51\x58"))
	f.Add([]byte(`{"deflate":true,"message":{"opcode":1,"compressed":true,"fragments":1,"data":"8kg=","missing":3,"key":1023535671,"final":true}}`), []byte("abc"))
	f.Fuzz(func(t *testing.T, state, rest []byte) {
		var s State
		if json.Unmarshal(state, &s) != nil {
			return
		}
		c, err := Restore(&scripted{pieces: [][]byte{rest}}, &s, &Options{MaxMessage: 4096, MaxBuffered: 1 << 20})
		if err != nil {
			return
		}
		c.Thaw()
		for {
			_, data, err := c.Next()
			if err != nil {
				return
			}
			if len(data) > 4096 {
				t.Fatalf("a message of %d bytes", len(data))
			}
		}
	})
}

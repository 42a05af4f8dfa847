package websocket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
)

func TestParseHeader(t *testing.T) {
	sized := func(second byte, length ...byte) []byte {
		return append(append([]byte{fin | byte(Binary), second}, length...), 1, 2, 3, 4)
	}
	tests := []struct {
		name   string
		in     []byte
		length int64
		size   int
		code   Code
	}{
		{"small", sized(0x80 | 5), 5, 6, 0},
		{"16 bits", sized(0x80|126, 1, 0), 256, 8, 0},
		{"64 bits", sized(0x80|127, 0, 0, 0, 0, 0, 1, 0, 0), 65536, 14, 0},
		{"2^63-1", sized(0x80|127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF), 1<<63 - 1, 14, 0},
		{"2^63", sized(0x80|127, 0x80, 0, 0, 0, 0, 0, 0, 0), 0, 0, ProtocolError},
		{"2^64-1", sized(0x80|127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF), 0, 0, ProtocolError},
		{"not masked", sized(5), 0, 0, ProtocolError},
		{"nothing yet", nil, 0, 0, 0},
		{"half a header", []byte{fin | byte(Binary)}, 0, 0, 0},
		{"half a length", []byte{fin | byte(Binary), 0x80 | 126, 1}, 0, 0, 0},
		{"half a long length", []byte{fin | byte(Binary), 0x80 | 127, 0, 0, 0, 0, 0, 0, 1}, 0, 0, 0},
		{"half a key", []byte{fin | byte(Binary), 0x80 | 1, 1, 2, 3}, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, n, err := parseHeader(tt.in, false)
			var closed *CloseError
			if errors.As(err, &closed) != (tt.code != 0) || closed != nil && closed.Code != tt.code {
				t.Fatalf("parseHeader(%x): %v, want code %d", tt.in, err, tt.code)
			}
			if n != tt.size || n > 0 && h.length != tt.length {
				t.Errorf("parseHeader(%x) = length %d, size %d; want %d, %d", tt.in, h.length, n, tt.length, tt.size)
			}
		})
	}
}

// declares returns the header of a frame with any length, and nothing more.
func declares(first byte, length uint64) []byte {
	b := binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, length)
	return append(b, 0, 0, 0, 0)
}

func codeOf(err error) Code {
	var closed *CloseError
	if errors.As(err, &closed) {
		return closed.Code
	}
	return 0
}

// FIELD 7.1: nats CVE-2026-27889, gorilla CVE-2020-27813.
func TestLengthsThatOverflow(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []byte
		code Code
	}{
		{"2^63", declares(fin|byte(Binary), 1<<63), ProtocolError},
		{"2^63-1", declares(fin|byte(Binary), 1<<63-1), MessageTooBig},
		{"2^64-1", declares(fin|byte(Binary), 1<<64-1), ProtocolError},
		{"a byte past the limit", declares(fin|byte(Binary), defaultMaxMessage+1), MessageTooBig},
		{"a fragment past the limit", declares(byte(Binary), defaultMaxMessage+1), MessageTooBig},
		{"a continuation that sums past the limit", join(masked(byte(Binary), []byte("x")), declares(fin, defaultMaxMessage)), MessageTooBig},
		{"a continuation that sums past 2^63", join(masked(byte(Binary), []byte("x")), declares(fin, 1<<63-1)), MessageTooBig},
		{"a continuation with the top bit", join(masked(byte(Binary), []byte("x")), declares(fin, 1<<63)), ProtocolError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := over(&Options{}, false, tt.in)
			if _, _, err := c.Next(); codeOf(err) != tt.code {
				t.Errorf("got %v, want code %d", err, tt.code)
			}
		})
	}
}

// FIELD 7.1: nats CVE-2026-27571 and CVE-2026-33219. A frame that announces
// what the limit allows gets memory as its bytes arrive.
func TestAnnouncedPayloadIsNotAllocated(t *testing.T) {
	c, _ := over(&Options{MaxMessage: 2 << 30}, false, declares(fin|byte(Binary), 1<<30), []byte("only this"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := c.Next()
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 8<<10 {
		t.Errorf("a frame of 14 bytes that announces 1 GiB took %d bytes", took)
	}
}

// endless is a connection that repeats a frame for ever.
type endless struct {
	scripted
	first, frame []byte
	at           int
}

func (e *endless) Read(b []byte) (int, error) {
	if len(e.first) > 0 {
		n := copy(b, e.first)
		e.first = e.first[n:]
		return n, nil
	}
	n := 0
	for n < len(b) {
		k := copy(b[n:], e.frame[e.at:])
		n += k
		e.at = (e.at + k) % len(e.frame)
	}
	return n, nil
}

// FIELD 7.1: ws CVE-2026-48779, by the number of fragments.
func TestEndlessFragments(t *testing.T) {
	for name, payload := range map[string]string{"empty": "", "of one byte": "x"} {
		t.Run(name, func(t *testing.T) {
			conn := &endless{first: masked(byte(Binary), nil), frame: masked(byte(continuation), []byte(payload))}
			c := newConn(conn, &Options{}, false)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := c.Next()
			runtime.ReadMemStats(&after)
			if codeOf(err) != PolicyViolation {
				t.Errorf("got %v, want 1008", err)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 2<<20 {
				t.Errorf("the fragments took %d bytes", took)
			}
			if got := conn.out.String(); !strings.HasSuffix(got, "\x88\x02\x03\xf0") {
				t.Errorf("the server wrote %q", got)
			}
		})
	}
}

// FIELD 7.1: nats 211fcb3ec, engine.io CVE-2022-21676.
func TestReservedBitsWithoutTheirExtension(t *testing.T) {
	for _, deflate := range []bool{false, true} {
		for bits := byte(rsv3); bits <= rsv1|rsv2|rsv3; bits += rsv3 {
			for _, opcode := range []Opcode{Text, Binary, ping, pong, closing} {
				if deflate && bits == rsv1 && !opcode.control() {
					continue // a compressed message
				}
				c, _ := over(&Options{}, deflate, masked(fin|bits|byte(opcode), nil))
				if _, _, err := c.Next(); codeOf(err) != ProtocolError {
					t.Errorf("RSV bits %02x, opcode %x, deflate %t: got %v, want 1002", bits, opcode, deflate, err)
				}
			}
		}
	}
	c, _ := over(&Options{}, true, masked(rsv1|byte(Text), []byte("x")), masked(fin|rsv1, []byte("x")))
	if _, _, err := c.Next(); codeOf(err) != ProtocolError {
		t.Errorf("RSV1 on a continuation: got %v, want 1002", err)
	}
}

// A client that sends pings and reads nothing has its answers bounded.
func TestPingsThatNobodyReadsTheAnswersOf(t *testing.T) {
	server, peer := net.Pipe()
	defer peer.Close()
	c := newConn(server, &Options{MaxBuffered: 10_000}, false)
	c.Flush()
	c.Write(Frame{Opcode: Text, Data: []byte("which nobody reads")}) // the writer is stuck
	go func() {
		flood := bytes.Repeat(masked(fin|byte(ping), []byte(repeat(125))), 1000)
		peer.Write(flood)
	}()
	if _, _, err := c.Next(); !errors.Is(err, ErrSlow) {
		t.Errorf("got %v, want %v", err, ErrSlow)
	}
}

// FIELD 7.1: nats 036aa3aab.
func TestParseClose(t *testing.T) {
	for _, tt := range []struct {
		name    string
		payload string
		code    Code
		reason  string
	}{
		{"empty", "", NoStatus, ""},
		{"one byte", "\x03", ProtocolError, "a close frame of one byte"},
		{"a code", "\x03\xe8", NormalClosure, ""},
		{"a reason", "\x03\xe8bye", NormalClosure, "bye"},
		{"a reason that is not UTF-8", "\x03\xe8\xff", InvalidPayload, "the reason of a close frame is not UTF-8"},
		{"half a character", "\x03\xe8\xc3", InvalidPayload, "the reason of a close frame is not UTF-8"},
		{"no code of a close frame", "\x03\xed", ProtocolError, "an invalid close code"},
		{"code 0", "\x00\x00", ProtocolError, "an invalid close code"},
		{"code 65535", "\xff\xff", ProtocolError, "an invalid close code"},
	} {
		if got := parseClose([]byte(tt.payload)); got.Code != tt.code || got.Reason != tt.reason {
			t.Errorf("%s: got %v, want %d %q", tt.name, got, tt.code, tt.reason)
		}
	}
}

func TestCloseErrorText(t *testing.T) {
	for _, tt := range []struct {
		err  CloseError
		want string
	}{
		{CloseError{Code: 1005}, "websocket closed with 1005"},
		{CloseError{1000, "good \"bye\""}, `websocket closed with 1000: "good \"bye\""`},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestMask(t *testing.T) {
	const key = mask(0x04030201) // bytes 1, 2, 3, 4
	for n := range 100 {
		for cut := range n + 1 {
			b := bytes.Repeat([]byte{0xA5}, n)
			key.apply(b[:cut]).apply(b[cut:])
			for i := range b {
				if b[i] != 0xA5^byte(i%4+1) {
					t.Fatalf("%d bytes cut at %d: byte %d is %x", n, cut, i, b[i])
				}
			}
		}
	}
}

// An idle connection keeps its small buffer, whatever has passed through it.
func TestIdleConnectionHoldsASmallBuffer(t *testing.T) {
	server, peer := net.Pipe()
	defer peer.Close()
	c := newConn(server, &Options{}, false)
	go peer.Write(join(text(repeat(100_000)), text("x")))
	for range 2 {
		if _, _, err := c.Next(); err != nil {
			t.Fatal(err)
		}
	}
	c.release()
	c.Flush()
	c.makeRoom() // what Next does before it waits
	if len(c.buf) != smallBuffer || c.message != nil || c.out != nil {
		t.Errorf("a connection holds a buffer of %d bytes, message %v, out %v", len(c.buf), c.message, c.out)
	}
	c.Rest()
	c.makeRoom()
	if len(c.buf) != tinyBuffer || c.small != nil {
		t.Errorf("a resting connection holds buffers of %d and %d bytes", len(c.buf), len(c.small))
	}
}

// outcome is all that a client and a caller see of a connection.
func outcome(deflate bool, pieces ...[]byte) string {
	c, conn := over(&Options{MaxMessage: 4096}, deflate, pieces...)
	var b strings.Builder
	for {
		opcode, data, err := c.Next()
		if err != nil {
			fmt.Fprintf(&b, "%v\n%q", err, conn.out.String())
			return b.String()
		}
		fmt.Fprintf(&b, "%d %q\n", opcode, data)
		c.Write(Frame{Opcode: opcode, Data: data})
	}
}

// However the bytes are cut, the same comes of them.
func FuzzFrames(f *testing.F) {
	for _, seed := range [][]byte{
		join(text("Hello"), text("")),
		join(masked(byte(Text), []byte("Hel")), masked(fin|byte(ping), []byte("?")), masked(fin, []byte("lo"))),
		fragments(Text, "\u03ba\u1f79\u03c3\u03bc\u03b5", 1),
		text("\xed\xa0\x80"),
		masked(fin|byte(Binary), []byte(repeat(130))),
		closeFrame(1000, "bye"),
		declares(fin|byte(Binary), 1<<62),
		masked(fin|rsv1|byte(Text), []byte("\xf2\x48\xcd\xc9\xc9\x07\x00")),
		join(masked(rsv1|byte(Text), []byte("\xf2\x48\xcd")), masked(fin, []byte("\xc9\xc9\x07\x00"))),
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, in []byte, deflate bool) {
		if len(in) > 1024 {
			return
		}
		whole := outcome(deflate, bytes.Clone(in))
		for i := range in {
			b := bytes.Clone(in)
			if cut := outcome(deflate, b[:i], b[i:]); cut != whole {
				t.Fatalf("%x cut at %d:\n%s\nwhole:\n%s", in, i, cut, whole)
			}
		}
		pieces := make([][]byte, 0, len(in))
		for _, c := range in {
			pieces = append(pieces, []byte{c})
		}
		if bytewise := outcome(deflate, pieces...); bytewise != whole {
			t.Fatalf("%x byte by byte:\n%s\nwhole:\n%s", in, bytewise, whole)
		}
	})
}

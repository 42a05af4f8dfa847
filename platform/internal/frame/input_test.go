package frame

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// Frames of every length up to the largest pass the input's buffer, however
// they arrive.
func TestFrameInput(t *testing.T) {
	var want [][]byte
	var stream []byte
	for _, n := range []int{0, 1, 4095, 4096, 4097, 1, 1, 65535, 65536, 70000, 3, Max - 1, Max, 5, 5} {
		line := bytes.Repeat([]byte{'x'}, n)
		want = append(want, line)
		stream = append(append(stream, line...), '\n')
	}
	stream = append(stream, "no line end"...)
	for _, chunk := range []int{1 << 20, 65536, 4096, 997} {
		in := Input{R: &chunks{bytes.NewReader(stream), chunk}}
		var got [][]byte
		for {
			lines, err := in.More()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.SplitSeq(lines, []byte{'\n'}) {
				got = append(got, bytes.Clone(line))
			}
		}
		if len(got) != len(want) {
			t.Fatalf("in pieces of %d: %d lines, want %d", chunk, len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				t.Errorf("in pieces of %d: line %d has %d bytes, want %d", chunk, i, len(got[i]), len(want[i]))
			}
		}
		if len(in.buf) > 2*largeInput {
			t.Errorf("in pieces of %d: after small frames the buffer still has %d bytes", chunk, len(in.buf))
		}
	}
}

// chunks gives at most so many bytes a read.
type chunks struct {
	r io.Reader
	n int
}

func (c *chunks) Read(p []byte) (int, error) { return c.r.Read(p[:min(len(p), c.n)]) }

// However the input is cut, the same lines come out of it.
func FuzzFrameInput(f *testing.F) {
	f.Add([]byte("a\nbc\n\n\r\nd"), uint16(1))
	f.Add([]byte("\n\x00\n"), uint16(2))
	f.Add(append(bytes.Repeat([]byte("x"), 5000), '\n'), uint16(4096))
	f.Fuzz(func(t *testing.T, text []byte, piece uint16) {
		in := Input{R: &chunks{bytes.NewReader(text), int(piece)%5000 + 1}}
		var got []byte
		for {
			lines, err := in.More()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(append(got, lines...), '\n')
		}
		if want := text[:bytes.LastIndexByte(text, '\n')+1]; !bytes.Equal(got, want) {
			t.Errorf("%q in pieces of %d became %q", text, piece, got)
		}
	})
}

// A line of 10 MiB costs no more than the largest frame does.
func TestEndlessLine(t *testing.T) {
	in := Input{R: strings.NewReader(strings.Repeat("x", 10<<20))}
	if _, err := in.More(); err != TooLong(Max) {
		t.Errorf("got %v", err)
	}
	if len(in.buf) > Max+smallInput {
		t.Errorf("the buffer grew to %d bytes", len(in.buf))
	}
}

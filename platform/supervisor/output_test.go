package supervisor

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// split is what eachLine does, by the book.
func split(text string, most int) (list []string) {
	for line := range strings.Lines(text) {
		line, ended := strings.CutSuffix(line, "\n")
		for len(line) > most || len(line) == most && !ended {
			list = append(list, line[:most])
			line = line[most:]
		}
		if ended || line != "" {
			list = append(list, line)
		}
	}
	return list
}

// However its input is cut, eachLine finds the same text in the same lines; only
// a line as long as the limit may be followed by an empty one.
func FuzzEachLine(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), 8)
	f.Add([]byte("a line that is longer than the limit\n\n"), 8)
	f.Add([]byte("12345678\n12345678"), 8)
	f.Add([]byte("\n\n\n"), 1)
	f.Fuzz(func(t *testing.T, in []byte, most int) {
		if most < 1 || most > 1<<16 {
			return
		}
		readers := map[string]io.Reader{
			"whole":       bytes.NewReader(in),
			"one by one":  iotest.OneByteReader(bytes.NewReader(in)),
			"halves":      iotest.HalfReader(bytes.NewReader(in)),
			"with an EOF": iotest.DataErrReader(bytes.NewReader(in)),
		}
		for name, r := range readers {
			var got []string
			eachLine(r, most, func(line []byte) {
				if len(line) > most {
					t.Errorf("%s: a line of %d bytes", name, len(line))
				}
				if len(line) > 0 {
					got = append(got, string(line))
				}
			})
			var want []string
			for _, line := range split(string(in), most) {
				if line != "" {
					want = append(want, line)
				}
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s: %q became %q, want %q", name, in, got, want)
			}
		}
	})
}

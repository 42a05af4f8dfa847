package wire

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func Example() {
	m, _ := Parse("@time=2024-01-02T03:04:05.678Z;msgid=m7 :otto!~o@quay.example PRIVMSG #deck :see you :) at nine")
	fmt.Println(m.Tag("msgid"), m.Nick(), m.Command, m.Param(0), m.Last())

	line, _ := new(NewText("PRIVMSG", "#deck", "fine").With("label", "sh-3")).Append(nil)
	fmt.Printf("%q\n", line)
	// Output:
	// m7 otto PRIVMSG #deck see you :) at nine
	// "@label=sh-3 PRIVMSG #deck :fine\r\n"
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, in string
		want     Message
	}{
		{"words", "JOIN #deck key", Message{Command: "JOIN", Params: []string{"#deck", "key"}}},
		{"text", ":otto!~o@q PRIVMSG #deck :a :b", Message{Source: "otto!~o@q", Command: "PRIVMSG", Params: []string{"#deck", "a :b"}, Text: true}},
		{"empty text", "TOPIC #deck :", Message{Command: "TOPIC", Params: []string{"#deck", ""}, Text: true}},
		{"lower case", "ping x", Message{Command: "PING", Params: []string{"x"}}},
		{"runs of blanks", "  :s   353  me =  #deck   :a  b", Message{Source: "s", Command: "353", Params: []string{"me", "=", "#deck", "a  b"}, Text: true}},
		{"line end", "PING :x\r\n", Message{Command: "PING", Params: []string{"x"}, Text: true}},
		{"an IPv6 host", ":o!~o@2001:db8::9 QUIT", Message{Source: "o!~o@2001:db8::9", Command: "QUIT"}},
		{"no source", ": PRIVMSG #deck :hi", Message{Command: "PRIVMSG", Params: []string{"#deck", "hi"}, Text: true}},
		{"fifteen", "C 1 2 3 4 5 6 7 8 9 10 11 12 13 14 the rest of it", Message{Command: "C",
			Params: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "the rest of it"}}},
		{"tags", `@a=1;b=x\:y\sz\\\n\q\;c;+d/e=;=no;a=2 :s C`, Message{Tags: []Tag{{"a", "2"}, {"b", "x;y z\\\nq"}, {"c", ""}, {"+d/e", ""}},
			Source: "s", Command: "C"}},
		{"blanks at the end of a text", "PRIVMSG #deck :at  ", Message{Command: "PRIVMSG", Params: []string{"#deck", "at  "}, Text: true}},
		{"blanks behind words", "JOIN #deck  ", Message{Command: "JOIN", Params: []string{"#deck"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.in)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Parse(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
			}
		})
	}
	for _, in := range []string{"", "   ", ":irc.example.net", "@a=b", "@a=b :s", " :hello there"} {
		if m, err := Parse(in); !errors.Is(err, ErrNoCommand) && m.Command != "THERE" {
			t.Errorf("Parse(%q) = %+v, %v; want ErrNoCommand", in, m, err)
		}
	}
}

func TestAppend(t *testing.T) {
	tests := []struct {
		name string
		m    Message
		want string
		err  error
	}{
		{"words", New("JOIN", "#deck", "key"), "JOIN #deck key\r\n", nil},
		{"text", NewText("PRIVMSG", "#deck", "hi"), "PRIVMSG #deck :hi\r\n", nil},
		{"needs a colon", New("TOPIC", "#deck", ":-)"), "TOPIC #deck ::-)\r\n", nil},
		{"empty", New("TOPIC", "#deck", ""), "TOPIC #deck :\r\n", nil},
		{"tags", New("C").With("a", "x; y").With("b", ""), `@a=x\:\sy;b C` + "\r\n", nil},
		{"line break", NewText("PRIVMSG", "#deck", "a\nQUIT"), "", ErrControl},
		{"CR", New("JOIN", "#a\rQUIT"), "", ErrControl},
		{"NUL", New("NICK", "a\x00b"), "", ErrControl},
		{"blank in a word", NewText("PRIVMSG", "otto x", "hi"), "", ErrWord},
		{"colon in front of a word", New("PRIVMSG", ":otto", "hi"), "", ErrWord},
		{"empty word", New("PRIVMSG", "", "hi"), "", ErrWord},
		{"two commands", New("JOIN #a", "hi"), "", ErrCommand},
		{"source", Message{Source: "a b", Command: "X"}, "", ErrWord},
		{"too many", New("C", make([]string, 16)...), "", ErrTooMany},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.m.Append([]byte{})
			if string(got) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%+v became %q, %v; want %q, %v", tt.m, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestSplitSource(t *testing.T) {
	for in, want := range map[string][3]string{
		"otto!~o@quay.example": {"otto", "~o", "quay.example"}, "otto@quay.example": {"otto", "", "quay.example"},
		"otto": {"otto", "", ""}, "otto!~o": {"otto", "~o", ""}, "o@h!u": {"o@h", "u", ""}, "": {},
	} {
		if nick, user, host := SplitSource(in); [3]string{nick, user, host} != want {
			t.Errorf("SplitSource(%q) = %q, %q, %q; want %q", in, nick, user, host, want)
		}
	}
}

func TestReader(t *testing.T) {
	long := strings.Repeat("x", 20000)
	full := strings.Repeat("y", maxTagBytes+LineLength-2)
	tests := []struct{ name, in, want string }{
		{"ends", "a\r\nb\nc\r\n\r\nd", "a|b|c||"},
		{"Windows-1252", "gr\xfc\xdfe \x80\nna\xc3\xafve\n", "grüße €|naïve|"},
		{"UTF-8 cut by a server", ":o PRIVMSG #d :grüße 世\xe4\xb8\r\n:o PRIVMSG #d :ö\xc3[CUT]\n", ":o PRIVMSG #d :grüße 世|:o PRIVMSG #d :ö[CUT]|"},
		{"cut inside its only character", "ab\xf0\x9f\x9b\n" + strings.Repeat("x", 509) + "\xc3\r\n", "ab|" + strings.Repeat("x", 509) + "|"},
		{"Windows-1252 that ends like a cut", "caf\xe9\ncaf\xc9[CUT]\nna\xefve caf\xe9\n", "café|cafÉ[CUT]|naïve café|"},
		{"Windows-1252 in a room with a UTF-8 name", ":o PRIVMSG #übung :gr\xfc\xdfe\n:o PRIVMSG #übung :caf\xe9\n", ":o PRIVMSG #übung :grüße|:o PRIVMSG #übung :café|"},
		{"too long", "a\n" + long + "\nb\n", "a|b|"},
		{"too long without end", long + long, ""},
		{"as long as may be", full + "\r\nb\n", full + "|b|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, source := range map[string]io.Reader{"whole": strings.NewReader(tt.in), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.in))} {
				if got := readAll(NewReader(source)); got != tt.want {
					t.Errorf("%s: %.60q, want %.60q", name, got, tt.want)
				}
			}
		})
	}
}

func readAll(r *Reader) string {
	var b strings.Builder
	for {
		line, err := r.ReadLine()
		if err != nil {
			return b.String()
		}
		b.WriteString(line + "|")
	}
}

// A Reader never holds more than a line's length, and gives back what it held.
func TestReaderBound(t *testing.T) {
	r := NewReader(io.LimitReader(zeros{}, 10<<20))
	if _, err := r.ReadLine(); err != io.EOF {
		t.Fatal(err)
	}
	if len(r.buf) > r.max {
		t.Errorf("the buffer has %d bytes, the limit is %d", len(r.buf), r.max)
	}
	r.have = 0
	r.Shrink()
	if len(r.buf) != 1024 {
		t.Errorf("after Shrink the buffer has %d bytes", len(r.buf))
	}
	r.SetLineLength(1 << 30)
	if r.max != maxTagBytes+maxLineLength {
		t.Errorf("the limit became %d", r.max)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// After a time-out the line goes on.
func TestReaderTimeout(t *testing.T) {
	r := NewReader(io.MultiReader(strings.NewReader("PRIV"), iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("MSG x\n")))))
	if line, err := r.ReadLine(); err != iotest.ErrTimeout {
		t.Fatalf("%q, %v; want a time-out", line, err)
	}
	if line, err := r.ReadLine(); line != "PRIVMSG x" || err != nil {
		t.Errorf("%q, %v after the time-out", line, err)
	}
}

// What Parse accepts, Append writes back to an equal message.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"@a=b\\:;c :n!u@h PRIVMSG #d :x :y", "PING x", ": 1 :", "c 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6", "@=;+ X"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		m, err := Parse(in)
		if err != nil {
			return
		}
		line, err := m.Append(nil)
		if err != nil {
			// Only what cannot come from a Reader, NUL apart, cannot be written.
			if !strings.ContainsAny(in, "\r\n\x00") && !strings.HasPrefix(m.Command, "@") {
				t.Fatalf("%q became %+v, which cannot be written: %v", in, m, err)
			}
			return
		}
		again, err := Parse(string(line))
		if m.Text = again.Text; err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("%q became %+v, then %q, then %+v, %v", in, m, line, again, err)
		}
	})
}

// Cut in two anywhere, the input gives the same lines.
func FuzzReaderCut(f *testing.F) {
	f.Add([]byte("a\r\nb\n\xff\xfe\r\r\n"))
	f.Add([]byte(strings.Repeat("é", 6000) + "\nx\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		want := readAll(NewReader(strings.NewReader(string(in))))
		for i := 0; i <= len(in); i += 1 + len(in)/64 {
			got := readAll(NewReader(io.MultiReader(strings.NewReader(string(in[:i])), strings.NewReader(string(in[i:])))))
			if got != want {
				t.Fatalf("%q cut at %d gave %q, want %q", in, i, got, want)
			}
		}
	})
}

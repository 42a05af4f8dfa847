package charset

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// runNode runs a program in testdata/encodings.
func runNode(t *testing.T, program string, in io.Reader) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), peer.Program(t, "node"), "--expose-internals", "--no-warnings", program)
	cmd.Dir, cmd.Stdin = "testdata/encodings", in
	var failure strings.Builder
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", program, err, failure.String())
	}
	return out
}

// The tables are what the program makes of them that is kept beside them. How
// well they are deflated is another zlib's business.
func TestTables(t *testing.T) {
	ours, made := tables, runNode(t, "make.cjs", nil)
	for n := 0; len(made) > 0; n++ {
		if len(ours) == 0 {
			t.Fatalf("index %d is missing", n)
		}
		var a, b []byte
		a, ours = cutIndex(ours)
		b, made = cutIndex(made)
		if !slices.Equal(inflate(a), inflate(b)) {
			t.Errorf("index %d is another one", n)
		}
	}
	if len(ours) > 0 {
		t.Errorf("%d bytes more than there should be", len(ours))
	}
	if most := 150 << 10; len(tables) > most {
		t.Errorf("%d bytes of tables, more than %d", len(tables), most)
	}
}

// known are the bytes that ICU, by which node decodes, reads in another way than
// the Standard. Of the large sets, of which ICU has another variant or another
// view of errors, only the characters are listed that both have.
var known = map[string]func(b []byte) bool{
	"ibm866":       only("\x1A\x1C\x7F"),                                                        // control characters in another order
	"koi8-u":       only("\xAE\xBE"),                                                            // letters of Belarus
	"windows-874":  func(b []byte) bool { return b[0] >= 0xDB },                                 // characters for private use
	"windows-1252": func(b []byte) bool { return b[0] >= 0x80 && b[0] <= 0x9F || b[0] == 0xFF }, // ISO 8859-1 without its marks
	"windows-1253": only("\xAA"),                                                                // ª
	"windows-1255": only("\xCA"),                                                                // a point that came later
	"shift_jis":    only("\x1A\x1C\x7F\x80\xA0"),                                                // as in ibm866; 0x80 is an error
	"gbk":          only("\xFF\x80\xA2\xA3\xA6\xA8\xA9\xFE"),                                    // some characters of the rows are for private use
	"big5": func(b []byte) bool { // the characters of Hong Kong are missing
		return len(b) == 2 && (b[0] < 0xA4 || b[0] > 0xF8 || b[0] > 0xC5 && b[0] < 0xC9 || b[0] == 0xF9)
	},
	"euc-kr": func(b []byte) bool { // so are the syllables of Windows
		return len(b) == 2 && (b[0] < 0xA1 || b[1] < 0xA1)
	},
}

func only(set string) func(b []byte) bool {
	return func(b []byte) bool {
		return slices.ContainsFunc(b, func(c byte) bool { return strings.IndexByte(set, c) >= 0 })
	}
}

// sameErrors are the large encodings of which node reads anything as we do.
var sameErrors = []string{"utf-8", "utf-16le", "utf-16be", "gb18030"}

// Node decodes the same bytes: characters of all encodings in any order, cut
// anywhere, and bytes in any order where they mean nothing to either.
func TestNodeDecodes(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	type question struct {
		encoding string
		in       []byte
	}
	var questions []question
	for line := range strings.Lines(labels) {
		name := strings.Fields(line)[0]
		if name == "replacement" { // which TextDecoder refuses
			continue
		}
		for range 40 {
			in, cuts := someText(random, name), 6
			if name == "iso-2022-jp" { // ICU says nothing of half an escape sequence
				cuts = 1
			}
			for cut := len(in); cut >= 0 && cut > len(in)-cuts; cut-- {
				questions = append(questions, question{name, in[:cut]})
			}
			if singleByteSet(name) || slices.Contains(sameErrors, name) {
				questions = append(questions, question{name, someBytes(random, known[name])})
			}
		}
	}
	var asked strings.Builder
	for _, q := range questions {
		fmt.Fprintf(&asked, "%s %x\n", q.encoding, q.in)
	}
	answers := strings.Split(string(runNode(t, "decode.cjs", strings.NewReader(asked.String()))), "\n")
	missing := map[string]bool{}
	for i, q := range questions {
		if answers[i] == "-" {
			missing[q.encoding] = true
			continue
		}
		want, err := hex.DecodeString(answers[i])
		if err != nil {
			t.Fatal(err)
		}
		if got := Lookup(q.encoding).Decode(q.in); !bytes.Equal(got, want) {
			t.Errorf("seed %d: %s % x: %q, node has %q", seed, q.encoding, q.in, got, want)
		}
	}
	if len(missing) > 2 { // ICU does not have iso-8859-16 and x-user-defined
		t.Errorf("node does not know %v", missing)
	}
}

func singleByteSet(name string) bool { return upperHalf(name) != "" }

func someBytes(random *rand.Rand, skip func([]byte) bool) []byte {
	var b []byte
	for len(b) < 12 {
		c := byte(random.Uint32())
		if skip == nil || !skip([]byte{c}) {
			b = append(b, c)
		}
	}
	return b
}

// longest is how many bytes the longest character has.
func longest(name string) int {
	switch {
	case singleByteSet(name):
		return 1
	case name == "euc-jp":
		return 3
	case slices.Contains(sameErrors, name):
		return 4
	}
	return 2
}

// someText is characters that an encoding has.
func someText(random *rand.Rand, name string) (text []byte) {
	e := Lookup(name)
	for range 8 {
		for {
			c := make([]byte, 1+random.IntN(longest(name)))
			for i := range c {
				c[i] = byte(random.Uint32())
			}
			switch {
			case name == "iso-2022-jp":
				c = append(append([]byte("\x1B$B"), 0x30+c[0]%0x40, 0x21+c[len(c)-1]%0x5E), "\x1B(Ja"...)
			case len(c) == 4 && name == "gb18030":
				c[1], c[3] = '0'+c[1]%10, '0'+c[3]%10
			case len(c) == 3 && name == "euc-jp":
				c[0] = 0x8F
			}
			if skip := known[name]; skip != nil && skip(c) {
				continue
			}
			if got := e.Decode(c); !bytes.ContainsRune(got, '\uFFFD') {
				text = append(text, c...)
				break
			}
		}
	}
	return text
}

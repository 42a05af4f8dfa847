package activity

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, in string
		want     any
	}{
		{"null", "null", nil},
		{"true", " true\n", true},
		{"false", "\tfalse\r", false},
		{"number", "-12.5e-1", -1.25},
		{"number too large for a double", "1e400", maxNumber},
		{"string", `"a\"\\\/\b\f\n\r\t\u0041"`, "a\"\\/\b\f\n\r\tA"},
		{"string beyond ASCII", `"žluťoučký 🫖"`, "žluťoučký 🫖"},
		{"surrogate pair", `"\ud83e\udED6"`, "🫖"},
		{"half a pair stays half a pair", `"\ud83e"`, "\xed\xa0\xbe"},
		{"two halves in the wrong order", `"\uded6\ud83e"`, "\xed\xbb\x96\xed\xa0\xbe"},
		{"bytes that are not UTF-8", "\"a\xff\xe2\x82b\"", "a\uFFFD\uFFFDb"},
		{"list", "[1,[],\"x\"]", []any{1.0, []any{}, "x"}},
		{"object", `{"b":1,"a":{}}`, NewObject(Member{"b", 1.0}, Member{"a", NewObject()})},
		{"the last of double names wins, at the first's place", `{"a":1,"b":2,"a":3}`, NewObject(Member{"a", 3.0}, Member{"b", 2.0})},
		{"array indices come first, ascending", `{"x":0,"10":1,"2":2,"02":3}`,
			NewObject(Member{"2", 2.0}, Member{"10", 1.0}, Member{"x", 0.0}, Member{"02", 3.0})},
		{"as deep as is allowed", strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth), nested(MaxDepth)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse([]byte(tt.in))
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.in, err)
			}
			if !reflect.DeepEqual(bare(got), bare(tt.want)) {
				t.Errorf("Parse(%q) = %#v, want %#v", tt.in, bare(got), bare(tt.want))
			}
		})
	}
}

// maxNumber is what a number out of range reads as.
var maxNumber = func() any { v, _ := Parse([]byte("1e309")); return v }()

func nested(depth int) any {
	v := []any{}
	for range depth - 1 {
		v = []any{v}
	}
	return v
}

// bare is a value as lists of members, without what objects remember of their
// text.
func bare(v any) any {
	switch v := v.(type) {
	case *Object:
		members := []Member{}
		for i := range v.Len() {
			name, value := v.Member(i)
			members = append(members, Member{name, bare(value)})
		}
		return members
	case []any:
		list := []any{}
		for _, e := range v {
			list = append(list, bare(e))
		}
		return list
	}
	return v
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		offset   int
	}{
		{"nothing", "", 0},
		{"blanks alone", "  ", 2},
		{"byte order mark", "\uFEFF1", 0},
		{"word", "nul", 0},
		{"undefined", "undefined", 0},
		{"NaN", "NaN", 0},
		{"two values", `1 2`, 2},
		{"leading zero", "01", 1},
		{"sign alone", "-", 1},
		{"plus", "+1", 0},
		{"no digit after the point", "1.", 2},
		{"no digit before the point", ".5", 0},
		{"no exponent", "1e+", 3},
		{"hexadecimal", "0x1", 1},
		{"string without an end", `"a`, 2},
		{"escape at the end", `"a\`, 3},
		{"unknown escape", `"\x"`, 2},
		{"short escape", `"\u12"`, 2},
		{"line end in a string", "\"a\nb\"", 2},
		{"single quotes", `'a'`, 0},
		{"list without an end", "[1", 2},
		{"comma before the end of a list", "[1,]", 3},
		{"no comma in a list", "[1 2]", 3},
		{"object without an end", `{"a":1`, 6},
		{"comma before the end of an object", `{"a":1,}`, 7},
		{"name that is no string", `{a:1}`, 1},
		{"no colon", `{"a" 1}`, 5},
		{"no value", `{"a":}`, 5},
		{"comment", "1 // one", 2},
		{"deeper than is allowed", strings.Repeat("[", MaxDepth+1), MaxDepth},
		{"deeper than any stack", strings.Repeat(`{"a":`, 1_000_000), 5 * MaxDepth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Parse([]byte(tt.in))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("Parse(%.40q) = %v, %v; want a *SyntaxError", tt.in, v, err)
			}
			if syntax.Offset != tt.offset || v != nil {
				t.Errorf("Parse(%.40q) = %v, %v; want it to stop at byte %d", tt.in, v, err, tt.offset)
			}
		})
	}
}

func TestParseObject(t *testing.T) {
	for _, in := range []string{"null", "[]", `"a"`, "1", ""} {
		if o, err := ParseObject([]byte(in)); err == nil {
			t.Errorf("ParseObject(%q) = %v, want an error", in, o)
		}
	}
}

// What is read must not change with the buffer that it was read from.
func TestParseKeepsNothingOfItsInput(t *testing.T) {
	in := []byte(`{"a":["bcd","e\n"],"f":12345678901234567890}`)
	o, err := ParseObject(in)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":["bcd","e\n"],"f":12345678901234567000}`
	clear(in)
	if got := string(AppendJSON(nil, o)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A message means the same here as in the browser that wrote it and in the one
// that reads it: our reader and writer do what JSON.parse and JSON.stringify do.
func TestAsJavaScript(t *testing.T) {
	node, _ := peer.Node(t)
	texts := javaScriptTexts()
	var input bytes.Buffer
	for _, text := range texts {
		input.WriteString(base64.StdEncoding.EncodeToString(text) + "\n")
	}
	cmd := exec.Command(node, "testdata/json.cjs")
	cmd.Stdin = &input
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(bytes.NewReader(output))
	answers.Buffer(nil, 1<<20)
	refused := 0
	for _, text := range texts {
		if !answers.Scan() {
			t.Fatal("node stopped answering")
		}
		want, got := answers.Text(), "error"
		if v, err := Parse(text); err == nil {
			got = string(AppendJSON(nil, v))
			// Once more with the objects' own texts forgotten.
			if again := string(AppendJSON(nil, retype(v))); again != got {
				t.Errorf("%q: copied %s, written anew %s", text, got, again)
			}
		} else {
			refused++
		}
		if got != want {
			t.Errorf("%q: got %s, JavaScript %s", text, got, want)
		}
	}
	if refused == 0 || refused == len(texts) {
		t.Errorf("%d of %d texts were refused: that tests little", refused, len(texts))
	}
}

// retype builds a value anew.
func retype(v any) any {
	switch v := v.(type) {
	case *Object:
		o := NewObject()
		for i := range v.Len() {
			name, value := v.Member(i)
			o.Set(name, retype(value))
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = retype(e)
		}
		return list
	}
	return v
}

func javaScriptTexts() [][]byte {
	seeds := []string{
		`{"@context":["https://www.w3.org/ns/activitystreams"],"type":"echo","actor":{"id":"a","type":"person"},"object":{"content":"x y"}}`,
		`{"b":1,"2":2,"a":3,"1":4,"b":5,"4294967294":6,"4294967295":7,"-1":8,"01":9,"1.0":10}`,
		`{"__proto__":{"x":1},"constructor":2,"toString":null}`,
		`[0,-0,-0.0,1e0,1E+2,1.10,123456789012345678901,0.1e-6,1e21,1e-7,123e-20,5e-324,1.7976931348623157e308,1e309,-1e309]`,
		`[100000000000000000000,0.000001,0.0000001,9007199254740993,-9007199254740993,4.35,0.30000000000000004]`,
		`["\u0000\u001f\u007f\u0080","\u2028\u2029","\ud83e\uded6","\ud83e","\uded6\ud83e","\u00e9","é","\/","<&>"]`,
		"\"\xff\xc3\xa9\xe2\x82\xf0\x9f\xab\x96\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80\"",
		" \t\r\n{ \"a\" : [ ] , \"b\" : { } } ",
		`{"a":{"a":{"a":[[[{"":""}]]]}}}`,
		`"\uD834\uDD1E\ud834x\udd1e"`,
		"\uFEFF{}", "\u00a01", "\v1", "1\f", "[1,]", "{,}", "01", "1.", "--1", "tru", `"\x"`, "\"\t\"", "",
	}
	var texts [][]byte
	for _, s := range seeds {
		texts = append(texts, []byte(s))
	}
	random := rand.New(rand.NewPCG(7, 11))
	parts := []string{`"`, `\`, `\u`, `\ud83e`, "0", "1", "-", "e", "E", ".", "+", "{", "}", "[", "]", ",", ":", " ", "\n", "null", "true", `"a"`,
		`"1":`, "\xff", "\xc3", "é", "\u2028", "\x00", "9e9", "1e-9"}
	for range 6000 {
		text := []byte(seeds[random.IntN(len(seeds))])
		for range 1 + random.IntN(3) {
			at := random.IntN(len(text) + 1)
			switch random.IntN(3) {
			case 0: // put something in
				text = append(text[:at:at], append([]byte(parts[random.IntN(len(parts))]), text[at:]...)...)
			case 1: // take something out
				end := min(len(text), at+1+random.IntN(4))
				text = append(text[:at:at], text[end:]...)
			case 2: // move something
				end := min(len(text), at+random.IntN(12))
				moved := bytes.Clone(text[at:end])
				text = append(text[:at:at], text[end:]...)
				to := random.IntN(len(text) + 1)
				text = append(text[:to:to], append(moved, text[to:]...)...)
			}
		}
		texts = append(texts, text)
	}
	return texts
}

// What Parse accepts, AppendJSON writes to a text that reads as the same, and
// that encoding/json reads as the same too, but for halves of surrogate pairs.
func FuzzParse(f *testing.F) {
	for _, text := range javaScriptTexts()[:30] {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := Parse(in)
		var want any
		stdErr := json.Unmarshal(in, &want)
		if err != nil {
			// encoding/json is laxer in nothing but depth, and stricter in
			// numbers that are no doubles.
			if stdErr == nil && !strings.Contains(err.Error(), "nested deeper") {
				t.Fatalf("%q: %v, but encoding/json reads %v", in, err, want)
			}
			return
		}
		text := AppendJSON(nil, v)
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", in, text, err)
		}
		if twice := AppendJSON(nil, again); !bytes.Equal(twice, text) {
			t.Fatalf("%q was written as %q, and then as %q", in, text, twice)
		}
		if anew := AppendJSON(nil, retype(v)); !bytes.Equal(anew, text) {
			t.Fatalf("%q is copied as %q and written as %q", in, text, anew)
		}
		if stdErr != nil {
			return
		}
		var got any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%q was written as %q: %v", in, text, err)
		}
		if !bytes.Contains(bytes.ToLower(in), []byte(`\ud`)) && reflect.DeepEqual(want, got) == false && !bytes.Contains(text, []byte("\uFFFD")) {
			t.Fatalf("%q was written as %q: %v, want %v", in, text, got, want)
		}
	})
}

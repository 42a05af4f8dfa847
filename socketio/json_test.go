package socketio

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplitArray(t *testing.T) {
	tests := []struct {
		in          string
		attachments int
		want        string // the elements, with | between them
		err         error
	}{
		{`[]`, 0, ``, nil},
		{" [ ] ", 0, ``, nil},
		{`["a",1,null]`, 0, `"a"|1|null`, nil},
		{"\t[ {\"a\" : [1 , 2]}\r\n, -0.5e+10 ]", 0, `{"a" : [1 , 2]}|-0.5e+10`, nil},
		{`["\ud83d\ude00\ud800\"\\\/\b\f\n\r\t"]`, 0, `"\ud83d\ude00\ud800\"\\\/\b\f\n\r\t"`, nil},
		{``, 0, ``, errJSON},
		{`{}`, 0, ``, errJSON},
		{`[`, 0, ``, errJSON},
		{`[1`, 0, ``, errJSON},
		{`[1,]`, 0, ``, errJSON},
		{`[,1]`, 0, ``, errJSON},
		{`[1 2]`, 0, ``, errJSON},
		{`[1]]`, 0, ``, errJSON},
		{`[01]`, 0, ``, errJSON},
		{`[1.]`, 0, ``, errJSON},
		{`[.5]`, 0, ``, errJSON},
		{`[+1]`, 0, ``, errJSON},
		{`[1e]`, 0, ``, errJSON},
		{`[--1]`, 0, ``, errJSON},
		{`[NaN]`, 0, ``, errJSON},
		{`[tru]`, 0, ``, errJSON},
		{`[truer]`, 0, ``, errJSON},
		{`['a']`, 0, ``, errJSON},
		{`["a]`, 0, ``, errJSON},
		{`["\x41"]`, 0, ``, errJSON},
		{`["\u12"]`, 0, ``, errJSON},
		{`["\u12G4"]`, 0, ``, errJSON},
		{"[\"\n\"]", 0, ``, errJSON},
		{`[{"a"}]`, 0, ``, errJSON},
		{`[{"a":}]`, 0, ``, errJSON},
		{`[{a:1}]`, 0, ``, errJSON},
		{`[{"a":1,}]`, 0, ``, errJSON},
		{`[{"_placeholder":true,"num":0}]`, 1, `{"_placeholder":true,"num":0}`, nil},
		{`[{"_placeholder":true,"num":1}]`, 1, ``, errPlaceholder},
		{`[{"_placeholder":true,"num":1}]`, 0, `{"_placeholder":true,"num":1}`, nil},
		{`[{"_placeholder":true,"num":-0}]`, 1, ``, errPlaceholder},
		{`[{"_placeholder":true,"num":0.0}]`, 1, ``, errPlaceholder},
		{`[{"_placeholder":true,"num":0e0}]`, 1, ``, errPlaceholder},
		{`[{"_placeholder":true,"num":null}]`, 1, ``, errPlaceholder},
		{`[{"_placeholder":true}]`, 1, ``, errPlaceholder},
		{`[{"_placeholder":true,"_placeholder":1}]`, 1, `{"_placeholder":true,"_placeholder":1}`, nil},
		{`["_placeholder",{"num":7}]`, 1, `"_placeholder"|{"num":7}`, nil},
	}
	for _, tt := range tests {
		got, err := splitArray(nil, []byte(tt.in), tt.attachments)
		if err != tt.err || err == nil && string(bytes.Join(got, []byte("|"))) != tt.want {
			t.Errorf("splitArray(%q, %d) = %q, %v; want %q, %v", tt.in, tt.attachments, got, err, tt.want, tt.err)
		}
	}
}

func TestMember(t *testing.T) {
	tests := []struct{ in, want string }{
		{`{}`, ""},
		{`{"pid":"x"}`, "x"},
		{` { "a" : {"pid":"no"} , "pid" : "x\u0041" } `, "xA"},
		{`{"\u0070id":"x"}`, "x"},
		{`{"pid":1}`, ""},
		{`{"pid":"x","pid":"y"}`, "y"},
		{`{"pid":"x","pid":null}`, ""},
		{`{"__proto__":{"pid":"x"}}`, ""},
	}
	for _, tt := range tests {
		if !isObject([]byte(tt.in)) {
			t.Errorf("%s is no object", tt.in)
		}
		if got := member([]byte(tt.in), "pid"); got != tt.want {
			t.Errorf("member(%s) = %q, want %q", tt.in, got, tt.want)
		}
	}
	for _, in := range []string{``, `[]`, `null`, `{`, `{}}`, `{} x`, `"{}"`} {
		if isObject([]byte(in)) {
			t.Errorf("%q is an object", in)
		}
	}
}

func TestAppendText(t *testing.T) {
	for _, s := range []string{"", "plain", `"quoted" \ back`, "\x00\x1f\n\t", "é 😀 \u2028", "not \xff UTF-8 \xed\xa0\x80"} {
		got := appendText(nil, s)
		var back string
		if err := json.Unmarshal(got, &back); err != nil || back != strings.ToValidUTF8(s, "\uFFFD") || !utf8.Valid(got) {
			t.Errorf("appendText(%q) = %q, which reads as %q, %v", s, got, back, err)
		}
	}
}

// splitArray takes what encoding/json takes, but for the depth, and finds the
// same elements; unquote and appendText read and write as it does.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`["x",{"_placeholder":true,"num":0},[{"a":[1.5e3,-0,true,false,null]}]]`,
		`["\u00e9\ud83d\ude00\udead\"\\\/\b\f\n\r\t","é"]`, `[ ]`, `[[[[]]],{"":{}}]`, `[01]`, `["a"]]`,
		strings.Repeat("[", 201) + strings.Repeat("]", 201),
	} {
		f.Add([]byte(seed), 1)
	}
	f.Fuzz(func(t *testing.T, in []byte, attachments int) {
		if !utf8.Valid(in) {
			return // refused before
		}
		got, err := splitArray(nil, in, attachments)
		var want []json.RawMessage
		switch wrong := json.Unmarshal(in, &want); {
		case err == errPlaceholder:
			if attachments < 1 || !bytes.Contains(in, []byte("true")) {
				t.Errorf("%q: %v", in, err)
			}
			return
		case err != nil:
			if wrong == nil && want != nil && depth(in) <= maxDepth {
				t.Errorf("%q is refused", in)
			}
			return
		case wrong != nil:
			t.Fatalf("%q is taken, which is wrong: %v", in, wrong)
		}
		if len(got) != len(want) {
			t.Fatalf("%q has %d elements, want %d", in, len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Errorf("element %d of %q is %q, want %q", i, in, got[i], want[i])
			}
			if got[i][0] != '"' {
				continue
			}
			var text, again string
			if err := json.Unmarshal(got[i], &text); err != nil {
				t.Fatal(err)
			}
			if unquote(got[i]) != text {
				t.Errorf("%s reads as %q, want %q", got[i], unquote(got[i]), text)
			}
			if err := json.Unmarshal(appendText(nil, text), &again); err != nil || again != text {
				t.Errorf("%q is written as %s", text, appendText(nil, text))
			}
		}
	})
}

// depth is how deep the elements of a JSON array nest.
func depth(in []byte) int {
	deepest := 0
	decoder := json.NewDecoder(bytes.NewReader(in))
	for now := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			now++
		case json.Delim(']'), json.Delim('}'):
			now--
		}
		deepest = max(deepest, now)
	}
}

package xml

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

const header = `<?xml version='1.0'?><stream:stream from='harbor.example' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

// stanzas reads a whole stream. The error is that which ended it.
func stanzas(in io.Reader) ([]*Element, error) {
	r := NewReader(in)
	var list []*Element
	for {
		e, err := r.Next()
		if err != nil {
			return list, err
		}
		list = append(list, e)
	}
}

func TestReader(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a message", `<message to="a@b"><body>nine &amp; ten</body></message>`, ""},
		{"quotes of both kinds", `<a b='"' c="'"/>`, `<a b="&quot;" c="&apos;"/>`},
		{"blanks in tags", "<a\n b = 'c'\t></a >", `<a b="c"/>`},
		{"a > in a value", `<a b='x>y'/>`, `<a b="x&gt;y"/>`},
		{"characters by number", `<a>&#x1F6A2;&#169;</a>`, `<a>🚢©</a>`},
		{"decoded once", `<a>&amp;lt;</a>`, ""},
		{"CDATA between texts", `<a>see <![CDATA[<x> & ]]]]>]]&gt;</a>`, `<a>see &lt;x&gt; &amp; ]]]]&gt;</a>`},
		{"empty CDATA", `<a><![CDATA[]]></a>`, `<a/>`},
		{"ends of lines", "<a b='1\r\n2\t3'>x\r\ny\rz&#13;</a>", "<a b=\"1 2 3\">x\ny\nz&#13;</a>"},
		{"prefixes stay", `<c:message xmlns:c="jabber:client"><c:body>x</c:body></c:message>`, ""},
		{"names in any script", `<é-1.x ż="1"/>`, ""},
		{"a stanza behind blanks", " \n <a/> ", `<a/>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.in
			}
			list, err := stanzas(strings.NewReader(header + tt.in + "</stream:stream>"))
			if err != ErrStreamEnd || len(list) != 1 || list[0].String() != tt.want {
				t.Errorf("%s became %s, %v; want %s", tt.in, list, err, tt.want)
			}
		})
	}
}

func TestNamespaces(t *testing.T) {
	e, err := Parse(`<c:iq xmlns:c="jabber:client" xmlns="urn:x"><q xml:lang="de"><c:a/><b xmlns=""/></q><d/></c:iq>`, "jabber:client")
	if err != nil {
		t.Fatal(err)
	}
	q := e.Child("urn:x", "q")
	for name, ok := range map[string]bool{
		"a prefix":                   e.Is("jabber:client", "iq"),
		"a default":                  q != nil && q.Attr("xml:lang") == "de",
		"a prefix under a default":   q.Child("jabber:client", "a") != nil,
		"no namespace":               q.Child("", "b") != nil,
		"the default again":          e.ChildNS("urn:x") == q && e.Child("urn:x", "d") != nil,
		"nothing of a missing child": e.Child("urn:y", "q").Child("", "z").Text() == "",
	} {
		if !ok {
			t.Errorf("%s: not so in %s", name, e)
		}
	}
}

// What XMPP forbids ends the stream, and the next call says so again.
func TestBrokenStream(t *testing.T) {
	long := strings.Repeat("x", MaxAttrLength+1)
	tests := []struct{ name, in, condition string }{
		{"a DTD", `<!DOCTYPE a [<!ENTITY lol "lol">]>`, "restricted-xml"},
		{"a comment", `<a>be<!-- no -->fore</a>`, "restricted-xml"},
		{"a processing instruction", `<a><?php ?></a>`, "restricted-xml"},
		{"a declaration late", `<a/><?xml version='1.0'?>`, "restricted-xml"},
		{"an entity", `<a>a&nbsp;b</a>`, "restricted-xml"},
		{"an entity in a value", `<a b='&lol;'/>`, "restricted-xml"},
		{"a tag that closes another", `<a><b></a></b>`, "not-well-formed"},
		{"a tag that closes nothing", `</a>`, "not-well-formed"},
		{"U+0000", "<a>\x00</a>", "not-well-formed"},
		{"U+0000 by number", `<a>&#0;</a>`, "not-well-formed"},
		{"a surrogate by number", `<a>&#xD800;</a>`, "not-well-formed"},
		{"a number beyond Unicode", `<a>&#x110000;</a>`, "not-well-formed"},
		{"a bare ampersand", `<a>fish & chips and a lot more</a>`, "not-well-formed"},
		{"no UTF-8", "<a>\xff</a>", "not-well-formed"},
		{"no UTF-8 in a name", "<a\xff/>", "not-well-formed"},
		{"U+FFFF", "<a><![CDATA[\uFFFF]]></a>", "not-well-formed"},
		{"a control character", "<a b='\x01'/>", "not-well-formed"},
		{"text between stanzas", `<a/>x`, "not-well-formed"},
		{"CDATA between stanzas", `<a/><![CDATA[x]]>`, "not-well-formed"},
		{"an attribute twice", `<a b='1' b='2'/>`, "not-well-formed"},
		{"an attribute without a value", `<a b/>`, "not-well-formed"},
		{"a value without quotes", `<a b=c/>`, "not-well-formed"},
		{"attributes side by side", `<a b='c'd='e'/>`, "not-well-formed"},
		{"a < in a value", `<a b='<'/>`, "not-well-formed"},
		{"a < in a tag", `<a <`, "not-well-formed"},
		{"]]> in a text", `<a>]]></a>`, "not-well-formed"},
		{"a prefix of nothing", `<x:a/>`, "not-well-formed"},
		{"an attribute's prefix of nothing", `<a x:b='c'/>`, "not-well-formed"},
		{"a prefix for the empty namespace", `<a xmlns:b=''/>`, "not-well-formed"},
		{"two colons", `<a:b:c/>`, "not-well-formed"},
		{"no name", `<>`, "not-well-formed"},
		{"an end tag with attributes", `<a></a b='c'>`, "not-well-formed"},
		{"65 attributes", "<a" + manyAttrs(MaxAttrs+1) + "/>", "policy-violation"},
		{"33 deep", strings.Repeat("<a>", MaxDepth+1), "policy-violation"},
		{"a long name", "<" + long, "policy-violation"},
		{"a long attribute's name", "<a " + long, "policy-violation"},
		{"a long value", `<a b="` + long, "policy-violation"},
		{"a long value with an end", `<a b="` + long + `"/>`, "policy-violation"},
		{"an endless text", "<a>" + strings.Repeat("x", MaxStanza), "policy-violation"},
		{"endless CDATA", "<a><![CDATA[" + strings.Repeat("x", MaxStanza), "policy-violation"},
		{"endless children", "<a>" + strings.Repeat("<b>1234567890</b>", MaxStanza/17+1), "policy-violation"},
		{"more children than bytes would say", "<a>" + strings.Repeat("<b/>", maxElements), "policy-violation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := NewReader(strings.NewReader(header + tt.in))
			var err error
			for err == nil {
				_, err = r.Next()
			}
			var broken *StreamError
			if !errors.As(err, &broken) || broken.Condition != tt.condition {
				t.Fatalf("ended with %v, want %s", err, tt.condition)
			}
			if _, again := r.Next(); again != err {
				t.Errorf("the next call says %v", again)
			}
		})
	}
}

func manyAttrs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d='1'", i)
	}
	return b.String()
}

// The largest that is allowed is read.
func TestLimitsFit(t *testing.T) {
	for name, in := range map[string]string{
		"attributes": "<a" + manyAttrs(MaxAttrs) + "/>",
		"depth":      strings.Repeat("<a>", MaxDepth) + strings.Repeat("</a>", MaxDepth),
		"value":      `<a b="` + strings.Repeat("x", MaxAttrLength) + `"/>`,
		"size":       "<a>" + strings.Repeat("x", MaxStanza-len("<a></a>")) + "</a>",
	} {
		list, err := stanzas(strings.NewReader(header + in + in + "</stream:stream>"))
		if err != ErrStreamEnd || len(list) != 2 {
			t.Errorf("%s: %d stanzas, %v", name, len(list), err)
		}
	}
}

func TestOtherEncoding(t *testing.T) {
	_, err := NewReader(strings.NewReader(`<?xml version="1.0" encoding="ISO-8859-1"?><a>`)).Header()
	var broken *StreamError
	if !errors.As(err, &broken) || broken.Condition != "unsupported-encoding" {
		t.Errorf("the header's error is %v", err)
	}
}

// After a time-out the Reader goes on in the middle of a tag.
func TestTimeout(t *testing.T) {
	r := NewReader(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(header + "<a/>"))))
	_, err := r.Header()
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Fatalf("no time-out but %v", err)
	}
	if e, err := r.Next(); err != nil || e.String() != "<a/>" {
		t.Errorf("then %v, %v", e, err)
	}
}

// A new stream begins on the same connection with what came behind the old one.
func TestRestart(t *testing.T) {
	r := NewReader(strings.NewReader(header + "<success/>" + header + "<features/>"))
	if e, err := r.Next(); err != nil || e.Name != "success" {
		t.Fatal(e, err)
	}
	if r.Buffered() != len(header+"<features/>") {
		t.Errorf("%d bytes are left", r.Buffered())
	}
	r.Restart()
	if h, err := r.Header(); err != nil || h.Attr("from") != "harbor.example" {
		t.Fatal(h, err)
	}
	if e, err := r.Next(); err != nil || e.Name != "features" {
		t.Error(e, err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("the connection's end is %v", err)
	}
}

// The writer never says what a reader must refuse.
func TestAppendForbidden(t *testing.T) {
	e := NewText("a", "x\x00\x1b\xff\uFFFEy\r", "b", "\x01\n\t'\"")
	const want = "<a b=\"\uFFFD&#10;&#9;&apos;&quot;\">x\uFFFD\uFFFD\uFFFD\uFFFDy&#13;</a>"
	if got := e.String(); got != want {
		t.Errorf("written as %q, want %q", got, want)
	}
	if Valid("x\x00") || Valid("\xff") || Valid("\uFFFF") || !Valid("a\tb\r\n🚢\uFFFD") {
		t.Error("Valid does not say what XML allows")
	}
}

func ExampleElement_Append() {
	message := New("message", "type", "chat", "to", "otto@quay.example", "id", "").Add(
		NewText("body", `1 < 2 & "a"`),
		New("replace", "id", "m-1", "xmlns", "urn:xmpp:message-correct:0"))
	fmt.Printf("%s\n", message.Append(nil))
	// Output: <message type="chat" to="otto@quay.example"><body>1 &lt; 2 &amp; "a"</body><replace id="m-1" xmlns="urn:xmpp:message-correct:0"/></message>
}

// Wherever the input is cut in two the stanzas are the same, and what was read
// is written so that it reads the same again.
func FuzzReader(f *testing.F) {
	for _, in := range []string{
		`<message to="a@b"><body>nine &amp; ten 🚢</body></message><presence/>`,
		"<a b='1\r\n2'>x\r\ny</a>", `<a>see <![CDATA[<x> & ]]]]>]]&gt;</a></stream:stream>`,
		`<c:m xmlns:c="jabber:client" c:x='1'><c:b/></c:m>`, `<a>&#x26;&#0;</a>`, `<!DOCTYPE a>`, `<a><?x?></a>`, `<a b="c`, `x`,
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if len(in) > 2000 {
			return
		}
		in = header + in
		want, wantErr := stanzas(strings.NewReader(in))
		for cut := len(header) - 20; cut <= len(in); cut++ {
			got, err := stanzas(io.MultiReader(strings.NewReader(in[:cut]), strings.NewReader(in[cut:])))
			if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("cut at %d: %v, %v; whole: %v, %v", cut, got, err, want, wantErr)
			}
		}
		got, err := stanzas(iotest.OneByteReader(strings.NewReader(in)))
		if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("byte by byte: %v, %v; whole: %v, %v", got, err, want, wantErr)
		}
		var b []byte
		for _, e := range want {
			b = e.Append(b)
		}
		again, err := stanzas(strings.NewReader(header + string(b)))
		if err != io.EOF || !reflect.DeepEqual(again, want) {
			t.Fatalf("%q was written as %q, which is %v, %v", in, b, again, err)
		}
	})
}

const sample = `<message from='otto@quay.example/phone' to='mara@harbor.example/web' type='chat' id='m-001'>` +
	`<body>The ferry leaves at nine &amp; nobody waits: we should be there at half past eight at the latest.</body>` +
	`<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>` +
	`<stanza-id xmlns='urn:xmpp:sid:0' by='mara@harbor.example' id='0e64ac27-9d34-4c7c-9a0c-5b0f4a2d9c11'/></message>` +
	`<presence from='decks@rooms.harbor.example/otto' to='mara@harbor.example/web'><show>away</show><status>at lunch</status>` +
	`<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x></presence>`

// again gives the same bytes n times.
type again struct {
	text string
	at   int
	n    int
}

func (a *again) Read(p []byte) (int, error) {
	if a.n == 0 {
		return 0, io.EOF
	}
	n := copy(p, a.text[a.at:])
	if a.at += n; a.at == len(a.text) {
		a.at = 0
		a.n--
	}
	return n, nil
}

func BenchmarkTokenizer(b *testing.B) {
	b.SetBytes(int64(len(sample)))
	b.ReportAllocs()
	t := tokenizer{r: &again{text: sample, n: b.N}}
	for {
		if err := t.next(); err != nil {
			if err != io.EOF {
				b.Fatal(err)
			}
			return
		}
		t.used = 0
	}
}

func BenchmarkReader(b *testing.B) {
	b.SetBytes(int64(len(sample)))
	b.ReportAllocs()
	r := NewReader(io.MultiReader(strings.NewReader(header), &again{text: sample, n: b.N}))
	for {
		if _, err := r.Next(); err != nil {
			if err != io.EOF {
				b.Fatal(err)
			}
			return
		}
	}
}

// A token costs no memory of its own.
func TestTokensAreFree(t *testing.T) {
	tok := tokenizer{r: &again{text: sample, n: 1 << 20}}
	if n := testing.AllocsPerRun(1000, func() {
		tok.used = 0
		if err := tok.next(); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a token", n)
	}
}

package dav

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// outline writes a document as it was understood: {space}name(text child …).
func outline(e *Element) string {
	var b strings.Builder
	b.WriteString("{" + e.Space + "}" + e.Local)
	for _, name := range []string{"name", "version"} {
		if v, ok := e.Attrs[name]; ok {
			b.WriteString(" " + name + "=" + v)
		}
	}
	b.WriteString("(" + e.Text)
	for _, c := range e.Children {
		b.WriteString(outline(c))
	}
	return b.String() + ")"
}

func TestXML(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"default namespaces", `<a xmlns="DAV:"><b xmlns="x"/><c/></a>`, "{DAV:}a({x}b(){DAV:}c())"},
		{"prefixes", `<q:a xmlns:q='DAV:'><q:b xmlns:q="x"></q:b ><q:c/></q:a>`, "{DAV:}a({x}b(){DAV:}c())"},
		{"no namespace", `<a/>`, "{}a()"},
		{"declaration, comments and blanks", "\uFEFF<?xml version=\"1.0\"?>\n<!-- <x> --><a>\r\n <!-- > --> t <?p ?> </a>\n<!-- -->\n", "{}a(t)"},
		{"references", `<a>&lt;&#65;&#x1F600;&amp;amp; &nbsp; & &#0; &#xD;</a>`, "{}a(<A😀&amp; &nbsp; & &#0; \r)"},
		{"CDATA", `<a> x<![CDATA[<b> &lt; ]] > ]]>y</a>`, "{}a(x<b> &lt; ]] > y)"},
		{"attributes", `<a name="1 > 2" version='"' x:y="z" xmlns:x="x"/>`, `{}a name=1 > 2 version="()`},
		{"bytes that are no characters", "<a>\xC3</a>", "{}a(\xC3)"},
		{"line ends", "<a>1\r\n2\r3&#13;\n4</a>", "{}a(1\n2\n3\r\n4)"},
	}
	for _, tt := range tests {
		for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
			e, err := readElement(in)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			} else if got := outline(e); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
	}
}

func TestBrokenXML(t *testing.T) {
	tests := []struct {
		name, in string
		err      error
	}{
		{"empty", "", io.ErrUnexpectedEOF},
		{"text", "hello", errXML},
		{"cut off in a tag", "<a><b", io.ErrUnexpectedEOF},
		{"cut off in text", "<a>text", io.ErrUnexpectedEOF},
		{"cut off in CDATA", "<a><![CDATA[text]]", io.ErrUnexpectedEOF},
		{"crossed", "<a><b></a></b>", errXML},
		{"undeclared prefix", "<x:a/>", errXML},
		{"prefix out of scope", `<a><b xmlns:x="x"/><x:c/></a>`, errXML},
		{"document type", `<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>`, errDTD},
		{"document type later", `<a><!DOCTYPE a></a>`, errDTD},
		{"attribute without quotes", "<a b=c/>", errXML},
		{"attribute without a value", "<a b/>", errXML},
		{"too deep", strings.Repeat("<a>", maxDepth+1), errDepth},
		{"too many", "<a>" + strings.Repeat("<b/>", maxElements) + "</a>", errElements},
	}
	for _, tt := range tests {
		if _, err := readElement(strings.NewReader(tt.in)); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
		}
	}
	if _, err := readElement(strings.NewReader("<a " + strings.Repeat("x", maxTag+1))); err == nil {
		t.Error("a tag without an end is read")
	}
}

// Whatever the bytes, reading ends, and where the input is cut does not matter.
func FuzzMultistatus(f *testing.F) {
	f.Add([]byte(`<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response><d:sync-token>t</d:sync-token></d:multistatus>`))
	f.Add([]byte(`<multistatus xmlns="DAV:"><response><href>/a</href><status>HTTP/1.1 404 Not Found</status></response></multistatus>`))
	f.Add([]byte(`<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href><d:propstat><d:prop><c:calendar-data xmlns:c="urn:ietf:params:xml:ns:caldav"><![CDATA[BEGIN]]>:&#13;&amp;</c:calendar-data></d:prop></d:propstat></d:response></d:multistatus>`))
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY a "&a;&a;">]><x>&a;</x>`))
	f.Add([]byte("<a xmlns='DAV:'>\xC3\r"))
	read := func(in io.Reader) (all string, failed bool) {
		var b strings.Builder
		token, err := readMultistatus(in, name{nsCalDAV, "calendar-data"}, func(r *Response) error {
			b.WriteString(r.Href + "|" + string(r.Data))
			for _, p := range r.Props {
				b.WriteString(outline(p))
			}
			return nil
		})
		return b.String() + token, err != nil
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, failed := read(strings.NewReader(string(in)))
		cut, alsoFailed := read(iotest.OneByteReader(strings.NewReader(string(in))))
		if whole != cut || failed != alsoFailed {
			t.Errorf("%q is %q, %v; byte by byte %q, %v", in, whole, failed, cut, alsoFailed)
		}
	})
}

package feeds

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// events writes down what the scanner reads.
func events(text string) string {
	s := newScanner(context.Background(), []byte(text), somewhere)
	var b strings.Builder
	for {
		switch s.next() {
		case tokenStart:
			fmt.Fprintf(&b, "<%s", s.name.full)
			for _, a := range s.attributes {
				fmt.Fprintf(&b, " %s=%q", a.name.full, s.decodeAttribute(a.raw))
			}
			b.WriteString(">")
		case tokenEnd:
			fmt.Fprintf(&b, "</%s>", s.name.full)
		case tokenText:
			fmt.Fprintf(&b, "%q", s.appendRaw(nil))
		default:
			if s.err != nil {
				reason, _, _ := strings.Cut(s.err.Error(), "\n")
				b.WriteString(reason)
			}
			return b.String()
		}
	}
}

func TestScanner(t *testing.T) {
	tests := []struct{ in, want string }{
		{"<a/>", "<a></a>"},
		{" \n<a />\n", "<a></a>"},
		{"\uFEFF<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\r\n<a></a >", "<a></a>"},
		{"<?xml-stylesheet href='x'?><a/>", "<a></a>"},
		{"<a b='1' c:d=\"2\"  e = '3'/>", `<a b="1" c:d="2" e="3"></a>`},
		{"<a b='x&amp;y&#10;z\tw\r\nv'/>", `<a b="x&y z w v"></a>`},
		{"<a b='1&b=2&copy;'/>", `<a b="1&b=2©"></a>`},
		{"<a>x<!-- y --><?z w?><![CDATA[<&]]>&lt;</a>", `<a>"x""<&""<"</a>`},
		{"<a>1\r\n2\r3</a>", `<a>"1\n2\n3"</a>`},
		{"<a>b\x07\x00c&#7;d</a>", `<a>"bcd"</a>`},
		{"<a>& &amp &; &x; &#; &#x; &#xZZ; &#99999999999;</a>", `<a>"& &amp &; &x; &#; &#x; &#xZZ; �"</a>`},
		{"<a>&ouml;&hearts;&nbsp;&acirc;&notit;&amp;lt;&#x1F989;&#128;&#x92;&#xD800;</a>", `<a>"ö♥ â&notit;&lt;🦉€’�"</a>`},
		{"<!DOCTYPE a [ <!ENTITY x \"y\"> <!ELEMENT a ANY> ] ><a>z&y;</a>", `<a>"z&y;"</a>`},
		{"<!DOCTYPE a [ <!ENTITY nbsp '&#160;'> ]><a>&nbsp;</a>", `<a>" "</a>`},
		{"<!DOCTYPE rss PUBLIC \"p\" 's'><a/>", "<a></a>"},
		{"<äö><b-1.2_:c/></äö>", "<äö><b-1.2_:c></b-1.2_:c></äö>"},
		// What is cut off ends there.
		{"<a><b>x", `<a><b>"x"</b></a>`},
		{"<a><b>x</", `<a><b>"x"</b></a>`},
		{"<a>x<", `<a>"x"</a>`},
		{"<a>x<b", `<a>"x"</a>`},
		{"<a>x<b c", `<a>"x"</a>`},
		{"<a>x<b c=", `<a>"x"</a>`},
		{"<a>x<b c='", `<a>"x"</a>`},
		{"<a>x<b c='1'", `<a>"x"</a>`},
		{"<a>x<b c='1'/", `<a>"x"</a>`},
		{"<abc><b/></ab", `<abc><b></b></abc>`},
		{"<abc><b/></abc", `<abc><b></b></abc>`},
		// What every reader forgives.
		{"<?xml?><a/>", "<a></a>"},
		{"<?xml version='1.0' encoding='utf-8 ' x='y'?><a/>", "<a></a>"},
		{"<?xml version='1.0'encoding='UTF-8'><a/>", "<a></a>"},
		{"<?xml version='1.0'?>\n<?xml version='1.0'?><a><?XML version='1.0'?></a>", "<a></a>"},
		{"<!-- a -- b --><a><!-- b -- c ---></a>", "<a></a>"},
		{"<!DOCTYPE a PUBLIC 'x'><a/>", "<a></a>"},
		{"<a/>\n<?xml version='1.0'?>", "<a></a>"},
		{"<a/><b>x", "<a></a>"},
		{"<br />\n<b>Warning</b>: x in <b>/y.php</b><br>\n<?xml version='1.0'?><!-- <r> --><rss/>", "<rss></rss>"},
		{"Notice: x &\n<x:feed/>", "<x:feed></x:feed>"},
		{"<rdf:RDF/>", "<rdf:RDF></rdf:RDF>"},
		// Entities of the document's own.
		{"<!DOCTYPE a [<!ENTITY x 'y'><!ENTITY x 'z'>]><a b='&x;'>&x;</a>", `<a b="y">"y"</a>`},
		{"<!DOCTYPE a [<!ENTITY x 'y&z;&#38;#60;'><!ENTITY z \"'&lt;'\">]><a>&x;</a>", `<a>"y'<'<"</a>`},
		{"<!DOCTYPE a [<!ENTITY image 'i'><!ENTITY amp 'x'><!ENTITY nbsp '&#160;'>]><a>&image;&amp;&nbsp;</a>", `<a>"i& "</a>`},
		{"<!DOCTYPE a [<!ENTITY x '<b>y</b>'>]><a>&x;</a>", `<a>"<b>y</b>"</a>`},
		// What is wrong in the middle is an error.
		{"<br/><a/>", "<br></br>"},
		{"Notice: <a/>", "XmlError: Root element is missing or invalid (line 1, column 1)"},
		{"<!DOCTYPE a [<!ENTITY x SYSTEM 'y'>]><a>&x;</a>", "XmlError: Named entity isn't defined: &x; (line 1, column 41)"},
		{"<!DOCTYPE a [<!ENTITY x '&y;'><!ENTITY y '&x;'>]><a>&x;</a>", "XmlError: Named entity isn't defined: &x; (line 1, column 53)"},
		{"<?xml version='1.0' <a/", "XmlError: Invalid or unclosed XML declaration (line 1, column 6)"},
		{"", "XmlError: Root element is missing or invalid (line 1, column 1)"},
		{"x<a/>", "XmlError: Root element is missing or invalid (line 1, column 1)"},
		{"<!-- x --><1/>", "XmlError: Root element is missing or invalid (line 1, column 11)"},
		{"<a><?></a>", "XmlError: Invalid processing instruction (line 1, column 6)"},
		{"<a><?b?><?b !?></a>", "<a></a>"},
		{"<a><?b!?></a>", "XmlError: Whitespace is required after a processing instruction name (line 1, column 7)"},
		{"<a><?-b ?></a>", "XmlError: Invalid processing instruction (line 1, column 6)"},
		{"<a>&lt;]]></a>", "XmlError: Missing end tag for element a (line 1, column 8)"},
		{"<a —='b'/>", "XmlError: Unclosed start tag for element `a` (line 1, column 4)"},
		{"<!DOCTYPEa><a/>", "XmlError: Expected a name (line 1, column 10)"},
		{"<!DOCTYPE a PUBLIC><a/>", "XmlError: Expected a public identifier (line 1, column 19)"},
		{"<!DOCTYPE a PUBLIC x><a/>", "XmlError: Expected a public identifier (line 1, column 20)"},
		{"<!DOCTYPE a PUBLIC '<'><a/>", "XmlError: Invalid character in public identifier (line 1, column 20)"},
		{"<a", "XmlError: Unclosed start tag for element `a` (line 1, column 3)"},
		{"<a><?b c</a>", "XmlError: Unterminated processing instruction (line 1, column 8)"},
		{"<a><!-- b</a>", "XmlError: Unclosed comment (line 1, column 8)"},
		{"<a><![CDATA[b</a>", "XmlError: Unclosed CDATA section (line 1, column 13)"},
		{"<a>b ]]> c</a>", "XmlError: Element content may not contain the CDATA section close delimiter `]]>` (line 1, column 6)"},
		{"<a>]]></a>", "XmlError: Missing end tag for element a (line 1, column 4)"},
		{"<a b/>", "XmlError: Attribute value expected (line 1, column 5)"},
		{"<a b=c/>", "XmlError: Attribute value expected (line 1, column 6)"},
		{"<a b='<'/>", "XmlError: Unescaped `<` is not allowed in an attribute value (line 1, column 7)"},
		{"<a b='1' b='2'/>", "XmlError: Duplicate attribute: b (line 1, column 15)"},
		{"<a <b/></a>", "XmlError: Unclosed start tag for element `a` (line 1, column 4)"},
		{"<a></a b>", "XmlError: Unclosed end tag for element a (line 1, column 8)"},
		{"<a><b></a></b>", "XmlError: Missing end tag for element b (line 1, column 7)"},
		{"<!DOCTYPE><a/>", "XmlError: Expected a name (line 1, column 10)"},
		{"<!DOCTYPE a x><a/>", "XmlError: Unclosed doctype declaration (line 1, column 13)"},
		{"<!DOCTYPE a [ ]<a/>", "XmlError: Unclosed internal subset (line 1, column 14)"},
		{"<!DOCTYPE a [<!ENTITY % x 'y'>]><a b='&x;'/>", "XmlError: Named entity isn't defined: &x; (line 1, column 39)"},
	}
	for _, tt := range tests {
		got := events(tt.in)
		if strings.HasPrefix(tt.want, "XmlError") {
			got = got[max(strings.LastIndex(got, "XmlError"), 0):]
		}
		if got != tt.want {
			t.Errorf("%q\n is %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// The place of an error is told in UTF-16 units of the text with LF for each
// line break, and the line is cut around it when it is long.
func TestErrorText(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := []struct{ in, want string }{
		{"<a>\r\n\r<b></a>\r\n</a>", "XmlError: Missing end tag for element b (line 2, column 5)\n  \r<b></a>\r\n      ^\n"},
		{"<a>ö\n ö</b>", "XmlError: Missing end tag for element a (line 2, column 3)\n   ö</b>\n    ^\n"},
		{"<a>🦉🦉</b>", "XmlError: Missing end tag for element a (line 1, column 6)\n  <a>🦉🦉</b>\n       ^\n"},
		{"<a>" + long + "</b>" + long, "XmlError: Missing end tag for element a (line 1, column 104)\n  " + strings.Repeat("x", 19) + "</b>" + strings.Repeat("x", 27) + "\n                     ^\n"},
		{"<a>x</b>" + long, "XmlError: Missing end tag for element a (line 1, column 5)\n  <a>x</b>" + strings.Repeat("x", 42) + "\n      ^\n"},
	}
	for _, tt := range tests {
		_, _, err := parse(context.Background(), []byte(tt.in), somewhere)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q: %q\nwant %q", tt.in, err, tt.want)
		}
	}
}

func TestContent(t *testing.T) {
	tests := []struct{ in, text, markup string }{
		{"<d> x </d>", "x", ""},
		{"<d/>", "", ""},
		{"<d>a<b>c</b>d</d>", "acd", "a<b>c</b>d"},
		{"<d>1 &lt; 2 <br/> <img src='a&amp;b' alt='\"&lt;'/><p></p></d>", "1 < 2", `1 &lt; 2 <br> <img src="a&amp;b" alt="&quot;&lt;"><p></p>`},
		{"<d><x:p xmlns:x='http://www.w3.org/1999/xhtml' x:y='z' w='v'>a</x:p></d>", "a", `<p w="v">a</p>`},
		{"<d><![CDATA[<b>&amp;]]></d>", "<b>&amp;", ""},
		{"<d><![CDATA[<b>]]><i>c</i>&lt;p></d>", "<b>c<p>", "<b><i>c</i><p>"},
		{"<d><![CDATA[<]]><i>c</i></d>", "<c", "&lt;<i>c</i>"},
		{"<d>a<!-- x -->b<?y z?>c</d>", "abc", ""},
	}
	for _, tt := range tests {
		s := newScanner(context.Background(), []byte("<r>"+tt.in+"<after/></r>"), somewhere)
		s.next()
		s.next()
		text, markup := s.content()
		if text != tt.text || markup != tt.markup {
			t.Errorf("%s: %q, %q; want %q, %q", tt.in, text, markup, tt.text, tt.markup)
		}
		if s.next() != tokenStart || s.name.full != "after" {
			t.Errorf("%s: the scanner is not behind it", tt.in)
		}
	}
}

// Bombs of all kinds end at once, in an error or in something small.
func TestBombs(t *testing.T) {
	const n = 1 << 16
	in := func(content string) string {
		return "<rss><channel><title>t</title><item><title>i</title>" + content + "</item></channel></rss>"
	}
	many := func(s string) string { return strings.Repeat(s, n) }
	tests := []struct{ name, text, err string }{
		{"start tags without end", in("<description>" + many("<b ") + "</description>"), "Unclosed start tag"},
		{"start tags without end in CDATA", in("<description><![CDATA[" + many("<b ") + "]]></description>"), ""},
		{"start tags without end in a title", "<feed><entry><title type='html'>" + many("&lt;b ") + "</title></entry></feed>", ""},
		{"less-than signs in a title", "<feed><entry><title type='html'>" + many("&lt; ") + "></title></entry></feed>", ""},
		{"depth", in(many("<a>") + many("</a>")), "nested deeper than 512"},
		{"depth of what is skipped", "<feed>" + many("<a>"), "nested deeper than 512"},
		{"attributes", in("<a " + attributes(n) + "/>"), "more than 256 attributes"},
		{"long attribute", in("<enclosure url='" + many("a") + "'/>"), ""},
		{"namespaces", in("<a " + namespaces(200) + ">" + many("<b:c/>") + "</a>"), ""},
		{"names", in(names(n)), ""},
		{"ampersands", in("<description>" + many("&") + "</description>"), ""},
		{"unknown references", in("<description>" + many("&a;") + "</description>"), ""},
		{"references without end", in("<description>" + many("&amp") + "</description>"), ""},
		{"declared entities", "<!DOCTYPE rss [" + many("<!ENTITY a 'b'>") + "]>" + in("<description>"+many("&b;")+"</description>"), ""},
		{"entities that grow", "<!DOCTYPE rss [<!ENTITY a '" + strings.Repeat("x", maxLiteral) + "'>]>" + in("<description>"+many("&a;")+"</description>"), "Named entity isn't defined: &a;"},
		{"chain of entities", "<!DOCTYPE rss [" + chain(maxNames) + "]>" + in("<description>&e0;</description>"), "Named entity isn't defined: &e0;"},
		{"warnings", many("<br>") + "<rss><channel/></rss>", "nested deeper than 512"},
		{"warnings without end", many("<b "), "Unclosed start tag"},
		{"declarations", many("<?xml?>") + in(""), ""},
		{"entities in entities", "<!DOCTYPE rss [<!ENTITY a '&b;&b;'><!ENTITY b '&a;&a;'>]>" + in("<description>&a;</description>"), "Named entity isn't defined: &a;"},
		{"internal subset without end", "<!DOCTYPE rss [" + many("] "), "Unclosed internal subset"},
		{"blank subset", "<!DOCTYPE rss [" + many("]") + many(" "), "Unclosed internal subset"},
		{"bases", "<rss xml:base='http://x.test/'>" + strings.Repeat("<a xml:base='a/'>", 500), "<channel>"},
		{"categories", in(many("<category>a</category>")), ""},
		{"comments", in(many("<!---->")), ""},
		{"entries", "<rss><channel>" + many("<item/>") + "</channel></rss>", ""},
		{"entries with dates", "<rss><channel>" + strings.Repeat("<item><pubDate>2024-01-01</pubDate></item>", n/8) + "</channel></rss>", ""},
		{"text", in("<description>" + strings.Repeat("long ", 1<<18) + "</description>"), ""},
		{"json", `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat("[],", maxValues) + "0]}", "too many values"},
		{"deep json", `{"version":"https://jsonfeed.org/version/1","items":` + strings.Repeat("[", 1000), "nested deeper"},
	}
	for _, tt := range tests {
		f, _, err := parse(context.Background(), []byte(tt.text), somewhere)
		switch {
		case tt.err == "" && err != nil, tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %.200v, want %q", tt.name, err, tt.err)
		case err == nil && len(f.items) > maxKept:
			t.Errorf("%s: %d entries", tt.name, len(f.items))
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", tt.name, len(err.Error()))
		}
	}
}

// chain are entities of which each contains the next one ten times.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<!ENTITY e%d '%s'>", i, strings.Repeat(fmt.Sprintf("&e%d;", i+1), 10))
	}
	return b.String() + fmt.Sprintf("<!ENTITY e%d 'x'>", n)
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d='' ", i)
	}
	return b.String()
}

func namespaces(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "xmlns:a%d='http://search.yahoo.com/mrss/' ", i)
	}
	return b.String()
}

func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<n%d/>", i)
	}
	return b.String()
}

// A job whose time is over is not scanned to its end.
func TestScannerHonoursContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("enough")
	cancel(reason)
	_, _, err := parse(ctx, []byte("<rss><channel>"+strings.Repeat("<item/>", 2000)), somewhere)
	if err != reason {
		t.Errorf("%v, want %v", err, reason)
	}
}

// However a document is wrong or cut, the scanner ends, within a time for each
// byte, and all that it tells is text.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`<?xml version="1.0"?><rss version="2.0"><channel><title>a &amp; b</title><item><link>x</link><description><p>x</p></description></item></channel></rss>`,
		`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://x.test/"><entry><title type="xhtml"><div>a<br/></div></title><link rel="enclosure" href="a"/></entry></feed>`,
		`<rdf:RDF xmlns="http://purl.org/rss/1.0/"><channel><items><rdf:Seq><rdf:li resource="a"/></rdf:Seq></items></channel><item rdf:about="a"/></rdf:RDF>`,
		`<rss><channel><item><media:group><media:content url="a" width="1"/></media:group><itunes:duration>1:02:03</itunes:duration></item>`,
		`<!DOCTYPE html><html><head><link rel=alternate type="application/rss+xml" href=/f></head>`,
		`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"content_html":"<b>","attachments":[{"url":"a"}]}]}`,
		`<rss><channel><![CDATA[x]]><?a b?><!-- c --></channel></rss`, "<a>]]>", "<a b='", "<!DOCTYPE a [<!ENTITY b 'c&d;'><!ENTITY d '&#38;'>]><a x='&b;'>&b;</a>",
		`<br><b>Warning</b><?xml version="1.0"?><rss xml:base="http://x.test/"><channel><item><description>&lt;img srcset='a 1x,b'&gt;</description></item>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		body = []byte(strings.ToValidUTF8(string(body), "\uFFFD")) // as webfetch.Decode leaves it
		fetchtest.Linear(t, body, func(long []byte) {
			parse(context.Background(), long, somewhere)
			parse(context.Background(), append([]byte("<rss><channel><item><description>"), long...), somewhere)
			discover(long, somewhere)
			looksLikeHTML(string(long))
			withoutTags(string(long))
			withoutDiv("<div>" + string(long) + "</div>")
		})
		feed, _, err := parse(context.Background(), body, somewhere)
		discover(body, somewhere)
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("error %q of %q", err, body)
			}
			return
		}
		d := document{feed: feed}
		o := d.result(query{url: "https://x.test/"})
		if n := o.Get("totalItems").(int); n != feed.count {
			t.Errorf("%d items of %d", n, feed.count)
		}
		for _, i := range feed.items {
			for _, s := range []string{i.title.value, i.content.value, i.link, i.brief, i.full} {
				if !utf8.ValidString(s) || len(s) > 7*maxText {
					t.Errorf("text %q of %q", s, body)
				}
			}
		}
	})
}

// A document that is cut in two anywhere is read to the cut or refused, and
// what was read before does not change.
func TestCutAnywhere(t *testing.T) {
	whole := `<?xml version="1.0"?><rss version="2.0"><channel><title>Kiln &amp; Co</title>` +
		`<item><title>One</title><link>https://x.test/1</link><description><![CDATA[<p>a</p>]]></description></item>` +
		`<item><title>Two</title><enclosure url="https://x.test/a.mp3" length="1" type="audio/mpeg"/></item></channel></rss>`
	for n := range len(whole) {
		f, _, err := parse(context.Background(), []byte(whole[:n]), somewhere)
		if err != nil {
			continue
		}
		if !strings.HasPrefix("Kiln & Co", f.title.value) && !strings.HasPrefix("Kiln &amp", f.title.value) {
			t.Errorf("cut at %d: title %q", n, f.title.value)
		}
		if len(f.items) == 2 && f.items[1].link != "https://x.test/1" && f.items[0].link != "https://x.test/1" {
			t.Errorf("cut at %d: %+v", n, f.items[0])
		}
	}
}

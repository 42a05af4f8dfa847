package markup

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// describe writes the tokens of a page in short: "<a href=[x]>", "</a>", "text".
func describe(page string) string {
	s := NewScanner([]byte(page))
	var b strings.Builder
	for s.Next() != EndOfInput {
		switch s.Kind {
		case Text:
			text := string(s.Text)
			if !s.Literal {
				text = Unescape(s.Text, false)
			}
			fmt.Fprintf(&b, "%q", text)
		case EndTag:
			fmt.Fprintf(&b, "</%s>", s.Name)
		case StartTag:
			fmt.Fprintf(&b, "<%s", s.Name)
			for _, a := range s.attributes {
				fmt.Fprintf(&b, " %s=[%s]", s.in[a.name:a.nameEnd], Unescape(s.in[a.value:a.valueEnd], true))
			}
			if s.SelfClosing {
				b.WriteByte('/')
			}
			b.WriteByte('>')
		}
	}
	return b.String()
}

func TestTokens(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", ``, ``},
		{"text", `a &amp; b`, `"a & b"`},
		{"tags", `<P Class="x">a</P >`, `<p Class=[x]>"a"</p>`},
		{"attributes", `<a b c = d e='"' f="'" g=h/i>`, `<a b=[] c=[d] e=["] f=['] g=[h/i]>`},
		{"unquoted with a slash at the end", `<a href=x/>`, `<a href=[x/]>`},
		{"self closing", `<br/><a b="c" /><a / b>`, `<br/><a b=[c]/><a b=[]>`},
		{"no value", `<a b=>c`, `<a b=[]>"c"`},
		{"equals signs first", `<a =b==c>`, `<a =b=[=c]>`},
		{"quotes in names", `<a b"c' <d>`, `<a b"c'=[] <d=[]>`},
		{"less-than signs", `1 < 2 <3 <`, `"1 ""< 2 ""<3 ""<"`},
		{"end tags that are none", `a</>b</ c>d</`, `"a""b""d""</"`},
		{"comment", `a<!-- <b> -- -> --!>c<!--x-->d`, `"a""c""d"`},
		{"short comments", `<!-->a<!--->b<!---->c<!----->d`, `"a""b""c""d"`},
		{"comment without end", `a<!-- b -- > c`, `"a"`},
		{"bogus comments", `<!doctype html "a>"b<?xml x?>c<![CDATA[d>e`, `"\"b""c""e"`},
		{"tag without end", `a<b c="d`, `"a"`},
		{"tag without end in a value", `a<b c=d`, `"a"`},
		{"tag cut in its name", `a<b`, `"a"`},
		{"title", `<title>a<b>&lt;</TITLE >c`, `<title>"a<b><"</title>"c"`},
		{"title that goes on", `<title>a</titles></title`, `<title>"a</titles></title"`},
		{"empty title", `<title></title>a`, `<title></title>"a"`},
		{"style", `<style>a<b>&lt;</style>`, `<style>"a<b>&lt;"</style>`},
		{"noscript", `<noscript><meta a></noscript><meta b>`, `<noscript>"<meta a>"</noscript><meta b=[]>`},
		{"script", `<script>'</scrip>' < 1</script>a`, `<script>"'</scrip>' < 1"</script>"a"`},
		{"script in a comment", `<script><!-- <script> </script> --> </script>a`, `<script>"<!-- <script> </script> --> "</script>"a"`},
		{"script with a short comment", `<script><!--> <script> </script>a`, `<script>"<!--> <script> "</script>"a"`},
		{"script with an open comment", `<script><!-- </script>a`, `<script>"<!-- "</script>"a"`},
		{"plain text", `<plaintext>a</plaintext>`, `<plaintext>"a</plaintext>"`},
		{"svg title", `<svg><title>a<i>b</title></svg><title>c<i></title>`, `<svg><title>"a"<i>"b"</title></svg><title>"c<i>"</title>`},
		{"svg style", `<svg><style><meta a></style>`, `<svg><style><meta a=[]></style>`},
		{"svg script", `<svg><script>a<g/></script><![CDATA[c<d>&amp;]]></svg>`, `<svg><script>"a"<g/></script>"c<d>&amp;"</svg>`},
		{"cdata", `<svg><path/><![CDATA[c<d>&amp;]]>e</svg>`, `<svg><path/>"c<d>&amp;""e"</svg>`},
		{"html in svg", `<svg><foreignObject><style><a></style></foreignObject><style><a></a></style></svg>`,
			`<svg><foreignobject><style>"<a>"</style></foreignobject><style><a></a></style></svg>`},
		{"svg that html ends", `<svg><div><style><a></style>`, `<svg><div><style>"<a>"</style>`},
		{"math", `<math><mtext><style><a></style></mtext><style><a></style></math><style><a></style>`,
			`<math><mtext><style>"<a>"</style></mtext><style><a></style></math><style>"<a>"</style>`},
		{"closed svg", `<svg/><style><a></style>`, `<svg/><style>"<a>"</style>`},
		{"line breaks", "<a b='c\r\nd\re'>f\r\ng\x00", `<a b=[c` + "\nd\ne]>\"f\\ng\uFFFD\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := describe(tt.in); got != tt.want {
				t.Errorf("%q:\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

// The first of two attributes counts, and there may be any number of them.
func TestAttributes(t *testing.T) {
	s := NewScanner([]byte(`<meta CONTENT="first" content="second" ` + strings.Repeat("x ", 100000) + `last="l" >`))
	if s.Next() != StartTag || s.Get("content") != "first" || len(s.attributes) != maxAttributes {
		t.Errorf("content is %q, of %d attributes", s.Get("content"), len(s.attributes))
	}
	if s.Next() != EndOfInput {
		t.Error("there is more")
	}
}

func TestHead(t *testing.T) {
	tests := []struct {
		name, page string
		want       string // what the head ends before
	}{
		{"end tag", `<html><head><meta a></head> <meta><body>`, " <meta><body>"},
		{"body", `<title>a</title> <link>  <body>b`, "<body>b"},
		{"what belongs in the body", `<head><img>x<div><p></div><meta a></head>b`, "b"},
		{"nothing of a head first", `<!doctype html> b<head><meta x></head>`, " b<head><meta x></head>"},
		{"no head tags", `<!doctype html><!-- c --><meta x><p>b<body>c`, "<body>c"},
		{"a body in a template", `<template><body></body><p>x</p></template><meta><body>`, "<body>"},
		{"a body in a noscript", `<noscript><body></noscript><meta></head><div>`, "<div>"},
		{"end of html", `<title>a</title></html>`, "</html>"},
		{"frames", `<head></head><frameset>`, "<frameset>"},
	}
	for _, tt := range tests {
		s := NewScanner([]byte(tt.page))
		for s.Next() != EndOfInput {
		}
		if s.HeadEnd < 0 || tt.page[s.HeadEnd:] != tt.want {
			t.Errorf("%s: the head of %q ends at %d, want before %q", tt.name, tt.page, s.HeadEnd, tt.want)
		}
	}
}

func TestUnescape(t *testing.T) {
	tests := []struct{ in, text, attribute string }{
		{"&amp;&lt;&gt;&quot;&nbsp;", "&<>\"\u00A0", "&<>\"\u00A0"},
		{"&copy &copy= &copy2 &copyx", "© ©= ©2 ©x", "© &copy= &copy2 &copyx"},
		{"&notit; &notin; &not;", "¬it; ∉ ¬", "&notit; ∉ ¬"},
		{"?a=1&copy=2&lt=3&amp=4", "?a=1©=2<=3&=4", "?a=1&copy=2&lt=3&amp=4"},
		{"&#8211;&#x2013;&#X2013&#8211x", "––––x", "––––x"},
		{"&#0;&#xD800;&#x110000;&#4294967361;&#99999999999999999999;", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
		{"&#128;&#x9F;&#x81;&#13;", "€Ÿ\u0081\r", "€Ÿ\u0081\r"},
		{"&#;&#x;&#xg;&;& &", "&#;&#x;&#xg;&;& &", "&#;&#x;&#xg;&;& &"},
		{"&unknown; &Amp; &AMP; &ampamp;", "&unknown; &Amp; & &amp;", "&unknown; &Amp; & &ampamp;"},
		{"&amp;amp;", "&amp;", "&amp;"},
		{"&fjlig;&semi;&NotEqualTilde;&CounterClockwiseContourIntegral;", "fj;≂̸∳", "fj;≂̸∳"},
		{"&" + strings.Repeat("a", 100) + ";", "&" + strings.Repeat("a", 100) + ";", "&" + strings.Repeat("a", 100) + ";"},
		{"&gt", ">", ">"},
	}
	for _, tt := range tests {
		if got := Unescape([]byte(tt.in), false); got != tt.text {
			t.Errorf("text %q is %q, want %q", tt.in, got, tt.text)
		}
		if got := Unescape([]byte(tt.in), true); got != tt.attribute {
			t.Errorf("attribute %q is %q, want %q", tt.in, got, tt.attribute)
		}
	}
}

// However a page is written and wherever it is cut, it is read to its end in
// order, within a time for each byte.
func FuzzScanner(f *testing.F) {
	for _, bomb := range fetchtest.Pages {
		f.Add([]byte(strings.Repeat(bomb, 20)), uint16(7))
	}
	f.Add([]byte(`<!doctype html><html lang=en><head><meta charset=utf-8><title>T</title><link rel=icon href=/i></head><body><h1 class=title>a<a>b</a></h1><svg><style><meta>`), uint16(40))
	f.Fuzz(func(t *testing.T, page []byte, at uint16) {
		fetchtest.Linear(t, page, func(long []byte) {
			for s := NewScanner(long); s.Next() != EndOfInput; {
			}
		})
		s := NewScanner(page)
		var names []string
		for last := -1; s.Next() != EndOfInput; last = s.Pos {
			if s.Pos <= last || s.Pos > len(page) {
				t.Fatalf("from %d to %d in %q", last, s.Pos, page)
			}
			names = append(names, string(s.Name))
		}
		if s.Pos != len(page) {
			t.Fatalf("stopped at %d of %q", s.Pos, page)
		}
		// The tags of the first part are the first ones of the whole: a text may
		// be cut in two, and what looks like the end of a title may go on.
		part := NewScanner(page[:min(int(at), len(page))])
		for i := 0; part.Next() != EndOfInput && part.Kind != Text; i++ {
			if i >= len(names) || names[i] != string(part.Name) {
				t.Fatalf("cut at %d, tag %d is %q, else %q: %q", at, i, part.Name, names, page)
			}
		}
	})
}

// What stands in a text without references is the text, and no reference makes
// one longer than a name is.
func FuzzUnescape(f *testing.F) {
	for _, seed := range []string{"&amp;", "&notit;", "&#x110000;", "&copy=1", "\r\n", "&NotEqualTilde;", "&&&&", "&#&#x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		fetchtest.Linear(t, in, func(long []byte) { Unescape(long, true) })
		for _, attribute := range []bool{false, true} {
			got := Unescape(in, attribute)
			if !strings.ContainsAny(string(in), "&\r\x00") && got != string(in) {
				t.Errorf("%q became %q", in, got)
			}
			if len(got) > 4*len(in) {
				t.Errorf("%d bytes became %d: %q", len(in), len(got), in)
			}
		}
	})
}

// A megabyte of paragraphs, to be gone through in 3 ms.
func BenchmarkScanner(b *testing.B) {
	page := []byte(strings.Repeat(`<p class="lead">The <a href="/timetable?day=1&amp;boat=2" title='t'>timetable</a> said two.</p>`+"\n", 1<<20/94))
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		for s := NewScanner(page); s.Next() != EndOfInput; {
		}
	}
}

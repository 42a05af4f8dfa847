package feeds

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// read parses a feed that must be readable.
func read(t *testing.T, text string) *feed {
	t.Helper()
	f, _, err := parse(context.Background(), []byte(text), somewhere)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f
}

func rss(inside string) string {
	return `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:m="http://search.yahoo.com/mrss/"><channel>` + inside + `</channel></rss>`
}

func item1(t *testing.T, inside string) *item {
	t.Helper()
	return read(t, rss("<item>"+inside+"</item>")).items[0]
}

// Which of several elements gives a member.
func TestPrecedence(t *testing.T) {
	tests := []struct{ in, want string }{ // title|content|link|id|published
		{"<itunes:title>i</itunes:title><title>p</title><m:title>m</m:title>", "p||||"},
		{"<m:title>m</m:title><itunes:title>i</itunes:title>", "i||||"},
		{"<x:title>x</x:title><m:title>m</m:title>", "m||||"},
		{"<title/><TITLE> p </TITLE>", "p||||"},
		{"<m:description>m</m:description><description>p</description>", "|p|||"},
		{"<m:group><m:description>m</m:description></m:group>", "||||"},
		{"<content:encoded>c</content:encoded>", "||||"},
		{"<Link>https://a.test/</Link>", "||||"},
		{"<link/><link>https://a.test/</link>", "||||"},
		{"<link>a b</link>", "||https://feeds.test/a%20b||"},
		{"<link>HTTP://A.test/x y</link>", "||HTTP://A.test/x y||"},
		{"<link>mailto:a@b.test</link>", "||mailto:a@b.test||"},
		{"<link>data:text/html,x</link>", "||||"},
		{"<link>vbscript:x</link>", "||||"},
		{"<link xmlns='http://www.w3.org/2005/Atom' href='/a'/><link>/b</link>", "||https://feeds.test/b||"},
		{"<atom:link href='/a' rel='alternate'/>", "||https://feeds.test/a||"},
		{"<atom:link href='/a' rel='alternate'/><link>/b</link>", "||https://feeds.test/b||"},
		{"<atom:link href='/a' rel='self'/>", "||||"},
		{"<link rel='alternate' type='text/html' href='/a'/>", "||https://feeds.test/a||"},
		{"<link rel='shortlink' href='/a'/>", "||||"},
		{"<guid>https://a.test/1</guid>", "||https://a.test/1|https://a.test/1|"},
		{"<guid isPermaLink='TRUE'>https://a.test/1</guid>", "||https://a.test/1|https://a.test/1|"},
		{"<guid isPermaLink=' False '>https://a.test/1</guid>", "|||https://a.test/1|"},
		{"<guid>urn:a:1</guid>", "|||urn:a:1|"},
		{"<guid isPermaLink='true'>/1</guid>", "|||/1|"},
		{"<guid>https://a.test/1</guid><link>https://a.test/2</link>", "||https://a.test/2|https://a.test/1|"},
		{"<z:guid xmlns:z='urn:z'>z</z:guid><guid>g</guid>", "|||g|"},
		{"<z:title xmlns:z='urn:z'>z</z:title><title>t</title>", "t||||"},
		{"<r:title xmlns:r='http://backend.userland.com/rss2'>r</r:title><m:title>m</m:title>", "r||||"},
		{"<title xmlns='http://search.yahoo.com/mrss/'>m</title><title>t</title>", "t||||"},
		{"<z:link xmlns:z='urn:z'>https://z.test/</z:link><link>/b</link>", "||https://feeds.test/b||"},
		{"<guid/><guid>g</guid>", "||||"},
		{"<podcast:guid>p</podcast:guid><guid>g</guid>", "|||p|"},
		{"<dc:date>2024-01-01</dc:date><pubDate>soon</pubDate>", "||||soon"},
		{"<updated>u</updated><dc:date>d</dc:date>", "||||d"},
		{"<pubDate/><dcterms:issued>i</dcterms:issued>", "||||i"},
		{"<x:date xmlns:x='urn:x'>d</x:date>", "||||"},
		{"<y:pubDate xmlns:y='urn:y'>d</y:pubDate>", "||||d"},
	}
	for _, tt := range tests {
		i := item1(t, tt.in)
		got := strings.Join([]string{i.title.value, i.content.value, cmp.Or(i.link, i.page), i.id, i.published.value}, "|")
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestChannel(t *testing.T) {
	f := read(t, `<rss xmlns="http://www.w3.org/2005/Atom"><channel><dc:language>de</dc:language><language>en</language><link>/x</link>
		<image><title>t</title></image><image><url>/second.png</url></image><category>b,c</category><category text="a">b,c</category>
		<author><name>Ann</name></author><ttl>15</ttl><sy:updatePeriod>daily</sy:updatePeriod></channel><channel><title>second</title></channel></rss>`)
	got := fmt.Sprint(f.language, f.link, f.image, f.categories, f.author, f.fresh, f.title.value)
	if want := "dehttps://feeds.test/x[a b,c]Ann15m0s"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if f := read(t, rss("<sy:updatePeriod>weekly</sy:updatePeriod><ttl>x</ttl>")); f.fresh != time.Hour {
		t.Errorf("fresh for %v", f.fresh)
	}
	for inside, want := range map[string]string{
		"<image><url>a.png</url></image>":                  "https://feeds.test/a.png",
		`<itunes:image href="https://x.test/i"/>`:          "https://x.test/i",
		"<image>  https://x.test/t  </image>":              "https://x.test/t",
		`<image href="/h"><url>/u</url>text</image>`:       "https://feeds.test/u",
		`<image href="/h">text</image>`:                    "https://feeds.test/h",
		`<image href="javascript:x"/>`:                     "",
		`<image xml:base="http://b.test/c/" href="../d"/>`: "http://b.test/d",
	} {
		if got := read(t, rss(inside)).image; got != want {
			t.Errorf("%s: %q, want %q", inside, got, want)
		}
	}
}

// The order for all kinds of lists; entries are written as title:date:order.
func TestOrder(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a:2024-01-01 b:2024-03-01 c:2024-02-01", "b c a"},
		{"a:2024-01-01 c:2024-01-01 b:2024-01-01", "c b a"},
		{"é:2024-01-01 \uFF5E:2024-01-01 🦉:2024-01-01", "\uFF5E 🦉 é"}, // by UTF-16 units
		{"a b:2024-01-01 c:soon d:2023-01-01", "b d a c"},
		{"b d a c", "d c b a"},
		{"b  a", "b  a"}, // one without a title
		{"a:2024-01-01:1 c:2024-03-01:3 x:2024-02-01 b:2024-05-01:2", "x c b a"},
		{"a::0 b", "b a"},
	}
	for _, tt := range tests {
		var b strings.Builder
		for _, e := range strings.Split(tt.in, " ") {
			parts := append(strings.Split(e, ":"), "", "")
			fmt.Fprintf(&b, "<item><title>%s</title><pubDate>%s</pubDate><order>%s</order></item>", parts[0], parts[1], parts[2])
		}
		var got []string
		for _, i := range read(t, rss(b.String())).items {
			got = append(got, i.title.value)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %q, want %s", tt.in, got, tt.want)
		}
	}
}

// A serial is told from the start; entries are written as title:season:episode:date.
func TestSerialOrder(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a:2:1 b:1:2 c:1:1 d:2:2", "c b a d"},
		{"a:::2024-02-01 b:::2024-01-01 c:::2024-03-01", "b a c"},
		{"a:1::2024-02-01 b:1::2024-01-01", "b a"},
		{"a:2:1 b:1:1 c:2:1", "b c a"},
		{"a b c", "c b a"},
	}
	for _, tt := range tests {
		var b strings.Builder
		for _, e := range strings.Split(tt.in, " ") {
			parts := append(strings.Split(e, ":"), "", "", "")
			fmt.Fprintf(&b, "<item><title>%s</title><itunes:season>%s</itunes:season><itunes:episode>%s</itunes:episode><pubDate>%s</pubDate></item>",
				parts[0], parts[1], parts[2], parts[3])
		}
		var got []string
		for _, i := range read(t, rss("<itunes:type>serial</itunes:type>"+b.String())).items {
			got = append(got, i.title.value)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %q, want %s", tt.in, got, tt.want)
		}
	}
}

// Of very many entries the first in order are kept, wherever they stand.
func TestManyItems(t *testing.T) {
	const n = 20_011
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<item><title>%d</title><pubDate>%s</pubDate></item>", i, date{ms: int64(i*7919%n) * 60_000}.iso())
	}
	f := read(t, rss(b.String()))
	if len(f.items) != maxKept || f.count != n {
		t.Fatalf("%d entries of %d, want %d", len(f.items), f.count, maxKept)
	}
	for i, e := range f.items {
		if want := int64(n-1-i) * 60_000; e.date.ms != want {
			t.Fatalf("entry %d is of %s, want %s", i, e.date.iso(), date{ms: want}.iso())
		}
	}
}

func TestLooksLikeHTML(t *testing.T) {
	tests := map[string]bool{
		"": false, "plain": false, "a < b and c > d": false, "<b>x</b>": true, "<P>": true, "<br": false, "<br/>": true, "<a\nhref='x'>": true,
		"</p> only": false, "<!-- x -->": false, "<!DOCTYPE html>": true, "<html lang=en>": true, "<htmlx>": false, "<x-note>": true,
		"<x->": false, "<custom-tag>": false, "<b-c>": true, "<b_c>": false, "<a@b.example>": true, "if a<b then c>d": true, "<h7>": false,
		"<font color=red>": false, "<<b>": true, "<b <i": false, "&lt;p&gt;": false, "<blockquote>": true, "<blockquoted>": false,
		strings.Repeat("x", 1000) + "<x-note>": false, strings.Repeat("x", 1000) + "<i>": true, strings.Repeat("🦉", 499) + "<x-y>": false,
		strings.Repeat("🦉", 497) + "<x-y>": true,
	}
	for in, want := range tests {
		if got := looksLikeHTML(in); got != want {
			t.Errorf("looksLikeHTML(%.60q) = %v", in, got)
		}
	}
}

func TestWithoutTags(t *testing.T) {
	for in, want := range map[string]string{
		"Less <em>is</em> more": "Less is more", "5 &lt; 6": "5 < 6", "a < b <c": "a < b", "a < b": "a < b", "<br/>x\n y": "x y", "<": "<", "<!-- x > y -->y": "y",
		`<img alt="a > b"><b title='</b>'>x</b>`: "x", "a<style>b{}</style> c<script>'<i>'</script>": "a c", "a<br>b": "a b", "&amp;lt;": "&lt;",
	} {
		if got := withoutTags(in); got != want {
			t.Errorf("withoutTags(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWithoutDiv(t *testing.T) {
	for in, want := range map[string]string{
		"<div><p>x</p></div>": "<p>x</p>", `<div class="a"> x </div>`: "x", "<div>a</div><div>b</div>": "<div>a</div><div>b</div>",
		"<div><div>a</div></div>": "<div>a</div>", "<divan>x</divan>": "<divan>x</divan>", "<p>x</p>": "<p>x</p>", "<div>": "<div>",
		"x <div>a</div>": "x <div>a</div>", "<div></div>": "",
	} {
		if got := withoutDiv(in); got != want {
			t.Errorf("withoutDiv(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for in, want := range map[string]int64{
		"2471": 2471, "41:11": 2471, "0:41:11": 2471, "1:02:03.9": 3723, "": 0, "x": 0, "1:2:3:4": 0, "-5": 0, " 1 : 2 ": 62,
	} {
		if got := seconds(in); got != want {
			t.Errorf("seconds(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestDiscover(t *testing.T) {
	tests := []struct{ in, want string }{
		{`<link rel="alternate" type="application/rss+xml" href="/feed.xml">`, "https://feeds.test/feed.xml"},
		{`<LINK TYPE='Application/Atom+XML; charset=utf-8' HREF=a.atom?x=1&amp;y=2 REL="feed ALTERNATE"/>`, "https://feeds.test/a.atom?x=1&y=2"},
		{`<base href="//cdn.test/b/"><link rel=alternate type=application/feed+json href=f>`, "https://cdn.test/b/f"},
		{`<!-- <link rel=alternate type=application/rss+xml href=a> --><link rel=alternate type=application/rdf+xml href=b>`, "https://feeds.test/b"},
		{`<script>"<link rel=alternate type=application/rss+xml href=a>"</script><link rel=alternate type=application/rss+xml href=b>`, "https://feeds.test/b"},
		{`<link rel=alternate type=application/rss+xml href=javascript:x><link rel=alternate type=application/rss+xml href=b>`, "https://feeds.test/b"},
		{`<link rel=alternate type=text/html href=a><link rel=stylesheet type=application/rss+xml href=b>`, ""},
		{`<link rel=alternate type=application/rss+xml title="Reed &raquo; Comments Feed" href=a><link rel=alternate type=application/rss+xml href=b>`, "https://feeds.test/b"},
		{`<link rel=alternate type=application/rss+xml href=/comments/feed/><link rel=alternate type=text/xml href=b>`, "https://feeds.test/b"},
		{`<link rel=alternate type=application/rss+xml title="Kommentar-Feed" href=a>`, "https://feeds.test/a"},
		{`<link rel=alternate type=text/xml href=a><link rel=alternate type=application/xml href=b>`, "https://feeds.test/a"},
		{`<link rel=alternate type=text/xml href=a><link rel=alternate type=application/atom+xml href=b>`, "https://feeds.test/b"},
		{`<link rel=alternate type=text/xml+oembed href=a><link rel=alternate type=application/json href=b>`, ""},
		{`<a href='<link rel=alternate type=application/rss+xml href=a>'>`, ""},
		{`<link rel=alternate rel=x type=application/rss+xml href=b =c d='`, ""},
		{`<link rel=alternate rel=x type=application/rss+xml href=b =c d>`, "https://feeds.test/b"},
		{`<link rel=alternate type=application/rss+xml`, ""},
		{`<`, ""}, {`<!--`, ""}, {`<title>`, ""}, {``, ""},
		{strings.Repeat("<script>", 1000) + strings.Repeat("<link a ", 1000), ""},
	}
	for _, tt := range tests {
		got := ""
		if u := discover([]byte(tt.in), somewhere); u != nil {
			got = u.String()
		}
		if got != tt.want {
			t.Errorf("%.80s: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestDeclaredEncoding(t *testing.T) {
	for in, want := range map[string]string{
		`<?xml version="1.0" encoding="ISO-8859-1"?>`: "ISO-8859-1", "\n<?xml version='1.0' encoding = 'koi8-r' ?><a/>": "koi8-r",
		`<?xml version="1.0"?><a encoding="x"/>`: "", `<a/>`: "", `<?xml encoding=x?>`: "",
		"<br>Warning<br>\n<?xml version='1.0' encoding=' koi8-r '?>": "koi8-r", `<?xml encoding="`: "", `<?xml encoding`: "",
	} {
		if got := declaredEncoding([]byte(in)); got != want {
			t.Errorf("declaredEncoding(%q) = %q, want %q", in, got, want)
		}
	}
}

// What is not UTF-8, and says nothing of itself, is windows-1252.
func TestDecode(t *testing.T) {
	for _, tt := range []struct{ in, contentType, want string }{
		{"<a>caf\xE9 \x80</a>", "", "<a>café €</a>"},
		{"<a>caf\xE9</a>", "text/xml; charset=utf-8", "<a>caf\uFFFD</a>"},
		{"<?xml version='1.0' encoding='utf-8'?><a>caf\xE9</a>", "", "<?xml version='1.0' encoding='utf-8'?><a>caf\uFFFD</a>"},
		{"<a>\xE9</a>", "text/xml; charset=iso-8859-2", "<a>é</a>"},
		{"<a>café thé \xE9</a>", "text/xml", "<a>café thé \uFFFD</a>"},
		{"\xEF\xBB\xBF<a>\xE9</a>", "", "<a>\uFFFD</a>"},
	} {
		if got := string(decode([]byte(tt.in), tt.contentType)); got != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.in, tt.contentType, got, tt.want)
		}
	}
}

package feeds

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

var somewhere = &url.URL{Scheme: "https", Host: "feeds.test", Path: "/feed.xml"}

// largeFeed is a feed of RSS 2.0 with n entries, of about size bytes in all.
func largeFeed(n, size int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>` +
		`<title>Large</title><link>https://large.test/</link><description>d</description>`)
	const sentence = `&lt;p&gt;The timetable said two, the sea said otherwise.&lt;/p&gt; `
	for i := range n {
		fmt.Fprintf(&b, "\n<item><title>Entry number %d</title><link>https://large.test/%d</link><guid isPermaLink=\"false\">large-%d</guid>"+
			"<dc:creator>Marta</dc:creator><category>Boats</category><pubDate>Thu, 11 Apr 2024 %02d:%02d:00 +0000</pubDate><description>",
			i, i, i, i/60%24, i%60)
		for j := 0; j < (size/n-330)/len(sentence)+1; j++ {
			b.WriteString(sentence)
		}
		b.WriteString("</description></item>")
	}
	b.WriteString("</channel></rss>")
	return []byte(b.String())
}

// A megabyte of RSS with a thousand entries, from the bytes to what a client
// gets: to be done in 15 ms, with three times its size of allocations.
func BenchmarkFeed(b *testing.B) {
	body := largeFeed(1000, 1<<20)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var frame []byte
	for b.Loop() {
		text := decode(body, "application/rss+xml")
		f, _, err := parse(context.Background(), text, somewhere)
		if err != nil {
			b.Fatal(err)
		}
		d := document{feed: f}
		o := d.result(query{url: "https://large.test/feed"})
		if o.Get("totalItems").(int) < 500 {
			b.Fatal("items are missing")
		}
		frame = activity.AppendJSON(frame[:0], o)
	}
}

func BenchmarkParse(b *testing.B) {
	body := largeFeed(1000, 1<<20)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := parse(context.Background(), body, somewhere); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDocuments reads feeds of all kinds, with their entries repeated up to
// a quarter of a megabyte. testdata/gofeed measures another reader on them.
func BenchmarkDocuments(b *testing.B) {
	for _, document := range []string{"wordpress.xml", "blog-rss20.xml", "podcast-episodic.xml", "mastodon.xml", "atom-youtube.xml", "atom-releases.xml"} {
		b.Run(document, func(b *testing.B) {
			body, err := os.ReadFile("testdata/cases/" + document)
			if err != nil {
				b.Fatal(err)
			}
			body = enlarge(body, 256<<10)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := parse(context.Background(), decode(body, "application/xml"), somewhere); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// enlarge repeats a feed's entries until it has about size bytes.
func enlarge(feed []byte, size int) []byte {
	for _, tags := range [][2]string{{"<item", "</item>"}, {"<entry", "</entry>"}} {
		first, last := bytes.Index(feed, []byte(tags[0])), bytes.LastIndex(feed, []byte(tags[1]))
		if first < 0 || last < first {
			continue
		}
		last += len(tags[1])
		entries := bytes.Repeat(feed[first:last], max(size/(last-first), 1))
		return bytes.Join([][]byte{feed[:first], entries, feed[last:]}, nil)
	}
	return feed
}

func BenchmarkReadDate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if !readDate("Thu, 11 Apr 2024 16:18:44 +0000").ok {
			b.Fatal("not read")
		}
	}
}

func BenchmarkLooksLikeHTML(b *testing.B) {
	text := strings.Repeat("<b ", 1<<18)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		looksLikeHTML(text)
	}
}

// BenchmarkResultJSON is what the worker adds when it writes the frame.
func BenchmarkResultJSON(b *testing.B) {
	f, _, err := parse(context.Background(), largeFeed(1000, 1<<19), somewhere)
	if err != nil {
		b.Fatal(err)
	}
	d := document{feed: f}
	var frame []byte
	for b.Loop() {
		frame = activity.AppendJSON(frame[:0], d.result(query{url: "https://large.test/feed"}))
	}
	b.SetBytes(int64(len(frame)))
}

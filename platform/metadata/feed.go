package metadata

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// isFeed knows the media types that feeds have, and others too: application/xml
// may be anything.
func isFeed(kind string) bool {
	switch kind {
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "application/feed+json":
		return true
	}
	return false
}

// maxFeedHead is how much of a feed is looked at for what it says of itself, which
// stands before its entries as a rule, in bytes.
const maxFeedHead = 64 << 10

// feedPreview is the preview of an address that is a feed: what it says of itself,
// with the feed as what can be followed. nil for what is none.
func feedPreview(text []byte, kind string, asked, at *url.URL) *preview {
	var p *preview
	if kind == "application/feed+json" {
		p = jsonFeed(text, at)
	} else {
		p = xmlFeed(text[:min(len(text), maxFeedHead)], at)
	}
	if p == nil || p.title == "" {
		return nil
	}
	if at.String() != asked.String() {
		p.finalURL = at.String()
	}
	p.favicon = (&facts{}).favicon(asked, at, at)
	p.languageTag = languageTag(p.language)
	p.mediaType = word(kind)
	p.feeds = []feedLink{{at.String(), p.mediaType, p.title}}
	return p
}

// jsonFeed reads a JSON Feed (jsonfeed.org/version/1.1).
func jsonFeed(text []byte, at *url.URL) *preview {
	o, err := activity.ParseObject(text)
	if err != nil || o.Text("version") == "" {
		return nil
	}
	p := &preview{title: oneLine(o.Text("title")), description: lines(o.Text("description")), language: word(o.Text("language"))}
	p.showImage(at, o.Text("icon"), nil, nil)
	return p
}

// xmlFeed reads what stands for the whole feed in RSS 0.9 to 2.0 and Atom.
func xmlFeed(text []byte, at *url.URL) *preview {
	if !hasFeedRoot(text) { // as hardly any page has
		return nil
	}
	s := markup.NewScanner(text)
	p, depth, channel := (*preview)(nil), 0, 0 // channel: how deep its members are
	for s.Next() != markup.EndOfInput {
		switch s.Kind {
		case markup.EndTag:
			if depth--; depth <= 0 {
				return p
			}
		case markup.StartTag:
			if depth++; depth == 1 {
				switch string(s.Name) {
				case "rss", "rdf:rdf":
					channel = 3
				case "feed":
					channel = 2
				default:
					return nil
				}
				p = &preview{}
			}
			if s.SelfClosing {
				depth--
				continue
			}
			if name := string(s.Name); name == "item" || name == "entry" {
				return p
			}
			switch {
			case depth == channel:
				p.feedMember(s, text, at)
			case depth == channel+1 && string(s.Name) == "url" && len(p.images) == 0: // of an image
				p.showImage(at, feedText(text[s.Pos:], "url"), nil, nil)
			}
		}
	}
	return p
}

// hasFeedRoot reports whether the first tag of a document is a feed's.
func hasFeedRoot(text []byte) bool {
	for {
		_, tag, _ := bytes.Cut(text, []byte("<"))
		switch {
		case bytes.HasPrefix(tag, []byte("!--")):
			_, text, _ = bytes.Cut(tag, []byte("-->"))
		case bytes.HasPrefix(tag, []byte("!")), bytes.HasPrefix(tag, []byte("?")):
			_, text, _ = bytes.Cut(tag, []byte(">"))
		default:
			return bytes.HasPrefix(tag, []byte("rss")) || bytes.HasPrefix(tag, []byte("feed")) || bytes.HasPrefix(tag, []byte("rdf:RDF"))
		}
	}
}

// feedMember takes an element that is a child of the feed.
func (p *preview) feedMember(s *markup.Scanner, text []byte, at *url.URL) {
	name := string(s.Name)
	value := func() string { return feedText(text[s.Pos:], name) }
	switch name {
	case "title":
		offer(&p.title, oneLine(value()))
	case "description", "subtitle", "tagline":
		offer(&p.description, lines(value()))
	case "language":
		offer(&p.language, word(value()))
	case "logo", "icon":
		if len(p.images) == 0 {
			p.showImage(at, strings.TrimSpace(value()), nil, nil)
		}
	}
}

// feedText is the text of an element of that name after its start tag: of CDATA or
// with references, and without the markup that may be in either.
func feedText(b []byte, name string) string {
	if end := bytes.Index(b, []byte("</"+name)); end >= 0 {
		b = b[:end]
	}
	b = bytes.TrimSpace(cutBytes(b, maxDescription))
	if inner, ok := bytes.CutPrefix(b, []byte("<![CDATA[")); ok {
		b, _, _ = bytes.Cut(inner, []byte("]]>"))
	} else {
		b = []byte(markup.Unescape(b, false))
	}
	var plain strings.Builder
	for s := markup.NewScanner(b); s.Next() != markup.EndOfInput; {
		if s.Kind == markup.Text && !s.Literal {
			plain.WriteString(markup.Unescape(s.Text, false))
		}
	}
	return plain.String()
}

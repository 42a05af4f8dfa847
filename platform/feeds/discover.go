package feeds

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// maxPage is how much of a web page is looked through for its feed.
const maxPage = 512 << 10

// discover finds the feed that a web page names first, nil if there is none:
//
//	<link rel="alternate" type="application/rss+xml" href="/feed.xml">
//
// Relative addresses start from at, or from what the page says in <base>.
func discover(page []byte, at *url.URL) *url.URL {
	based := false
	for s := markup.NewScanner(page[:min(len(page), maxPage)]); ; {
		kind := s.Next()
		if kind == markup.EndOfInput {
			return nil
		}
		if kind != markup.StartTag || s.Foreign || s.Template > 0 {
			continue
		}
		switch string(s.Name) {
		case "base":
			if href := s.Get("href"); href != "" && once(&based) {
				if u := resolve(at, href); u != nil {
					at = u
				}
			}
		case "link":
			rel := strings.FieldsFunc(strings.ToLower(s.Get("rel")), isSpace)
			href := s.Get("href")
			if href == "" || !slices.Contains(rel, "alternate") || !isFeedType(webfetch.MediaType(s.Get("type"))) {
				continue
			}
			if u := resolve(at, href); u != nil {
				return u
			}
		}
	}
}

func isFeedType(mediaType string) bool {
	switch mediaType {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml":
		return true
	}
	return false
}

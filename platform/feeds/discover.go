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

// discover finds the feed that a web page names, nil if there is none:
//
//	<link rel="alternate" type="application/rss+xml" title="Posts" href="/feed.xml">
//
// Of several the first one counts whose type is a feed's and that is not for
// comments. Relative addresses start from at, or from what the page says in <base>.
func discover(page []byte, at *url.URL) *url.URL {
	var found *url.URL
	best := candidateNone
	based := false
	for s := markup.NewScanner(page[:min(len(page), maxPage)]); ; {
		kind := s.Next()
		if kind == markup.EndOfInput || best == candidateFeed {
			return found
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
			if href == "" || !slices.Contains(rel, "alternate") {
				continue
			}
			candidate := candidateOf(webfetch.MediaType(s.Get("type")), s.Get("title"), href)
			if candidate >= best {
				continue
			}
			if u := resolve(at, href); u != nil {
				found, best = u, candidate
			}
		}
	}
}

// candidate is how good a link to a feed is, the best first.
type candidate int

const (
	candidateFeed     candidate = iota
	candidateXML                // whose type says no more than XML
	candidateComments           // that is about the comments
	candidateNone
)

func candidateOf(mediaType, title, href string) candidate {
	kind := candidateNone
	switch mediaType {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml":
		kind = candidateFeed
	case "text/xml", "application/xml":
		kind = candidateXML
	}
	if kind != candidateNone && isForComments(strings.ToLower(title+" "+href)) {
		return candidateComments
	}
	return kind
}

// isForComments knows what the usual programs call a feed of comments, in the
// languages that have most sites.
func isForComments(s string) bool {
	for _, word := range []string{"comment", "kommentar", "comentario", "comentário", "commenti", "reacties", "komentarz", "komentář",
		"комментари", "коментар", "yorum", "hozzászólás", "σχόλι", "コメント", "评论", "評論", "댓글"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}

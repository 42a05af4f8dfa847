package metadata

import (
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// times are the dates in a page's time elements.
type times struct {
	published string // of the first that says it is the page's date
	first     string
}

func (t *times) take(s *markup.Scanner) {
	value := date(s.Get("datetime"))
	if value == "" {
		return
	}
	offer(&t.first, value)
	if _, pubdate := s.Attribute("pubdate"); pubdate || strings.EqualFold(s.Get("itemprop"), "datePublished") || isDateClass(s.Get("class")) {
		offer(&t.published, value)
	}
}

// isDateClass knows the classes that publishing systems, and microformats, give
// to the date of what is shown.
func isDateClass(class string) bool {
	for word := range strings.FieldsSeq(cut(class, maxWord)) {
		switch word {
		case "published", "entry-date", "dt-published", "post-date":
			return true
		}
	}
	return false
}

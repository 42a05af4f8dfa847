package metadata

import (
	"context"
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// maxBody is how much of a page is read after its head, in bytes: metas, icons
// and images may stand there too.
const maxBody = 64 << 10

// Limits of what is kept of one page.
const (
	maxImages   = 10
	maxPictures = 256 // img elements, of which the best are taken
	maxLinks    = 16  // icons, and feeds
	maxKeywords = 32
	maxScripts  = 8         // of JSON-LD
	maxScript   = 128 << 10 // bytes of one
	maxTexts    = 16        // elements whose text is collected
)

// facts is what a page says of itself, place by place, before it is decided
// what counts.
type facts struct {
	graph graph // Open Graph

	// By the reference's selectors: the first element that matches decides.
	title        string // of the first title in the head that has text
	bodyTitle    string // of the first one elsewhere, but for those of SVG
	metaTitle    first
	description  first
	itemprop     first // description
	inLanguage   first
	appIcon      first
	language     first // of html
	canonical    first
	defaultURL   first // alternate for no language
	base         string
	icons        [7]first // in the order of iconRules
	elementTexts []*elementText
	pictures     []picture
	iconLinks    []iconLink
	feedLinks    []feedLink
	oembed       string
	themeColor   first
	imageSrc     string // of a link
	times        times
	fallback     fallbacks
	linkedData   [][]byte
}

// first is the value of the first element that matches a rule, which alone
// counts, also when it is empty.
type first struct {
	value string
	seen  bool
}

func (f *first) offer(value string) {
	if !f.seen {
		f.value, f.seen = value, true
	}
}

// fallbacks are values from vocabularies that count where Open Graph and HTML
// say nothing: for each the first that is not empty.
type fallbacks struct {
	twitterTitle, twitterDescription, twitterImage, twitterCreator string
	twitterStream, twitterStreamType                               string
	dcTitle, dcDescription, dcCreator, dcDate                      string
	itemName, itemImage, itemPublished, itemModified               string
	applicationName, author, keywords                              string
}

type picture struct {
	src           string
	width, height float64 // 0 when not given
}

type iconLink struct{ href, rel, sizes, mediaType string }

type feedLink struct{ href, mediaType, title string }

// readFacts goes through a page in UTF-8. It looks at ctx every now and then.
//
// What stands more than maxBody behind the head does not count, but for metas
// of Open Graph where there were none so far.
func readFacts(ctx context.Context, page []byte) (*facts, error) {
	f := &facts{pictures: make([]picture, 0, 16)}
	deep, end := false, 0 // end: of what counts, once it is deep in the body
	s := markup.NewScanner(page)
	for n := 1; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if s.Next() == markup.EndOfInput {
			break
		}
		if deep {
			if s.Pos > end && f.graph.found {
				break
			}
			if !f.graph.found {
				end = s.Pos + maxBody
			}
			if s.Kind == markup.StartTag && string(s.Name) == "meta" && !s.Foreign {
				f.meta(s)
			}
			continue
		}
		switch s.Kind {
		case markup.StartTag:
			f.element(s)
		case markup.EndTag:
			f.endTexts(string(s.Name))
		case markup.Text:
			if !s.Raw || !s.Literal { // no scripts and styles
				f.addText(s.Text, s.Literal)
			}
		}
		if s.HeadEnd >= 0 && s.Pos > s.HeadEnd+maxBody {
			if f.graph.found {
				break
			}
			deep = true
		}
	}
	return f, nil
}

// element takes what an element's start tag says, and the text of those that
// have nothing else in them.
func (f *facts) element(s *markup.Scanner) {
	f.beginTexts(s)
	if s.Foreign {
		return
	}
	switch string(s.Name) {
	case "html":
		if lang, ok := s.Attribute("lang"); ok {
			f.language.offer(lang)
		}
	case "base":
		if f.base == "" {
			f.base = s.Get("href")
		}
	case "meta":
		f.meta(s)
	case "link":
		f.link(s)
	case "img":
		if len(f.pictures) < maxPictures {
			f.pictures = append(f.pictures, picture{pictureSource(s), plainNumber(s.Get("width")), plainNumber(s.Get("height"))})
		}
	case "title":
		f.takeTitle(s)
	case "time":
		f.times.take(s)
	case "script":
		kind, _, _ := strings.Cut(s.Get("type"), ";")
		if strings.EqualFold(strings.TrimSpace(kind), "application/ld+json") && len(f.linkedData) < maxScripts {
			if text := s.Element(); len(text) <= maxScript {
				f.linkedData = append(f.linkedData, text)
			}
		}
	}
}

func (f *facts) takeTitle(s *markup.Scanner) {
	inHead := s.InHead && s.Template == 0
	if f.title != "" || !inHead && f.bodyTitle != "" {
		return
	}
	title := oneLine(markup.Unescape(cutBytes(s.Element(), 4*maxLine), false))
	if inHead {
		f.title = title
	} else {
		f.bodyTitle = title
	}
}

// cutBytes returns at most n bytes of b, and whole characters.
func cutBytes(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	return wholeCharacters(b[:n])
}

// meta takes a meta element, wherever it stands.
func (f *facts) meta(s *markup.Scanner) {
	property, name := s.Get("property"), s.Get("name")
	content := s.Get("content")
	if s.InHead && s.Template == 0 {
		f.headMeta(s, property, name, content)
	}
	if property == "" {
		property = name
	}
	value, present := content, content != ""
	if !present {
		value, present = s.Attribute("value")
	}
	property = strings.ToLower(cut(property, maxWord))
	if !strings.ContainsAny(property, " \t\r\n\f") {
		f.named(property, value, present)
	} else { // a list of names (RDFa, section 5)
		for one := range strings.FieldsSeq(property) {
			f.named(one, value, present)
		}
	}
	if item := s.Get("itemprop"); item != "" {
		f.fallback.takeItem(item, content)
	}
}

// named takes a meta by one of its names, in lower case.
func (f *facts) named(property, value string, present bool) {
	if strings.HasPrefix(property, "og:") || strings.HasPrefix(property, "article:") {
		f.graph.found = f.graph.found || property[0] == 'o'
		f.graph.take(property, value, present)
		return
	}
	f.fallback.take(property, value)
}

// headMeta takes what counts in the head only. Names are compared with case, as
// the reference server does.
func (f *facts) headMeta(s *markup.Scanner, property, name, content string) {
	switch name {
	case "title":
		f.metaTitle.offer(content)
	case "description":
		f.description.offer(content)
	case "theme-color":
		f.themeColor.offer(content)
	}
	switch s.Get("itemprop") {
	case "description":
		f.itemprop.offer(content)
	case "inLanguage":
		f.inLanguage.offer(content)
	}
	if strings.Contains(property, "appIcon") {
		f.appIcon.offer(content)
	}
}

// take takes a meta by its name in lower case.
func (f *fallbacks) take(name, value string) {
	var to *string
	switch name {
	case "twitter:title":
		to = &f.twitterTitle
	case "twitter:description":
		to = &f.twitterDescription
	case "twitter:image", "twitter:image:src":
		to = &f.twitterImage
	case "twitter:creator":
		to = &f.twitterCreator
	case "twitter:player:stream":
		to = &f.twitterStream
	case "twitter:player:stream:content_type":
		to = &f.twitterStreamType
	case "dc.title", "dcterms.title":
		to = &f.dcTitle
	case "dc.description", "dcterms.description", "dcterms.abstract":
		to = &f.dcDescription
	case "dc.creator", "dcterms.creator":
		to = &f.dcCreator
	case "dc.date", "dc.date.issued", "dcterms.date", "dcterms.issued", "dcterms.created":
		to = &f.dcDate
	case "application-name":
		to = &f.applicationName
	case "author":
		to = &f.author
	case "keywords":
		to = &f.keywords
	default:
		return
	}
	if *to == "" {
		*to = value
	}
}

// takeItem takes a meta that is a property of the page's microdata.
func (f *fallbacks) takeItem(name, value string) {
	var to *string
	switch name {
	case "name", "headline":
		to = &f.itemName
	case "image":
		to = &f.itemImage
	case "datePublished":
		to = &f.itemPublished
	case "dateModified":
		to = &f.itemModified
	default:
		return
	}
	if *to == "" {
		*to = value
	}
}

// baseURL is what relative addresses start from.
func (f *facts) baseURL(at *url.URL) *url.URL {
	if f.base != "" {
		if u := resolve(at, f.base); u != nil {
			return u
		}
	}
	return at
}

// plainNumber reads a number of pixels; 0 for anything else.
func plainNumber(s string) float64 {
	if s == "" || len(s) > 6 || strings.Trim(s, "0123456789") != "" {
		return 0
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return float64(n)
}

package metadata

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// graph is what a page says in the Open Graph protocol (ogp.me). Of the members
// that may stand once the last one counts, also when it is empty.
type graph struct {
	found bool // there was something of it

	title, description, url, siteName, locale string

	// siteNamed tells that there is a site name, perhaps an empty one.
	siteNamed bool

	images, videos, audios      media
	published, modified, author string
	tags                        []string
}

// media is a list of images, videos or sounds. Structured properties belong to
// the last one before them; those that come before the first are its own.
type media struct {
	list    []medium
	pending medium
}

type medium struct {
	url, secureURL, mediaType, width, height, alt string
	byURL                                         bool // og:image:url began it
}

// take takes a meta element's property, in lower case, and its value. present is
// false when there is no value.
func (g *graph) take(property, value string, present bool) {
	switch property {
	case "og:title":
		g.title = value
	case "og:description":
		g.description = value
	case "og:url":
		g.url = value
	case "og:site_name":
		g.siteName, g.siteNamed = value, present
	case "og:locale":
		g.locale = value
	case "article:published_time":
		g.published = value
	case "article:modified_time", "og:updated_time":
		g.modified = value
	case "article:author":
		g.author = cmp.Or(g.author, value)
	case "article:tag":
		if len(g.tags) < maxKeywords {
			g.tags = append(g.tags, value)
		}
	default:
		if rest, ok := strings.CutPrefix(property, "og:image"); ok {
			g.images.take(rest, value)
		} else if rest, ok := strings.CutPrefix(property, "og:video"); ok {
			g.videos.take(rest, value)
		} else if rest, ok := strings.CutPrefix(property, "og:audio"); ok {
			g.audios.take(rest, value)
		}
	}
}

// maxMedia is how many of one kind are kept, empty ones included.
const maxMedia = 64

// take takes a property by what follows "og:image", "og:video" or "og:audio".
func (m *media) take(rest, value string) {
	switch rest {
	case "":
		m.begin(medium{url: value})
		return
	case ":url":
		switch last := m.last(); {
		case len(m.list) == 0, last.byURL:
			m.begin(medium{url: value, byURL: true})
		case last.url == "":
			last.url = value
		}
		return
	case ":secure_url":
		if len(m.list) == 0 || m.last().secureURL != "" {
			m.begin(medium{secureURL: value})
		} else {
			m.last().secureURL = value
		}
		return
	}
	last := m.last()
	var to *string
	switch rest {
	case ":width":
		to = &last.width
	case ":height":
		to = &last.height
	case ":type":
		to = &last.mediaType
	case ":alt":
		to = &last.alt
	default:
		return
	}
	if *to == "" {
		*to = value
	}
}

// last is the one that structured properties belong to.
func (m *media) last() *medium {
	if len(m.list) == 0 {
		return &m.pending
	}
	return &m.list[len(m.list)-1]
}

func (m *media) begin(one medium) {
	if len(m.list) == maxMedia {
		return
	}
	if len(m.list) == 0 {
		p := m.pending
		one.width, one.height, one.mediaType, one.alt = p.width, p.height, p.mediaType, p.alt
	}
	m.list = append(m.list, one)
}

// address is where a medium is.
func (m *medium) address() string { return cmp.Or(m.secureURL, m.url) }

// image is a picture as clients get it. width and height are texts where a page
// gave them in a meta element, and numbers elsewhere, as in the reference
// server; nil when they are not known.
type image struct {
	url, kind, alt string
	width, height  any
}

// imageList is the images of Open Graph: the first ten, GIFs first, then by size.
func (g *graph) imageList(base *url.URL) []image {
	var list []image
	for _, m := range g.images.list {
		if len(list) == maxImages {
			break
		}
		address := imageAddress(base, m.address())
		if address == "" || slices.ContainsFunc(list, func(one image) bool { return one.url == address }) {
			continue
		}
		one := image{url: address, kind: cmp.Or(word(m.mediaType), extension(m.address())), alt: oneLine(m.alt)}
		if width := word(m.width); width != "" {
			one.width = width
		}
		if height := word(m.height); height != "" {
			one.height = height
		}
		list = append(list, one)
	}
	slices.SortStableFunc(list, compareImages)
	return list
}

func compareImages(a, b image) int {
	if x, y := isGIF(a.url), isGIF(b.url); x != y {
		if x {
			return -1
		}
		return 1
	}
	x, y := extent(a), extent(b)
	if math.IsNaN(x) || math.IsNaN(y) {
		return 0
	}
	return cmp.Compare(y, x)
}

func isGIF(address string) bool {
	return len(address) >= 4 && strings.EqualFold(address[len(address)-4:], ".gif")
}

// extent is the larger of width and height; NaN when one is no number.
func extent(i image) float64 {
	largest := 0.0
	for _, side := range []any{i.width, i.height} {
		text, ok := side.(string)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return math.NaN()
		}
		largest = max(largest, n)
	}
	return largest
}

// extensions are what addresses of images end in.
var extensions = []string{"apng", "bmp", "gif", "ico", "cur", "jpg", "jpeg", "jfif", "pjpeg", "pjp", "png", "svg", "tif", "tiff", "webp"}

// extension is the one of an image's address, as the reference server finds it:
// after the last dot, up to a question mark. "" for others.
func extension(address string) string {
	rest := address[strings.LastIndexByte(address, '.')+1:]
	rest, _, _ = strings.Cut(rest, "?")
	if slices.Contains(extensions, rest) {
		return rest
	}
	return ""
}

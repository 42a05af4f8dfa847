package feeds

import (
	"bytes"
	"context"
	"errors"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Limits of what one document may bring.
const (
	maxItems      = 1000 // entries of an answer
	maxKept       = 8192 // entries that are kept, the first in order
	maxList       = 64   // attachments, tags, authors of an entry; categories of a feed
	maxCategories = 256
)

// errNotFeed and errNoChannel are what the reference server answers to
// documents of other kinds.
var (
	errNotFeed   = errors.New("Missing required <rss> element.")     //lint:ignore ST1005 clients know it
	errNoChannel = errors.New("Missing required <channel> element.") //lint:ignore ST1005 clients know it
)

// feed is a document's content, whatever its format. Links are resolved; what
// is missing is "".
type feed struct {
	title       text
	link        string
	description text
	image       string
	categories  []string
	language    string
	author      string
	authors     []string // of all entries that name none (RFC 4287, section 4.2.1; JSON Feed 1.1)
	self        string
	hubs        []string
	items       []*item

	count    int           // entries seen
	sequence bool          // entries have places of their own, as in RSS 1.0
	serial   bool          // episodes are told in their own order
	fresh    time.Duration // how long it wants to be believed; 0 for no word
}

// item is an entry.
type item struct {
	title     text
	content   text
	html      bool // content is HTML for certain
	plain     bool // content is text for certain
	brief     string
	link      string
	page      string // its address in other words, for want of a link; it names no entry
	id        string // guid, id, rdf:about: what names the entry in its own words
	published text
	updated   string

	attachments []attachment
	player      string // where its media can be seen, if there are no addresses of theirs
	image       string
	imageArea   int // of the image so far, when there are several
	authors     []string
	tags        []string
	full        string
	replies     string
	duration    int64 // in seconds; 0 for none

	order, season, episode int
	numbers                uint8 // which of these three there are

	date  date
	place int // in the document
}

const (
	hasOrder uint8 = 1 << iota
	hasSeason
	hasEpisode
)

type attachment struct {
	url, mediaType, title string
	length                int64
}

// text is the best text for a member so far: of several elements that could
// give it, the one of the lowest rank that is not empty.
type text struct {
	value string
	rank  int
}

func (t *text) offer(value string, rank int) {
	if value != "" && (t.value == "" || rank < t.rank) {
		t.value, t.rank = value, rank
	}
}

// parse reads a document in UTF-8 that came from an address. It looks at ctx
// every now and then. The scanner, for what it has seen besides, is nil for
// JSON.
func parse(ctx context.Context, body []byte, at *url.URL) (*feed, *scanner, error) {
	if isJSONFeed(body) {
		if f, err := parseJSON(body, at); err != errNotFeed {
			return f, nil, err
		}
	}
	s := newScanner(ctx, body, at)
	f := &feed{}
	known := true
	if s.next() == tokenStart {
		space := s.space()
		switch {
		case s.name.full == "rss" || s.name.own == "rss" && space == spaceRSS:
			known = f.rss(s)
		case s.name.local == "rdf" && (space == spaceRDF || space == spaceNone):
			f.rdf(s)
		case s.name.full == "feed" || s.name.local == "feed" && (space == spaceAtom || space == spaceAtom03):
			f.atom(s)
		default:
			s.drain()
			if s.err == nil {
				s.err = errNotFeed
			}
		}
		s.drain()
	} else if s.err == nil {
		s.fail(0, "Root element is missing or invalid")
	}
	switch {
	case s.err != nil:
		return nil, s, s.err
	case !known:
		return nil, s, errNoChannel
	}
	f.finish()
	return f, s, nil
}

// add takes an entry. Of a feed with very many the first in order are kept.
func (f *feed) add(i *item) {
	if len(i.attachments) == 0 {
		i.attach(attachment{url: i.player})
	}
	i.place = f.count
	f.count++
	i.date = readDate(i.published.value)
	f.items = append(f.items, i)
	if len(f.items) >= 2*maxKept {
		f.sort()
		clear(f.items[maxKept:])
		f.items = f.items[:maxKept]
	}
}

func (f *feed) finish() {
	f.sort()
	if len(f.items) > maxKept {
		f.items = slices.Clip(f.items[:maxKept])
	}
	for _, i := range f.items {
		if len(i.authors) == 0 {
			i.authors = f.authors
		}
	}
	slices.SortFunc(f.categories, compareUTF16)
	f.categories = slices.Compact(f.categories)
}

func (f *feed) addCategory(c string) {
	if c != "" && len(f.categories) < maxCategories {
		f.categories = append(f.categories, c)
	}
}

// addTo appends to a list what is not empty and not in it already.
func addTo(list []string, s string) []string {
	if s == "" || len(list) >= maxList || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func (i *item) attach(a attachment) {
	if a.url == "" || len(i.attachments) >= maxList ||
		slices.ContainsFunc(i.attachments, func(b attachment) bool { return a.url == b.url }) {
		return
	}
	i.attachments = append(i.attachments, a)
}

// Areas of images whose size does not decide.
const (
	chosen    = math.MaxInt // was made for the entry, and is not one of its pictures
	isContent = -1          // is a picture that the entry is about, and not a thumbnail
	isFile    = -2          // is an enclosure
)

// illustrate takes an image if it is larger than the one so far.
func (i *item) illustrate(url string, area int) {
	if url != "" && (i.image == "" || area > i.imageArea) {
		i.image, i.imageArea = url, area
	}
}

// size is about what a feed takes in memory.
func (f *feed) size() int64 {
	n := 256 + len(f.title.value) + len(f.description.value)
	for _, c := range f.categories {
		n += 16 + len(c)
	}
	for _, i := range f.items {
		n += 512 + len(i.title.value) + len(i.content.value) + len(i.brief) + len(i.full) + 2*len(i.link) + len(i.id)
		for _, a := range i.attachments {
			n += 64 + len(a.url) + len(a.title)
		}
		for _, t := range i.tags {
			n += 16 + len(t)
		}
	}
	return int64(n)
}

// isJSONFeed tells what may be a JSON Feed, whose version is for parseJSON to
// find: many write it as "https:\/\/jsonfeed.org\/version\/1".
func isJSONFeed(body []byte) bool {
	return bytes.HasPrefix(trim(body), []byte("{")) && bytes.Contains(body, []byte("jsonfeed.org"))
}

// oneLine makes one blank of each run of white space.
func oneLine(s string) string { return strings.Join(strings.FieldsFunc(s, isSpace), " ") }

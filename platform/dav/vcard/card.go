package vcard

import (
	"errors"
	"iter"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/dav/contentline"
)

// Errors that a platform has codes for, and those of reading. Every other error
// is about the message that was to be written, its text for clients.
var (
	ErrNotCard      = errors.New("not a vCard")
	ErrUnterminated = errors.New("unterminated vCard")
	ErrLine         = errors.New("invalid vCard content line")
	ErrVersion      = errors.New("vCard requires VERSION, UID, and FN") // but only VERSION is

	// ErrUIDMismatch reports a message about another card than the stored one.
	ErrUIDMismatch = errors.New("uid is not the stored one")

	// ErrUnsupportedUpdate reports a resource that holds more than one card.
	ErrUnsupportedUpdate = errors.New("the stored card does not allow this update")
)

// Card is a resource: a vCard 2.1, 3.0 or 4.0. One goroutine uses it at a time.
type Card struct {
	file    *contentline.File
	version string // "2.1", "3.0" or "4.0"
	last    int    // the line with END
	first   int    // the line with BEGIN
	more    bool   // there is another card behind it
}

// Parse reads a resource. It keeps parts of text.
func Parse(text string) (*Card, error) {
	c, err := parse(text, contentline.Card)
	if err == nil && c.version == "2.1" {
		// Only now it is known that blanks of folds belong to the values.
		c, err = parse(text, contentline.Card21)
	}
	return c, err
}

func parse(text string, format contentline.Format) (*Card, error) {
	file, err := contentline.Parse(text, format)
	if err != nil {
		return nil, err
	}
	c := &Card{file: file, first: -1, last: -1}
	end := -1 // the last line with something in it
	depth := 0
	for i := range file.Lines {
		l := &file.Lines[i]
		if l.Text() == "" {
			continue
		}
		end = i
		switch {
		case is(l, "BEGIN"):
			if c.first < 0 {
				c.first = i
			}
			depth++
		case c.first < 0:
			return nil, ErrNotCard
		case is(l, "END"):
			if depth--; depth == 0 && c.last < 0 {
				c.last = i
			}
		}
	}
	switch {
	case c.first < 0:
		return nil, ErrNotCard
	case c.last < 0 || !is(&file.Lines[end], "END"):
		return nil, ErrUnterminated
	}
	c.more = end != c.last
	for i := range file.Lines {
		if l := &file.Lines[i]; l.Name() == "" && l.Text() != "" {
			return nil, ErrLine
		}
	}
	for _, l := range c.All("VERSION") {
		if v := strings.TrimSpace(l.Value()); v == "2.1" || v == "3.0" || v == "4.0" {
			c.version = v
		}
	}
	if c.version == "" {
		return nil, ErrVersion
	}
	return c, nil
}

// is reports whether a line begins or ends a card.
func is(l *contentline.Line, name string) bool {
	return l.Is(name) && strings.EqualFold(strings.TrimSpace(l.Value()), "VCARD")
}

// String returns the resource as it is now.
func (c *Card) String() string { return c.file.String() }

// UID returns the card's UID, or one that is made of its address when it has
// none: the last part of the path, without ".vcf".
func (c *Card) UID(id string) string {
	if uid := c.text("UID"); uid != "" {
		return uid
	}
	name := id
	if u, err := url.Parse(id); err == nil {
		name = u.Path
	}
	name = strings.TrimSuffix(path.Base(name), ".vcf")
	for len(name) > maxUID {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

// maxUID is how long a UID of a message may be.
const maxUID = 255

// Lines goes through the properties with the numbers of their lines. Those of a
// card inside this one (AGENT of vCard 2.1) are not among them.
func (c *Card) Lines() iter.Seq2[int, *contentline.Line] {
	return func(yield func(int, *contentline.Line) bool) {
		depth := 0
		for i := c.first + 1; i < c.last; i++ {
			switch l := &c.file.Lines[i]; {
			case is(l, "BEGIN"):
				depth++
			case is(l, "END"):
				depth--
			case depth == 0 && l.Name() != "" && !yield(i, l):
				return
			}
		}
	}
}

// All goes through the properties with one of some names, in upper case.
func (c *Card) All(names ...string) iter.Seq2[int, *contentline.Line] {
	return func(yield func(int, *contentline.Line) bool) {
		for i, l := range c.Lines() {
			for _, name := range names {
				if l.Is(name) && !yield(i, l) {
					return
				}
			}
		}
	}
}

// find returns the number of the line that counts of a property, -1 for none:
// the last one, but of several FN the first, whose others are translations.
func (c *Card) find(names ...string) int {
	found := -1
	for i := range c.All(names...) {
		if found = i; names[0] == "FN" {
			break
		}
	}
	return found
}

// text is the value of the line that counts, decoded; "" for none.
func (c *Card) text(names ...string) string {
	if i := c.find(names...); i >= 0 {
		return c.unescape(c.value(&c.file.Lines[i]))
	}
	return ""
}

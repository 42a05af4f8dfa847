package metadata

import (
	"bytes"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// elementText is the text of an element that may serve as title or description.
type elementText struct {
	kinds textKinds
	name  string
	depth int    // how many elements of that name are open in it, itself included; 0 once it is closed
	text  []byte // as it was meant, and bounded
}

// textKinds tells by which rules an element was found.
type textKinds uint8

const (
	postTitle textKinds = 1 << iota
	entryTitle
	titleHeading
	headingLink // in a titleHeading
	describing
)

// beginTexts starts to collect the text of an element that a rule names.
func (f *facts) beginTexts(s *markup.Scanner) {
	for _, e := range f.elementTexts {
		switch {
		case e.depth == 0:
		case string(s.Name) == e.name && !markup.IsVoid(e.name) && e.name != "p" && !isHeading(e.name):
			e.depth++
		case (e.name == "p" || isHeading(e.name)) && (isHeading(string(s.Name)) || e.name == "p" && endsParagraph(string(s.Name))):
			e.depth = 0
		}
	}
	if len(f.elementTexts) == maxTexts {
		return
	}
	var kinds textKinds
	class, _ := s.Attribute("class")
	for _, c := range strings.FieldsFunc(class, func(r rune) bool { return r < 0x80 && markup.IsSpace(byte(r)) }) {
		switch c {
		case "post-title":
			kinds |= postTitle
		case "entry-title":
			kinds |= entryTitle
		}
	}
	switch string(s.Name) {
	case "h1":
		if strings.Contains(strings.ToLower(class), "title") {
			kinds |= titleHeading
		}
	case "a":
		for _, e := range f.elementTexts {
			if e.kinds&titleHeading != 0 && e.depth > 0 {
				kinds |= headingLink
			}
		}
	}
	if !f.has(describing) && s.Get("id") == "description" {
		kinds |= describing
	}
	if kinds == 0 {
		return
	}
	e := &elementText{kinds: kinds, name: string(s.Name), depth: 1}
	switch {
	case markup.IsVoid(e.name) || s.Foreign && s.SelfClosing:
		e.depth = 0
	case s.RawText != "":
		e.text, e.depth = []byte(markup.Unescape(cutBytes(s.Element(), maxDescription), false)), 0
	}
	f.elementTexts = append(f.elementTexts, e)
}

func (f *facts) endTexts(name string) {
	for _, e := range f.elementTexts {
		switch {
		case e.depth == 0:
		case e.name == name:
			e.depth--
		case isHeading(e.name) && isHeading(name): // but not the end of body or html, after which more may come
			e.depth = 0
		case e.name == "p" && endsParagraph(name):
			e.depth = 0
		}
	}
}

func (f *facts) addText(text []byte, literal bool) {
	unescaped := ""
	for _, e := range f.elementTexts {
		if e.depth == 0 || len(e.text) > maxDescription {
			continue
		}
		if unescaped == "" {
			text = cutBytes(text, maxDescription)
			if literal {
				unescaped = string(text)
			} else {
				unescaped = markup.Unescape(text, false)
			}
		}
		e.text = append(e.text, unescaped...)
	}
}

func (f *facts) has(kind textKinds) bool {
	for _, e := range f.elementTexts {
		if e.kinds&kind != 0 {
			return true
		}
	}
	return false
}

// text joins the texts of all elements that one rule found.
func (f *facts) text(kind textKinds) string {
	var b bytes.Buffer
	for _, e := range f.elementTexts {
		if e.kinds&kind != 0 {
			b.Write(e.text)
		}
	}
	return b.String()
}

func isHeading(name string) bool {
	return len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6'
}

// endsParagraph knows the elements at whose start, or end, an open p ends.
func endsParagraph(name string) bool {
	switch name {
	case "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figcaption", "figure", "footer",
		"form", "header", "hgroup", "hr", "main", "menu", "nav", "ol", "p", "pre", "section", "table", "ul", "li", "dd", "dt":
		return true
	}
	return isHeading(name)
}

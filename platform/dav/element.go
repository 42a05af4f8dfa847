package dav

import (
	"io"
	"strings"
)

// Element is a property or a part of one.
type Element struct {
	Space, Local string
	Text         string // directly in it, blanks at both ends left out
	Attrs        map[string]string
	Children     []*Element
}

// Child returns the first child of a name, nil if there is none. It works on a
// nil Element, which has none.
func (e *Element) Child(space, local string) *Element {
	if e == nil {
		return nil
	}
	for _, c := range e.Children {
		if c.Local == local && c.Space == space {
			return c
		}
	}
	return nil
}

// text is the element's text, "" for none.
func (e *Element) text() string {
	if e == nil {
		return ""
	}
	return e.Text
}

// hrefs are the addresses in an element: its href children, or its own text,
// which some servers write instead.
func (e *Element) hrefs() []string {
	if e == nil {
		return nil
	}
	var list []string
	for _, c := range e.Children {
		if c.Local == "href" && c.Space == nsDAV && c.Text != "" {
			list = append(list, c.Text)
		}
	}
	if list == nil && e.Text != "" {
		list = []string{e.Text}
	}
	return list
}

// element reads the rest of the element whose start tag was read last. The text
// of elements that are called large goes to dst instead of into the tree.
func (s *scanner) element(large name, dst *[]byte) (*Element, error) {
	e := s.newElement()
	if len(s.attrs) > 0 {
		e.Attrs = make(map[string]string, len(s.attrs))
		for _, a := range s.attrs {
			e.Attrs[a.name] = a.value
		}
	}
	isLarge := dst != nil && s.name == large
	var text []byte // the usual element has one piece of text, or none
	for {
		kind, err := s.next()
		if err != nil {
			return nil, unexpected(err)
		}
		switch kind {
		case startTag:
			child, err := s.element(large, dst)
			if err != nil {
				return nil, err
			}
			e.Children = append(e.Children, child)
		case charData:
			if isLarge {
				*dst = append(*dst, s.text...)
			} else {
				text = append(text, s.text...)
			}
		case endTag:
			e.Text = strings.Trim(string(text), " \t\n")
			return e, nil
		}
	}
}

// newElement makes one of the start tag that was read last, or makes it anew of one
// that reuse has given back.
func (s *scanner) newElement() *Element {
	if s.taken == len(s.made) {
		s.made = append(s.made, &Element{})
	}
	e := s.made[s.taken]
	s.taken++
	*e = Element{Space: s.name.space, Local: s.name.local, Children: e.Children[:0]}
	return e
}

// reuse takes all elements back: nobody may look at one any more.
func (s *scanner) reuse() { s.taken = 0 }

// readElement reads a document of one element, as the body of an error is.
func readElement(in io.Reader) (*Element, error) {
	s := newScanner(in)
	if _, err := s.next(); err != nil {
		return nil, unexpected(err)
	}
	return s.element(name{}, nil)
}

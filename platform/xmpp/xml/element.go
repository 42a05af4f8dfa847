package xml

import "strings"

// Namespaces that the language itself gives a prefix.
const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// Element is an element with all that is in it. Methods that read work on a nil
// *Element, which is empty: e.Child(a, b).Child(c, d).Text() needs no checks.
//
// Any number of goroutines may read an Element; none may while one writes.
type Element struct {
	Name     string // as received, with its prefix: "stream:features"
	Space    string // the namespace that stands for
	Attrs    []Attr // in their order, declarations of namespaces among them
	Children []Node // elements and texts, in their order
}

// Attr is an attribute under the name that was received, prefix included.
type Attr struct{ Name, Value string }

// Node is an element, or a text when Element is nil.
type Node struct {
	Element *Element
	Text    string
}

// New returns an element with attributes, given as names and values in turn. An
// attribute whose value is empty is left out. "xmlns" is one of them.
//
//	xml.New("presence", "type", "unavailable", "to", "decks@rooms.harbor.example/mara")
func New(name string, attrs ...string) *Element {
	e := &Element{Name: name, Attrs: make([]Attr, 0, len(attrs)/2)}
	for i := 0; i+1 < len(attrs); i += 2 {
		e.SetAttr(attrs[i], attrs[i+1])
	}
	return e
}

// NewText returns an element that has nothing but a text in it, as <body> has.
func NewText(name, text string, attrs ...string) *Element {
	return New(name, attrs...).AddText(text)
}

// Add appends children, leaving nil ones out, and returns e.
func (e *Element) Add(children ...*Element) *Element {
	for _, c := range children {
		if c != nil {
			e.Children = append(e.Children, Node{Element: c})
		}
	}
	return e
}

// AddText appends a text unless it is empty and returns e.
func (e *Element) AddText(text string) *Element {
	if text != "" {
		e.Children = append(e.Children, Node{Text: text})
	}
	return e
}

// SetAttr gives an attribute a value: in place when it exists, else at the end.
// With an empty value nothing is added.
func (e *Element) SetAttr(name, value string) {
	if name == "xmlns" {
		e.Space = value
	}
	for i := range e.Attrs {
		if e.Attrs[i].Name == name {
			e.Attrs[i].Value = value
			return
		}
	}
	if value != "" {
		e.Attrs = append(e.Attrs, Attr{name, value})
	}
}

// Local is the name without its prefix.
func (e *Element) Local() string {
	if e == nil {
		return ""
	}
	return local(e.Name)
}

func local(name string) string { return name[strings.IndexByte(name, ':')+1:] }

// Is reports whether e is the element of that name in that namespace, whatever
// its prefix.
func (e *Element) Is(space, local string) bool {
	return e != nil && e.Space == space && e.Local() == local
}

// LookupAttr returns the value of an attribute and whether there is one.
func (e *Element) LookupAttr(name string) (string, bool) {
	if e != nil {
		for i := range e.Attrs {
			if e.Attrs[i].Name == name {
				return e.Attrs[i].Value, true
			}
		}
	}
	return "", false
}

// Attr returns the value of an attribute, "" when there is none.
func (e *Element) Attr(name string) string {
	v, _ := e.LookupAttr(name)
	return v
}

// Child returns the first child of that name in that namespace, nil when there
// is none.
func (e *Element) Child(space, local string) *Element {
	if e != nil {
		for _, n := range e.Children {
			if n.Element.Is(space, local) {
				return n.Element
			}
		}
	}
	return nil
}

// ChildNS returns the first child in that namespace, nil when there is none.
func (e *Element) ChildNS(space string) *Element {
	for c := range e.Elements {
		if c.Space == space {
			return c
		}
	}
	return nil
}

// Elements yields the children that are elements.
//
//	for item := range query.Elements { … }
func (e *Element) Elements(yield func(*Element) bool) {
	if e == nil {
		return
	}
	for _, n := range e.Children {
		if n.Element != nil && !yield(n.Element) {
			return
		}
	}
}

// FirstElement returns the first child that is an element, nil when there is none.
func (e *Element) FirstElement() *Element {
	for c := range e.Elements {
		return c
	}
	return nil
}

// Text returns the texts that stand directly in e, joined.
func (e *Element) Text() string {
	if e == nil {
		return ""
	}
	if len(e.Children) == 1 {
		return e.Children[0].Text
	}
	var b strings.Builder
	for _, n := range e.Children {
		b.WriteString(n.Text)
	}
	return b.String()
}

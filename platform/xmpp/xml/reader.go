package xml

import (
	"bytes"
	"io"
	"strings"
)

// Reader takes a stream apart into its header and its stanzas. One goroutine
// uses it.
type Reader struct {
	t        tokenizer
	err      error // that ended the stream: nothing is read any more
	header   *Element
	began    bool       // something of the stream was read: no declaration may follow
	open     []*Element // elements whose end tags are to come, the stream's own first
	chars    []byte     // text of the innermost of them that no tag has ended yet
	spaces   []binding  // what prefixes stand for, inner ones last
	marks    []int      // len(spaces) before each of open
	elements int        // of the stanza
	names    map[string]string
}

// binding is what a prefix stands for; the prefix "" is the default.
type binding struct{ prefix, space string }

// maxNames is how many names are remembered, so that each is one string however
// often it comes. A server uses some dozens.
const (
	maxNames      = 512
	maxNameLength = 80
)

// NewReader returns a Reader of a stream that begins now.
func NewReader(r io.Reader) *Reader {
	return &Reader{t: tokenizer{r: r}, names: map[string]string{}}
}

// Restart begins a new stream on the same connection, as after SASL (RFC 6120,
// section 6.4.6). What was received and not yet read belongs to it.
func (r *Reader) Restart() {
	t := tokenizer{r: r.t.r, buf: r.t.buf, pos: r.t.pos, have: r.t.have}
	*r = Reader{t: t, names: r.names}
}

// Buffered is how many bytes were received and not read: before TLS begins there
// must be none.
func (r *Reader) Buffered() int { return r.t.have - r.t.pos }

// Header returns the element that the stream begins with, without children. It
// reads no further than that.
func (r *Reader) Header() (*Element, error) {
	for r.header == nil {
		if err := r.step(); err != nil {
			return nil, err
		}
	}
	return r.header, nil
}

// Next returns the next stanza, or whatever else stands directly in the stream.
// At the stream's end it returns ErrStreamEnd. A *StreamError and ErrStreamEnd
// last; after an error of the connection, such as a time-out, Next goes on where
// it was.
func (r *Reader) Next() (*Element, error) {
	if _, err := r.Header(); err != nil {
		return nil, err
	}
	for {
		if err := r.step(); err != nil {
			return nil, err
		}
		if len(r.open) == 1 && len(r.header.Children) > 0 {
			stanza := r.header.Children[0].Element
			r.header.Children = r.header.Children[:0]
			return stanza, nil
		}
	}
}

// Parse reads one element that stands for itself, with the default namespace
// that it would have in a stream.
func Parse(text, space string) (*Element, error) {
	r := NewReader(io.MultiReader(
		strings.NewReader(`<stream xmlns="`+space+`">`), strings.NewReader(text), strings.NewReader("</stream>")))
	e, err := r.Next()
	if err != nil {
		return nil, err
	}
	if _, err := r.Next(); err != ErrStreamEnd {
		return nil, notWellFormed("more than one element")
	}
	return e, nil
}

// step reads a token and puts it in its place.
func (r *Reader) step() error {
	if r.err != nil {
		return r.err
	}
	err := r.token()
	if _, broken := err.(*StreamError); broken || err == ErrStreamEnd {
		r.err = err
	}
	return err
}

func (r *Reader) token() error {
	if len(r.open) <= 1 {
		if err := r.t.skipSpace(); err != nil {
			return err
		}
		r.t.used, r.elements = 0, 0
	}
	if err := r.t.next(); err != nil {
		return err
	}
	began := r.began
	r.began = true
	switch t := &r.t.tok; t.kind {
	case startTag:
		return r.start(t)
	case endTag:
		return r.end(t)
	case text:
		return r.text(t)
	default:
		if began {
			return restricted("a declaration within the stream")
		}
		return checkDeclaration(t)
	}
}

func checkDeclaration(t *token) error {
	for _, a := range t.attrs {
		if string(a.name) == "encoding" && !bytes.EqualFold(a.value, []byte("UTF-8")) {
			return &StreamError{"unsupported-encoding", "the stream is not in UTF-8"}
		}
	}
	return nil
}

// text keeps characters for the element that they stand in. A CDATA section
// continues the text around it.
func (r *Reader) text(t *token) error {
	if len(r.open) <= 1 {
		return notWellFormed("text between stanzas")
	}
	r.chars = append(r.chars, t.text...)
	return nil
}

// flush gives the innermost element the text that a tag has ended.
func (r *Reader) flush() {
	if len(r.chars) > 0 {
		in := r.open[len(r.open)-1]
		in.Children = append(in.Children, Node{Text: string(r.chars)})
		r.chars = r.chars[:0]
	}
}

// start opens an element.
func (r *Reader) start(t *token) error {
	r.flush()
	if len(r.open) > MaxDepth {
		return tooLarge("elements are more than 32 deep")
	}
	if r.elements++; r.elements > maxElements {
		return tooLarge("a stanza has too many elements")
	}
	if r.header != nil && len(r.open) == 0 {
		return notWellFormed("an element behind the stream")
	}
	e := &Element{Name: r.name(t.name)}
	mark := len(r.spaces)
	if len(t.attrs) > 0 {
		e.Attrs = make([]Attr, len(t.attrs))
	}
	for i, a := range t.attrs {
		name := r.name(a.name)
		switch prefix, rest, ok := strings.Cut(name, ":"); {
		case name == "xmlns":
			e.Attrs[i] = Attr{name, r.name(a.value)}
			r.spaces = append(r.spaces, binding{"", e.Attrs[i].Value})
		case ok && prefix == "xmlns":
			e.Attrs[i] = Attr{name, r.name(a.value)}
			if err := checkBinding(rest, e.Attrs[i].Value); err != nil {
				return err
			}
			r.spaces = append(r.spaces, binding{rest, e.Attrs[i].Value})
		default:
			e.Attrs[i] = Attr{name, string(a.value)}
		}
	}
	for _, a := range e.Attrs {
		if prefix, _, ok := strings.Cut(a.Name, ":"); ok && prefix != "xmlns" {
			if _, err := r.space(prefix); err != nil {
				return err
			}
		}
	}
	prefix, _, ok := strings.Cut(e.Name, ":")
	if !ok {
		prefix = ""
	}
	var err error
	if e.Space, err = r.space(prefix); err != nil {
		return err
	}
	if len(r.open) > 0 {
		in := r.open[len(r.open)-1]
		in.Children = append(in.Children, Node{Element: e})
	} else {
		r.header = e
	}
	if t.empty {
		r.spaces = r.spaces[:mark]
		if len(r.open) == 0 {
			r.err = ErrStreamEnd
		}
		return nil
	}
	r.open, r.marks = append(r.open, e), append(r.marks, mark)
	return nil
}

// end closes an element.
func (r *Reader) end(t *token) error {
	r.flush()
	n := len(r.open) - 1
	if n < 0 || r.open[n].Name != string(t.name) {
		return notWellFormed("an end tag that closes nothing")
	}
	r.spaces = r.spaces[:r.marks[n]]
	r.open, r.marks = r.open[:n], r.marks[:n]
	if n == 0 {
		return ErrStreamEnd
	}
	return nil
}

// space is what a prefix stands for where the reader is.
func (r *Reader) space(prefix string) (string, error) {
	for i := len(r.spaces) - 1; i >= 0; i-- {
		if r.spaces[i].prefix == prefix {
			return r.spaces[i].space, nil
		}
	}
	switch prefix {
	case "":
		return "", nil
	case "xml":
		return xmlSpace, nil
	}
	return "", notWellFormed("a prefix that stands for nothing")
}

// checkBinding refuses what Namespaces in XML 1.0, section 3, forbids.
func checkBinding(prefix, space string) error {
	if space == "" || prefix == "xmlns" || space == xmlnsSpace || (prefix == "xml") != (space == xmlSpace) {
		return notWellFormed("a prefix that must not stand for that")
	}
	return nil
}

// name is b as a string, the same one each time.
func (r *Reader) name(b []byte) string {
	if s, ok := r.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(r.names) < maxNames && len(s) <= maxNameLength {
		r.names[s] = s
	}
	return s
}

package dav

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// Limits of a document. No server needs a tenth of them; without them a small
// answer could keep a worker busy for minutes.
const (
	maxDepth    = 64
	maxElements = 100_000
	maxTag      = 64 << 10 // bytes between < and >
	maxNames    = 1_000    // different names that are remembered
)

var (
	errDepth    = errors.New("elements are nested more than " + strconv.Itoa(maxDepth) + " deep")
	errElements = errors.New("more than " + strconv.Itoa(maxElements) + " elements")
	errDTD      = errors.New("document type declarations are not allowed")
	errXML      = errors.New("not well-formed XML")
)

// name is an expanded name (Namespaces in XML 1.0, section 2.1).
type name struct{ space, local string }

// attr is an attribute without a prefix.
type attr struct{ name, value string }

type tokenKind byte

const (
	startTag tokenKind = iota
	endTag
	charData
)

// scanner reads XML 1.0 with namespaces from front to back: elements, text and
// CDATA, no document type and so no entities but the five that XML has. Text
// stays bytes, as calendars may be folded inside a character.
type scanner struct {
	in       *bufio.Reader
	elements int
	open     []openTag
	scopes   []binding
	names    map[string]string
	pending  bool // an empty element's end tag comes next
	started  bool // the root has begun

	// What next found; valid until it is called again.
	name  name
	attrs []attr
	text  []byte

	tag []byte

	made  []*Element // all of this document, the first so many of which are
	taken int        // in use
}

type openTag struct {
	qualified string
	scopes    int // how many bindings there were outside
	name      name
}

type binding struct{ prefix, space string }

func newScanner(in io.Reader) *scanner {
	return &scanner{
		in:     bufio.NewReaderSize(in, 32<<10),
		names:  map[string]string{},
		scopes: []binding{{"xml", "http://www.w3.org/XML/1998/namespace"}, {"", ""}},
	}
}

// next returns the next tag or text; io.EOF after the root's end.
func (s *scanner) next() (tokenKind, error) {
	if s.pending {
		s.pending = false
		return s.close()
	}
	for {
		if len(s.open) == 0 {
			if err := s.misc(); err != nil {
				return 0, err
			}
		} else if found, err := s.chars(); err != nil || found {
			return charData, err
		}
		s.discard(1) // the <
		c, err := s.in.ReadByte()
		if err != nil {
			return 0, unexpected(err)
		}
		switch c {
		case '?':
			err = s.skip("?>")
		case '!':
			if s.comment() {
				err = s.skip("-->")
			} else {
				err = errDTD // CDATA is part of chars
			}
		case '/':
			if err = s.readTag(); err == nil {
				return s.end()
			}
		default:
			s.in.UnreadByte()
			if err = s.readTag(); err == nil {
				return s.start()
			}
		}
		if err != nil {
			return 0, err
		}
	}
}

// misc is what may stand outside the root: blanks, until a < comes.
func (s *scanner) misc() error {
	if !s.started {
		if bom, _ := s.in.Peek(3); string(bom) == "\uFEFF" {
			s.discard(3)
		}
	}
	for {
		c, err := s.in.ReadByte()
		switch {
		case err == io.EOF && s.started:
			return io.EOF
		case err != nil:
			return unexpected(err)
		case c == '<':
			return s.in.UnreadByte()
		case !blank(c):
			return errXML
		}
	}
}

// chars collects text and CDATA up to the next tag, and reports whether there
// was any. Comments in it are left out.
func (s *scanner) chars() (bool, error) {
	s.text = s.text[:0]
	for {
		start := len(s.text)
		for {
			chunk, err := s.in.ReadSlice('<')
			s.text = append(s.text, chunk...)
			if err == nil {
				break
			}
			if err != bufio.ErrBufferFull {
				return false, unexpected(err)
			}
		}
		s.in.UnreadByte()
		decoded := unescape(lineEnds(s.text[start : len(s.text)-1]))
		s.text = s.text[:start+len(decoded)]
		head, _ := s.in.Peek(9)
		switch {
		case string(head) == "<![CDATA[":
			s.discard(9)
			if err := s.cdata(); err != nil {
				return false, err
			}
		case bytes.HasPrefix(head, []byte("<!--")):
			s.discard(4)
			if err := s.skip("-->"); err != nil {
				return false, err
			}
		default:
			return len(s.text) > 0, nil
		}
	}
}

// cdata adds what comes before ]]> to the text.
func (s *scanner) cdata() error {
	start := len(s.text)
	for {
		chunk, err := s.in.ReadSlice('>')
		s.text = append(s.text, chunk...)
		if err != nil && err != bufio.ErrBufferFull {
			return unexpected(err)
		}
		if bytes.HasSuffix(s.text[start:], []byte("]]>")) {
			ended := lineEnds(s.text[start : len(s.text)-3])
			s.text = s.text[:start+len(ended)]
			return nil
		}
	}
}

// comment reads the rest of <!-- and reports whether it is there.
func (s *scanner) comment() bool {
	head, _ := s.in.Peek(2)
	if string(head) != "--" {
		return false
	}
	s.discard(2)
	return true
}

// skip reads up to and with end.
func (s *scanner) skip(end string) error {
	var last [3]byte
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return unexpected(err)
		}
		last[0], last[1], last[2] = last[1], last[2], c
		if string(last[3-len(end):]) == end {
			return nil
		}
	}
}

// readTag reads what comes before the >, which may stand in quotes.
func (s *scanner) readTag() error {
	s.tag = s.tag[:0]
	quote := byte(0)
	for {
		c, err := s.in.ReadByte()
		switch {
		case err != nil:
			return unexpected(err)
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return nil
		case c == '<':
			return errXML
		case c == '"' || c == '\'':
			quote = c
		}
		if len(s.tag) == maxTag {
			return fmt.Errorf("a tag is longer than %d bytes", maxTag)
		}
		s.tag = append(s.tag, c)
	}
}

// start reads a start tag or that of an empty element.
func (s *scanner) start() (tokenKind, error) {
	if s.started && len(s.open) == 0 {
		return 0, errXML
	}
	s.started = true
	if len(s.open) == maxDepth {
		return 0, errDepth
	}
	if s.elements++; s.elements > maxElements {
		return 0, errElements
	}
	tag := s.tag
	if n := len(tag); n > 0 && tag[n-1] == '/' {
		s.pending, tag = true, tag[:n-1]
	}
	qualified, rest := cutName(tag)
	if len(qualified) == 0 {
		return 0, errXML
	}
	o := openTag{qualified: s.intern(qualified), scopes: len(s.scopes)}
	if err := s.attributes(rest); err != nil {
		return 0, err
	}
	prefix, local := "", o.qualified
	if i := bytes.IndexByte(qualified, ':'); i >= 0 {
		prefix, local = o.qualified[:i], o.qualified[i+1:]
	}
	space, ok := s.space(prefix)
	if !ok || local == "" {
		return 0, errXML
	}
	o.name = name{space, local}
	s.open = append(s.open, o)
	s.name = o.name
	return startTag, nil
}

// attributes reads the attributes of a start tag; those with a prefix say
// nothing to us, but for the namespaces.
func (s *scanner) attributes(rest []byte) error {
	s.attrs = s.attrs[:0]
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if len(rest) == 0 {
			return nil
		}
		key, after := cutName(rest)
		after = bytes.TrimLeft(after, " \t\r\n")
		if len(key) == 0 || len(after) < 1 || after[0] != '=' {
			return errXML
		}
		after = bytes.TrimLeft(after[1:], " \t\r\n")
		if len(after) < 2 || after[0] != '"' && after[0] != '\'' {
			return errXML
		}
		end := bytes.IndexByte(after[1:], after[0])
		if end < 0 {
			return errXML
		}
		value := unescape(after[1 : 1+end])
		rest = after[end+2:]
		switch {
		case string(key) == "xmlns":
			s.scopes = append(s.scopes, binding{"", s.intern(value)})
		case bytes.HasPrefix(key, []byte("xmlns:")):
			s.scopes = append(s.scopes, binding{s.intern(key[len("xmlns:"):]), s.intern(value)})
		case bytes.IndexByte(key, ':') < 0:
			s.attrs = append(s.attrs, attr{s.intern(key), s.intern(value)})
		}
	}
}

func (s *scanner) space(prefix string) (string, bool) {
	for i := len(s.scopes) - 1; i >= 0; i-- {
		if s.scopes[i].prefix == prefix {
			return s.scopes[i].space, true
		}
	}
	return "", false
}

// end reads an end tag, which must be that of the innermost element.
func (s *scanner) end() (tokenKind, error) {
	if len(s.open) == 0 || string(bytes.TrimRight(s.tag, " \t\r\n")) != s.open[len(s.open)-1].qualified {
		return 0, errXML
	}
	return s.close()
}

func (s *scanner) close() (tokenKind, error) {
	last := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	s.scopes = s.scopes[:last.scopes]
	s.name = last.name
	return endTag, nil
}

// intern returns b as a string, the same one for the same bytes: the few names
// of a multistatus come thousands of times.
func (s *scanner) intern(b []byte) string {
	if known, ok := s.names[string(b)]; ok {
		return known
	}
	text := string(b)
	if len(s.names) < maxNames && len(text) <= 256 {
		s.names[text] = text
	}
	return text
}

// discard drops bytes that were peeked at.
func (s *scanner) discard(n int) { _, _ = s.in.Discard(n) }

// unexpected makes the end of the input what it is in the middle of a document.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// cutName cuts off a name at a byte that cannot be part of one.
func cutName(b []byte) (qualified, rest []byte) {
	for i, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n', '=', '"', '\'', '<', '&', '/', '!', '?':
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// lineEnds makes every line end a line feed, in place (XML 1.0, section 2.11). One
// that is written as a reference stays.
func lineEnds(b []byte) []byte {
	i := bytes.IndexByte(b, '\r')
	if i < 0 {
		return b
	}
	out := b[:i]
	for ; i < len(b); i++ {
		switch {
		case b[i] != '\r':
			out = append(out, b[i])
		case i+1 == len(b) || b[i+1] != '\n':
			out = append(out, '\n')
		}
	}
	return out
}

// unescape replaces references in place: what they stand for is never longer
// than they are. One to an entity that XML does not have stays as it is written:
// there is nowhere that it could be declared.
func unescape(b []byte) []byte {
	i := bytes.IndexByte(b, '&')
	if i < 0 {
		return b
	}
	out := b[:i]
	for i < len(b) {
		if b[i] == '&' {
			end := bytes.IndexByte(b[i:min(i+12, len(b))], ';')
			if end > 0 {
				if r, ok := reference(b[i+1 : i+end]); ok {
					out = utf8.AppendRune(out, r)
					i += end + 1
					continue
				}
			}
			out = append(out, '&')
			i++
			continue
		}
		next := bytes.IndexByte(b[i:], '&')
		if next < 0 {
			next = len(b) - i
		}
		out = append(out, b[i:i+next]...)
		i += next
	}
	return out
}

// reference is the character that stands between & and ; (XML 1.0, section 4.1).
func reference(b []byte) (rune, bool) {
	switch string(b) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(b) < 2 || b[0] != '#' {
		return 0, false
	}
	digits, base := string(b[1:]), 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	if err != nil || n < ' ' && n != '\t' && n != '\n' && n != '\r' || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

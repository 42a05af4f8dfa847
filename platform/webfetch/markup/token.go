package markup

import "bytes"

// Kind is the kind of a token (HTML Standard, section 13.2.5). Comments,
// doctypes and processing instructions are passed over.
type Kind int

// Kinds of tokens.
const (
	EndOfInput Kind = iota
	Text
	StartTag
	EndTag
)

// Limits of what is kept of one tag. What is beyond them is read and forgotten.
const (
	maxName       = 64 // bytes of an element's name; no name that is asked for is as long
	maxAttributes = 64
)

// Tokenizer cuts a page into tags and texts in one pass. Each byte is looked at
// a bounded number of times, whatever the input: what is not closed goes to the
// end of the input, as in browsers, and is not tried again in another way. It is
// read by a Scanner.
type Tokenizer struct {
	in  []byte
	Pos int // how far it was read, in bytes

	// RawText is the element whose text comes next, up to its end tag; "" for
	// none. Foreign tells that SVG or MathML surrounds what comes next. Both are
	// set by the one who knows the tree: see Scanner.
	RawText string
	Foreign bool

	// Of the token that was read last, and valid until the next one:
	Kind        Kind
	Name        []byte // of a tag, in lower case
	Text        []byte // as it was written
	Literal     bool   // in Text, & means itself
	Raw         bool   // Text is all that an element without markup has, such as a title
	SelfClosing bool
	start       int // where it begins
	attributes  []attribute
}

// attribute is where an attribute's name and value are in the input.
type attribute struct{ name, nameEnd, value, valueEnd int }

// next reads a token.
func (t *Tokenizer) next() Kind {
	t.Name, t.Text, t.attributes = t.Name[:0], nil, t.attributes[:0]
	t.Literal, t.Raw, t.SelfClosing = false, false, false
	if t.RawText != "" {
		name := t.RawText
		t.RawText = ""
		if end := t.rawTextEnd(name); end > t.Pos {
			t.start, t.Raw = t.Pos, true
			literal := name != "title" && name != "textarea"
			return t.textUntil(end, literal)
		}
	}
	for t.Pos < len(t.in) {
		t.start = t.Pos
		if t.in[t.Pos] != '<' {
			end := bytes.IndexByte(t.in[t.Pos:], '<')
			if end < 0 {
				end = len(t.in) - t.Pos
			}
			return t.textUntil(t.Pos+end, false)
		}
		if t.Pos+1 == len(t.in) {
			return t.textUntil(len(t.in), false)
		}
		switch c := t.in[t.Pos+1]; {
		case isLetter(c):
			t.Pos++
			if t.tag() {
				t.Kind = StartTag
				return t.Kind
			}
		case c == '/':
			if t.Pos+2 == len(t.in) {
				return t.textUntil(len(t.in), false)
			}
			t.Pos += 2
			switch {
			case isLetter(t.in[t.Pos]):
				if t.tag() {
					t.Kind = EndTag
					return t.Kind
				}
			default:
				t.bogusComment()
			}
		case c == '!':
			if t.markup() {
				return t.Kind
			}
		case c == '?':
			t.bogusComment()
		default: // a "<" that means itself
			end := bytes.IndexByte(t.in[t.Pos+1:], '<')
			if end < 0 {
				end = len(t.in) - t.Pos - 1
			}
			return t.textUntil(t.Pos+1+end, false)
		}
	}
	t.Kind = EndOfInput
	return t.Kind
}

func (t *Tokenizer) textUntil(end int, literal bool) Kind {
	t.Text, t.Literal = t.in[t.Pos:end], literal
	t.Pos, t.Kind = end, Text
	return t.Kind
}

// markup passes over what "<!" begins, and is true when it was a text: CDATA.
func (t *Tokenizer) markup() bool {
	rest := t.in[t.Pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		t.Pos += len("<!--")
		t.comment()
	case t.Foreign && bytes.HasPrefix(rest, []byte("<![CDATA[")):
		t.Pos += len("<![CDATA[")
		end, after := len(t.in), len(t.in)
		if i := bytes.Index(t.in[t.Pos:], []byte("]]>")); i >= 0 {
			end, after = t.Pos+i, t.Pos+i+len("]]>")
		}
		t.textUntil(end, true)
		t.Pos = after
		return true
	default:
		t.bogusComment()
	}
	return false
}

// comment passes over a comment after its "<!--".
func (t *Tokenizer) comment() {
	if rest := t.in[t.Pos:]; len(rest) > 0 && rest[0] == '>' {
		t.Pos++
		return
	} else if bytes.HasPrefix(rest, []byte("->")) {
		t.Pos += 2
		return
	}
	for {
		i := bytes.Index(t.in[t.Pos:], []byte("--"))
		if i < 0 {
			t.Pos = len(t.in)
			return
		}
		t.Pos += i
		switch rest := t.in[t.Pos+2:]; {
		case len(rest) > 0 && rest[0] == '>':
			t.Pos += len("-->")
			return
		case bytes.HasPrefix(rest, []byte("!>")):
			t.Pos += len("--!>")
			return
		}
		t.Pos++
	}
}

// bogusComment passes over what ends with the next ">", doctypes too.
func (t *Tokenizer) bogusComment() {
	if i := bytes.IndexByte(t.in[t.Pos:], '>'); i >= 0 {
		t.Pos += i + 1
	} else {
		t.Pos = len(t.in)
	}
}

// tag reads a name and attributes up to the ">". It is false where the input
// ends before: then there is no tag.
func (t *Tokenizer) tag() bool {
	for ; t.Pos < len(t.in); t.Pos++ {
		c := t.in[t.Pos]
		if IsSpace(c) || c == '/' || c == '>' {
			break
		}
		if len(t.Name) < maxName {
			t.Name = append(t.Name, lower(c))
		}
	}
	for {
		for t.Pos < len(t.in) && (IsSpace(t.in[t.Pos]) || t.in[t.Pos] == '/') {
			t.SelfClosing = t.in[t.Pos] == '/'
			t.Pos++
		}
		if t.Pos == len(t.in) {
			return false
		}
		if t.in[t.Pos] == '>' {
			t.Pos++
			return true
		}
		t.SelfClosing = false
		a := attribute{name: t.Pos}
		t.Pos++ // also a "=", which is a name's first letter here
		for t.Pos < len(t.in) && !endsAttributeName(t.in[t.Pos]) {
			t.Pos++
		}
		a.nameEnd = t.Pos
		t.spaces()
		if t.Pos < len(t.in) && t.in[t.Pos] == '=' {
			t.Pos++
			t.spaces()
			if !t.value(&a) {
				return false
			}
		}
		if len(t.attributes) < maxAttributes {
			t.attributes = append(t.attributes, a)
		}
	}
}

// value reads an attribute's value; false at the end of the input.
func (t *Tokenizer) value(a *attribute) bool {
	if t.Pos == len(t.in) {
		return false
	}
	switch quote := t.in[t.Pos]; quote {
	case '"', '\'':
		t.Pos++
		i := bytes.IndexByte(t.in[t.Pos:], quote)
		if i < 0 {
			t.Pos = len(t.in)
			return false
		}
		a.value, a.valueEnd = t.Pos, t.Pos+i
		t.Pos = a.valueEnd + 1
	default:
		a.value = t.Pos
		for t.Pos < len(t.in) && !IsSpace(t.in[t.Pos]) && t.in[t.Pos] != '>' {
			t.Pos++
		}
		a.valueEnd = t.Pos
	}
	return true
}

func (t *Tokenizer) spaces() {
	for t.Pos < len(t.in) && IsSpace(t.in[t.Pos]) {
		t.Pos++
	}
}

// Attribute returns the value of the first attribute of that name, which is in
// lower case, and whether there is one.
func (t *Tokenizer) Attribute(name string) (string, bool) {
	for _, a := range t.attributes {
		if equalFold(t.in[a.name:a.nameEnd], name) {
			return Unescape(t.in[a.value:a.valueEnd], true), true
		}
	}
	return "", false
}

// Get is Attribute for those to whom an empty one is as good as none.
func (t *Tokenizer) Get(name string) string {
	value, _ := t.Attribute(name)
	return value
}

// rawTextEnd is where the text of an element ends that has no markup in it:
// before its end tag, or at the end of the input.
func (t *Tokenizer) rawTextEnd(name string) int {
	switch name {
	case "plaintext":
		return len(t.in)
	case "script":
		return t.scriptEnd()
	}
	for i := t.Pos; ; i++ {
		j := bytes.IndexByte(t.in[i:], '<')
		if j < 0 {
			return len(t.in)
		}
		i += j
		if t.closes(i, name) {
			return i
		}
	}
}

// scriptEnd is rawTextEnd for scripts, in which an end tag means nothing where
// "<!--" and then another "<script" stand before it (HTML Standard, "script data
// double escaped state").
func (t *Tokenizer) scriptEnd() int {
	escaped, double := false, false
	for i := t.Pos; i < len(t.in); i++ {
		if !escaped {
			j := bytes.IndexByte(t.in[i:], '<')
			if j < 0 {
				break
			}
			if i += j; i+1 < len(t.in) && t.in[i+1] != '/' && t.in[i+1] != '!' {
				continue
			}
		}
		switch c := t.in[i]; {
		case c == '-' && escaped && bytes.HasPrefix(t.in[i:], []byte("-->")):
			escaped, double = false, false
		case c != '<':
		case t.closes(i, "script"):
			if !double {
				return i
			}
			double = false
		case !escaped && bytes.HasPrefix(t.in[i:], []byte("<!--")):
			escaped = true
			i++ // its dashes may end it: "<!-->"
		case escaped && t.named(i+1, "script"):
			double = true
		}
	}
	return len(t.in)
}

// closes tells that the end tag of an element begins at i.
func (t *Tokenizer) closes(i int, name string) bool {
	return i+1 < len(t.in) && t.in[i+1] == '/' && t.named(i+2, name)
}

// named tells that the name of a tag at i is this one.
func (t *Tokenizer) named(i int, name string) bool {
	end := i + len(name)
	return end < len(t.in) && equalFold(t.in[i:end], name) && (IsSpace(t.in[end]) || t.in[end] == '/' || t.in[end] == '>')
}

func endsAttributeName(c byte) bool { return IsSpace(c) || c == '/' || c == '>' || c == '=' }

// IsSpace knows white space as HTML does, in ASCII.
func IsSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// equalFold compares with a text in lower case; only ASCII letters have cases.
func equalFold(b []byte, lowerCase string) bool {
	if len(b) != len(lowerCase) {
		return false
	}
	for i, c := range b {
		if lower(c) != lowerCase[i] {
			return false
		}
	}
	return true
}

// IsVoid knows the elements that have no content.
func IsVoid(name string) bool {
	switch name {
	case "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta",
		"param", "source", "track", "wbr":
		return true
	}
	return false
}

package metadata

import "bytes"

// tokenKind is the kind of a token (HTML Standard, section 13.2.5). Comments,
// doctypes and processing instructions are passed over.
type tokenKind int

const (
	endOfInput tokenKind = iota
	textToken
	startTag
	endTag
)

// Limits of what is kept of one tag. What is beyond them is read and forgotten.
const (
	maxName       = 64 // bytes of an element's name; no name that is asked for is as long
	maxAttributes = 64
)

// tokenizer cuts a page into tags and texts in one pass. Each byte is looked at
// a bounded number of times, whatever the input: what is not closed goes to the
// end of the input, as in browsers, and is not tried again in another way.
type tokenizer struct {
	in  []byte
	pos int

	// rawText is the element whose text comes next, up to its end tag; "" for
	// none. foreign tells that SVG or MathML surrounds what comes next. Both are
	// for the one who knows the tree: see scanner.
	rawText string
	foreign bool

	// Of the token that was read last:
	kind        tokenKind
	start       int    // where it begins
	name        []byte // of a tag, in lower case
	text        []byte // of a textToken, as it was written
	literal     bool   // in text, & means itself
	raw         bool   // text is all that an element without markup has, such as a title
	attributes  []attribute
	selfClosing bool
}

// attribute is where an attribute's name and value are in the input.
type attribute struct{ name, nameEnd, value, valueEnd int }

// next reads a token.
func (t *tokenizer) next() tokenKind {
	t.name, t.text, t.attributes = t.name[:0], nil, t.attributes[:0]
	t.literal, t.raw, t.selfClosing = false, false, false
	if t.rawText != "" {
		name := t.rawText
		t.rawText = ""
		if end := t.rawTextEnd(name); end > t.pos {
			t.start, t.raw = t.pos, true
			literal := name != "title" && name != "textarea"
			return t.textUntil(end, literal)
		}
	}
	for t.pos < len(t.in) {
		t.start = t.pos
		if t.in[t.pos] != '<' {
			end := bytes.IndexByte(t.in[t.pos:], '<')
			if end < 0 {
				end = len(t.in) - t.pos
			}
			return t.textUntil(t.pos+end, false)
		}
		if t.pos+1 == len(t.in) {
			return t.textUntil(len(t.in), false)
		}
		switch c := t.in[t.pos+1]; {
		case isLetter(c):
			t.pos++
			if t.tag() {
				t.kind = startTag
				return t.kind
			}
		case c == '/':
			if t.pos+2 == len(t.in) {
				return t.textUntil(len(t.in), false)
			}
			t.pos += 2
			switch {
			case isLetter(t.in[t.pos]):
				if t.tag() {
					t.kind = endTag
					return t.kind
				}
			default:
				t.bogusComment()
			}
		case c == '!':
			if t.markup() {
				return t.kind
			}
		case c == '?':
			t.bogusComment()
		default: // a "<" that means itself
			end := bytes.IndexByte(t.in[t.pos+1:], '<')
			if end < 0 {
				end = len(t.in) - t.pos - 1
			}
			return t.textUntil(t.pos+1+end, false)
		}
	}
	t.kind = endOfInput
	return t.kind
}

func (t *tokenizer) textUntil(end int, literal bool) tokenKind {
	t.text, t.literal = t.in[t.pos:end], literal
	t.pos, t.kind = end, textToken
	return t.kind
}

// markup passes over what "<!" begins, and is true when it was a text: CDATA.
func (t *tokenizer) markup() bool {
	rest := t.in[t.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		t.pos += len("<!--")
		t.comment()
	case t.foreign && bytes.HasPrefix(rest, []byte("<![CDATA[")):
		t.pos += len("<![CDATA[")
		end, after := len(t.in), len(t.in)
		if i := bytes.Index(t.in[t.pos:], []byte("]]>")); i >= 0 {
			end, after = t.pos+i, t.pos+i+len("]]>")
		}
		t.textUntil(end, true)
		t.pos = after
		return true
	default:
		t.bogusComment()
	}
	return false
}

// comment passes over a comment after its "<!--".
func (t *tokenizer) comment() {
	if rest := t.in[t.pos:]; len(rest) > 0 && rest[0] == '>' {
		t.pos++
		return
	} else if bytes.HasPrefix(rest, []byte("->")) {
		t.pos += 2
		return
	}
	for {
		i := bytes.Index(t.in[t.pos:], []byte("--"))
		if i < 0 {
			t.pos = len(t.in)
			return
		}
		t.pos += i
		switch rest := t.in[t.pos+2:]; {
		case len(rest) > 0 && rest[0] == '>':
			t.pos += len("-->")
			return
		case bytes.HasPrefix(rest, []byte("!>")):
			t.pos += len("--!>")
			return
		}
		t.pos++
	}
}

// bogusComment passes over what ends with the next ">", doctypes too.
func (t *tokenizer) bogusComment() {
	if i := bytes.IndexByte(t.in[t.pos:], '>'); i >= 0 {
		t.pos += i + 1
	} else {
		t.pos = len(t.in)
	}
}

// tag reads a name and attributes up to the ">". It is false where the input
// ends before: then there is no tag.
func (t *tokenizer) tag() bool {
	for ; t.pos < len(t.in); t.pos++ {
		c := t.in[t.pos]
		if isSpace(c) || c == '/' || c == '>' {
			break
		}
		if len(t.name) < maxName {
			t.name = append(t.name, lower(c))
		}
	}
	for {
		for t.pos < len(t.in) && (isSpace(t.in[t.pos]) || t.in[t.pos] == '/') {
			t.selfClosing = t.in[t.pos] == '/'
			t.pos++
		}
		if t.pos == len(t.in) {
			return false
		}
		if t.in[t.pos] == '>' {
			t.pos++
			return true
		}
		t.selfClosing = false
		a := attribute{name: t.pos}
		t.pos++ // also a "=", which is a name's first letter here
		for t.pos < len(t.in) && !endsAttributeName(t.in[t.pos]) {
			t.pos++
		}
		a.nameEnd = t.pos
		t.spaces()
		if t.pos < len(t.in) && t.in[t.pos] == '=' {
			t.pos++
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
func (t *tokenizer) value(a *attribute) bool {
	if t.pos == len(t.in) {
		return false
	}
	switch quote := t.in[t.pos]; quote {
	case '"', '\'':
		t.pos++
		i := bytes.IndexByte(t.in[t.pos:], quote)
		if i < 0 {
			t.pos = len(t.in)
			return false
		}
		a.value, a.valueEnd = t.pos, t.pos+i
		t.pos = a.valueEnd + 1
	default:
		a.value = t.pos
		for t.pos < len(t.in) && !isSpace(t.in[t.pos]) && t.in[t.pos] != '>' {
			t.pos++
		}
		a.valueEnd = t.pos
	}
	return true
}

func (t *tokenizer) spaces() {
	for t.pos < len(t.in) && isSpace(t.in[t.pos]) {
		t.pos++
	}
}

// attribute returns the value of the first attribute of that name, which is in
// lower case, and whether there is one.
func (t *tokenizer) attribute(name string) (string, bool) {
	for _, a := range t.attributes {
		if equalFold(t.in[a.name:a.nameEnd], name) {
			return unescape(t.in[a.value:a.valueEnd], true), true
		}
	}
	return "", false
}

// get is attribute for those to whom an empty one is as good as none.
func (t *tokenizer) get(name string) string {
	value, _ := t.attribute(name)
	return value
}

// rawTextEnd is where the text of an element ends that has no markup in it:
// before its end tag, or at the end of the input.
func (t *tokenizer) rawTextEnd(name string) int {
	switch name {
	case "plaintext":
		return len(t.in)
	case "script":
		return t.scriptEnd()
	}
	for i := t.pos; ; i++ {
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
func (t *tokenizer) scriptEnd() int {
	escaped, double := false, false
	for i := t.pos; i < len(t.in); i++ {
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
func (t *tokenizer) closes(i int, name string) bool {
	return i+1 < len(t.in) && t.in[i+1] == '/' && t.named(i+2, name)
}

// named tells that the name of a tag at i is this one.
func (t *tokenizer) named(i int, name string) bool {
	end := i + len(name)
	return end < len(t.in) && equalFold(t.in[i:end], name) && (isSpace(t.in[end]) || t.in[end] == '/' || t.in[end] == '>')
}

func endsAttributeName(c byte) bool { return isSpace(c) || c == '/' || c == '>' || c == '=' }

// isSpace knows white space as HTML does, in ASCII.
func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

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

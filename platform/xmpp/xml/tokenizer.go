package xml

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Limits on what a stanza may be. Real ones stay far below them; who goes above
// wants memory, and gets a policy-violation before it is taken.
const (
	MaxStanza     = 1 << 20        // bytes of a stanza; servers allow 64 KiB to 512 KiB
	MaxDepth      = 32             // elements within each other, the stream not counted
	MaxAttrs      = 64             // attributes of an element
	MaxAttrLength = 16 << 10       // bytes of a name, or of an attribute's value
	maxElements   = MaxStanza / 16 // elements of a stanza: an empty one of 4 bytes takes 150 of memory
)

// kind is what a token is.
type kind uint8

const (
	startTag    kind = iota + 1 // <name …> or <name …/>
	endTag                      // </name>
	text                        // characters, or a CDATA section
	declaration                 // <?xml …?>
)

// token is one piece of the stream. Its slices are valid until the next one.
type token struct {
	kind  kind
	name  []byte
	attrs []rawAttr
	empty bool   // <name/>: no end tag follows
	text  []byte // entities resolved
}

type rawAttr struct{ name, value []byte }

// tokenizer takes a stream of bytes apart. It checks each token by itself; that
// tags fit together is for the Reader to see.
type tokenizer struct {
	r         io.Reader
	buf       []byte // buf[pos:have] is read and not yet used
	pos, have int
	tok       token
	used      int // bytes of the stanza that tokens were made of

	// How far the search for the token's end has come, so that what arrives byte
	// by byte is not searched again from the start.
	seen  int  // bytes of it that were looked at
	quote byte // the value that it stands in began with this; 0: in none
	since int  // where the name or value at hand began
}

const (
	firstBuffer = 2 << 10  // what most stanzas fit in
	keptBuffer  = 64 << 10 // a larger one is given back when it is empty
)

// fill reads more bytes behind those at hand.
func (t *tokenizer) fill() error {
	if t.pos > 0 {
		t.have = copy(t.buf, t.buf[t.pos:t.have])
		t.pos = 0
		if t.have == 0 && len(t.buf) > keptBuffer {
			t.buf = nil
		}
	}
	if t.have == len(t.buf) {
		grown := make([]byte, max(firstBuffer, 2*len(t.buf)))
		copy(grown, t.buf)
		t.buf = grown
	}
	for range 100 {
		n, err := t.r.Read(t.buf[t.have:])
		t.have += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// more is fill for a token that is not complete yet.
func (t *tokenizer) more() error {
	if t.have-t.pos > MaxStanza-t.used {
		return tooLarge("a stanza has more than 1 MiB")
	}
	return t.fill()
}

// skipSpace passes over blanks between stanzas, which keep a connection alive.
// Nothing else but a tag may stand there.
func (t *tokenizer) skipSpace() error {
	for {
		for ; t.pos < t.have; t.pos++ {
			switch c := t.buf[t.pos]; {
			case c == '<':
				return nil
			case !isSpace(c):
				return notWellFormed("text between stanzas")
			}
		}
		if err := t.fill(); err != nil {
			return err
		}
	}
}

// next reads a token. After an error of the connection it goes on where it was.
func (t *tokenizer) next() error {
	if t.pos == t.have {
		if err := t.more(); err != nil {
			return err
		}
	}
	if t.buf[t.pos] != '<' {
		return t.characters()
	}
	for t.have-t.pos < 2 {
		if err := t.more(); err != nil {
			return err
		}
	}
	switch t.buf[t.pos+1] {
	case '!':
		return t.section()
	case '?':
		return t.instruction()
	}
	return t.tag()
}

// take ends the search for the token's end: it has n bytes.
func (t *tokenizer) take(n int) ([]byte, error) {
	if n > MaxStanza-t.used {
		return nil, tooLarge("a stanza has more than 1 MiB")
	}
	raw := t.buf[t.pos : t.pos+n]
	t.pos += n
	t.used += n
	t.seen, t.quote, t.since = 0, 0, 0
	return raw, nil
}

// characters reads what stands before the next tag.
func (t *tokenizer) characters() error {
	for {
		at := t.buf[t.pos:t.have]
		if i := bytes.IndexByte(at[t.seen:], '<'); i >= 0 {
			raw, err := t.take(t.seen + i)
			if err != nil {
				return err
			}
			t.tok.kind = text
			t.tok.text, err = resolve(raw, false)
			return err
		}
		t.seen = len(at)
		if err := t.more(); err != nil {
			return err
		}
	}
}

// until reads up to and with mark and returns what stands before it.
func (t *tokenizer) until(mark string) ([]byte, error) {
	for {
		at := t.buf[t.pos:t.have]
		from := max(t.seen-len(mark), 0)
		if i := bytes.Index(at[from:], []byte(mark)); i >= 0 {
			raw, err := t.take(from + i + len(mark))
			if err != nil {
				return nil, err
			}
			return raw[:len(raw)-len(mark)], nil
		}
		t.seen = len(at)
		if err := t.more(); err != nil {
			return nil, err
		}
	}
}

const cdataStart = "<![CDATA["

// section reads a CDATA section, the only thing of those with an exclamation
// mark that XMPP allows (RFC 6120, section 11.1).
func (t *tokenizer) section() error {
	for {
		at := t.buf[t.pos:t.have]
		n := min(len(at), len(cdataStart))
		if string(at[:n]) != cdataStart[:n] {
			return restricted("a comment or a DTD")
		}
		if n == len(cdataStart) {
			break
		}
		if err := t.more(); err != nil {
			return err
		}
	}
	t.seen = max(t.seen, len(cdataStart)+len("]]>"))
	raw, err := t.until("]]>")
	if err != nil {
		return err
	}
	t.tok.kind = text
	t.tok.text, err = literal(raw[len(cdataStart):])
	return err
}

// instruction reads <?xml …?>. Nothing else that begins so may be in a stream.
func (t *tokenizer) instruction() error {
	for t.have-t.pos < len("<?xml ") {
		if err := t.more(); err != nil {
			return err
		}
	}
	if at := t.buf[t.pos:]; string(at[:5]) != "<?xml" || !isSpace(at[5]) {
		return restricted("a processing instruction")
	}
	raw, err := t.until("?>")
	if err != nil {
		return err
	}
	t.tok.kind = declaration
	return t.attributes(raw[len("<?xml"):])
}

// tag finds the end of the tag at hand, which no > within a value is, and reads it.
func (t *tokenizer) tag() error {
	for {
		at := t.buf[t.pos:t.have]
		i := max(t.seen, 1)
		for ; i < len(at); i++ {
			if t.quote != 0 {
				n := bytes.IndexByte(at[i:], t.quote)
				if n < 0 {
					i = len(at)
					break
				}
				if i += n; i-t.since > MaxAttrLength {
					break
				}
				t.quote, t.since = 0, i
				continue
			}
			switch c := at[i]; c {
			case '>':
				if i-t.since > MaxAttrLength {
					return tooLarge("a name has more than 16 KiB")
				}
				raw, err := t.take(i + 1)
				if err != nil {
					return err
				}
				return t.readTag(raw[1 : len(raw)-1])
			case '"', '\'':
				t.quote, t.since = c, i+1
			case '<':
				return notWellFormed("a tag within a tag")
			case ' ', '\t', '\r', '\n', '=':
				if i-t.since > MaxAttrLength {
					return tooLarge("a name has more than 16 KiB")
				}
				t.since = i
			}
		}
		if t.seen = i; i-t.since > MaxAttrLength {
			return tooLarge("a name or an attribute has more than 16 KiB")
		}
		if err := t.more(); err != nil {
			return err
		}
	}
}

// readTag reads what stands between < and >.
func (t *tokenizer) readTag(raw []byte) error {
	t.tok.kind, t.tok.empty = startTag, false
	switch {
	case len(raw) > 0 && raw[0] == '/':
		t.tok.kind, raw = endTag, raw[1:]
	case len(raw) > 0 && raw[len(raw)-1] == '/':
		t.tok.empty, raw = true, raw[:len(raw)-1]
	}
	name, rest, err := readName(raw)
	if err != nil {
		return err
	}
	t.tok.name = name
	if t.tok.kind == endTag {
		t.tok.attrs = t.tok.attrs[:0]
		if len(trimSpace(rest)) > 0 {
			return notWellFormed("an end tag with attributes")
		}
		return nil
	}
	return t.attributes(rest)
}

// attributes reads ` name="value" name='value'`.
func (t *tokenizer) attributes(raw []byte) error {
	t.tok.attrs = t.tok.attrs[:0]
	for {
		rest := trimSpace(raw)
		if len(rest) == 0 {
			return nil
		}
		if len(rest) == len(raw) {
			return notWellFormed("no blank before an attribute")
		}
		if len(t.tok.attrs) == MaxAttrs {
			return tooLarge("an element has more than 64 attributes")
		}
		name, rest, err := readName(rest)
		if err != nil {
			return err
		}
		if rest = trimSpace(rest); len(rest) == 0 || rest[0] != '=' {
			return notWellFormed("an attribute without a value")
		}
		rest = trimSpace(rest[1:])
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return notWellFormed("an attribute's value without quotes")
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return notWellFormed("an attribute's value without an end")
		}
		value, err := resolve(rest[1:1+end], true)
		if err != nil {
			return err
		}
		for i := range t.tok.attrs {
			if bytes.Equal(t.tok.attrs[i].name, name) {
				return notWellFormed("the same attribute twice")
			}
		}
		t.tok.attrs = append(t.tok.attrs, rawAttr{name, value})
		raw = rest[end+2:]
	}
}

// readName reads a name that may have one prefix.
func readName(raw []byte) (name, rest []byte, err error) {
	n, colon, high := 0, -1, false
	for ; n < len(raw); n++ {
		switch c := raw[n]; {
		case nameBytes[c]&nameStart != 0:
		case nameBytes[c]&nameInner != 0 && n != colon+1:
		case c == ':' && colon < 0 && n > 0:
			colon = n
		case c >= utf8.RuneSelf:
			high = true
		default:
			goto end
		}
	}
end:
	if n == 0 || n == colon+1 || high && !utf8.Valid(raw[:n]) {
		return nil, nil, notWellFormed("a name that is none")
	}
	return raw[:n], raw[n:], nil
}

const (
	nameStart = 1 << iota // may begin a name
	nameInner             // may stand in one
)

// nameBytes are the ASCII characters of names. Others are taken as they come.
var nameBytes = func() (class [256]byte) {
	for c := range class {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			class[c] = nameStart
		case c >= '0' && c <= '9', c == '-', c == '.':
			class[c] = nameInner
		}
	}
	return class
}()

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// trimSpace leaves the blanks in front out.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

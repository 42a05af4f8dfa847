package metadata

import (
	"bytes"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// plainJSON returns what the author of a script of JSON-LD meant where it is no
// JSON: without what is wrapped around it (a comment, CDATA, a semicolon), without
// comments and commas before a bracket, and with blanks for line breaks in texts.
func plainJSON(script []byte) []byte {
	script = unwrap(script)
	out := make([]byte, 0, len(script))
	inText := false
	for i := 0; i < len(script); i++ {
		c := script[i]
		switch {
		case c < ' ':
			c = ' '
		case inText && c == '\\' && i+1 < len(script):
			out = append(out, c)
			if i++; script[i] < ' ' { // a line that goes on
				out[len(out)-1] = ' '
				continue
			}
			c = script[i]
		case c == '"':
			inText = !inText
		case inText:
		case c == '/' || c == '<':
			if n := comment(script[i:]); n > 0 {
				i += n - 1
				continue
			}
		case c == '}' || c == ']':
			if kept := bytes.TrimRight(out, " "); bytes.HasSuffix(kept, []byte(",")) {
				out = kept[:len(kept)-1]
			}
		}
		out = append(out, c)
	}
	return out
}

// unwrap returns a script from its first object on, or the list of it, to the end
// of the last one.
func unwrap(script []byte) []byte {
	first, last := bytes.IndexByte(script, '{'), bytes.LastIndexByte(script, '}')
	if first < 0 || last < first {
		return script
	}
	before, after := bytes.TrimRight(script[:first], " \t\r\n"), bytes.TrimLeft(script[last+1:], " \t\r\n,")
	if bytes.HasSuffix(before, []byte("[")) && !bytes.HasSuffix(before, []byte("CDATA[")) && bytes.HasPrefix(after, []byte("]")) {
		return append(append([]byte("["), script[first:last+1]...), ']')
	}
	return script[first : last+1]
}

// comment is how many bytes the comment at the start of b has, of JavaScript or of
// HTML; 0 for none.
func comment(b []byte) int {
	for _, kind := range []struct{ open, end string }{{"//", "\n"}, {"/*", "*/"}, {"<!--", "-->"}} {
		if !bytes.HasPrefix(b, []byte(kind.open)) {
			continue
		}
		if end := bytes.Index(b[len(kind.open):], []byte(kind.end)); end >= 0 {
			return len(kind.open) + end + len(kind.end)
		}
		return len(b)
	}
	return 0
}

// meant returns a text of JSON-LD, in which many leave the character references
// that they needed in HTML.
func meant(text string) string {
	if strings.IndexByte(text, '&') < 0 {
		return text
	}
	return markup.Unescape([]byte(text), false)
}

package feeds

import (
	"strings"
	"unicode/utf16"

	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// looksLikeHTML tells HTML from text: a known element, or something that only
// whole pages have near the start. It is one pass over the text.
func looksLikeHTML(s string) bool {
	if !strings.Contains(s, "<") {
		return false
	}
	last := strings.LastIndexByte(s, '>')
	head := len(s)
	if head > headUnits {
		head = prefixUnits(s, headUnits)
	}
	for i := 0; ; i++ {
		at := strings.IndexByte(s[i:], '<')
		if at < 0 || i+at > last {
			return false
		}
		i += at
		if i < head && startsPage(s[i:head]) {
			return true
		}
		n := i + 1
		for n < len(s) && n-i <= maxElement && isAlphanumeric(s[n]) {
			n++
		}
		// The name ends where a letter, digit or low line does not follow, and
		// a ">" must come somewhere, which last tells.
		if n < len(s) && s[n] != '_' && !isAlphanumeric(s[n]) && n <= last && isElement(strings.ToLower(s[i+1:n])) {
			return true
		}
	}
}

const (
	headUnits  = 1000 // UTF-16 units in which the start of a page is looked for
	maxElement = 12   // letters of the longest name of an element
)

// startsPage looks for the start of a page, or a custom element, at a "<".
func startsPage(s string) bool {
	if len(s) >= 15 && strings.EqualFold(s[:15], "<!doctype html>") {
		return true
	}
	for _, tag := range []string{"<html", "<body"} {
		if len(s) > len(tag) && strings.EqualFold(s[:len(tag)], tag) && !isAlphanumeric(s[len(tag)]) && s[len(tag)] != '_' {
			return strings.IndexByte(s, '>') >= 0
		}
	}
	if len(s) > 3 && s[0] == '<' && s[1]|0x20 == 'x' && s[2] == '-' {
		return strings.IndexByte(s[3:], '>') > 0
	}
	return false
}

func isAlphanumeric(c byte) bool { return isLetter(c) || isDigit(c) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isElement knows the elements of HTML.
func isElement(name string) bool {
	switch name {
	case "a", "abbr", "address", "area", "article", "aside", "audio", "b", "base", "bdi", "bdo", "blockquote", "body", "br",
		"button", "canvas", "caption", "cite", "code", "col", "colgroup", "data", "datalist", "dd", "del", "details", "dfn",
		"dialog", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
		"h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label",
		"legend", "li", "link", "main", "map", "mark", "math", "menu", "menuitem", "meta", "meter", "nav", "noscript",
		"object", "ol", "optgroup", "option", "output", "p", "param", "picture", "pre", "progress", "q", "rb", "rp", "rt",
		"rtc", "ruby", "s", "samp", "script", "search", "section", "select", "slot", "small", "source", "span", "strong",
		"style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead",
		"time", "title", "tr", "track", "u", "ul", "var", "video", "wbr":
		return true
	}
	return false
}

// withoutTags returns the text of a piece of HTML, in one line.
func withoutTags(s string) string {
	if strings.IndexByte(s, '<') < 0 && strings.IndexByte(s, '&') < 0 {
		return oneLine(s)
	}
	var b strings.Builder
	hidden := false // what comes is no text, but a style or a program
	for t := markup.NewScanner([]byte(s)); t.Next() != markup.EndOfInput; {
		switch t.Kind {
		case markup.StartTag:
			switch string(t.Name) {
			case "style", "script":
				hidden = true
			case "br", "p", "div", "li":
				b.WriteByte(' ')
			}
		case markup.EndTag:
			hidden = false
		case markup.Text:
			switch {
			case hidden && t.Raw:
			case t.Literal:
				b.Write(t.Text)
			default:
				b.WriteString(markup.Unescape(t.Text, false))
			}
		}
	}
	return oneLine(b.String())
}

// prefixUnits is the length in bytes of the first n UTF-16 units of s.
func prefixUnits(s string, n int) int {
	for i, r := range s {
		if n -= utf16.RuneLen(r); n < 0 {
			return i
		}
	}
	return len(s)
}

// longerThan tells that s has more than n UTF-16 units.
func longerThan(s string, n int) bool {
	return len(s) > n && prefixUnits(s, n) < len(s)
}

// compareUTF16 orders texts by their UTF-16 units, as JavaScript does.
func compareUTF16(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) || a[i] < 0x80 || b[i] < 0x80 {
		return strings.Compare(a, b)
	}
	for i > 0 && a[i]&0xC0 == 0x80 {
		i--
	}
	u, v := utf16.Encode([]rune(a[i:min(len(a), i+4)])), utf16.Encode([]rune(b[i:min(len(b), i+4)]))
	for k := 0; k < len(u) && k < len(v); k++ {
		if u[k] != v[k] {
			return int(u[k]) - int(v[k])
		}
	}
	return strings.Compare(a, b)
}

package feeds

import (
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// declaredBase is what xml:base makes of the address around here; nil where no
// element says so. Addresses in content start from it, which clients are not
// told (RFC 4287, section 2).
func (s *scanner) declaredBase() *url.URL {
	if len(s.bases) == 1 {
		return nil
	}
	return s.base()
}

// rebase returns a piece of HTML with its relative addresses resolved. Without a
// base it stays as it is.
func rebase(text string, base *url.URL) string {
	if base == nil || strings.IndexByte(text, '<') < 0 {
		return text
	}
	changed := false
	out := markup.Rewrite([]byte(text), func(element, attribute, value string) (string, bool) {
		value, ok := rebaseAttribute(element, attribute, value, base)
		changed = changed || ok
		return value, ok
	})
	if !changed {
		return text
	}
	return string(out)
}

// rebaseAttribute resolves an attribute's value. It is false for one that is no
// address, or that stays what it is.
func rebaseAttribute(element, attribute, value string, base *url.URL) (string, bool) {
	switch attribute {
	case "href", "src", "cite", "poster", "action", "formaction", "longdesc", "background", "xlink:href":
		return rebaseAddress(value, base)
	case "data":
		if element == "object" {
			return rebaseAddress(value, base)
		}
	case "srcset", "imagesrcset":
		return rebaseCandidates(value, base)
	}
	return "", false
}

// rebaseAddress leaves alone what has a scheme, and places in the text itself.
func rebaseAddress(address string, base *url.URL) (string, bool) {
	address = strings.TrimFunc(address, isSpace)
	if address == "" || address[0] == '#' {
		return "", false
	}
	if scheme, _, ok := strings.Cut(address, ":"); ok && isScheme(scheme) {
		return "", false
	}
	u := resolve(base, address)
	if u == nil {
		return "", false
	}
	return u.String(), true
}

// rebaseCandidates resolves the addresses of srcset: "a.png 1x, b.png 2x" (HTML
// Standard, section 4.8.4.2.1).
func rebaseCandidates(srcset string, base *url.URL) (string, bool) {
	var b strings.Builder
	changed := false
	for rest := srcset; ; {
		rest = strings.TrimLeft(rest, " \t\r\n\f,")
		if rest == "" {
			return b.String(), changed
		}
		end := strings.IndexAny(rest, " \t\r\n\f")
		if end < 0 {
			end = len(rest)
		}
		address := strings.TrimRight(rest[:end], ",")
		descriptor := ""
		if len(address) == end { // no comma has ended the candidate
			descriptor, rest, _ = strings.Cut(rest[end:], ",")
		} else {
			rest = rest[end:]
		}
		if resolved, ok := rebaseAddress(address, base); ok {
			address, changed = resolved, true
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(address)
		if descriptor = strings.TrimSpace(descriptor); descriptor != "" {
			b.WriteString(" " + descriptor)
		}
	}
}

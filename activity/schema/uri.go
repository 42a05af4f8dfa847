package schema

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// The four formats of RFC 3986 (URI) and RFC 3987 (IRI): the same grammar, with
// or without characters beyond ASCII.

func isURI(s string) bool          { return uri{ascii: true}.absolute(s) }
func isURIReference(s string) bool { return uri{ascii: true}.reference(s) }
func isIRI(s string) bool          { return uri{}.absolute(s) }
func isIRIReference(s string) bool { return uri{}.reference(s) }

// uri reads the grammar of RFC 3986, appendix A.
type uri struct {
	ascii bool
}

func (u uri) absolute(s string) bool {
	rest, ok := cutScheme(s)
	return ok && u.afterScheme(rest)
}

func (u uri) reference(s string) bool {
	if rest, ok := cutScheme(s); ok {
		return u.afterScheme(rest)
	}
	// In a relative reference the first segment has no colon.
	segment := s
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		segment = s[:i]
	}
	return !strings.Contains(segment, ":") && u.afterScheme(s)
}

// cutScheme returns what follows the scheme's colon.
func cutScheme(s string) (rest string, ok bool) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || !isLetter(scheme[0]) {
		return "", false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return "", false
		}
	}
	return rest, true
}

func (u uri) afterScheme(s string) bool {
	s, fragment, _ := strings.Cut(s, "#")
	s, query, _ := strings.Cut(s, "?")
	if !u.only(fragment, ":@/?") || !u.only(query, ":@/?") {
		return false
	}
	if after, ok := strings.CutPrefix(s, "//"); ok {
		authority, path := after, ""
		if i := strings.IndexByte(after, '/'); i >= 0 {
			authority, path = after[:i], after[i:]
		}
		return u.authority(authority) && u.only(path, ":@/")
	}
	return u.only(s, ":@/")
}

func (u uri) authority(s string) bool {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		if !u.only(s[:i], ":") {
			return false
		}
		s = s[i+1:]
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 || !u.literal(s[1:end]) {
			return false
		}
		host, port = "", s[end+1:]
		if port != "" && port[0] != ':' {
			return false
		}
		port = strings.TrimPrefix(port, ":")
	} else {
		host, port, _ = strings.Cut(s, ":")
	}
	return u.only(host, "") && strings.Trim(port, "0123456789") == ""
}

// literal reads what stands in brackets: an IPv6 address or a later kind.
func (u uri) literal(s string) bool {
	if s != "" && s[0]|0x20 == 'v' {
		version, address, ok := strings.Cut(s[1:], ".")
		return ok && allHex(version) && address != "" && !strings.Contains(address, "%") && uri{ascii: true}.only(address, ":")
	}
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// only reports whether s has only unreserved characters, sub-delimiters,
// percent escapes and those in more.
func (u uri) only(s, more string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case isLetter(c), isDigit(c), strings.IndexByte("-._~!$&'()*+,;=", c) >= 0, strings.IndexByte(more, c) >= 0:
			i++
		case c == '%':
			if i+3 > len(s) || !allHex(s[i+1:i+3]) {
				return false
			}
			i += 3
		case c >= utf8.RuneSelf && !u.ascii:
			r, n := utf8.DecodeRuneInString(s[i:])
			if !isUCSChar(r) {
				return false
			}
			i += n
		default:
			return false
		}
	}
	return true
}

// isUCSChar is ucschar of RFC 3987, section 2.2, with the private use
// characters that it allows in a query.
func isUCSChar(r rune) bool {
	switch {
	case r == utf8.RuneError, r < 0xA0, r >= 0xFDD0 && r <= 0xFDEF, r >= 0xFFF0 && r <= 0xFFFF:
		return false
	}
	return r&0xFFFE != 0xFFFE
}

// isURITemplate follows RFC 6570, section 2.
func isURITemplate(s string) bool {
	for s != "" {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			return isTemplateLiteral(s)
		}
		if s[i] == '}' || !isTemplateLiteral(s[:i]) {
			return false
		}
		end := strings.IndexByte(s, '}')
		if end < 0 || !isExpression(s[i+1:end]) {
			return false
		}
		s = s[end+1:]
	}
	return true
}

// isTemplateLiteral follows RFC 6570, section 2.1, with the apostrophe that its
// erratum 6937 lets in.
func isTemplateLiteral(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+3 > len(s) || !allHex(s[i+1:i+3]) {
				return false
			}
			i += 2
			continue
		}
		if c <= ' ' || c == 0x7F || strings.IndexByte("\"<>\\^`|", c) >= 0 {
			return false
		}
	}
	return true
}

func isExpression(s string) bool {
	if s != "" && strings.IndexByte("+#./;?&=,!@|", s[0]) >= 0 {
		s = s[1:]
	}
	for _, variable := range strings.Split(s, ",") {
		variable = strings.TrimSuffix(variable, "*")
		if name, prefix, ok := strings.Cut(variable, ":"); ok {
			n, isNumber := digits(prefix)
			if !isNumber || len(prefix) > 4 || n == 0 || prefix[0] == '0' {
				return false
			}
			variable = name
		}
		if !isVariable(variable) {
			return false
		}
	}
	return true
}

func isVariable(s string) bool {
	for _, part := range strings.Split(s, ".") {
		if part == "" {
			return false
		}
		for i := 0; i < len(part); i++ {
			c := part[i]
			switch {
			case isLetter(c), isDigit(c), c == '_':
			case c == '%' && i+3 <= len(part) && allHex(part[i+1:i+3]):
				i += 2
			default:
				return false
			}
		}
	}
	return true
}

package activity

import (
	"net/netip"
	"strings"
)

// isIRI reports whether s is of a known scheme, absolute and without a
// fragment. What follows the scheme is not looked at, so "http://" will do, and
// what cannot be part of a scheme is taken out of it. A mailto without any
// address may have a fragment.
func isIRI(s string) bool {
	i := strings.IndexAny(s, ":/?#")
	if i <= 0 || s[i] != ':' {
		return false
	}
	rest, scheme := s[i+1:], cleanScheme(s[:i])
	if !isKnownScheme(scheme) {
		return false
	}
	rest, _, hasFragment := strings.Cut(rest, "#")
	if !hasFragment {
		return true
	}
	addresses, _, _ := strings.Cut(rest, "?")
	host, hasHost := strings.CutPrefix(addresses, "//")
	return scheme == "mailto" && (addresses == "" || hasHost && !strings.ContainsAny(host, "/:"))
}

// cleanScheme puts a scheme in lower case, with escapes of letters, digits, "-"
// and "." read and nothing in it but these and "+".
func cleanScheme(s string) string {
	if consists(s, "+-.") {
		return strings.ToLower(s)
	}
	clean := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHexDigit(s[i+1]) && isHexDigit(s[i+2]) {
			escaped := unhex(s[i+1])<<4 | unhex(s[i+2])
			if isAlphanumeric(escaped) || escaped == '-' || escaped == '.' || escaped == '_' || escaped == '~' {
				c = escaped
				i += 2
			}
		}
		if isAlphanumeric(c) || c == '+' || c == '-' || c == '.' {
			clean = append(clean, c)
		}
	}
	return strings.ToLower(string(clean))
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// isURI follows RFC 3986, appendix A, in ASCII, but for two things: something
// must follow the scheme, and an authority may stand behind one slash.
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return false
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if !isURIText(fragment, ":@/?") || !isURIText(query, ":@/?") {
		return false
	}
	// An authority may be empty behind one slash, so that any path will do.
	switch {
	case rest == "":
		return false
	case isURIText(rest, ":@/"):
		return true
	case rest[0] != '/':
		return false
	}
	authority, path := strings.TrimPrefix(rest[1:], "/"), ""
	if i := strings.IndexByte(authority, '/'); i >= 0 {
		authority, path = authority[:i], authority[i:]
	}
	return isAuthority(authority) && isURIText(path, ":@/")
}

func isScheme(s string) bool {
	return s != "" && s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z' && consists(s, "+-.")
}

func isAuthority(s string) bool {
	if user, host, ok := strings.Cut(s, "@"); ok {
		if !isURIText(user, ":") {
			return false
		}
		s = host
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 || !isIPLiteral(s[1:end]) {
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
	return isURIText(host, "") && strings.Trim(port, "0123456789") == ""
}

// isIPLiteral is what may stand in brackets.
func isIPLiteral(s string) bool {
	if s != "" && s[0]|0x20 == 'v' {
		version, address, ok := strings.Cut(s[1:], ".")
		return ok && version != "" && strings.Trim(version, "0123456789abcdefABCDEF") == "" &&
			address != "" && !strings.Contains(address, "%") && isURIText(address, ":")
	}
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// isURIText reports whether s has only unreserved characters, sub-delimiters,
// percent escapes and the characters in more.
func isURIText(s, more string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isAlphanumeric(c), strings.IndexByte("-._~!$&'()*+,;=", c) >= 0, strings.IndexByte(more, c) >= 0:
		case c == '%' && i+2 < len(s) && isHexDigit(s[i+1]) && isHexDigit(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isHexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

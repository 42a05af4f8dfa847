package metadata

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// maxAddress is the length of the longest address, in characters.
const maxAddress = 2082

// address returns the URL that a client's text stands for, with a scheme. It is
// judged as a text, before it is read as a URL, and ok is false for what people
// do not write (the order and rules are the reference server's).
func address(text string) (url string, ok bool) {
	if text == "" || utf8.RuneCountInString(text) > maxAddress || strings.ContainsFunc(text, func(r rune) bool { return isBlank(r) || r == '<' || r == '>' }) ||
		strings.HasPrefix(text, "mailto:") {
		return "", false
	}
	rest, _, _ := strings.Cut(text, "#")
	rest, _, _ = strings.Cut(rest, "?")
	if scheme, after, found := strings.Cut(rest, "://"); found {
		if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return "", false
		}
		rest = after
	} else if strings.HasPrefix(rest, "//") {
		return "", false
	}
	authority, _, _ := strings.Cut(rest, "/")
	if user, host, found := strings.Cut(authority, "@"); found {
		// Empty ones and two of them are nobody's address. Others are refused later,
		// with another word.
		if user == "" || user == ":" || strings.Count(user, ":") > 1 || strings.Contains(host, "@") {
			return "", false
		}
		authority = host
	}
	if !isHostPort(authority) {
		return "", false
	}
	for _, scheme := range []string{"http://", "https://"} {
		if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			return text, true
		}
	}
	return "http://" + text, true
}

// isBlank knows white space as JavaScript does.
func isBlank(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r == ' ', r == 0xA0, r == 0x1680, r >= 0x2000 && r <= 0x200A,
		r == 0x2028, r == 0x2029, r == 0x202F, r == 0x205F, r == 0x3000, r == 0xFEFF:
		return true
	}
	return false
}

func isHostPort(s string) bool {
	if strings.HasPrefix(s, "[") {
		inside, after, ok := strings.Cut(s[1:], "]")
		if a, err := netip.ParseAddr(inside); !ok || err != nil || !a.Is6() {
			return false
		}
		if after == "" {
			return true
		}
		port, hasPort := strings.CutPrefix(after, ":")
		return hasPort && isPort(port)
	}
	host, port, _ := strings.Cut(s, ":")
	if !isPort(port) {
		return false
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Is4()
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !isLabel(label) {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// isPort takes an empty one, which means none, as "http://host:/" has it.
func isPort(s string) bool {
	if s == "" {
		return true
	}
	if len(s) > 5 || strings.Trim(s, "0123456789") != "" {
		return false
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n > 0 && n <= 65535
}

func isLabel(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > 63 || strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
		case r >= 0xFF01 && r <= 0xFF5E: // full-width forms
			return false
		case r < 0xA1 || r > 0xFFFF || r == utf8.RuneError:
			return false
		}
	}
	return true
}

package webfetch

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxURL is the length in bytes of the longest URL that is fetched.
const MaxURL = 8192

// ParseURL reads an absolute http or https URL as browsers do (URL Standard,
// section 4.4) and returns it in normal form, without user info: the host in
// lower case ASCII, an address in its usual spelling, the default port left
// out, dot segments resolved, nothing that needs escaping. Errors are *Error
// and show the URL without its password.
func ParseURL(raw string) (*url.URL, error) {
	text := clean(raw)
	invalid := &Error{Class: InvalidURL, Text: "invalid URL: " + Mask(raw)}
	if len(text) > MaxURL {
		return nil, &Error{Class: InvalidURL, Text: "invalid URL: longer than " + strconv.Itoa(MaxURL) + " bytes"}
	}
	scheme, rest, ok := cutScheme(text)
	if !ok {
		return nil, invalid
	}
	if scheme != "http" && scheme != "https" {
		if !plausible(scheme, rest) {
			return nil, invalid
		}
		return nil, &Error{Class: BadScheme, Text: "unsupported scheme " + scheme + ": for " + withoutUser(raw)}
	}
	user, name, port, tail := cutAuthority(strings.TrimLeft(rest, `/\`))
	host, ok := parseHost(name)
	if !ok {
		return nil, invalid
	}
	number, ok := parsePort(port)
	if !ok {
		return nil, invalid
	}
	if user != "" && user != ":" {
		return nil, &Error{Class: Credentials, Text: "URL must not include credentials"}
	}
	switch {
	case port == "" || scheme == "http" && number == 80 || scheme == "https" && number == 443:
	case badPort(number):
		return nil, &Error{Class: BadPort, Text: "port not allowed"}
	default:
		host += ":" + strconv.Itoa(number)
	}
	u, err := url.Parse(scheme + "://" + host + normalTail(tail))
	if err != nil {
		return nil, invalid
	}
	return u, nil
}

// Resolve reads a reference in a document that was found at base, or in a
// Location header, as ParseURL does.
func Resolve(base *url.URL, ref string) (*url.URL, error) {
	text := clean(ref)
	if _, _, ok := cutScheme(text); ok {
		return ParseURL(text)
	}
	path := base.EscapedPath()
	origin := base.Scheme + "://" + base.Host
	switch {
	case text == "":
	case len(text) > 1 && isSlash(text[0]) && isSlash(text[1]):
		return ParseURL(base.Scheme + ":" + text)
	case isSlash(text[0]):
		return ParseURL(origin + text)
	case text[0] != '?' && text[0] != '#':
		return ParseURL(origin + path[:strings.LastIndexByte(path, '/')+1] + text)
	}
	if base.RawQuery != "" && (text == "" || text[0] == '#') {
		path += "?" + base.RawQuery
	}
	return ParseURL(origin + path + text)
}

func isSlash(c byte) bool { return c == '/' || c == '\\' }

// clean removes what browsers do not see: blanks and control characters at both
// ends, tabs and line breaks anywhere.
func clean(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	return s
}

// cutScheme returns the scheme in lower case and what follows its colon.
func cutScheme(s string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(s, ":")
	if !ok || scheme == "" || !isLetter(scheme[0]) {
		return "", "", false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return "", "", false
		}
	}
	return strings.ToLower(scheme), rest, true
}

// cutAuthority cuts what follows the slashes of a URL into its parts.
func cutAuthority(rest string) (user, host, port, tail string) {
	authority := rest
	if i := strings.IndexAny(rest, `/\?#`); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, authority = authority[:i], authority[i+1:]
	}
	host, port = splitPort(authority)
	return user, host, port, tail
}

func parsePort(s string) (int, bool) {
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err == nil
}

// plausible tells that what follows the scheme of a URL that is not fetched
// could be right for it, so that the scheme is all that is wrong.
func plausible(scheme, rest string) bool {
	after, ok := strings.CutPrefix(rest, "//")
	if !ok || scheme == "file" {
		return true
	}
	if i := strings.IndexAny(after, "/?#"); i >= 0 {
		after = after[:i]
	}
	_, host, port, tail := cutAuthority(after)
	if _, ok := parsePort(port); !ok || tail != "" { // a back slash is no slash here
		return false
	}
	if strings.HasPrefix(host, "[") {
		_, ok := parseHost(host)
		return ok
	}
	return !strings.ContainsAny(host, " <>[]^|:")
}

func splitPort(authority string) (host, port string) {
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		return authority[:i], authority[i+1:]
	}
	return authority, ""
}

// normalTail returns path, query and fragment with dot segments resolved and
// escaped as far as needed.
func normalTail(tail string) string {
	tail, fragment, hasFragment := strings.Cut(tail, "#")
	path, query, hasQuery := strings.Cut(tail, "?")
	var b strings.Builder
	b.Grow(len(tail) + len(fragment) + 8)
	writePath(&b, path)
	if hasQuery {
		b.WriteByte('?')
		escape(&b, query, "\"<>'", true)
	}
	if hasFragment {
		b.WriteByte('#')
		escape(&b, fragment, "\"<>`", false)
	}
	return b.String()
}

// writePath writes a path without "." and "..". It keeps where each segment
// begins, so that a path of nothing but ".." costs no more than another.
func writePath(b *strings.Builder, path string) {
	var kept []string
	path = strings.ReplaceAll(path, `\`, "/")
	path = strings.TrimPrefix(path, "/")
	for more := true; more; {
		var segment string
		segment, path, more = strings.Cut(path, "/")
		switch dots(segment) {
		case 1:
			if !more {
				kept = append(kept, "")
			}
		case 2:
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if !more {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	for _, segment := range kept {
		b.WriteByte('/')
		escape(b, segment, "\"<>`{}", false)
	}
}

// dots is 1 for ".", 2 for "..", also when escaped, else 0.
func dots(segment string) int {
	if len(segment) > len("%2e%2e") || segment == "" {
		return 0
	}
	switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
	case ".":
		return 1
	case "..":
		return 2
	}
	return 0
}

const upperHex = "0123456789ABCDEF"

// escape writes s with percent escapes for blanks, control characters, bytes
// beyond ASCII, and the characters in also; and for a percent sign that escapes
// nothing unless strayPercent lets it stay, which package url takes in queries only.
func escape(b *strings.Builder, s, also string, strayPercent bool) {
	for i := range len(s) {
		c := s[i]
		bare := c == '%' && !strayPercent && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]))
		if c <= ' ' || c >= 0x7F || bare || strings.IndexByte(also, c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
			continue
		}
		b.WriteByte(c)
	}
}

// maxShown is how much of a URL an error text repeats.
const maxShown = 500

// Mask returns a URL for an error text: user info replaced by "***", long ones
// cut. It works on any text.
func Mask(raw string) string { return shown(raw, "***@") }

// withoutUser is Mask with the user info left out.
func withoutUser(raw string) string { return shown(raw, "") }

func shown(raw, user string) string {
	if start := strings.Index(raw, "//"); start >= 0 {
		start += 2
		end := len(raw)
		if i := strings.IndexAny(raw[start:], `/\?#`); i >= 0 {
			end = start + i
		}
		if at := strings.LastIndexByte(raw[start:end], '@'); at >= 0 {
			raw = raw[:start] + user + raw[start+at+1:]
		}
	}
	if len(raw) > maxShown {
		cut := maxShown
		for cut > 0 && !utf8.RuneStart(raw[cut]) {
			cut--
		}
		raw = raw[:cut] + "…"
	}
	return raw
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

package webfetch

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parseHost reads the host of a URL (URL Standard, section 3.5) and returns it
// as it stands in a URL: "[::1]", "127.0.0.1", "xn--bcher-kva.test".
func parseHost(s string) (string, bool) {
	if strings.HasPrefix(s, "[") {
		inside, ok := strings.CutSuffix(s[1:], "]")
		if !ok || strings.ContainsRune(inside, '%') {
			return "", false
		}
		a, err := netip.ParseAddr(inside)
		if err != nil || !a.Is6() {
			return "", false
		}
		if a.Is4In6() { // the URL Standard has no dotted form
			b := a.As16()
			return fmt.Sprintf("[::ffff:%x:%x]", int(b[12])<<8|int(b[13]), int(b[14])<<8|int(b[15])), true
		}
		return "[" + a.String() + "]", true
	}
	s, ok := unescapeHost(s)
	if !ok {
		return "", false
	}
	s, ok = toASCII(s)
	if !ok || s == "" || len(s) > 254 {
		return "", false
	}
	for i := range len(s) {
		if strings.IndexByte(" #/:<>?@[\\]^|%\"`{}", s[i]) >= 0 || s[i] < ' ' || s[i] == 0x7F {
			return "", false
		}
	}
	if endsInNumber(s) {
		a, ok := parseIPv4(s)
		return a.String(), ok
	}
	return s, true
}

// unescapeHost resolves percent escapes; a stray percent sign stays, and is
// refused later.
func unescapeHost(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, utf8.ValidString(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b.WriteByte(byte(n))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String(), utf8.ValidString(b.String())
}

// endsInNumber tells that a host can only be an IPv4 address: its last label,
// but for one that is empty, is a number.
func endsInNumber(s string) bool {
	s = strings.TrimSuffix(s, ".")
	last := s[strings.LastIndexByte(s, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, ok := ipv4Number(last)
	return ok
}

// parseIPv4 reads one to four numbers, of which the last one fills what is left
// of the address: "127.1", "0x7f000001", "017700000001".
func parseIPv4(s string) (netip.Addr, bool) {
	parts := strings.Split(strings.TrimSuffix(s, "."), ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var address uint64
	for i, part := range parts {
		n, ok := ipv4Number(part)
		if !ok {
			return netip.Addr{}, false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return netip.Addr{}, false
			}
			address |= n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return netip.Addr{}, false
		}
		address |= n
	}
	return netip.AddrFrom4([4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}), true
}

func ipv4Number(s string) (uint64, bool) {
	base, digits := 10, "0123456789"
	switch {
	case s == "":
		return 0, false
	case len(s) >= 2 && (s[:2] == "0x" || s[:2] == "0X"):
		s, base, digits = s[2:], 16, "0123456789abcdefABCDEF"
	case len(s) >= 2 && s[0] == '0':
		s, base, digits = s[1:], 8, "01234567"
	}
	if strings.Trim(s, digits) != "" {
		return 0, false
	}
	s = strings.TrimLeft(s, "0")
	switch {
	case s == "":
		return 0, true
	case len(s) > 16: // a number, and larger than any address
		return 1 << 62, true
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

// toASCII is the name as DNS knows it (UTS 46, without the normalisation of
// composed characters): lower case, ASCII that is written in other forms as such,
// ideographic stops as dots, labels with other letters in punycode.
func toASCII(s string) (string, bool) {
	if isASCII(s) {
		s = strings.ToLower(s)
		return s, validLabels(s)
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // full-width forms of ASCII
			return unicode.ToLower(r - '！' + '!')
		case r >= 'Ⓐ' && r <= 'Ⓩ': // in circles
			return r - 'Ⓐ' + 'a'
		case r >= 'ⓐ' && r <= 'ⓩ':
			return r - 'ⓐ' + 'a'
		case r >= '①' && r <= '⑨':
			return r - '①' + '1'
		case r == '⓪':
			return '0'
		case r >= '₀' && r <= '₉': // below the line
			return r - '₀' + '0'
		case r >= '𝟎' && r <= '𝟿': // of mathematics, in five styles
			return (r-'𝟎')%10 + '0'
		case r == '。' || r == '．' || r == '｡':
			return '.'
		case r == '\u00AD' || r == '\u200B' || r == '\u2060' || r == '\uFEFF' || r >= '\uFE00' && r <= '\uFE0F':
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	labels := strings.Split(s, ".")
	for i, label := range labels {
		if isASCII(label) {
			continue
		}
		if len(label) > 4*63 {
			return "", false
		}
		for _, r := range label {
			if r >= 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) &&
				!unicode.IsSymbol(r) && r != '\u00B7' && r != '\u200C' && r != '\u200D' && r != '\u30FB' {
				return "", false
			}
		}
		labels[i] = "xn--" + punycode(label)
		if len(labels[i]) > 63 {
			return "", false
		}
	}
	s = strings.Join(labels, ".")
	return s, validLabels(s)
}

// validLabels refuses labels that pretend to be punycode: one that decodes to
// plain ASCII would be another name to people than to DNS.
func validLabels(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if encoded, ok := strings.CutPrefix(label, "xn--"); ok && (encoded == "" || strings.HasSuffix(encoded, "-")) {
			return false
		}
	}
	return true
}

func isASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// punycode encodes a label (RFC 3492, section 6.3).
func punycode(label string) string {
	const (
		base, tMin, tMax = 36, 1, 26
		skew, damp       = 38, 700
	)
	out := make([]byte, 0, len(label)+8)
	for i := range len(label) {
		if label[i] < utf8.RuneSelf {
			out = append(out, label[i])
		}
	}
	runes := []rune(label)
	basic := len(out)
	done := basic
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(0x80), 0, 72
	for done < len(runes) {
		next := rune(unicode.MaxRune)
		for _, r := range runes {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := base; ; k += base {
				t := min(max(k-bias, tMin), tMax)
				if q < t {
					break
				}
				out = append(out, punycodeDigit(t+(q-t)%(base-t)))
				q = (q - t) / (base - t)
			}
			out = append(out, punycodeDigit(q))
			// Adapt the bias (section 6.1).
			if done == basic {
				delta /= damp
			} else {
				delta /= 2
			}
			delta += delta / (done + 1)
			k := 0
			for ; delta > (base-tMin)*tMax/2; k += base {
				delta /= base - tMin
			}
			bias = k + (base-tMin+1)*delta/(delta+skew)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return string(out)
}

func punycodeDigit(n int) byte {
	if n < 26 {
		return byte('a' + n)
	}
	return byte('0' + n - 26)
}

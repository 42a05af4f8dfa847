package jid

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/internal/normal"
)

// Fold is the address in the form in which addresses are compared. What is
// written so already is returned as it is, without cost. A part that is too long is
// left alone: it is no address's.
func (j JID) Fold() JID {
	return JID{Local: foldLocal(j.Local), Domain: FoldDomain(j.Domain), Resource: foldResource(j.Resource)}
}

// foldLocal is UsernameCaseMapped (RFC 8265, section 3.3): widths, case, NFC.
func foldLocal(s string) string {
	if isLowerASCII(s) || len(s) > MaxPart {
		return s
	}
	return normal.NFC(strings.Map(unicode.ToLower, narrow(s)))
}

// foldResource is OpaqueString (RFC 8265, section 4.2): all spaces are one, NFC.
func foldResource(s string) string {
	if isASCII(s) || len(s) > MaxPart {
		return s
	}
	return normal.NFC(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, s))
}

// FoldDomain brings a domain into the form in which domains are compared: lower
// case, letters of the language instead of xn--, no dot at the end.
func FoldDomain(s string) string {
	plain := isLowerASCII(s) && !strings.Contains(s, "xn--") && !strings.HasSuffix(s, ".")
	if plain || len(s) > MaxPart {
		return s
	}
	s = strings.ToLower(strings.Map(dot, narrow(s)))
	labels := strings.Split(strings.TrimSuffix(s, "."), ".")
	for i, label := range labels {
		if coded, ok := strings.CutPrefix(label, "xn--"); ok {
			if text, ok := decode(coded); ok && isFolded(text) && encode(text) == coded {
				label = text
			}
		}
		labels[i] = normal.NFC(label)
	}
	return strings.Join(labels, ".")
}

// isFolded reports whether a label that stood behind xn-- is written as such labels
// are. One that is not only pretends to be one, and is compared as it is.
func isFolded(label string) bool {
	return !isASCII(label) && narrow(label) == label && strings.ToLower(label) == label && normal.NFC(label) == label &&
		!strings.ContainsFunc(label, func(r rune) bool { return !inDomain(r) || dot(r) == '.' })
}

// ASCIIDomain is a domain as DNS and certificates have it: xn-- for labels with
// letters of other languages.
func ASCIIDomain(s string) string {
	s = FoldDomain(s)
	if isASCII(s) {
		return s
	}
	labels := strings.Split(s, ".")
	for i, label := range labels {
		if !isASCII(label) {
			labels[i] = "xn--" + encode(label)
		}
	}
	return strings.Join(labels, ".")
}

// narrow replaces full-width and half-width forms by what they are forms of; but no
// ＠ and no ／, or somebody would be taken for who he is not.
func narrow(s string) string {
	if !strings.ContainsFunc(s, isWide) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		form := string(r)
		if isWide(r) {
			if form = normal.NFKC(form); strings.ContainsAny(form, "@/") {
				form = string(r)
			}
		}
		b.WriteString(form)
	}
	return b.String()
}

// isWide reports whether r is one of the forms that East Asian typography made
// of other characters.
func isWide(r rune) bool { return r >= 0xFF01 && r <= 0xFFEE || r == 0x3000 }

// dot makes a dot of the stops that people type in domains (RFC 5895, section 2).
func dot(r rune) rune {
	if r == '。' {
		return '.'
	}
	return r
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

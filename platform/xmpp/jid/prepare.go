package jid

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/internal/normal"
)

// validLocal reports whether s is in the IdentifierClass (RFC 8264, section 4.2)
// and has none of the characters that RFC 7622, section 3.3.1, takes out.
func validLocal(s string) bool {
	if s == "" || !utf8.ValidString(s) {
		return false
	}
	for _, r := range narrow(s) {
		switch {
		case r < utf8.RuneSelf:
			if r <= ' ' || r == 0x7F || strings.ContainsRune(`"&'/:<>@`, r) {
				return false
			}
		case !unicode.In(r, unicode.L, unicode.Mn, unicode.Mc, unicode.Nd) && !unassigned(r),
			unicode.Is(neverInNames, r), hasCompatible(r):
			return false
		}
	}
	return len(foldLocal(s)) <= MaxPart
}

// hasCompatible reports whether r is only another way to write something, such
// as a ligature.
func hasCompatible(r rune) bool {
	s := string(unicode.ToLower(r))
	return normal.NFKC(s) != normal.NFC(s)
}

// unassigned reports whether the tables do not know r yet.
func unassigned(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C)
}

// neverInNames are letters and marks that RFC 5892, section 2.6, and RFC 8264,
// sections 9.9 and 9.13, take out: fillers, old jamo, what is not seen.
var neverInNames = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x034F, 0x034F, 1}, {0x0640, 0x0640, 1}, {0x07FA, 0x07FA, 1}, {0x1100, 0x11FF, 1}, {0x17B4, 0x17B5, 1},
		{0x180B, 0x180F, 1}, {0x302E, 0x302F, 1}, {0x3031, 0x3035, 1}, {0x303B, 0x303B, 1}, {0x3164, 0x3164, 1},
		{0xA960, 0xA97F, 1}, {0xD7B0, 0xD7FF, 1}, {0xFE00, 0xFE0F, 1}, {0xFFA0, 0xFFA0, 1},
	},
	R32: []unicode.Range32{{0xE0100, 0xE01EF, 1}},
}

// validResource reports whether s is in the FreeformClass (RFC 8264, section
// 4.3): anything but control characters.
func validResource(s string) bool {
	if s == "" || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) || r&0xFFFE == 0xFFFE {
			return false
		}
	}
	return len(foldResource(s)) <= MaxPart
}

// maxLabel and maxName are what DNS allows, in the form with xn--.
const (
	maxLabel = 63
	maxName  = 253
)

// validDomain reports whether s is a name for DNS, or an IPv4 or IPv6 address,
// the latter in brackets (RFC 7622, section 3.2).
func validDomain(s string) bool {
	if address, ok := strings.CutPrefix(s, "["); ok {
		address, ok = strings.CutSuffix(address, "]")
		a, err := netip.ParseAddr(address)
		return ok && err == nil && a.Is6() && a.Zone() == ""
	}
	if !utf8.ValidString(s) || len(s) > 4*maxName {
		return false
	}
	for _, r := range narrow(s) {
		if !inDomain(dot(r)) {
			return false
		}
	}
	name := ASCIIDomain(s)
	if len(name) > maxName {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// inDomain reports whether r may stand in a domain. The underscore is none of
// IDNA's, but internal hosts have it.
func inDomain(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
		return true
	case r < utf8.RuneSelf:
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So) || r == '·' || r == '・' || unassigned(r)
}

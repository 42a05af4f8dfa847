package sasl

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/internal/normal"
)

// ErrPrep is for a name or a password that no server can have stored.
var ErrPrep = errors.New("the name or the password has characters that cannot be used")

// Prep is SASLprep (RFC 4013): what differs only in the way it was typed becomes
// the same. Characters that Unicode 3.2 did not have are let pass, as in a query:
// who has one in his password means it.
func Prep(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrPrep
	}
	s = normal.NFKC(strings.Map(mapped, s))
	right := false
	for _, r := range s {
		if unicode.Is(prohibited, r) {
			return "", ErrPrep
		}
		right = right || unicode.Is(rightToLeft, r)
	}
	if right && !oneDirection(s) {
		return "", ErrPrep
	}
	return s, nil
}

func prepBoth(user, password string) (string, string, error) {
	user, err := Prep(user)
	if err != nil {
		return "", "", err
	}
	password, err = Prep(password)
	return user, password, err
}

// mapped makes spaces of other spaces, and nothing of what is not seen (RFC 3454,
// tables C.1.2 and B.1).
func mapped(r rune) rune {
	switch {
	case unicode.Is(nothing, r):
		return -1
	case unicode.Is(spaces, r):
		return ' '
	}
	return r
}

// oneDirection checks a text that has right-to-left letters: no others, and one at
// each end (RFC 3454, section 6).
func oneDirection(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if !unicode.Is(rightToLeft, first) || !unicode.Is(rightToLeft, last) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(rightToLeft, r) })
}

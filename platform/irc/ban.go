package irc

import (
	"regexp"
	"strings"
)

// banWords are what servers call a ban: K-Lined, G:lined, Z-lined, AKILL, banned.
var banWords = regexp.MustCompile(`(?i)\b[dgkqz][-: ]?lined?\b|\bakill|\bautokill|\bbanned\b`)

// otherReasons begin a reason that has somebody else's words behind it.
var otherReasons = regexp.MustCompile(`(?i)^(quit|ping timeout|killed|local kill)\b`)

// isBan tells a ban from other reasons to close. What counts is the reason, which
// stands in the last parentheses or brackets: nicks and hosts in front of it may
// have any word in them.
//
//	Closing Link: mara[10.0.0.9] (K-Lined: spam)
//	Closing link: (~mara@10.0.0.9) [G-Lined: spam]
//	Closing Link: inkline[10.0.0.9] (Ping timeout: 240 seconds)     is none
func isBan(text string) bool {
	reason := closingReason(strings.TrimSpace(text))
	return !otherReasons.MatchString(reason) && banWords.MatchString(reason)
}

// closingReason is what the last parentheses or brackets enclose, with those
// inside of them; without any, what stands behind the host.
func closingReason(text string) string {
	pairs := map[byte]byte{')': '(', ']': '['}
	if text == "" || pairs[text[len(text)-1]] == 0 {
		const opening = "closing link:"
		if len(text) > len(opening) && strings.EqualFold(text[:len(opening)], opening) {
			_, text, _ = strings.Cut(strings.TrimSpace(text[len(opening):]), " ")
		}
		return text
	}
	closing := text[len(text)-1]
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case closing:
			depth++
		case pairs[closing]:
			if depth--; depth == 0 {
				return strings.TrimLeft(text[i+1:len(text)-1], "* ")
			}
		}
	}
	return text
}

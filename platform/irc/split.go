package irc

import (
	"strings"
	"unicode/utf8"
)

// splitText cuts a text into pieces of at most limit bytes: at a blank, but for
// words that fit in no piece, and never inside a character. No byte is lost: who
// joins the pieces has the text again, also when he takes off what blanks he
// finds where the seam says.
func splitText(text string, limit int, s seam) []string {
	var pieces []string
	for len(text) > limit {
		end := pieceEnd(text, limit, s)
		pieces = append(pieces, text[:end])
		text = text[end:]
	}
	return append(pieces, text)
}

// seam reports whether a text may be cut at a place, and whether that is between
// two words.
type seam func(text string, at int) (possible, between bool)

// inFront cuts in front of blanks: readers take those at the end of a text off.
func inFront(text string, at int) (possible, between bool) {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	possible = !isBlank(before)
	return possible, possible && text[at] == ' '
}

// behind cuts behind blanks: readers take those at the beginning of an action off.
func behind(text string, at int) (possible, between bool) {
	possible = text[at] != ' '
	return possible, possible && text[at-1] == ' '
}

// pieceEnd is where the first piece of a text ends that is longer than limit.
func pieceEnd(text string, limit int, s seam) int {
	end := runeStart(text, limit)
	if end == 0 {
		return limit // no UTF-8
	}
	inWord := 0 // the last place where a piece may end at all
	for at := end; at > 0; at = runeStart(text, at-1) {
		possible, between := s(text, at)
		if between && wordLength(text[at:]) <= limit {
			return at
		}
		if possible && inWord == 0 {
			inWord = at
		}
		if between {
			break
		}
	}
	if inWord > 0 {
		return inWord
	}
	return end
}

// wordLength is the length of a text's first word, with one blank in front of it.
func wordLength(text string) int {
	if next := strings.IndexByte(text[1:], ' '); next >= 0 {
		return next + 1
	}
	return len(text)
}

// runeStart is the last place up to at that is not inside a character.
func runeStart(text string, at int) int {
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

// textLines are the lines of a text that are not empty: each will be a message by
// itself.
func textLines(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = trimEnd(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// splitLines cuts each of the lines, and counts the pieces.
func splitLines(lines []string, limit int, s seam) (pieces [][]string, count int) {
	for _, line := range lines {
		split := splitText(line, limit, s)
		pieces = append(pieces, split)
		count += len(split)
	}
	return pieces, count
}

// textBudget is how many bytes of text fit in a line as all others see it:
//
//	:NICK!USER@HOST PRIVMSG #deck :TEXT\r\n
//
// Before the server told the user's name and host they may be as long as the
// server lets them be (USERLEN, HOSTLEN), else as they get on other servers.
func (s *state) textBudget(command, target string) int {
	user, host := len(s.user), len(s.userHost)
	if user == 0 {
		user = max(s.support.userLength, 10) + len("~")
	}
	if host == 0 {
		host = max(s.support.hostLength, 64)
	}
	frame := len(":!@   :\r\n") + len(s.nick) + user + host + len(command) + len(target)
	return max(s.support.lineLength-frame, minBudget)
}

// minBudget is left for a text whatever a server says of names and hosts.
const minBudget = 64

package irc

import (
	"strings"
	"unicode/utf8"
)

// splitText cuts a text into pieces of at most limit bytes: behind a blank, but
// for words that fit in no piece, and never inside a character. No byte is lost,
// so that joined pieces are the text again.
func splitText(text string, limit int) []string {
	var pieces []string
	for len(text) > limit {
		end := limit
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		if end == 0 {
			end = limit // no UTF-8
		}
		if blank := strings.LastIndexByte(text[:end], ' '); blank > 0 {
			word := text[blank+1:]
			if next := strings.IndexByte(word, ' '); next >= 0 {
				word = word[:next]
			}
			if len(word) <= limit {
				end = blank + 1
			}
		}
		pieces = append(pieces, text[:end])
		text = text[end:]
	}
	return append(pieces, text)
}

// textLines are the lines of a text that are not empty.
func textLines(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = trimEnd(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// textBudget is how many bytes of text fit in a line as all others see it:
//
//	:NICK!USER@HOST PRIVMSG #deck :TEXT\r\n
//
// Before the server told the user's host it may be as long as hosts get.
func (s *state) textBudget(command, target string) int {
	const userLength, hostLength = 11, 63
	user, host := len(s.user), len(s.userHost)
	if user == 0 {
		user = userLength
	}
	if host == 0 {
		host = hostLength
	}
	frame := len(":!@   :\r\n") + len(s.nick) + user + host + len(command) + len(target)
	return max(s.support.lineLength-frame, minBudget)
}

// minBudget is left for a text whatever a server says of names and hosts.
const minBudget = 64

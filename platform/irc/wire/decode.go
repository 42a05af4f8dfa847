package wire

import (
	"bytes"
	"unicode/utf8"
)

// decode is a line as UTF-8. Its text, which stands behind the first " :" that
// is not in its tags or source, and what stands in front of it are read each by
// itself: somebody may write in Windows-1252 to a room with a name in UTF-8.
func decode(line []byte) string {
	if utf8.Valid(line) {
		return string(line)
	}
	length := len(line)
	if line[0] == '@' {
		length -= bytes.IndexByte(line, ' ') + 1
	}
	head, text := splitText(line)
	return decodePart(head, length) + decodePart(text, length)
}

// splitText cuts a line in front of its trailing parameter.
func splitText(line []byte) (head, text []byte) {
	at := 0
	for at < len(line) && (line[at] == '@' || line[at] == ':') { // tags, source
		blank := bytes.IndexByte(line[at:], ' ')
		if blank < 0 {
			return line, nil
		}
		at += blank + 1
	}
	if colon := bytes.Index(line[at:], []byte(" :")); colon >= 0 {
		return line[:at+colon], line[at+colon:]
	}
	return line, nil
}

// decodePart reads a part of a line that has length bytes without its tags.
func decodePart(part []byte, length int) string {
	if utf8.Valid(part) {
		return string(part)
	}
	if whole, mark, ok := withoutCut(part, length); ok {
		return string(whole) + mark
	}
	text := make([]byte, 0, len(part)+len(part)/2)
	for _, c := range part {
		r := rune(c)
		if c >= 0x80 && c < 0xA0 {
			r = windows1252[c-0x80]
		}
		text = utf8.AppendRune(text, r)
	}
	return string(text)
}

// cutMark is what ngIRCd puts behind a line that it has cut.
const cutMark = "[CUT]"

// withoutCut takes the rest of a character away that a server's limit of bytes
// went through: at the end, or in front of the server's mark.
//
//	:otto!~o@quay.example PRIVMSG #deck :gr\xC3\xBC\xC3        "grü"
//	:otto!~o@quay.example PRIVMSG #deck :caf\xE9                is Windows-1252, "café"
//
// What remains must be UTF-8. One byte behind ASCII alone looks the same in both
// encodings: then only a line that fills what a line may have was cut.
func withoutCut(part []byte, length int) (whole []byte, mark string, ok bool) {
	part, marked := bytes.CutSuffix(part, []byte(cutMark))
	if marked {
		mark = cutMark
	}
	for rest := 1; rest < utf8.UTFMax && rest < len(part); rest++ {
		at := len(part) - rest
		if !utf8.RuneStart(part[at]) {
			continue
		}
		whole = part[:at]
		certain := rest > 1 || !isASCII(whole) || length >= LineLength-len("\r\n")-utf8.UTFMax
		return whole, mark, certain && utf8.Valid(whole) && isLead(part[at], rest)
	}
	return nil, "", false
}

// isLead reports whether a byte begins a character of more bytes than have come.
func isLead(c byte, have int) bool {
	return c >= 0xC2 && c <= 0xDF && have < 2 || c >= 0xE0 && c <= 0xEF && have < 3 || c >= 0xF0 && c <= 0xF4 && have < 4
}

func isASCII(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// windows1252 are the characters from 0x80 to 0x9F; all others are those of
// Latin-1. Five are not assigned and stay what they are.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8D, 'Ž', 0x8F,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9D, 'ž', 'Ÿ',
}

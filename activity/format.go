package activity

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// formats are the string formats that platforms' schemas use, as Sockethub has
// always checked them. They differ from the RFCs, and clients depend on it: a
// date-time may lack its zone, an e-mail address has a dotted domain and no
// quoted part, an iri is absolute and of a known scheme.
func formats() map[string]func(string) bool {
	return map[string]func(string) bool{
		"date-time": isDateTime,
		"email":     isEmail,
		"uri":       isURI,
		"iri":       isIRI,
	}
}

// isDateTime wants a date of the calendar, one "T", "t" or blank, and a time
// whose fraction and zone ("Z", "+01", "+0100", "+01:00") may be missing.
func isDateTime(s string) bool {
	at := strings.IndexFunc(s, func(r rune) bool { return r == 't' || r == 'T' || isBlank(r) })
	if at < 0 {
		return false
	}
	_, n := utf8.DecodeRuneInString(s[at:])
	return isDate(s[:at]) && isTime(s[at+n:])
}

// isBlank is \s of ECMAScript.
func isBlank(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', '\u2028', '\u2029', '\uFEFF':
		return true
	}
	return unicode.Is(unicode.Zs, r)
}

func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	year, month, day := decimal(s[:4]), decimal(s[5:7]), decimal(s[8:])
	if year < 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := 31
	switch month {
	case 4, 6, 9, 11:
		days = 30
	case 2:
		days = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			days = 29
		}
	}
	return day <= days
}

func isTime(s string) bool {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return false
	}
	hour, minute, second := decimal(s[:2]), decimal(s[3:5]), decimal(s[6:8])
	if hour < 0 || minute < 0 || second < 0 || hour > 23 || minute > 59 || second > 59 &&
		!(hour == 23 && minute == 59 && second == 60) {
		return false
	}
	zone := s[8:]
	if strings.HasPrefix(zone, ".") {
		rest := strings.TrimLeft(zone[1:], "0123456789")
		if len(rest) == len(zone)-1 {
			return false
		}
		zone = rest
	}
	switch {
	case zone == "", zone == "Z", zone == "z":
		return true
	case zone[0] != '+' && zone[0] != '-':
		return false
	case len(zone) == 3:
		return decimal(zone[1:]) >= 0
	case len(zone) == 5:
		return decimal(zone[1:]) >= 0
	case len(zone) == 6 && zone[3] == ':':
		return decimal(zone[1:3]) >= 0 && decimal(zone[4:]) >= 0
	}
	return false
}

// decimal reads a number that is all digits; -1 if s is not one.
func decimal(s string) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !strings.Contains(domain, ".") {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || !consists(atom, "!#$%&'*+/=?^_`{|}~-") {
			return false
		}
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' || !consists(label, "-") {
			return false
		}
	}
	return true
}

// consists reports whether s has only letters and digits of ASCII and those in
// more.
func consists(s, more string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte(more, s[i]) < 0 {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

package feeds

import (
	"strings"
	"unicode/utf8"
)

// dateKind is what a token of a date is.
type dateKind uint8

const (
	dateEnd dateKind = iota
	dateNumber
	dateSymbol
	dateBlank
	dateMonth // value: 1 to 12
	dateHalf  // am, pm; value: hours to add
	dateZone  // value: minutes east of Greenwich
	dateT     // the letter between date and time
	dateWord  // any other
)

// dateScanner cuts a date into tokens; the current one is in its fields.
type dateScanner struct {
	text string
	pos  int

	kind   dateKind
	value  int
	length int // digits of a number
	word   string
}

func (d *dateScanner) step() {
	if d.pos >= len(d.text) {
		d.kind, d.length, d.word = dateEnd, 0, ""
		return
	}
	start := d.pos
	c := d.text[d.pos]
	switch {
	case c >= '0' && c <= '9':
		d.number()
	case c >= utf8.RuneSelf || isLetter(c):
		for d.pos < len(d.text) && (d.text[d.pos] >= utf8.RuneSelf || isLetter(d.text[d.pos])) {
			d.pos++
		}
		d.word = d.text[start:d.pos]
		d.kind, d.value = keyword(d.word)
	case isBlank(c) || c == '\v' || c == '\f':
		d.pos++
		d.kind = dateBlank
	default:
		d.pos++
		d.kind, d.value = dateSymbol, int(c)
	}
}

// maxDigits is how many digits of a number count, leading zeros aside.
const maxDigits = 9

func (d *dateScanner) number() {
	start, digits := d.pos, 0
	d.kind, d.value = dateNumber, 0
	for d.pos < len(d.text) && d.text[d.pos] >= '0' && d.text[d.pos] <= '9' {
		if digits > 0 || d.text[d.pos] != '0' {
			digits++
		}
		if digits <= maxDigits {
			d.value = d.value*10 + int(d.text[d.pos]-'0')
		}
		d.pos++
	}
	d.length = d.pos - start
}

func (d *dateScanner) is(symbol byte) bool { return d.kind == dateSymbol && d.value == int(symbol) }

// take steps over a symbol if it is the current token.
func (d *dateScanner) take(symbol byte) bool {
	if !d.is(symbol) {
		return false
	}
	d.step()
	return true
}

func (d *dateScanner) sign() bool { return d.is('+') || d.is('-') }

// fixed tells a number of exactly so many digits.
func (d *dateScanner) fixed(digits int) bool { return d.kind == dateNumber && d.length == digits }

// milliseconds are a fraction's first three digits.
func (d *dateScanner) milliseconds() int {
	fraction := (d.text[d.pos-d.length:d.pos] + "00")[:3]
	return int(fraction[0]-'0')*100 + int(fraction[1]-'0')*10 + int(fraction[2]-'0')
}

// next is the byte that follows the current token, 0 at the end.
func (d *dateScanner) next() byte {
	if d.pos < len(d.text) {
		return d.text[d.pos]
	}
	return 0
}

// parentheses skips a comment, also nested ones.
func (d *dateScanner) parentheses() {
	for depth := 1; d.pos < len(d.text) && depth > 0; d.pos++ {
		switch d.text[d.pos] {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
}

// keyword finds out what a word of a date means.
func keyword(word string) (dateKind, int) {
	word = strings.ToLower(word)
	if word == "t" {
		return dateT, 0
	}
	if weekdayOf(word) >= 0 {
		return dateWord, 0
	}
	if minutes, ok := zoneOf(word); ok {
		return dateZone, minutes
	}
	switch word {
	case "am":
		return dateHalf, 0
	case "pm":
		return dateHalf, 12
	}
	if len(word) >= 3 && !strings.HasPrefix(word, "marras") { // November in Finnish
		// English names count by their first three letters.
		if i := strings.Index("jan feb mar apr may jun jul aug sep oct nov dec", word[:3]); i >= 0 && i%4 == 0 {
			return dateMonth, i/4 + 1
		}
	}
	if n := monthOf(word); n > 0 {
		return dateMonth, n
	}
	return dateWord, 0
}

// zoneOf knows names of zones: those of RFC 822, and others that are not
// ambiguous enough to be left out.
func zoneOf(word string) (minutes int, ok bool) {
	switch word {
	case "z", "ut", "utc", "gmt", "wet":
		return 0, true
	case "est", "cdt":
		return -5 * 60, true
	case "edt", "ast":
		return -4 * 60, true
	case "cst", "mdt":
		return -6 * 60, true
	case "mst", "pdt":
		return -7 * 60, true
	case "pst", "akdt":
		return -8 * 60, true
	case "akst":
		return -9 * 60, true
	case "hst":
		return -10 * 60, true
	case "adt", "brt", "art":
		return -3 * 60, true
	case "nst":
		return -(3*60 + 30), true
	case "ndt":
		return -(2*60 + 30), true
	case "bst", "west", "cet", "met", "mez":
		return 60, true
	case "cest", "mest", "mesz", "eet", "sast":
		return 2 * 60, true
	case "eest", "msk":
		return 3 * 60, true
	case "pkt":
		return 5 * 60, true
	case "ist":
		return 5*60 + 30, true
	case "wib":
		return 7 * 60, true
	case "awst", "sgt", "hkt":
		return 8 * 60, true
	case "jst", "kst":
		return 9 * 60, true
	case "acst":
		return 9*60 + 30, true
	case "aest":
		return 10 * 60, true
	case "aedt":
		return 11 * 60, true
	case "nzst":
		return 12 * 60, true
	case "nzdt":
		return 13 * 60, true
	}
	return 0, false
}

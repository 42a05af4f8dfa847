package feeds

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// looseDate reads a date that no JavaScript engine reads, as people and their
// programs write them:
//
//	Fri, 31 Mar 2023 20:19:00 America/Los_Angeles     Nov. 16, 2020, 10:57 a.m.
//	Mon, 16th Nov 2020 13:16:28 GMT                   2024년 2월 9일 오후 3:04
//	wt., 05 sty 2024 08:00:00 +0000                   Fri, 26/06/2020
//
// The parts may stand in any order. Where they can be read in two ways, and no
// day of the week decides, there is no date.
type looseDate struct {
	text string // in lower case
	pos  int

	numbers   []datePart // days, months and years that have no name
	year      int
	month     int
	day       int
	hasYear   bool
	weekday   time.Weekday // -1 for none
	american  bool         // the zone is one where the month goes first
	hour      int
	minute    int
	second    int
	ms        int
	hasTime   bool
	half      int            // 12 for pm, 0 for am, -1 for neither
	offset    int            // minutes east of Greenwich
	hasOffset bool           // it was given in digits
	zone      *time.Location // instead of the offset
}

// datePart is a number and the sign between it and the one before.
type datePart struct {
	value, digits int
	before        byte
}

// readLoose reads s, in which all white space is blanks.
func readLoose(s string) date {
	d := &looseDate{text: strings.ToLower(s), weekday: -1, half: -1}
	for d.pos < len(d.text) {
		if !d.part(s) {
			return date{}
		}
	}
	return d.result()
}

// part reads the next part; original is the text with its capital letters. It
// is false where that makes no sense.
func (d *looseDate) part(original string) bool {
	c := d.text[d.pos]
	switch {
	case isDigit(c):
		return d.number()
	case c == '(':
		end := strings.LastIndexByte(d.text[d.pos:], ')')
		if end < 0 {
			return false
		}
		d.pos += end + 1
		return true
	case c == '+' || c == '-':
		if d.expectsOffset() && d.signed() {
			return true
		}
		d.pos++
		return c == '-'
	case c < utf8.RuneSelf && !isLetter(c):
		d.pos++
		return strings.IndexByte(" ,./|'[]", c) >= 0 || c == ':' && d.pos < len(d.text) && (d.text[d.pos] == '+' || d.text[d.pos] == '-')
	}
	if zone, n := ianaZone(original, d.text, d.pos); n > 0 {
		if d.pos += n; !d.hasOffset {
			d.zone = zone
		}
		return zone != nil
	}
	return d.word()
}

// number reads a number, and what its neighbours make of it.
func (d *looseDate) number() bool {
	start := d.pos
	before := byte(0)
	if start > 0 {
		before = d.text[start-1]
	}
	n, digits := d.digits()
	switch unit, size := d.unit(); {
	case digits > 4:
		return d.compact(d.text[start:d.pos])
	case size > 0:
		d.pos += size
		return d.measured(n, unit)
	case d.follows('h') && digits <= 2 && !d.hasTime, d.follows(':') && digits <= 2 && !d.hasTime, d.follows(':') && d.hour+d.minute+d.second == 0:
		return d.clock(n)
	case !d.hasTime && n <= 12 && d.halfFollows():
		d.hour, d.hasTime = n, true
		return true
	case d.ordinal():
		if d.day != 0 {
			return false
		}
		d.day = n
		return n > 0
	}
	d.numbers = append(d.numbers, datePart{n, digits, before})
	return len(d.numbers) <= 3
}

func (d *looseDate) digits() (n, digits int) {
	for d.pos < len(d.text) && isDigit(d.text[d.pos]) {
		if digits++; digits <= maxDigits {
			n = n*10 + int(d.text[d.pos]-'0')
		}
		d.pos++
	}
	return n, digits
}

// follows tells that a sign with a digit behind it comes next.
func (d *looseDate) follows(sign byte) bool {
	return d.pos+1 < len(d.text) && d.text[d.pos] == sign && isDigit(d.text[d.pos+1])
}

// clock reads the rest of a time: ":04:05.123".
func (d *looseDate) clock(hour int) bool {
	d.hour, d.hasTime = hour, true
	d.pos++
	d.minute, _ = d.digits()
	d.second, d.ms = 0, 0
	if d.follows(':') {
		d.pos++
		d.second, _ = d.digits()
	}
	if d.follows('.') || d.follows(',') {
		d.pos++
		start := d.pos
		d.digits()
		fraction := (d.text[start:d.pos] + "00")[:3]
		d.ms = int(fraction[0]-'0')*100 + int(fraction[1]-'0')*10 + int(fraction[2]-'0')
	}
	if strings.HasPrefix(d.text[d.pos:], ":00") { // some programs write frames
		d.pos += len(":00")
	}
	return true
}

// expectsOffset tells that a sign may begin an offset: behind a time, or behind
// a date as in "02.01.2006 -0700".
func (d *looseDate) expectsOffset() bool {
	if d.hasTime {
		return true
	}
	rest := d.text[d.pos+1:]
	return len(d.numbers) == 3 && d.text[d.pos-1] == ' ' && len(rest) >= 4 && len(strings.Trim(rest[:4], "0123456789")) == 0
}

// signed reads an offset with its sign: "-0700", "+05:30", "--0700", "- 0700".
func (d *looseDate) signed() bool {
	start := d.pos
	east := 1
	for d.pos < len(d.text) && (d.text[d.pos] == '+' || d.text[d.pos] == '-' || d.text[d.pos] == ' ') {
		if d.text[d.pos] == '-' {
			east = -1
		} else if d.text[d.pos] == '+' {
			east = 1
		}
		d.pos++
	}
	n, digits := d.digits()
	hours, minutes := n, 0
	switch {
	case digits == 1 || digits == 2:
		for i := 0; i < 2 && d.follows(':'); i++ { // the second time it is seconds
			d.pos++
			if m, _ := d.digits(); i == 0 {
				minutes = m
			}
		}
	case digits == 3 || digits == 4:
		hours, minutes = n/100, n%100
	default:
		d.pos = start
		return false
	}
	if hours > 15 || minutes > 59 { // no zone is that far
		d.pos = start
		return false
	}
	d.offset, d.hasOffset, d.zone = east*(hours*60+minutes), true, nil
	return true
}

// compact reads "20240209" and "20240209103000"; a "t" may be between.
func (d *looseDate) compact(digits string) bool {
	if len(d.numbers) > 0 || d.hasYear || len(digits) != 8 && len(digits) != 14 || digits[:2] != "19" && digits[:2] != "20" {
		return false
	}
	clock := digits[8:]
	if clock == "" && d.pos < len(d.text) && d.text[d.pos] == 't' {
		start := d.pos + 1
		d.pos = start
		if _, n := d.digits(); n != 6 && n != 4 {
			return false
		}
		clock = d.text[start:d.pos]
	}
	two := func(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }
	d.year, d.month, d.day, d.hasYear = two(digits)*100+two(digits[2:]), two(digits[4:]), two(digits[6:]), true
	if clock != "" {
		d.hasTime, d.hour, d.minute = true, two(clock), two(clock[2:])
	}
	if len(clock) == 6 {
		d.second = two(clock[4:])
	}
	return true
}

// unit is the word of Korean, Japanese or Chinese that says what the number
// before it counts, and its size with the blanks before it.
func (d *looseDate) unit() (unit rune, size int) {
	rest := strings.TrimLeft(d.text[d.pos:], " ")
	r, n := utf8.DecodeRuneInString(rest)
	switch r {
	case '년', '年', '월', '月', '일', '日', '号', '號', '시', '時', '时', '点', '點', '분', '分', '초', '秒':
		return r, len(d.text) - d.pos - len(rest) + n
	}
	return 0, 0
}

func (d *looseDate) measured(n int, unit rune) bool {
	switch unit {
	case '년', '年':
		d.year, d.hasYear = n, true
	case '월', '月':
		d.month = n
	case '일', '日', '号', '號':
		d.day = n
	case '분', '分':
		d.minute = n
	case '초', '秒':
		d.second = n
	default:
		d.hour, d.hasTime = n, true
	}
	return true
}

// ordinal passes over what makes a number the first, the second, the third.
func (d *looseDate) ordinal() bool {
	for _, suffix := range []string{"st", "nd", "rd", "th", "er", "º", "°", "ª"} {
		if rest, ok := strings.CutPrefix(d.text[d.pos:], suffix); ok {
			if r, _ := utf8.DecodeRuneInString(rest); unicode.IsLetter(r) {
				continue
			}
			d.pos += len(suffix)
			return true
		}
	}
	return false
}

// halves are the words for the halves of a day.
var halves = []struct {
	word string
	half int
}{
	{"am", 0}, {"pm", 12}, {"a.m", 0}, {"p.m", 12}, {"a. m", 0}, {"p. m", 12}, {"π.μ", 0}, {"μ.μ", 12}, {"πμ", 0}, {"μμ", 12},
	{"오전", 0}, {"오후", 12}, {"午前", 0}, {"午後", 12}, {"上午", 0}, {"下午", 12},
}

// halfOfDay is the half that is named at pos, and the length of its name.
func (d *looseDate) halfOfDay(pos int) (half, length int) {
	for _, h := range halves {
		rest, ok := strings.CutPrefix(d.text[pos:], h.word)
		if !ok {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(rest); r < 0x250 && unicode.IsLetter(r) {
			continue // "amsterdam"
		}
		return h.half, len(h.word)
	}
	return -1, 0
}

// halfFollows tells that the number before is an hour: "3pm", "3 p.m.". In Asia
// the half goes before the hour.
func (d *looseDate) halfFollows() bool {
	rest := strings.TrimLeft(d.text[d.pos:], " ")
	r, _ := utf8.DecodeRuneInString(rest)
	_, length := d.halfOfDay(len(d.text) - len(rest))
	return length > 0 && !isCJK(r)
}

func (d *looseDate) word() bool {
	if half, n := d.halfOfDay(d.pos); n > 0 {
		d.half = half
		d.pos += n
		return true
	}
	start := d.pos
	for d.pos < len(d.text) {
		r, n := utf8.DecodeRuneInString(d.text[d.pos:])
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) {
			break
		}
		d.pos += n
		if isCJK(r) { // its words are not separated: days of the week, mostly
			return true
		}
	}
	word := d.text[start:d.pos]
	if word == "" {
		return false
	}
	if d.hasTime && d.region(word) {
		return true
	}
	if month := monthOf(word); month > 0 {
		// The later one counts: "mar., 9 avr 2024" is a Tuesday in April.
		d.month = month
		return true
	}
	if day := weekdayOf(word); day >= 0 {
		d.weekday = day
		return true
	}
	rest := d.text[d.pos:]
	switch {
	case word == "t" && rest != "" && isDigit(rest[0]), word == "a" && strings.HasPrefix(rest, " las"), saysNothing(word):
		return true
	}
	return len(d.numbers) == 0 && d.day == 0 && !d.hasTime && !d.hasYear
}

// region takes a word for a zone, if it is one.
func (d *looseDate) region(word string) bool {
	d.american = d.american || isAmerican(word)
	if region := regionOf(word); region != "" {
		if rest := strings.TrimLeft(d.text[d.pos:], " "); word == "at" && rest != "" { // "at three"
			return false
		}
		d.zone = loadZone(region)
		return d.zone != nil
	}
	minutes, ok := zoneOf(word)
	if ok && !d.hasOffset && d.zone == nil {
		d.offset = minutes
	}
	return ok
}

func isCJK(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}

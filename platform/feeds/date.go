package feeds

import (
	"strings"
	"time"
	"unicode/utf8"
)

// date is an instant, if a text could be read as one.
type date struct {
	ms int64 // since 1970
	ok bool
}

// iso is how clients get a date.
func (d date) iso() string { return time.UnixMilli(d.ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// maxDate is the length of the longest text that is read as a date.
const maxDate = 100

// maxMilliseconds is how far from 1970 a date may be (ECMAScript, "time values").
const maxMilliseconds = 8_640_000_000_000_000

// readDate reads a date as feeds have them: RFC 822, ISO 8601, and whatever
// else the JavaScript engine of the reference server understands, whose rules
// these are, with more zones, the months' names in many languages, and the day
// first where dots separate. What is nothing to the engine is for readLoose.
// Without a zone it is UTC.
func readDate(s string) date {
	if s == "" || len(s) > maxDate {
		return date{}
	}
	s = withBlanks(s)
	p := dateParser{in: dateScanner{text: s}}
	p.in.step()
	switch kind := p.iso(); {
	case kind == dateInvalid, kind == dateOther && !p.words(), p.days == 3 && p.ambiguous():
		return readLoose(s)
	}
	if d := p.result(); d.ok {
		return d
	}
	return readLoose(s)
}

// ambiguous tells that the engine would take the first of three numbers for the
// month for want of anything better: "26/06/2020", "05/06/2020".
func (p *dateParser) ambiguous() bool {
	return !p.isISO && p.month == 0 && p.day[0] >= 1 && p.day[0] <= 31 && (p.dotted < 2 || p.day[1] > 12)
}

// withBlanks makes blanks of all white space.
func withBlanks(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf {
			return strings.Map(narrow, s)
		}
	}
	return s
}

// narrow makes a blank of everything that looks like one.
func narrow(r rune) rune {
	if isSpace(r) {
		return ' '
	}
	return r
}

// dateParser collects the parts of a date.
type dateParser struct {
	in dateScanner

	day    [3]int // numbers that are day, month and year in some order
	days   int
	month  int // 1 to 12, from its name; 0 for none
	isISO  bool
	dotted int // numbers with a dot behind, which is a date's separator

	time  [4]int // hours to milliseconds
	times int
	half  int // what am or pm adds; -1 for neither

	zone zone
}

// zone is an offset from UTC in the making.
type zone struct {
	sign           int // 0: there is no zone
	hour, minute   int
	hasHour, hasMi bool
}

func (z *zone) set(minutes int) {
	z.sign = 1
	if minutes < 0 {
		z.sign, minutes = -1, -minutes
	}
	z.hour, z.minute, z.hasHour, z.hasMi = minutes/60, minutes%60, true, true
}

// utc tells that a sign that follows begins an offset: "GMT+2".
func (z *zone) utc() bool { return z.sign != 0 && z.hour == 0 && z.minute == 0 && z.hasHour && z.hasMi }

// Outcomes of trying ISO 8601.
const (
	dateDone    = iota
	dateInvalid // begun like it, and wrong
	dateOther   // something else, from the current token on
)

// iso reads the format that ECMAScript prescribes: 2024-02-09T10:30:00.000Z.
func (p *dateParser) iso() int {
	p.half = -1
	in := &p.in
	if !in.fixed(4) {
		return dateOther
	}
	p.addDay(in.value)
	in.step()
	for limit := 12; limit <= 31 && in.is('-'); limit += 19 {
		in.step()
		if !in.fixed(2) || in.value < 1 || in.value > limit {
			return dateOther
		}
		p.addDay(in.value)
		in.step()
	}
	if in.kind != dateT {
		if in.kind != dateEnd {
			return dateOther
		}
		p.isISO = true
		p.zone.set(0)
		return dateDone
	}
	in.step()
	if !p.isoTime() || in.kind != dateEnd {
		return dateInvalid
	}
	p.isISO = true
	return dateDone
}

func (p *dateParser) isoTime() bool {
	in := &p.in
	if !in.fixed(2) || in.value > 24 {
		return false
	}
	midnight := in.value == 24
	p.addTime(in.value)
	in.step()
	for i := 0; i < 2; i++ {
		if !in.is(':') {
			if i == 1 {
				break
			}
			return false
		}
		in.step()
		if !in.fixed(2) || in.value > 59 || midnight && in.value > 0 {
			return false
		}
		p.addTime(in.value)
		in.step()
	}
	if p.times == 3 && in.is('.') {
		in.step()
		if in.kind != dateNumber || midnight && in.value > 0 {
			return false
		}
		p.addTime(in.milliseconds())
		in.step()
	}
	switch {
	case in.kind == dateZone && in.word != "" && (in.word == "Z" || in.word == "z"):
		p.zone.set(0)
		in.step()
	case in.sign():
		p.zone.sign = 1
		if in.is('-') {
			p.zone.sign = -1
		}
		in.step()
		switch {
		case in.fixed(4) && in.value/100 < 24 && in.value%100 < 60:
			p.zone.hour, p.zone.minute = in.value/100, in.value%100
			in.step()
		case in.fixed(2) && in.value < 24:
			p.zone.hour = in.value
			in.step()
			if in.take(':') {
				if !in.fixed(2) || in.value > 59 {
					return false
				}
				p.zone.minute = in.value
				in.step()
			}
		default:
			return false
		}
		p.zone.hasHour, p.zone.hasMi = true, true
	}
	return true
}

// words reads any other format: numbers, names of months and zones, a time with
// colons, in whatever order. Words that mean nothing may only stand before the
// first number.
func (p *dateParser) words() bool {
	in := &p.in
	numbers := p.days > 0
	for ; in.kind != dateEnd; in.step() {
		switch in.kind {
		case dateNumber:
			numbers = true
			if !p.number() {
				return false
			}
			continue
		case dateHalf:
			if p.times > 0 {
				p.half = in.value
				continue
			}
		case dateMonth:
			p.month = in.value
			if next := in.next(); next == '-' {
				in.step()
			}
			continue
		case dateZone:
			if numbers {
				p.zone.set(in.value)
				continue
			}
		case dateBlank:
			continue
		case dateSymbol:
			switch {
			case in.sign() && (p.zone.utc() || p.times > 0):
				if !p.offset() {
					return false
				}
				numbers = true
			case (in.sign() || in.is(')')) && numbers:
				return false
			case in.is('('):
				in.parentheses()
			}
			continue
		}
		// A word that means nothing here.
		if c := in.next(); numbers || c >= '0' && c <= '9' {
			return false
		}
	}
	return true
}

// number finds out what the current number is by what follows it.
func (p *dateParser) number() bool {
	in := &p.in
	n := in.value
	switch c := in.next(); {
	case c == ':':
		in.step()
		if in.next() == ':' { // "10::" is ten o'clock and no minutes
			if p.times > 0 {
				return false
			}
			in.step()
			return p.addTime(n) && p.addTime(0)
		}
		return p.addTime(n)
	case c == '.' && p.expectsTime(n):
		in.step()
		in.step()
		return p.addTime(n) && p.times == 3 && in.kind == dateNumber && p.addTime(in.milliseconds())
	case p.zone.hasHour && !p.zone.hasMi && n < 60:
		p.zone.minute, p.zone.hasMi = n, true
	case p.expectsTime(n):
		p.addTime(n)
		for p.times < 4 {
			p.addTime(0)
		}
		return c == 0 || c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '+' || c == '-' || c|0x20 == 'z'
	default:
		if c == '.' {
			p.dotted++
			in.step()
		} else if c == '-' {
			in.step()
		}
		return p.addDay(n)
	}
	return true
}

// expectsTime tells that n continues a time.
func (p *dateParser) expectsTime(n int) bool {
	return (p.times == 1 || p.times == 2) && n < 60 || p.times == 3 && n < 1000
}

// offset reads "+0200", "+02:00", "+2" behind a time or "GMT".
func (p *dateParser) offset() bool {
	in := &p.in
	p.zone = zone{sign: 1}
	if in.is('-') {
		p.zone.sign = -1
	}
	n, length := 0, 0
	if c := in.next(); c >= '0' && c <= '9' {
		in.step()
		n, length = in.value, in.length
	}
	switch {
	case in.next() == ':':
		p.zone.hour, p.zone.hasHour = n, true
		in.step()
	case length == 1 || length == 2:
		p.zone.hour, p.zone.hasHour, p.zone.hasMi = n, true, true
	case length == 3 || length == 4:
		p.zone.hour, p.zone.minute, p.zone.hasHour, p.zone.hasMi = n/100, n%100, true, true
	default:
		return false
	}
	return true
}

func (p *dateParser) addDay(n int) bool {
	if p.days == len(p.day) {
		return false
	}
	p.day[p.days] = n
	p.days++
	return true
}

func (p *dateParser) addTime(n int) bool {
	if p.times == len(p.time) {
		return false
	}
	p.time[p.times] = n
	p.times++
	return true
}

// result puts the parts together.
func (p *dateParser) result() date {
	if p.days == 0 {
		return date{}
	}
	year, month, day := p.calendar()
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return date{}
	}
	hour, minute, second, ms := p.time[0], p.time[1], p.time[2], p.time[3]
	if p.half >= 0 {
		if hour > 12 {
			return date{}
		}
		hour = hour%12 + p.half
	}
	if (hour > 23 || minute > 59 || second > 59 || ms > 999) && (hour != 24 || minute != 0 || second != 0 || ms != 0) {
		return date{}
	}
	if year > 275760 { // time.Date knows more years than JavaScript
		return date{}
	}
	at := time.Date(year, time.Month(month), day, hour, minute, second, ms*1e6, time.UTC).UnixMilli()
	at -= int64(p.zone.sign) * int64(p.zone.hour*60+p.zone.minute) * 60_000
	if at > maxMilliseconds {
		return date{}
	}
	return date{at, true}
}

// calendar tells day, month and year from their order and values.
func (p *dateParser) calendar() (year, month, day int) {
	n, given := p.day, p.days
	for i := given; i < len(n); i++ {
		n[i] = 1
	}
	isDay := n[0] >= 1 && n[0] <= 31
	switch {
	case p.month != 0 && !isDay:
		year, month, day = n[0], p.month, n[1]
	case p.month != 0:
		year, month, day = n[1], p.month, n[0]
	case p.isISO || !isDay:
		year, month, day = n[0], n[1], n[2]
	case p.dotted >= 2 && n[1] <= 12:
		year, month, day = n[2], n[1], n[0]
	default:
		year, month, day = n[2], n[0], n[1]
	}
	if !p.isISO {
		switch {
		case year < 50:
			year += 2000
		case year < 100:
			year += 1900
		}
	}
	return year, month, day
}

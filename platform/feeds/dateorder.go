package feeds

import (
	"strings"
	"time"
)

// result puts the parts together.
func (d *looseDate) result() date {
	if !d.calendar() || d.year > 275760 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 ||
		d.hour > 23 || d.minute > 59 || d.second > 59 {
		return date{}
	}
	switch {
	case d.half >= 0 && d.hour <= 12:
		d.hour = d.hour%12 + d.half
	case d.half == 0:
		return date{} // "15:04 am"
	}
	zone := d.zone
	if zone == nil {
		zone = time.UTC
	}
	at := time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, d.ms*1e6, zone)
	if at.Month() != time.Month(d.month) || at.Day() != d.day {
		return date{} // there is no such day
	}
	return date{at.UnixMilli() - int64(d.offset)*60_000, true}
}

// calendar finds out which number is the day, the month and the year.
func (d *looseDate) calendar() bool {
	n := d.numbers
	if d.hasYear || d.month != 0 && d.day != 0 {
		return d.remaining()
	}
	if d.month != 0 {
		// "9 Feb 2024", "Feb 9, 24", "2024 Feb 9", "9 Feb 2024 15 +0100"
		if len(n) == 3 && n[2].value <= 23 && !d.hasTime && d.hasOffset {
			d.hour, n = n[2].value, n[:2]
		}
		if len(n) != 2 {
			return false
		}
		if n[0].digits > 2 {
			n[0], n[1] = n[1], n[0]
		}
		d.day = n[0].value
		return n[0].digits <= 2 && d.setYear(n[1])
	}
	if len(n) != 3 {
		return false
	}
	if n[0].digits == 4 {
		d.year, d.month, d.day = n[0].value, n[1].value, n[2].value
		return true
	}
	return d.numeric(n[0], n[1], n[2])
}

// remaining deals with what has its names: a year in Korean, a day with its
// ordinal. The number that may be left is what is missing.
func (d *looseDate) remaining() bool {
	switch {
	case d.hasYear:
		return len(d.numbers) == 0
	case len(d.numbers) == 1:
		return d.setYear(d.numbers[0])
	}
	return false
}

// numeric decides about three numbers with the year not in front. With dots the
// day goes first. Otherwise the order is the one that makes a date, if only
// one does.
func (d *looseDate) numeric(a, b, year datePart) bool {
	if !d.setYear(year) || a.value < 1 || b.value < 1 || b.before != year.before ||
		strings.IndexByte("/.-", year.before) < 0 && (b.before != ' ' || year.digits == 2) {
		return false
	}
	dayFirst, monthFirst := b.value <= 12 && a.value <= 31, a.value <= 12 && b.value <= 31
	if dayFirst && monthFirst && a.value != b.value {
		switch {
		case b.before == '.' && year.before == '.':
			monthFirst = false
		case d.weekday >= 0 && d.isWeekday(b.value, a.value) != d.isWeekday(a.value, b.value):
			dayFirst = d.isWeekday(b.value, a.value)
			monthFirst = !dayFirst
		case d.american:
			dayFirst = false
		default:
			return false
		}
	}
	// "26/06/20" is of 2020 or of 2026.
	if yearFirst := year.digits == 2 && b.value <= 12 && year.value >= 1 && year.value <= 31 && a.digits == 2; yearFirst && b.before != '.' {
		return false
	}
	if d.month, d.day = b.value, a.value; !dayFirst {
		d.month, d.day = a.value, b.value
	}
	return dayFirst || monthFirst
}

func (d *looseDate) isWeekday(month, day int) bool {
	return time.Date(d.year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Weekday() == d.weekday
}

func (d *looseDate) setYear(n datePart) bool {
	d.year = n.value
	if n.digits == 2 {
		if d.year += 1900; n.value < 50 {
			d.year += 100
		}
	}
	return n.digits == 2 || n.digits == 4
}

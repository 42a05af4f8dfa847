package ical

import (
	"strconv"
	"strings"
	"time"
)

// duration is a DURATION (RFC 5545, section 3.3.6): days are days of the
// calendar, the rest is exact.
type duration struct {
	days  int
	clock time.Duration
}

// maxDigits is how many digits a number in a duration may have: with more it is
// no length of an event, and would not fit.
const maxDigits = 8

// parseDuration reads a duration, also one with a plus sign, in lower case, or
// with weeks beside days, as programs write it.
func parseDuration(v string) (duration, bool) {
	var d duration
	rest := strings.ToUpper(strings.TrimSpace(v))
	sign := 1
	if strings.HasPrefix(rest, "-") {
		sign = -1
	}
	rest, ok := strings.CutPrefix(strings.TrimLeft(rest, "+-"), "P")
	if !ok || rest == "" {
		return d, false
	}
	timed := false
	for rest != "" {
		if after, ok := strings.CutPrefix(rest, "T"); ok && !timed && after != "" {
			timed, rest = true, after
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits > maxDigits || digits == len(rest) {
			return d, false
		}
		n, _ := strconv.Atoi(rest[:digits])
		n *= sign
		switch unit := rest[digits]; {
		case unit == 'W' && !timed:
			d.days += 7 * n
		case unit == 'D' && !timed:
			d.days += n
		case unit == 'H' && timed:
			d.clock += time.Duration(n) * time.Hour
		case unit == 'M' && timed:
			d.clock += time.Duration(n) * time.Minute
		case unit == 'S' && timed:
			d.clock += time.Duration(n) * time.Second
		default:
			return d, false
		}
		rest = rest[digits+1:]
	}
	return d, true
}

// isDuration reports whether v has the form that items call a duration: weeks,
// or days and a time.
func isDuration(v string) bool {
	_, ok := parseDuration(v)
	return ok && !strings.HasPrefix(v, "+") && v == strings.ToUpper(v) && (!strings.Contains(v, "W") || strings.HasSuffix(v, "W") && strings.Count(v, "W") == 1 && !strings.Contains(v, "D"))
}

// String writes the duration, which is not negative.
func (d duration) String() string {
	s := "P"
	if d.days != 0 || d.clock == 0 && d.days == 0 {
		s += strconv.Itoa(d.days) + "D"
	}
	if d.clock == 0 {
		if d.days == 0 {
			return "PT0S"
		}
		return s
	}
	s += "T"
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
		if n := d.clock / unit.size; n > 0 {
			s += strconv.Itoa(int(n)) + unit.name
			d.clock -= n * unit.size
		}
	}
	return s
}

// after is the stamp that lies a duration after s.
func (cal *Calendar) after(s stamp, d duration) stamp {
	s.wall = s.wall.AddDate(0, 0, d.days)
	if d.clock == 0 {
		return s
	}
	if t, ok := cal.instant(s); ok {
		return cal.at(s, t.Add(d.clock))
	}
	s.wall = s.wall.Add(d.clock)
	return s
}

// between is how long it is from one stamp to another, in days where these are
// dates.
func (cal *Calendar) between(from, to stamp) duration {
	if from.date {
		return duration{days: int(to.wall.Sub(from.wall).Hours() / 24)}
	}
	a, okA := cal.instant(from)
	b, okB := cal.instant(to)
	if !okA || !okB {
		a, b = from.wall, to.wall
	}
	return duration{clock: b.Sub(a)}
}

package ical

import (
	"errors"
	"strings"
	"time"

	"github.com/sockethub/sockethub/platform/dav/contentline"
)

const (
	dateForm  = "20060102"
	localForm = "20060102T150405"
	utcForm   = "20060102T150405Z"
)

// stamp is a DATE or DATE-TIME (RFC 5545, sections 3.3.4 and 3.3.5). Without
// date, utc and zone it is floating: the same clock reading everywhere.
type stamp struct {
	wall time.Time // what the clock reads, as if in UTC
	date bool      // no time of day
	utc  bool
	zone string // TZID, "" for none
}

// readStamp reads a property's first value.
func readStamp(l *contentline.Line) (stamp, bool) {
	if l == nil {
		return stamp{}, false
	}
	return parseStamp(l.Value(), l.Param("TZID"))
}

func parseStamp(v, tzid string) (stamp, bool) {
	v = strings.TrimSpace(v)
	form := localForm
	s := stamp{}
	switch {
	case len(v) == len(dateForm):
		form, s.date = dateForm, true
	case strings.HasSuffix(v, "Z") || strings.HasSuffix(v, "z"):
		v, s.utc = v[:len(v)-1], true
	default:
		s.zone = tzid
	}
	wall, err := time.Parse(form, v)
	s.wall = wall
	return s, err == nil
}

func (s stamp) floating() bool { return !s.date && !s.utc && s.zone == "" }

// value is the stamp as iCalendar writes it.
func (s stamp) value() string {
	switch {
	case s.date:
		return s.wall.Format(dateForm)
	case s.utc:
		return s.wall.Format(utcForm)
	}
	return s.wall.Format(localForm)
}

// instant is the moment in time; ok is false where that depends on who looks.
// A time that a clock change leaves out is counted with the offset before it; of
// two that read the same it is the first.
func (cal *Calendar) instant(s stamp) (at time.Time, ok bool) {
	if s.utc {
		return s.wall, true
	}
	loc := cal.zone(s.zone)
	if s.date || loc == nil {
		return s.wall, false
	}
	return inZone(s.wall, loc), true
}

// inZone is the moment at which clocks of a zone read wall.
func inZone(wall time.Time, loc *time.Location) time.Time {
	y, m, d := wall.Date()
	t := time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
	// Of two offsets around a change, time.Date takes one of them; the offset
	// before the change is ours.
	_, before := t.Add(-24 * time.Hour).Zone()
	if early := wall.Add(-time.Duration(before) * time.Second).In(loc); sameClock(early, wall) || !sameClock(t, wall) {
		return early
	}
	return t
}

func sameClock(t, wall time.Time) bool {
	_, offset := t.Zone()
	return t.Unix()+int64(offset) == wall.Unix()
}

// at is the stamp of a moment in the form of s: its zone, or UTC.
func (cal *Calendar) at(s stamp, t time.Time) stamp {
	if loc := cal.zone(s.zone); loc != nil {
		t = t.In(loc)
	}
	_, offset := t.Zone()
	s.wall = t.UTC().Add(time.Duration(offset) * time.Second)
	return s
}

// shown is a value as items have it: 2026-09-01, 2026-09-01T08:00:00 or
// 2026-09-01T08:00:00Z. What has another form is shown as it is.
func shown(v string) string {
	if len(v) != len(dateForm) && len(v) != len(localForm) && len(v) != len(utcForm) {
		return strings.ToValidUTF8(v, "\uFFFD")
	}
	for i := range len(v) {
		if c := v[i]; i == 8 && c != 'T' || i == 15 && c != 'Z' || i != 8 && i != 15 && (c < '0' || c > '9') {
			return strings.ToValidUTF8(v, "\uFFFD")
		}
	}
	b := make([]byte, 0, len("2006-01-02T15:04:05Z"))
	b = append(append(append(b, v[:4]...), '-'), v[4:6]...)
	b = append(append(b, '-'), v[6:8]...)
	if len(v) > 8 {
		b = append(append(append(b, 'T'), v[9:11]...), ':')
		b = append(append(append(b, v[11:13]...), ':'), v[13:]...)
	}
	return string(b)
}

// shown is a stamp as items have it.
func (s stamp) shown() string { return shown(s.value()) }

// rfc3339 is a stamp as occurrences have it: with the zone's offset, a date for
// a whole day, without offset when it is floating.
func (cal *Calendar) rfc3339(s stamp) string {
	if t, ok := cal.instant(s); ok && !s.utc {
		return t.Format(time.RFC3339)
	}
	return s.shown()
}

// given is a time of a message.
type given struct {
	wall   time.Time
	kind   givenKind
	offset time.Duration // of the clock before UTC; withOffset only
}

type givenKind uint8

const (
	unreadable givenKind = iota
	impossible           // the form of a date or a time, but none of the calendar
	dateOnly
	local
	withOffset
)

// readGiven reads a time of a message: a date, a local time or one with an
// offset; seconds may be missing, and fractions are cut off.
func readGiven(v string) given {
	g := given{kind: dateOnly}
	if len(v) < len("2006-01-02") {
		return given{}
	}
	form, rest := v[:len("2006-01-02")], v[len("2006-01-02"):]
	for i := range form {
		if dash := i == 4 || i == 7; dash != (form[i] == '-') || !dash && (form[i] < '0' || form[i] > '9') {
			return given{}
		}
	}
	day, err := time.Parse("2006-01-02", form)
	if rest == "" {
		if err != nil {
			return given{kind: impossible}
		}
		g.wall = day
		return g
	}
	clock, ok := readClock(rest, &g)
	switch {
	case !ok:
		return given{}
	case err != nil || clock < 0:
		return given{kind: impossible}
	}
	g.wall = day.Add(clock)
	return g
}

// readClock reads "T15:04", "T15:04:05.123" and what follows: nothing, Z or an
// offset. The duration is negative when there is no such time. 24:00:00 is the
// end of the day.
func readClock(v string, g *given) (clock time.Duration, ok bool) {
	number := func(at int) int {
		if at+2 > len(v) || v[at] < '0' || v[at] > '9' || v[at+1] < '0' || v[at+1] > '9' {
			return -1
		}
		return int(v[at]-'0')*10 + int(v[at+1]-'0')
	}
	if len(v) < len("T15:04") || v[0] != 'T' && v[0] != 't' || v[3] != ':' {
		return 0, false
	}
	hour, minute, second := number(1), number(4), 0
	v = v[len("T15:04"):]
	if v != "" && v[0] == ':' {
		second = number(1)
		v = v[min(len(v), len(":05")):]
		if digits := strings.TrimLeft(strings.TrimPrefix(v, "."), "0123456789"); len(v) > len(digits)+1 && v[0] == '.' {
			v = digits
		}
	}
	if hour < 0 || minute < 0 || second < 0 {
		return 0, false
	}
	switch {
	case v == "":
		g.kind = local
	case v == "Z" || v == "z":
		g.kind = withOffset
	case len(v) == len("+01:00") && (v[0] == '+' || v[0] == '-') && v[3] == ':' && number(1) >= 0 && number(4) >= 0:
		g.kind = withOffset
		g.offset = time.Duration(number(1))*time.Hour + time.Duration(number(4))*time.Minute
		if number(1) > 23 || number(4) > 59 {
			return -1, true
		}
		if v[0] == '-' {
			g.offset = -g.offset
		}
	default:
		return 0, false
	}
	if hour > 24 || minute > 59 || second > 59 || hour == 24 && minute+second > 0 {
		return -1, true
	}
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second, true
}

// utc is a time with an offset as a stamp.
func (g given) utc() stamp { return stamp{wall: g.wall.Add(-g.offset), utc: true} }

// readUTC reads a time that must have an offset. field is its name in the
// errors.
func readUTC(field, v string) (stamp, error) {
	switch g := readGiven(v); g.kind {
	case withOffset:
		return g.utc(), nil
	case impossible:
		return stamp{}, errors.New("invalid " + field)
	}
	return stamp{}, errors.New(field + " must include a UTC offset")
}

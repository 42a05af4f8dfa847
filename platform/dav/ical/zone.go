package ical

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a worker that is shut in sees no zone files
	"unicode"
)

// maxZoneName is how long the name of a zone may be: the longest of the database
// has 32 characters.
const maxZoneName = 64

// locations are the zones that were asked for, by the database's name: some
// hundred at most. Reading one takes longer than reading an event.
var locations sync.Map // string → *time.Location

// Location resolves the name of an IANA time zone, in any case; nil when there is
// none of that name.
func Location(name string) *time.Location {
	if len(name) > maxZoneName || name == "" || strings.EqualFold(name, "local") {
		return nil
	}
	for _, spelling := range []string{name, titled(name), strings.ToUpper(name)} {
		if loc, ok := locations.Load(spelling); ok {
			return loc.(*time.Location)
		}
		if loc, err := time.LoadLocation(spelling); err == nil {
			locations.Store(spelling, loc)
			return loc
		}
	}
	return nil
}

// titled spells a name as the database does for most zones: America/Port-au-Prince.
func titled(name string) string {
	b := []rune(strings.ToLower(name))
	start := 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] != '/' && b[i] != '_' && b[i] != '-' {
			continue
		}
		if word := string(b[start:i]); word != "of" && word != "au" && word != "es" && i > start {
			b[start] = unicode.ToUpper(b[start])
		}
		start = i + 1
	}
	return string(b)
}

// Years for which a VTIMEZONE says all changes one by one when the zone has no
// rule by which they go on.
const yearsWithoutRule = 10

// yearsOfRule is for how many years a rule must hold to be one: after so many
// the days of the week come round.
const yearsOfRule = 28

// change is one of a zone's clock changes.
type change struct {
	wall     time.Time // what clocks read just before it, as if in UTC
	from, to int       // seconds east of UTC
	name     string
}

// writeZone writes a VTIMEZONE (RFC 5545, section 3.6.5) for times from a year
// on: a rule for each change that comes every year, from 1970 where it already
// held in that year. Outlook reads no VTIMEZONE that lists dates.
func writeZone(tzid string, loc *time.Location, year int, add func(string)) {
	year = min(year, 2100) // later, the rules of then are the last ones that are known
	add("BEGIN:VTIMEZONE")
	add("TZID:" + tzid)
	changes := changesFrom(loc, year, yearsOfRule)
	rule := ruleFrom(changes, year+yearsOfRule)
	// A zone that goes on to change without a rule would fill pages.
	end := year + yearsOfRule
	if n := len(changes); n > 0 && rule == n && changes[n-1].wall.Year() == end-1 {
		end = year + yearsWithoutRule
	}
	start := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	name, offset := start.Zone()
	if rule > 0 || len(changes) == 0 {
		writeObservance("STANDARD", change{time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), offset, offset, name}, "", add)
	}
	for i, c := range changes {
		if i >= rule || c.wall.Year() >= end {
			break
		}
		writeObservance(kindOf(c), c, "", add)
	}
	for i := rule; i < len(changes) && i < rule+2; i++ {
		c := changes[i]
		var days []time.Time
		for j := i; j < len(changes); j += 2 {
			days = append(days, changes[j].wall)
		}
		by := yearlyRule(days)
		if rule == 0 {
			c.wall = firstIn1970(days)
		}
		writeObservance(kindOf(c), c, by, add)
	}
	add("END:VTIMEZONE")
}

func kindOf(c change) string {
	if c.to > c.from {
		return "DAYLIGHT"
	}
	return "STANDARD"
}

func writeObservance(kind string, c change, rule string, add func(string)) {
	add("BEGIN:" + kind)
	add("DTSTART:" + c.wall.Format(localForm))
	add("TZOFFSETFROM:" + offsetText(c.from))
	add("TZOFFSETTO:" + offsetText(c.to))
	if c.name != "" {
		add("TZNAME:" + c.name)
	}
	if rule != "" {
		add("RRULE:" + rule)
	}
	add("END:" + kind)
}

// changesFrom lists the changes of years from year on.
func changesFrom(loc *time.Location, year, years int) []change {
	var list []change
	at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	end := at.AddDate(years, 0, 0)
	for {
		_, next := at.In(loc).ZoneBounds()
		if next.IsZero() || !next.Before(end) {
			return list
		}
		if !next.After(at) {
			// Go 1.26 ends a zone's time on the last evening of a leap year, there.
			at = at.AddDate(0, 0, 1)
			continue
		}
		_, from := next.Add(-time.Second).Zone()
		name, to := next.Zone()
		if from != to {
			wall := next.UTC().Add(time.Duration(from) * time.Second)
			list = append(list, change{wall, from, to, name})
		}
		at = next
	}
}

// ruleFrom returns the number of the first change from which on, to the end of
// the list, each year has two that follow one rule each; len(changes) when the
// zone has no such rule.
func ruleFrom(changes []change, endYear int) int {
	last := len(changes) - 1
	if last < 3 || changes[last].wall.Year() != endYear-1 {
		return len(changes)
	}
	for from := 0; from+3 < len(changes); from++ {
		if follows(changes[from:], endYear) {
			return from
		}
	}
	return len(changes)
}

// follows reports whether changes come in pairs, one pair a year, each like the
// first but for its day, and with a rule for that.
func follows(changes []change, endYear int) bool {
	if len(changes)%2 != 0 || len(changes)/2 != endYear-changes[0].wall.Year() {
		return false
	}
	days := make([][]time.Time, 2)
	for i, c := range changes {
		first := changes[i%2]
		if c.from != first.from || c.to != first.to || c.wall.Month() != first.wall.Month() ||
			c.wall.Weekday() != first.wall.Weekday() || !sameTimeOfDay(c.wall, first.wall) ||
			c.wall.Year() != changes[0].wall.Year()+i/2 {
			return false
		}
		days[i%2] = append(days[i%2], c.wall)
	}
	return yearlyRule(days[0]) != "" && yearlyRule(days[1]) != ""
}

func sameTimeOfDay(a, b time.Time) bool {
	return a.Hour() == b.Hour() && a.Minute() == b.Minute() && a.Second() == b.Second()
}

// yearlyRule is the rule for days with the same month and day of the week, ""
// when they are more than a week apart.
func yearlyRule(days []time.Time) string {
	low := slices.MinFunc(days, byDay).Day()
	high := slices.MaxFunc(days, byDay).Day()
	month := days[0].Month()
	weekday := strings.ToUpper(days[0].Weekday().String()[:2])
	rule := fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=", month)
	length := time.Date(2023, month+1, 0, 0, 0, 0, 0, time.UTC).Day() // of the month
	switch {
	case high-low > 6:
		return ""
	case low >= length-6:
		return rule + "-1" + weekday
	case (low-1)/7 == (high-1)/7:
		return rule + strconv.Itoa((low-1)/7+1) + weekday
	}
	list := make([]string, 0, 7)
	for d := low; d <= low+6; d++ {
		list = append(list, strconv.Itoa(d))
	}
	return rule + weekday + ";BYMONTHDAY=" + strings.Join(list, ",")
}

func byDay(a, b time.Time) int { return a.Day() - b.Day() }

// firstIn1970 is the day of a rule in 1970.
func firstIn1970(days []time.Time) time.Time {
	low := slices.MinFunc(days, byDay)
	t := time.Date(1970, low.Month(), low.Day(), low.Hour(), low.Minute(), low.Second(), 0, time.UTC)
	for t.Weekday() != low.Weekday() {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// offsetText writes an offset from UTC (RFC 5545, section 3.3.14).
func offsetText(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if s := seconds % 60; s != 0 {
		text += fmt.Sprintf("%02d", s)
	}
	return text
}

package recur

import (
	"math"
	"slices"
	"time"
)

// MaxOccurrences is how many occurrences Between returns at most.
const MaxOccurrences = 1000

// Occurrence is one of a series.
type Occurrence struct {
	Start, End Time

	// ID is what RECURRENCE-ID calls it: when it would begin by the rule, in the
	// zone of the series.
	ID Time

	// Override is the number of the override that changes it, in the order given
	// to New; -1 for none.
	Override int
}

// Between returns the occurrences that lie between two instants, to excluded, also
// in part (RFC 4791, section 9.9), by their start. Dates and floating times are
// compared as if they were in UTC. truncated reports that there are more than
// MaxOccurrences, or that the search for them took too long.
func (s *Set) Between(from, to time.Time) (found []Occurrence, truncated bool) {
	lo, hi := from.Unix(), to.Unix()
	if to.Nanosecond() > 0 {
		hi++ // nothing begins between two seconds
	}
	if lo >= hi {
		return nil, false
	}
	if s.isSingle() {
		start := s.event.start
		if o := (Occurrence{Start: start, End: s.event.end(start), ID: start, Override: -1}); o.isWithin(lo, hi) {
			found = []Occurrence{o}
		}
		return found, false
	}
	f := finder{Set: s, from: lo, to: hi, steps: maxSteps}
	f.series()
	f.changed()
	slices.SortStableFunc(f.found, func(a, b Occurrence) int {
		if c := compareInt(a.Start.instant, b.Start.instant); c != 0 {
			return c
		}
		return compareInt(a.ID.instant, b.ID.instant)
	})
	if len(f.found) > MaxOccurrences {
		return f.found[:MaxOccurrences], true
	}
	return f.found, f.truncated
}

// isSingle reports whether there is nothing but DTSTART, as with most of what a
// calendar holds: no search is needed.
func (s *Set) isSingle() bool {
	return !s.event.start.IsZero() && len(s.rules)+len(s.exRules)+len(s.dates)+len(s.overrides)+len(s.excluded)+len(s.exDays) == 0
}

// Has reports whether an instant begins an occurrence of the series, also one
// that an override has moved, but not one that is excluded. It is what an
// override can be made for.
func (s *Set) Has(id time.Time) bool {
	f := finder{Set: s, from: id.Unix(), to: id.Unix() + 1, steps: maxSteps}
	has := false
	f.base(f.from, f.to, func(start Time, _ *period) bool {
		has = has || start.instant == f.from
		return !has
	})
	return has
}

// finder is one search.
type finder struct {
	*Set
	from, to  int64
	steps     int
	found     []Occurrence
	ofRule    int // how many of them the current rule gave
	truncated bool

	// The day whose offset is known, if clocks are not moved around it.
	day, offset   int64
	known, steady bool
}

// series finds the occurrences that have no override of their own.
func (f *finder) series() {
	if f.event.start.IsZero() {
		return
	}
	longest, earliest, latest := f.reach()
	seen := map[int64]bool{}
	f.base(f.from-longest-latest, f.to-earliest, func(start Time, own *period) bool {
		if seen[start.instant] {
			return true
		}
		seen[start.instant] = true
		if _, changed := f.byID[start.instant]; changed {
			return true
		}
		e, at, number := &f.event, start, -1
		if own != nil && own.own {
			e = &event{start: start, length: own.length}
		}
		if n := f.follows(start); n >= 0 {
			e, number = &f.overrides[n].event, n
			at = e.start.at(start.wall + e.start.wall - f.overrides[n].id.wall)
		}
		before := len(f.found)
		f.add(Occurrence{Start: at, End: e.end(at), ID: start, Override: number})
		f.ofRule += len(f.found) - before
		return f.ofRule <= MaxOccurrences
	})
}

// reach is how long an occurrence of the series takes at most, and by how much
// THISANDFUTURE moves some, at the least and the most.
func (f *finder) reach() (longest, earliest, latest int64) {
	span := func(l length) int64 {
		if l.days > 0 { // which are longer when clocks are put back
			l.seconds += clocksMove
		}
		return l.days*secondsOfDay + l.seconds
	}
	longest = span(f.event.length)
	for _, d := range f.dates {
		longest = max(longest, span(d.length))
	}
	for _, n := range f.following {
		o := f.overrides[n]
		longest = max(longest, span(o.length))
		earliest = min(earliest, o.start.wall-o.id.wall-secondsOfDay)
		latest = max(latest, o.start.wall-o.id.wall+secondsOfDay)
	}
	return longest, earliest, latest
}

// follows is the number of the last override for this and all that follow that
// an occurrence comes after; -1 for none.
func (f *finder) follows(id Time) int {
	for _, n := range slices.Backward(f.following) {
		if f.overrides[n].id.instant < id.instant {
			return n
		}
	}
	return -1
}

// changed finds the occurrences with an override of their own. One that no rule
// gives is told all the same: it is there.
func (f *finder) changed() {
	for n := range f.overrides {
		o := &f.overrides[n]
		if f.byID[o.id.instant] != n || f.isExcluded(o.id) {
			continue
		}
		f.add(Occurrence{Start: o.start, End: o.end(o.start), ID: o.id, Override: n})
	}
}

// add takes an occurrence that lies between the two instants.
func (f *finder) add(o Occurrence) {
	if o.isWithin(f.from, f.to) {
		f.found = append(f.found, o)
	}
}

func (o *Occurrence) isWithin(from, to int64) bool {
	if o.End.instant <= o.Start.instant {
		return o.Start.instant >= from && o.Start.instant < to
	}
	return o.Start.instant < to && o.End.instant > from
}

func (f *finder) isExcluded(t Time) bool {
	return f.excluded[t.instant] || len(f.exDays) > 0 && f.exDays[dayOf(t.wall)]
}

// base goes through what DTSTART, rules and RDATE give and nothing excludes, from
// lo to hi, rule by rule; some may come twice.
func (f *finder) base(lo, hi int64, yield func(start Time, own *period) bool) {
	start := f.event.start
	if start.IsZero() {
		return
	}
	lo, hi = f.onWall(lo, -1), f.onWall(hi, 1)
	exRules := f.excludedByRules(lo, hi)
	give := func(t Time, own *period) bool {
		if t.wall < lo || t.wall > hi || f.isExcluded(t) || exRules[t.wall] {
			return true
		}
		return yield(t, own)
	}
	for i := range f.dates {
		f.ofRule = 0
		if !give(f.dates[i].start, &f.dates[i]) {
			return
		}
	}
	if len(f.rules) == 0 {
		give(start, nil)
		return
	}
	for _, r := range f.rules {
		f.ofRule = 0
		f.walk(r, true, lo, hi, func(wall int64) bool { return give(f.timeAt(wall), nil) })
	}
}

// walk goes through the times of a rule, up to its UNTIL.
func (f *finder) walk(r *Rule, include bool, lo, hi int64, yield func(wall int64) bool) {
	start := f.event.start
	r.walk(start.wall, !start.dateOnly, include, lo, hi, &f.steps, func(wall int64) bool {
		if wall != start.wall && !r.allows(wall, f.timeAt) {
			return false
		}
		return yield(wall)
	})
	f.truncated = f.truncated || f.steps < 0
}

// allows reports whether a time is not behind UNTIL.
func (r *Rule) allows(wall int64, timeAt func(int64) Time) bool {
	switch r.until.kind {
	case untilInstant:
		t := timeAt(wall)
		if t.dateOnly {
			return wall <= r.until.wall
		}
		return t.instant <= r.until.wall
	case untilWall, untilDay:
		return wall <= r.until.wall
	}
	return true
}

// timeAt is the time of the series on a wall. It remembers the offset of a day on
// which no clock is moved.
func (f *finder) timeAt(wall int64) Time {
	t := f.event.start
	if t.zone == nil || t.zone == time.UTC {
		return t.at(wall)
	}
	if day := dayOf(wall); !f.known || day != f.day {
		f.day, f.known = day, true
		before, after := offsetAt((day-1)*secondsOfDay, t.zone), offsetAt((day+2)*secondsOfDay, t.zone)
		f.offset, f.steady = before, before == after
	}
	if !f.steady {
		return t.at(wall)
	}
	t.wall, t.instant = wall, wall-f.offset
	return t
}

// excludedByRules are the times that EXRULE takes away.
func (f *finder) excludedByRules(lo, hi int64) map[int64]bool {
	if len(f.exRules) == 0 {
		return nil
	}
	excluded := map[int64]bool{}
	for _, r := range f.exRules {
		f.walk(r, false, lo, hi, func(wall int64) bool {
			excluded[wall] = true
			return true
		})
	}
	return excluded
}

// clocksMove is more than clocks are moved by, but where a whole day is left out
// or comes twice.
const clocksMove = 3 * 3600

// onWall is the time on the series' wall at an instant, and somewhat earlier or
// later, as clocks may be moved then.
func (f *finder) onWall(instant int64, direction int64) int64 {
	start := f.event.start
	if start.zone == nil {
		return instant
	}
	instant = min(max(instant, math.MinInt32*100), math.MaxInt32*200)
	if start.zone == time.UTC {
		return instant
	}
	moved := start.offset(instant+secondsOfDay) - start.offset(instant-secondsOfDay)
	return instant + start.offset(instant) + direction*max(moved, -moved)
}

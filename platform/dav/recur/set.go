package recur

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Property is a line of an event or a task, with its value as it is written.
type Property struct {
	Name  string // "DTSTART", in upper case
	TZID  string // the parameter, "" for none
	Range string // the parameter RANGE of RECURRENCE-ID
	Value string
}

// Set is an event or a task with all its occurrences: what DTSTART, RRULE and
// RDATE give without what EXRULE and EXDATE take away, and with what overrides
// change (RFC 5545, section 3.8.5).
type Set struct {
	event     event // the master; its start is zero if there are only overrides
	rules     []*Rule
	exRules   []*Rule
	dates     []period // RDATE
	excluded  map[int64]bool
	exDays    map[int64]bool // EXDATE that are dates for an event that has times
	overrides []override     // as they were given
	byID      map[int64]int  // their numbers by the place in the series, those that are for one
	following []int          // numbers of those with RANGE=THISANDFUTURE, in order
	zones     *Zones
}

// event is when something begins and how long it takes.
type event struct {
	start  Time
	length length
	endsIn *time.Location // of DTEND, if that has a zone of its own
}

// period is an RDATE.
type period struct {
	start  Time
	length length
	own    bool // it has a length of its own
}

type override struct {
	event
	id        Time
	following bool
}

// Limits of a set, far above what calendars have, so that one costs little.
const (
	maxDates     = 10_000 // RDATE and EXDATE
	maxOverrides = 5_000
	maxRules     = 20
)

// New reads a series: the lines of the component without RECURRENCE-ID, which is
// nil if it is not there, and those of each with one. Other properties than
// DTSTART, DTEND, DUE, DURATION, RRULE, RDATE, EXRULE, EXDATE and RECURRENCE-ID
// are passed over, and rules in overrides too, as they are there by mistake. An
// error says which property cannot be read.
//
// A time in a zone that zones does not know is floating.
func New(master []Property, overrides [][]Property, zones *Zones) (*Set, error) {
	s := &Set{zones: zones}
	if len(overrides) > maxOverrides {
		return nil, errors.New("too many overrides")
	}
	if err := s.readMaster(master); err != nil {
		return nil, err
	}
	if len(overrides) > 0 {
		s.byID = make(map[int64]int, len(overrides))
	}
	for n, properties := range overrides {
		if err := s.readOverride(n, properties); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(s.following, func(a, b int) int { return compareInt(s.overrides[a].id.instant, s.overrides[b].id.instant) })
	return s, nil
}

func (s *Set) readMaster(properties []Property) (err error) {
	if properties == nil {
		return nil
	}
	if s.event, err = s.readEvent(properties, Time{}); err != nil {
		return err
	}
	for _, p := range properties {
		switch p.Name {
		case "RRULE", "EXRULE":
			err = s.readRule(p)
		case "RDATE":
			err = s.readDates(p)
		case "EXDATE":
			err = s.readExclusions(p)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

func (s *Set) readRule(p Property) error {
	rule, err := ParseRule(p.Value)
	switch {
	case err != nil:
		return err
	case s.event.start.dateOnly && rule.frequency < Daily:
		return errors.New("rule part FREQ: an event of whole days does not recur within a day")
	case len(s.rules)+len(s.exRules) == maxRules:
		return errors.New("too many rules")
	}
	if p.Name == "RRULE" {
		s.rules = append(s.rules, rule)
	} else {
		s.exRules = append(s.exRules, rule)
	}
	return nil
}

// readEvent reads start and length; without DTSTART it begins at start.
func (s *Set) readEvent(properties []Property, start Time) (event, error) {
	e := event{start: start}
	var end, duration *Property
	for i, p := range properties {
		switch p.Name {
		case "DTSTART":
			t, err := s.time(p.Value, p.TZID)
			if err != nil {
				return e, fmt.Errorf("DTSTART: %w", err)
			}
			e.start = t
		case "DTEND", "DUE":
			end = &properties[i]
		case "DURATION":
			duration = &properties[i]
		}
	}
	if e.start.IsZero() {
		if end == nil || end.Name != "DUE" {
			return e, errors.New("DTSTART is missing")
		}
		t, err := s.time(end.Value, end.TZID) // a task that is due, and begins never
		if err != nil {
			return e, fmt.Errorf("DUE: %w", err)
		}
		e.start, end = t, nil
		return e, nil
	}
	switch {
	case end != nil:
		t, err := s.time(end.Value, end.TZID)
		if err != nil {
			return e, fmt.Errorf("%s: %w", end.Name, err)
		}
		e.endAt(t)
	case duration != nil:
		l, err := parseLength(duration.Value)
		if err != nil {
			return e, fmt.Errorf("DURATION: %w", err)
		}
		e.length = l
	case e.start.dateOnly:
		e.length = length{days: 1}
	}
	return e, nil
}

// endAt takes the exact time until DTEND for the length (section 3.8.5.3), and
// for dates the number of days.
func (e *event) endAt(end Time) {
	switch {
	case e.start.dateOnly:
		e.length = length{days: max(dayOf(end.wall)-dayOf(e.start.wall), 0)}
		if e.length.days == 0 {
			e.length.days = 1
		}
	case end.dateOnly:
		e.length = length{seconds: max(end.wall+secondsOfDay-e.start.wall, 0)}
	case e.start.zone == nil || end.zone == nil:
		e.length = length{seconds: max(end.wall-e.start.wall, 0)}
	default:
		e.length = length{seconds: max(end.instant-e.start.instant, 0)}
		if end.zone != e.start.zone {
			e.endsIn = end.zone
		}
	}
}

// end is the end of an occurrence that begins at start.
func (e *event) end(start Time) Time {
	end := start.plus(e.length)
	if e.endsIn != nil {
		end.zone = e.endsIn
		end = end.atInstant(end.instant)
	}
	return end
}

// time reads a date or a time as iCalendar writes it, and its parameter TZID.
func (s *Set) time(value, tzid string) (Time, error) {
	w, err := parseWritten(value)
	if err != nil {
		return Time{}, err
	}
	t := Time{dateOnly: w.isDate, given: true}
	switch {
	case w.isDate:
	case w.utc:
		t.zone = time.UTC
	case tzid != "":
		t.zone = s.zones.Location(tzid)
	}
	return t.at(w.wall), nil
}

// like reads a time that stands for an occurrence of the series, whose type and
// zone it gets: some programs write dates for times, and times for dates.
func (s *Set) like(value, tzid string) (t Time, dateForTime bool, err error) {
	if t, err = s.time(value, tzid); err != nil {
		return t, false, err
	}
	start := s.event.start
	switch {
	case start.IsZero():
		return t, false, nil
	case start.dateOnly:
		return start.at(dayOf(t.wall) * secondsOfDay), false, nil
	case t.dateOnly:
		return start.at(t.wall + start.wall - dayOf(start.wall)*secondsOfDay), true, nil
	case t.zone == nil || start.zone == nil:
		return start.at(t.wall), false, nil
	}
	return start.atInstant(t.instant), false, nil
}

func (s *Set) readDates(p Property) error {
	for value := range strings.SplitSeq(p.Value, ",") {
		if strings.TrimSpace(value) == "" {
			continue
		}
		begin, end, hasEnd := strings.Cut(value, "/")
		start, _, err := s.like(begin, p.TZID)
		if err != nil {
			return err
		}
		d := period{start: start, own: hasEnd}
		if hasEnd {
			if d.length, err = s.periodLength(start, end, p.TZID); err != nil {
				return err
			}
		}
		if s.dates = append(s.dates, d); len(s.dates) > maxDates {
			return errors.New("too many dates")
		}
	}
	return nil
}

// periodLength reads the second part of a period: its end, or how long it takes.
func (s *Set) periodLength(start Time, text, tzid string) (length, error) {
	if strings.HasPrefix(strings.ToUpper(strings.TrimLeft(text, " +")), "P") {
		return parseLength(text)
	}
	end, err := s.time(text, tzid)
	if err != nil {
		return length{}, err
	}
	e := event{start: start}
	e.endAt(end)
	return e.length, nil
}

func (s *Set) readExclusions(p Property) error {
	for value := range strings.SplitSeq(p.Value, ",") {
		if strings.TrimSpace(value) == "" {
			continue
		}
		t, dateForTime, err := s.like(value, p.TZID)
		if err != nil {
			return err
		}
		if s.excluded == nil { // of most items it never is
			s.excluded, s.exDays = map[int64]bool{}, map[int64]bool{}
		}
		if dateForTime {
			s.exDays[dayOf(t.wall)] = true
		} else {
			s.excluded[t.instant] = true
		}
		if len(s.excluded)+len(s.exDays) > maxDates {
			return errors.New("too many dates")
		}
	}
	return nil
}

func (s *Set) readOverride(n int, properties []Property) error {
	o := override{}
	for _, p := range properties {
		if p.Name != "RECURRENCE-ID" {
			continue
		}
		var err error
		if o.id, _, err = s.like(p.Value, p.TZID); err != nil {
			return fmt.Errorf("RECURRENCE-ID: %w", err)
		}
		o.following = strings.EqualFold(p.Range, "THISANDFUTURE")
	}
	if o.id.IsZero() {
		return errors.New("RECURRENCE-ID is missing")
	}
	e, err := s.readEvent(properties, o.id)
	if err != nil {
		return err
	}
	o.event = e
	if !hasEnd(properties) && !s.event.start.IsZero() && !hasStart(properties) {
		o.length = s.event.length
	}
	s.overrides = append(s.overrides, o)
	if _, twice := s.byID[o.id.instant]; !twice || !o.following {
		s.byID[o.id.instant] = n
	}
	if o.following {
		s.following = append(s.following, n)
	}
	return nil
}

func hasEnd(properties []Property) bool {
	return slices.ContainsFunc(properties, func(p Property) bool { return p.Name == "DTEND" || p.Name == "DUE" || p.Name == "DURATION" })
}

func hasStart(properties []Property) bool {
	return slices.ContainsFunc(properties, func(p Property) bool { return p.Name == "DTSTART" })
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

package ical

import (
	"errors"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// exceptions lists what is different in a series: dates that are left out, and
// occurrences of their own with what they change.
func (cal *Calendar) exceptions(master *Component) []any {
	if master.Line("RECURRENCE-ID") != nil {
		return nil
	}
	var list []any
	for _, e := range cal.excluded(master) {
		list = append(list, activity.NewObject(
			activity.Member{Name: "recurrenceId", Value: cal.rfc3339(e.stamp)},
			activity.Member{Name: "excluded", Value: true}))
	}
	for _, c := range cal.Overrides() {
		if o := cal.exception(c, master); o != nil {
			list = append(list, o)
		}
	}
	return list
}

// exception is an override as the list has it, nil when its date is unreadable.
func (cal *Calendar) exception(c, master *Component) *activity.Object {
	id, ok := readStamp(c.Line("RECURRENCE-ID"))
	if !ok {
		return nil
	}
	m := shape.New()
	m.Add("recurrenceId", cal.rfc3339(id))
	if strings.EqualFold(c.Line("RECURRENCE-ID").Param("RANGE"), "THISANDFUTURE") {
		m.Add("thisAndFuture", true)
	}
	if s, ok := readStamp(c.Line("DTSTART")); ok {
		m.Add("startTime", cal.rfc3339(s))
	}
	property, member := "DTEND", "endTime"
	if c.Name == "VTODO" {
		property, member = "DUE", "due"
	}
	if s, ok := readStamp(c.Line(property)); ok {
		m.Add(member, cal.rfc3339(s))
	} else if s, ok := c.endByDuration(); ok {
		m.Add(member, cal.rfc3339(s))
	}
	for _, f := range []textField{{"name", "SUMMARY", escaped, ""}, texts[0], texts[1], texts[3]} {
		if v := f.decode(c.Value(f.property)); v != f.decode(master.Value(f.property)) {
			m.Add(f.member, v)
		}
	}
	return m.Object()
}

// exdate is one value of an EXDATE line.
type exdate struct {
	line  int
	raw   string
	stamp stamp
}

func (cal *Calendar) excluded(master *Component) []exdate {
	var list []exdate
	for i, l := range master.All("EXDATE") {
		zone := l.Param("TZID")
		for v := range strings.SplitSeq(l.Value(), ",") {
			if s, ok := parseStamp(v, zone); ok {
				list = append(list, exdate{i, v, s})
			}
		}
	}
	return list
}

// occurrence reads a recurrenceId of a message as the occurrence of a series: in
// the form of its DTSTART.
func (cal *Calendar) occurrence(master *Component, id string) (stamp, error) {
	start, ok := readStamp(master.Line("DTSTART"))
	if !ok || master.Line("RRULE") == nil && master.Line("RDATE") == nil {
		return stamp{}, errors.New("recurrenceId: the item does not recur")
	}
	g := readGiven(id)
	s := start
	switch {
	case g.kind == unreadable || g.kind == impossible:
		return stamp{}, errors.New("recurrenceId must be a date or a date-time")
	case start.date:
		s.wall = g.wall.Truncate(24 * time.Hour)
	case g.kind == dateOnly:
		s.wall = g.wall.Add(start.wall.Sub(start.wall.Truncate(24 * time.Hour)))
	case g.kind == withOffset:
		if _, ok := cal.instant(start); ok {
			s = cal.at(start, g.utc().wall)
		} else {
			s.wall = g.wall
		}
	default:
		s.wall = g.wall
	}
	return s, nil
}

// same reports whether a stored date is an occurrence: the same moment, or the
// same day where one of them is a date.
func (cal *Calendar) same(stored, occurrence stamp) bool {
	if stored.date || occurrence.date {
		return stored.wall.Truncate(24 * time.Hour).Equal(occurrence.wall.Truncate(24 * time.Hour))
	}
	a, okA := cal.instant(stored)
	b, okB := cal.instant(occurrence)
	if okA && okB {
		return a.Equal(b)
	}
	return stored.wall.Equal(occurrence.wall)
}

// override returns the override of an occurrence, nil for none.
func (cal *Calendar) override(occurrence stamp) *Component {
	for _, c := range cal.Overrides() {
		if s, ok := readStamp(c.Line("RECURRENCE-ID")); ok && cal.same(s, occurrence) {
			return c
		}
	}
	return nil
}

// Exclude takes an occurrence out of its series, with its override if there is
// one, and returns the resource: EXDATE (RFC 5545, section 3.8.5.1).
func (cal *Calendar) Exclude(recurrenceID string, now time.Time) (string, error) {
	if !cal.updatable() {
		return "", ErrUnsupportedUpdate
	}
	if err := cal.exclude(recurrenceID, now); err != nil {
		return "", err
	}
	return cal.String(), nil
}

func (cal *Calendar) exclude(recurrenceID string, now time.Time) error {
	master := cal.Master()
	occurrence, err := cal.occurrence(master, recurrenceID)
	if err != nil {
		return err
	}
	p := cal.patch(master, nil, now)
	if c := cal.override(occurrence); c != nil {
		p.removeComponent(c)
	}
	for _, e := range cal.excluded(master) {
		if cal.same(e.stamp, occurrence) {
			p.stamps()
			return nil
		}
	}
	p.add(occurrence.line("EXDATE"))
	p.moved = true
	p.stamps()
	return nil
}

// include takes an occurrence from the dates that are left out.
func (cal *Calendar) include(occurrence stamp, p *patch) {
	kept := map[int][]string{}
	gone := map[int]bool{}
	for _, e := range cal.excluded(p.c) {
		if cal.same(e.stamp, occurrence) {
			gone[e.line] = true
		} else {
			kept[e.line] = append(kept[e.line], e.raw)
		}
	}
	for i := range gone {
		if p.moved = true; len(kept[i]) == 0 {
			p.removeLine(i)
		} else {
			p.changed = true
			cal.file.SetValue(i, strings.Join(kept[i], ","))
		}
	}
}

// patchOccurrence writes a message over an occurrence, which gets an override of
// its own if it has none, and returns the changed resource.
func (cal *Calendar) patchOccurrence(id string, message *activity.Object, now time.Time) (*Calendar, error) {
	master := cal.Master()
	occurrence, err := cal.occurrence(master, id)
	if err != nil {
		return nil, err
	}
	series := master.shown()
	c := cal.override(occurrence)
	fresh := c == nil
	if fresh {
		if cal, err = cal.withOverride(master, occurrence, now); err != nil {
			return nil, err
		}
		if c = cal.override(occurrence); c == nil {
			return nil, ErrUnsupportedUpdate
		}
	}
	p := cal.patch(c, message, now)
	p.series, p.fresh = series, fresh
	return cal, p.apply()
}

// withOverride returns the resource with an override that says what the series
// says: a copy of the master, at its place in time.
func (cal *Calendar) withOverride(master *Component, occurrence stamp, now time.Time) (*Calendar, error) {
	p := cal.patch(master, nil, now)
	cal.include(occurrence, p)
	p.stamps()
	var raw strings.Builder
	for i := master.first; i <= master.last; i++ {
		raw.WriteString(cal.file.Lines[i].Raw())
	}
	own, err := Parse(raw.String())
	if err != nil {
		return nil, err
	}
	own.Zone = cal.Zone
	c := own.Master()
	for _, name := range []string{"RRULE", "RDATE", "EXDATE", "EXRULE"} {
		for i := range c.All(name) {
			own.file.Remove(i)
		}
	}
	start := c.find("DTSTART")
	first, _ := readStamp(&own.file.Lines[start])
	for _, name := range []string{"DTEND", "DUE"} {
		if s, ok := readStamp(c.Line(name)); ok {
			own.file.SetValue(c.find(name), cal.moved(first, s, occurrence).value())
		}
	}
	own.file.SetValue(start, occurrence.value())
	own.file.Insert(start, occurrence.line("RECURRENCE-ID"))
	after := master.last
	for i := range cal.comps {
		if o := &cal.comps[i]; o.Name == master.Name && !o.cut {
			after = max(after, o.last)
		}
	}
	text := own.String()
	if !strings.HasSuffix(text, "\n") {
		text += contentline.CRLF
	}
	cal.file.InsertRaw(after+1, text)
	return cal.again()
}

// moved is an end as far from an occurrence as it is from the first start.
func (cal *Calendar) moved(first, end, occurrence stamp) stamp {
	a, okA := cal.instant(first)
	b, okB := cal.instant(end)
	at, ok := cal.instant(occurrence)
	if okA && okB && ok {
		return cal.at(end, at.Add(b.Sub(a)))
	}
	end.wall = end.wall.Add(occurrence.wall.Sub(first.wall))
	return end
}

// patchExceptions makes the exceptions of the series those of a message.
func (cal *Calendar) patchExceptions(message *activity.Object, now time.Time) (*Calendar, error) {
	v, ok := message.Lookup("exceptions")
	if !ok || shape.Equal(v, cal.exceptions(cal.Master())) {
		return cal, nil
	}
	want, err := shape.Objects(message, "exceptions")
	if err != nil {
		return nil, err
	}
	if cal, err = cal.again(); err != nil {
		return nil, err
	}
	have := cal.exceptions(cal.Master())
	of := shape.Match(want, have, shape.Equal, shape.Key(func(o *activity.Object) string { return o.Text("recurrenceId") }))
	cal, err = cal.withoutExceptions(of, have, now)
	if err != nil {
		return nil, err
	}
	for n, v := range want {
		o := v.(*activity.Object)
		id := o.Text("recurrenceId")
		if of[n] >= 0 && shape.Covers(o, have[of[n]].(*activity.Object)) {
			continue
		}
		if o.Get("excluded") == true {
			err = cal.exclude(id, now)
		} else {
			cal, err = cal.patchOccurrence(id, o, now)
		}
		if err == nil {
			cal, err = cal.again()
		}
		if err != nil {
			return nil, err
		}
	}
	return cal, nil
}

// withoutExceptions returns the resource without those exceptions that nobody
// wants.
func (cal *Calendar) withoutExceptions(of []int, have []any, now time.Time) (*Calendar, error) {
	p := cal.patch(cal.Master(), nil, now)
	for j, v := range have {
		wanted := false
		for _, n := range of {
			wanted = wanted || n == j
		}
		if wanted {
			continue
		}
		occurrence, err := cal.occurrence(p.c, v.(*activity.Object).Text("recurrenceId"))
		if err != nil {
			return nil, err
		}
		cal.include(occurrence, p)
		if c := cal.override(occurrence); c != nil {
			p.removeComponent(c)
			p.moved = true
		}
	}
	p.stamps()
	return cal.again()
}

// again reads what was changed.
func (cal *Calendar) again() (*Calendar, error) {
	next, err := Parse(cal.String())
	if err != nil {
		return nil, err
	}
	next.Zone, next.told = cal.Zone, cal.told
	return next, nil
}

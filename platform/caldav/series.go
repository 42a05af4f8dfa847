package caldav

import (
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/ical"
	"github.com/sockethub/sockethub/platform/dav/recur"
)

// resource is what is stored at an address, with its time zones and, when they are
// asked for, its occurrences.
type resource struct {
	*ical.Calendar
	zones *recur.Zones     // nil until a zone is needed that has to be looked up in the resource
	lines []recur.Property // memory for those of the master
}

// reader reads one resource after another in the same memory.
type reader struct {
	calendar ical.Reader
	lines    []recur.Property
}

// read reads a resource. Its zones are those that package recur knows or finds
// described in it. The one before is no longer to be used.
func (r *reader) read(text string) (*resource, error) {
	cal, err := r.calendar.Parse(text)
	if err != nil {
		return nil, err
	}
	if r.lines == nil {
		r.lines = make([]recur.Property, 0, 8)
	}
	in := &resource{Calendar: cal, lines: r.lines[:0]}
	cal.Zone = in.location
	return in, nil
}

func (r *resource) location(tzid string) *time.Location {
	if zone := ical.Location(tzid); zone != nil {
		return zone
	}
	if r.zones == nil {
		r.zones = recur.NewZones(r.written()...)
	}
	return r.zones.Location(tzid)
}

// written are the zones that the resource describes.
func (r *resource) written() (list []recur.VTimeZone) {
	for c := range r.TimeZones() {
		z := recur.VTimeZone{TZID: c.Value("TZID"), Location: c.Value("X-LIC-LOCATION")}
		for _, kind := range []string{"STANDARD", "DAYLIGHT"} {
			for in := range c.Components(kind) {
				o := recur.Observance{
					Start: in.Value("DTSTART"), OffsetFrom: in.Value("TZOFFSETFROM"), OffsetTo: in.Value("TZOFFSETTO"), Name: in.Value("TZNAME"),
				}
				for _, l := range in.All("RRULE") {
					o.Rules = append(o.Rules, l.Value())
				}
				for _, l := range in.All("RDATE") {
					o.Dates = append(o.Dates, l.Value())
				}
				z.Observances = append(z.Observances, o)
			}
		}
		list = append(list, z)
	}
	return list
}

// series is the item with all its occurrences.
func (r *resource) series() (*recur.Set, error) {
	if r.zones == nil {
		r.zones = recur.NewZones(r.written()...)
	}
	var overrides [][]recur.Property
	for _, c := range r.Overrides() {
		overrides = append(overrides, properties(nil, c))
	}
	return recur.New(properties(r.lines, r.Master()), overrides, r.zones)
}

// properties adds the lines of a component that say when it is to a list; nil if
// there is no component.
func properties(list []recur.Property, c *ical.Component) []recur.Property {
	if c == nil {
		return nil
	}
	for _, l := range c.Lines() {
		switch name := strings.ToUpper(l.Name()); name {
		case "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RDATE", "EXRULE", "EXDATE", "RECURRENCE-ID":
			list = append(list, recur.Property{Name: name, TZID: l.Param("TZID"), Range: strings.ToUpper(l.Param("RANGE")), Value: l.Value()})
		}
	}
	return list
}

// unknownZone is the name of the zone of the start or end that nobody knows, "" if
// there is none.
func (r *resource) unknownZone() string {
	c := r.Master()
	if c == nil {
		return ""
	}
	for _, name := range []string{"DTSTART", "DTEND", "DUE"} {
		if l := c.Line(name); l != nil {
			if zone := l.Param("TZID"); zone != "" && r.location(zone) == nil {
				return zone
			}
		}
	}
	return ""
}

// occurrences tells those that lie in a window, each with what an override
// changes.
func (r *resource) occurrences(set *recur.Set, from, to time.Time) (list []any, truncated bool) {
	found, truncated := set.Between(from, to)
	overrides, master := r.Overrides(), r.Master()
	list = make([]any, len(found))
	for i, o := range found {
		members := []activity.Member{
			{Name: "recurrenceId", Value: o.ID.String()}, {Name: "startTime", Value: o.Start.String()}, {Name: "endTime", Value: o.End.String()},
		}
		if o.Override >= 0 {
			members = append(members, differences(overrides[o.Override], master)...)
		}
		list[i] = activity.NewObject(members...)
	}
	return list, truncated
}

// differences are the members in which an override is not as the master, which
// may not be there.
func differences(override, master *ical.Component) (members []activity.Member) {
	for _, f := range []struct{ member, property string }{
		{"name", "SUMMARY"}, {"content", "DESCRIPTION"}, {"location", "LOCATION"}, {"status", "STATUS"},
	} {
		value, usual := override.Value(f.property), ""
		if master != nil {
			usual = master.Value(f.property)
		}
		if value == usual {
			continue
		}
		if value = contentline.Unescape(value); f.member == "status" {
			value = strings.ToLower(value)
		}
		members = append(members, activity.Member{Name: f.member, Value: value})
	}
	return members
}

// has reports whether a series has an occurrence of that id, or an exception, which
// need not be at a time that the rule gives.
func (r *resource) has(recurrenceID string) bool {
	item, err := r.Item("", "")
	if err != nil {
		return false
	}
	exceptions, _ := item.Get("exceptions").([]any)
	for _, e := range exceptions {
		if e.(*activity.Object).Text("recurrenceId") == recurrenceID {
			return true
		}
	}
	set, err := r.series()
	master := r.Master()
	if err != nil || master == nil || master.Line("RRULE") == nil && master.Line("RDATE") == nil {
		return false
	}
	if t, err := time.Parse(time.RFC3339, recurrenceID); err == nil {
		return set.Has(t)
	}
	// Without an offset it is what the clocks of the series read.
	zone := time.UTC
	if l := master.Line("DTSTART"); l != nil && r.location(l.Param("TZID")) != nil {
		zone = r.location(l.Param("TZID"))
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, recurrenceID, zone); err == nil {
			return set.Has(t)
		}
	}
	return false
}

package ical

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/sockethub/sockethub/platform/dav/contentline"
)

// Errors that a platform has codes for. Every other error is a text for clients,
// about the message that was to be written.
var (
	// ErrNotCalendar reports a text without a complete event or task.
	ErrNotCalendar = errors.New("invalid calendar data")

	// ErrNoUID reports an item that cannot be told from others.
	ErrNoUID = errors.New("calendar item is missing UID or SUMMARY")

	// ErrUIDMismatch reports a message about another item than the stored one, or
	// about a task where an event is stored.
	ErrUIDMismatch = errors.New("uid or type is not the stored one")

	// ErrUnsupportedUpdate reports a change that would make what is stored wrong: of
	// several items in one resource, or of the start or the rule of a series that
	// has exceptions.
	ErrUnsupportedUpdate = errors.New("the stored item does not allow this update")
)

// Calendar is a resource: an event or a task, as a rule, with the exceptions of
// its series and the time zones it names. One goroutine uses it at a time.
type Calendar struct {
	// Zone resolves a TZID where times have to be counted: the end of an event with
	// a DURATION, the offsets in exceptions. nil means Location.
	Zone func(tzid string) *time.Location

	file  contentline.File
	comps []Component // in the order of their BEGIN
	told  bool        // the master's SEQUENCE is a new one
}

// Component is what stands between BEGIN and END.
type Component struct {
	Name string // in upper case: "VEVENT"

	cal         *Calendar
	first, last int  // the lines with BEGIN and END; last is the number of lines when END is missing
	parent      int  // number of the component around it, -1 for none
	cut         bool // END is missing
}

// Parse reads a resource. It keeps parts of text.
func Parse(text string) (*Calendar, error) { return new(Reader).Parse(text) }

// maxDepth is how deep components may be in one another: an alarm in an event in
// a calendar is three.
const maxDepth = 32

// Reader parses one resource after another in the same memory.
type Reader struct{ cal Calendar }

// Parse reads a resource. The one before is no longer to be used; what Item
// returned of it is.
func (r *Reader) Parse(text string) (*Calendar, error) {
	cal := &r.cal
	if err := cal.file.Parse(text, contentline.Calendar); err != nil {
		return nil, err
	}
	cal.Zone, cal.comps, cal.told = nil, cal.comps[:0], false
	open, depth := -1, 0 // the innermost component that has not ended
	for i := range cal.file.Lines {
		l := &cal.file.Lines[i]
		switch {
		case l.Is("BEGIN"):
			name := strings.ToUpper(strings.TrimSpace(l.Value()))
			cal.comps = append(cal.comps, Component{Name: name, cal: cal, first: i, last: len(cal.file.Lines), parent: open, cut: true})
			open = len(cal.comps) - 1
			if depth++; depth > maxDepth {
				return nil, ErrNotCalendar
			}
		case l.Is("END"):
			for outer := cal.end(open, i, strings.TrimSpace(l.Value())); open != outer; depth-- {
				open = cal.comps[open].parent
			}
		}
	}
	if cal.main() == nil {
		return nil, ErrNotCalendar
	}
	return cal, nil
}

// end ends the innermost open component of a name with line i. What is open
// inside it ends there too, cut. An END of nothing is passed over.
func (cal *Calendar) end(open, i int, name string) int {
	at := open
	for at >= 0 && !strings.EqualFold(cal.comps[at].Name, name) {
		at = cal.comps[at].parent
	}
	if at < 0 {
		return open
	}
	for c := open; c != at; c = cal.comps[c].parent {
		cal.comps[c].last = i
	}
	cal.comps[at].last, cal.comps[at].cut = i, false
	return cal.comps[at].parent
}

// String returns the resource as it is now.
func (cal *Calendar) String() string { return cal.file.String() }

// Master returns the event or task that is no exception of a series, nil if
// there is none. A resource has one; where there are more it is the first.
func (cal *Calendar) Master() *Component {
	for c := range cal.items() {
		if c.Line("RECURRENCE-ID") == nil {
			return c
		}
	}
	return nil
}

// Overrides returns the exceptions of the series with a RECURRENCE-ID.
func (cal *Calendar) Overrides() []*Component {
	var list []*Component
	for c := range cal.items() {
		if c.Line("RECURRENCE-ID") != nil {
			list = append(list, c)
		}
	}
	return list
}

// TimeZones goes through the VTIMEZONE components.
func (cal *Calendar) TimeZones() iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for i := range cal.comps {
			if c := &cal.comps[i]; c.Name == "VTIMEZONE" && !yield(c) {
				return
			}
		}
	}
}

// Line returns the first property with a name, in upper case; nil for none.
func (c *Component) Line(name string) *contentline.Line {
	if i := c.find(name); i >= 0 {
		return &c.cal.file.Lines[i]
	}
	return nil
}

// Value returns the raw value of the first property with a name, else "".
func (c *Component) Value(name string) string {
	if l := c.Line(name); l != nil {
		return l.Value()
	}
	return ""
}

// Lines goes through the properties, with the numbers of their lines, without
// those of components inside.
func (c *Component) Lines() iter.Seq2[int, *contentline.Line] {
	return func(yield func(int, *contentline.Line) bool) {
		lines := c.cal.file.Lines
		for i := c.first + 1; i < c.last; i++ {
			if lines[i].Is("BEGIN") {
				i = c.cal.beginning(i).last
				continue
			}
			if lines[i].Name() != "" && !yield(i, &lines[i]) {
				return
			}
		}
	}
}

// All goes through the properties with a name, in upper case.
func (c *Component) All(name string) iter.Seq2[int, *contentline.Line] {
	return func(yield func(int, *contentline.Line) bool) {
		for i, l := range c.Lines() {
			if l.Is(name) && !yield(i, l) {
				return
			}
		}
	}
}

// Components goes through the components inside with a name, in upper case.
func (c *Component) Components(name string) iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for i := range c.cal.comps {
			in := &c.cal.comps[i]
			if in.Name == name && in.parent >= 0 && &c.cal.comps[in.parent] == c && !yield(in) {
				return
			}
		}
	}
}

// find returns the number of the first line with a name, -1 for none.
func (c *Component) find(name string) int {
	for i := range c.All(name) {
		return i
	}
	return -1
}

// beginning returns the component that begins with line i.
func (cal *Calendar) beginning(i int) *Component {
	at, _ := slices.BinarySearchFunc(cal.comps, i, func(c Component, i int) int { return c.first - i })
	return &cal.comps[at]
}

// main returns the first component that counts: a task if there is one.
func (cal *Calendar) main() *Component {
	var event *Component
	for i := range cal.comps {
		switch c := &cal.comps[i]; {
		case c.cut || c.last == c.first+1:
		case c.Name == "VTODO":
			return c
		case c.Name == "VEVENT" && event == nil:
			event = c
		}
	}
	return event
}

// items goes through the components of main's kind and UID.
func (cal *Calendar) items() iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		main := cal.main()
		if main == nil {
			return
		}
		uid := main.Value("UID")
		for i := range cal.comps {
			c := &cal.comps[i]
			if c.Name == main.Name && !c.cut && c.Value("UID") == uid && !yield(c) {
				return
			}
		}
	}
}

// updatable reports whether the resource is one item, complete and with its
// master.
func (cal *Calendar) updatable() bool {
	masters, calendars := 0, 0
	main := cal.main()
	uid := main.Value("UID")
	for i := range cal.comps {
		switch c := &cal.comps[i]; c.Name {
		case "VCALENDAR":
			calendars++
		case "VEVENT", "VTODO", "VJOURNAL":
			if c.cut || c.Name != main.Name || c.Value("UID") != uid {
				return false
			}
			if c.Line("RECURRENCE-ID") == nil {
				masters++
			}
		default:
			if c.cut {
				return false
			}
		}
	}
	return masters == 1 && calendars <= 1
}

// zone resolves a TZID, nil for one that is not known.
func (cal *Calendar) zone(tzid string) *time.Location {
	if tzid == "" {
		return nil
	}
	if cal.Zone != nil {
		return cal.Zone(tzid)
	}
	return Location(tzid)
}

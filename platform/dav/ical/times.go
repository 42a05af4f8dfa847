package ical

import (
	"errors"
	"strings"

	"github.com/sockethub/sockethub/platform/dav/contentline"
)

// form is how a time of a message is to be written.
type form struct {
	allDay   bool
	zone     string // TZID, "" for none
	floating bool   // a local time may go without zone: so it is stored
	convert  bool   // a time with an offset may be given although there is a zone
}

var errNotAfter = errors.New("end/due must be after startTime")

// stamp makes a stamp of a time of a message. field is its name in the errors.
func (f form) stamp(cal *Calendar, field, text string) (stamp, error) {
	g := readGiven(text)
	if g.kind == impossible {
		return stamp{}, errors.New("invalid " + field)
	}
	switch {
	case f.allDay:
		if g.kind != dateOnly {
			return stamp{}, errors.New(field + " must be YYYY-MM-DD")
		}
		return stamp{wall: g.wall, date: true}, nil
	case f.zone != "" && g.kind == local:
		return stamp{wall: g.wall, zone: f.zone, utc: isUTC(f.zone)}.plain(), nil
	case f.zone != "" && g.kind == withOffset && f.convert:
		if cal.zone(f.zone) == nil {
			return g.utc(), nil
		}
		return cal.at(stamp{zone: f.zone, utc: isUTC(f.zone)}, g.utc().wall).plain(), nil
	case f.zone != "":
		return stamp{}, errors.New(field + " must be a local date-time when timeZone is used")
	case f.floating && g.kind == local:
		return stamp{wall: g.wall}, nil
	case g.kind == withOffset:
		return g.utc(), nil
	}
	return stamp{}, errors.New(field + " must include a UTC offset")
}

// plain is a stamp in UTC without the zone that says so.
func (s stamp) plain() stamp {
	if s.utc {
		s.zone = ""
	}
	return s
}

// isUTC reports whether a zone is written as Z.
func isUTC(zone string) bool {
	switch strings.ToUpper(zone) {
	case "UTC", "ETC/UTC", "Z":
		return true
	}
	return false
}

// line is a property with a stamp.
func (s stamp) line(property string) string {
	switch {
	case s.date:
		property += ";VALUE=DATE"
	case !s.utc && s.zone != "":
		property += ";TZID=" + contentline.Quote(s.zone)
	}
	return property + ":" + s.value()
}

// times writes start, end and due. What they are depends on allDay and the zones
// too, and the other way round, so that they are written together.
func (p *patch) times() error {
	start, err := p.start()
	if err != nil {
		return err
	}
	return p.end(start)
}

// start writes DTSTART and returns what it is now.
func (p *patch) start() (stamp, error) {
	stored, known := readStamp(p.c.Line("DTSTART"))
	reformed := p.differs("allDay") || p.differs("timeZone")
	if p.differs("startTime") && p.wanted("startTime") == "" {
		if p.hasExceptions() {
			return stamp{}, ErrUnsupportedUpdate
		}
		p.remove("DTSTART")
		p.moved = true
		return stamp{}, nil
	}
	text := p.wanted("startTime")
	if text == "" || !reformed && !p.differs("startTime") {
		return stored, nil
	}
	f, err := p.form()
	if err != nil {
		return stamp{}, err
	}
	f.floating = known && !reformed && stored.floating()
	s, err := f.stamp(p.cal, "dtstart", text)
	if err != nil {
		return stamp{}, err
	}
	return s, p.setStamp("DTSTART", s)
}

// form is how times are to be written by what the message says, or what is
// stored.
func (p *patch) form() (form, error) {
	allDay, _ := p.shown.Get("allDay").(bool)
	if p.differs("allDay") {
		allDay, _ = p.message.Get("allDay").(bool)
	}
	f := form{allDay: allDay, zone: p.wanted("timeZone"), convert: !p.create}
	switch {
	case !f.allDay || f.zone == "":
	case p.differs("timeZone"):
		return f, errors.New("all-day objects cannot have timeZone")
	default:
		f.zone = "" // that of the times it had until now
	}
	return f, nil
}

// end writes DTEND or DUE, or the DURATION that stands for it.
func (p *patch) end(start stamp) error {
	property, member := "DTEND", "endTime"
	if p.c.Name == "VTODO" {
		property, member = "DUE", "due"
	}
	length := p.c.Line("DURATION")
	_, given := p.message.Lookup(member)
	moved := p.differs("startTime") || p.differs("allDay") || p.differs("timeZone")
	switch {
	case p.differs(member) && p.wanted(member) == "":
		p.remove(property)
		p.remove("DURATION")
		p.moved = true
		return nil
	case p.wanted(member) == "":
		return nil
	case !p.differs(member) && !moved && !p.differs("endTimeZone"):
		return nil
	case length != nil && p.c.Line(property) == nil && !given:
		return nil // as long as before
	}
	s, err := p.endStamp(property, member)
	if err != nil {
		return err
	}
	if start.wall.IsZero() {
		return p.setStamp(property, s)
	}
	if !p.ordered(start, s, member) {
		return errNotAfter
	}
	if length == nil || p.c.Line(property) != nil {
		return p.setStamp(property, s)
	}
	if d, ok := parseDuration(length.Value()); ok && p.cal.after(start, d).value() == s.value() {
		return nil
	}
	d := p.cal.between(start, s)
	if d.days < 0 || d.clock < 0 {
		return errNotAfter
	}
	p.set("DURATION", d.String())
	p.moved = true
	return nil
}

// endStamp is the end as it shall be: in its own zone, else in that of the start.
func (p *patch) endStamp(property, member string) (stamp, error) {
	f, err := p.form()
	if err != nil {
		return stamp{}, err
	}
	text := p.wanted(member)
	stored, known := readStamp(p.c.Line(property))
	reformed := p.differs("allDay") || p.differs("timeZone")
	if zone := p.wanted("endTimeZone"); zone != "" && !f.allDay {
		f.zone = zone
	} else if known && !reformed && stored.utc && readGiven(text).kind == withOffset {
		f.zone = ""
	}
	if !known {
		stored, known = readStamp(p.c.Line("DTSTART"))
	}
	f.floating = known && !reformed && stored.floating()
	field := "dtend"
	if property == "DUE" {
		field = "due"
	}
	return f.stamp(p.cal, field, text)
}

// ordered reports whether an end comes after its start; at the same time only
// where it was stored so.
func (p *patch) ordered(start, end stamp, member string) bool {
	a, okA := p.cal.instant(start)
	b, okB := p.cal.instant(end)
	if okA != okB || start.date != end.date {
		return true // not to be compared
	}
	stored := p.shown.Text("startTime")
	return b.After(a) || b.Equal(a) && stored != "" && stored == p.shown.Text(member)
}

// setStamp writes a property that is a stamp, with the VTIMEZONE that a zone
// needs when it is new to the property.
func (p *patch) setStamp(property string, s stamp) error {
	i := p.c.find(property)
	if i >= 0 {
		stored, ok := readStamp(&p.cal.file.Lines[i])
		same := ok && stored.date == s.date && stored.utc == s.utc && stored.zone == s.zone
		if same && stored.wall.Equal(s.wall) {
			return nil
		}
		if property == "DTSTART" && p.hasExceptions() {
			return ErrUnsupportedUpdate
		}
		if !same {
			zone := ""
			if !s.utc && s.zone != "" {
				if err := p.needZone(s); err != nil {
					return err
				}
				zone = contentline.Quote(s.zone)
			}
			p.cal.file.SetParam(i, "TZID", zone)
			value := ""
			if s.date {
				value = "DATE"
			}
			p.cal.file.SetParam(i, "VALUE", value)
		}
		p.set(property, s.value())
		p.moved = true
		return nil
	}
	if err := p.needZone(s); err != nil {
		return err
	}
	p.add(s.line(property))
	p.moved = true
	return nil
}

// needZone sees to it that the zone of a stamp is one we know, and described in
// the resource.
func (p *patch) needZone(s stamp) error {
	if s.zone == "" || s.utc || s.date {
		return nil
	}
	for z := range p.cal.TimeZones() {
		if z.Value("TZID") == s.zone {
			return nil
		}
	}
	if p.shown.Text("timeZone") == s.zone || p.shown.Text("endTimeZone") == s.zone {
		return nil // as it was: not described
	}
	loc := p.cal.zone(s.zone)
	if loc == nil {
		return errors.New("invalid timeZone")
	}
	if p.zones == nil {
		p.zones = map[string]bool{}
	}
	if p.zones[s.zone] {
		return nil
	}
	p.zones[s.zone] = true
	before := p.c.first
	for i := range p.cal.comps {
		if c := &p.cal.comps[i]; c.Name == p.c.Name {
			before = min(before, c.first)
		}
	}
	writeZone(s.zone, loc, s.wall.Year(), func(line string) { p.cal.file.Insert(before, line) })
	return nil
}

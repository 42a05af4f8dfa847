package ical

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// maxBinary is how large an inline attachment may be to be handed out; of a
// larger one only the size is. Results are limited, and nobody shows it.
const maxBinary = 16 << 10

// Item returns the event or task as clients see it. id and etag are those of the
// resource; an empty etag is left out. It is the item as it is stored: changes
// that were made since Parse are not in it.
func (cal *Calendar) Item(id, etag string) (*activity.Object, error) {
	c := cal.Master()
	if c == nil {
		c = cal.main()
	}
	if c.Value("UID") == "" {
		return nil, ErrNoUID
	}
	m := shape.New()
	m.Add("id", id)
	m.Text("etag", etag)
	c.describe(m, cal.updatable())
	m.List("exceptions", cal.exceptions(c))
	return m.Object(), nil
}

// Type returns "event" or "task".
func (cal *Calendar) Type() string { return cal.main().kind() }

// UID returns the item's UID, "" when it has none.
func (cal *Calendar) UID() string { return contentline.Unescape(cal.main().Value("UID")) }

func (c *Component) kind() string {
	if c.Name == "VTODO" {
		return "task"
	}
	return "event"
}

// describe adds all of a component but its exceptions.
func (c *Component) describe(m *shape.Members, updatable bool) {
	m.Add("type", c.kind())
	m.Add("uid", contentline.Unescape(c.Value("UID")))
	m.Add("name", contentline.Unescape(c.Value("SUMMARY")))
	m.Add("updateSupported", updatable)
	if s, ok := readStamp(c.Line("RECURRENCE-ID")); ok {
		m.Add("recurrenceId", c.cal.rfc3339(s))
	}
	for _, f := range texts {
		if l := c.Line(f.property); l != nil {
			if v := f.decode(l.Value()); f.words == "" || isWord(v, f.words) && c.takes(f.member, v) {
				m.Add(f.member, v)
			}
		}
	}
	c.describeTimes(m)
	if c.Name == "VTODO" {
		if l := c.Line("COMPLETED"); l != nil {
			m.Add("completedTime", shown(l.Value()))
		}
	}
	for _, f := range numbers {
		if f.tasks && c.Name != "VTODO" {
			continue
		}
		if n, ok := f.read(c); ok {
			m.Add(f.member, n)
		}
	}
	for _, f := range []struct{ member, property string }{{"created", "CREATED"}, {"lastModified", "LAST-MODIFIED"}} {
		if l := c.Line(f.property); l != nil {
			m.Add(f.member, shown(l.Value()))
		}
	}
	m.List("categories", c.categories())
	if l := c.Line("RRULE"); l != nil {
		if o := readRule(l.Value()); o != nil {
			m.Add("recurrence", o)
		}
	}
	if l := c.Line("ORGANIZER"); l != nil && email(l) != "" {
		m.Add("organizer", person(l, false))
	}
	c.describeAttendees(m)
	var attachments []any
	for _, l := range c.All("ATTACH") {
		attachments = append(attachments, attachment(l))
	}
	m.List("attachments", attachments)
	reminders, _ := c.reminders()
	m.List("reminders", reminders)
}

// textField is a member that is one property.
type textField struct {
	member, property string
	form             textForm
	words            string // those that it may be, besides x-; "" for any
}

type textForm uint8

const (
	escaped textForm = iota
	verbatim
	word // upper case in the file, lower case in a message
)

// texts stand in the order in which they are written, plain ones before times.
var texts = []textField{
	{"content", "DESCRIPTION", escaped, ""},
	{"location", "LOCATION", escaped, ""},
	{"url", "URL", verbatim, ""},
	{"status", "STATUS", word, "tentative confirmed cancelled needs-action in-process completed"},
	{"transparency", "TRANSP", word, "opaque transparent"},
	{"classification", "CLASS", word, ""},
}

// isWord reports whether a client may be told a word, and send it back: one of
// words, or one that says itself that it is somebody's own. Others stay in the file.
func isWord(v, words string) bool {
	if own, ok := strings.CutPrefix(v, "x-"); ok {
		return own != "" && !strings.ContainsFunc(own, func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') })
	}
	for word := range strings.FieldsSeq(words) {
		if v == word {
			return true
		}
	}
	return false
}

const plain = 3 // of texts

func (f textField) decode(v string) string {
	switch f.form {
	case escaped:
		return contentline.Unescape(v)
	case word:
		v = strings.ToLower(v)
	}
	return strings.ToValidUTF8(v, "\uFFFD")
}

func (f textField) encode(v string) string {
	switch f.form {
	case escaped:
		return contentline.Escape(v)
	case word:
		v = strings.ToUpper(v)
	}
	return contentline.Clean(v)
}

// takes reports whether a component of its kind may have such a word.
func (c *Component) takes(member, v string) bool {
	switch {
	case member == "transparency":
		return c.Name != "VTODO"
	case member == "status" && c.Name == "VTODO":
		return v != "tentative" && v != "confirmed"
	}
	return !isTaskStatus(v)
}

// numberField is a member that is one whole number.
type numberField struct {
	member, property string
	max              int
	tasks            bool // only they have it
}

var sequence = numberField{"sequence", "SEQUENCE", 1<<31 - 1, false}

var numbers = []numberField{
	{"percentComplete", "PERCENT-COMPLETE", 100, true},
	sequence,
	{"priority", "PRIORITY", 9, false},
}

// read returns the number, if there is one within its bounds.
func (f numberField) read(c *Component) (int, bool) {
	l := c.Line(f.property)
	if l == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(l.Value()), 10, 31)
	return int(n), err == nil && int(n) <= f.max
}

// describeTimes adds start, end or due, and their zones.
func (c *Component) describeTimes(m *shape.Members) {
	start, end, member := c.Line("DTSTART"), c.Line("DTEND"), "endTime"
	if start != nil {
		m.Add("startTime", shown(start.Value()))
	}
	if end != nil {
		m.Add("endTime", shown(end.Value()))
	}
	if c.Name == "VTODO" {
		if due := c.Line("DUE"); due != nil {
			end, member = due, "due"
			m.Add("due", shown(due.Value()))
		} else if end == nil {
			member = "due"
		}
	}
	if end == nil {
		if s, ok := c.endByDuration(); ok {
			m.Add(member, s.shown())
		}
	}
	first := start
	if first == nil {
		first = end
	}
	if first == nil {
		return
	}
	if isDate(first) {
		m.Add("allDay", true)
	}
	zone := first.Param("TZID")
	m.Text("timeZone", zone)
	if end != nil && end != first {
		if other := end.Param("TZID"); other != zone {
			m.Text("endTimeZone", other)
		}
	}
}

// endByDuration is the end that DTSTART and DURATION say.
func (c *Component) endByDuration() (stamp, bool) {
	length := c.Line("DURATION")
	if length == nil {
		return stamp{}, false
	}
	d, ok := parseDuration(length.Value())
	start, okStart := readStamp(c.Line("DTSTART"))
	return c.cal.after(start, d), ok && okStart
}

// isDate reports whether a property is a DATE: as it says, or as it looks.
func isDate(l *contentline.Line) bool {
	return strings.EqualFold(l.Param("VALUE"), "DATE") || len(l.Value()) == len(dateForm) && shown(l.Value()) != l.Value()
}

// categories are the values of all CATEGORIES lines.
func (c *Component) categories() []any {
	var list []any
	for _, l := range c.All("CATEGORIES") {
		for _, v := range contentline.Split(l.Value(), ',') {
			if v != "" {
				list = append(list, contentline.Unescape(v))
			}
		}
	}
	return list
}

// attachment is an ATTACH property.
func attachment(l *contentline.Line) *activity.Object {
	m := shape.New()
	switch size := base64.StdEncoding.DecodedLen(len(l.Value())); {
	case !isBinary(l):
		m.Add("url", strings.ToValidUTF8(l.Value(), "\uFFFD"))
	case size > maxBinary:
		m.Add("size", size)
	default:
		m.Add("data", strings.ToValidUTF8(l.Value(), "\uFFFD"))
	}
	m.Text("mediaType", l.Param("FMTTYPE"))
	m.Text("filename", l.Param("FILENAME"))
	return m.Object()
}

func isBinary(l *contentline.Line) bool { return strings.EqualFold(l.Param("VALUE"), "BINARY") }

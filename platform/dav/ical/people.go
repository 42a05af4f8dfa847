package ical

import (
	"iter"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

const mailto = "mailto:"

// Roles as messages call them. The words of a message are read from a file too.
var roles = []struct{ word, role string }{
	{"required", "REQ-PARTICIPANT"},
	{"optional", "OPT-PARTICIPANT"},
	{"non-participant", "NON-PARTICIPANT"},
	{"chair", "CHAIR"},
}

// email is the address of a person's property: without mailto, but any other URI
// as it is.
func email(l *contentline.Line) string {
	v := strings.ToValidUTF8(l.Value(), "\uFFFD")
	if len(v) >= len(mailto) && strings.EqualFold(v[:len(mailto)], mailto) {
		return v[len(mailto):]
	}
	return v
}

// address is the opposite of email.
func address(email string) string {
	if strings.Contains(email, ":") {
		return email
	}
	return mailto + email
}

// person is an ORGANIZER, or an ATTENDEE, who answers.
func person(l *contentline.Line, attends bool) *activity.Object {
	m := shape.New()
	m.Add("email", email(l))
	m.Text("name", l.Param("CN"))
	if role := roleWord(l.Param("ROLE")); isWord(role, "chair required optional non-participant") {
		m.Add("role", role)
	}
	if status := strings.ToLower(l.Param("PARTSTAT")); isWord(status, "needs-action accepted declined tentative delegated") {
		m.Add("status", status)
	}
	if v := l.Param("RSVP"); v != "" && attends {
		m.Add("rsvp", v == "TRUE")
	}
	return m.Object()
}

func roleWord(role string) string {
	for _, r := range roles {
		if strings.EqualFold(r.role, role) {
			return r.word
		}
	}
	return strings.ToLower(role)
}

func roleParam(word string) string {
	for _, r := range roles {
		if strings.EqualFold(r.word, word) {
			return r.role
		}
	}
	return strings.ToUpper(word)
}

// describeAttendees adds the guests. notify is false when the server has been
// told to send none of them anything (RFC 6638, section 7.1).
func (c *Component) describeAttendees(m *shape.Members) {
	var list []any
	silent := true
	for _, l := range c.guests() {
		list = append(list, person(l, true))
		silent = silent && isSilent(l)
	}
	if list == nil {
		return
	}
	m.Add("attendees", list)
	if silent {
		m.Add("notify", false)
	}
}

// guests goes through the ATTENDEE lines with an address: of the others nobody can
// say who they are, and they stay.
func (c *Component) guests() iter.Seq2[int, *contentline.Line] {
	return func(yield func(int, *contentline.Line) bool) {
		for i, l := range c.All("ATTENDEE") {
			if email(l) != "" && !yield(i, l) {
				return
			}
		}
	}
}

func isSilent(l *contentline.Line) bool {
	agent := l.Param("SCHEDULE-AGENT")
	return strings.EqualFold(agent, "CLIENT") || strings.EqualFold(agent, "NONE")
}

// reminders returns the alarms that have a trigger, and what clients see of them.
func (c *Component) reminders() (list []any, alarms []*Component) {
	for a := range c.Components("VALARM") {
		trigger := a.Line("TRIGGER")
		if trigger == nil {
			continue
		}
		m := shape.New()
		m.Add("trigger", triggerText(trigger.Value()))
		action := "display"
		if strings.EqualFold(a.Value("ACTION"), "EMAIL") {
			action = "email"
		}
		m.Add("action", action)
		m.Text("description", contentline.Unescape(a.Value("DESCRIPTION")))
		var recipients []any
		for _, l := range a.guests() {
			recipients = append(recipients, email(l))
		}
		m.List("recipients", recipients)
		list, alarms = append(list, m.Object()), append(alarms, a)
	}
	return list, alarms
}

func triggerText(v string) string {
	if isDuration(v) {
		return v
	}
	return shown(v)
}

package ical

import (
	"errors"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// reminders keeps the alarms that stay, with all that no message says of them. An
// alarm of the same kind whose trigger no other one wants is given the new one.
func (p *patch) reminders() error {
	if !p.differs("reminders") {
		return nil
	}
	want, err := shape.Objects(p.message, "reminders")
	if err != nil {
		return err
	}
	have, alarms := p.c.reminders()
	action := func(o *activity.Object) string {
		if o.Text("action") == "email" {
			return "email"
		}
		return "display"
	}
	of := shape.Match(want, have, shape.Equal, shape.Key(func(o *activity.Object) string { return action(o) + " " + o.Text("trigger") }))
	for n := range want {
		for j := range have {
			if of[n] < 0 && !slices.Contains(of, j) && action(want[n].(*activity.Object)) == action(have[j].(*activity.Object)) {
				of[n] = j
			}
		}
	}
	for j, a := range alarms {
		if !slices.Contains(of, j) {
			p.removeComponent(a)
		}
	}
	for n, v := range want {
		o := v.(*activity.Object)
		lines, err := alarmLines(o)
		switch {
		case of[n] >= 0 && shape.Covers(o, have[of[n]].(*activity.Object)):
			// As it is stored, even where we would not write it so.
		case err != nil:
			return err
		case of[n] < 0:
			for _, line := range lines {
				p.add(line)
			}
		default:
			p.patchAlarm(alarms[of[n]], o, have[of[n]].(*activity.Object))
		}
	}
	return nil
}

// removeComponent takes a component away with all that is inside.
func (p *patch) removeComponent(c *Component) {
	for i := c.first; i <= c.last && i < len(p.cal.file.Lines); i++ {
		p.removeLine(i)
	}
}

// patchAlarm writes those members over an alarm that a message says otherwise.
func (p *patch) patchAlarm(a *Component, want, have *activity.Object) {
	p.changed = true
	file := &p.cal.file
	if v := want.Text("trigger"); v != have.Text("trigger") {
		i := a.find("TRIGGER")
		if isDuration(v) {
			if strings.EqualFold(file.Lines[i].Param("VALUE"), "DATE-TIME") {
				file.SetParam(i, "VALUE", "")
			}
			file.SetValue(i, v)
		} else {
			s, _ := readUTC("", v) // as alarmLines has checked
			file.SetParam(i, "RELATED", "")
			file.SetParam(i, "VALUE", "DATE-TIME")
			file.SetValue(i, s.value())
		}
	}
	if v, ok := want.Lookup("description"); ok && !shape.Equal(v, have.Get("description")) {
		text, _ := v.(string)
		switch i := a.find("DESCRIPTION"); {
		case i >= 0:
			file.SetValue(i, contentline.Escape(text))
		default:
			file.Insert(a.last, "DESCRIPTION:"+contentline.Escape(text))
		}
	}
	if v, ok := want.Lookup("recipients"); ok && !shape.Equal(v, have.Get("recipients")) {
		list, _ := shape.Texts(v, "")
		for i, l := range a.guests() {
			if at := slices.Index(list, email(l)); at >= 0 {
				list = slices.Delete(list, at, at+1)
			} else {
				file.Remove(i)
			}
		}
		for _, to := range list {
			file.Insert(a.last, "ATTENDEE:"+address(contentline.Clean(to)))
		}
	}
}

// alarmLines is a new VALARM (RFC 5545, section 3.6.6).
func alarmLines(o *activity.Object) ([]string, error) {
	lines := []string{"BEGIN:VALARM", "ACTION:DISPLAY"}
	trigger := o.Text("trigger")
	if isDuration(trigger) {
		lines = append(lines, "TRIGGER:"+trigger)
	} else {
		s, err := readUTC("reminder.trigger", trigger)
		if err != nil {
			return nil, err
		}
		lines = append(lines, "TRIGGER;VALUE=DATE-TIME:"+s.value())
	}
	description := "Reminder"
	if v, ok := o.Get("description").(string); ok {
		description = v
	}
	lines = append(lines, "DESCRIPTION:"+contentline.Escape(description))
	recipients, err := shape.Texts(o.Get("recipients"), "reminder.recipient")
	if err != nil {
		return nil, err
	}
	if o.Text("action") == "email" {
		if len(recipients) == 0 {
			return nil, errors.New("email reminder requires recipients")
		}
		lines[1] = "ACTION:EMAIL"
		lines = append(lines, "SUMMARY:Reminder")
		for _, to := range recipients {
			if strings.ContainsAny(to, "\r\n") {
				return nil, errors.New("invalid reminder.recipient")
			}
			lines = append(lines, "ATTENDEE:"+mailto+contentline.Clean(to))
		}
	}
	return append(lines, "END:VALARM"), nil
}

package ical

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// numbersOf are the lines of a property.
func (p *patch) numbersOf(property string) []int {
	var lines []int
	for i := range p.c.All(property) {
		lines = append(lines, i)
	}
	return lines
}

func (p *patch) setParam(i int, name, value string) {
	if p.cal.file.Lines[i].Param(name) != contentline.Unquote(value) {
		p.changed = true
		p.cal.file.SetParam(i, name, value)
	}
}

// addressKey tells persons apart.
func addressKey(o *activity.Object) string { return strings.ToLower(o.Text("email")) }

// checkAddress returns a person's address as it is written.
func checkAddress(o *activity.Object, field string) (string, error) {
	v := o.Text("email")
	if v == "" || strings.ContainsAny(v, "\r\n") {
		return "", errors.New("invalid " + field)
	}
	return contentline.Clean(address(v)), nil
}

func (p *patch) organizer() error {
	if !p.differs("organizer") {
		return nil
	}
	want := p.message.Object("organizer")
	if want == nil {
		p.remove("ORGANIZER")
		return nil
	}
	value, err := checkAddress(want, "organizer.email")
	if err != nil {
		return err
	}
	if i := p.c.find("ORGANIZER"); i >= 0 && addressKey(want) == addressKey(p.shown.Object("organizer")) {
		if name, ok := want.Lookup("name"); ok {
			text, _ := name.(string)
			p.setParam(i, "CN", contentline.Quote(text))
		}
		return nil
	}
	p.remove("ORGANIZER")
	line := "ORGANIZER"
	if name := want.Text("name"); name != "" {
		line += ";CN=" + contentline.Quote(name)
	}
	p.add(line + ":" + value)
	return nil
}

// attendees changes the parameters of those who stay. Whether the server may
// write to them is a parameter too; new ones are treated as the others.
func (p *patch) attendees() error {
	var lines []int
	for i := range p.c.guests() {
		lines = append(lines, i)
	}
	silent := p.shown.Get("notify") == false
	if notify, ok := p.message.Get("notify").(bool); ok && notify == silent {
		silent = !notify
		agent := ""
		if silent {
			agent = "CLIENT"
		}
		for _, i := range lines {
			p.setParam(i, "SCHEDULE-AGENT", agent)
		}
	}
	if !p.differs("attendees") {
		return nil
	}
	want, err := shape.Objects(p.message, "attendees")
	if err != nil {
		return err
	}
	have, _ := p.shown.Get("attendees").([]any)
	of := shape.Match(want, have, shape.Equal, shape.Key(addressKey))
	for j, i := range lines {
		if !slices.Contains(of, j) {
			p.removeLine(i)
		}
	}
	for n, v := range want {
		o := v.(*activity.Object)
		if of[n] >= 0 {
			i := lines[of[n]]
			for _, param := range attendeeParams(o) {
				p.setParam(i, param.name, param.value)
			}
			continue
		}
		value, err := checkAddress(o, "attendee.email")
		if err != nil {
			return err
		}
		line := "ATTENDEE"
		for _, param := range attendeeParams(o) {
			if param.value != "" {
				line += ";" + param.name + "=" + param.value
			}
		}
		if silent {
			line += ";SCHEDULE-AGENT=CLIENT"
		}
		p.add(line + ":" + value)
	}
	return nil
}

// attendeeParams are the parameters that a message says something about; an empty
// value removes one.
func attendeeParams(o *activity.Object) []part {
	var params []part
	for _, f := range []struct {
		member, param string
		encode        func(string) string
	}{
		{"name", "CN", func(v string) string { return v }},
		{"role", "ROLE", roleParam},
		{"status", "PARTSTAT", strings.ToUpper},
	} {
		if v, ok := o.Lookup(f.member); ok {
			text, _ := v.(string)
			params = append(params, part{f.param, contentline.Quote(f.encode(text))})
		}
	}
	if v, ok := o.Lookup("rsvp"); ok {
		value := ""
		if answer, ok := v.(bool); ok {
			value = strings.ToUpper(strconv.FormatBool(answer))
		}
		params = append(params, part{"RSVP", value})
	}
	return params
}

// attachments changes type and name of those that stay.
func (p *patch) attachments() error {
	if !p.differs("attachments") {
		return nil
	}
	want, err := shape.Objects(p.message, "attachments")
	if err != nil {
		return err
	}
	lines := p.numbersOf("ATTACH")
	have, _ := p.shown.Get("attachments").([]any)
	of := shape.Match(want, have, shape.Equal, shape.Key(func(o *activity.Object) string { return o.Text("url") + o.Text("data") }))
	for j, i := range lines {
		if !slices.Contains(of, j) {
			p.removeLine(i)
		}
	}
	for n, v := range want {
		o := v.(*activity.Object)
		line, err := attachLine(o, of[n] >= 0)
		if err != nil {
			return err
		}
		if of[n] < 0 {
			p.add(line)
			continue
		}
		for _, f := range []struct{ member, param string }{{"mediaType", "FMTTYPE"}, {"filename", "FILENAME"}} {
			if v, ok := o.Lookup(f.member); ok {
				text, _ := v.(string)
				p.setParam(lines[of[n]], f.param, contentline.Quote(text))
			}
		}
	}
	return nil
}

// attachLine is an ATTACH property. One that is stored need not have its data.
func attachLine(o *activity.Object, stored bool) (string, error) {
	url, data := o.Text("url"), o.Text("data")
	if (url == "") == (data == "") && !stored {
		return "", errors.New("attachment requires exactly one of url or data")
	}
	for _, name := range []string{"url", "data", "mediaType"} {
		if strings.ContainsAny(o.Text(name), "\r\n") {
			return "", errors.New("invalid attachment." + name)
		}
	}
	line := "ATTACH"
	if v := o.Text("mediaType"); v != "" {
		line += ";FMTTYPE=" + contentline.Quote(v)
	}
	if v := o.Text("filename"); v != "" {
		line += ";FILENAME=" + contentline.Quote(v)
	}
	if data != "" {
		line += ";ENCODING=BASE64;VALUE=BINARY"
	}
	return line + ":" + contentline.Clean(url+data), nil
}

package ical

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
)

// New writes a message's event or task as a new resource, and returns it with its
// UID: the message's, else a random one. Texts of errors name the member.
func New(message *activity.Object, now time.Time) (text, uid string, err error) {
	uid = message.Text("uid")
	switch {
	case strings.ContainsAny(uid, "\r\n"):
		return "", "", errors.New("invalid uid")
	case uid == "":
		uid = newUID()
	}
	if _, ok := message.Get("name").(string); !ok {
		return "", "", errors.New("name must be a string")
	}
	component := "VEVENT"
	if message.Text("type") == "task" {
		component = "VTODO"
	}
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "CALSCALE:GREGORIAN", "PRODID:-//Sockethub//CalDAV Platform//EN",
		"BEGIN:" + component, "END:" + component, "END:VCALENDAR"}
	cal := &Calendar{comps: []Component{{Name: component, first: 4, last: 5, parent: -1}}}
	if err := cal.file.Parse(strings.Join(lines, contentline.CRLF)+contentline.CRLF, contentline.Calendar); err != nil {
		return "", "", err
	}
	c := &cal.comps[0]
	c.cal, cal.told = cal, true
	p := cal.patch(c, message, now)
	p.create = true
	if err := p.checkTimes(); err != nil {
		return "", "", err
	}
	p.add("UID:" + contentline.Escape(uid))
	p.add("DTSTAMP:" + now.UTC().Format(utcForm))
	if err := p.apply(); err != nil {
		return "", "", err
	}
	if cal, err = cal.again(); err != nil {
		return "", "", err
	}
	if cal, err = cal.patchExceptions(message, now); err != nil {
		return "", "", err
	}
	return cal.String(), uid, nil
}

// newUID makes a UID: a random UUID (RFC 9562, section 5.4) of this program.
func newUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x@sockethub", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// checkTimes compares start and end of a new item, if it has both. They are
// written later; here they are called as in the message.
func (p *patch) checkTimes() error {
	f, err := p.form()
	if err != nil {
		return err
	}
	end := p.message.Text("endTime")
	if p.c.Name == "VTODO" {
		end = p.message.Text("due")
	}
	if p.message.Text("startTime") == "" || end == "" {
		return nil
	}
	a, err := f.stamp(p.cal, "startTime", p.message.Text("startTime"))
	if err != nil {
		return err
	}
	if zone := p.message.Text("endTimeZone"); zone != "" && !f.allDay {
		f.zone = zone
	}
	b, err := f.stamp(p.cal, "endTime", end)
	if err != nil {
		return err
	}
	if !p.ordered(a, b, "") {
		return errNotAfter
	}
	return nil
}

package ical_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/ical"
)

const choir = `BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:c1@kiln.test
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Madrid:20260907T190000
DURATION:PT90M
RRULE:FREQ=WEEKLY;WKST=SU
SUMMARY;LANGUAGE=en:Choir
X-OWN;A=1:kept
END:VEVENT
END:VCALENDAR
`

// What clients see of a stored event, and what a change writes over it.
func Example() {
	cal, err := ical.Parse(choir)
	if err != nil {
		fmt.Println(err)
		return
	}
	item, err := cal.Item("https://dav.kiln.test/work/c1.ics", `"1"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(activity.AppendJSON(nil, item)))
	message := activity.NewObject(
		activity.Member{Name: "type", Value: "event"},
		activity.Member{Name: "uid", Value: "c1@kiln.test"},
		activity.Member{Name: "name", Value: "Choir practice"},
		activity.Member{Name: "endTime", Value: "2026-09-07T21:00:00"})
	text, err := cal.Patch(message, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(text)
	// Output:
	// {"id":"https://dav.kiln.test/work/c1.ics","etag":"\"1\"","type":"event","uid":"c1@kiln.test","name":"Choir","updateSupported":true,"startTime":"2026-09-07T19:00:00","endTime":"2026-09-07T20:30:00","timeZone":"Europe/Madrid","recurrence":{"frequency":"weekly","rule":"FREQ=WEEKLY;WKST=SU"}}
	// BEGIN:VCALENDAR
	// VERSION:2.0
	// BEGIN:VEVENT
	// UID:c1@kiln.test
	// DTSTAMP:20260901T000000Z
	// DTSTART;TZID=Europe/Madrid:20260907T190000
	// DURATION:PT2H
	// RRULE:FREQ=WEEKLY;WKST=SU
	// SUMMARY;LANGUAGE=en:Choir practice
	// X-OWN;A=1:kept
	// SEQUENCE:1
	// END:VEVENT
	// END:VCALENDAR
}

// A new event is written as RFC 5545 has it, its time zone by rules.
func ExampleNew() {
	message, err := activity.ParseObject([]byte(`{"type":"event","uid":"n1","name":"Firing; cone 6","startTime":"2026-08-03T15:00:00",` +
		`"endTime":"2026-08-03T16:00:00","timeZone":"America/Phoenix","attendees":[{"email":"g@kiln.test","role":"required"}],"notify":false}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _, err := ical.New(message, time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC))
	fmt.Print(strings.ReplaceAll(text, "\r\n", "\n"))
	fmt.Println(err)
	// Output:
	// BEGIN:VCALENDAR
	// VERSION:2.0
	// CALSCALE:GREGORIAN
	// PRODID:-//Sockethub//CalDAV Platform//EN
	// BEGIN:VTIMEZONE
	// TZID:America/Phoenix
	// BEGIN:STANDARD
	// DTSTART:19700101T000000
	// TZOFFSETFROM:-0700
	// TZOFFSETTO:-0700
	// TZNAME:MST
	// END:STANDARD
	// END:VTIMEZONE
	// BEGIN:VEVENT
	// UID:n1
	// DTSTAMP:20260801T000000Z
	// SUMMARY:Firing\; cone 6
	// DTSTART;TZID=America/Phoenix:20260803T150000
	// DTEND;TZID=America/Phoenix:20260803T160000
	// ATTENDEE;ROLE=REQ-PARTICIPANT;SCHEDULE-AGENT=CLIENT:mailto:g@kiln.test
	// END:VEVENT
	// END:VCALENDAR
	// <nil>
}

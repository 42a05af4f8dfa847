// Package ical reads events and tasks from iCalendar (RFC 5545) as clients see
// them, and writes a client's changes over what is stored: only the lines that a
// message names are new, all others stay byte for byte.
//
//	BEGIN:VEVENT                                  {"type":"event","uid":"c1@kiln.test",
//	UID:c1@kiln.test                    Item       "name":"Choir","startTime":"2026-09-07T19:00:00",
//	SUMMARY;LANGUAGE=en:Choir         ────────►    "timeZone":"Europe/Madrid",
//	DTSTART;TZID=Europe/Madrid:20260907T190000     "recurrence":{"frequency":"weekly",
//	RRULE:FREQ=WEEKLY;WKST=SU                        "rule":"FREQ=WEEKLY;WKST=SU"},…}
//	X-OWN;A=1:kept
//	END:VEVENT                          Patch     {"type":"event","uid":"c1@kiln.test",
//	       │                          ◄────────    "name":"Choir practice"}
//	       ▼
//	SUMMARY;LANGUAGE=en:Choir practice
//
// A message that gives back what Item gave changes nothing; one that leaves a
// member out leaves its lines. Lists are matched entry by entry: attendees by
// address, attachments by URL or data, reminders by trigger, exceptions by
// recurrenceId. DTSTAMP and LAST-MODIFIED are refreshed where they exist and
// something changed; SEQUENCE goes up when start, end, due, rule or exceptions do.
//
// # A series
//
// Item's exceptions are what is different in a series: overrides, and dates that
// are left out ("excluded":true). Their recurrenceId is the time with the zone's
// offset, 2026-09-14T19:00:00+02:00, or a date, and names an occurrence to Patch
// (its override is made, or changed) and to Exclude (EXDATE). While there are
// exceptions, the start and the rule stay as they are: ErrUnsupportedUpdate.
//
// Occurrences are not counted here: Master, Overrides, TimeZones and
// Component.Line hand out the raw values for that.
//
// # Who sends mail
//
// A server that schedules (RFC 6638: Nextcloud, Fastmail, SOGo, Cyrus) writes to
// guests when an event with ORGANIZER and ATTENDEE is stored, moved or deleted;
// Radicale, Xandikos and old sabre/dav write nothing. "notify":false tells it not
// to: SCHEDULE-AGENT=CLIENT at each ATTENDEE. That stays in the file, for later
// updates and new guests too, until "notify":true takes it away.
//
// # Better than the reference
//
// These recorded cases of the reference server (testdata/cases) have another
// answer here; cases_test.go has the answers. All others are as recorded, but for
// members that are new.
//
//	p06                 folds are taken out as bytes, then decoded
//	p16 p17             a date is allDay also without VALUE=DATE, or in lower case
//	p18 p30             endTime by DURATION
//	p23 p51             names of components, and of a rule's parts, have no case
//	p24 p40             what is no whole number is left out
//	p25 p26 p27 p28     a series with exceptions can be updated; its master is the item
//	p33                 status, classification, priority and categories are told
//	p37 p38             allDay and timeZone of a task that has only DUE
//	p46 p47 w14         ROLE=REQ-PARTICIPANT is "required", both ways
//	p54                 what stands in another component is not the event's
//	p56 p57             without SUMMARY the name is ""
//	p65                 U+2028 ends no line
//	w02 w03 w04 …       a VTIMEZONE has rules, or one entry; none without times (w35)
//	w26                 UTC is written as Z
//	w28 w29             local times are completed, and checked against the calendar
//	w34 w36             mediaType is quoted; control characters are left out
//	x16 x17 x19         a UID may have any letters: the name of the file is made safe instead
//	x37                 a missing name is called so
//
// Read component.go first, then item.go, patch.go and times.go, exception.go,
// create.go. Values: stamp.go, duration.go, rule.go, zone.go.
package ical

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
// Where the answer to a recorded case is another than the reference server's, the
// case and the reason stand in cases_test.go.
//
// Read component.go first, then item.go, patch.go and times.go, exception.go,
// create.go. Values: stamp.go, duration.go, rule.go, zone.go.
package ical

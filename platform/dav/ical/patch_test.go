package ical

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// resource puts lines into an event of a calendar.
func resource(lines string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\nDTSTAMP:20260101T000000Z\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n"
}

// series is weekly, with an excluded date and an override.
const series = `BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:u
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Madrid:20260907T190000
DTEND;TZID=Europe/Madrid:20260907T200000
RRULE:FREQ=WEEKLY
EXDATE;TZID=Europe/Madrid:20260914T190000,20260921T190000
SUMMARY:Choir
X-OWN:1
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT5M
DURATION:PT1M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:u
DTSTAMP:20260101T000000Z
RECURRENCE-ID;TZID=Europe/Madrid:20260928T190000
DTSTART;TZID=Europe/Madrid:20260929T180000
DTEND;TZID=Europe/Madrid:20260929T190000
SUMMARY:Choir (moved)
END:VEVENT
END:VCALENDAR
`

// edit applies a message to a resource and returns the lines that are gone, with
// "-" before them, and those that are new, with "+". The stamps of a change are
// left out.
func edit(t *testing.T, text, message string) (string, error) {
	t.Helper()
	o, err := activity.ParseObject([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	cal, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]string{"uid": "u", "type": "event"} {
		if o.Get(name) == nil {
			o.Set(name, v)
		}
	}
	got, err := cal.Patch(o, now)
	if err != nil {
		return "", err
	}
	return diff(text, got), nil
}

// diff keeps the longest sequence of lines that both have.
func diff(before, after string) string {
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	common := make([][]int, len(a)+1) // of a[i:] and b[j:]
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var d strings.Builder
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			d.WriteString("-" + a[i])
			i++
		default:
			d.WriteString("+" + b[j])
			j++
		}
	}
	return strings.NewReplacer("-DTSTAMP:20260101T000000Z\n", "", "+DTSTAMP:20261130T120000Z\n", "").Replace(d.String())
}

func TestPatch(t *testing.T) {
	const times = "DTSTART:20260301T100000Z\nDTEND:20260301T110000Z\nSUMMARY:Old"
	tests := []struct {
		name, text, message, want string
	}{
		{"nothing", resource(times), `{"name":"Old"}`, ""},
		{"removed by an empty text", resource(times + "\nLOCATION:x\nLOCATION:y"), `{"location":""}`, "-LOCATION:x\n-LOCATION:y\n"},
		{"removed by null", resource(times + "\nDESCRIPTION:x"), `{"content":null}`, "-DESCRIPTION:x\n"},
		{"LAST-MODIFIED", resource(times + "\nLAST-MODIFIED:20260101T000000Z"), `{"name":"New"}`,
			"-SUMMARY:Old\n-LAST-MODIFIED:20260101T000000Z\n+SUMMARY:New\n+LAST-MODIFIED:20261130T120000Z\n"},
		{"words", resource(times), `{"status":"tentative","transparency":"transparent","classification":"private","priority":1}`,
			"+STATUS:TENTATIVE\n+TRANSP:TRANSPARENT\n+CLASS:PRIVATE\n+PRIORITY:1\n"},
		{"a later end", resource(times), `{"endTime":"2026-03-01T13:00:00+01:00"}`,
			"-DTEND:20260301T110000Z\n+DTEND:20260301T120000Z\n+SEQUENCE:1\n"},
		{"SEQUENCE as the message has it", resource(times + "\nSEQUENCE:3"), `{"endTime":"2026-03-01T12:00:00Z","sequence":9}`,
			"-DTEND:20260301T110000Z\n-SEQUENCE:3\n+DTEND:20260301T120000Z\n+SEQUENCE:9\n"},
		{"a whole day", resource(times), `{"allDay":true,"startTime":"2026-03-01","endTime":"2026-03-02"}`,
			"-DTSTART:20260301T100000Z\n-DTEND:20260301T110000Z\n+DTSTART;VALUE=DATE:20260301\n+DTEND;VALUE=DATE:20260302\n+SEQUENCE:1\n"},
		{"a whole day that was in a zone", resource("DTSTART;TZID=Europe/Madrid:20260301T100000"), `{"allDay":true,"timeZone":"Europe/Madrid","startTime":"2026-03-01"}`,
			"-DTSTART;TZID=Europe/Madrid:20260301T100000\n+DTSTART;VALUE=DATE:20260301\n+SEQUENCE:1\n"},
		{"a flight that lands later", resource("DTSTART;TZID=Asia/Tokyo:20260914T110000\nDTEND;TZID=America/Phoenix:20260914T053000"), `{"timeZone":"Asia/Tokyo","endTime":"2026-09-14T06:30:00"}`,
			"-DTEND;TZID=America/Phoenix:20260914T053000\n+DTEND;TZID=America/Phoenix:20260914T063000\n+SEQUENCE:1\n"},
		{"a new zone is described", resource("DTSTART;TZID=Europe/Madrid:20260301T100000\nDTEND;TZID=Europe/Madrid:20260301T110000"), `{"timeZone":"Asia/Tokyo"}`,
			"-DTSTART;TZID=Europe/Madrid:20260301T100000\n-DTEND;TZID=Europe/Madrid:20260301T110000\n" +
				"+BEGIN:VTIMEZONE\n+TZID:Asia/Tokyo\n+BEGIN:STANDARD\n+DTSTART:19700101T000000\n+TZOFFSETFROM:+0900\n+TZOFFSETTO:+0900\n+TZNAME:JST\n+END:STANDARD\n+END:VTIMEZONE\n" +
				"+DTSTART;TZID=Asia/Tokyo:20260301T100000\n+DTEND;TZID=Asia/Tokyo:20260301T110000\n+SEQUENCE:1\n"},
		{"an unknown zone stays", resource("DTSTART;TZID=Mars:20260301T100000\nDTEND;TZID=Mars:20260301T110000"), `{"timeZone":"Mars","startTime":"2026-03-01T09:00:00"}`,
			"-DTSTART;TZID=Mars:20260301T100000\n+DTSTART;TZID=Mars:20260301T090000\n+SEQUENCE:1\n"},
		{"floating stays floating", resource("DTSTART:20260301T100000"), `{"startTime":"2026-03-01T09:00:00"}`,
			"-DTSTART:20260301T100000\n+DTSTART:20260301T090000\n+SEQUENCE:1\n"},
		{"an offset in a zone", resource("DTSTART;TZID=Europe/Madrid:20260301T100000"), `{"startTime":"2026-03-01T10:00:00Z"}`,
			"-DTSTART;TZID=Europe/Madrid:20260301T100000\n+DTSTART;TZID=Europe/Madrid:20260301T110000\n+SEQUENCE:1\n"},
		{"DURATION moves with the start", resource("DTSTART:20260301T100000Z\nDURATION:PT90M"), `{"startTime":"2026-03-02T10:00:00Z"}`,
			"-DTSTART:20260301T100000Z\n+DTSTART:20260302T100000Z\n+SEQUENCE:1\n"},
		{"DURATION keeps the end that is given", resource("DTSTART:20260301T100000Z\nDURATION:PT90M"), `{"startTime":"2026-03-01T11:00:00Z","endTime":"2026-03-01T11:30:00Z"}`,
			"-DTSTART:20260301T100000Z\n-DURATION:PT90M\n+DTSTART:20260301T110000Z\n+DURATION:PT30M\n+SEQUENCE:1\n"},
		{"no length stays", resource("DTSTART:20260301T100000Z\nDTEND:20260301T100000Z\nSUMMARY:Old"), `{"endTime":"2026-03-01T10:00:00Z","name":"New"}`,
			"-SUMMARY:Old\n+SUMMARY:New\n"},
		{"no length moves", resource("DTSTART:20260301T100000Z\nDTEND:20260301T100000Z"), `{"startTime":"2026-03-01T11:00:00Z","endTime":"2026-03-01T11:00:00Z"}`,
			"-DTSTART:20260301T100000Z\n-DTEND:20260301T100000Z\n+DTSTART:20260301T110000Z\n+DTEND:20260301T110000Z\n+SEQUENCE:1\n"},
		{"a rule", resource(times), `{"recurrence":{"frequency":"daily","count":2}}`, "+RRULE:FREQ=DAILY;COUNT=2\n+SEQUENCE:1\n"},
		{"the whole rule wins", resource(times + "\nRRULE:FREQ=DAILY"), `{"recurrence":{"frequency":"daily","rule":"FREQ=YEARLY;BYDAY=20MO"}}`,
			"-RRULE:FREQ=DAILY\n+RRULE:FREQ=YEARLY;BYDAY=20MO\n+SEQUENCE:1\n"},
		{"the same rule", resource(times + "\nRRULE:FREQ=DAILY;BYHOUR=1"), `{"recurrence":{"rule":"FREQ=DAILY;BYHOUR=1"}}`, ""},
		{"an answer", resource(times + "\nATTENDEE;RSVP=TRUE;X-A=1;CN=A:mailto:a@kiln.test"), `{"attendees":[{"email":"a@kiln.test","rsvp":null,"status":"accepted"}]}`,
			"-ATTENDEE;RSVP=TRUE;X-A=1;CN=A:mailto:a@kiln.test\n+ATTENDEE;X-A=1;CN=A;PARTSTAT=ACCEPTED:mailto:a@kiln.test\n"},
		{"parts of a rule", resource(times + "\nRRULE:FREQ=DAILY;INTERVAL=2;BYSETPOS=1"), `{"recurrence":{"frequency":"weekly","byDay":["MO"],"rule":"FREQ=DAILY;INTERVAL=2;BYSETPOS=1"}}`,
			"-RRULE:FREQ=DAILY;INTERVAL=2;BYSETPOS=1\n+RRULE:FREQ=WEEKLY;BYSETPOS=1;BYDAY=MO\n+SEQUENCE:1\n"},
		{"no rule", resource(times + "\nRRULE:FREQ=DAILY"), `{"recurrence":null}`, "-RRULE:FREQ=DAILY\n+SEQUENCE:1\n"},
		{"categories", resource(times + "\nCATEGORIES;LANGUAGE=en:a\\,b,c\nCATEGORIES:d"), `{"categories":["c","d","e;f"]}`,
			"-CATEGORIES;LANGUAGE=en:a\\,b,c\n-CATEGORIES:d\n+CATEGORIES;LANGUAGE=en:c\n+CATEGORIES:d,e\\;f\n"},
		{"guests", resource(times + "\nATTENDEE;X-A=1;PARTSTAT=ACCEPTED:mailto:Ann@kiln.test\nATTENDEE:mailto:bea@kiln.test"),
			`{"attendees":[{"email":"ann@kiln.test","role":"optional"},{"email":"cy@kiln.test","rsvp":true}]}`,
			"-ATTENDEE;X-A=1;PARTSTAT=ACCEPTED:mailto:Ann@kiln.test\n-ATTENDEE:mailto:bea@kiln.test\n" +
				"+ATTENDEE;X-A=1;PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:mailto:Ann@kiln.test\n+ATTENDEE;RSVP=TRUE:mailto:cy@kiln.test\n"},
		{"quietly", resource(times + "\nATTENDEE:mailto:a@kiln.test"), `{"notify":false}`,
			"-ATTENDEE:mailto:a@kiln.test\n+ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:a@kiln.test\n"},
		{"quiet stays quiet", resource(times + "\nATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:a@kiln.test"), `{"attendees":[{"email":"a@kiln.test"},{"email":"b@kiln.test"}]}`,
			"+ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:b@kiln.test\n"},
		{"no longer quietly", resource(times + "\nATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:a@kiln.test"), `{"notify":true}`,
			"-ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:a@kiln.test\n+ATTENDEE:mailto:a@kiln.test\n"},
		{"a guest copy of who organizes", resource(times + "\nORGANIZER;SENT-BY=\"mailto:x@kiln.test\":mailto:a@kiln.test"), `{"organizer":{"email":"a@kiln.test","name":"Ann"}}`,
			"-ORGANIZER;SENT-BY=\"mailto:x@kiln.test\":mailto:a@kiln.test\n+ORGANIZER;SENT-BY=\"mailto:x@kiln.test\";CN=Ann:mailto:a@kiln.test\n"},
		{"alarms", resource(times + "\nBEGIN:VALARM\nUID:1\nACTION:DISPLAY\nTRIGGER;RELATED=START:-PT5M\nDESCRIPTION:x\nEND:VALARM\nBEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT9M\nEND:VALARM"),
			`{"reminders":[{"trigger":"-PT7M","description":"x"}]}`,
			"-TRIGGER;RELATED=START:-PT5M\n-BEGIN:VALARM\n-ACTION:AUDIO\n-TRIGGER:-PT9M\n-END:VALARM\n+TRIGGER;RELATED=START:-PT7M\n"},
		{"attachments", resource(times + "\nATTACH;MANAGED-ID=1:https://f.test/1\nATTACH:https://f.test/2"), `{"attachments":[{"url":"https://f.test/1","filename":"a b"}]}`,
			"-ATTACH;MANAGED-ID=1:https://f.test/1\n-ATTACH:https://f.test/2\n+ATTACH;MANAGED-ID=1;FILENAME=\"a b\":https://f.test/1\n"},
		{"a series is renamed", series, `{"name":"Singing"}`, "-SUMMARY:Choir\n+SUMMARY:Singing\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edit(t, tt.text, tt.message)
			if err != nil || sorted(got) != sorted(tt.want) {
				t.Errorf("%v\ngot\n%swant\n%s", err, got, tt.want)
			}
		})
	}
}

// sorted puts what is gone before what is new.
func sorted(diff string) string {
	var gone, added string
	for line := range strings.SplitAfterSeq(diff, "\n") {
		if strings.HasPrefix(line, "-") {
			gone += line
		} else {
			added += line
		}
	}
	return gone + added
}

func TestPatchTask(t *testing.T) {
	tests := []struct{ name, lines, message, want string }{
		{"done", "SUMMARY:x\nSTATUS:IN-PROCESS\nPERCENT-COMPLETE:20", `{"status":"completed","completedTime":"2026-11-30T13:00:00+01:00","percentComplete":100}`,
			"-STATUS:IN-PROCESS\n-PERCENT-COMPLETE:20\n+STATUS:COMPLETED\n+PERCENT-COMPLETE:100\n+COMPLETED:20261130T120000Z\n"},
		{"not done after all", "STATUS:COMPLETED\nCOMPLETED:20261130T120000Z", `{"status":"needs-action"}`,
			"-STATUS:COMPLETED\n-COMPLETED:20261130T120000Z\n+STATUS:NEEDS-ACTION\n"},
		{"a later day", "DUE;VALUE=DATE;X-A=1:20260930", `{"allDay":true,"due":"2026-10-01"}`, "-DUE;VALUE=DATE;X-A=1:20260930\n+DUE;VALUE=DATE;X-A=1:20261001\n+SEQUENCE:1\n"},
		{"a later hour", "DUE;TZID=Asia/Tokyo:20260930T170000", `{"timeZone":"Asia/Tokyo","due":"2026-09-30T18:00:00"}`,
			"-DUE;TZID=Asia/Tokyo:20260930T170000\n+DUE;TZID=Asia/Tokyo:20260930T180000\n+SEQUENCE:1\n"},
		{"never due", "DUE:20260930T170000Z", `{"due":null}`, "-DUE:20260930T170000Z\n+SEQUENCE:1\n"},
		{"due by its length", "DTSTART:20260930T170000Z\nDURATION:PT1H", `{"due":"2026-09-30T19:00:00Z"}`, "-DURATION:PT1H\n+DURATION:PT2H\n+SEQUENCE:1\n"},
		{"what only events have", "SUMMARY:x\nDTEND:20260930T170000Z", `{"endTime":"","transparency":"opaque"}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.ReplaceAll(resource(tt.lines), "VEVENT", "VTODO")
			message := strings.Replace(tt.message, "{", `{"type":"task",`, 1)
			got, err := edit(t, text, message)
			if err != nil || sorted(got) != sorted(tt.want) {
				t.Errorf("%v\ngot\n%swant\n%s", err, got, tt.want)
			}
		})
	}
}

func TestPatchRefused(t *testing.T) {
	tests := []struct{ name, text, message, want string }{
		{"another uid", resource("SUMMARY:x"), `{"uid":"v"}`, ErrUIDMismatch.Error()},
		{"another type", resource("SUMMARY:x"), `{"type":"task"}`, ErrUIDMismatch.Error()},
		{"two events", strings.Replace(series, "UID:u\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID", "UID:v\nRECURRENCE-ID", 1), `{"name":"y"}`, ErrUnsupportedUpdate.Error()},
		{"a new start beside exceptions", series, `{"startTime":"2026-09-07T20:00:00"}`, ErrUnsupportedUpdate.Error()},
		{"a new rule beside exceptions", series, `{"recurrence":{"frequency":"daily"}}`, ErrUnsupportedUpdate.Error()},
		{"two rules", resource("DTSTART:20260301T100000Z\nRRULE:FREQ=DAILY\nRRULE:FREQ=YEARLY"), `{"recurrence":{"frequency":"daily","count":2}}`, ErrUnsupportedUpdate.Error()},
		{"a new zone that is none", resource("DTSTART:20260301T100000Z"), `{"timeZone":"Mars","startTime":"2026-03-01T10:00:00"}`, "invalid timeZone"},
		{"an end before the start", resource("DTSTART:20260301T100000Z\nDTEND:20260301T110000Z"), `{"endTime":"2026-03-01T09:00:00Z"}`, "end/due must be after startTime"},
		{"another property in a URL", resource("SUMMARY:x"), `{"url":"https://u.test/\nX:1"}`, "invalid url"},
		{"a rule with a line break", resource("DTSTART:20260301T100000Z"), `{"recurrence":{"frequency":"daily","rule":"FREQ=DAILY\r\nX:1"}}`, "invalid recurrence.rule"},
		{"an occurrence of none", resource("DTSTART:20260301T100000Z"), `{"recurrenceId":"2026-03-01T10:00:00Z"}`, "recurrenceId: the item does not recur"},
		{"an occurrence at no time", series, `{"recurrenceId":"soon"}`, "recurrenceId must be a date or a date-time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edit(t, tt.text, tt.message)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %q\n%s", err, tt.want, got)
			}
		})
	}
}

func TestOccurrences(t *testing.T) {
	const copied = "+BEGIN:VEVENT\n+UID:u\n+RECURRENCE-ID;TZID=Europe/Madrid:20261026T190000\n+DTSTART;TZID=Europe/Madrid:20261026T190000\n" +
		"+DTEND;TZID=Europe/Madrid:20261026T200000\n+SUMMARY:Concert\n+X-OWN:1\n+BEGIN:VALARM\n+ACTION:DISPLAY\n+TRIGGER:-PT5M\n+DURATION:PT1M\n+END:VALARM\n+END:VEVENT\n"
	tests := []struct{ name, message, want string }{
		{"made", `{"recurrenceId":"2026-10-26T19:00:00+01:00","name":"Concert"}`, copied},
		{"made from the whole item", `{"recurrenceId":"2026-10-26T18:00:00Z","name":"Concert","startTime":"2026-09-07T19:00:00","endTime":"2026-09-07T20:00:00","timeZone":"Europe/Madrid","recurrence":{"frequency":"weekly"}}`, copied},
		{"made by a local time", `{"recurrenceId":"2026-10-26T19:00:00","name":"Concert"}`, copied},
		{"made by a date", `{"recurrenceId":"2026-10-26","name":"Concert","startTime":"2026-10-26T19:00:00+01:00"}`, copied},
		{"changed", `{"recurrenceId":"2026-09-28T19:00:00+02:00","startTime":"2026-09-29T18:30:00+02:00"}`,
			"-DTSTART;TZID=Europe/Madrid:20260929T180000\n+DTSTART;TZID=Europe/Madrid:20260929T183000\n+SEQUENCE:1\n"},
		{"brought back", `{"recurrenceId":"2026-09-14T19:00:00+02:00","name":"Choir"}`,
			"-EXDATE;TZID=Europe/Madrid:20260914T190000,20260921T190000\n+EXDATE;TZID=Europe/Madrid:20260921T190000\n+SEQUENCE:1\n" +
				strings.ReplaceAll(strings.ReplaceAll(copied, "20261026", "20260914"), "Concert", "Choir")},
		{"excluded in the list", `{"exceptions":[{"recurrenceId":"2026-09-14T19:00:00+02:00","excluded":true},{"recurrenceId":"2026-09-21T19:00:00+02:00","excluded":true},
			{"recurrenceId":"2026-10-05T19:00:00+02:00","excluded":true},{"recurrenceId":"2026-09-28T19:00:00+02:00","name":"Choir (moved)"}]}`,
			"+EXDATE;TZID=Europe/Madrid:20261005T190000\n+SEQUENCE:1\n"},
		{"an end and an exception", `{"endTime":"2026-09-07T21:00:00","exceptions":[{"recurrenceId":"2026-09-21T19:00:00+02:00","excluded":true},{"recurrenceId":"2026-10-05T19:00:00+02:00","excluded":true},{"recurrenceId":"2026-10-12T19:00:00+02:00","excluded":true},{"recurrenceId":"2026-09-28T19:00:00+02:00"}]}`,
			"-DTEND;TZID=Europe/Madrid:20260907T200000\n-EXDATE;TZID=Europe/Madrid:20260914T190000,20260921T190000\n+DTEND;TZID=Europe/Madrid:20260907T210000\n" +
				"+EXDATE;TZID=Europe/Madrid:20260921T190000\n+SEQUENCE:1\n+EXDATE;TZID=Europe/Madrid:20261005T190000\n+EXDATE;TZID=Europe/Madrid:20261012T190000\n"},
		{"no exceptions", `{"exceptions":[]}`, "-EXDATE;TZID=Europe/Madrid:20260914T190000,20260921T190000\n-BEGIN:VEVENT\n-UID:u\n" +
			"-RECURRENCE-ID;TZID=Europe/Madrid:20260928T190000\n-DTSTART;TZID=Europe/Madrid:20260929T180000\n-DTEND;TZID=Europe/Madrid:20260929T190000\n-SUMMARY:Choir (moved)\n-END:VEVENT\n+SEQUENCE:1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edit(t, series, tt.message)
			if err != nil {
				t.Fatal(err)
			}
			if tidy(got) != tidy(tt.want) {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

// tidy leaves out what a diff of repeated lines says in more than one way.
func tidy(diff string) string {
	var lines []string
	for line := range strings.SplitAfterSeq(sorted(diff), "\n") {
		name := strings.TrimLeft(line, "+-")
		if name != "" && !strings.HasPrefix(name, "DTSTAMP") && !strings.HasPrefix(name, "BEGIN") && !strings.HasPrefix(name, "END:") && !strings.HasPrefix(name, "UID") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func TestExclude(t *testing.T) {
	tests := []struct{ name, text, id, want string }{
		{"a date", series, "2026-10-05T19:00:00+02:00", "+EXDATE;TZID=Europe/Madrid:20261005T190000\n+SEQUENCE:1\n"},
		{"again", series, "2026-09-14T17:00:00Z", ""},
		{"with its override", series, "2026-09-28T19:00:00+02:00", "-RECURRENCE-ID;TZID=Europe/Madrid:20260928T190000\n-DTSTART;TZID=Europe/Madrid:20260929T180000\n" +
			"-DTEND;TZID=Europe/Madrid:20260929T190000\n-SUMMARY:Choir (moved)\n+EXDATE;TZID=Europe/Madrid:20260928T190000\n+SEQUENCE:1\n"},
		{"a whole day", resource("DTSTART;VALUE=DATE:20260301\nRRULE:FREQ=DAILY"), "2026-03-02", "+EXDATE;VALUE=DATE:20260302\n+SEQUENCE:1\n"},
		{"floating", resource("DTSTART:20260301T100000\nRRULE:FREQ=DAILY"), "2026-03-02T10:00:00", "+EXDATE:20260302T100000\n+SEQUENCE:1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cal, err := Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := cal.Exclude(tt.id, now)
			if err != nil || tidy(diff(tt.text, got)) != tt.want {
				t.Errorf("%v\n%s", err, diff(tt.text, got))
			}
		})
	}
	cal, err := Parse(resource("DTSTART:20260301T100000Z"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cal.Exclude("2026-03-01T10:00:00Z", now); err == nil {
		t.Error("excluded what does not recur")
	}
}

func TestExceptions(t *testing.T) {
	cal, err := Parse(series)
	if err != nil {
		t.Fatal(err)
	}
	item, err := cal.Item("https://dav.test/x.ics", "")
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"recurrenceId":"2026-09-14T19:00:00+02:00","excluded":true},{"recurrenceId":"2026-09-21T19:00:00+02:00","excluded":true},` +
		`{"recurrenceId":"2026-09-28T19:00:00+02:00","startTime":"2026-09-29T18:00:00+02:00","endTime":"2026-09-29T19:00:00+02:00","name":"Choir (moved)"}]`
	if got := string(activity.AppendJSON(nil, item.Get("exceptions"))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, err := cal.Patch(item, now); err != nil || got != series {
		t.Errorf("sent back: %v\n%s", err, got)
	}
}

func TestLimits(t *testing.T) {
	big := resource("ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=image/png:" + strings.Repeat("A", 30000))
	cal, err := Parse(big)
	if err != nil {
		t.Fatal(err)
	}
	item, _ := cal.Item("https://dav.test/x.ics", "")
	if got := string(activity.AppendJSON(nil, item.Get("attachments"))); got != `[{"size":22500,"mediaType":"image/png"}]` {
		t.Error(got)
	}
	if got, err := cal.Patch(item, now); err != nil || got != big {
		t.Error("changed:", err)
	}
	if _, err := Parse(resource(strings.Repeat("X:1\n", 10000))); err == nil {
		t.Error("read more lines than the limit")
	}
	if _, err := Parse(strings.Repeat("BEGIN:VEVENT\n", maxDepth)); !errors.Is(err, ErrNotCalendar) {
		t.Error(err)
	}
	deep := strings.Repeat("BEGIN:X\nA:1\n", maxDepth-2) + strings.Repeat("END:X\n", maxDepth-2)
	if _, err := Parse(resource(deep)); err != nil {
		t.Error(err)
	}
	if _, err := Parse(resource("BEGIN:X\n" + deep + "END:X")); !errors.Is(err, ErrNotCalendar) {
		t.Error(err)
	}
}

package ical

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// events are n resources of about a kilobyte each.
func events(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//kiln//EN\r\nBEGIN:VEVENT\r\nUID:%d@kiln.test\r\n"+
			"DTSTAMP:20260101T000000Z\r\nCREATED:20260101T000000Z\r\nLAST-MODIFIED:20260101T000000Z\r\n"+
			"DTSTART;TZID=Europe/Madrid:20260907T190000\r\nDTEND;TZID=Europe/Madrid:20260907T200000\r\n"+
			"RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=MO\r\nSUMMARY:Choir %d\r\nLOCATION:Hall\\, 2nd floor\r\n"+
			"DESCRIPTION:%s\r\nORGANIZER;CN=Ann:mailto:ann@kiln.test\r\nSEQUENCE:2\r\nSTATUS:CONFIRMED\r\n"+
			"ATTENDEE;CN=Bea;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:bea@kiln.test\r\n"+
			"ATTENDEE;CN=Cy;PARTSTAT=DECLINED;RSVP=TRUE:mailto:cy@kiln.test\r\n"+
			"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Choir\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			i, i, strings.Repeat("Bring the scores\\; ", 4)+strings.Repeat("\r\n  and water, please; the hall is cold in the evening.", 5))
	}
	return list
}

// 2,000 events from their text to what a client gets: to be done in 60 ms, with
// three times their size of allocations.
func BenchmarkItems(b *testing.B) {
	list := events(2000)
	size := 0
	for _, text := range list {
		size += len(text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	frame := make([]byte, 0, 8<<20)
	for b.Loop() {
		var r Reader
		frame = frame[:0]
		for _, text := range list {
			cal, err := r.Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			item, err := cal.Item("https://dav.kiln.test/work/1.ics", `"1"`)
			if err != nil {
				b.Fatal(err)
			}
			frame = activity.AppendJSON(frame, item)
		}
	}
}

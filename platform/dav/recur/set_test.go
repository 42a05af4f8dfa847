package recur

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// event reads the lines of one event.
func event1(t testing.TB, lines ...string) *Set {
	t.Helper()
	set, err := readSet("BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\nEND:VCALENDAR")
	if err != nil {
		t.Fatal(lines, err)
	}
	return set
}

// between writes the occurrences of a window down.
func between(s *Set, from, to string) string {
	var b strings.Builder
	found, truncated := s.Between(instant(from), instant(to))
	for _, o := range found {
		fmt.Fprintf(&b, "%s–%s", o.Start, o.End)
		if o.Override >= 0 {
			fmt.Fprintf(&b, "(%d:%s)", o.Override, o.ID)
		}
		b.WriteByte(' ')
	}
	if truncated {
		b.WriteString("…")
	}
	return strings.TrimSpace(b.String())
}

func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// What a set makes of properties that do not fit each other.
func TestMixedTypes(t *testing.T) {
	const from, to = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"UNTIL before DTSTART", []string{"DTSTART:20260601T080000Z", "RRULE:FREQ=DAILY;UNTIL=20250101"}, "2026-06-01T08:00:00Z–2026-06-01T08:00:00Z"},
		{"floating UNTIL in a zone", []string{"DTSTART;TZID=Europe/Oslo:20260601T080000", "RRULE:FREQ=DAILY;UNTIL=20260602T080000"},
			"2026-06-01T08:00:00+02:00–2026-06-01T08:00:00+02:00 2026-06-02T08:00:00+02:00–2026-06-02T08:00:00+02:00"},
		{"zoned EXDATE for a day", []string{"DTSTART;VALUE=DATE:20260601", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE;TZID=Europe/Oslo:20260602T000000"}, "2026-06-01–2026-06-02"},
		{"floating EXDATE in a zone", []string{"DTSTART;TZID=Europe/Oslo:20260601T080000", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260601T080000"},
			"2026-06-02T08:00:00+02:00–2026-06-02T08:00:00+02:00"},
		{"UTC EXDATE without a zone", []string{"DTSTART:20260601T080000", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260602T080000Z"}, "2026-06-01T08:00:00–2026-06-01T08:00:00"},
		{"RDATE of a day for times", []string{"DTSTART:20260601T080000Z", "RDATE;VALUE=DATE:20260603"}, "2026-06-01T08:00:00Z–2026-06-01T08:00:00Z 2026-06-03T08:00:00Z–2026-06-03T08:00:00Z"},
		{"DTEND in another zone", []string{"DTSTART;TZID=Europe/Oslo:20260601T080000", "DTEND;TZID=America/New_York:20260601T080000", "RRULE:FREQ=WEEKLY;COUNT=2"},
			"2026-06-01T08:00:00+02:00–2026-06-01T08:00:00-04:00 2026-06-08T08:00:00+02:00–2026-06-08T08:00:00-04:00"},
		{"end before start", []string{"DTSTART:20260601T080000Z", "DTEND:20260601T070000Z"}, "2026-06-01T08:00:00Z–2026-06-01T08:00:00Z"},
		{"day that ends where it begins", []string{"DTSTART;VALUE=DATE:20260601", "DTEND;VALUE=DATE:20260601"}, "2026-06-01–2026-06-02"},
		{"unknown zone", []string{"DTSTART;TZID=Nowhere:20260601T080000", "RRULE:FREQ=DAILY;COUNT=2"}, "2026-06-01T08:00:00–2026-06-01T08:00:00 2026-06-02T08:00:00–2026-06-02T08:00:00"},
		{"everything is excluded", []string{"DTSTART:20260601T080000Z", "RRULE:FREQ=DAILY", "EXRULE:FREQ=HOURLY"}, ""},
		{"day that never comes", []string{"DTSTART;VALUE=DATE:20260601", "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2"}, "2026-06-01–2026-06-02"},
		{"task that is due", []string{"DUE:20260601T080000Z", "RRULE:FREQ=DAILY;COUNT=2"}, "2026-06-01T08:00:00Z–2026-06-01T08:00:00Z 2026-06-02T08:00:00Z–2026-06-02T08:00:00Z"},
		{"1970", []string{"DTSTART:19700101T000000", "RRULE:FREQ=YEARLY;INTERVAL=56"}, "2026-01-01T00:00:00–2026-01-01T00:00:00"},
	}
	for _, tt := range tests {
		if got := between(event1(t, tt.lines...), from, to); got != tt.want {
			t.Errorf("%s:\n is %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestOverrides(t *testing.T) {
	master := []Property{{Name: "DTSTART", TZID: "Europe/Oslo", Value: "20260601T080000"}, {Name: "DURATION", Value: "PT1H"},
		{Name: "RRULE", Value: "FREQ=DAILY;COUNT=4"}, {Name: "EXDATE", TZID: "Europe/Oslo", Value: "20260604T080000"}}
	tests := []struct {
		name      string
		overrides [][]Property
		want      string
	}{
		{"without times", [][]Property{{{Name: "RECURRENCE-ID", Value: "20260602T060000Z"}}},
			"01T08 02T08(0) 03T08"},
		{"by its date", [][]Property{{{Name: "RECURRENCE-ID", Value: "20260602"}, {Name: "DTSTART", TZID: "Europe/Oslo", Value: "20260602T120000"}}},
			"01T08 02T12(0) 03T08"},
		{"of what is excluded", [][]Property{{{Name: "RECURRENCE-ID", TZID: "Europe/Oslo", Value: "20260604T080000"}}},
			"01T08 02T08 03T08"},
		{"of what no rule gives", [][]Property{{{Name: "RECURRENCE-ID", TZID: "Europe/Oslo", Value: "20260610T080000"}}},
			"01T08 02T08 03T08 10T08(0)"},
		{"twice, the last counts", [][]Property{
			{{Name: "RECURRENCE-ID", Value: "20260602T060000Z"}, {Name: "DTSTART", TZID: "Europe/Oslo", Value: "20260602T090000"}},
			{{Name: "RECURRENCE-ID", Value: "20260602T060000Z"}, {Name: "DTSTART", TZID: "Europe/Oslo", Value: "20260602T100000"}}},
			"01T08 02T10(1) 03T08"},
		{"all that follow, with a rule by mistake", [][]Property{{{Name: "RECURRENCE-ID", Range: "THISANDFUTURE", Value: "20260602T060000Z"},
			{Name: "DTSTART", TZID: "Europe/Oslo", Value: "20260603T070000"}, {Name: "RRULE", Value: "FREQ=DAILY"}}},
			"01T08 03T07(0) 04T07(0)"},
	}
	for _, tt := range tests {
		set, err := New(master, tt.overrides, nil)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		found, _ := set.Between(instant("2026-05-01T00:00:00Z"), instant("2026-08-01T00:00:00Z"))
		var got []string
		for _, o := range found {
			text := o.Start.String()[8:13]
			if o.Override >= 0 {
				text += fmt.Sprintf("(%d)", o.Override)
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	start := Property{Name: "DTSTART", Value: "20260601T080000Z"}
	tests := []struct {
		master    []Property
		overrides [][]Property
		want      string
	}{
		{[]Property{{Name: "SUMMARY"}}, nil, "DTSTART is missing"},
		{[]Property{{Name: "DTSTART", Value: "x"}}, nil, `DTSTART: "x" is neither a date nor a time`},
		{[]Property{start, {Name: "DTEND", Value: "x"}}, nil, `DTEND: "x" is neither a date nor a time`},
		{[]Property{start, {Name: "DURATION", Value: "x"}}, nil, `DURATION: "x" is no duration`},
		{[]Property{start, {Name: "RRULE", Value: "FREQ=DAILY;INTERVAL=0"}}, nil, `RRULE: rule part INTERVAL: "0" is not a number from 1 on`},
		{[]Property{start, {Name: "RDATE", Value: "20260602T080000Z/x"}}, nil, `RDATE: "x" is neither a date nor a time`},
		{[]Property{start, {Name: "EXDATE", Value: "x"}}, nil, `EXDATE: "x" is neither a date nor a time`},
		{[]Property{{Name: "DTSTART", Value: "20260601"}, {Name: "RRULE", Value: "FREQ=HOURLY"}}, nil, "RRULE: rule part FREQ: an event of whole days does not recur within a day"},
		{[]Property{start}, [][]Property{{start}}, "RECURRENCE-ID is missing"},
		{[]Property{start}, [][]Property{{{Name: "RECURRENCE-ID", Value: "x"}}}, `RECURRENCE-ID: "x" is neither a date nor a time`},
		{[]Property{start, {Name: "EXDATE", Value: strings.Repeat("20260601,", 1) + many(maxDates)}}, nil, "EXDATE: too many dates"},
		{[]Property{start}, make([][]Property, maxOverrides+1), "too many overrides"},
	}
	for _, tt := range tests {
		if _, err := New(tt.master, tt.overrides, nil); err == nil || err.Error() != tt.want {
			t.Errorf("%.80v: %v, want %s", tt.master, err, tt.want)
		}
	}
}

// many are n times, one a second.
func many(n int) string {
	at := instant("2026-01-01T00:00:00Z")
	list := make([]string, n)
	for i := range list {
		list[i] = at.Add(time.Duration(i) * time.Second).Format("20060102T150405Z")
	}
	return strings.Join(list, ",")
}

// A window gives at most MaxOccurrences, the earliest ones of all rules.
func TestTruncated(t *testing.T) {
	set := event1(t, "DTSTART:20260101T000000Z", "RRULE:FREQ=MINUTELY", "RRULE:FREQ=MINUTELY;BYSECOND=30")
	found, truncated := set.Between(instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z"))
	if len(found) != MaxOccurrences || !truncated {
		t.Fatalf("%d occurrences, truncated is %v", len(found), truncated)
	}
	for i, o := range found {
		if want := instant("2026-01-01T00:00:00Z").Add(time.Duration(i) * 30 * time.Second); !o.Start.Instant().Equal(want) {
			t.Fatalf("%d is %s, want %s", i, o.Start, want)
		}
	}
}

func TestHas(t *testing.T) {
	set := event1(t, "DTSTART;TZID=Europe/Oslo:20260601T080000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260602T060000Z", "RDATE:20260710T060000Z")
	for at, want := range map[string]bool{
		"2026-06-01T06:00:00Z": true, "2026-06-03T08:00:00+02:00": true, "2026-07-10T06:00:00Z": true,
		"2026-06-02T06:00:00Z": false, "2026-06-04T06:00:00Z": false, "2026-06-01T06:00:01Z": false,
	} {
		if got := set.Has(instant(at)); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
}

// How many steps rules take that have gone on for long: what lies before the
// window costs nothing.
func TestSteps(t *testing.T) {
	for _, lines := range [][]string{
		{"DTSTART:19900101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"},
		{"DTSTART:19900101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;COUNT=2000000000"},
		{"DTSTART:19900101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;BYMONTH=6;BYDAY=MO;BYHOUR=8;BYSECOND=0,30"},
		{"DTSTART;TZID=Europe/Oslo:19900101T000000", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"},
		{"DTSTART:19900101T080000Z", "RRULE:FREQ=DAILY"},
		{"DTSTART;VALUE=DATE:15830101", "RRULE:FREQ=YEARLY;BYWEEKNO=23;BYDAY=MO"},
	} {
		f := finder{Set: event1(t, lines...), from: instant("2026-06-01T08:00:00Z").Unix(), to: instant("2026-06-01T08:00:02Z").Unix(), steps: maxSteps}
		f.series()
		if took := maxSteps - f.steps; took > 1000 || len(f.found) == 0 {
			t.Errorf("%s: %d steps for %d occurrences", lines, took, len(f.found))
		}
	}
}

// A rule by the second since 1990, asked in 2026: in less than 1 ms.
func BenchmarkSecondly(b *testing.B) {
	for _, zone := range []string{":19900101T000000Z", ";TZID=Europe/Oslo:19900101T000000"} {
		set := event1(b, "DTSTART"+zone, "DURATION:PT1S", "RRULE:FREQ=SECONDLY")
		from, to := instant("2026-06-01T08:00:00Z"), instant("2026-06-01T08:00:02Z")
		b.Run(zone[1:5], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if found, _ := set.Between(from, to); len(found) != 2 {
					b.Fatal(found)
				}
			}
		})
	}
}

// A weekly event in a zone over a year.
func BenchmarkWeekly(b *testing.B) {
	set := event1(b, "DTSTART;TZID=Europe/Oslo:20200101T080000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR")
	from, to := instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		if found, _ := set.Between(from, to); len(found) != 156 {
			b.Fatal(len(found))
		}
	}
}

func Example() {
	oslo := func(name, value string) Property { return Property{Name: name, TZID: "Europe/Oslo", Value: value} }
	set, err := New(
		[]Property{oslo("DTSTART", "20260328T023000"), oslo("DTEND", "20260328T030000"), {Name: "RRULE", Value: "FREQ=DAILY;COUNT=4"}, oslo("EXDATE", "20260330T023000")},
		[][]Property{{oslo("RECURRENCE-ID", "20260331T023000"), oslo("DTSTART", "20260331T090000"), oslo("DTEND", "20260331T093000")}},
		NewZones())
	if err != nil {
		fmt.Println(err)
		return
	}
	found, _ := set.Between(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))
	for _, o := range found {
		fmt.Println(o.Start, o.End, o.ID, o.Override)
	}
	// Output:
	// 2026-03-28T02:30:00+01:00 2026-03-28T03:00:00+01:00 2026-03-28T02:30:00+01:00 -1
	// 2026-03-29T03:30:00+02:00 2026-03-29T04:00:00+02:00 2026-03-29T03:30:00+02:00 -1
	// 2026-03-31T09:00:00+02:00 2026-03-31T09:30:00+02:00 2026-03-31T02:30:00+02:00 0
}

// Whatever the lines are, a search ends, and what it finds is in order, in the
// window, and not twice.
func FuzzBetween(f *testing.F) {
	f.Add("20260601T080000Z", "PT1H", "FREQ=DAILY;COUNT=3", "20260602T080000Z", "20260605T080000Z", int64(1780000000), int64(40000000))
	f.Add("20260601", "P1D", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU;WKST=SU", "20260602", "20260605/P2D", int64(1780000000), int64(400000000))
	f.Add("19900101T000000Z", "PT1S", "FREQ=SECONDLY;INTERVAL=7;BYHOUR=3;BYSETPOS=-1", "", "", int64(0), int64(3000))
	f.Add("20260601T080000", "P1W", "FREQ=MONTHLY;BYDAY=-5FR,MO;BYSETPOS=1,-1;UNTIL=20270101", "20260602T080000", "", int64(-1<<40), int64(1<<41))
	f.Fuzz(func(t *testing.T, start, duration, rule, exDate, rDate string, from, span int64) {
		master := []Property{{Name: "DTSTART", Value: start}, {Name: "DURATION", Value: duration}, {Name: "RRULE", Value: rule}, {Name: "EXDATE", Value: exDate}, {Name: "RDATE", Value: rDate}}
		set, err := New(master, nil, nil)
		if err != nil {
			return
		}
		from %= 1 << 42
		to := from + span%(1<<42)
		begun := time.Now()
		found, _ := set.Between(time.Unix(from, 0), time.Unix(to, 0))
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%v took %v", master, took)
		}
		if len(found) > MaxOccurrences {
			t.Errorf("%d occurrences of %v", len(found), master)
		}
		for i, o := range found {
			if i > 0 && o.Start.instant <= found[i-1].Start.instant {
				t.Errorf("%s after %s in %v", o.Start, found[i-1].Start, master)
			}
			if o.Start.instant >= to || o.End.instant < from || o.End.instant < o.Start.instant {
				t.Errorf("%s to %s is not from %d to %d: %v", o.Start, o.End, from, to, master)
			}
		}
	})
}

package ical

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func zoneText(t *testing.T, name string, year int) string {
	t.Helper()
	loc := Location(name)
	if loc == nil {
		t.Fatal("no zone", name)
	}
	var lines []string
	writeZone(name, loc, year, func(line string) { lines = append(lines, line) })
	return strings.Join(lines, "\n") + "\n"
}

func TestWriteZone(t *testing.T) {
	for _, name := range []string{"Europe/Madrid", "Asia/Kolkata"} {
		want := map[string]string{
			"Europe/Madrid": `BEGIN:VTIMEZONE
TZID:Europe/Madrid
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
`,
			"Asia/Kolkata": `BEGIN:VTIMEZONE
TZID:Asia/Kolkata
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
TZNAME:IST
END:STANDARD
END:VTIMEZONE
`,
		}[name]
		if got := zoneText(t, name, 2026); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

// TestZoneOffsets reads what was written and compares the offset of noon of each
// day with the zone's.
func TestZoneOffsets(t *testing.T) {
	for _, tt := range []struct {
		name  string
		year  int
		years int
	}{
		{"Europe/Madrid", 2026, 28}, {"America/New_York", 2026, 28}, {"America/New_York", 1995, 28}, {"Australia/Adelaide", 2026, 28},
		{"Asia/Jerusalem", 2026, 28}, {"Africa/Casablanca", 2026, yearsWithoutRule}, {"Africa/Cairo", 2026, yearsWithoutRule},
		{"America/Santiago", 2026, 28}, {"America/Sao_Paulo", 2005, 28}, {"Africa/Monrovia", 1971, 28}, {"asia/tokyo", 2026, 28}, {"Europe/Dublin", 2026, 28},
	} {
		t.Run(tt.name+strconv.Itoa(tt.year), func(t *testing.T) {
			loc := Location(tt.name)
			text := zoneText(t, tt.name, tt.year)
			if len(text) > 5000 {
				t.Error(len(text), "bytes")
			}
			cal, err := Parse("BEGIN:VCALENDAR\n" + text + "BEGIN:VEVENT\nUID:u\nEND:VEVENT\nEND:VCALENDAR\n")
			if err != nil {
				t.Fatal(err)
			}
			changes := map[string]string{} // by day, the offset after it
			first := ""
			for z := range cal.TimeZones() {
				for i := range cal.comps {
					c := &cal.comps[i]
					if c.parent < 0 || &cal.comps[c.parent] != z {
						continue
					}
					start, ok := readStamp(c.Line("DTSTART"))
					if !ok {
						t.Fatal("no DTSTART in", text)
					}
					if rule := c.Value("RRULE"); rule == "" {
						changes[start.wall.Format(dateForm)] = c.Value("TZOFFSETTO")
						if first == "" {
							first = c.Value("TZOFFSETTO")
						}
					} else {
						for day := start.wall; day.Year() < tt.year+tt.years; day = day.AddDate(0, 0, 1) {
							if onRule(day, rule) {
								changes[day.Format(dateForm)] = c.Value("TZOFFSETTO")
							}
						}
					}
				}
			}
			offset := first
			for day := time.Date(1970, 1, 1, 12, 0, 0, 0, time.UTC); day.Year() < tt.year+tt.years; day = day.AddDate(0, 0, 1) {
				if to, ok := changes[day.Format(dateForm)]; ok {
					offset = to
				}
				if day.Year() < tt.year {
					continue
				}
				_, want := inZone(day, loc).Zone()
				if offset != offsetText(want) {
					t.Fatalf("%s: %s, want %s\n%s", day, offset, offsetText(want), text)
				}
			}
		})
	}
}

// onRule reports whether a day follows a rule as yearlyRule writes it.
func onRule(day time.Time, rule string) bool {
	if strconv.Itoa(int(day.Month())) != rulePart(rule, "BYMONTH") {
		return false
	}
	by := rulePart(rule, "BYDAY")
	weekday := strings.ToUpper(day.Weekday().String()[:2])
	nth, ok := strings.CutSuffix(by, weekday)
	switch {
	case !ok:
		return false
	case nth == "":
		return strings.Contains(","+rulePart(rule, "BYMONTHDAY")+",", ","+strconv.Itoa(day.Day())+",")
	case nth == "-1":
		return day.AddDate(0, 0, 7).Month() != day.Month()
	}
	return nth == strconv.Itoa((day.Day()-1)/7+1)
}

func TestLocation(t *testing.T) {
	for _, name := range []string{"Europe/Madrid", "europe/madrid", "AMERICA/PORT-AU-PRINCE", "Africa/Dar_es_Salaam", "utc", "est5edt", "Etc/GMT+5"} {
		if Location(name) == nil {
			t.Error("no zone", name)
		}
	}
	for _, name := range []string{"", "Local", "local", "Mars/Olympus", "../etc/passwd", "/etc/localtime", strings.Repeat("a", 1000)} {
		if Location(name) != nil {
			t.Error("a zone", name)
		}
	}
}

// Times that clocks leave out, and times that come twice.
func TestInZone(t *testing.T) {
	loc := Location("Europe/Berlin")
	for in, want := range map[string]string{
		"20260329T013000": "2026-03-29T01:30:00+01:00",
		"20260329T023000": "2026-03-29T03:30:00+02:00",
		"20260329T033000": "2026-03-29T03:30:00+02:00",
		"20261025T013000": "2026-10-25T01:30:00+02:00",
		"20261025T023000": "2026-10-25T02:30:00+02:00",
		"20261025T033000": "2026-10-25T03:30:00+01:00",
	} {
		wall, err := time.Parse(localForm, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := inZone(wall, loc).Format(time.RFC3339); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		in, written string
		ok, plain   bool // read at all; as messages have it
	}{
		{"PT1H30M", "PT1H30M", true, true},
		{"P1D", "P1D", true, true},
		{"P2W", "P14D", true, true},
		{"P1DT2H3M4S", "P1DT2H3M4S", true, true},
		{"PT0S", "PT0S", true, true},
		{"PT90M", "PT1H30M", true, true},
		{"+PT5M", "PT5M", true, false},
		{"pt5m", "PT5M", true, false},
		{"P1W2D", "P9D", true, false},
		{"P", "", false, false},
		{"PT", "", false, false},
		{"5M", "", false, false},
		{"P5M", "", false, false},
		{"PT5D", "", false, false},
		{"PT999999999S", "", false, false},
		{"PT5", "", false, false},
	}
	for _, tt := range tests {
		d, ok := parseDuration(tt.in)
		if ok != tt.ok || isDuration(tt.in) != tt.plain || ok && d.String() != tt.written {
			t.Errorf("%s: %v %v %s", tt.in, ok, isDuration(tt.in), d)
		}
	}
	if d, ok := parseDuration("-P1DT1H"); !ok || d != (duration{-1, -time.Hour}) {
		t.Error(d, ok)
	}
}

func TestReadGiven(t *testing.T) {
	for in, want := range map[string]string{
		"2026-09-14":                "20260914 date",
		"2026-09-14T07:00":          "20260914T070000 local",
		"2026-09-14T07:00:00.5":     "20260914T070000 local",
		"2026-09-14t07:00:01z":      "20260914T070001Z",
		"2026-09-14T09:00+02:00":    "20260914T070000Z",
		"2026-09-14T24:00:00Z":      "20260915T000000Z",
		"2026-02-30":                "impossible",
		"2026-02-30T07:00":          "impossible",
		"2026-02-03T25:00":          "impossible",
		"2026-02-03T24:00:01Z":      "impossible",
		"2026-02-03T07:00+25:00":    "impossible",
		"2026-02-03T07:60":          "impossible",
		"":                          "unreadable",
		"tomorrow at 9":             "unreadable",
		"2026-02-03T07":             "unreadable",
		"2026-02-03T07:0":           "unreadable",
		"2026-02-03T07:00:":         "unreadable",
		"2026-02-03T07:00:00.":      "unreadable",
		"2026-02-03T07:00+0200":     "unreadable",
		"2026-02-03T07:00:00+aa:00": "unreadable",
		"20260203T070000Z":          "unreadable",
	} {
		g := readGiven(in)
		got := map[givenKind]string{unreadable: "unreadable", impossible: "impossible", dateOnly: g.wall.Format(dateForm) + " date",
			local: g.wall.Format(localForm) + " local", withOffset: g.utc().value()}[g.kind]
		if got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

package recur

import (
	"strings"
	"testing"
	"time"
)

func TestZoneNames(t *testing.T) {
	z := NewZones(VTimeZone{TZID: "tz-1", Location: "Asia/Tokyo"}, VTimeZone{TZID: "tz-2", Location: "/x.example/1/Asia/Tokyo"}, VTimeZone{TZID: "empty"})
	for name, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin", "europe/berlin": "Europe/Berlin", "AMERICA/PORT-AU-PRINCE": "America/Port-au-Prince", " \"Europe/Berlin\" ": "Europe/Berlin",
		"america/port_of_spain": "America/Port_of_Spain", "Europe/Kiev": "Europe/Kiev", "est5edt": "EST5EDT", "US/Eastern": "US/Eastern",
		"UTC": "UTC", "Z": "UTC", "GMT": "UTC", "Etc/UTC": "UTC", "Etc/GMT+5": "Etc/GMT+5",
		"/mozilla.org/20050126_1/Europe/Berlin":                        "Europe/Berlin",
		"/freeassociation.sourceforge.net/Tzfile/America/New_York":     "America/New_York",
		"/softwarestudio.org/Olson_20011030_5/America/Indiana/Knox":    "America/Indiana/Knox",
		"tzone://Microsoft/Utc":                                        "UTC",
		"W. Europe Standard Time":                                      "Europe/Berlin",
		"w. europe standard time":                                      "Europe/Berlin",
		"W. Europe Daylight Time":                                      "Europe/Berlin",
		"GMT Standard Time 1":                                          "Europe/London",
		"Eastern Standard Time (Mexico)":                               "America/Cancun",
		"Central Europe":                                               "Europe/Budapest",
		"Central European":                                             "Europe/Warsaw",
		"Pacific Time":                                                 "America/Los_Angeles",
		"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "Europe/Amsterdam",
		"(UTC-05:00) Eastern Time (US & Canada)":                       "America/New_York",
		"(GMT-08:00) Pacific Time (US & Canada); Tijuana":              "America/Los_Angeles",
		"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi":              "Asia/Kolkata",
		"(UTC) Dublin, Edinburgh, Lisbon, London":                      "Europe/Dublin",
		"(UTC) Coordinated Universal Time":                             "UTC",
		"(UTC+10:00) Canberra, Melbourne, Sydney":                      "Australia/Canberra",
		"(UTC-03:00) Brasilia":                                         "",
		"tz-1":                                                         "Asia/Tokyo", "tz-2": "Asia/Tokyo",
		"": "", "Local": "", "local": "", "empty": "", "Nowhere": "", "../etc/passwd": "", "Europe/": "", "Standard Time": "", "(": "", "(UTC": "",
		strings.Repeat("x", 1000): "",
	} {
		got := ""
		if zone := z.Location(name); zone != nil {
			got = zone.String()
		}
		if !strings.EqualFold(got, want) {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// Every name that Windows has leads to a zone.
func TestWindowsNames(t *testing.T) {
	if n := len(windowsNames()); n < 139 {
		t.Errorf("%d names", n)
	}
	for name := range windowsNames() {
		if known(name) == nil {
			t.Errorf("%s is no zone", name)
		}
	}
}

// A VTIMEZONE by rules is the zone that it describes.
func TestVTimeZone(t *testing.T) {
	berlin := VTimeZone{TZID: "Our Office", Observances: []Observance{
		{Start: "16010101T030000", OffsetFrom: "+0200", OffsetTo: "+0100", Name: "CET", Rules: []string{"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"}},
		{Start: "16010101T020000", OffsetFrom: "+0100", OffsetTo: "+0200", Name: "CEST", Rules: []string{"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"}},
	}}
	zone, database := NewZones(berlin).Location("Our Office"), known("Europe/Berlin")
	if zone == nil {
		t.Fatal("no zone")
	}
	for at := instant("1997-01-01T00:00:00Z"); at.Year() < 2037; at = at.Add(7 * time.Hour) {
		name, offset := at.In(zone).Zone()
		if want, wantOffset := at.In(database).Zone(); name != want || offset != wantOffset {
			t.Fatalf("%s is %s %d, want %s %d", at, name, offset, want, wantOffset)
		}
	}
	if got := instant("2400-07-01T00:00:00Z").In(zone).Format(time.RFC3339); got != "2400-07-01T02:00:00+02:00" {
		t.Errorf("in 2400 it is %s", got)
	}
	until := VTimeZone{TZID: "x", Observances: []Observance{
		{Start: "20000101T000000", OffsetFrom: "+0000", OffsetTo: "+0100"},
		{Start: "20000601T000000", OffsetFrom: "+0100", OffsetTo: "+0230", Rules: []string{"FREQ=YEARLY;UNTIL=20010601T000000Z"}, Dates: []string{"20050101T000000,20060101T000000"}},
		{Start: "20001001T000000", OffsetFrom: "+0230", OffsetTo: "-001530", Rules: []string{"FREQ=YEARLY;COUNT=1"}},
	}}
	zone = NewZones(until).Location("x")
	for at, want := range map[string]string{
		"1990-01-01T00:00:00Z": "1990-01-01T00:00:00Z", "2000-03-01T00:00:00Z": "2000-03-01T01:00:00+01:00", "2000-07-01T00:00:00Z": "2000-07-01T02:30:00+02:30",
		"2000-12-01T00:00:00Z": "2000-11-30T23:44:30-00:15", "2001-07-01T00:00:00Z": "2001-07-01T02:30:00+02:30", "2030-01-01T00:00:00Z": "2030-01-01T02:30:00+02:30",
	} {
		if got := instant(at).In(zone).Format(time.RFC3339); got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
	}
	for _, o := range []Observance{
		{Start: "x", OffsetFrom: "+0000", OffsetTo: "+0100"}, {Start: "20000101T000000", OffsetTo: "+0100"}, {Start: "20000101T000000", OffsetFrom: "1", OffsetTo: "+0100"},
		{Start: "20000101T000000", OffsetFrom: "+0000", OffsetTo: "+2500"}, {Start: "20000101T000000", OffsetFrom: "+0000", OffsetTo: "+0100", Rules: []string{"x"}},
		{Start: "20000101T000000", OffsetFrom: "+0000", OffsetTo: "+0100", Dates: []string{"x"}},
	} {
		if zone := (VTimeZone{TZID: "x", Observances: []Observance{o}}).location(); zone != nil {
			t.Errorf("%+v is %s", o, zone)
		}
	}
}

// The instant of a time on the wall: before, in and after a change of clocks.
func TestInstantOf(t *testing.T) {
	for _, tt := range []struct{ zone, wall, want string }{
		{"Europe/Berlin", "2026-03-29T01:59:59Z", "2026-03-29T01:59:59+01:00"},
		{"Europe/Berlin", "2026-03-29T02:00:00Z", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-03-29T02:59:59Z", "2026-03-29T03:59:59+02:00"},
		{"Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25T01:59:59Z", "2026-10-25T01:59:59+02:00"},
		{"Europe/Berlin", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25T02:59:59Z", "2026-10-25T02:59:59+02:00"},
		{"Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T03:00:00+01:00"},
		{"Europe/Berlin", "2028-12-31T23:30:00Z", "2028-12-31T23:30:00+01:00"}, // the last evening of a leap year
		{"America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T01:30:00-04:00"},
		{"Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-31T12:00:00+14:00"}, // a day that was left out
		{"Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-05T01:45:00+11:00"},
	} {
		at := Time{zone: known(tt.zone), given: true}.at(instant(tt.wall).Unix())
		if at.String() != tt.want {
			t.Errorf("%s in %s is %s, want %s", tt.wall, tt.zone, at, tt.want)
		}
	}
}

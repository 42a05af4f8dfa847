package recur

import (
	"strings"
	"testing"
	"time"
)

func TestParseRule(t *testing.T) {
	for _, text := range []string{
		"FREQ=DAILY", "freq=weekly;byday=MO, we;count=3;X-A=1", "FREQ=YEARLY;BYDAY=+1MO,-53TU;BYMONTH=12;BYSETPOS=-366", ";FREQ=DAILY;;",
		"FREQ=MONTHLY;BYMONTHDAY=-31,31;BYHOUR=0,23;BYMINUTE=59;BYSECOND=60;WKST=SU", "FREQ=DAILY;UNTIL=20260601", "FREQ=DAILY;UNTIL=20260601T080000",
		"FREQ=DAILY;UNTIL=20260601t080000z", "FREQ=DAILY;COUNT=2;UNTIL=20260601T080000Z", "RSCALE=GREGORIAN;FREQ=DAILY;SKIP=OMIT", "FREQ=DAILY;BYDAY=",
	} {
		if _, err := ParseRule(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	tests := []struct{ text, err string }{
		{"", "rule has no FREQ"},
		{"COUNT=3", "rule has no FREQ"},
		{"FREQ=OFTEN", `rule part FREQ: unknown frequency "OFTEN"`},
		{"FREQ=DAILY;FREQ=DAILY", `rule part "FREQ=DAILY" is not NAME=VALUE, or is there twice`},
		{"FREQ=DAILY;INTERVAL", `rule part "INTERVAL" is not NAME=VALUE, or is there twice`},
		{"FREQ=DAILY;INTERVAL=0", `rule part INTERVAL: "0" is not a number from 1 on`},
		{"FREQ=DAILY;COUNT=99999999999999999999", `rule part COUNT: "99999999999999999999" is not a number from 1 on`},
		{"FREQ=DAILY;UNTIL=soon", `rule part UNTIL: "SOON" is neither a date nor a time`},
		{"FREQ=DAILY;UNTIL=20260631", `rule part UNTIL: "20260631" is neither a date nor a time`},
		{"FREQ=WEEKLY;BYDAY=XX", `rule part BYDAY: unknown day "XX"`},
		{"FREQ=WEEKLY;BYDAY=0MO", `rule part BYDAY: unknown day "0MO"`},
		{"FREQ=WEEKLY;BYDAY=54MO", `rule part BYDAY: unknown day "54MO"`},
		{"FREQ=WEEKLY;WKST=M", `rule part WKST: unknown day "M"`},
		{"FREQ=YEARLY;BYMONTH=13", `rule part BYMONTH: "13" is not a number from 1 to 12`},
		{"FREQ=YEARLY;BYMONTH=-1", `rule part BYMONTH: "-1" is not a number from 1 to 12`},
		{"FREQ=YEARLY;BYMONTHDAY=0", `rule part BYMONTHDAY: "0" is not a number from 1 to 31`},
		{"FREQ=YEARLY;BYYEARDAY=-367", `rule part BYYEARDAY: "-367" is not a number from 1 to 366`},
		{"FREQ=YEARLY;BYHOUR=24", `rule part BYHOUR: "24" is not a number from 0 to 23`},
		{"FREQ=YEARLY;BYEASTER=0", `rule part BYEASTER: unknown`},
		{"RSCALE=HEBREW;FREQ=YEARLY", `rule part RSCALE: unknown calendar "HEBREW"`},
		{"FREQ=DAILY;X-A=" + strings.Repeat("x", maxRule), "rule is too long"},
	}
	for _, tt := range tests {
		if _, err := ParseRule(tt.text); err == nil || err.Error() != tt.err {
			t.Errorf("%.60s: %v, want %s", tt.text, err, tt.err)
		}
	}
}

func TestDateOf(t *testing.T) {
	for day := dayNumber(1582, 12, 1); day < dayNumber(2420, 1, 1); day++ {
		want := time.Unix(day*secondsOfDay, 0).UTC()
		got := dateOf(day)
		if (got != date{want.Year(), int(want.Month()), want.Day(), want.YearDay(), want.Weekday()}) {
			t.Fatalf("%d is %+v, want %s", day, got, want)
		}
	}
}

func TestParseLength(t *testing.T) {
	for text, want := range map[string]length{
		"PT15M": {0, 900}, "P1D": {1, 0}, "P1DT2H3M4S": {1, 7384}, "P2W": {14, 0}, "+PT1H": {0, 3600}, "pt1h": {0, 3600}, "P1W2D": {9, 0}, "P0D": {},
	} {
		if got, err := parseLength(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "P", "1H", "PT", "P1", "-PT15M", "P1H", "PT1D", "P1DT1W", "P99999999999D", "PT1H1", "P-1D"} {
		if got, err := parseLength(text); err == nil && text != "PT" {
			t.Errorf("%s: %v", text, got)
		}
	}
}

package recur

import (
	"fmt"
	"strings"
	"time"
)

// written is a date or a time as iCalendar writes it (RFC 5545, sections 3.3.4
// and 3.3.5): 20260601, 20260601T080000, 20260601T080000Z.
type written struct {
	wall   int64
	isDate bool
	utc    bool
}

func parseWritten(value string) (written, error) {
	text := strings.ToUpper(strings.TrimSpace(value))
	var w written
	text, w.utc = strings.CutSuffix(text, "Z")
	layout := "20060102T150405"
	switch len(text) {
	case len("20060102"):
		layout, w.isDate = "20060102", true
	case len("20060102T1504"): // some leave out the seconds
		layout = "20060102T1504"
	case len(layout):
		if seconds, leap := strings.CutSuffix(text, "60"); leap {
			text = seconds + "59"
		}
	}
	t, err := time.Parse(layout, text)
	if err != nil || w.isDate && w.utc {
		return w, fmt.Errorf("%.40q is neither a date nor a time", value)
	}
	w.wall = t.Unix()
	return w, nil
}

// length is how long something takes: DURATION's days are days of the calendar,
// which may have 23 hours, and the rest is exact (RFC 5545, section 3.3.6).
type length struct {
	days, seconds int64
}

// maxLength bounds an event: 100 years.
const maxLength = 36525 * secondsOfDay

// parseLength reads "P1DT2H" or "PT15M"; none that is negative.
func parseLength(value string) (length, error) {
	text := strings.ToUpper(strings.TrimSpace(value))
	rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "+"), "P")
	var l length
	inTime := false
	for ok && rest != "" {
		if rest[0] == 'T' && !inTime {
			inTime, rest = true, rest[1:]
			continue
		}
		n, digits := int64(0), 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' && digits < 10 {
			n = n*10 + int64(rest[digits]-'0')
			digits++
		}
		if digits == 0 || digits == len(rest) {
			ok = false
			break
		}
		switch unit := rest[digits]; {
		case unit == 'W' && !inTime:
			l.days += 7 * n
		case unit == 'D' && !inTime:
			l.days += n
		case unit == 'H' && inTime:
			l.seconds += n * 3600
		case unit == 'M' && inTime:
			l.seconds += n * 60
		case unit == 'S' && inTime:
			l.seconds += n
		default:
			ok = false
		}
		rest = rest[digits+1:]
	}
	if !ok || l.days > maxLength/secondsOfDay || l.seconds > maxLength || text == "P" {
		return length{}, fmt.Errorf("%.40q is no duration", value)
	}
	return l, nil
}

package recur

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Frequency is how often a rule repeats, the shortest first.
type Frequency int

// Frequencies of a rule.
const (
	Secondly Frequency = iota
	Minutely
	Hourly
	Daily
	Weekly
	Monthly
	Yearly
)

var frequencies = []string{"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

// Rule is a recurrence rule (RFC 5545, section 3.3.10).
type Rule struct {
	frequency Frequency
	interval  int64
	count     int64 // 0 for none
	until     until
	weekStart time.Weekday

	seconds, minutes, hours []int
	days                    []numberedDay
	monthDays, yearDays     []int
	weeks, months           []int
	positions               []int
}

// numberedDay is an entry of BYDAY: "-1FR" is the last Friday; "FR", whose number
// is 0, every one.
type numberedDay struct {
	number  int
	weekday time.Weekday
}

// until is the last time that a rule may give, in one of the ways in which
// programs write it.
type until struct {
	kind untilKind
	wall int64 // the instant in seconds, the time on the wall, or the day's last second
}

type untilKind uint8

const (
	untilNone untilKind = iota
	untilInstant
	untilWall
	untilDay
)

var weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// maxRule is the length of the longest rule that is read, in bytes. One that names
// each day of a year has 1,500.
const maxRule = 4096

// ParseRule reads the value of RRULE or EXRULE. Letters may be of either case,
// blanks are passed over, and so are parts of which the name begins with X-. The
// error names the part that is wrong.
func ParseRule(text string) (*Rule, error) {
	if len(text) > maxRule {
		return nil, errors.New("rule is too long")
	}
	r := &Rule{frequency: -1, interval: 1, weekStart: time.Monday}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.ToUpper(text), ";") {
		part = strings.Join(strings.Fields(part), "")
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok || seen[name] {
			return nil, fmt.Errorf("rule part %.40q is not NAME=VALUE, or is there twice", part)
		}
		seen[name] = true
		if err := r.part(name, value); err != nil {
			return nil, fmt.Errorf("rule part %s: %w", name, err)
		}
	}
	if r.frequency < 0 {
		return nil, errors.New("rule has no FREQ")
	}
	return r, nil
}

func (r *Rule) part(name, value string) (err error) {
	if value == "" && strings.HasPrefix(name, "BY") {
		return nil // an empty list says nothing
	}
	switch name {
	case "FREQ":
		if r.frequency = Frequency(slices.Index(frequencies, value)); r.frequency < 0 {
			return fmt.Errorf("unknown frequency %.20q", value)
		}
	case "INTERVAL":
		r.interval, err = positive(value)
	case "COUNT":
		r.count, err = positive(value)
	case "UNTIL":
		r.until, err = parseUntil(value)
	case "WKST":
		day := slices.Index(weekdays, value)
		if r.weekStart = time.Weekday(day); day < 0 {
			return fmt.Errorf("unknown day %.20q", value)
		}
	case "BYSECOND":
		r.seconds, err = numbers(value, 0, 60, false)
	case "BYMINUTE":
		r.minutes, err = numbers(value, 0, 59, false)
	case "BYHOUR":
		r.hours, err = numbers(value, 0, 23, false)
	case "BYDAY":
		r.days, err = numberedDays(value)
	case "BYMONTHDAY":
		r.monthDays, err = numbers(value, 1, 31, true)
	case "BYYEARDAY":
		r.yearDays, err = numbers(value, 1, 366, true)
	case "BYWEEKNO":
		r.weeks, err = numbers(value, 1, 53, true)
	case "BYMONTH":
		r.months, err = numbers(value, 1, 12, false)
	case "BYSETPOS":
		r.positions, err = numbers(value, 1, 366, true)
	case "RSCALE": // RFC 7529
		if value != "GREGORIAN" {
			return fmt.Errorf("unknown calendar %.20q", value)
		}
	case "SKIP":
		if value != "OMIT" {
			return fmt.Errorf("unknown value %.20q", value)
		}
	default:
		if !strings.HasPrefix(name, "X-") {
			return errors.New("unknown")
		}
	}
	return err
}

// maxNumber bounds COUNT and INTERVAL, so that no sum overflows.
const maxNumber = 1 << 31

func positive(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1 || n > maxNumber {
		return 0, fmt.Errorf("%.20q is not a number from 1 on", value)
	}
	return n, nil
}

// numbers reads a list of numbers, in order and each once. With negative ones
// they count from the end.
func numbers(value string, low, high int, negative bool) ([]int, error) {
	var list []int
	for text := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(text)
		size := n
		if negative && n < 0 {
			size = -n
		}
		if err != nil || size < low || size > high {
			return nil, fmt.Errorf("%.20q is not a number from %d to %d", text, low, high)
		}
		list = append(list, n)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func numberedDays(value string) ([]numberedDay, error) {
	var list []numberedDay
	for text := range strings.SplitSeq(value, ",") {
		split := max(len(text)-2, 0)
		weekday := slices.Index(weekdays, text[split:])
		number := 0
		if split > 0 {
			n, err := strconv.Atoi(text[:split])
			if err != nil || n == 0 || n < -53 || n > 53 {
				weekday = -1
			}
			number = n
		}
		if weekday < 0 {
			return nil, fmt.Errorf("unknown day %.20q", text)
		}
		list = append(list, numberedDay{number, time.Weekday(weekday)})
	}
	return list, nil
}

// parseUntil reads UNTIL, which may be an instant, a date or a time on the wall,
// whatever DTSTART is.
func parseUntil(value string) (until, error) {
	w, err := parseWritten(value)
	switch {
	case err != nil:
		return until{}, err
	case w.isDate:
		return until{untilDay, w.wall + secondsOfDay - 1}, nil
	case w.utc:
		return until{untilInstant, w.wall}, nil
	}
	return until{untilWall, w.wall}, nil
}

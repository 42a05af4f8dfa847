package recur

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// oracle finds the occurrences of a rule in the plainest way: it looks at every
// day of its years (and every hour, minute or second for rules that need it), asks of each part whether
// it is right, puts those that are right into periods, and takes positions and
// count last. It knows the calendar from package time alone.
type oracle struct {
	frequency                        string
	interval, count                  int
	until                            time.Time
	weekStart                        time.Weekday
	months, monthDays, yearDays      []int
	weeks, hours, minutes, positions []int
	days                             []numberedDay
	start                            time.Time
}

// text is the rule as it is written.
func (o *oracle) text() string {
	parts := []string{"FREQ=" + o.frequency}
	add := func(name string, list []int) {
		if len(list) > 0 {
			parts = append(parts, name+"="+strings.Trim(strings.Join(strings.Fields(fmt.Sprint(list)), ","), "[]"))
		}
	}
	if o.interval > 1 {
		parts = append(parts, fmt.Sprint("INTERVAL=", o.interval))
	}
	add("BYMONTH", o.months)
	add("BYWEEKNO", o.weeks)
	add("BYYEARDAY", o.yearDays)
	add("BYMONTHDAY", o.monthDays)
	if len(o.days) > 0 {
		var list []string
		for _, d := range o.days {
			number := ""
			if d.number != 0 {
				number = fmt.Sprint(d.number)
			}
			list = append(list, number+weekdays[d.weekday])
		}
		parts = append(parts, "BYDAY="+strings.Join(list, ","))
	}
	add("BYHOUR", o.hours)
	add("BYMINUTE", o.minutes)
	add("BYSETPOS", o.positions)
	if o.weekStart != time.Monday {
		parts = append(parts, "WKST="+weekdays[o.weekStart])
	}
	if o.count > 0 {
		parts = append(parts, fmt.Sprint("COUNT=", o.count))
	}
	if !o.until.IsZero() {
		parts = append(parts, "UNTIL="+o.until.Format("20060102T150405Z"))
	}
	return strings.Join(parts, ";")
}

// isoWeek is the year and number of the week of a day, weeks beginning with
// weekStart: the year is that of the week's fourth day.
func (o *oracle) isoWeek(day time.Time) (year, week, of int) {
	fourth := day.AddDate(0, 0, 3-int(day.Weekday()-o.weekStart+7)%7)
	year = fourth.Year()
	last := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC)
	for weekFourth := last; ; weekFourth = weekFourth.AddDate(0, 0, -1) {
		if int(weekFourth.Weekday()-o.weekStart+7)%7 == 3 {
			return year, (fourth.YearDay()-1)/7 + 1, (weekFourth.YearDay()-1)/7 + 1
		}
	}
}

// period numbers the period of a time.
func (o *oracle) period(t time.Time) int {
	switch o.frequency {
	case "YEARLY":
		if len(o.weeks) > 0 {
			year, _, _ := o.isoWeek(t)
			return year
		}
		return t.Year()
	case "MONTHLY":
		return t.Year()*12 + int(t.Month())
	case "WEEKLY":
		monday := t.AddDate(0, 0, -int(t.Weekday()-o.weekStart+7)%7)
		return int(monday.Unix()/86400+700000) / 7
	case "DAILY":
		return int(t.Unix()/86400) + 700000
	case "HOURLY":
		return int(t.Unix() / 3600)
	}
	return int(t.Unix() / 60)
}

func listed(list []int, n, of int) bool {
	return slices.Contains(list, n) || slices.Contains(list, n-of-1)
}

// isRight asks each part about a day.
func (o *oracle) isRight(t time.Time) bool {
	year, month := t.Year(), t.Month()
	ofMonth := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	ofYear := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
	if len(o.months) > 0 && !slices.Contains(o.months, int(month)) || len(o.monthDays) > 0 && !listed(o.monthDays, t.Day(), ofMonth) ||
		len(o.yearDays) > 0 && !listed(o.yearDays, t.YearDay(), ofYear) {
		return false
	}
	if len(o.weeks) > 0 {
		if _, week, of := o.isoWeek(t); !listed(o.weeks, week, of) {
			return false
		}
	}
	right := len(o.days) == 0
	for _, d := range o.days {
		if d.weekday != t.Weekday() {
			continue
		}
		n, of := t.YearDay(), ofYear
		if o.frequency == "MONTHLY" || len(o.months) > 0 {
			n, of = t.Day(), ofMonth
		}
		// The n-th such day has n-1 before it.
		right = right || d.number == 0 || d.number == (n+6)/7 || d.number == -((of-n)/7+1)
	}
	if len(o.days)+len(o.monthDays)+len(o.yearDays) > 0 {
		return right
	}
	switch {
	case o.frequency == "WEEKLY", len(o.weeks) > 0 && o.frequency == "YEARLY":
		return t.Weekday() == o.start.Weekday()
	case o.frequency == "MONTHLY":
		return t.Day() == o.start.Day()
	case o.frequency == "YEARLY":
		return t.Day() == o.start.Day() && (len(o.months) > 0 || month == o.start.Month())
	}
	return right
}

// times are the occurrences up to end.
func (o *oracle) times(end time.Time) []time.Time {
	first := o.period(o.start)
	if o.frequency == "YEARLY" {
		first = o.start.Year()
	}
	byPeriod := map[int][]time.Time{}
	var periods []int
	// The whole period of DTSTART and of the last day counts for positions.
	for day := o.start.Truncate(24*time.Hour).AddDate(-1, 0, 0); day.Before(end.AddDate(1, 0, 0)); day = day.AddDate(0, 0, 1) {
		if !o.isRight(day) {
			continue
		}
		for hour := range 24 {
			byHour := len(o.hours) > 0 || o.frequency == "HOURLY" || o.frequency == "MINUTELY"
			if len(o.hours) > 0 && !slices.Contains(o.hours, hour) || !byHour && hour != o.start.Hour() {
				continue
			}
			for minute := range 60 {
				byMinute := len(o.minutes) > 0 || o.frequency == "MINUTELY"
				if len(o.minutes) > 0 && !slices.Contains(o.minutes, minute) || !byMinute && minute != o.start.Minute() {
					continue
				}
				t := day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(o.start.Second())*time.Second)
				p := o.period(t)
				// Weeks of the year before DTSTART's may reach into it.
				if (p-first)%o.interval != 0 || p < first && o.frequency != "YEARLY" {
					continue
				}
				if byPeriod[p] == nil {
					periods = append(periods, p)
				}
				byPeriod[p] = append(byPeriod[p], t)
			}
		}
	}
	var found []time.Time
	slices.Sort(periods)
	for _, p := range periods {
		all := byPeriod[p]
		for i, t := range all {
			if len(o.positions) == 0 || listed(o.positions, i+1, len(all)) {
				found = append(found, t)
			}
		}
	}
	found = slices.DeleteFunc(found, func(t time.Time) bool { return !t.After(o.start) || !o.until.IsZero() && t.After(o.until) })
	found = append([]time.Time{o.start}, found...)
	if o.count > 0 && len(found) > o.count {
		found = found[:o.count]
	}
	return slices.DeleteFunc(found, func(t time.Time) bool { return !t.Before(end) })
}

func randomRule(r *rand.Rand) *oracle {
	some := func(chance float64, low, high int, negative bool) (list []int) {
		if r.Float64() > chance {
			return nil
		}
		for range 1 + r.IntN(3) {
			n := low + r.IntN(high-low+1)
			if negative && r.IntN(3) == 0 {
				n = -n
			}
			list = append(list, n)
		}
		return list
	}
	o := &oracle{
		frequency: []string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"}[r.IntN(6)],
		interval:  1 + r.IntN(3)*r.IntN(3),
		start:     time.Date(2019+r.IntN(8), time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC),
		weekStart: []time.Weekday{time.Monday, time.Sunday, time.Wednesday}[r.IntN(3)],
		months:    some(0.3, 1, 12, false),
		positions: some(0.2, 1, 3, true),
		hours:     some(0.2, 0, 23, false),
		minutes:   some(0.2, 0, 59, false),
	}
	if o.frequency != "WEEKLY" {
		o.monthDays = some(0.3, 1, 31, true)
	}
	if o.frequency == "YEARLY" || o.frequency == "HOURLY" {
		o.yearDays = some(0.15, 1, 366, true)
	}
	if o.frequency == "YEARLY" {
		o.weeks = some(0.2, 1, 53, true)
	}
	if r.IntN(2) == 0 {
		for range 1 + r.IntN(3) {
			d := numberedDay{weekday: time.Weekday(r.IntN(7))}
			if (o.frequency == "YEARLY" && len(o.weeks) == 0 || o.frequency == "MONTHLY") && r.IntN(2) == 0 {
				if d.number = 1 + r.IntN(5); r.IntN(2) == 0 {
					d.number = -d.number
				}
			}
			o.days = append(o.days, d)
		}
	}
	switch r.IntN(3) {
	case 0:
		o.count = 1 + r.IntN(60)
	case 1:
		o.until = o.start.AddDate(0, r.IntN(30), r.IntN(40)).Add(time.Duration(r.IntN(86400)) * time.Second)
	}
	return o
}

// Random rules give what looking at every day gives, in windows of all kinds.
func TestOracle(t *testing.T) {
	const seed = 5545
	r := rand.New(rand.NewPCG(seed, seed))
	rules := 120
	if testing.Short() {
		rules = 40
	}
	for n := range rules {
		o := randomRule(r)
		from := o.start.AddDate(0, 0, -r.IntN(3)).Add(time.Duration(r.IntN(400*24)) * time.Hour)
		to := from.AddDate(0, r.IntN(36), 1)
		if o.frequency == "HOURLY" || o.frequency == "MINUTELY" {
			from = o.start.AddDate(0, 0, r.IntN(40))
			to = from.AddDate(0, 0, 1+r.IntN(30))
		}
		set, err := New([]Property{{Name: "DTSTART", Value: o.start.Format("20060102T150405Z")}, {Name: "DURATION", Value: "PT1S"}, {Name: "RRULE", Value: o.text()}}, nil, nil)
		if err != nil {
			t.Fatal(o.text(), err)
		}
		found, truncated := set.Between(from, to)
		var want []string
		for _, at := range o.times(to) {
			if !at.Before(from) {
				want = append(want, at.Format(time.RFC3339))
			}
		}
		if truncated != (len(want) > MaxOccurrences) {
			t.Errorf("seed %d, rule %d: %s from %s: truncated is %v with %d", seed, n, o.text(), o.start, truncated, len(want))
		}
		want = want[:min(len(want), MaxOccurrences)]
		var got []string
		for _, occurrence := range found {
			got = append(got, occurrence.Start.String())
		}
		if !slices.Equal(got, want) {
			i := 0
			for i < len(got) && i < len(want) && got[i] == want[i] {
				i++
			}
			t.Errorf("seed %d, rule %d: DTSTART:%s RRULE:%s, from %s to %s: %d and not %d, first from %d on:\n got %.200v\nwant %.200v", seed, n,
				o.start.Format(time.RFC3339), o.text(), from, to, len(got), len(want), i, got[i:], want[i:])
		}
	}
}

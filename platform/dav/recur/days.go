package recur

import "slices"

// daysOfMonth appends the days of a month that match.
func (w *walker) daysOfMonth(days []int64, year, month int) []int64 {
	if w.monthMask != 0 && w.monthMask>>month&1 == 0 {
		return days
	}
	first := dayNumber(year, month, 1)
	for day := first; day < first+int64(daysOfMonth(year, month)); day++ {
		if w.matches(day) {
			days = append(days, day)
		}
	}
	return days
}

// weekDays appends the days of a year's weeks (BYWEEKNO) that match.
func (w *walker) weekDays(days []int64, year int) []int64 {
	first := firstWeek(year, w.weekStart)
	n := int(firstWeek(year+1, w.weekStart)-first) / 7
	for _, week := range w.weeks {
		if week < 0 {
			week += n + 1
		}
		if week < 1 || week > n {
			continue
		}
		begin := first + int64(week-1)*7
		for day := begin; day < begin+7; day++ {
			if w.matches(day) {
				days = append(days, day)
			}
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// matches reports whether a day is one that the rule names.
func (w *walker) matches(day int64) bool {
	if w.monthMask == 0 && len(w.monthDays)+len(w.yearDays)+len(w.weeks)+len(w.numbered) == 0 {
		return w.plainDays == 0 || w.plainDays>>weekdayOf(day)&1 != 0
	}
	*w.steps--
	d := dateOf(day)
	if w.monthMask != 0 && w.monthMask>>d.month&1 == 0 {
		return false
	}
	if len(w.monthDays) > 0 && !contains(w.monthDays, d.day, daysOfMonth(d.year, d.month)) {
		return false
	}
	if len(w.yearDays) > 0 && !contains(w.yearDays, d.yearDay, daysOfYear(d.year)) {
		return false
	}
	if len(w.weeks) > 0 && !w.weekOfYears && !w.inWeeks(day, d.year) {
		return false
	}
	return w.isDay(d)
}

// contains reports whether a list of numbers, of which the negative ones count
// from the end, has the n-th of several.
func contains(list []int, n, of int) bool {
	return slices.Contains(list, n) || slices.Contains(list, n-of-1)
}

// inWeeks is BYWEEKNO for rules that are not yearly, which the standard does not
// know.
func (w *walker) inWeeks(day int64, year int) bool {
	*w.steps -= 10 // which is what it costs
	for _, y := range []int{year + 1, year, year - 1} {
		if first := firstWeek(y, w.weekStart); day >= first {
			return contains(w.weeks, int(day-first)/7+1, int(firstWeek(y+1, w.weekStart)-first)/7)
		}
	}
	return false
}

// isDay is BYDAY.
func (w *walker) isDay(d date) bool {
	if w.plainDays == 0 && len(w.numbered) == 0 || w.plainDays>>d.weekday&1 != 0 {
		return true
	}
	n, of := d.yearDay, daysOfYear(d.year)
	if w.inMonth {
		n, of = d.day, daysOfMonth(d.year, d.month)
	}
	for _, day := range w.numbered {
		if day.weekday == d.weekday && (day.number == (n-1)/7+1 || day.number == -((of-n)/7+1)) {
			return true
		}
	}
	return false
}

package recur

import "slices"

// maxSteps bounds one search, in days and times that are looked at: a rule may
// look for something that hardly ever is. It takes less than 50 ms.
const maxSteps = 500_000

// maxYear is the last year that iCalendar can write.
const maxYear = 9999

// walker finds the times of a rule. All of them are on the wall: it is for the
// caller to know which instants they are.
type walker struct {
	*Rule
	start    int64 // DTSTART
	steps    *int  // what is left of maxSteps
	hasTimes bool  // false for days as a whole

	monthMask   uint16
	plainDays   uint8         // weekdays that BYDAY names without a number, or for which numbers mean nothing
	numbered    []numberedDay // the others
	inMonth     bool          // numbers count in a month, not in the year
	times       []int64       // seconds from the begin of a day, or of a period shorter than one
	positional  bool          // BYSETPOS chooses among the days and times of a period
	hourMask    uint32
	minuteMask  uint64
	secondMask  uint64
	lo, hi      int64
	yield       func(wall int64) bool
	left        int64 // of COUNT
	includes    bool  // DTSTART was told before
	weekOfYears bool  // days are looked for in weeks of the year
}

// walk calls yield with each time of the rule from lo to hi, in order, until it
// returns false. With include DTSTART is the first, also if the rule does not
// give it, and counts. Without COUNT what lies before lo costs nothing; with it
// earlier times may be told too, as they are all counted.
func (r *Rule) walk(start int64, hasTimes, include bool, lo, hi int64, steps *int, yield func(wall int64) bool) {
	w := &walker{Rule: r, start: start, steps: steps, hasTimes: hasTimes, includes: include, lo: max(lo, start), hi: hi, yield: yield, left: r.count}
	if r.until.kind != untilNone {
		w.hi = min(w.hi, r.lastWall())
	}
	w.hi = min(w.hi, dayNumber(maxYear+1, 1, 1)*secondsOfDay-1)
	w.prepare()
	if r.count > 0 {
		if last, ok := w.lastByCount(); ok {
			w.hi, w.left = min(w.hi, last), 0
		} else {
			w.lo = start
		}
	}
	if include && w.lo == start && start <= hi && !w.give(start) {
		return
	}
	switch r.frequency {
	case Yearly:
		w.years()
	case Monthly:
		w.monthly()
	case Weekly:
		w.weekly()
	case Daily:
		w.daily()
	default:
		w.shorter()
	}
}

// lastWall is a bound for the rule's end on the wall; an instant may be as much
// as a day later there.
func (r *Rule) lastWall() int64 {
	if r.until.kind == untilInstant {
		return r.until.wall + secondsOfDay
	}
	return r.until.wall
}

// lastByCount is the last time of a rule whose COUNT can be done in one's head:
// one that just repeats.
func (w *walker) lastByCount() (int64, bool) {
	if w.frequency > Weekly || len(w.seconds)+len(w.minutes)+len(w.hours)+len(w.Rule.days)+len(w.monthDays)+len(w.yearDays)+
		len(w.weeks)+len(w.months)+len(w.positions) > 0 {
		return 0, false
	}
	unit := [...]int64{Secondly: 1, Minutely: 60, Hourly: 3600, Daily: secondsOfDay, Weekly: 7 * secondsOfDay}[w.frequency]
	span := float64(w.count-1) * float64(w.interval) * float64(unit)
	if span > 1<<40 { // behind the last year
		return w.hi, true
	}
	return w.start + (w.count-1)*w.interval*unit, true
}

// prepare fills in what DTSTART says where the rule says nothing (section
// 3.3.10: "information missing from the rule").
func (w *walker) prepare() {
	d := dateOf(dayOf(w.start))
	months, monthDays := w.months, w.monthDays
	noDay := len(w.monthDays)+len(w.yearDays)+len(w.Rule.days) == 0
	switch {
	case w.frequency == Yearly && noDay && len(w.weeks) > 0, w.frequency == Weekly && noDay:
		w.plainDays = 1 << d.weekday
	case w.frequency == Yearly && noDay:
		monthDays = []int{d.day}
		if len(months) == 0 {
			months = []int{d.month}
		}
	case w.frequency == Monthly && noDay && len(w.weeks) == 0:
		monthDays = []int{d.day}
	}
	if len(months) != len(w.months) || len(monthDays) != len(w.monthDays) {
		r := *w.Rule
		r.months, r.monthDays = months, monthDays
		w.Rule = &r
	}
	for _, m := range w.months {
		w.monthMask |= 1 << m
	}
	w.inMonth = w.frequency == Monthly || w.frequency == Yearly && len(w.months) > 0
	for _, day := range w.Rule.days {
		if day.number == 0 || w.frequency < Monthly {
			w.plainDays |= 1 << day.weekday
		} else {
			w.numbered = append(w.numbered, day)
		}
	}
	w.weekOfYears = w.frequency == Yearly && len(w.weeks) > 0
	w.prepareTimes()
}

// prepareTimes lists the times of a day, or of an hour or minute for rules that
// are shorter.
func (w *walker) prepareTimes() {
	if !w.hasTimes {
		w.times = []int64{0}
		w.positional = len(w.positions) > 0 && w.frequency > Daily
		return
	}
	second := w.start - dayOf(w.start)*secondsOfDay
	hours, minutes, seconds := w.hours, w.minutes, w.seconds
	if len(hours) == 0 {
		hours = []int{int(second / 3600)}
	}
	if len(minutes) == 0 {
		minutes = []int{int(second / 60 % 60)}
	}
	if len(seconds) == 0 {
		seconds = []int{int(second % 60)}
	}
	switch w.frequency {
	case Hourly:
		hours = []int{0}
	case Minutely:
		hours, minutes = []int{0}, []int{0}
	case Secondly:
		hours, minutes, seconds = []int{0}, []int{0}, []int{0}
	}
	for _, h := range hours {
		for _, m := range minutes {
			for _, s := range seconds {
				if s < 60 {
					w.times = append(w.times, int64(h*3600+m*60+s))
				}
			}
		}
	}
	w.positional = len(w.positions) > 0
	if w.positional && w.frequency <= Daily {
		// A period is one day at most, and all are alike.
		chosen := w.times[:0:0]
		for _, p := range w.places(len(w.times)) {
			chosen = append(chosen, w.times[p])
		}
		w.times, w.positional = chosen, false
	}
	for _, h := range w.hours {
		w.hourMask |= 1 << h
	}
	for _, m := range w.minutes {
		w.minuteMask |= 1 << m
	}
	for _, s := range w.seconds {
		w.secondMask |= 1 << s
	}
}

// places are the places from 0 to n-1 that BYSETPOS chooses, in order.
func (w *walker) places(n int) []int {
	var list []int
	for _, p := range w.positions {
		if p < 0 {
			p += n + 1
		}
		if p >= 1 && p <= n {
			list = append(list, p-1)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tell hands a time out, if it is one; false when nothing more is wanted.
func (w *walker) tell(wall int64) bool {
	*w.steps--
	if *w.steps < 0 || wall > w.hi {
		return false
	}
	if wall < w.start || wall == w.start && w.includes {
		return true
	}
	return w.give(wall)
}

// give hands out a time and counts it.
func (w *walker) give(wall int64) bool {
	if !w.yield(wall) {
		return false
	}
	w.left--
	return w.left != 0 // which is below zero without COUNT
}

// period hands out the days of a period with their times.
func (w *walker) period(days []int64) bool {
	*w.steps--
	n := len(days) * len(w.times)
	if w.positional {
		for _, p := range w.places(n) {
			if !w.tell(days[p/len(w.times)]*secondsOfDay + w.times[p%len(w.times)]) {
				return false
			}
		}
		return *w.steps >= 0
	}
	for _, day := range days {
		if (day+1)*secondsOfDay <= w.lo {
			continue
		}
		for _, t := range w.times {
			if !w.tell(day*secondsOfDay + t) {
				return false
			}
		}
	}
	return *w.steps >= 0
}

// firstPeriod is the first number of a period from first on, in steps of
// INTERVAL, that is not before from.
func (w *walker) firstPeriod(first, from int64) int64 {
	if from <= first {
		return first
	}
	return first + (from-first+w.interval-1)/w.interval*w.interval
}

func (w *walker) years() {
	first := int64(dateOf(dayOf(w.start)).year)
	from := int64(dateOf(dayOf(w.lo)).year)
	if w.weekOfYears {
		// The first week may begin in the year before, the last end in the next.
		first, from = first-1, from-1
		if w.interval > 1 {
			first++
		}
	}
	var days []int64
	for year := w.firstPeriod(first, from); dayNumber(int(year), 1, -6)*secondsOfDay <= w.hi; year += w.interval {
		days = days[:0]
		if w.weekOfYears {
			days = w.weekDays(days, int(year))
		} else {
			for month := 1; month <= 12; month++ {
				days = w.daysOfMonth(days, int(year), month)
			}
		}
		if !w.period(days) {
			return
		}
	}
}

func (w *walker) monthly() {
	d, from := dateOf(dayOf(w.start)), dateOf(dayOf(w.lo))
	var days []int64
	for n := w.firstPeriod(int64(d.year*12+d.month-1), int64(from.year*12+from.month-1)); dayNumber(0, int(n)+1, 1)*secondsOfDay <= w.hi; n += w.interval {
		year, month := int(floorDiv(n, 12)), int(n-12*floorDiv(n, 12))+1
		if days = w.daysOfMonth(days[:0], year, month); !w.period(days) {
			return
		}
	}
}

func (w *walker) weekly() {
	first, from := weekOf(dayOf(w.start), w.weekStart), weekOf(dayOf(w.lo), w.weekStart)
	var days []int64
	for n := w.firstPeriod(0, (from-first)/7); (first+7*n)*secondsOfDay <= w.hi; n += w.interval {
		days = days[:0]
		for day := first + 7*n; day < first+7*n+7; day++ {
			if w.matches(day) {
				days = append(days, day)
			}
		}
		if !w.period(days) {
			return
		}
	}
}

func (w *walker) daily() {
	first := dayOf(w.start)
	day := []int64{0}
	for n := w.firstPeriod(first, dayOf(w.lo)); n*secondsOfDay <= w.hi; n += w.interval {
		if day[0] = n; w.matches(n) {
			if !w.period(day) {
				return
			}
		} else if *w.steps--; *w.steps < 0 {
			return
		}
	}
}

// shorter walks through rules by the hour, minute or second.
func (w *walker) shorter() {
	unit := [...]int64{Secondly: 1, Minutely: 60, Hourly: 3600}[w.frequency]
	first := floorDiv(w.start, unit)
	for n := w.firstPeriod(first, floorDiv(w.lo, unit)); n*unit <= w.hi; {
		if *w.steps--; *w.steps < 0 {
			return
		}
		// Where the day, the hour or the minute is not right the next one comes.
		at := n * unit
		second := at - dayOf(at)*secondsOfDay
		next := at
		switch {
		case !w.matches(dayOf(at)):
			next = (dayOf(at) + 1) * secondsOfDay
		case w.hourMask != 0 && w.hourMask>>(second/3600)&1 == 0:
			next = (floorDiv(at, 3600) + 1) * 3600
		case w.frequency < Hourly && w.minuteMask != 0 && w.minuteMask>>(second/60%60)&1 == 0:
			next = (floorDiv(at, 60) + 1) * 60
		case w.frequency == Secondly && w.secondMask != 0 && w.secondMask>>(second%60)&1 == 0:
			next = at + 1
		}
		if next > at {
			n = w.firstPeriod(n+w.interval, floorDiv(next+unit-1, unit))
			continue
		}
		for _, t := range w.times {
			if at+t >= w.lo && !w.tell(at+t) {
				return
			}
		}
		n += w.interval
	}
}

package recur

import "time"

// Times without a zone are counted in seconds since 1970 as clocks on the wall
// show them, and days in days since then (proleptic Gregorian calendar).

const secondsOfDay = 24 * 60 * 60

// floorDiv divides and rounds down, also below zero.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func dayOf(wall int64) int64 { return floorDiv(wall, secondsOfDay) }

// dayNumber is the day of a date. It also takes months beyond 12.
func dayNumber(year, month, day int) int64 {
	return floorDiv(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix(), secondsOfDay)
}

// date is a day in the words of the calendar.
type date struct {
	year, month, day int
	yearDay          int // from 1
	weekday          time.Weekday
}

func dateOf(day int64) date {
	// The algorithm counts days from 1 March of the year 0, in eras of 400 years.
	z := day + 719468
	era := floorDiv(z, 146097)
	dayOfEra := z - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	fromMarch := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := (5*fromMarch + 2) / 153
	d := date{year: int(yearOfEra + era*400), month: int(m + 3), day: int(fromMarch - (153*m+2)/5 + 1)}
	if d.month > 12 {
		d.month -= 12
		d.year++
	}
	d.yearDay = daysBefore[d.month-1] + d.day
	if d.month > 2 && isLeap(d.year) {
		d.yearDay++
	}
	d.weekday = weekdayOf(day)
	return d
}

// daysBefore are the days of a year before each month.
var daysBefore = [12]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}

func weekdayOf(day int64) time.Weekday {
	return time.Weekday(day + 4 - 7*floorDiv(day+4, 7)) // the first one was a Thursday
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysOfYear(year int) int {
	if isLeap(year) {
		return 366
	}
	return 365
}

func daysOfMonth(year, month int) int {
	switch month {
	case 2:
		return daysOfYear(year) - 337
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// firstWeek is the day on which week 1 of a year begins, the first week that has
// four of its days (RFC 5545, section 3.3.10, "BYWEEKNO").
func firstWeek(year int, weekStart time.Weekday) int64 {
	return weekOf(dayNumber(year, 1, 4), weekStart)
}

// weekOf is the day on which the week of a day begins.
func weekOf(day int64, weekStart time.Weekday) int64 {
	return day - int64((weekdayOf(day)-weekStart+7)%7)
}

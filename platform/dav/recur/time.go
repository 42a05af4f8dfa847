package recur

import "time"

// Time is a date, a time on the wall, or an instant in a time zone.
type Time struct {
	wall     int64          // on the wall, as if that were in UTC
	instant  int64          // the same for dates and floating times
	zone     *time.Location // nil for dates and floating times
	dateOnly bool
	given    bool // false for no time at all
}

// Instant returns when t is; dates and floating times are read as UTC.
func (t Time) Instant() time.Time {
	if t.zone == nil {
		return time.Unix(t.instant, 0).UTC()
	}
	return time.Unix(t.instant, 0).In(t.zone)
}

// String returns 2026-06-01T08:00:00+02:00, 2026-06-01T08:00:00 for a floating
// time, 2026-06-01 for a date.
func (t Time) String() string {
	switch {
	case t.dateOnly:
		return t.Instant().Format("2006-01-02")
	case t.zone == nil:
		return t.Instant().Format("2006-01-02T15:04:05")
	}
	return t.Instant().Format(time.RFC3339)
}

// IsZero reports whether t is no time at all.
func (t Time) IsZero() bool { return !t.given }

// at returns the time that the wall of t's zone shows then. A time that clocks
// leap over is read with the offset before (02:30 is 03:30), one that they show
// twice is the first (RFC 5545, section 3.3.5).
func (t Time) at(wall int64) Time {
	t.wall, t.instant = wall, wall
	if t.zone != nil {
		t.instant = instantOf(wall, t.zone)
	}
	return t
}

// plus returns the end of something that begins at t.
func (t Time) plus(l length) Time {
	end := t
	if l.days != 0 {
		end = t.at(t.wall + l.days*secondsOfDay)
	}
	if l.seconds != 0 {
		end = end.atInstant(end.instant + l.seconds)
	}
	return end
}

// atInstant returns an instant as t's zone shows it.
func (t Time) atInstant(instant int64) Time {
	t.instant = instant
	t.wall = instant + t.offset(instant)
	return t
}

// offset is what clocks are ahead of UTC at an instant.
func (t Time) offset(instant int64) int64 {
	if t.zone == nil {
		return 0
	}
	return offsetAt(instant, t.zone)
}

func offsetAt(instant int64, zone *time.Location) int64 {
	_, offset := time.Unix(instant, 0).In(zone).Zone()
	return int64(offset)
}

func instantOf(wall int64, zone *time.Location) int64 {
	if zone == time.UTC {
		return wall
	}
	before, after := offsetAt(wall-secondsOfDay, zone), offsetAt(wall+secondsOfDay, zone)
	if before == after || offsetAt(wall-before, zone) == before {
		return wall - before
	}
	if offsetAt(wall-after, zone) == after {
		return wall - after
	}
	return wall - before
}

package caldav

import (
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/ical"
)

// overlaps reports whether an item lies in the filter's window (RFC 4791, section
// 9.9).
func (f *filter) overlaps(item *activity.Object) bool {
	if f.start == nil && f.end == nil {
		return true
	}
	start, hasStart := instant(item, "startTime", "timeZone")
	if item.Text("type") == "task" {
		return f.overlapsTask(item, start, hasStart)
	}
	if !hasStart {
		return true // nothing to judge by
	}
	end, hasEnd := instant(item, "endTime", "endTimeZone")
	switch {
	case !hasEnd && len(item.Text("startTime")) == len(time.DateOnly):
		end = start.AddDate(0, 0, 1)
	case !hasEnd:
		end = start
	}
	return f.within(start, end)
}

// within reports whether a period lies in the window. One without a length does
// if it begins there.
func (f *filter) within(start, end time.Time) bool {
	if f.end != nil && !start.Before(*f.end) {
		return false
	}
	return f.start == nil || end.After(*f.start) || !end.After(start) && !start.Before(*f.start)
}

// overlapsTask follows the table for tasks, which need have no time at all.
func (f *filter) overlapsTask(item *activity.Object, start time.Time, hasStart bool) bool {
	due, hasDue := instant(item, "due", "timeZone")
	completed, hasCompleted := instant(item, "completedTime", "")
	created, hasCreated := instant(item, "created", "")
	switch {
	case hasStart && hasDue:
		return f.within(start, due) || f.within(due, due)
	case hasStart:
		return f.within(start, start)
	case hasDue:
		return f.within(due, due) || f.start != nil && due.Equal(*f.start)
	case hasCompleted && hasCreated:
		return f.within(created, completed) || f.within(completed, completed)
	case hasCompleted:
		return f.within(completed, completed)
	case hasCreated:
		return f.end == nil || f.end.After(created)
	}
	return true
}

// instant is the moment that a member of an item means. Dates and floating times
// are compared as if they were UTC.
func instant(item *activity.Object, name, zone string) (time.Time, bool) {
	text := item.Text(name)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if layout != "2006-01-02T15:04:05" {
			return t, true
		}
		where := item.Text(zone)
		if where == "" {
			where = item.Text("timeZone")
		}
		if location := ical.Location(where); location != nil {
			t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, location)
		}
		return t, true
	}
	return time.Time{}, false
}

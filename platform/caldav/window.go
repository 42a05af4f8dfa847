package caldav

import (
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/recur"
)

// A window without a bound begins or ends here.
var (
	always = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
	never  = time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)
)

// window is the filter's, with both bounds.
func (f *filter) window() (from, to time.Time) {
	from, to = always, never
	if f.start != nil {
		from = *f.start
	}
	if f.end != nil {
		to = *f.end
	}
	return from, to
}

// overlaps reports whether an item or one of its occurrences lies in the window
// (RFC 4791, section 9.9).
func (f *filter) overlaps(set *recur.Set) bool {
	from, to := f.window()
	// Most series that go on have an occurrence soon, and none after that is needed.
	if soon := from.AddDate(1, 0, 0); f.start != nil && soon.Before(to) {
		if found, _ := set.Between(from, soon); len(found) > 0 {
			return true
		}
	}
	found, truncated := set.Between(from, to)
	return len(found) > 0 || truncated
}

// isOver reports whether the first occurrence of a series ended before a time.
func isOver(set *recur.Set, t time.Time) bool {
	found, _ := set.Between(always, t)
	return len(found) > 0 && !found[0].End.Instant().After(t)
}

// isTimeless reports whether an item is a task that neither begins nor is due.
func isTimeless(item *activity.Object) bool {
	return item.Text("type") == "task" && item.Text("startTime") == "" && item.Text("due") == ""
}

// overlapsTimeless is overlaps for those.
func (f *filter) overlapsTimeless(item *activity.Object) bool {
	from, to := f.window()
	within := func(t time.Time) bool { return !t.Before(from) && !t.After(to) }
	created, notCreated := time.Parse(time.RFC3339, item.Text("created"))
	completed, notCompleted := time.Parse(time.RFC3339, item.Text("completedTime"))
	switch {
	case notCreated == nil && notCompleted == nil:
		return within(created) || within(completed) || !from.Before(created) && !to.After(completed)
	case notCompleted == nil:
		return within(completed)
	case notCreated == nil:
		return to.After(created)
	}
	return true
}

package caldav

import (
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/davtest"
	"github.com/sockethub/sockethub/platform/dav/ical"
)

// Whatever query gives can be sent back by update.
func TestShapes(t *testing.T) {
	for _, pattern := range []string{"../dav/ical/testdata/cases/*.ics", "../dav/ical/testdata/cases/roundtrip/*.ics", "../dav/ical/testdata/exports/*.ics"} {
		davtest.CheckShapes(t, Definition(), pattern, "calendar", func(text string) *activity.Object {
			cal, err := ical.Parse(text)
			if err != nil {
				return nil
			}
			item, err := cal.Item("https://dav.test/a.ics", `"1"`)
			if err != nil {
				return nil
			}
			return item
		})
	}
}

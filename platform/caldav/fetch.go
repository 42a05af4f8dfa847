package caldav

import (
	"context"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
)

// fetch lists the calendars of the user.
//
//	{"type":"fetch","id":"1","actor":{"id":"caldav:ann","type":"person"}}
func (j *job) fetch(ctx context.Context) (*activity.Object, error) {
	calendars, err := j.Collections(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(calendars))
	for i, c := range calendars {
		items[i] = describe(c)
	}
	return j.List(j.message, "CalDAV calendars", items)
}

// describe is a calendar as clients see it.
func describe(c *dav.Collection) *activity.Object {
	o := activity.NewObject(
		activity.Member{Name: "id", Value: c.URL.String()},
		activity.Member{Name: "type", Value: "calendar"},
		activity.Member{Name: "name", Value: c.Name},
	)
	if c.Color != nil {
		o.Set("color", *c.Color)
	}
	o.Set("components", components(c))
	if c.Description != nil {
		o.Set("description", *c.Description)
	}
	if c.ReadOnly {
		o.Set("readOnly", true)
	}
	if c.Scheduling {
		o.Set("scheduling", true)
	}
	return o
}

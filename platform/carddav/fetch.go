package carddav

import (
	"context"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
)

// fetch lists the address books of the user.
//
//	{"type":"fetch","id":"1","actor":{"id":"carddav:ann","type":"person"}}
func (j *job) fetch(ctx context.Context) (*activity.Object, error) {
	books, err := j.Collections(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(books))
	for i, c := range books {
		items[i] = describe(c)
	}
	return j.List(j.message, "CardDAV address books", items)
}

// describe is an address book as clients see it.
func describe(c *dav.Collection) *activity.Object {
	o := activity.NewObject(
		activity.Member{Name: "id", Value: c.URL.String()},
		activity.Member{Name: "type", Value: "addressBook"},
		activity.Member{Name: "name", Value: c.Name},
	)
	if c.Description != nil {
		o.Set("description", *c.Description)
	}
	if c.ReadOnly {
		o.Set("readOnly", true)
	}
	return o
}

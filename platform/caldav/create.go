package caldav

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
	"github.com/sockethub/sockethub/platform/dav/ical"
)

// create stores a new event or task.
//
//	{"type":"create","target":{"id":"https://dav.example/ann/work/","type":"calendar"},
//	 "object":{"type":"event","name":"Plan","startTime":"2026-08-03T15:00:00Z"}}
func (j *job) create(ctx context.Context) (*activity.Object, error) {
	c, err := j.calendar(ctx)
	if err != nil {
		return nil, err
	}
	if j.object == nil {
		return nil, errors.New("message must have required property 'object'")
	}
	kind := j.object.Text("type")
	if !slices.Contains(components(c), kind) {
		return nil, dav.Fail("unsupported-component", "")
	}
	text, uid, err := ical.New(j.object, time.Now())
	if err != nil {
		return nil, err
	}
	u := j.New(c, uid)
	stored, err := j.Put(ctx, u, "", []byte(text), "create-failed")
	if dav.CodeOf(err) == dav.Conflict {
		return j.current(ctx, u), err
	}
	if err != nil {
		return nil, err
	}
	return protocol.Done(j.message, j.result(stored, kind, uid)), nil
}

// result is what an answer says of an item that was written: all of it where the
// server stored something else.
func (j *job) result(stored *dav.Stored, kind, uid string) *activity.Object {
	if stored.Data != nil {
		if in, err := new(reader).read(string(stored.Data)); err == nil {
			if item, err := in.Item(stored.URL.String(), stored.ETag); err == nil && j.Fits(item) {
				return item
			}
		}
	}
	return dav.Reference(stored.URL.String(), kind, uid, stored.ETag)
}

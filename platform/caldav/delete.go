package caldav

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
)

// delete removes an item, or with a recurrenceId one occurrence of a series.
//
//	{"type":"delete","target":{"id":"https://dav.example/ann/work/","type":"calendar"},
//	 "object":{"type":"event","id":"https://dav.example/ann/work/1.ics","etag":"\"7\"","recurrenceId":"2026-08-10T15:00:00Z"}}
func (j *job) delete(ctx context.Context) (*activity.Object, error) {
	c, err := j.calendar(ctx)
	if err != nil {
		return nil, err
	}
	u, err := c.Member(j.object, "etag")
	if err != nil {
		return nil, err
	}
	etag := j.object.Text("etag")
	if occurrence := j.object.Text("recurrenceId"); occurrence != "" {
		return j.change(ctx, u, etag, func(in *resource) (string, error) {
			if !in.has(occurrence) {
				return "", errNoOccurrence
			}
			return in.Exclude(occurrence, time.Now())
		})
	}
	if err := j.Delete(ctx, u, etag, j.object.Get("notify") == false, "delete-failed"); err != nil {
		if dav.CodeOf(err) == dav.Conflict {
			return j.current(ctx, u), err
		}
		return nil, err
	}
	return protocol.Done(j.message, dav.Reference(j.object.Text("id"), j.object.Text("type"), "", "")), nil
}

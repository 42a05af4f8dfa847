package carddav

import (
	"context"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
)

// delete removes a contact.
//
//	{"type":"delete","target":{"id":"https://dav.example/ann/people/","type":"addressBook"},
//	 "object":{"type":"person","id":"https://dav.example/ann/people/1.vcf","etag":"\"7\""}}
func (j *job) delete(ctx context.Context) (*activity.Object, error) {
	c, err := j.book(ctx)
	if err != nil {
		return nil, err
	}
	u, err := c.Member(j.object, "etag")
	if err != nil {
		return nil, err
	}
	if err := j.Delete(ctx, u, j.object.Text("etag"), false, "delete-failed"); err != nil {
		if dav.CodeOf(err) == dav.Conflict {
			return j.current(ctx, u), err
		}
		return nil, err
	}
	return protocol.Done(j.message, dav.Reference(j.object.Text("id"), "person", "", "")), nil
}

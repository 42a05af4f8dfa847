package carddav

import (
	"context"
	"errors"
	"slices"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
	"github.com/sockethub/sockethub/platform/dav/vcard"
)

// create stores a new contact.
//
//	{"type":"create","target":{"id":"https://dav.example/ann/people/","type":"addressBook"},
//	 "object":{"type":"person","name":"Rosa Díaz","emails":[{"value":"rosa@example.test"}]}}
func (j *job) create(ctx context.Context) (*activity.Object, error) {
	c, err := j.book(ctx)
	if err != nil {
		return nil, err
	}
	if j.object == nil {
		return nil, errors.New("message must have required property 'object'")
	}
	text, uid, err := vcard.New(j.object, version(c))
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
	return protocol.Done(j.message, j.result(stored, uid)), nil
}

// version is that of new cards: the one that all servers take, unless this one
// says that it takes the newer one (RFC 6352, section 6.2.2).
func version(c *dav.Collection) string {
	if slices.Contains(c.Versions, "4.0") {
		return "4.0"
	}
	return "3.0"
}

// result is what an answer says of a contact that was written: all of it where the
// server stored something else.
func (j *job) result(stored *dav.Stored, uid string) *activity.Object {
	if stored.Data != nil {
		if contact, err := read(stored.URL.String(), stored.ETag, string(stored.Data)); err == nil && j.Fits(contact) {
			return contact
		}
	}
	return dav.Reference(stored.URL.String(), "person", uid, stored.ETag)
}

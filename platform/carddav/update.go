package carddav

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
	"github.com/sockethub/sockethub/platform/dav/vcard"
)

// attempts is how often an update over whatever is there is tried, when somebody
// else writes meanwhile.
const attempts = 3

// update changes a stored contact: what is in its bytes and not in the message
// stays.
//
//	{"type":"update","target":{"id":"https://dav.example/ann/people/","type":"addressBook"},
//	 "object":{"type":"person","id":"https://dav.example/ann/people/1.vcf","uid":"1","etag":"\"7\"","nickname":"Ro"}}
//
// When the stored version is another one than the message's, the answer is
// carddav:conflict with the contact as it is now as "current", to merge and send
// again. The etag "*" stands for whatever is there.
func (j *job) update(ctx context.Context) (*activity.Object, error) {
	c, err := j.book(ctx)
	if err != nil {
		return nil, err
	}
	u, err := c.Member(j.object, "etag")
	if err != nil {
		return nil, err
	}
	tries, etag := 1, j.object.Text("etag")
	if etag == "*" {
		tries, etag = attempts, ""
	}
	for ; ; tries-- {
		result, err := j.updateOnce(ctx, u, etag)
		if dav.CodeOf(err) != dav.Conflict {
			return result, err
		}
		if tries == 1 {
			return j.current(ctx, u), err
		}
	}
}

// updateOnce reads a card, patches its text and writes it, over the version etag
// or the one that is there.
func (j *job) updateOnce(ctx context.Context, u *url.URL, etag string) (*activity.Object, error) {
	stored, err := j.Get(ctx, u, etag, "update-failed")
	if err != nil {
		return nil, err
	}
	if etag == "" {
		if etag = stored.ETag; etag == "" {
			return nil, dav.Fail("update-failed", "the server has no tags to write safely with")
		}
	}
	card, err := vcard.Parse(string(stored.Data))
	if err != nil {
		return nil, &dav.Error{Code: "unsupported-update", Err: err}
	}
	text, err := card.Patch(j.object, u.String(), time.Now())
	switch {
	case errors.Is(err, vcard.ErrUIDMismatch):
		return nil, &dav.Error{Code: "uid-mismatch", Err: err}
	case errors.Is(err, vcard.ErrUnsupportedUpdate):
		return nil, &dav.Error{Code: "unsupported-update", Err: err}
	case err != nil:
		return nil, err
	}
	// Also where nothing changed: the server says whether the version still counts.
	written, err := j.Put(ctx, u, etag, []byte(text), "update-failed")
	if err != nil {
		return nil, err
	}
	return protocol.Done(j.message, j.result(written, j.object.Text("uid"))), nil
}

// current is what goes along with a conflict: the contact as it is now, nil if
// that cannot be read.
func (j *job) current(ctx context.Context, u *url.URL) *activity.Object {
	stored, err := j.Get(ctx, u, "", dav.Conflict)
	if err != nil {
		return nil
	}
	contact, err := read(u.String(), stored.ETag, string(stored.Data))
	if err != nil || !j.Fits(contact) {
		return nil
	}
	return activity.NewObject(activity.Member{Name: "current", Value: contact})
}

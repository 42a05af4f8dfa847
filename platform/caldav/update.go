package caldav

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
	"github.com/sockethub/sockethub/platform/dav/ical"
)

// attempts is how often an update over whatever is there is tried, when somebody
// else writes meanwhile.
const attempts = 3

// errNoOccurrence is a recurrenceId that does not name one.
var errNoOccurrence = errors.New("recurrenceId names no occurrence")

// update changes a stored item: what is in its bytes and not in the message stays.
//
//	{"type":"update","target":{"id":"https://dav.example/ann/work/","type":"calendar"},
//	 "object":{"type":"event","id":"https://dav.example/ann/work/1.ics","uid":"1@x","etag":"\"7\"","name":"Plan B"}}
//
// When the stored version is another one than the message's, the answer is
// caldav:conflict with the item as it is now as "current", to merge and send
// again. The etag "*" stands for whatever is there.
func (j *job) update(ctx context.Context) (*activity.Object, error) {
	c, err := j.calendar(ctx)
	if err != nil {
		return nil, err
	}
	u, err := c.Member(j.object, "uid", "etag")
	if err != nil {
		return nil, err
	}
	return j.change(ctx, u, j.object.Text("etag"), func(in *resource) (string, error) {
		if id := j.object.Text("recurrenceId"); id != "" && j.object.Text("uid") == in.UID() && !in.has(id) {
			return "", errNoOccurrence
		}
		return in.Patch(j.object, time.Now())
	})
}

// change reads an item, patches its text and writes it, over the version etag.
func (j *job) change(ctx context.Context, u *url.URL, etag string, patch func(*resource) (string, error)) (*activity.Object, error) {
	tries := 1
	if etag == "*" {
		tries, etag = attempts, ""
	}
	for ; ; tries-- {
		result, err := j.changeOnce(ctx, u, etag, patch)
		if dav.CodeOf(err) != dav.Conflict {
			return result, err
		}
		if tries == 1 {
			return j.current(ctx, u), err
		}
	}
}

func (j *job) changeOnce(ctx context.Context, u *url.URL, etag string, patch func(*resource) (string, error)) (*activity.Object, error) {
	stored, err := j.Get(ctx, u, etag, "update-failed")
	if err != nil {
		return nil, err
	}
	if etag == "" {
		if etag = stored.ETag; etag == "" {
			return nil, dav.Fail("update-failed", "the server has no tags to write safely with")
		}
	}
	in, err := new(reader).read(string(stored.Data))
	if err != nil {
		return nil, &dav.Error{Code: "unsupported-update", Err: err}
	}
	text, err := patch(in)
	switch {
	case errors.Is(err, ical.ErrUIDMismatch):
		return nil, &dav.Error{Code: "uid-mismatch", Err: err}
	case errors.Is(err, ical.ErrUnsupportedUpdate), errors.Is(err, ical.ErrNotCalendar), errors.Is(err, ical.ErrNoUID):
		return nil, &dav.Error{Code: "unsupported-update", Err: err}
	case err != nil:
		return nil, err
	}
	// Also where nothing changed: the server says whether the version still counts.
	written, err := j.Put(ctx, u, etag, []byte(text), "update-failed")
	if err != nil {
		return nil, err
	}
	return protocol.Done(j.message, j.result(written, in.Type(), in.UID())), nil
}

// current is what goes along with a conflict: the item as it is now, nil if that
// cannot be read.
func (j *job) current(ctx context.Context, u *url.URL) *activity.Object {
	stored, err := j.Get(ctx, u, "", dav.Conflict)
	if err != nil {
		return nil
	}
	in, err := new(reader).read(string(stored.Data))
	if err != nil {
		return nil
	}
	item, err := in.Item(u.String(), stored.ETag)
	if err != nil || !j.Fits(item) {
		return nil
	}
	return activity.NewObject(activity.Member{Name: "current", Value: item})
}

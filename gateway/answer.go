package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
)

const (
	textRateLimited = "rate limit exceeded, temporarily blocked"
	codeInternal    = "internal"
	codeTooManyJobs = "too_many_jobs"
	codeTooMuchKept = "too_many_credentials"
	textAddressFull = "too many concurrent connections from this address"
	textTokenFull   = "too many concurrent connections with this token"
)

var (
	errGone        = &platform.JobError{Text: "not sent: the session is gone", Code: platform.CodeNotSent}
	errAddressFull = &platform.JobError{Text: "too many messages of this address are waiting for their result", Code: codeTooManyJobs}
	errTooManyJobs = &platform.JobError{Text: "too many messages of this session are waiting for their result", Code: codeTooManyJobs}
)

// serverError is the payload of an `error` event:
//
//	{"type":"Error","@context":[…],"actor":{"type":"Application","name":"sockethub-server"},"summary":"…"}
func serverError(summary string) []byte {
	return activity.AppendJSON(nil, activity.NewObject(
		activity.Member{Name: "type", Value: "Error"},
		activity.Member{Name: "@context", Value: activity.Canonical(activity.PlatformContextURL(activity.ErrorPlatform))},
		activity.Member{Name: "actor", Value: activity.NewObject(
			activity.Member{Name: "type", Value: "Application"},
			activity.Member{Name: "name", Value: "sockethub-server"},
		)},
		activity.Member{Name: "summary", Value: summary},
	))
}

// errorOnly is the answer to an event whose payload was not looked at.
func errorOnly(text, code string) []byte {
	return activity.AppendJSON(nil, activity.NewObject(
		activity.Member{Name: "error", Value: text},
		activity.Member{Name: "code", Value: code},
	))
}

// failure is the answer to a payload that was refused as it came: the payload
// and why.
func failure(v any, err error) []byte {
	var job *platform.JobError
	if o, ok := v.(*activity.Object); ok && errors.As(err, &job) && job.Code != "" {
		o = o.Copy()
		o.Set("code", job.Code)
		v = o
	}
	return middleware.FailureAck(v, middleware.Text(err))
}

// refused is the answer to an accepted message that failed: what was asked,
// with the error.
func refused(m *middleware.Accepted, err error) *activity.Object {
	body := m.Activity.Copy()
	middleware.Stamp(m.Platform, body, m.Legacy)
	body.Set("error", middleware.Text(err))
	var job *platform.JobError
	if errors.As(err, &job) && job.Code != "" {
		body.Set("code", job.Code)
	}
	return body
}

// result is the answer to a job: what the platform returned, or the message
// itself. One that failed is the message with its error, and with what the
// platform says besides.
func result(m *middleware.Accepted, out *activity.Object, err error) *activity.Object {
	if err != nil {
		body := refused(m, err)
		for i := range out.Len() {
			if name, v := out.Member(i); body.Get(name) == nil {
				body.Set(name, v)
			}
		}
		return body
	}
	if out == nil {
		out = m.Activity.Copy()
	}
	middleware.Stamp(m.Platform, out, m.Legacy)
	return out
}

// storeError turns an error of the store into one that a client may read. What
// it does not know is logged under an id that the client gets too.
func storeError(log *slog.Logger, doing string, err error) error {
	if refusal := supervisor.StoreRefusal(err); refusal != nil {
		return refusal
	}
	if errors.Is(err, queue.ErrTooMany) {
		text := "too many credentials are stored for this session"
		if limit, ok := strings.CutPrefix(err.Error(), queue.ErrTooMany.Error()+": "); ok {
			text += ": " + limit
		}
		return &platform.JobError{Text: text, Code: codeTooMuchKept}
	}
	return internalError(log, doing, slog.Any("error", err))
}

// internalError logs what no client may read, under an id that the client gets.
func internalError(log *slog.Logger, message string, attrs ...slog.Attr) error {
	var id [4]byte
	rand.Read(id[:])
	text := "internal error " + hex.EncodeToString(id[:])
	log.LogAttrs(context.Background(), slog.LevelError, message, append(attrs, slog.String("id", text))...)
	return &platform.JobError{Text: text, Code: codeInternal}
}

package dav

import (
	"errors"
	"log/slog"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// ContextURL is the context of the protocol's platform.
func (p *Protocol) ContextURL() string { return activity.PlatformContextURL(p.Name) }

// List is the collection that answers fetch, whose id is null if the message has
// none. It is an error if they do not fit into one.
func (s *Session) List(message *activity.Object, summary string, items []any) (*activity.Object, error) {
	if len(activity.AppendJSON(nil, items)) > s.client.options.maxItems() {
		return nil, fail(TooLarge, "the server has too many collections")
	}
	return activity.NewObject(
		activity.Member{Name: "@context", Value: activity.Canonical(s.client.protocol.ContextURL())},
		activity.Member{Name: "id", Value: message.Get("id")},
		activity.Member{Name: "type", Value: "collection"},
		activity.Member{Name: "summary", Value: summary},
		activity.Member{Name: "totalItems", Value: len(items)},
		activity.Member{Name: "items", Value: items},
	), nil
}

// Found is the collection that answers query. changes is nil unless it asked for
// them.
func (p *Protocol) Found(message *activity.Object, summary string, page *Page, truncated bool, changes *Changes) *activity.Object {
	items, failed, next := page.Members()
	result := p.begin(message, "collection")
	result.Set("summary", summary)
	result.Set("totalItems", len(items))
	result.Set("items", items)
	if failed != nil {
		result.Set("errors", failed)
	}
	if changes != nil {
		result.Set("full", changes.Full)
		if len(changes.Removed) > 0 || !changes.Full {
			result.Set("removed", append([]string{}, changes.Removed...))
		}
		next = changes.Next
		if next == "" {
			result.Set("syncToken", changes.Token)
		}
		truncated = truncated || changes.Truncated
	}
	if next != "" {
		result.Set("next", next)
	}
	if truncated {
		result.Set("truncated", true)
	}
	return result
}

// Done is the answer to a message that changed something.
func (p *Protocol) Done(message, object *activity.Object) *activity.Object {
	result := p.begin(message, message.Text("type"))
	result.Set("actor", message.Get("actor"))
	result.Set("target", message.Get("target"))
	result.Set("object", object)
	return result
}

// Reference is what an answer says of a resource: "" is left out.
func Reference(id, kind, uid, etag string) *activity.Object {
	o := activity.NewObject(activity.Member{Name: "id", Value: id}, activity.Member{Name: "type", Value: kind})
	if uid != "" {
		o.Set("uid", uid)
	}
	if etag != "" {
		o.Set("etag", etag)
	}
	return o
}

func (p *Protocol) begin(message *activity.Object, kind string) *activity.Object {
	o := activity.NewObject(activity.Member{Name: "@context", Value: activity.Canonical(p.ContextURL())})
	if id := message.Text("id"); id != "" {
		o.Set("id", id)
	}
	o.Set("type", kind)
	return o
}

// Failure logs why a job failed, but not whose, and returns the error that its
// client is told.
func (p *Protocol) Failure(log *slog.Logger, message *activity.Object, err error) error {
	verb := message.Text("type")
	code, cause := CodeOf(err), errors.Unwrap(err)
	if code == "" {
		code, cause = "invalid-"+verb, err
	}
	attrs := []any{"code", p.Name + ":" + code}
	if cause != nil {
		attrs = append(attrs, "cause", cause)
	}
	log.Error(p.title()+" "+verb+" failed", attrs...)
	var early *openError
	if errors.As(err, &early) && (code == InvalidURL || code == HTTPSRequired) {
		return errors.New(p.Name + ":" + code) // "Error: caldav:invalid-url", as clients know it
	}
	return platform.PlainFor(err, p.Name+":"+Explain(verb, err))
}

// Explain is the text of a failure without the platform's name. One that has no
// code is about the message.
func Explain(verb string, err error) string {
	if CodeOf(err) == "" {
		return "invalid-" + verb + ": " + printable(err.Error())
	}
	return err.Error()
}

func (p *Protocol) title() string {
	if p.Name == "carddav" {
		return "CardDAV"
	}
	return "CalDAV"
}

// openError is a failure from before any request.
type openError struct{ error }

func (e *openError) Unwrap() error { return e.error }

package middleware

import "github.com/sockethub/sockethub/activity"

// FailureAck returns the acknowledgement of a refused payload: what was sent,
// with the text as "error" and without "sessionSecret". Nothing is sent back
// of a payload that is not an object.
func FailureAck(v any, text string) []byte {
	o, ok := v.(*activity.Object)
	if !ok || o == nil {
		return activity.AppendJSON(nil, activity.NewObject(activity.Member{Name: "error", Value: text}))
	}
	o = o.Copy()
	o.Delete("sessionSecret")
	o.Set("error", text)
	return activity.AppendJSON(nil, o)
}

// CredentialsAck returns the acknowledgement of credentials that were stored:
// the activity, whose object is reduced to its type. The secrets stay here. To
// older clients any argument is an error: they get none, nil.
func CredentialsAck(a *Accepted) []byte {
	if a.Legacy {
		return nil
	}
	o := a.Activity.Copy()
	if object, ok := o.Lookup("object"); ok {
		reduced := activity.NewObject()
		if secrets, ok := object.(*activity.Object); ok {
			if kind, ok := secrets.Lookup("type"); ok {
				reduced.Set("type", kind)
			}
		}
		o.Set("object", reduced)
	}
	return activity.AppendJSON(nil, o)
}

// Outbound turns an activity of platform p into what clients may see of it, and
// changes a for that: contexts become the canonical ones, an error without an actor
// comes from instanceActor (from the platform without one). An error means that
// the platform's own schema forbids a: it must not be sent.
func (p *Pipeline) Outbound(platform *activity.RegisteredPlatform, a *activity.Object, instanceActor string) error {
	Stamp(platform, a, false)
	isError := a.Text("type") == "error"
	if _, ok := a.Lookup("actor"); isError && !ok {
		id := instanceActor
		if id == "" {
			id = platform.ID
		}
		a.Set("actor", activity.NewObject(
			activity.Member{Name: "id", Value: id}, activity.Member{Name: "type", Value: "service"}))
	}
	if _, ok := a.Lookup("error"); isError || ok || platform.ResponseSchema == nil {
		return nil
	}
	if broken := platform.ResponseSchema.Validate(a); broken != nil {
		return &MalformedError{describe(a, broken)}
	}
	return nil
}

// MalformedError reports an activity that breaks its own platform's schema.
type MalformedError struct {
	Reason string
}

func (e *MalformedError) Error() string { return e.Reason }

// Stamp gives a the canonical "@context" of its platform and takes away what is
// not for clients. A client that named its platform by "context" gets that too.
func Stamp(platform *activity.RegisteredPlatform, a *activity.Object, legacy bool) {
	a.Delete("sessionSecret")
	a.Set("@context", platform.Context)
	if legacy {
		a.Set("context", platform.ID)
	} else {
		a.Delete("context")
	}
}

package middleware

import (
	"errors"

	"github.com/sockethub/sockethub/activity"
)

var (
	errNotObject = errors.New("message received is not an object.")              //lint:ignore ST1005 clients read it
	errContext   = errors.New("activity stream must contain an @context array.") //lint:ignore ST1005 clients read it
	errType      = errors.New("activity stream must contain a type property.")   //lint:ignore ST1005 clients read it
	errActor     = errors.New("activity stream must contain an actor property.") //lint:ignore ST1005 clients read it
)

// normalise checks what every later step relies on and expands references: a
// string that stands for an actor or target becomes an object with that id, one
// that stands for an object an object with that content. v itself is not
// changed. legacy says that the platform was named by "context"; then ids stand
// for known objects.
func (p *Pipeline) normalise(v any, known *Objects) (o *activity.Object, legacy bool, err error) {
	o, ok := v.(*activity.Object)
	if !ok || o == nil {
		return nil, false, errNotObject
	}
	if modern := p.modernise(o); modern != nil {
		o, legacy = modern, true
	}
	if !isTextList(o.Get("@context")) {
		return nil, false, errContext
	}
	if _, ok := o.Get("type").(string); !ok {
		return nil, false, errType
	}
	if !legacy {
		known = nil
	}
	owned := legacy
	for _, part := range [...]struct{ name, primary string }{{"actor", "id"}, {"target", "id"}, {"object", "content"}} {
		value, ok := o.Lookup(part.name)
		if !ok {
			continue
		}
		expanded, changed := expand(value, part.primary, known)
		if !changed {
			continue
		}
		if !owned {
			o, owned = o.Copy(), true
		}
		o.Set(part.name, expanded)
	}
	if isFalse(o.Get("actor")) {
		return nil, false, errActor
	}
	return o, legacy, nil
}

// expand returns an object for a string, and for a list another list in which
// strings have become objects with an id.
func expand(v any, primary string, known *Objects) (expanded any, changed bool) {
	switch v := v.(type) {
	case string:
		return reference(v, primary, known), true
	case []any:
		var list []any
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				continue
			}
			if list == nil {
				list = append(list, v...)
			}
			list[i] = reference(s, "id", known)
		}
		return list, list != nil
	}
	return v, false
}

func reference(s, primary string, known *Objects) *activity.Object {
	if o := known.lookup(s); o != nil {
		return o
	}
	return activity.NewObject(activity.Member{Name: primary, Value: s})
}

func isTextList(v any) bool {
	list, ok := v.([]any)
	if !ok {
		return false
	}
	for _, e := range list {
		if _, ok := e.(string); !ok {
			return false
		}
	}
	return true
}

// isFalse reports what counts as false in JavaScript.
func isFalse(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case float64:
		return v == 0
	case string:
		return v == ""
	}
	return false
}

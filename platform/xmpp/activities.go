package xmpp

import (
	"unicode/utf8"

	"github.com/sockethub/sockethub/activity"
)

// object is activity.NewObject of names and values in turn. A value that is "" or
// nil leaves its member out.
func object(pairs ...any) *activity.Object {
	members := make([]activity.Member, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != nil && pairs[i+1] != "" {
			members = append(members, activity.Member{Name: pairs[i].(string), Value: pairs[i+1]})
		}
	}
	return activity.NewObject(members...)
}

// entity is a person or a room as actor or target, under the id that came, which
// may be "".
func entity(kind, id string) *activity.Object {
	return activity.NewObject(activity.Member{Name: "type", Value: kind}, activity.Member{Name: "id", Value: id})
}

// named is entity with a name, if there is one.
func named(kind, id, name string) *activity.Object {
	a := entity(kind, id)
	if name != "" {
		a.Set("name", name)
	}
	return a
}

// content is an object with a text that may be "".
func content(kind, text string) *activity.Object {
	return activity.NewObject(activity.Member{Name: "type", Value: kind}, activity.Member{Name: "content", Value: text})
}

// maxText is how many bytes of a server's words, or of its XML, reach clients.
const maxText = 1000

// cut shortens what a server says where it says too much.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

package middleware

import (
	"errors"
	"maps"
	"slices"

	"github.com/sockethub/sockethub/activity"
)

// What an older client may have remembered for its session.
const (
	maxObjects     = 100
	maxObjectBytes = 64 << 10 // of all together, as JSON
)

var (
	errObjectID   = errors.New("activity-object must be an object with an id")
	errObjectFull = errors.New("too many activity-objects")
)

// Objects is what a client has said of its actors and targets in events
// "activity-object", before platforms had contexts:
//
//	42["activity-object",{"id":"al@irc.example","type":"person","name":"al"}]
//	42["message",{"context":"irc","type":"join","actor":"al@irc.example","target":"#go@irc.example"}]
//
// A string in a message of the older form that is such an id stands for that
// object. The zero value is empty. It belongs to the goroutine that reads the
// session.
type Objects struct {
	known map[string]*activity.Object
	bytes int
}

// Remember takes the payload of an "activity-object". The text of an error is
// for the client.
func (b *Objects) Remember(v any) error {
	o, _ := v.(*activity.Object)
	id := o.Text("id")
	if id == "" {
		return errObjectID
	}
	size := sizeOf(o)
	old, isKnown := b.known[id]
	total := b.bytes + size
	if isKnown {
		total -= sizeOf(old)
	}
	if total > maxObjectBytes || !isKnown && len(b.known) >= maxObjects {
		return errObjectFull
	}
	if b.known == nil {
		b.known = make(map[string]*activity.Object)
	}
	b.known[id], b.bytes = o, total
	return nil
}

func sizeOf(o *activity.Object) int { return len(activity.AppendJSON(nil, o)) }

// lookup returns what is known of id, or nil.
func (b *Objects) lookup(id string) *activity.Object {
	if b == nil {
		return nil
	}
	return b.known[id]
}

// All returns the objects that are remembered, sorted by their ids.
func (b *Objects) All() []*activity.Object {
	list := make([]*activity.Object, 0, len(b.known))
	for _, id := range slices.Sorted(maps.Keys(b.known)) {
		list = append(list, b.known[id])
	}
	return list
}

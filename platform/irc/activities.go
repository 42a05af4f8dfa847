package irc

import (
	"time"

	"github.com/sockethub/sockethub/activity"
)

// object is activity.NewObject of names and values in turn.
func object(pairs ...any) *activity.Object {
	members := make([]activity.Member, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		members = append(members, activity.Member{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return activity.NewObject(members...)
}

// person is somebody as actor, or as target of anything but a message.
func (s *state) person(nick string) *activity.Object {
	return object("type", "person", "id", nick+"@"+s.server, "name", nick)
}

// receiver is whom a message is for: a room, or a person, whose id then differs
// from that of the same person as actor.
func (s *state) receiver(name string) *activity.Object {
	kind := "person"
	if s.support.isRoom(name) {
		kind = "room"
	}
	return object("type", kind, "id", s.server+"/"+name, "name", name)
}

// room is a room by its name.
func (s *state) room(name string) *activity.Object {
	return object("type", "room", "id", s.server+"/"+name, "name", name)
}

// service is the network itself, with its name where it says one.
func (s *state) service() *activity.Object {
	a := object("type", "service", "id", s.server)
	if s.support.network != "" {
		a.Set("name", s.support.network)
	}
	return a
}

// message is the object of what somebody said.
func message(content string) *activity.Object { return object("type", "message", "content", content) }

// published is a time as the reference's runtime writes it.
func published(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

package xmpp

import (
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// output is what a stanza leads to.
type output struct {
	events  []*activity.Object // for all sessions
	replies []*xml.Element     // for the server
	forged  bool               // it pretends to be a copy of the account's (XEP-0280)
}

// translate makes of a stanza what clients are told of it, and what is answered
// without asking them. It knows nothing of waiting jobs: what answers one does not
// get here. The state is as it was before the stanza; translate changes nothing of
// it but what it keeps of messages (authors, subjects).
//
//	<message from='otto@quay.example/phone' …><body>fine</body></message>   → send
//	<presence from='otto@quay.example/phone' …><show>away</show></presence> → update, object presence
//	<iq type='set' …><query xmlns='jabber:iq:roster'>…</query></iq>         → update, object contact
func (s *state) translate(e *xml.Element) output {
	t := translation{state: s, e: e, from: e.Attr("from"), to: e.Attr("to"), now: s.clock()}
	if e.Space != nsClient {
		return t.out
	}
	switch e.Local() {
	case "message":
		t.message()
	case "presence":
		t.presence()
	case "iq":
		t.iq()
	}
	return t.out
}

// translation is a stanza on its way.
type translation struct {
	*state
	e        *xml.Element
	from, to string
	now      time.Time
	source   source
	delay    *xml.Element // of the copy or the archive around the stanza
	out      output
}

// source is where a message was found.
type source int

const (
	live    source = iota
	copied         // another device of the account got or sent it (XEP-0280)
	archive        // somebody asked for old messages (XEP-0313)
)

// emit tells clients of an activity. target and object may be nil.
func (t *translation) emit(kind string, actor, target, object *activity.Object) {
	members := make([]activity.Member, 3, 5)
	members[0] = activity.Member{Name: "@context", Value: t.canonical}
	members[1] = activity.Member{Name: "type", Value: kind}
	members[2] = activity.Member{Name: "actor", Value: actor}
	if target != nil {
		members = append(members, activity.Member{Name: "target", Value: target})
	}
	if object != nil {
		members = append(members, activity.Member{Name: "object", Value: object})
	}
	t.out.events = append(t.out.events, activity.NewObject(members...))
}

// emitDated is emit for what somebody did, perhaps some time ago.
func (t *translation) emitDated(kind string, actor, target, object *activity.Object) {
	t.emit(kind, actor, target, object)
	if at := t.published(); at != "" {
		t.out.events[len(t.out.events)-1].Set("published", at)
	}
}

// reply answers the stanza.
func (t *translation) reply(e *xml.Element) { t.out.replies = append(t.out.replies, e) }

// isGroupchat reports whether the stanza is what a room says to all.
func (t *translation) isGroupchat() bool { return t.e.Attr("type") == "groupchat" }

// actor is who sent a message: in a room the occupant with his nick, otherwise
// somebody under the address that he wrote from.
func (t *translation) actor() *activity.Object {
	a := entity("person", t.from)
	if t.isGroupchat() {
		a = named("person", t.from, resource(t.from))
	}
	if id := t.occupantID(); id != "" {
		a.Set("xmpp:occupant-id", id)
	}
	return a
}

// target is whom a message is for: a room, or the own address.
func (t *translation) target() *activity.Object {
	if t.isGroupchat() {
		return entity("room", bare(t.from))
	}
	return entity("person", t.to)
}

// author is under which name the sender's messages are remembered: an account, or
// within a room an occupant id, else the occupant.
func (t *translation) author() string {
	switch {
	case t.occupantID() != "":
		return foldBare(t.from) + "#" + t.occupantID()
	case t.isGroupchat() || t.room(t.from) != nil:
		return fold(t.from)
	case t.from == "":
		return foldBare(t.self)
	}
	return foldBare(t.from)
}

// occupantID is the id that the room gives to whoever this is (XEP-0421); "" where
// the room does not say that it removes those of others.
func (t *translation) occupantID() string {
	id := t.e.Child(nsOccupantID, "occupant-id").Attr("id")
	if id == "" || t.room(t.from) == nil || !t.announces(t.from, nsOccupantID) {
		return ""
	}
	return id
}

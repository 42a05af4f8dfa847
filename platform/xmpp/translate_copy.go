package xmpp

import (
	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// isCopy reports whether a message carries another one that a device of the account
// got or sent (XEP-0280), or pretends to.
func (t *translation) isCopy() bool { return t.e.ChildNS(nsCarbons) != nil }

// carbon tells of a copied message as if it had come here. Only the own account
// makes copies: whoever else does wants to put words into somebody's mouth.
//
//	<message from='mara@harbor.example' …><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>
//	  <message xmlns='jabber:client' from='mara@harbor.example/tablet' to='otto@quay.example/phone' …>
//	{"type":"send","actor":{…mara@harbor.example/tablet},"target":{…otto@quay.example/phone},…}
func (t *translation) carbon() {
	c := t.e.ChildNS(nsCarbons)
	forwarded := c.Child(nsForward, "forwarded")
	inner := forwarded.Child(nsClient, "message")
	if t.out.forged = !t.isAccount(t.from); t.out.forged || inner == nil || t.isGroupchat() {
		return
	}
	u := t.inside(inner, copied, forwarded)
	switch c.Local() {
	case "sent":
		if !t.isSelf(u.from) {
			return
		}
	case "received":
		// A room sends its private messages to each of the user's devices itself.
		if t.room(u.from) != nil && resource(u.from) != "" {
			return
		}
	default:
		return
	}
	if u.isCopy() || u.isGroupchat() {
		return
	}
	u.message()
	t.out.events = u.out.events
}

// inside begins the translation of a message within t's.
func (t *translation) inside(inner *xml.Element, where source, forwarded *xml.Element) translation {
	return translation{
		state: t.state, e: inner, from: inner.Attr("from"), to: inner.Attr("to"), now: t.now,
		source: where, delay: forwarded.Child(nsDelay, "delay"),
	}
}

// archived is what a result of an archive tells (XEP-0313): a message as it would
// have come at its time, with the archive's id for it. a is nil where it has
// nothing to be read; ok is false where it is no result of this query. with is the
// archive that was asked: a room, or "" for the own account's.
//
//	<message from='decks@rooms.harbor.example'><result xmlns='urn:xmpp:mam:2' queryid='q1' id='a7'>
//	  <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2024-05-06T07:08:09Z'/>
//	    <message xmlns='jabber:client' type='groupchat' from='decks@rooms.harbor.example/otto'>…
//	{"type":"send",…,"published":"2024-05-06T07:08:09.000Z","object":{…,"xmpp:stanza-id":"a7"}}
func (s *state) archived(e *xml.Element, with, queryID string) (a *activity.Object, id string, ok bool) {
	t := translation{state: s, e: e, from: e.Attr("from"), to: e.Attr("to"), now: s.clock()}
	result := e.Child(nsArchive, "result")
	if !e.Is(nsClient, "message") || result == nil || result.Attr("queryid") != queryID || e.Attr("type") == "error" {
		return nil, "", false
	}
	if with == "" && !s.isAccount(t.from) || with != "" && fold(t.from) != foldBare(with) {
		return nil, "", false
	}
	id = result.Attr("id")
	forwarded := result.Child(nsForward, "forwarded")
	inner := forwarded.Child(nsClient, "message")
	if inner == nil || inner.Attr("type") == "error" {
		return nil, id, true
	}
	u := t.inside(inner, archive, forwarded)
	if !u.belongs(with) || u.isCopy() || inner.Child(nsArchive, "result") != nil {
		return nil, id, true
	}
	u.content()
	if len(u.out.events) == 0 {
		return nil, id, true
	}
	a = u.out.events[0]
	if o := a.Object("object"); a.Text("type") == "send" && id != "" {
		o.Set("xmpp:stanza-id", id)
		s.authors.saw(id, u.author())
	}
	return a, id, true
}

// belongs reports whether a message may stand in an archive: a room's has what its
// occupants and the room itself said, and nobody else's has what is said in rooms.
func (t *translation) belongs(with string) bool {
	if with == "" {
		return !t.isGroupchat()
	}
	return t.isGroupchat() && foldBare(t.from) == foldBare(with)
}

package xmpp

import (
	"strconv"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/jid"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// nickOf is the nick that the user wants: the actor's name, else his name at his
// server.
func (s *state) nickOf(a *activity.Object) (string, error) {
	nick := a.Object("actor").Text("name")
	if nick == "" {
		if j, err := jid.Parse(s.self); err == nil {
			nick = j.Local
		}
	}
	return nick, checkNick("nick", nick)
}

// composeJoin enters a room (XEP-0045, section 7.2).
//
//	{"type":"join","actor":{…,"name":"Mara"},"target":{"id":"decks@rooms.harbor.example","type":"room","key":"sesame"},
//	 "object":{"type":"history","limit":20}}
//	<presence from="mara@harbor.example/web" to="decks@rooms.harbor.example/Mara"><x xmlns="http://jabber.org/protocol/muc">
//	  <history maxstanzas="20"/><password>sesame</password></x></presence>
func (s *state) composeJoin(a *activity.Object) (*xml.Element, error) {
	room, err := roomOf(a)
	if err != nil {
		return nil, err
	}
	nick, err := s.nickOf(a)
	if err != nil {
		return nil, err
	}
	x := xml.New("x", "xmlns", nsMUC)
	if o := a.Object("object"); o.Text("type") == "history" {
		history, err := joinHistory(o)
		if err != nil {
			return nil, err
		}
		x.Add(history)
	}
	if key := a.Object("target").Text("key"); key != "" {
		if err := checkText("key", key, jid.MaxPart); err != nil {
			return nil, err
		}
		x.Add(xml.NewText("password", key))
	}
	return xml.New("presence", "from", s.sender(a), "to", room+"/"+nick).Add(x), nil
}

// joinHistory is how much of what was said before is wanted, nil for as much as the
// room likes.
func joinHistory(o *activity.Object) (*xml.Element, error) {
	h := xml.New("history")
	if limit, ok := o.Get("limit").(float64); ok {
		h.SetAttr("maxstanzas", strconv.Itoa(int(limit)))
	}
	if after := o.Text("after"); after != "" {
		at, err := time.Parse(time.RFC3339, after)
		if err != nil {
			return nil, badField("after", "is no time")
		}
		h.SetAttr("since", at.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if len(h.Attrs) == 0 {
		return nil, nil
	}
	return h, nil
}

// composeLeave leaves a room, under the nick that the user has there.
func (s *state) composeLeave(a *activity.Object) (*xml.Element, error) {
	room, err := roomOf(a)
	if err != nil {
		return nil, err
	}
	nick := ""
	if r := s.room(room); r != nil {
		nick = r.nick
	}
	if nick == "" {
		if nick, err = s.nickOf(a); err != nil {
			return nil, err
		}
	}
	return xml.New("presence", "from", s.sender(a), "to", room+"/"+nick, "type", "unavailable"), nil
}

// composeNick asks a room for another nick.
func composeNick(a *activity.Object) (*xml.Element, error) {
	room, err := roomOf(a)
	if err != nil {
		return nil, err
	}
	nick := a.Object("object").Text("name")
	if err := checkNick("name", nick); err != nil {
		return nil, err
	}
	return xml.New("presence", "to", room+"/"+nick), nil
}

// composeSubject says what a room is about. An empty one takes that away.
func composeSubject(a *activity.Object, id string) (*xml.Element, error) {
	room, err := roomOf(a)
	if err != nil {
		return nil, err
	}
	text := a.Object("object").Text("content")
	if err := checkText("content", text, maxContent); err != nil {
		return nil, err
	}
	return xml.New("message", "type", "groupchat", "to", room, "id", id).Add(xml.NewText("subject", text)), nil
}

// composeModeration is the payload that changes what somebody may do in a room, by
// nick, or is to it, by address (XEP-0045, sections 8 to 10).
//
//	{"type":"role","name":"otto","role":"none","content":"noise"}
//	<query xmlns="http://jabber.org/protocol/muc#admin"><item nick="otto" role="none"><reason>noise</reason></item></query>
func composeModeration(a *activity.Object) (room string, payload *xml.Element, err error) {
	if room, err = roomOf(a); err != nil {
		return "", nil, err
	}
	o := a.Object("object")
	var item *xml.Element
	if o.Text("type") == "role" {
		if err := checkNick("name", o.Text("name")); err != nil {
			return "", nil, err
		}
		if knownRole(o.Text("role")) == "" {
			return "", nil, badField("role", "is not known")
		}
		item = xml.New("item", "nick", o.Text("name"), "role", o.Text("role"))
	} else {
		if err := checkAddress("id", o.Text("id")); err != nil {
			return "", nil, err
		}
		if knownAffiliation(o.Text("affiliation")) == "" {
			return "", nil, badField("affiliation", "is not known")
		}
		item = xml.New("item", "jid", bare(o.Text("id")), "affiliation", o.Text("affiliation"))
	}
	reason := o.Text("content")
	if err := checkText("content", reason, xml.MaxAttrLength); err != nil {
		return "", nil, err
	}
	if reason != "" {
		item.Add(xml.NewText("reason", reason))
	}
	return room, xml.New("query", "xmlns", nsMUCAdmin).Add(item), nil
}

// composeInvite asks somebody into a room: the room does it where only members may
// come in, and makes him one; otherwise the user himself (XEP-0249).
//
//	{"type":"update",…,"target":{"id":"otto@quay.example",…},"object":{"type":"invite","id":"decks@rooms.harbor.example","content":"join us"}}
//	<message to="otto@quay.example" id="…"><x xmlns="jabber:x:conference" jid="decks@rooms.harbor.example" reason="join us"/></message>
func (s *state) composeInvite(a *activity.Object, id string) (*xml.Element, error) {
	to, err := targetOf(a)
	if err != nil {
		return nil, err
	}
	o := a.Object("object")
	room, reason := o.Text("id"), o.Text("content")
	if !isRoomAddress(room) {
		return nil, badField("id", "is no room's address")
	}
	if err := checkText("content", reason, xml.MaxAttrLength); err != nil {
		return nil, err
	}
	r := s.room(room)
	if r != nil && r.features["muc_membersonly"] {
		invite := xml.New("invite", "to", to)
		if reason != "" {
			invite.Add(xml.NewText("reason", reason))
		}
		return xml.New("message", "to", room, "id", id).Add(xml.New("x", "xmlns", nsMUCUser).Add(invite)), nil
	}
	x := xml.New("x", "xmlns", nsConference, "jid", room, "reason", reason)
	if r != nil {
		x.SetAttr("password", r.key)
	}
	return xml.New("message", "to", to, "id", id).Add(x), nil
}

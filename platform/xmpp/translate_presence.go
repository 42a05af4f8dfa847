package xmpp

import (
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/jid"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// presence is who is there, who came and went, and who wants to be a friend.
//
//	<presence from='otto@quay.example/phone' …><show>away</show><status>at lunch</status></presence>
//	{"type":"update","actor":{…},"object":{"type":"presence","presence":"away","content":"at lunch"},"target":{…}}
func (t *translation) presence() {
	switch t.e.Attr("type") {
	case "error":
		t.failure()
	case "subscribe":
		t.friendRequest()
	case "unsubscribe", "unsubscribed":
		o := object("type", "presence", "presence", "notauthorized", "content", status(t.e))
		t.emit("update", entity("person", t.from), entity("person", t.to), o)
	case "", "unavailable":
		if t.room(t.from) != nil {
			t.occupant()
			return
		}
		o := object("type", "presence", "presence", shown(t.e), "content", status(t.e))
		t.tellPresence("person", "", o)
	}
}

// tellPresence tells of a presence. What has no address is the user's own, as the
// server shows it: only that names its resource.
func (t *translation) tellPresence(kind, name string, o *activity.Object) {
	if t.to == "" {
		t.emit("update", named(kind, t.from, resource(t.from)), nil, o)
		return
	}
	t.emit("update", named(kind, t.from, name), entity("person", t.to), o)
}

// friendRequest is somebody who asks to see the user's presence (RFC 6121, section
// 3.1), perhaps with the name that he goes by (XEP-0172).
func (t *translation) friendRequest() {
	to := t.to
	if to == "" {
		to = bare(t.self)
	}
	var o *activity.Object
	if text := status(t.e); text != "" {
		o = content("message", text)
	}
	t.emit("request-friend", named("person", t.from, t.e.Child(nsNick, "nick").Text()), entity("person", to), o)
}

// shown is the state that a presence says.
func shown(e *xml.Element) string {
	if e.Attr("type") == "unavailable" {
		return "offline"
	}
	switch show := strings.TrimSpace(e.Child(nsClient, "show").Text()); show {
	case "away", "chat", "dnd", "xa":
		return show
	}
	return "online"
}

// status is the first text of a presence with something in it.
func status(e *xml.Element) string {
	for c := range e.Elements {
		if c.Is(nsClient, "status") {
			if text := c.Text(); text != "" {
				return text
			}
		}
	}
	return ""
}

// occupant is somebody in a room (XEP-0045): who he is there, and, when he goes,
// why.
//
//	<presence from='decks@rooms.harbor.example/otto' type='unavailable' …><x xmlns='…muc#user'>
//	  <item affiliation='none' role='none'><reason>noise</reason></item><status code='307'/></x></presence>
//	{"type":"update","actor":{"type":"room",…,"name":"otto"},…,"object":{"type":"presence","presence":"offline",
//	 "content":"noise","xmpp:codes":[307],…}}
//	{"type":"leave","actor":{"type":"person",…,"name":"otto"},"target":{"type":"room",…},"object":{"type":"message","content":"noise"}}
func (t *translation) occupant() {
	nick := resource(t.from)
	x := t.e.Child(nsMUCUser, "x")
	item, destroyed := x.Child(nsMUCUser, "item"), x.Child(nsMUCUser, "destroy")
	codes := statusCodes(x)
	why := item.Child(nsMUCUser, "reason").Text()
	if destroyed != nil {
		why = destroyed.Child(nsMUCUser, "reason").Text()
	}
	said := status(t.e)
	text := said
	if text == "" {
		text = why
	}
	o := object("type", "presence", "presence", shown(t.e), "content", text)
	if item != nil {
		affiliation, role := knownAffiliation(item.Attr("affiliation")), knownRole(item.Attr("role"))
		for _, m := range []activity.Member{
			{Name: "role", Value: ircRole(affiliation, role)}, {Name: "xmpp:affiliation", Value: affiliation},
			{Name: "xmpp:role", Value: role}, {Name: "xmpp:jid", Value: item.Attr("jid")},
		} {
			if m.Value != "" {
				o.Set(m.Name, m.Value)
			}
		}
	}
	if len(codes) > 0 {
		o.Set("xmpp:codes", codeList(codes))
	}
	t.tellPresence("room", nick, o)
	if id := t.occupantID(); id != "" {
		t.out.events[len(t.out.events)-1].Object("actor").Set("xmpp:occupant-id", id)
	}
	if t.e.Attr("type") != "unavailable" {
		return
	}
	person, room := named("person", t.from, nick), entity("room", bare(t.from))
	switch {
	case codes[codeNewNick]:
		t.renamed(person, item.Attr("nick"))
	case destroyed != nil || removes(codes):
		if why == "" {
			why = said
		}
		t.emit("leave", person, room, content("message", why))
	}
}

// renamed tells that an occupant goes by another nick from now on.
func (t *translation) renamed(person *activity.Object, nick string) {
	id := bare(t.from) + "/" + nick
	if _, err := jid.Parse(id); nick == "" || err != nil {
		return
	}
	t.emit("update", person, named("person", id, nick), object("type", "address"))
}

// Status codes of rooms (XEP-0045, section 15.6).
const (
	codeSelf         = 110
	codeNickAssigned = 210
	codeBanned       = 301
	codeNewNick      = 303
	codeKicked       = 307
	codeNotMember    = 321
	codeMembersOnly  = 322
	codeShutdown     = 332
	codeBroken       = 333
	maxCodes         = 16
)

// statusCodes are the codes of an <x/> of muc#user.
func statusCodes(x *xml.Element) map[int]bool {
	var codes map[int]bool
	for c := range x.Elements {
		if !c.Is(nsMUCUser, "status") || len(codes) == maxCodes {
			continue
		}
		if n, err := strconv.Atoi(c.Attr("code")); err == nil && n >= 100 && n <= 999 {
			if codes == nil {
				codes = map[int]bool{}
			}
			codes[n] = true
		}
	}
	return codes
}

// codeList is codes as clients see them, ascending.
func codeList(codes map[int]bool) []any {
	list := make([]any, 0, len(codes))
	for n := 100; n <= 999 && len(list) < len(codes); n++ {
		if codes[n] {
			list = append(list, float64(n))
		}
	}
	return list
}

// removes reports whether an occupant did not go by himself.
func removes(codes map[int]bool) bool {
	for _, n := range [...]int{codeBanned, codeKicked, codeNotMember, codeMembersOnly, codeShutdown, codeBroken} {
		if codes[n] {
			return true
		}
	}
	return false
}

func knownAffiliation(s string) string {
	switch s {
	case "owner", "admin", "member", "outcast", "none":
		return s
	}
	return ""
}

func knownRole(s string) string {
	switch s {
	case "moderator", "participant", "visitor", "none":
		return s
	}
	return ""
}

// ircRole is what an occupant may do, in the words that rooms of all networks
// have; "" for somebody who is not there any more.
func ircRole(affiliation, role string) string {
	switch {
	case role == "" || role == "none":
		return ""
	case affiliation == "owner":
		return "owner"
	case affiliation == "admin" || role == "moderator":
		return "admin"
	case role == "participant":
		return "participant"
	}
	return "member"
}

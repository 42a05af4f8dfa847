package xmpp

import (
	"strconv"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/jid"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

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

// subject is what a room is about. It reports whether the message is one: it has
// neither text nor thread (XEP-0045, section 7.2.15). A room without a subject says
// so after each join, which is no news.
func (t *translation) subject() bool {
	e := t.e.Child(nsClient, "subject")
	if e == nil || !t.isGroupchat() || t.e.Child(nsClient, "thread") != nil || t.e.Child(nsClient, "body") != nil {
		return false
	}
	text, known := e.Text(), false
	if r := t.room(t.from); r != nil {
		known, r.subject = r.subject, true
	}
	if text != "" || known {
		t.emitDated("update", t.actor(), t.target(), content("topic", text))
	}
	return true
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

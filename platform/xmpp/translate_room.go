package xmpp

import (
	"slices"
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
	if codes := statusCodes(x); codes != nil {
		o.Set("xmpp:codes", codes)
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
	case hasCode(x, "303"):
		t.renamed(person, item.Attr("nick"))
	case destroyed != nil || removed(x):
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
	if t.from != "" && (text != "" || known) { // what comes from nobody is no room's
		t.emitDated("update", t.actor(), t.target(), content("topic", text))
	}
	return true
}

// Status codes with which somebody does not leave by himself (XEP-0045, section
// 15.6): banned, kicked, no member any more, members only now, the service ends, the
// service is broken.
var removing = [...]string{"301", "307", "321", "322", "332", "333"}

// removed reports whether an <x/> of muc#user says that an occupant did not leave
// by himself.
func removed(x *xml.Element) bool {
	for _, code := range removing {
		if hasCode(x, code) {
			return true
		}
	}
	return false
}

// maxCodes bounds the codes of a presence that clients are told.
const maxCodes = 16

// statusCodes are the codes of an <x/> of muc#user, ascending, as clients see them.
func statusCodes(x *xml.Element) []any {
	var codes []int
	for c := range x.Elements {
		if !c.Is(nsMUCUser, "status") || len(codes) == maxCodes {
			continue
		}
		if n, err := strconv.Atoi(c.Attr("code")); err == nil && n >= 100 && n <= 999 {
			codes = append(codes, n)
		}
	}
	slices.Sort(codes)
	var list []any
	for _, n := range slices.Compact(codes) {
		list = append(list, float64(n))
	}
	return list
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

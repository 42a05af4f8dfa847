package xmpp

// invitation asks the user into a room, by the room itself (XEP-0045, section
// 7.8.2) or by a person (XEP-0249). It reports whether the message is one: whatever
// else is in it says the same.
//
//	<message from='decks@rooms.harbor.example'><x xmlns='…muc#user'><invite from='otto@quay.example/phone'>…
//	{"type":"invite","actor":{…otto…},"target":{"type":"room",…decks…,"key":"sesame"},"object":{"type":"message","content":"join us"}}
func (t *translation) invitation() bool {
	if t.isGroupchat() || t.source == archive {
		return false
	}
	x := t.e.Child(nsMUCUser, "x")
	if invite := x.Child(nsMUCUser, "invite"); invite != nil && resource(t.from) == "" && t.from != "" {
		t.invited(invite.Attr("from"), t.from, x.Child(nsMUCUser, "password").Text(), invite.Child(nsMUCUser, "reason").Text())
		return true
	}
	if c := t.e.Child(nsConference, "x"); isRoomAddress(c.Attr("jid")) {
		t.invited(t.from, c.Attr("jid"), c.Attr("password"), c.Attr("reason"))
		return true
	}
	return false
}

func (t *translation) invited(by, room, key, reason string) {
	target := entity("room", room)
	if key != "" {
		target.Set("key", key)
	}
	t.emitDated("invite", entity("person", by), target, content("message", reason))
}

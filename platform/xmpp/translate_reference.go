package xmpp

import (
	"strconv"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// withoutFallback cuts out of a text what stands in it for clients that do not
// know an extension (XEP-0428): ranges of code points of the decoded text. One that
// does not fit is ignored.
//
//	> 🦉🦉⏎aye   with <body start='0' end='5'/> is   aye
func withoutFallback(text string, e *xml.Element, extension string) string {
	runes := []rune(text)
	gone := make([]bool, len(runes))
	for c := range e.Elements {
		if !c.Is(nsFallback, "fallback") || c.Attr("for") != extension {
			continue
		}
		for r := range c.Elements {
			from, err1 := strconv.Atoi(r.Attr("start"))
			to, err2 := strconv.Atoi(r.Attr("end"))
			if !r.Is(nsFallback, "body") || err1 != nil || err2 != nil || from < 0 || from > to || to > len(runes) {
				continue
			}
			for i := from; i < to; i++ {
				gone[i] = true
			}
		}
	}
	kept := runes[:0]
	for i, r := range runes {
		if !gone[i] {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// Limits of a set of reactions. Emoji of several characters have some 30 bytes.
const (
	maxReactions      = 20
	maxReactionLength = 64
)

// reaction is what somebody thinks of a message (XEP-0444): the whole set, each
// time. It reports whether the message is one.
//
//	<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>👍</reaction></reactions>
//	{"type":"update",…,"object":{"type":"reaction","id":"m1","reactions":["👍"]}}
func (t *translation) reaction() bool {
	e := t.e.Child(nsReactions, "reactions")
	if e == nil {
		return false
	}
	if id := e.Attr("id"); id != "" {
		o := object("type", "reaction", "id", id)
		o.Set("reactions", reactions(e))
		t.emitDated("update", t.actor(), t.target(), o)
	}
	return true
}

// reactions is the set, without doubles, empty ones and what is no emoji.
func reactions(e *xml.Element) []any {
	set, seen := []any{}, map[string]bool{}
	for c := range e.Elements {
		text := c.Text()
		if !c.Is(nsReactions, "reaction") || text == "" || len(text) > maxReactionLength || seen[text] || len(set) == maxReactions {
			continue
		}
		seen[text] = true
		set = append(set, text)
	}
	return set
}

// retraction takes a message back (XEP-0424), or a room takes it away (XEP-0425).
// It reports whether the message is one: its body only stands in for that.
//
//	<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>
//	{"type":"update",…,"object":{"type":"retraction","id":"m1"}}
func (t *translation) retraction() bool {
	id, reason, moderated, ok := retracted(t.e)
	if !ok {
		return false
	}
	fromRoom := t.isGroupchat() && resource(t.from) == "" && t.room(t.from) != nil
	switch {
	case id == "", moderated && !fromRoom:
	case fromRoom:
		room := entity("room", t.from)
		t.emitDated("update", room, room.Clone(), object("type", "retraction", "id", id, "content", reason))
	case t.authors.mayChange(id, t.author()):
		t.emitDated("update", t.actor(), t.target(), object("type", "retraction", "id", id))
	}
	return true
}

// retracted finds a retraction in any of the forms that clients send.
func retracted(e *xml.Element) (id, reason string, moderated, ok bool) {
	if r := e.Child(nsRetraction, "retract"); r != nil {
		return r.Attr("id"), r.Child(nsRetraction, "reason").Text(), r.Child(nsModeration, "moderated") != nil, true
	}
	fastened := e.Child(nsFasten, "apply-to")
	if m := fastened.Child(nsModerationOld, "moderated"); m != nil {
		return fastened.Attr("id"), m.Child(nsModerationOld, "reason").Text(), true, m.Child(nsRetractionOld, "retract") != nil
	}
	return fastened.Attr("id"), "", false, fastened.Child(nsRetractionOld, "retract") != nil
}

// receipt tells that somebody got or read a message of the user's (XEP-0184, 0333).
//
//	<received xmlns='urn:xmpp:receipts' id='o1'/>
//	{"type":"update",…,"object":{"type":"receipt","id":"o1","state":"received"}}
func (t *translation) receipt() {
	for _, r := range []struct{ space, state string }{{nsReceipts, "received"}, {nsMarkers, "displayed"}} {
		if id := t.e.Child(r.space, r.state).Attr("id"); id != "" {
			t.emitDated("update", t.actor(), t.target(), object("type", "receipt", "id", id, "state", r.state))
		}
	}
}

// acknowledge sends the receipt that a message asks for. It tells the sender that
// the user is there: only those who are shown that anyway get one.
func (t *translation) acknowledge(id string) {
	if id == "" || t.source != live || t.e.Child(nsReceipts, "request") == nil {
		return
	}
	if t.isGroupchat() || t.room(t.from) != nil || isDelayed(t.e) || t.from == "" || !t.contact(t.from).seesUs() {
		return
	}
	t.reply(xml.New("message", "type", t.e.Attr("type"), "to", t.from).Add(
		xml.New("received", "xmlns", nsReceipts, "id", id)))
}

// chatState tells whether somebody is typing (XEP-0085).
//
//	<composing xmlns='http://jabber.org/protocol/chatstates'/>
//	{"type":"update",…,"object":{"type":"chat-state","state":"composing"}}
func (t *translation) chatState() {
	if state := t.e.ChildNS(nsChatStates).Local(); isChatState(state) {
		t.emit("update", t.actor(), t.target(), object("type", "chat-state", "state", state))
	}
}

func isChatState(state string) bool {
	switch state {
	case "active", "composing", "paused", "inactive", "gone":
		return true
	}
	return false
}

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

package xmpp

import "github.com/sockethub/sockethub/platform/xmpp/xml"

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

// chatState reports whether somebody is typing (XEP-0085).
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

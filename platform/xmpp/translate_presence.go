package xmpp

import (
	"strings"

	"github.com/sockethub/sockethub/activity"
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

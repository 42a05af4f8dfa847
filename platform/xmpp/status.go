package xmpp

import (
	"github.com/sockethub/sockethub/activity"
)

// status tells clients how the connection fares:
//
//	{"type":"connect","actor":{"id":"mara@harbor.example/web","type":"person"},
//	 "error":"Connection lost: … Attempting automatic reconnection...",
//	 "object":{"type":"connect","status":"reconnecting","condition":"network"}}
func (l *login) status(status, condition, text string) {
	o := object("type", "connect", "status", status)
	if condition != "" {
		o.Set("condition", condition)
	}
	a := object("@context", l.state.canonical, "type", "connect", "actor", object("id", l.state.actor, "type", "person"))
	if text != "" {
		a.Set("error", text)
	}
	a.Set("object", o)
	l.client.host.Event(a)
}

// complain is the second thing that clients hear of an error on a connection that
// was online: in the server's words, where it had some.
func (l *login) complain(lost *streamError) {
	if lost == errClosed {
		return // nobody said anything
	}
	text := lost.text
	if text == "" || lost.condition == "" {
		text = lost.Error()
	}
	l.client.host.Event(object("@context", l.state.canonical, "type", "error", "actor", object("id", "unknown", "type", "person"),
		"error", text, "object", object("type", "message", "condition", lost.orCondition("unknown"))))
}

// orCondition is what the server called it, or another word.
func (e *streamError) orCondition(otherwise string) string {
	if e.condition != "" {
		return e.condition
	}
	return otherwise
}

func contexts() []any { return activity.Canonical(activity.PlatformContextURL("xmpp")) }

package xmpp

import (
	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// failure is a stanza of type "error" that no job waits for: something sent
// earlier did not arrive, or cannot be done.
//
//	<message type='error' from='ghost@quay.example' id='hc-9'><error type='cancel'><service-unavailable …/></error></message>
//	{"type":"message","actor":{"id":"ghost@quay.example","type":"room"},"target":{…},
//	 "error":"<error type=\"cancel\"><service-unavailable …/></error>","object":{"type":"message","id":"hc-9"}}
//
// Clients know the error as XML and the actor as a room, whoever it is.
func (t *translation) failure() {
	kind, text, told := "message", errorText(t.e), (*activity.Object)(nil)
	switch t.e.Local() {
	case "message":
		told = object("type", "message", "id", t.e.Attr("id"))
	case "presence":
		kind = "update"
	}
	if errorElement(t.e).Child(nsStanzaErrors, "remote-server-not-found") != nil {
		text = cut("remote server not found " + t.from)
		if kind == "update" && t.room(t.from) != nil {
			kind = "join"
		}
	}
	a := activity.NewObject(
		activity.Member{Name: "@context", Value: t.canonical},
		activity.Member{Name: "type", Value: kind},
		activity.Member{Name: "actor", Value: entity("room", t.from)},
		activity.Member{Name: "error", Value: text},
		activity.Member{Name: "target", Value: entity("person", t.to)},
	)
	if told != nil {
		a.Set("object", told)
	}
	t.out.events = append(t.out.events, a)
}

// errorElement is the <error/> of a stanza, nil when there is none.
func errorElement(e *xml.Element) *xml.Element { return e.Child(nsClient, "error") }

// errorText is what is wrong, as XML as it was received: the <error/>, without one
// the whole stanza.
func errorText(e *xml.Element) string {
	if inner := errorElement(e); inner != nil {
		e = inner
	}
	return cut(e.String())
}

package xmpp

import (
	"fmt"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// messageType is how a message to a target is sent: to all of a room, or to one.
func messageType(a *activity.Object) string {
	if a.Object("target").Text("type") == "room" {
		return "groupchat"
	}
	return "chat"
}

// composeSend is a message. id is the one that it gets where the client gave none.
//
//	{"type":"send",…,"target":{"id":"otto@quay.example",…},"object":{"type":"message","id":"hc-3",
//	 "content":"Ahoy there","xmpp:replace":{"id":"hc-1"}}}
//	<message type="chat" to="otto@quay.example" id="hc-3"><body>Ahoy there</body><replace id="hc-1" xmlns="urn:xmpp:message-correct:0"/></message>
func composeSend(a *activity.Object, id string) (*xml.Element, error) {
	to, err := targetOf(a)
	if err != nil {
		return nil, err
	}
	o := a.Object("object")
	if given := o.Text("id"); given != "" {
		id = given
	}
	if err := checkText("id", id, maxID); err != nil {
		return nil, err
	}
	text := o.Text("content")
	if err := checkText("content", text, maxContent); err != nil {
		return nil, err
	}
	links, err := composeAttachments(o)
	if err != nil {
		return nil, err
	}
	if text == "" && len(links) > 0 {
		text = links[0].FirstElement().Text()
	}
	kind := messageType(a)
	m := xml.New("message", "type", kind, "to", to, "id", id).Add(xml.NewText("body", text))
	if replaced := o.Object("xmpp:replace"); replaced != nil {
		if err := checkID("xmpp:replace id", replaced.Text("id")); err != nil {
			return nil, err
		}
		m.Add(xml.New("replace", "id", replaced.Text("id"), "xmlns", nsCorrection))
	}
	if answered, ok := o.Lookup("inReplyTo"); ok {
		text, _ := answered.(string)
		if err := checkID("inReplyTo", text); err != nil {
			return nil, err
		}
		m.Add(xml.New("reply", "id", text, "xmlns", nsReply))
	}
	m.Add(links...)
	if wanted, _ := o.Get("receipt").(bool); wanted {
		if kind == "chat" {
			m.Add(xml.New("request", "xmlns", nsReceipts))
		}
		m.Add(xml.New("markable", "xmlns", nsMarkers))
	}
	return m, nil
}

// composeAttachments are the files that a message points to (XEP-0066).
func composeAttachments(o *activity.Object) ([]*xml.Element, error) {
	list, _ := o.Get("attachment").([]any)
	if len(list) > maxAttachments {
		return nil, badField("attachment", fmt.Sprintf("has more than %d links", maxAttachments))
	}
	var links []*xml.Element
	for _, v := range list {
		link, _ := v.(*activity.Object)
		href, name := link.Text("href"), link.Text("name")
		if err := checkText("attachment href", href, xml.MaxAttrLength); err != nil {
			return nil, err
		}
		if !isWebAddress(href) {
			return nil, badField("attachment href", "is no http or https URL")
		}
		if err := checkText("attachment name", name, xml.MaxAttrLength); err != nil {
			return nil, err
		}
		x := xml.New("x", "xmlns", nsOOB).Add(xml.NewText("url", href))
		if name != "" {
			x.Add(xml.NewText("desc", name))
		}
		links = append(links, x)
	}
	return links, nil
}

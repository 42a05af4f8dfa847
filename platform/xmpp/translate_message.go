package xmpp

import (
	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// message is a stanza in which somebody says something: a text, or something about
// another message, a room, or what he does.
func (t *translation) message() {
	switch {
	case t.e.Attr("type") == "error":
		t.failure()
	case t.isCopy():
		t.carbon()
	case t.e.Child(nsArchive, "result") != nil: // an archive's answer that nobody asked for
	default:
		t.content()
	}
}

// content is a message without what was around it. Of a text that stands in for
// something else, only that is told.
func (t *translation) content() {
	switch {
	case t.reaction(), t.retraction(), t.invitation():
	case t.text() != "":
		t.say()
	case t.source == archive: // no more than what was said
	case t.subject():
	default:
		t.receipt()
		t.chatState()
	}
}

// text is the first body with something in it.
func (t *translation) text() string {
	for c := range t.e.Elements {
		if c.Is(nsClient, "body") {
			if text := c.Text(); text != "" {
				return text
			}
		}
	}
	return ""
}

// say tells of a message that is to be read.
//
//	<message from='otto@quay.example/phone' id='m-001' type='chat' …>
//	  <body>The ferry leaves at nine.</body><reply xmlns='urn:xmpp:reply:0' id='m-000'/></message>
//	{"type":"send","actor":{…},"target":{…},"object":{"type":"message","id":"m-001",
//	 "content":"The ferry leaves at nine.","inReplyTo":"m-000"}}
func (t *translation) say() {
	o := activity.NewObject(activity.Member{Name: "type", Value: "message"})
	id, hasID := t.e.LookupAttr("id")
	if hasID {
		o.Set("id", id)
	}
	answered := t.e.Child(nsReply, "reply").Attr("id")
	text := t.text()
	if answered != "" {
		text = withoutFallback(text, t.e, nsReply)
	}
	o.Set("content", text)
	stanzaID := t.stanzaID()
	for _, m := range []activity.Member{
		{Name: "xmpp:stanza-id", Value: stanzaID},
		{Name: "inReplyTo", Value: answered},
		{Name: "xmpp:encryption", Value: encryption(t.e)},
	} {
		if m.Value != "" {
			o.Set(m.Name, m.Value)
		}
	}
	author := t.author()
	if replaced := t.e.Child(nsCorrection, "replace").Attr("id"); replaced != "" && t.authors.mayChange(replaced, author) {
		o.Set("xmpp:replace", object("id", replaced))
	}
	if links := attachments(t.e); links != nil {
		o.Set("attachment", links)
	}
	t.authors.saw(id, author)
	t.authors.saw(stanzaID, author)
	t.emitDated("send", t.actor(), t.target(), o)
	t.acknowledge(id)
}

// stanzaID is the id that the room, or for other messages the own account, gave
// the message (XEP-0359). Senders can write such ids too: one counts only where the
// service says that it takes those of others out, and when there is exactly one.
func (t *translation) stanzaID() string {
	by := foldBare(t.self)
	if t.isGroupchat() {
		by = foldBare(t.from)
	}
	if !t.announces(by, nsStanzaID) && (t.isGroupchat() || !t.announces(domain(by), nsStanzaID)) {
		return ""
	}
	id := ""
	for c := range t.e.Elements {
		if c.Is(nsStanzaID, "stanza-id") && fold(c.Attr("by")) == by {
			if id != "" {
				return ""
			}
			id = c.Attr("id")
		}
	}
	return id
}

// encryption is how a message is encrypted of which only the stand-in can be read
// (XEP-0380): the method's name, else its namespace.
func encryption(e *xml.Element) string {
	method := e.Child(nsEncryption, "encryption")
	if name := method.Attr("name"); name != "" {
		return name
	}
	return method.Attr("namespace")
}

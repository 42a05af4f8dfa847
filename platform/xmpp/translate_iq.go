package xmpp

import (
	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/jid"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// iq is a request, which gets one answer, or the answer to one that no job waits
// for: of those, what the own server could not do is told. Others may have guessed
// the id.
func (t *translation) iq() {
	switch t.e.Attr("type") {
	case "result":
	case "error":
		if t.isSelf(t.from) || t.isServer(t.from) {
			t.failure()
		}
	case "set":
		if t.e.Child(nsRoster, "query") != nil && t.vouchesForRoster(t.from) {
			t.rosterPush()
			return
		}
		t.answer()
	default:
		t.answer()
	}
}

// vouchesForRoster reports whether a stanza of that address may say something of the
// roster: it is the own account. Old servers stamp it with the own full JID, which
// nobody else can have.
func (s *state) vouchesForRoster(from string) bool {
	return s.isAccount(from) || fold(from) == fold(s.self)
}

// rosterPush is a change of the roster (RFC 6121, section 2.1.6).
//
//	<iq type='set' id='p1'><query xmlns='jabber:iq:roster'><item jid='pia@quay.example' name='Pia' subscription='to'/></query></iq>
//	{"type":"update","actor":{"type":"person","id":"pia@quay.example","name":"Pia"},"target":{…},
//	 "object":{"type":"contact","subscription":"to"}}
//	> <iq type="result" id="p1"/>
func (t *translation) rosterPush() {
	items := rosterItems(t.e.Child(nsRoster, "query"))
	if len(items) != 1 {
		t.refuse("modify", "bad-request")
		return
	}
	c := items[0]
	o := object("type", "contact", "subscription", c.subscription)
	c.describe(o)
	t.emit("update", named("person", c.id, c.name), entity("person", t.self), o)
	t.reply(t.result())
}

// rosterItems are the contacts of a roster; those without an address are left out.
// Subscription is "remove" for one that was removed.
func rosterItems(query *xml.Element) []*contact {
	var list []*contact
	for item := range query.Elements {
		if !item.Is(nsRoster, "item") {
			continue
		}
		if _, err := jid.Parse(item.Attr("jid")); err != nil {
			continue
		}
		c := &contact{id: item.Attr("jid"), name: item.Attr("name"), subscription: item.Attr("subscription"), ask: item.Attr("ask") == "subscribe"}
		switch c.subscription {
		case "to", "from", "both", "remove":
		default:
			c.subscription = "none"
		}
		for g := range item.Elements {
			if g.Is(nsRoster, "group") {
				c.groups = append(c.groups, g.Text())
			}
		}
		list = append(list, c)
	}
	return list
}

// describe adds to an object what a roster says besides the subscription.
func (c *contact) describe(o *activity.Object) {
	if c.ask {
		o.Set("ask", "subscribe")
	}
	if len(c.groups) > 0 {
		o.Set("groups", texts(c.groups))
	}
}

// texts is a list of strings in an activity.
func texts(list []string) []any {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = s
	}
	return values
}

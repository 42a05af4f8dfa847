package xmpp

import (
	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// composePresence says how the user is: to all who may know it or, with a target
// that is not the user himself, to that room or person alone.
//
//	{"type":"update",…,"object":{"type":"presence","presence":"away","content":"at lunch"}}
//	<presence><show>away</show><status>at lunch</status><c xmlns="http://jabber.org/protocol/caps" …/></presence>
func (s *state) composePresence(a *activity.Object) (*xml.Element, error) {
	o := a.Object("object")
	text := o.Text("content")
	if err := checkText("content", text, xml.MaxAttrLength); err != nil {
		return nil, err
	}
	p := xml.New("presence")
	switch show := o.Text("presence"); show {
	case "offline":
		p.SetAttr("type", "unavailable")
	case "", "online":
	default:
		p.Add(xml.NewText("show", show))
	}
	if text != "" {
		p.Add(xml.NewText("status", text))
	}
	if p.Attr("type") == "" {
		p.Add(caps())
	}
	to := a.Object("target").Text("id")
	if to == "" || s.isSelf(to) {
		return p, nil
	}
	if err := checkAddress("target", to); err != nil {
		return nil, err
	}
	if r := s.room(to); r != nil && resource(to) == "" {
		to += "/" + r.nick
	}
	p.SetAttr("to", to)
	return p, nil
}

// composeFriend are the presences of friendship (RFC 6121, section 3), and for the
// end of one the request that takes the contact off the roster.
//
//	make-friend   <presence type="subscribed" to="otto@quay.example"/><presence type="subscribe" to="otto@quay.example"/>
func composeFriend(a *activity.Object) (presences []*xml.Element, roster *xml.Element, err error) {
	to, err := targetOf(a)
	if err != nil {
		return nil, nil, err
	}
	presence := func(kind string) *xml.Element { return xml.New("presence", "type", kind, "to", to) }
	switch a.Text("type") {
	case "make-friend":
		return []*xml.Element{presence("subscribed"), presence("subscribe")}, nil, nil
	case "remove-friend":
		gone := rosterSet(xml.New("item", "jid", bare(to), "subscription", "remove"))
		return []*xml.Element{presence("unsubscribe"), presence("unsubscribed")}, gone, nil
	}
	return []*xml.Element{presence("subscribe")}, nil, nil
}

// rosterSet is the payload of a change of the roster.
func rosterSet(item *xml.Element) *xml.Element {
	return xml.New("query", "xmlns", nsRoster).Add(item)
}

// composeContact is the payload that gives a contact a name and groups.
//
//	{"type":"update",…,"target":{"id":"pia@quay.example","type":"person","name":"Pia"},"object":{"type":"contact","groups":["Crew"]}}
//	<query xmlns="jabber:iq:roster"><item jid="pia@quay.example" name="Pia"><group>Crew</group></item></query>
func composeContact(a *activity.Object) (*xml.Element, error) {
	id, err := targetOf(a)
	if err != nil {
		return nil, err
	}
	name := a.Object("target").Text("name")
	if err := checkText("target name", name, xml.MaxAttrLength); err != nil {
		return nil, err
	}
	item := xml.New("item", "jid", bare(id), "name", name)
	groups, _ := a.Object("object").Get("groups").([]any)
	for _, g := range groups {
		text, _ := g.(string)
		if text == "" {
			return nil, badField("groups", "has an empty name")
		}
		if err := checkText("groups", text, xml.MaxAttrLength); err != nil {
			return nil, err
		}
		item.Add(xml.NewText("group", text))
	}
	return rosterSet(item), nil
}

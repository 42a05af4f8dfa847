package xmpp

import "github.com/sockethub/sockethub/platform/xmpp/xml"

// follow changes the state by what a stanza says. What it says to clients has been
// translated before.
func (s *state) follow(e *xml.Element) {
	from := e.Attr("from")
	r := s.room(from)
	if r != nil && e.Attr("type") != "error" {
		r.heard = s.clock()
	}
	switch e.Local() {
	case "presence":
		s.followRoom(e)
	case "message":
		t := translation{state: s, e: e, from: from}
		switch id := t.stanzaID(); {
		case id == "" || s.told.has(id):
		case r != nil && e.Attr("type") == "groupchat":
			r.lastID = id
			s.told.add(id)
		case r == nil:
			s.lastID = id
			s.told.add(id)
		}
	case "iq":
		if e.Attr("type") == "set" && s.vouchesForRoster(from) {
			s.followRoster(e.Child(nsRoster, "query"))
		}
	}
}

package xmpp

import (
	"time"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// room is one that is joined, being joined, or to be entered again.
type room struct {
	id        string // as the client wrote it
	nick      string // that the room gave us
	key       string
	joined    bool      // our own presence came
	gone      bool      // the room lost us: it is to be entered again
	tries     int       // how often that was tried in vain
	busy      bool      // it is being looked after
	created   bool      // by our join, and nobody else may come in yet
	heard     time.Time // when it last said something
	lastID    string    // archive id of the last message, "" when there is none
	occupants map[string]*occupant
	features  map[string]bool // that it announces (XEP-0030)
	subject   bool            // what it is about, or that it is about nothing, was said
}

// occupant is somebody in a room (XEP-0045).
type occupant struct {
	nick        string
	affiliation string // "owner", "admin", "member", "outcast", "none"
	role        string // "moderator", "participant", "visitor", "none"
	jid         string // the real one, when the room tells it
}

// maxOccupants bounds the occupants that are remembered of a room. Presences of
// others are told and not remembered.
const maxOccupants = 10_000

// followRoom follows a presence in a room of ours: who is there, and whether we
// are (XEP-0045, section 7). It comes after translation, to which we are still
// there when we are thrown out.
func (s *state) followRoom(e *xml.Element) {
	r := s.room(e.Attr("from"))
	if r == nil {
		return
	}
	nick, x := resource(e.Attr("from")), e.Child(nsMUCUser, "x")
	if nick == "" {
		return
	}
	self := r.isSelf(nick, x)
	switch e.Attr("type") {
	case "":
		if self {
			r.nick, r.joined, r.gone = nick, true, false
		}
		if r.occupants == nil {
			r.occupants = map[string]*occupant{}
		}
		if _, known := r.occupants[nick]; known || len(r.occupants) < maxOccupants {
			item := x.Child(nsMUCUser, "item")
			r.occupants[nick] = &occupant{nick: nick, affiliation: item.Attr("affiliation"), role: item.Attr("role"), jid: item.Attr("jid")}
		}
	case "unavailable":
		delete(r.occupants, nick)
		if !self {
			return
		}
		if to := x.Child(nsMUCUser, "item").Attr("nick"); hasCode(x, "303") && to != "" {
			r.nick = to
			return
		}
		if hasCode(x, "332") || hasCode(x, "333") {
			r.joined, r.gone, r.occupants = false, true, nil // it will be back
			return
		}
		delete(s.rooms, foldBare(r.id))
	}
}

// isSelf reports whether a presence of a room is our own: the room says so (code
// 110), or it bears the nick that we have or asked for, as old rooms leave it at.
func (r *room) isSelf(nick string, x *xml.Element) bool {
	return hasCode(x, "110") || nick == r.nick
}

// hasCode reports whether <x xmlns="…muc#user"> has a status of that code.
func hasCode(x *xml.Element, code string) bool {
	for c := range x.Elements {
		if c.Is(nsMUCUser, "status") && c.Attr("code") == code {
			return true
		}
	}
	return false
}

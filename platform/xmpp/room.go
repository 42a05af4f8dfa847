package xmpp

// room is one that is joined, being joined, or to be entered again.
type room struct {
	id        string // as the client wrote it
	nick      string // that the room gave us
	key       string
	joined    bool // our own presence came
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

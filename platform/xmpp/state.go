package xmpp

import "time"

// state is what a login knows of its account and the rooms it is in. It outlives
// a connection: rooms are entered again. client.mu guards it.
//
// A stanza is first translated with the state as it was (translate), and then
// followed (follow).
type state struct {
	canonical []any  // "@context" of activities
	actor     string // id by which clients know the user
	self      string // the full JID that the server bound
	rooms     map[string]*room
	contacts  map[string]*contact        // the roster, by folded bare JID
	features  map[string]map[string]bool // what the account and the server announce (XEP-0030), by folded JID
	authors   authors
	told      idSet  // archive ids of messages that clients were told
	lastID    string // archive id of the last message of the account, "" when there is none

	rosterVersion string
	clock         func() time.Time
}

func newState(canonical []any, actor string) *state {
	return &state{
		canonical: canonical, actor: actor,
		rooms: map[string]*room{}, contacts: map[string]*contact{}, features: map[string]map[string]bool{},
		clock: time.Now,
	}
}

// contact is an entry of the roster (RFC 6121, section 2.1).
type contact struct {
	id           string // as the server has it
	name         string
	subscription string // "none", "to", "from", "both"
	ask          bool   // we have asked to see the contact's presence
	groups       []string
}

// seesUs reports whether the contact is sent our presence.
func (c *contact) seesUs() bool {
	return c != nil && (c.subscription == "from" || c.subscription == "both")
}

// contact finds an entry of the roster by any JID of it, nil when there is none.
func (s *state) contact(id string) *contact { return s.contacts[foldBare(id)] }

// isSelf reports whether id is the own account, with or without a resource, or ""
// (what comes without "from" comes from the account).
func (s *state) isSelf(id string) bool { return id == "" || foldBare(id) == foldBare(s.self) }

// isAccount reports whether id is the own bare JID, or "".
func (s *state) isAccount(id string) bool { return id == "" || fold(id) == foldBare(s.self) }

// isServer reports whether id is the own domain.
func (s *state) isServer(id string) bool { return fold(id) == domain(foldBare(s.self)) }

// room finds a room that is joined, or being joined, by any JID of it; nil when
// there is none.
func (s *state) room(id string) *room { return s.rooms[foldBare(id)] }

// announces reports whether a room of ours, the account or the server said that it
// has a feature.
func (s *state) announces(id, feature string) bool {
	if r := s.room(id); r != nil {
		return r.features[feature]
	}
	return s.features[foldBare(id)][feature]
}

// authors remembers who sent which message, so that nobody else corrects or
// retracts it. Ids are the sender's own affair: two may use the same one.
type authors struct {
	by    map[string][]string // authors by id
	order []string            // ids, the oldest first
}

const (
	maxAuthored      = 2000 // messages of which the author is remembered
	maxAuthorsOfAnID = 8
)

// saw remembers that author (a folded bare JID; in rooms an occupant id, else the
// occupant's JID) sent the message id.
func (a *authors) saw(id, author string) {
	if id == "" || len(id) > maxID {
		return
	}
	if a.by == nil {
		a.by = map[string][]string{}
	}
	known := a.by[id]
	for _, other := range known {
		if other == author {
			return
		}
	}
	if len(known) >= maxAuthorsOfAnID {
		return
	}
	if known == nil {
		if len(a.order) >= maxAuthored {
			delete(a.by, a.order[0])
			a.order = a.order[1:]
		}
		a.order = append(a.order, id)
	}
	a.by[id] = append(known, author)
}

// mayChange reports whether author may correct or retract the message: he sent it,
// or nobody knows who did.
func (a *authors) mayChange(id, author string) bool {
	known := a.by[id]
	for _, other := range known {
		if other == author {
			return true
		}
	}
	return len(known) == 0
}

// idSet remembers ids, the last maxTold of them. Those of an archive differ, also
// between archives, since each is made at random or by a clock.
type idSet struct {
	known map[string]bool
	order []string // the oldest first
}

const maxTold = 1000

func (s *idSet) has(id string) bool { return s.known[id] }

func (s *idSet) add(id string) {
	if id == "" || s.known[id] {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	if len(s.order) >= maxTold {
		delete(s.known, s.order[0])
		s.order = s.order[1:]
	}
	s.known[id] = true
	s.order = append(s.order, id)
}

package gateway

import (
	"sync"

	"github.com/sockethub/sockethub/platform/supervisor"
)

// anonymous remembers which scope belongs to a session that gave no secret for
// an account, so that after a refresh of the page the same person's new session
// finds the connection it left. Who that person is, the session proves:
//
//	auth {"tab":"m3Jx…"}    our script keeps a token for each tab: whoever has it
//	                        finds what was left with it, once its owner is not
//	                        connected any more
//	no token                the same address finds it, as in the reference, but
//	                        only once the owner is gone for good: one whose link
//	                        dropped may come back, and would share it
//	neither                 an address that a proxy forwarded, while no proxy is
//	                        trusted, is that of all its clients: nobody finds it
//
// What was left with a token is never found without.
type anonymous struct {
	mu      sync.Mutex // guards the fields below
	records map[anonymousPlace]anonymousRecord
	sweepAt int // how many records make it worthwhile to look for useless ones
}

// anonymousSweep is the least number of records that are looked through.
const anonymousSweep = 1024

type anonymousPlace struct {
	account
	proof string // see proof
	token string // the name of the one that the caller was let in with; "" for none
}

type anonymousRecord struct{ scope, owner string }

// Tokens of a tab are as long as nobody guesses, and not longer than they need.
const (
	minTab = 16
	maxTab = 128
)

// proof is what a session shows that it is the same person as an earlier one, ""
// for nothing. held reports whether it can be shown while that one may still come back.
func (s *session) proof() (proof string, held bool) {
	switch {
	case len(s.tab) >= minTab && len(s.tab) <= maxTab:
		return "tab " + s.tab, true
	case s.forwarded:
		return "", false
	}
	return "address " + s.address, false
}

func (c *httpCaller) proof() (string, bool) { return "", false }

// scope returns the scope that caller c has for an account, its own one until
// somebody takes it over. present reports whether a session is connected or, if
// not held, could still come back; running returns the ids of all instances. Both
// are called with the lock held: it is the outermost.
func (n *anonymous) scope(at account, c caller, own string, present func(session string, held bool) bool, running func() map[string]bool) string {
	proof, held := c.proof()
	if proof == "" {
		return own
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	id := c.identity().ID
	place := anonymousPlace{at, proof, c.with().TokenName()}
	record, ok := n.records[place]
	switch {
	case !ok:
		n.sweep(running)
		record = anonymousRecord{own, id}
	case record.owner == id:
		return record.scope
	case present(record.owner, held):
		return own
	default:
		record.owner = id
	}
	if n.records == nil {
		n.records = make(map[anonymousPlace]anonymousRecord)
	}
	n.records[place] = record
	return record.scope
}

// sweep removes the records of instances that have ended. It looks at all of
// them only when there are twice as many as it left the last time, so that a
// record costs the same however many there are. The caller holds the lock.
func (n *anonymous) sweep(running func() map[string]bool) {
	if len(n.records) < max(n.sweepAt, anonymousSweep) {
		return
	}
	ids := running()
	for place, record := range n.records {
		key := supervisor.Key{Platform: place.platform, Actor: place.actor, Scope: record.scope}
		if !ids[key.ID()] {
			delete(n.records, place)
		}
	}
	n.sweepAt = 2 * len(n.records)
}

// rename moves the records of an instance whose actor has changed.
func (n *anonymous) rename(old, now supervisor.Key) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for place, record := range n.records {
		if record.scope == old.Scope && place.account == (account{old.Platform, old.Actor}) {
			delete(n.records, place)
			place.actor = now.Actor
			n.records[place] = record
		}
	}
}

package gateway

import (
	"sync"

	"github.com/sockethub/sockethub/platform/supervisor"
)

// anonymous remembers which scope belongs to a session that gave no secret for
// an account, so that after a refresh of the page the same person's new session
// finds the connection it left: same account, same address, and the session
// that owned it is gone.
type anonymous struct {
	mu      sync.Mutex // guards the fields below
	records map[anonymousPlace]anonymousRecord
	sweepAt int // how many records make it worthwhile to look for useless ones
}

// anonymousSweep is the least number of records that are looked through.
const anonymousSweep = 1024

type anonymousPlace struct {
	account
	address string
}

type anonymousRecord struct{ scope, owner string }

// scope returns the scope that caller c has for an account. connected
// reports whether a session is still there, running returns the ids of all
// instances. Both are called with the lock held: it is the outermost.
func (n *anonymous) scope(at account, c caller, connected func(session string) bool, running func() map[string]bool) string {
	own := c.identity().ID
	if !c.resumable() {
		return own
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	place := anonymousPlace{at, c.from()}
	record, ok := n.records[place]
	switch {
	case !ok:
		n.sweep(running)
		record = anonymousRecord{own, own}
	case record.owner == own:
		return record.scope
	case connected(record.owner):
		return own
	default:
		record.owner = own
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

package gateway

import (
	"sync"

	"github.com/sockethub/server/platform"
)

// anonymous remembers which scope belongs to a session that gave no secret for
// an account, so that after a refresh of the page the same person's new session
// finds the connection it left: same account, same address, and the session
// that owned it is gone.
type anonymous struct {
	mu      sync.Mutex // guards records
	records map[anonymousPlace]anonymousRecord
}

type anonymousPlace struct {
	account
	address string
}

type anonymousRecord struct{ scope, owner string }

// scope returns the scope that caller c has for an account. connected tells
// whether a session is still there.
func (n *anonymous) scope(at account, c caller, connected func(session string) bool) string {
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

// forget removes the records of an instance that has ended.
func (n *anonymous) forget(key platform.Key) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for place, record := range n.records {
		if record.scope == key.Scope && place.account == (account{key.Platform, key.Actor}) {
			delete(n.records, place)
		}
	}
}

// rename moves the records of an instance whose actor has changed.
func (n *anonymous) rename(old, now platform.Key) {
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

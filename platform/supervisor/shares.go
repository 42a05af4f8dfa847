package supervisor

import (
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/queue"
)

// How the slots of a stateless platform's worker are shared, and the places that
// its jobs have at one host. Who comes later finds one at once, as long as not
// everybody else takes all that they may: three fill less than all.
const (
	addressShare = 4 // an address has at most a quarter of the slots

	// Of the platform.LaneWidth jobs that run in a lane at a time.
	laneOfAddress = 3
	laneOfSession = 2 // what RFC 2616, section 8.1.4, allowed one client at a server
)

// shares counts the slots that a worker's jobs have: under their addresses, their
// lanes, and what an address or a session has of a lane. Who has none is not in it.
type shares map[queue.Turn]int

// add counts a slot that was taken (1) or given back (-1).
func (s shares) add(t queue.Turn, n int) {
	s.addOne(queue.Turn{Address: t.Address}, n)
	if t.Lane != "" {
		s.addOne(queue.Turn{Lane: t.Lane}, n)
		s.addOne(queue.Turn{Address: t.Address, Lane: t.Lane}, n)
		s.addOne(queue.Turn{Session: t.Session, Lane: t.Lane}, n)
	}
}

func (s shares) addOne(at queue.Turn, n int) {
	if at == (queue.Turn{}) {
		return
	}
	if s[at] += n; s[at] == 0 {
		delete(s, at)
	}
}

// full reports whether a turn, which may be that of an address or of a session
// as a whole, has its share of so many slots.
func (s shares) full(t queue.Turn, slots int) bool {
	if t.Address != "" && s[queue.Turn{Address: t.Address}] >= max(1, slots/addressShare) {
		return true
	}
	if t.Lane == "" {
		return false
	}
	return s[queue.Turn{Lane: t.Lane}] >= platform.LaneWidth ||
		t.Address != "" && s[queue.Turn{Address: t.Address, Lane: t.Lane}] >= laneOfAddress ||
		s[queue.Turn{Session: t.Session, Lane: t.Lane}] >= laneOfSession
}

// take gives a job a slot of the worker, give takes it back. Instance.mu is held.
func (p *process) take(t queue.Turn) {
	p.used++
	p.shares.add(t, 1)
}

func (p *process) give(t queue.Turn) {
	p.used--
	p.shares.add(t, -1)
}

// full is what the queue asks about those that wait for the worker.
func (p *process) full(t queue.Turn) bool {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	return p.shares.full(t, p.slots)
}

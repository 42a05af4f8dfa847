package supervisor

import "time"

const causeMadeRoom = "made room for another"

// setLinger grants what a worker asks for with Host.Linger.
func (in *Instance) setLinger(p *process, d time.Duration) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.current == p && in.key.Secret {
		in.linger = d
	}
}

// lingers reports whether the instance has no session and its worker wants it to
// stay all the same. in.mu is held.
func (in *Instance) lingers(now time.Time) bool {
	return in.linger > 0 && in.current != nil && in.initialised && len(in.sessions) == 0 && now.Sub(in.leftAt) < in.linger
}

// roomy reports whether there is an instance that could make room. m.mu is held.
func (m *Manager) roomy() bool {
	now := time.Now()
	for _, in := range m.instances {
		if _, ok := in.spareSince(now, tenant{}); ok {
			return true
		}
	}
	return false
}

// spareSince is since when the instance lingers, if it does, nothing is done for
// it, and its slot is the tenant's; the zero tenant is everybody.
func (in *Instance) spareSince(now time.Time, of tenant) (since time.Time, ok bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	theirs := of == tenant{} || of == tenant{address: in.address} || of == tenant{session: in.session} || of == tenant{token: in.token}
	return in.leftAt, len(in.works) == 0 && in.slot && theirs && in.lingers(now)
}

// makeRoom ends the worker of a tenant that lingers longest, and gives its place away at
// once: until it has said its farewell there is a process more than
// limits.maxPlatformInstances. False: none lingers. After true it is worth to
// ask for a place again.
func (m *Manager) makeRoom(of tenant) bool {
	now := time.Now()
	var longest *Instance
	var since time.Time
	for _, in := range m.all() {
		if left, ok := in.spareSince(now, of); ok && (longest == nil || left.Before(since)) {
			longest, since = in, left
		}
	}
	if longest == nil {
		return false
	}
	longest.giveWay(now)
	return true
}

// giveWay ends the worker of an instance, if that still lingers.
func (in *Instance) giveWay(now time.Time) {
	in.mu.Lock()
	if len(in.works) > 0 || !in.slot || !in.lingers(now) {
		in.mu.Unlock()
		return
	}
	p := in.current
	in.retireNow(causeMadeRoom, endedQuietly)
	in.leavePlace()
	in.mu.Unlock()
	p.end(fullLadder, causeMadeRoom, endedQuietly)
}

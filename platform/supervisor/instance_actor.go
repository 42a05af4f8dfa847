package supervisor

import (
	"bytes"
	"errors"
	"slices"
	"time"
)

// former is who the actor of a connection was before a change.
type former struct {
	actor string
	hash  []byte // of the credentials that were right under this id; nil before any were
}

// maxFormer bounds how many ids of a connection are remembered. The first one,
// which its credentials are stored under, always is.
const maxFormer = 16

// rename gives an instance another actor, as its worker says. What waits in its
// line stays there. An instance of that actor has to go, unless it is at work.
func (m *Manager) rename(in *Instance, p *process, actor string) (old, now Key, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in.mu.Lock()
	defer in.mu.Unlock()
	old, now = in.key, in.key
	switch {
	case actor == "":
		return old, old, errors.New("the new one has no id")
	case in.current != p:
		return old, old, errors.New("the worker is not the instance's any more")
	case actor == old.Actor:
		return old, old, nil
	}
	now.Actor = actor
	id := now.ID()
	if other := m.instances[id]; other != nil && !m.displace(other) {
		return old, old, errors.New("an instance of the new one is at work")
	}
	delete(m.instances, in.id)
	m.instances[id] = in
	in.key, in.id = now, id
	in.become(actor, old.Actor)
	m.renamed[in] = struct{}{}
	return old, now, nil
}

// displace forgets an instance if it is idle. m.mu is held, and in.mu of
// another instance, which is safe as nobody else holds two.
func (m *Manager) displace(other *Instance) bool {
	other.mu.Lock()
	defer other.mu.Unlock()
	if !other.idle() {
		return false
	}
	m.forget(other)
	return true
}

// become remembers who the actor was. Credentials for the new id may differ from
// those for the old, as a nick is in them, and are learned when they are first
// used; the old ones stay right. in.mu is held.
func (in *Instance) become(actor, was string) {
	in.formerly = append(in.formerly, former{was, in.hash})
	in.hash = nil
	if i := in.formerIndex(actor); i >= 0 { // it is as it was
		in.hash = in.formerly[i].hash
		in.formerly = slices.Delete(in.formerly, i, i+1)
	}
	if len(in.formerly) > maxFormer {
		in.formerly = slices.Delete(in.formerly, 1, 2)
	}
}

// formerIndex finds a former id, -1 if it is none. in.mu is held.
func (in *Instance) formerIndex(actor string) int {
	return slices.IndexFunc(in.formerly, func(f former) bool { return f.actor == actor })
}

// Renamed returns what names the instance now, and whether its actor went by
// several ids since it has its worker and this is one of them: who was attached
// through the change may go on using the others.
func (in *Instance) Renamed(actor string) (now Key, ok bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.key, len(in.formerly) > 0 && (in.key.Actor == actor || in.formerIndex(actor) >= 0)
}

// learnCredentials takes note of credentials with which a job succeeded. in.mu
// is held.
func (in *Instance) learnCredentials(actor string, hash []byte) {
	if actor == in.key.Actor {
		if in.hash == nil && !in.knows(hash) {
			in.hash = hash
		}
	} else if i := in.formerIndex(actor); i >= 0 && in.formerly[i].hash == nil {
		in.formerly[i].hash = hash // of the very job that changed the actor
	}
}

// fits reports whether credentials may be the connection's: they are, or none are
// known for this id. in.mu is held.
func (in *Instance) fits(actor string, hash []byte) bool {
	own := in.hash
	if i := in.formerIndex(actor); i >= 0 {
		own = in.formerly[i].hash
	}
	return own == nil || bytes.Equal(own, hash) || in.knows(hash)
}

// knows reports whether these credentials were right under any of the
// connection's ids. in.mu is held.
func (in *Instance) knows(hash []byte) bool {
	if in.hash != nil && bytes.Equal(in.hash, hash) {
		return true
	}
	return slices.ContainsFunc(in.formerly, func(f former) bool { return f.hash != nil && bytes.Equal(f.hash, hash) })
}

// lingeringAs finds an instance that lingers and whose actor went by this key's
// id before. Nobody is there who was told of the change, so whoever comes with
// the secret that opened it means this one. m.mu is held.
func (m *Manager) lingeringAs(key Key) *Instance {
	now := time.Now()
	for in := range m.renamed {
		in.mu.Lock()
		found := in.key.Secret && key.Secret && in.key.Platform == key.Platform && in.key.Scope == key.Scope &&
			in.formerIndex(key.Actor) >= 0 && in.lingers(now)
		in.mu.Unlock()
		if found {
			return in
		}
	}
	return nil
}

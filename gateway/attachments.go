package gateway

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/supervisor"
)

// attachments are the instances that a caller is attached to, by the account
// that it names them with. After a change of actor, as of a nick, that may be any
// of the ids that the actor has or had: whoever was attached through the change
// may use either. For everybody else only the present id means the instance,
// since the former one may be somebody else's by now.
type attachments map[account]*supervisor.Instance

// renamed returns the instance that the caller means by an account although its
// actor has another id now, or had when the caller came to it; nil if there is
// none. Credentials that the caller submitted for that very account lead
// elsewhere if they hold another secret: scope is their fingerprint, if stored.
func (a attachments) renamed(at account, scope string, stored bool) *supervisor.Instance {
	if in := a[at]; in != nil {
		return meant(in, at, scope, stored)
	}
	for _, in := range a {
		// Under an id that it did not use yet it can only mean the present one.
		if in.Key().Actor == at.actor && meant(in, at, scope, stored) != nil {
			return in
		}
	}
	return nil
}

func meant(in *supervisor.Instance, at account, scope string, stored bool) *supervisor.Instance {
	key, ok := in.Renamed(at.actor)
	switch {
	case !ok || key.Platform != at.platform:
		return nil
	case stored && (key.Secret != (scope != "") || key.Secret && key.Scope != scope):
		return nil
	}
	return in
}

// others returns the accounts beside one that the caller names an instance with.
func (a attachments) others(in *supervisor.Instance, but account) (list []account) {
	for at, attached := range a {
		if attached == in && at != but {
			list = append(list, at)
		}
	}
	slices.SortFunc(list, func(a, b account) int { return strings.Compare(a.actor, b.actor) })
	return list
}

// set makes an account stand for an instance, and returns the one that the
// caller is to leave, if any.
func (a attachments) set(at account, in *supervisor.Instance) (left *supervisor.Instance) {
	left = a.remove(at)
	a[at] = in
	if left == in {
		return nil
	}
	return left
}

// remove returns the instance that the caller is to leave: it may still be
// attached to it under another of its ids.
func (a attachments) remove(at account) (left *supervisor.Instance) {
	left = a[at]
	delete(a, at)
	for _, in := range a {
		if in == left {
			return nil
		}
	}
	return left
}

// accounts are those that a caller has to do with.
type accounts struct {
	mu        sync.Mutex         // guards the fields below
	scopes    map[account]string // fingerprint of the secret submitted for an account; "" for credentials without one
	instances attachments        // nil before the first
}

// scope returns the fingerprint of the secret that was submitted for an
// account, or "" when there is none, and whether any credentials were.
func (s *accounts) scope(a account) (fingerprint string, stored bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fingerprint, stored = s.scopes[a]
	return fingerprint, stored
}

func (s *accounts) setScope(a account, fingerprint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scopes == nil {
		s.scopes = make(map[account]string)
	}
	s.scopes[a] = fingerprint
}

func (s *accounts) renamed(at account) *supervisor.Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, stored := s.scopes[at]
	return s.instances.renamed(at, scope, stored)
}

// isAttached reports whether an account stands for an instance that is at work and
// that the secret submitted last, if any, leads to.
func (s *accounts) isAttached(at account) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.instances[at]
	if in == nil || !in.Busy() {
		return false
	}
	scope, stored := s.scopes[at]
	return !stored || !in.Key().Secret || in.Key().Scope == scope
}

func (s *accounts) others(in *supervisor.Instance, but account) []account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.instances.others(in, but)
}

// find returns the instance that a message is for.
func (g *Gateway) find(c caller, at account) (*supervisor.Instance, error) {
	if g.persistent(at.platform) {
		if in := c.renamed(at); in != nil {
			return in, nil
		}
	}
	return g.manager.Instance(g.instanceKey(c, at))
}

// storedFor returns the credentials of a job for an instance: those for the
// account that it names, else those for another id of the same actor.
func (g *Gateway) storedFor(ctx context.Context, c caller, at account, in *supervisor.Instance) (*activity.Object, error) {
	o, err := g.stored(ctx, c.identity(), at)
	for _, other := range c.others(in, at) {
		if o != nil || err != nil {
			break
		}
		o, err = g.stored(ctx, c.identity(), other)
	}
	return o, err
}

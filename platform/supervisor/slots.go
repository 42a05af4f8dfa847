package supervisor

import (
	"fmt"
	"sync"

	"github.com/sockethub/sockethub/platform"
)

// slots counts the instances that have a worker or are about to, and who has
// them. Stateless platforms serve everybody, so each always gets one, and persistent
// instances leave room for them, up to a quarter of limits.maxPlatformInstances. These
// belong to the address, the session and the token whose message started their worker.
type slots struct {
	max        int // of all; 0 for any number
	stateless  int // platforms, each of which has one slot
	perAddress int // 0 for any number, as below
	perSession int
	perToken   int

	mu   sync.Mutex // guards the fields below; the innermost lock
	used int        // by persistent instances
	all  int        // by the others too
	by   map[tenant]int
}

// tenant is who has a slot: an address, a session, or a token by its name.
type tenant struct{ address, session, token string }

// noRoom reports the limit that keeps an instance from having a worker.
type noRoom struct {
	whose string // what it is a limit of: "", " of an address", " of a session", " of a token"
	max   int
	of    tenant // zero: everybody
}

// refusal is what a client reads who wanted an instance of a platform. The limit of
// all has no code: its text is the reference's.
func (e *noRoom) refusal(name string) *platform.JobError {
	refusal := &platform.JobError{Text: fmt.Sprintf("platform instance limit%s reached (%d); cannot start new %s instance", e.whose, e.max, name)}
	if e.whose != "" {
		refusal.Code = platform.CodeTooManyInstances
	}
	return refusal
}

func (e *noRoom) Error() string { return e.refusal("platform").Text }

// free reports whether one more persistent instance leaves a slot for each
// stateless platform. s.mu is held.
func (s *slots) free() bool {
	kept := max(0, min(s.stateless, s.max/4)-(s.all-s.used))
	return s.max == 0 || s.all < s.max-kept
}

// takeShared counts the slot of a stateless platform.
func (s *slots) takeShared() {
	s.mu.Lock()
	s.all++
	s.mu.Unlock()
}

// take counts a slot of a persistent instance for an address, a session, and a
// token if there is one.
func (s *slots) take(address, session, token string) *noRoom {
	s.mu.Lock()
	defer s.mu.Unlock()
	byAddress, bySession, byToken := tenant{address: address}, tenant{session: session}, tenant{token: token}
	switch {
	case !s.free():
		return &noRoom{"", s.max, tenant{}}
	case s.perAddress > 0 && address != "" && s.by[byAddress] >= s.perAddress:
		return &noRoom{" of an address", s.perAddress, byAddress}
	case s.perSession > 0 && s.by[bySession] >= s.perSession:
		return &noRoom{" of a session", s.perSession, bySession}
	case s.perToken > 0 && token != "" && s.by[byToken] >= s.perToken:
		return &noRoom{" of a token", s.perToken, byToken}
	}
	s.count(address, session, token)
	return nil
}

// restore counts a slot that a persistent instance had in the program before.
func (s *slots) restore(address, session, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(address, session, token)
}

// count counts a slot. s.mu is held.
func (s *slots) count(address, session, token string) {
	if s.by == nil {
		s.by = make(map[tenant]int)
	}
	s.used++
	s.all++
	for _, t := range []tenant{{address: address}, {session: session}, {token: token}} {
		s.by[t]++
	}
}

// full returns the limit of all, if it is reached.
func (s *slots) full() *noRoom {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.free() {
		return &noRoom{"", s.max, tenant{}}
	}
	return nil
}

// release gives back what take counted.
func (s *slots) release(address, session, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	s.all--
	for _, t := range []tenant{{address: address}, {session: session}, {token: token}} {
		if s.by[t]--; s.by[t] == 0 {
			delete(s.by, t)
		}
	}
}

package auth

import (
	"errors"
	"fmt"
	"time"
)

// TokenState is a token as the sessions that were let in with it take it over to the
// next server program. It has the digest, not the token.
type TokenState struct {
	Name      string    `json:"name"`
	Platforms []string  `json:"platforms"` // null: all
	Expires   time.Time `json:"expires"`
	Digest    []byte    `json:"digest"`
}

// State returns what Restore takes; nil for no token.
func (t *Token) State() *TokenState {
	if t == nil {
		return nil
	}
	return &TokenState{t.Name, t.Platforms, t.Expires, t.digest[:]}
}

// Restore returns the token of a state, if it is in force as it was then: see Still.
func (g *Guard) Restore(s *TokenState) (*Token, error) {
	if s == nil {
		return nil, errors.New("a token is needed now")
	}
	t := &Token{Name: s.Name, Platforms: s.Platforms, Expires: s.Expires, digest: DigestFrom(s.Digest)}
	if !g.Still(t) {
		return nil, fmt.Errorf("the token %q is not in force any more", s.Name)
	}
	return g.keeper.list.Load().byName[s.Name], nil
}

// DigestFrom returns the digest that has these bytes; one of another length is that of
// no token.
func DigestFrom(b []byte) (d Digest) {
	if len(b) == len(d) {
		copy(d[:], b)
	}
	return d
}

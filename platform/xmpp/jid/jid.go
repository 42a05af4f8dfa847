package jid

import (
	"errors"
	"strings"
)

// JID is an address. The zero JID is none. JIDs are compared with == after Fold.
type JID struct {
	Local    string // "" for a server or a service
	Domain   string
	Resource string // "" for a bare JID
}

// MaxPart is how many bytes each part may have (RFC 7622, section 3.1).
const MaxPart = 1023

// Errors of Parse.
var (
	ErrTooLong  = errors.New("a part of the address has more than 1023 bytes")
	ErrLocal    = errors.New("the part before the @ is empty or has characters that it cannot have")
	ErrDomain   = errors.New("the domain is empty or no domain")
	ErrResource = errors.New("the part behind the slash is empty or has characters that it cannot have")
)

// Parse reads an address and keeps it as it is written. The first slash begins
// the resource, which may have more of them.
func Parse(s string) (JID, error) {
	j, hasLocal, hasResource := split(s)
	switch {
	case len(j.Local) > MaxPart || len(j.Domain) > MaxPart || len(j.Resource) > MaxPart:
		return JID{}, ErrTooLong
	case hasLocal && !validLocal(j.Local):
		return JID{}, ErrLocal
	case !validDomain(j.Domain):
		return JID{}, ErrDomain
	case hasResource && !validResource(j.Resource):
		return JID{}, ErrResource
	}
	return j, nil
}

// split cuts an address without a look at what the parts are.
func split(s string) (j JID, hasLocal, hasResource bool) {
	j.Domain, j.Resource, hasResource = strings.Cut(s, "/")
	if local, domain, ok := strings.Cut(j.Domain, "@"); ok {
		j.Local, j.Domain, hasLocal = local, domain, true
	}
	return j, hasLocal, hasResource
}

// IsBare reports whether there is no resource.
func (j JID) IsBare() bool { return j.Resource == "" }

// String is the address as it was written.
func (j JID) String() string {
	s := j.Domain
	if j.Local != "" {
		s = j.Local + "@" + s
	}
	if j.Resource != "" {
		s += "/" + j.Resource
	}
	return s
}

// Fold is the form in which s is compared with other addresses, also when s is
// none: "Decks@Rooms.Example/Otto" is "decks@rooms.example/Otto".
func Fold(s string) string {
	j, hasLocal, hasResource := split(s)
	folded := j.Fold()
	if folded == j {
		return s
	}
	s = folded.Domain
	if hasLocal {
		s = folded.Local + "@" + s
	}
	if hasResource {
		s += "/" + folded.Resource
	}
	return s
}

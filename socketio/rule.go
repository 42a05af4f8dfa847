package socketio

import (
	"errors"
	"strings"
)

// rule makes namespaces: those whose name and auth match get the handlers of
// like.
type rule struct {
	match func(name string, auth []byte) bool
	like  *Namespace
}

var (
	errNoNamespace = &ConnectRefusal{Message: "Invalid namespace"}
	errNamespaces  = errors.New("too many namespaces")
)

// Of returns the namespace called name, which clients can connect to from now
// on. A missing slash is put before the name.
func (s *Server) Of(name string) *Namespace {
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	if n == nil {
		n = newNamespace(s, name)
		s.namespaces[name] = n
	}
	if n.dynamic {
		n.dynamic = false // asked for by name: it stays
		s.dynamic--
	}
	return n
}

// OfFunc returns a model for the namespaces that match accepts: each is made
// with the model's handlers when the first client asks for it, and is forgotten
// when its last socket is gone. There are at most Options.MaxNamespaces; a
// namespace from Of comes before any rule, and rules are asked in their order.
// The model itself has no sockets.
func (s *Server) OfFunc(match func(name string, auth []byte) bool) *Namespace {
	like := newNamespace(s, "")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, rule{match, like})
	return like
}

// acquire finds or makes the namespace that a client asks for. It stays until
// it is given back with disuse.
func (s *Server) acquire(name string, auth []byte) (*Namespace, error) {
	s.mu.Lock()
	n, rules := s.namespaces[name], s.rules
	if n != nil {
		n.users++
	}
	s.mu.Unlock()
	if n != nil {
		return n, nil
	}
	for _, r := range rules {
		if s.matches(r, name, auth) {
			return s.make(name, r.like)
		}
	}
	return nil, errNoNamespace
}

func (s *Server) matches(r rule, name string, auth []byte) (yes bool) {
	defer s.contain("rule", nil)
	return r.match(name, auth)
}

// make makes a namespace by rule, unless another client was faster.
func (s *Server) make(name string, like *Namespace) (*Namespace, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	if n == nil {
		if s.dynamic >= s.opts.MaxNamespaces {
			return nil, errNamespaces
		}
		n = newNamespace(s, name)
		n.dynamic = true
		n.handler.Store(like.handlers())
		s.namespaces[name] = n
		s.dynamic++
	}
	n.users++
	return n, nil
}

// use counts one more user of a namespace.
func (s *Server) use(n *Namespace) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.users++
}

// disuse undoes acquire or use.
func (s *Server) disuse(n *Namespace) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.users--
	if n.dynamic && n.users == 0 {
		delete(s.namespaces, n.name)
		s.dynamic--
		n.dynamic = false
	}
}

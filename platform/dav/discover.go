package dav

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Bounds of what a server may have for one user.
const (
	maxHomes       = 32
	maxCollections = 2_000
)

// Collections asks the service for all collections of the user, and keeps what
// it is told for the jobs that follow.
func (s *Session) Collections(ctx context.Context) ([]*Collection, error) {
	list, err := s.discover(ctx)
	if err != nil {
		return nil, err
	}
	s.account.know(list)
	return list, nil
}

// Find returns the collection with an address, nil if the service has none. A
// final slash does not count.
func (s *Session) Find(ctx context.Context, id string) (*Collection, error) {
	u, err := resolve(s.service, id)
	if err != nil || !strings.Contains(id, "://") {
		return nil, nil
	}
	key := Key(u)
	known := s.account.known()
	if c := find(known, key); c != nil {
		return c, nil
	}
	list, err := s.Collections(ctx)
	return find(list, key), err
}

// Forget makes the next job ask the service for its collections again, as after
// one of them turned out to be gone.
func (s *Session) Forget() { s.account.know(nil) }

func find(list []*Collection, key string) *Collection {
	for _, c := range list {
		if Key(c.URL) == key {
			return c
		}
	}
	return nil
}

// discover finds the collections (RFC 6764, section 6): what the user gave may be
// the address of a principal, a home, a collection or of the service as a whole,
// and if it is nothing of that, there is an address that is well known.
func (s *Session) discover(ctx context.Context) ([]*Collection, error) {
	list, err := s.discoverAt(ctx, s.service)
	wellKnown := *s.account.where()
	wellKnown.Path, wellKnown.RawPath, wellKnown.RawQuery = "/.well-known/"+s.client.protocol.Name, "", ""
	if !elsewhere(err, s.client.protocol.NotOne) || s.service.Path == wellKnown.Path {
		return list, err
	}
	list, second := s.discoverAt(ctx, &wellKnown)
	if second == nil {
		return list, nil
	}
	// That nothing is at the first address is why we asked at the second one; what
	// the server said else of the first one is the better reason.
	var status *statusError
	if errors.As(err, &status) && CodeOf(err) != NotFound {
		return nil, err
	}
	return nil, second
}

// elsewhere reports whether an answer at the given address is a reason to look
// at the one that is well known. Roots answer PROPFIND with any of these.
func elsewhere(err error, notOne string) bool {
	var status *statusError
	if errors.As(err, &status) {
		switch status.status {
		case http.StatusBadRequest, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotFound, http.StatusGone:
			return true
		}
	}
	return CodeOf(err) == NotFound || CodeOf(err) == notOne
}

// place is what a server says of one address.
type place struct {
	url        *url.URL // after redirects
	principal  string
	homes      []string
	isOne      bool // a collection of the protocol
	isFolder   bool
	scheduling bool
}

// discoverAt looks for homes at an address, or at the principal that it names.
func (s *Session) discoverAt(ctx context.Context, u *url.URL) ([]*Collection, error) {
	entry, err := s.ask(ctx, u)
	if err != nil {
		return nil, err
	}
	at := entry
	if entry.homes == nil && entry.principal != "" {
		principal, err := resolve(entry.url, entry.principal)
		if err != nil {
			return nil, err
		}
		if err := s.allow(principal); err != nil {
			return nil, err
		}
		if Key(principal) != Key(entry.url) {
			if at, err = s.ask(ctx, principal); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case at.homes != nil:
		list, err := s.homes(ctx, at)
		if err == nil && entry.isOne && find(list, Key(entry.url)) == nil {
			one, _ := s.list(ctx, entry.url, "0", false)
			list = append(list, one...)
		}
		return list, err
	case entry.isOne:
		return s.list(ctx, entry.url, "0", at.scheduling)
	case entry.isFolder:
		if list, err := s.list(ctx, entry.url, "1", at.scheduling); err == nil && len(list) > 0 {
			return list, nil
		}
	}
	return nil, fail(s.client.protocol.NotOne, "")
}

// ask asks who the user is and what is at an address.
func (s *Session) ask(ctx context.Context, u *url.URL) (*place, error) {
	p := &place{url: u}
	first := true
	_, err := s.multistatus(ctx, "PROPFIND", u, "0", s.client.protocol.Entry, InvalidResponse, func(a *answer, r *Response) error {
		p.url = a.url
		if !first {
			return nil
		}
		first = false
		if r.Gone() && !r.propstat {
			return fail(NotFound, "")
		}
		if list := r.Prop(nsDAV, "current-user-principal").hrefs(); list != nil {
			p.principal = list[0]
		}
		p.homes = r.Prop(s.client.protocol.Namespace, s.client.protocol.HomeSet).hrefs()
		types := r.Prop(nsDAV, "resourcetype")
		p.isOne = types.Child(s.client.protocol.Namespace, s.client.protocol.Collection) != nil
		p.isFolder = types.Child(nsDAV, "collection") != nil
		// What acts on what is stored has both (RFC 6638, section 2); some that do not
		// have one of them.
		both := r.Prop(nsCalDAV, "schedule-inbox-URL").hrefs() != nil && r.Prop(nsCalDAV, "schedule-outbox-URL").hrefs() != nil
		p.scheduling = both || strings.Contains(strings.Join(a.Header.Values("DAV"), ","), "calendar-auto-schedule")
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// homes lists the collections of all homes. A home that is on a foreign server,
// or that fails, is left out as long as there is another.
func (s *Session) homes(ctx context.Context, at *place) ([]*Collection, error) {
	if len(at.homes) > maxHomes {
		return nil, fail(InvalidResponse, "more than "+strconv.Itoa(maxHomes)+" homes")
	}
	var all []*Collection
	var failed error
	worked := false
	seen := map[string]bool{}
	for _, href := range at.homes {
		home, err := resolve(at.url, href)
		var list []*Collection
		if err == nil {
			if err = s.allow(home); err == nil {
				list, err = s.list(ctx, home, "1", at.scheduling)
			}
		}
		if err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		worked = true
		for _, c := range list {
			if key := Key(c.URL); !seen[key] {
				seen[key] = true
				all = append(all, c)
			}
		}
	}
	if !worked {
		return nil, failed
	}
	return all, nil
}

// list asks for the collections at an address (depth "0") or right below it ("1").
// One that is on a foreign server is left out.
func (s *Session) list(ctx context.Context, u *url.URL, depth string, scheduling bool) ([]*Collection, error) {
	var list []*Collection
	seen := map[string]bool{}
	_, err := s.multistatus(ctx, "PROPFIND", u, depth, s.client.protocol.Listing, InvalidResponse, func(a *answer, r *Response) error {
		if r.Href == "" || len(list) > maxCollections {
			return nil
		}
		at, err := resolve(a.url, r.Href)
		if err != nil || s.allow(at) != nil {
			return nil
		}
		if c := s.client.protocol.newCollection(at, r); c != nil && !seen[Key(at)] {
			seen[Key(at)] = true
			c.Scheduling = scheduling
			list = append(list, c)
		}
		return nil
	})
	if len(list) > maxCollections {
		return nil, fail(InvalidResponse, "more than "+strconv.Itoa(maxCollections)+" collections")
	}
	return list, err
}

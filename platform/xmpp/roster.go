package xmpp

import (
	"slices"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// maxContacts bounds the roster; more are not remembered.
const maxContacts = 20_000

// greeting is what is asked as soon as there is a resource: copies of what other
// devices send and get (XEP-0280), the roster, and what server and account can do.
// Nobody waits for the answers. The caller holds client.mu.
func (l *login) greeting() []*xml.Element {
	s := l.state
	carbons, _ := newIQ("set", "", xml.New("enable", "xmlns", nsCarbons))
	roster := xml.New("query", "xmlns", nsRoster)
	roster.Attrs = append(roster.Attrs, xml.Attr{Name: "ver", Value: s.rosterVersion})
	return []*xml.Element{
		carbons,
		l.quietly("", roster, func(e *xml.Element) {
			// Without <query/> it has not changed since the version that we have.
			if query := e.Child(nsRoster, "query"); query != nil {
				clear(s.contacts)
				s.followRoster(query)
			}
		}),
		l.quietly(l.credentials.domain, xml.New("query", "xmlns", nsDiscoInfo), func(e *xml.Element) {
			s.features[foldBare(l.credentials.domain)] = announced(e)
		}),
		l.quietly(l.credentials.account(), xml.New("query", "xmlns", nsDiscoInfo), func(e *xml.Element) {
			s.features[foldBare(s.self)] = announced(e)
		}),
	}
}

// quietly makes a request (an iq get) that no job waits for. then is called with a
// result, under client.mu, which the caller holds too.
func (l *login) quietly(to string, payload *xml.Element, then func(*xml.Element)) *xml.Element {
	iq, id := newIQ("get", to, payload)
	w := &wait{outcome: make(chan error, 1)}
	w.see = func(w *wait, e *xml.Element) bool {
		if !l.isAnswer(e, id, to) {
			return false
		}
		l.settle(w, nil)
		if e.Attr("type") == "result" {
			then(e)
		}
		return true
	}
	l.forgetQuiet()
	l.waits = append(l.waits, w)
	return iq
}

// maxQuiet bounds the requests without a job that nobody answers.
const maxQuiet = 100

// forgetQuiet gives up the oldest of them when there are too many.
func (l *login) forgetQuiet() {
	quiet := 0
	for i := len(l.waits) - 1; i >= 0; i-- {
		if l.waits[i].verb != "" {
			continue
		}
		if quiet++; quiet >= maxQuiet {
			l.waits = slices.Delete(l.waits, i, i+1)
			return
		}
	}
}

// announced are the features of an answer to disco#info.
func announced(e *xml.Element) map[string]bool {
	features := map[string]bool{}
	for f := range e.Child(nsDiscoInfo, "query").Elements {
		if f.Is(nsDiscoInfo, "feature") {
			features[f.Attr("var")] = true
		}
	}
	return features
}

// followRoster follows <query xmlns="jabber:iq:roster"> of a result or a push.
func (s *state) followRoster(query *xml.Element) {
	if query == nil {
		return
	}
	if ver, ok := query.LookupAttr("ver"); ok {
		s.rosterVersion = ver
	}
	for _, c := range rosterItems(query) {
		key := foldBare(c.id)
		switch {
		case c.subscription == "remove":
			delete(s.contacts, key)
		case len(s.contacts) < maxContacts || s.contacts[key] != nil:
			s.contacts[key] = c
		}
	}
}

package xmpp

import (
	"context"
	"maps"
	"slices"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// update changes something: how the user is, what he thinks of a message, what a
// room is about. compose_update.go has what it may be.
//
//	{"type":"update",…,"object":{"type":"presence","presence":"away","content":"at lunch"}}
//	> <presence><show>away</show><status>at lunch</status>…</presence>
func (l *login) update(ctx context.Context, a *activity.Object) error {
	switch a.Object("object").Text("type") {
	case "contact":
		payload, err := composeContact(a)
		if err != nil {
			return err
		}
		_, err = l.ask(ctx, "update", "set", "", payload)
		return err
	case "role", "affiliation":
		room, payload, err := composeModeration(a)
		if err != nil {
			return err
		}
		_, err = l.ask(ctx, "update", "set", room, payload)
		return err
	}
	l.client.mu.Lock()
	e, err := l.state.composeUpdate(a, newUUID())
	l.client.mu.Unlock()
	if err != nil {
		return err
	}
	if e.Local() == "presence" {
		return l.announce(ctx, e)
	}
	_, err = l.deliver(ctx, "update", e)
	return err
}

// maxAtOnce is how many presences go out before the server has counted them: who is
// in more rooms than may be unacknowledged is still heard in all.
const maxAtOnce = 100

// announce sends a presence: to all, which is remembered for the next connection,
// and to the rooms, which the server does not tell (XEP-0045, section 7.7); or to
// one room, which answers to another nick with our own presence or a refusal.
func (l *login) announce(ctx context.Context, p *xml.Element) error {
	to := p.Attr("to")
	if to == "" {
		l.client.mu.Lock()
		presences := []*xml.Element{p}
		if l.presence = p; p.Attr("type") == "unavailable" {
			l.presence = nil // of that the server tells the rooms too
		} else {
			for _, id := range slices.Sorted(maps.Keys(l.state.rooms)) {
				if r := l.state.rooms[id]; r.joined {
					presences = append(presences, l.withAvailability(xml.New("presence", "to", r.id+"/"+r.nick)))
				}
			}
		}
		l.client.mu.Unlock()
		for part := range slices.Chunk(presences, maxAtOnce) {
			if err := l.perform(ctx, &wait{verb: "update", counted: true}, part...); err != nil {
				return err
			}
		}
		return nil
	}
	l.client.mu.Lock()
	r := l.state.room(to)
	l.client.mu.Unlock()
	w := &wait{verb: "update", counted: r == nil || p.Attr("type") != ""}
	w.see = func(w *wait, e *xml.Element) bool {
		from := e.Attr("from")
		switch {
		case !e.Is(nsClient, "presence") || foldBare(from) != foldBare(to):
			return false
		case e.Attr("type") == "error":
			l.settle(w, failed("update", refusedStanza(e).message()))
			return true
		case r != nil && e.Attr("type") == "" && r.isSelf(resource(from), e.Child(nsMUCUser, "x")):
			l.settle(w, nil)
		}
		return false
	}
	return l.perform(ctx, w, p)
}

// withAvailability adds to a presence for a room how the user is. The caller holds
// client.mu.
func (l *login) withAvailability(p *xml.Element) *xml.Element {
	if l.presence == nil {
		return p
	}
	for _, name := range []string{"show", "status"} {
		if e := l.presence.Child("", name); e != nil {
			p.Add(e)
		}
	}
	return p
}

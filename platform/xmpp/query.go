package xmpp

import (
	"context"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// query asks for something. Lists are the answer's object; who is in a room, and
// what it says of itself, come to all sessions as they always did, and then the
// answer.
//
//	{"type":"query",…,"object":{"type":"roster"}}
//	> <iq type="get" id="…"><query xmlns="jabber:iq:roster"/></iq>
//	{"type":"query",…,"object":{"type":"roster","items":[{"type":"person","id":"otto@quay.example","subscription":"both"}]}}
func (l *login) query(ctx context.Context, job platform.Job) error {
	a := job.Activity
	switch a.Object("object").Text("type") {
	case "history":
		return l.history(ctx, job)
	case "rooms":
		return l.listRooms(ctx, a)
	case "bookmarks":
		return l.listBookmarks(ctx, a)
	case "upload":
		return l.slot(ctx, a)
	case "roster":
		return l.lookup(ctx, a, rosterList)
	case "members":
		return l.lookup(ctx, a, memberList)
	case "profile":
		return l.readProfile(ctx, a)
	case "room-info":
		return l.tellAll(ctx, a, l.state.roomInfo)
	}
	return l.attendance(ctx, a)
}

// composed makes the request of a query and sends it.
func (l *login) composed(ctx context.Context, a *activity.Object) (*xml.Element, error) {
	l.client.mu.Lock()
	iq, err := l.state.composeQuery(a, newUUID())
	l.client.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return l.request(ctx, "query", iq)
}

// lookup is a query whose answer is one list.
func (l *login) lookup(ctx context.Context, a *activity.Object, list func(*xml.Element) *activity.Object) error {
	answer, err := l.composed(ctx, a)
	if err == nil {
		a.Set("object", list(answer))
	}
	return err
}

// tellAll is a query whose answer goes to all sessions, be it a refusal.
func (l *login) tellAll(ctx context.Context, a *activity.Object, tell func(*xml.Element) *activity.Object) error {
	answer, err := l.composed(ctx, a)
	if answer == nil {
		return err
	}
	l.client.mu.Lock()
	event := tell(answer)
	l.client.mu.Unlock()
	l.client.host.Event(event)
	return err
}

// attendance asks who is in a room. Of one that we are in we know it, and more than
// servers say to who asks.
func (l *login) attendance(ctx context.Context, a *activity.Object) error {
	l.client.mu.Lock()
	r := l.state.room(a.Object("target").Text("id"))
	if r == nil || !r.joined {
		l.client.mu.Unlock()
		return l.tellAll(ctx, a, l.state.attendance)
	}
	event, o := l.state.present(r)
	l.client.mu.Unlock()
	l.client.host.Event(event)
	a.Set("object", o)
	return nil
}

// present is who is in a room: for all sessions, and for who asks.
func (s *state) present(r *room) (event, answer *activity.Object) {
	nicks := make([]string, 0, len(r.occupants))
	for nick := range r.occupants {
		nicks = append(nicks, nick)
	}
	slices.Sort(nicks)
	list := make([]any, 0, len(nicks))
	for _, nick := range nicks {
		o := r.occupants[nick]
		list = append(list, object("type", "person", "id", r.id+"/"+nick, "name", nick,
			"role", ircRole(o.affiliation, o.role), "xmpp:affiliation", knownAffiliation(o.affiliation), "xmpp:jid", o.jid))
	}
	event = activity.NewObject(
		activity.Member{Name: "@context", Value: s.canonical},
		activity.Member{Name: "type", Value: "query"},
		activity.Member{Name: "actor", Value: object("id", r.id, "type", "room")},
		activity.Member{Name: "target", Value: object("id", s.self, "type", "person")},
		activity.Member{Name: "object", Value: object("type", "attendance", "members", texts(nicks))},
	)
	return event, object("type", "attendance", "members", texts(nicks), "occupants", list)
}

// maxPages bounds how often a service can make us ask for more.
const maxPages = 50

// listRooms asks a service for its rooms; without a target, the services of the
// own domain which of them has some.
func (l *login) listRooms(ctx context.Context, a *activity.Object) error {
	service := a.Object("target").Text("id")
	if service == "" {
		found, err := l.service(ctx, "conference", "")
		if err != nil {
			return err
		}
		service = found
	}
	if err := checkAddress("target", service); err != nil {
		return err
	}
	rooms, after, seen := []any{}, "", map[string]bool{}
	for range maxPages {
		answer, err := l.ask(ctx, "query", "get", service, roomsPage(after))
		if err != nil {
			return err
		}
		page, next := roomPage(answer)
		rooms = append(rooms, page...)
		if next == "" || len(page) == 0 || seen[next] {
			break
		}
		seen[next], after = true, next
	}
	a.Set("object", items("rooms", rooms))
	return nil
}

// maxServices bounds how many services of a domain are asked what they are.
const maxServices = 20

// service finds a service of the own domain by its category or by a feature.
func (l *login) service(ctx context.Context, category, feature string) (string, error) {
	domain := l.credentials.domain
	answer, err := l.ask(ctx, "query", "get", domain, xml.New("query", "xmlns", nsDiscoItems))
	if err != nil {
		return "", err
	}
	services := []string{domain}
	for item := range answer.Child(nsDiscoItems, "query").Elements {
		if id := item.Attr("jid"); isAddress(id) && len(services) < maxServices {
			services = append(services, id)
		}
	}
	for _, id := range services {
		info, err := l.ask(ctx, "query", "get", id, xml.New("query", "xmlns", nsDiscoInfo))
		if err != nil {
			continue // one that does not answer is not the only one
		}
		if feature != "" && announced(info)[feature] {
			return id, nil
		}
		for identity := range info.Child(nsDiscoInfo, "query").Elements {
			if category != "" && identity.Local() == "identity" && identity.Attr("category") == category && identity.Attr("type") == "text" {
				return id, nil
			}
		}
	}
	return "", failed("query", "item-not-found - the server has no such service")
}

// listBookmarks asks for the rooms that the user keeps, in the new form or the old
// one.
func (l *login) listBookmarks(ctx context.Context, a *activity.Object) error {
	answer, err := l.ask(ctx, "query", "get", l.credentials.account(), bookmarksNew())
	if err != nil || answer.Child(nsPubSub, "pubsub").Child(nsPubSub, "items").FirstElement() == nil {
		old, problem := l.ask(ctx, "query", "get", "", bookmarksOld())
		if problem != nil && err != nil {
			return problem
		}
		if problem == nil {
			answer = old
		}
	}
	a.Set("object", bookmarkList(answer))
	return nil
}

// slot asks for a place to put a file, at the service that takes some.
func (l *login) slot(ctx context.Context, a *activity.Object) error {
	request, err := composeSlot(a.Object("object"))
	if err != nil {
		return err
	}
	service := a.Object("target").Text("id")
	if service == "" || l.isOurs(service) {
		if service, err = l.service(ctx, "", nsUpload); err != nil {
			return err
		}
	}
	answer, err := l.ask(ctx, "query", "get", service, request)
	if err != nil {
		return err
	}
	o, ok := uploadSlot(answer)
	if !ok {
		return failed("query", "the service gives no place that a browser can use")
	}
	a.Set("object", o)
	return nil
}

// isOurs reports whether an address is the own account or its server.
func (l *login) isOurs(id string) bool {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	return l.state.isSelf(id) || l.state.isServer(id)
}

// readProfile asks for what somebody says of himself, in the new form or the old
// one.
func (l *login) readProfile(ctx context.Context, a *activity.Object) error {
	answer, err := l.composed(ctx, a)
	if err != nil || answer.ChildNS(nsVCard4) == nil {
		to := a.Object("target").Text("id")
		if to != "" && l.isOurs(to) {
			to = "" // the own one is asked for without an address (XEP-0054, section 3.1)
		}
		if answer, err = l.ask(ctx, "query", "get", to, profileOld()); err != nil {
			return err
		}
	}
	a.Set("object", profile(answer))
	return nil
}

// history tells who asks, and nobody else, what was said before.
//
//	{"type":"query",…,"target":{"id":"decks@rooms.harbor.example","type":"room"},
//	 "object":{"type":"history","before":"a41","limit":50}}
func (l *login) history(ctx context.Context, job platform.Job) error {
	a := job.Activity
	q, err := composeHistory(a)
	if err != nil {
		return err
	}
	found, complete, err := l.read(ctx, "query", q)
	if err != nil {
		return err
	}
	total := 0
	for _, m := range found {
		if m.activity != nil {
			total++
			l.client.host.EventTo(job.Session, m.activity)
		}
	}
	o := a.Object("object").Copy()
	o.Set("totalItems", float64(total))
	o.Set("complete", complete)
	if len(found) > 0 {
		o.Set("first", strings.Clone(found[0].id))
		o.Set("last", strings.Clone(found[len(found)-1].id))
	}
	a.Set("object", o)
	return nil
}

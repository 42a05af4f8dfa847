package xmpp

import (
	"context"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// join enters a room. It has succeeded when the room shows us our own presence; a
// room that says nothing at all may still let us in.
//
//	{"type":"join","actor":{…,"name":"Mara"},"target":{"id":"decks@rooms.harbor.example","type":"room"}}
//	> <presence to="decks@rooms.harbor.example/Mara"><x xmlns="http://jabber.org/protocol/muc"/></presence>
//	< <presence type='error' from='decks@rooms.harbor.example/Mara'><error type='cancel'><conflict …/>…    join failed: conflict
//	< <presence from='decks@rooms.harbor.example/Mara'>…<status code='110'/></presence>                     or success
func (l *login) join(ctx context.Context, a *activity.Object) error {
	l.client.mu.Lock()
	p, err := l.state.composeJoin(a)
	var r *room
	if err == nil {
		l.withAvailability(p)
		r = l.enter(p, a.Object("target").Text("key"))
	}
	l.client.mu.Unlock()
	if err != nil {
		return err
	}
	// Whose ids are to be trusted is asked before, for what the room tells of the past
	// as soon as we are in; and behind it for a room that is made only now.
	err = l.perform(ctx, l.joining("join", r, p), l.exploring(r), p, l.exploring(r))
	l.client.mu.Lock()
	created := r.created
	r.created = false
	l.client.mu.Unlock()
	if err == nil && created {
		l.open(ctx, r)
	}
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	if err != nil {
		if !r.joined {
			delete(l.state.rooms, foldBare(r.id))
		}
		return err
	}
	a.Object("target").Set("name", r.nick)
	return nil
}

// enter notes that a room is about to be joined. The caller holds client.mu.
func (l *login) enter(p *xml.Element, key string) *room {
	id, nick := bare(p.Attr("to")), resource(p.Attr("to"))
	r := l.state.room(id)
	if r == nil {
		r = &room{id: id}
		l.state.rooms[foldBare(id)] = r
	}
	if !r.joined {
		r.nick = nick
	}
	r.key, r.heard = key, l.state.clock()
	return r
}

// joining waits for what a room says to a join.
func (l *login) joining(verb string, r *room, p *xml.Element) *wait {
	asked := resource(p.Attr("to"))
	w := &wait{verb: verb, limit: l.client.settings.joinSilence, silent: func() error { return nil }}
	w.see = func(w *wait, e *xml.Element) bool {
		from := e.Attr("from")
		switch {
		case !e.Is(nsClient, "presence") || foldBare(from) != foldBare(r.id):
			return false
		case e.Attr("type") == "error":
			l.settle(w, failed(verb, refusedStanza(e).message()))
			return true
		case e.Attr("type") == "" && (hasCode(e.Child(nsMUCUser, "x"), "110") || resource(from) == asked):
			// What it says is told as ever; we are in, under the nick that it gives.
			r.nick, r.joined, r.created = resource(from), true, hasCode(e.Child(nsMUCUser, "x"), "201")
			l.settle(w, nil)
		}
		return false
	}
	return w
}

// open takes a room that was made by our join as it is: until then nobody else may
// come in (XEP-0045, section 10.1.2). One that needs no word refuses it.
//
//	> <iq type="set" …><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>
func (l *login) open(ctx context.Context, r *room) {
	form := xml.New("x", "xmlns", nsForm, "type", "submit")
	_, _ = l.exchange(ctx, "join", "set", r.id, xml.New("query", "xmlns", nsMUCOwner).Add(form))
}

// exploring asks a room what it can do: whose ids may be trusted in it.
func (l *login) exploring(r *room) *xml.Element {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	return l.quietly(r.id, xml.New("query", "xmlns", nsDiscoInfo), func(e *xml.Element) { r.features = announced(e) })
}

package xmpp

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// send says something to a person or to a room.
//
//	{"type":"send",…,"target":{"id":"otto@quay.example","type":"person"},"object":{"type":"message","content":"at nine"}}
//	> <message type="chat" to="otto@quay.example" id="5f1c…"><body>at nine</body></message><r xmlns="urn:xmpp:sm:3"/>
//	< <a xmlns='urn:xmpp:sm:3' h='7'/>
//	{"type":"send",…,"object":{"type":"message","content":"at nine","id":"5f1c…"}}
//
// What a person is sent counts as sent when the server has it; what a room is sent
// when the room has said it to all, which also tells the id and the time that it
// has there.
func (l *login) send(ctx context.Context, a *activity.Object) error {
	m, err := composeSend(a, newUUID())
	if err != nil {
		return err
	}
	o, id := a.Object("object"), m.Attr("id")
	if o == nil { // an empty message
		o = object("type", "message")
		a.Set("object", o)
	}
	echo, err := l.deliver(ctx, "send", m)
	if err != nil {
		return err
	}
	o.Set("id", id)
	if echo == nil {
		return nil
	}
	l.client.mu.Lock() // what the room announces may be news just now
	defer l.client.mu.Unlock()
	if sid := echo.stanzaID(); sid != "" {
		o.Set("xmpp:stanza-id", sid)
	}
	if at := echo.published(); at != "" {
		a.Set("published", at)
	}
	return nil
}

// deliver sends a message and waits until it has arrived: at the room, which
// repeats it to all and so to us, or at the server. echo is what the room says.
func (l *login) deliver(ctx context.Context, verb string, m *xml.Element) (echo *translation, err error) {
	id, to := m.Attr("id"), m.Attr("to")
	toRoom := m.Attr("type") == "groupchat" && id != ""
	w := &wait{verb: verb, counted: !toRoom}
	if id != "" {
		w.message = m
	}
	w.see = func(w *wait, e *xml.Element) bool {
		from := e.Attr("from")
		switch {
		case !e.Is(nsClient, "message") || foldBare(from) != foldBare(to) || id == "" || e.Attr("id") != id && !isSubject(e, m):
			return false
		case e.Attr("type") == "error":
			refused := refusedStanza(e)
			if r := l.state.room(from); r != nil && refused.condition == "not-acceptable" {
				r.heard = time.Time{} // it may have lost us unseen: it is asked at once
			}
			l.settle(w, failed(verb, refused.message()))
			return true
		case toRoom && e.Attr("type") == "groupchat" && l.state.isOwnOccupant(from):
			echo = &translation{state: l.state, e: e, from: from, now: l.state.clock()}
			l.settle(w, nil)
		}
		return false
	}
	l.client.mu.Lock()
	if !toRoom {
		l.state.authors.saw(id, foldBare(l.state.self))
	}
	l.client.mu.Unlock()
	err = l.perform(ctx, w, m)
	return echo, err
}

// isSubject reports whether a room says what it was told to be about: some do that
// without the id of who told it.
func isSubject(e, told *xml.Element) bool {
	subject := told.Child("", "subject")
	return subject != nil && e.Child(nsClient, "body") == nil && e.Child(nsClient, "subject") != nil && e.Child(nsClient, "subject").Text() == subject.Text()
}

// isOwnOccupant reports whether id is the user in a room.
func (s *state) isOwnOccupant(id string) bool {
	r := s.room(id)
	return r != nil && resource(id) == r.nick
}

package xmpp

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// leaveSilence is how long a room may take to say that we have left; then we have.
const leaveSilence = time.Second

// leave leaves a room. It is ours until the room says that we are gone, so that
// this, too, is told as a room's presence.
//
//	> <presence to="decks@rooms.harbor.example/Mara" type="unavailable"/>
//	< <presence type='unavailable' from='decks@rooms.harbor.example/Mara'>…<status code='110'/></presence>
func (l *login) leave(ctx context.Context, a *activity.Object) error {
	l.client.mu.Lock()
	p, err := l.state.composeLeave(a)
	l.client.mu.Unlock()
	if err != nil {
		return err
	}
	to := p.Attr("to")
	w := &wait{verb: "leave", limit: leaveSilence, silent: func() error { return nil }}
	w.see = func(w *wait, e *xml.Element) bool {
		from := e.Attr("from")
		switch {
		case !e.Is(nsClient, "presence") || foldBare(from) != foldBare(to):
		case e.Attr("type") == "error":
			l.settle(w, failed("leave", refusedStanza(e).message()))
			return true
		case e.Attr("type") == "unavailable" && (hasCode(e.Child(nsMUCUser, "x"), "110") || resource(from) == resource(to)):
			l.settle(w, nil)
		}
		return false
	}
	err = l.perform(ctx, w, p)
	if err == nil {
		l.client.mu.Lock()
		delete(l.state.rooms, foldBare(to))
		l.client.mu.Unlock()
	}
	return err
}

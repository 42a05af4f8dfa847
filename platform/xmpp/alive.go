package xmpp

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// dueAt is when a room is to be looked after: one that lost us is entered again,
// one that was silent for long is asked whether we are in it.
func (r *room) dueAt(s *settings) time.Time {
	if r.gone {
		return r.heard.Add(min(s.roomRetry<<min(r.tries, 10), s.lastRetry))
	}
	return r.heard.Add(s.roomSilence)
}

// nextRoom is when the next room is due. The caller holds client.mu.
func (l *login) nextRoom(at time.Time) time.Time {
	for _, r := range l.state.rooms {
		if !r.busy && (r.joined || r.gone) {
			at = earlier(at, r.dueAt(&l.client.settings))
		}
	}
	return at
}

// lookAfterRooms does what is due, beside the reading.
func (l *login) lookAfterRooms(ctx context.Context) {
	now := time.Now()
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	for _, r := range l.state.rooms {
		if r.busy || !r.joined && !r.gone || r.dueAt(&l.client.settings).After(now) {
			continue
		}
		r.busy = true
		gone := r.gone
		l.tasks.Go(func() {
			if gone || !l.isIn(ctx, r) {
				l.rejoin(ctx, r, time.Time{})
			}
			l.client.mu.Lock()
			r.busy = false
			l.client.mu.Unlock()
			l.out.wake()
		})
	}
}

// isIn pings ourselves in a room (XEP-0410): only a room that does not know us
// refuses to pass it on. Every other answer, or none, leaves things as they are.
//
//	> <iq type="get" id="…" to="decks@rooms.harbor.example/Mara"><ping xmlns="urn:xmpp:ping"/></iq>
//	< <iq type='error' …><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>
func (l *login) isIn(ctx context.Context, r *room) bool {
	l.client.mu.Lock()
	to := r.id + "/" + r.nick
	r.heard = l.state.clock()
	l.client.mu.Unlock()
	answer, err := l.exchange(ctx, "ping", "get", to, xml.New("ping", "xmlns", nsPing))
	return err != nil || answer.Attr("type") != "error" || refusedStanza(answer).condition != "not-acceptable"
}

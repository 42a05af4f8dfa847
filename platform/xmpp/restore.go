package xmpp

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// restoration is what is to be done after a login that could not go on with the
// stream before it: the server has forgotten us.
type restoration struct {
	rooms []*room           // that we were in
	lost  []*wait           // jobs whose message nobody has said to have
	own   string            // the address that it was sent from
	ids   map[string]string // last known ids of archives, by the room's address; "" for the account
	at    time.Time         // when the connection was lost
}

const (
	maxCaughtUp = 500  // messages of an archive that are told after a reconnect
	maxHeld     = 1000 // activities that wait until the older ones are told
	clockSkew   = time.Minute
)

// restore puts things back as clients believe them to be: rooms (the presence went
// out with the greeting), and what was said meanwhile, in order. Then it says what
// became of what was sent last.
func (l *login) restore(ctx context.Context, r *restoration) {
	defer l.release()
	for _, room := range r.rooms {
		l.client.mu.Lock()
		left := l.state.room(room.id) != room
		l.client.mu.Unlock()
		if !left {
			l.rejoin(ctx, room, r.at)
		}
	}
	shown, asked := map[string]bool{}, map[string]bool{}
	for archive, last := range r.ids {
		l.catchUp(ctx, archive, last, r, shown, asked)
	}
	l.settleLost(r, shown, asked)
}

// rejoin enters a room again, under the nick and with the key of before. What was
// said meanwhile comes from its archive, or from the room itself where it has none.
func (l *login) rejoin(ctx context.Context, r *room, since time.Time) {
	l.client.mu.Lock()
	history := xml.New("history", "maxstanzas", "0")
	if !r.features[nsArchive] && !since.IsZero() {
		history = xml.New("history", "since", since.UTC().Format("2006-01-02T15:04:05Z"))
	}
	x := xml.New("x", "xmlns", nsMUC).Add(history)
	if r.key != "" {
		x.Add(xml.NewText("password", r.key))
	}
	p := l.withAvailability(xml.New("presence", "to", r.id+"/"+r.nick).Add(x))
	r.joined, r.gone, r.occupants = false, true, nil
	r.heard = l.state.clock()
	l.client.mu.Unlock()
	err := l.perform(ctx, l.joining("join", r, p), p, l.exploring(r))
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	// Who does not let us in now may do so later: after a restart of the server.
	if r.gone = err != nil; r.gone {
		r.tries++
	} else {
		r.tries = 0
	}
}

// catchUp tells what an archive has behind its last message that clients know.
func (l *login) catchUp(ctx context.Context, archive, last string, r *restoration, shown, asked map[string]bool) {
	q := &historyQuery{archive: archive, afterID: last, limit: maxCaughtUp}
	if last == "" {
		q.start = timestamp(r.at.Add(-clockSkew))
	}
	found, _, err := l.read(ctx, "reconnect", q)
	if err != nil {
		return
	}
	asked[archive] = true
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	var missed []*activity.Object
	for _, m := range found {
		if m.activity == nil {
			continue
		}
		from := m.activity.Object("actor").Text("id")
		if fold(from) == fold(r.own) || l.state.isOwnOccupant(from) {
			shown[m.inner] = true // our own words, which have been told
			continue
		}
		if !l.state.told.has(m.id) {
			l.state.told.add(m.id)
			missed = append(missed, m.activity)
		}
	}
	l.caught = append(l.caught, missed...)
}

// release tells what was missed, and behind it what came since.
func (l *login) release() {
	for {
		l.client.mu.Lock()
		events := append(l.caught, l.held...)
		l.caught, l.held = nil, nil
		if len(events) == 0 {
			l.catching = false
			l.client.mu.Unlock()
			return
		}
		l.client.mu.Unlock()
		for _, a := range events {
			l.client.host.Event(a)
		}
	}
}

// settleLost says what became of the messages whose jobs were waiting: one that an
// archive shows has arrived; one that its archive does not show is sent again; of
// others nobody knows.
func (l *login) settleLost(r *restoration, shown, asked map[string]bool) {
	for _, w := range r.lost {
		id := w.message.Attr("id")
		l.client.mu.Lock()
		archive := ""
		if room := l.state.room(w.message.Attr("to")); room != nil {
			archive = room.id
		}
		again := !w.settled && !shown[id] && asked[archive]
		switch {
		case again:
		case shown[id]:
			l.settle(w, nil)
		default:
			l.settle(w, unknownOutcome(w))
		}
		l.client.mu.Unlock()
		if again {
			_ = l.dispatch(w, w.message) // a failure shows at the next read too
		}
	}
}

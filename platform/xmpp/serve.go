package xmpp

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// serve reads a connection until it ends, and returns why it did.
func (l *login) serve(ctx context.Context, k *link) error {
	defer context.AfterFunc(ctx, func() { k.conn.Close() })()
	beside, cancel := context.WithCancel(ctx)
	defer l.tasks.Wait()
	defer k.conn.Close()
	defer cancel()
	if r := l.restoring; r != nil {
		l.restoring = nil
		l.tasks.Go(func() { l.restore(beside, r) })
	}
	l.began = time.Now()
	l.heard, l.pinged = l.began, false
	for {
		e, err := k.read(l.nextLook())
		if isTimeout(err) {
			err = l.look(beside)
			if err == nil {
				continue
			}
		}
		if err == nil {
			l.heard, l.pinged = time.Now(), false
			err = l.handle(k, e)
		}
		if s := &l.client.settings; err == nil && l.out.stalled(s.silence+s.aliveTimeout) {
			err = &streamError{kind: "Error", text: "ETIMEDOUT: the server takes nothing of what is sent"}
		}
		if err != nil {
			l.tellWhy(k, err)
			return err
		}
	}
}

// tellWhy tells a server what is wrong with what it said.
func (l *login) tellWhy(k *link, err error) {
	if broken := asStreamError(err); broken.kind == "XMLError" {
		l.out.unresumable() // it would come again
		e := xml.New("stream:error").Add(xml.New(broken.condition, "xmlns", nsStreamErrors))
		_ = k.write(append(e.Append(nil), footer...)) // it is closed anyway
	}
}

const footer = "</stream:stream>"

// handle follows what a server says.
func (l *login) handle(k *link, e *xml.Element) error {
	switch {
	case e.Space == nsClient:
		switch e.Local() {
		case "message", "presence", "iq":
			l.out.count()
			l.stanza(e)
		}
	case e.Is(nsSM, "r"):
		// A failure shows at the next read too.
		_ = l.out.answer()
	case e.Is(nsSM, "a"):
		return l.acknowledge(e.Attr("h"))
	case e.Is(nsSM, "enabled"):
		l.out.enabled(e)
	case e.Is(nsSM, "failed"):
		l.uncounted()
	case e.Is(nsStreams, "error"):
		lost := refusedStream(e)
		l.out.unresumable() // the stream is over
		if lost.seeOther != "" {
			to, err := l.follow(lost.seeOther, k.tls != nil)
			if err != nil {
				return err
			}
			l.elsewhere = to
		}
		return lost
	}
	return nil
}

// acknowledge settles the jobs whose stanzas the server has counted.
func (l *login) acknowledge(h string) error {
	waits, err := l.out.acknowledged(h)
	if err != nil {
		l.out.unresumable()
		return &streamError{kind: "Error", text: "the server counts wrong: " + err.Error()}
	}
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	for _, w := range waits {
		l.settle(w, nil)
	}
	return nil
}

// uncounted follows a refusal to count: the jobs that wait for it are answered by a
// ping behind what they sent.
func (l *login) uncounted() {
	waits := l.out.disabled()
	if len(waits) == 0 {
		return
	}
	l.client.mu.Lock()
	ping := l.pingBehind(waits...)
	l.client.mu.Unlock()
	_ = l.out.send(nil, ping) // a failure shows at the next read too
}

// stanza translates what came for clients, follows it, and answers requests.
func (l *login) stanza(e *xml.Element) {
	l.client.mu.Lock()
	var out output
	if !l.claimed(e) {
		out = l.state.translate(e)
	}
	l.state.follow(e)
	if l.catching && len(l.held) < maxHeld {
		l.held = append(l.held, out.events...)
		out.events = nil
	}
	warn := out.forged && !l.warned
	l.warned = l.warned || warn
	l.client.mu.Unlock()
	if warn {
		l.client.host.Log().Warn("somebody sends what pretends to be a copy of the account's messages: it is dropped, and not logged again")
	}
	for _, a := range out.events {
		l.client.host.Event(a)
	}
	for _, r := range out.replies {
		_ = l.out.send(nil, r) // a failure shows at the next read too
	}
}

// nextLook is when look is to be called if nothing comes.
func (l *login) nextLook() time.Time {
	s := &l.client.settings
	at := l.heard.Add(s.silence)
	if l.pinged {
		at = at.Add(s.aliveTimeout)
	}
	if l.out.owes() {
		at = earlier(at, time.Now().Add(s.ackDelay))
	}
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	return l.nextRoom(at)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// look does what is due when nothing was heard.
func (l *login) look(ctx context.Context) error {
	s := &l.client.settings
	if l.out.owes() {
		_ = l.out.answer() // a failure shows at the next read too
	}
	l.lookAfterRooms(ctx)
	switch silent := time.Since(l.heard); {
	case silent >= s.silence+s.aliveTimeout && l.pinged:
		return &streamError{kind: "Error", text: "ETIMEDOUT: the server is silent"}
	case silent >= s.silence && !l.pinged:
		l.pinged = true
		if !l.out.probe() {
			ping, _ := newIQ("get", l.credentials.domain, xml.New("ping", "xmlns", nsPing))
			_ = l.out.send(nil, ping)
		}
	}
	return nil
}

package xmpp

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// wait is a job whose answer is waited for: a stanza that see knows, or the
// server's count of what was sent, before which all refusals have come.
//
//	> <message id="m7" …/><r xmlns="urn:xmpp:sm:3"/>
//	< <message type='error' id='m7' …/>       see settles the job
//	< <a xmlns='urn:xmpp:sm:3' h='12'/>       … or, without that, this does
type wait struct {
	verb    string
	message *xml.Element // that it sends, with an id; nil for none

	// see looks at a stanza, reports whether it is the job's and no news for
	// anybody, and may settle the job.
	see func(w *wait, e *xml.Element) bool
	// counted: the job has succeeded when the server has counted its stanzas.
	counted bool
	// limit is how long the answer may take; 0: as long as for others.
	limit time.Duration
	// silent is the outcome when it takes longer; nil: an error.
	silent func() error

	settled bool       // outcome has its value
	outcome chan error // gets one value
}

// perform sends stanzas and waits for the outcome.
func (l *login) perform(ctx context.Context, w *wait, stanzas ...*xml.Element) error {
	if err := l.ready(ctx, w.verb); err != nil {
		return err
	}
	return l.await(ctx, w, func() error { return l.dispatch(w, stanzas...) })
}

// dispatch sends the stanzas of a job, and what makes the server say that it has
// them: a question for its count or, where it does not count, a ping.
func (l *login) dispatch(w *wait, stanzas ...*xml.Element) error {
	switch {
	case !w.counted:
		return l.out.send(nil, stanzas...)
	case l.out.isManaged():
		return l.out.send(w, stanzas...)
	}
	l.client.mu.Lock()
	ping := l.pingBehind(w)
	l.client.mu.Unlock()
	return l.out.send(nil, append(stanzas, ping)...)
}

// pingBehind makes a ping whose answer settles jobs. The caller holds client.mu.
func (l *login) pingBehind(waits ...*wait) *xml.Element {
	ping, id := newIQ("get", l.credentials.domain, xml.New("ping", "xmlns", nsPing))
	for _, w := range waits {
		see := w.see
		w.see = func(w *wait, e *xml.Element) bool {
			if l.isAnswer(e, id, l.credentials.domain) {
				l.settle(w, nil)
				return true
			}
			return see != nil && see(w, e)
		}
	}
	return ping
}

// await makes the stanzas that come be looked at for w, calls send, and waits.
func (l *login) await(ctx context.Context, w *wait, send func() error) error {
	w.outcome = make(chan error, 1)
	l.client.mu.Lock()
	l.waits = append(l.waits, w)
	l.client.mu.Unlock()
	defer l.abandon(w)
	if err := send(); err != nil {
		return failed(w.verb, err.Error())
	}
	limit := w.limit
	if limit == 0 {
		limit = l.client.settings.replyTimeout
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-w.outcome:
		return err
	case <-timer.C:
		if w.silent != nil {
			return w.silent()
		}
		return failed(w.verb, fmt.Sprintf("no answer within %v s", limit.Seconds()))
	case <-ctx.Done():
		return failed(w.verb, "no answer in time")
	}
}

// ask sends a request (an iq get or set) and returns the result. to is "" for the
// own account.
func (l *login) ask(ctx context.Context, verb, kind, to string, payload *xml.Element) (*xml.Element, error) {
	iq, _ := newIQ(kind, to, payload)
	return l.request(ctx, verb, iq)
}

// exchange is ask whose answer may be an error.
func (l *login) exchange(ctx context.Context, verb, kind, to string, payload *xml.Element) (*xml.Element, error) {
	iq, _ := newIQ(kind, to, payload)
	return l.converse(ctx, verb, iq)
}

// request is ask with an iq that is made already.
func (l *login) request(ctx context.Context, verb string, iq *xml.Element) (*xml.Element, error) {
	answer, err := l.converse(ctx, verb, iq)
	if err == nil && answer.Attr("type") == "error" {
		err = failed(verb, refusedStanza(answer).message())
	}
	return answer, err
}

func (l *login) converse(ctx context.Context, verb string, iq *xml.Element) (*xml.Element, error) {
	var answer *xml.Element
	w := &wait{verb: verb}
	w.see = func(w *wait, e *xml.Element) bool {
		if !l.isAnswer(e, iq.Attr("id"), iq.Attr("to")) {
			return false
		}
		answer = e
		l.settle(w, nil)
		return true
	}
	err := l.perform(ctx, w, iq)
	return answer, err
}

// isAnswer reports whether a stanza answers a request of ours: the id is one that
// nobody can guess, and it comes from whom was asked (RFC 6120, section 8.1.2.1).
// What goes to nobody is answered by the own account or server.
func (l *login) isAnswer(e *xml.Element, id, to string) bool {
	if !e.Is(nsClient, "iq") || e.Attr("id") != id {
		return false
	}
	if kind := e.Attr("type"); kind != "result" && kind != "error" {
		return false
	}
	from := e.Attr("from")
	if to == "" || l.state.isAccount(to) {
		return l.state.isSelf(from) || l.state.isServer(from)
	}
	return from == "" && l.state.isServer(to) || from != "" && fold(from) == fold(to)
}

// claimed reports whether a stanza is a waiting job's, and no news for anybody. The
// caller holds client.mu.
func (l *login) claimed(e *xml.Element) bool {
	for _, w := range slices.Clone(l.waits) {
		if w.see != nil && w.see(w, e) {
			return true
		}
	}
	return false
}

// settle ends a wait. The caller holds client.mu.
func (l *login) settle(w *wait, err error) {
	if w.settled {
		return
	}
	w.settled = true
	l.waits = slices.DeleteFunc(l.waits, func(other *wait) bool { return other == w })
	w.outcome <- err
}

// settleAll ends all waits that f is true of: nothing that they wait for will
// come. The caller holds client.mu.
func (l *login) settleAll(f func(*wait) bool, err func(*wait) error) {
	for _, w := range slices.Clone(l.waits) {
		if f(w) {
			l.settle(w, err(w))
		}
	}
}

// isTraceless reports whether no archive can tell what became of a job.
func (w *wait) isTraceless() bool { return w.message == nil }

func (l *login) abandon(w *wait) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	l.waits = slices.DeleteFunc(l.waits, func(other *wait) bool { return other == w })
}

// failed is a job's error in the server's words: "join failed: conflict - That
// nickname is in use".
func failed(verb, why string) error { return platform.Plain(verb + " failed: " + why) }

// newUUID is an id for a message (RFC 9562, version 4).
func newUUID() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newIQ makes a request with an id that cannot be guessed.
func newIQ(kind, to string, payload *xml.Element) (*xml.Element, string) {
	id := rand.Text()
	return xml.New("iq", "type", kind, "id", id, "to", to).Add(payload), id
}

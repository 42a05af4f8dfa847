package xmpp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// liveAccount is mara@harbor.example/web, online at a server that says what a test
// wants: from the bytes on its connection to what the server hands to clients.
type liveAccount struct {
	client   *client
	host     *fakeHost
	conn     *fakeConn
	pipe     *middleware.Pipeline
	platform *activity.RegisteredPlatform
	syncs    int
}

func newLiveAccount(t *testing.T) *liveAccount {
	t.Helper()
	server := newServer(t)
	settings := testSettings()
	settings.roomSilence = 100 * 365 * 24 * time.Hour // the account lives in the past
	c, host, answers := dialled(t, settings, server, "")
	l := &liveAccount{client: c, host: host, conn: server.accept(t)}
	l.pipe, l.platform = pipeline(t)
	l.conn.login(t, false)
	want(t, answers, "")
	return l
}

// hear makes the account know what s knows, lets the server say stanzas, and returns
// what clients are told and what is sent.
func (l *liveAccount) hear(t *testing.T, s *state, stanzas ...string) (told []any, sent []*xml.Element) {
	t.Helper()
	for _, r := range s.rooms {
		r.heard = s.clock()
	}
	l.sync(t)
	l.client.mu.Lock()
	l.client.login.state = s
	l.client.mu.Unlock()
	l.host.mu.Lock()
	l.host.events = nil
	l.host.mu.Unlock()
	l.conn.send(stanzas...)
	sent = l.sync(t)
	told = []any{}
	l.host.mu.Lock()
	defer l.host.mu.Unlock()
	for _, e := range l.host.events {
		a := e.activity.Copy()
		if err := l.pipe.Outbound(l.platform, a, ""); err != nil {
			t.Errorf("the server drops %s: %v", activity.AppendJSON(nil, a), err)
		}
		a.Delete("@context")
		told = append(told, plainJSON(a))
	}
	return told, sent
}

// sync returns what the client sends until it has followed all that the server said.
func (l *liveAccount) sync(t *testing.T) (sent []*xml.Element) {
	t.Helper()
	l.conn.conn.SetDeadline(time.Now().Add(patience))
	l.syncs++
	id := fmt.Sprint("sync ", l.syncs)
	l.conn.send(`<iq type='get' id='`, id, `' from='harbor.example'><ping xmlns='urn:xmpp:ping'/></iq>`)
	for {
		e := l.conn.next(t)
		if e.Attr("id") == id {
			return sent
		}
		sent = append(sent, e)
	}
}

// does does a job and returns what is sent for it. The server refuses what wants an
// answer, so that no job waits.
func (l *liveAccount) does(t *testing.T, s *state, j platform.Job) (sent []*xml.Element, done answer) {
	t.Helper()
	for _, r := range s.rooms {
		r.heard = s.clock()
	}
	l.sync(t)
	l.client.mu.Lock()
	l.client.login.state, l.client.login.presence = s, nil
	l.client.mu.Unlock()
	answers := make(chan answer, 1)
	go func() {
		a := <-start(l.client, j)
		l.conn.send(`<iq type='get' id='over' from='harbor.example'><ping xmlns='urn:xmpp:ping'/></iq>`)
		answers <- a
	}()
	reply := func(e *xml.Element, kind, from string, payload ...*xml.Element) {
		l.conn.send(xml.New(e.Local(), "type", kind, "id", e.Attr("id"), "from", from).Add(payload...).String())
	}
	refused := xml.New("error", "type", "cancel").Add(xml.New("item-not-found", "xmlns", nsStanzaErrors))
	for {
		e := l.conn.next(t)
		to, kind := e.Attr("to"), e.Attr("type")
		payload := e.FirstElement()
		switch {
		case e.Attr("id") == "over":
			return sent, <-answers
		case payload.Is(nsPing, "ping"): // behind what was sent
			reply(e, "result", to)
			continue
		case payload.Is(nsDiscoInfo, "query") && !strings.HasPrefix(e.Attr("id"), roomInfoPrefix): // of a room that is entered
			reply(e, "error", to, refused)
			continue
		case e.Local() == "iq" && to == "":
			reply(e, "error", "mara@harbor.example", refused)
		case e.Local() == "iq", e.Local() == "presence" && payload.Is(nsMUC, "x"), kind == "groupchat":
			reply(e, "error", to, refused)
		case e.Local() == "presence" && kind == "unavailable" && to != "":
			reply(e, "unavailable", to, xml.New("x", "xmlns", nsMUCUser).Add(xml.New("status", "code", "110")))
		}
		sent = append(sent, e)
	}
}

package xmpp

import (
	"fmt"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
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

package xmpp

import "testing"

// A server that wants to know hears when the last session has gone, and when one is
// back.
func TestNobodyIsThere(t *testing.T) {
	s := testSettings()
	s.linger = 3600e9
	server := newServer(t)
	c, host, answers := dialled(t, s, server, "")
	conn := server.accept(t)
	conn.authenticate(t, bindFeature+`<csi xmlns='urn:xmpp:csi:0'/>`)
	conn.bind(t, false)
	want(t, answers, "")
	if len(host.linger) != 1 || host.linger[0] != s.linger {
		t.Errorf("the instance is to linger for %v", host.linger)
	}
	c.Detach("a")
	conn.expect(t, `<inactive xmlns="urn:xmpp:csi:0"/>`)
	want(t, connectJob(t, c, server, ""), "")
	conn.expect(t, `<active xmlns="urn:xmpp:csi:0"/>`)
	c.Detach("b") // a stranger to it
}

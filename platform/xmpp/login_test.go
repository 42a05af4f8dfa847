package xmpp

import (
	"testing"

	"github.com/sockethub/sockethub/activity"
)

func TestConnect(t *testing.T) {
	for _, managed := range []bool{true, false} {
		server := newServer(t)
		c, host, answers := dialled(t, testSettings(), server, "")
		conn := server.accept(t)
		conn.login(t, managed)
		a := want(t, answers, "").activity
		if got := string(activity.AppendJSON(nil, a.Object("target"))); got != `{"id":"mara@localhost/web","type":"person"}` {
			t.Errorf("the target is %s", got)
		}
		conn.send(ottoSays("o1", "fine"))
		host.expect(t, `{"type":"send","actor":{"type":"person","id":"otto@quay.example/phone"},"target":{"type":"person","id":"mara@localhost/web"},"object":{"type":"message","id":"o1","content":"fine"}}`)
		want(t, connectJob(t, c, server, ""), "") // a second one says nothing to the server
		answers = start(c, job(t, `{"type":"disconnect"}`))
		conn.expect(t, `<presence type="unavailable"/>`)
		conn.ended(t)
		conn.conn.Close()
		want(t, answers, "")
		want(t, start(c, job(t, `{"type":"disconnect"}`)), "disconnect called on uninitialized platform")
	}
}

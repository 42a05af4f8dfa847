package xmpp

import (
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

func ourPing() *xml.Element {
	ping, _ := newIQ("get", "localhost", xml.New("ping", "xmlns", nsPing))
	return ping
}

// A silent server is asked, and given up when it says nothing.
func TestSilentServer(t *testing.T) {
	for _, managed := range []bool{true, false} {
		s := testSettings()
		s.silence, s.aliveTimeout, s.ackDelay = 50*time.Millisecond, 50*time.Millisecond, time.Hour
		_, host, conn, _ := online(t, s, managed)
		if managed {
			for !conn.next(t).Is(nsSM, "r") {
			}
		} else {
			conn.expect(t, `<iq type="get" id="ID" to="localhost"><ping xmlns="urn:xmpp:ping"/></iq>`)
		}
		host.expect(t, `{"type":"connect","actor":{"id":"mara@localhost/web","type":"person"},"error":"Connection lost: Error: ETIMEDOUT: the server is silent. Attempting automatic reconnection...","object":{"type":"connect","status":"reconnecting","condition":"network"}}`)
	}
}

// Any answer counts as a sign of life.
func TestAnyAnswerCounts(t *testing.T) {
	s := testSettings()
	s.silence, s.aliveTimeout = 30*time.Millisecond, patience
	_, host, conn, _ := online(t, s, false)
	for range 3 {
		conn.expect(t, `<iq type="get" id="ID" to="localhost"><ping xmlns="urn:xmpp:ping"/></iq>`)
		conn.send(" ", ottoSays("o", "here"))
		host.next(t)
	}
}

// A link that brings what the server says and takes nothing to it is given up.
func TestSwallowedOneWay(t *testing.T) {
	s := testSettings()
	s.silence, s.aliveTimeout = 100*time.Millisecond, 100*time.Millisecond
	c, host, conn, _ := online(t, s, true)
	answers := sendTo(t, c, "m1")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 3000 {
			if _, err := conn.conn.Write([]byte(ottoSays("o", "here"))); err != nil {
				return
			}
			time.Sleep(time.Millisecond) // it talks on, however long it takes to be noticed
		}
	}()
	lost := host.until(t, isStatus("reconnecting")).Text("error")
	if lost != "Connection lost: Error: ETIMEDOUT: the server takes nothing of what is sent. Attempting automatic reconnection..." {
		t.Errorf("clients are told %q", lost)
	}
	conn.conn.Close()
	<-done
	select {
	case a := <-answers:
		t.Errorf("the job ends with %v; it may still be resumed", a.err)
	default:
	}
}

const maraInDecks = `<presence from='decks@rooms.localhost/mara' to='mara@localhost/web'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x></presence>`

// A silent room is asked whether we are in it, and joined again when we are not
// (XEP-0410).
func TestRoomThatLostUs(t *testing.T) {
	s := testSettings()
	s.roomSilence = 50 * time.Millisecond
	c, _, conn, _ := online(t, s, false)
	enter(t, c, conn)
	for _, answer := range []string{
		`<iq type='error' from='decks@rooms.localhost/mara' id='ID'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`, // somebody answers: we are in
		`<iq type='result' from='decks@rooms.localhost/mara' id='ID'/>`,
		`<iq type='error' from='decks@rooms.localhost/mara' id='ID'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
	} {
		ping := conn.expect(t, `<iq type="get" id="ID" to="decks@rooms.localhost/mara"><ping xmlns="urn:xmpp:ping"/></iq>`)
		conn.send(replaceID(answer, ping.Attr("id")))
	}
	conn.expect(t, `<presence to="decks@rooms.localhost/mara"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/><password>sesame</password></x></presence>`)
}

// A room that shuts down is joined again when it is back.
func TestRoomThatShutsDown(t *testing.T) {
	s := testSettings()
	s.roomRetry = 20 * time.Millisecond
	c, host, conn, _ := online(t, s, false)
	enter(t, c, conn)
	conn.send(`<presence type='unavailable' from='decks@rooms.localhost/mara' to='mara@localhost/web'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/><status code='110'/><status code='332'/></x></presence>`)
	for range 2 { // the first time it is not up yet
		p := conn.next(t)
		conn.next(t)
		conn.send(`<presence type='error' from='`, p.Attr("to"), `'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`)
	}
	conn.next(t)
	conn.next(t)
	host.until(t, func(a *activity.Object) bool { return a.Object("object").Text("presence") == "offline" })
	conn.send(maraInDecks)
	host.until(t, func(a *activity.Object) bool { return a.Object("object").Text("presence") == "online" })
	answers := start(c, job(t, `{"type":"query","target":{"id":"decks@rooms.localhost","type":"room"},"object":{"type":"attendance"}}`))
	want(t, answers, "")
}

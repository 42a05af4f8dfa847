package xmpp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

const joinDecks = `{"type":"join","target":{"type":"room","id":"decks@rooms.localhost"}}`

// ownPresence is what a room says of us, with more codes.
func ownPresence(nick string, codes ...string) string {
	text := `<presence from='decks@rooms.localhost/` + nick + `' to='mara@localhost/web'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/>`
	for _, c := range codes {
		text += `<status code='` + c + `'/>`
	}
	return text + `</x></presence>`
}

func TestJoin(t *testing.T) {
	const failedWith = `<presence type='error' from='decks@rooms.localhost/mara' to='mara@localhost/web'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>That nickname is in use</text></error></presence>`
	tests := []struct{ name, answer, want, nick string }{
		{"own presence", ownPresence("mara", "110"), "", "mara"},
		{"without the code, as old rooms do", ownPresence("mara"), "", "mara"},
		{"the room gives another nick", ownPresence("mara2", "110", "210"), "", "mara2"},
		{"others are not we", ownPresence("otto") + ownPresence("mara", "110"), "", "mara"},
		{"refused", failedWith, "join failed: conflict - That nickname is in use", ""},
		{"refused by somebody else", strings.Replace(failedWith, "decks@rooms", "eve@ebb", 1) + ownPresence("mara", "110"), "", "mara"},
		{"silence", "", "", "mara"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := testSettings()
			s.joinSilence = patience
			if tt.answer == "" {
				s.joinSilence = 20 * time.Millisecond
			}
			c, _, conn, _ := online(t, s, false)
			answers := start(c, job(t, joinDecks))
			for range 3 {
				conn.next(t)
			}
			conn.send(tt.answer)
			a := want(t, answers, tt.want)
			if got := a.activity.Object("target").Text("name"); got != tt.nick {
				t.Errorf("the nick is %q, want %q", got, tt.nick)
			}
		})
	}
}

// A room that is made by a join is opened for others.
func TestJoinMakesARoom(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), false)
	answers := start(c, job(t, joinDecks))
	for range 3 {
		conn.next(t)
	}
	conn.send(ownPresence("mara", "110", "201"))
	form := conn.expect(t, `<iq type="set" id="ID" to="decks@rooms.localhost"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`)
	conn.send(`<iq type='result' from='decks@rooms.localhost' id='`, form.Attr("id"), `'/>`)
	want(t, answers, "")
}

// A room's own answer to a leave is still told as a room's.
func TestLeave(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), false)
	enter(t, c, conn)
	host.next(t)
	answers := start(c, job(t, `{"type":"leave","target":{"type":"room","id":"decks@rooms.localhost"}}`))
	conn.expect(t, `<presence from="mara@localhost/web" to="decks@rooms.localhost/mara" type="unavailable"/>`)
	conn.send(`<presence type='unavailable' from='decks@rooms.localhost/mara' to='mara@localhost/web'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/><status code='110'/></x></presence>`)
	want(t, answers, "")
	if a := host.next(t).activity; a.Object("actor").Text("type") != "room" || a.Object("object").Text("presence") != "offline" {
		t.Errorf("it is told as %s", activity.AppendJSON(nil, a))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.login.state.rooms) != 0 {
		t.Error("the room is still ours")
	}
}

// What a room is sent has arrived when the room says it: with the id and the time
// that it has for all. Somebody else with the same id does not count.
func TestSendToRoom(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), true)
	enter(t, c, conn)
	c.mu.Lock()
	c.login.state.room("decks@rooms.localhost").features = map[string]bool{nsStanzaID: true}
	c.mu.Unlock()
	send := `{"type":"send","target":{"type":"room","id":"decks@rooms.localhost"},"object":{"type":"message","id":"m1","content":"ahoy"}}`
	answers := start(c, job(t, send))
	for conn.next(t).Local() != "message" {
	}
	echo := func(nick string) string {
		return `<message type='groupchat' from='decks@rooms.localhost/` + nick + `' to='mara@localhost/web' id='m1'><body>ahoy</body>` +
			`<stanza-id xmlns='urn:xmpp:sid:0' by='decks@rooms.localhost' id='` + nick + `-1'/></message>`
	}
	conn.send(echo("otto"), echo("mara"))
	o := want(t, answers, "").activity.Object("object")
	if got := string(activity.AppendJSON(nil, o)); got != `{"type":"message","id":"m1","content":"ahoy","xmpp:stanza-id":"mara-1"}` {
		t.Errorf("the answer's object is %s", got)
	}
	host.until(t, func(a *activity.Object) bool {
		return a.Object("actor").Text("name") == "mara" && a.Text("type") == "send"
	})
	answers = start(c, job(t, strings.Replace(send, "m1", "m2", 1)))
	for conn.next(t).Local() != "message" {
	}
	conn.send(`<message type='error' from='decks@rooms.localhost' id='m2'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
	want(t, answers, "send failed: forbidden")
}

// A request is answered by whom it was sent to, and by nobody else.
func TestBelieveAnswersToJobs(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), false)
	answers := start(c, job(t, `{"type":"query","target":{"id":"decks@rooms.localhost","type":"room"},"object":{"type":"members","affiliation":"owner"}}`))
	iq := conn.next(t)
	result := func(from, id string) string {
		return `<iq type='result' from='` + from + `' id='` + id + `'><query xmlns='http://jabber.org/protocol/muc#admin'><item jid='` + from + `' affiliation='owner'/></query></iq>`
	}
	conn.send(result("eve@ebb.example", iq.Attr("id")), result("mara@localhost", iq.Attr("id")), result("decks@rooms.localhost", "guessed"),
		result("Decks@Rooms.localhost", iq.Attr("id")))
	o := want(t, answers, "").activity.Object("object")
	if got := string(activity.AppendJSON(nil, o)); !strings.Contains(got, `"Decks@Rooms.localhost"`) {
		t.Errorf("the answer is %s", got)
	}
	answers = start(c, job(t, `{"type":"query","object":{"type":"roster"}}`))
	iq = conn.next(t)
	conn.send(`<iq type='result' from='eve@ebb.example' id='`, iq.Attr("id"), `'><query xmlns='jabber:iq:roster'><item jid='eve@ebb.example' subscription='both'/></query></iq>`,
		`<iq type='error' from='mara@localhost' id='`, iq.Attr("id"), `'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
	want(t, answers, "query failed: item-not-found")
}

// A job that comes while the connection is being made again waits, and fails by name
// when that takes too long.
func TestJobsWhileReconnecting(t *testing.T) {
	s := testSettings()
	s.replyTimeout = 300 * time.Millisecond
	c, host, conn, server := online(t, s, false)
	conn.conn.Close()
	host.until(t, isStatus("reconnecting"))
	if a := <-sendTo(t, c, "m1"); !strings.HasPrefix(a.text(), "send failed: not connected, reconnecting: ") {
		t.Errorf("the answer is %q", a.text())
	}
	c.settings.replyTimeout = patience
	waiting := sendTo(t, c, "m2")
	connectJob(t, c, server, "")
	conn = server.accept(t)
	conn.login(t, false)
	for e := conn.next(t); e.Local() != "message"; e = conn.next(t) {
		if e.Child(nsArchive, "query") != nil {
			conn.send(`<iq type='error' id='`, e.Attr("id"), `'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
		}
	}
	for e := conn.next(t); ; e = conn.next(t) {
		if e.Child(nsPing, "ping") != nil {
			conn.send(`<iq type='result' from='localhost' id='`, e.Attr("id"), `'/>`)
			break
		}
	}
	want(t, waiting, "")
}

// How the user is goes to all who may know it, and to the rooms (XEP-0045, section
// 7.7), also those that are entered later.
func TestPresenceGoesToRooms(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), false)
	update := func(text string) <-chan answer {
		return start(c, job(t, `{"type":"update","object":{"type":"presence",`+text+`}}`))
	}
	answers := update(`"presence":"dnd","content":"at the helm"`)
	conn.next(t)
	conn.pong(t)
	want(t, answers, "")
	answers = start(c, job(t, `{"type":"join","target":{"type":"room","id":"decks@rooms.localhost"}}`))
	conn.next(t) // what the room can do
	conn.expect(t, `<presence from="mara@localhost/web" to="decks@rooms.localhost/mara"><x xmlns="http://jabber.org/protocol/muc"/><show>dnd</show><status>at the helm</status></presence>`)
	conn.next(t)
	conn.send(maraInDecks)
	want(t, answers, "")
	answers = update(`"presence":"online"`)
	conn.next(t)
	conn.expect(t, `<presence to="decks@rooms.localhost/mara"/>`)
	conn.pong(t)
	want(t, answers, "")
	answers = update(`"presence":"offline"`) // the server tells the rooms (RFC 6121, section 4.6.3)
	conn.expect(t, `<presence type="unavailable"/>`)
	conn.pong(t)
	want(t, answers, "")
}

// A stanza that is too long for the server would end the stream: the job fails.
func TestTooLongForTheServer(t *testing.T) {
	for _, tt := range []struct {
		name, limits string
		takes        int
	}{
		{"it does not say", "", usualLimit},
		{"it takes more", `<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>400000</max-bytes></limits>`, 400_000},
		{"it takes less than it must", `<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10</max-bytes></limits>`, leastLimit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := newServer(t)
			c, _, answers := dialled(t, testSettings(), server, "")
			conn := server.accept(t)
			conn.authenticate(t, bindFeature+tt.limits)
			conn.bind(t, false)
			want(t, answers, "")
			say := func(n int) <-chan answer {
				return start(c, job(t, `{"type":"send","target":{"id":"otto@quay.example","type":"person"},"object":{"type":"message","id":"m1","content":"`+strings.Repeat("x", n)+`"}}`))
			}
			frame := len(fmt.Sprintf(message, "m1")) - len("at nine")
			want(t, say(tt.takes-frame+1), fmt.Sprintf("send failed: the stanza has %d bytes, the server takes %d", tt.takes+1, tt.takes))
			answers = say(tt.takes - frame)
			conn.next(t)
			conn.pong(t)
			want(t, answers, "")
		})
	}
}

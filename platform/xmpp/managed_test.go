package xmpp

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// send begins to send a text to otto.
func sendTo(t testing.TB, c *client, id string) <-chan answer {
	return start(c, job(t, fmt.Sprintf(`{"type":"send","target":{"id":"otto@quay.example","type":"person"},"object":{"type":"message","id":%q,"content":"at nine"}}`, id)))
}

const (
	askForCount = `<r xmlns="urn:xmpp:sm:3"/>`
	message     = `<message type="chat" to="otto@quay.example" id="%s"><body>at nine</body></message>`
)

// A message counts as sent when the server has counted it.
func TestSendWaitsForTheCount(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), true)
	answers := sendTo(t, c, "m1")
	conn.expect(t, fmt.Sprintf(message, "m1"))
	conn.expect(t, askForCount)
	conn.send(`<a xmlns='urn:xmpp:sm:3' h='4'/>`) // the four that came before it
	select {
	case a := <-answers:
		t.Fatalf("answered too early: %v", a.err)
	case <-time.After(20 * time.Millisecond):
	}
	conn.send(`<a xmlns='urn:xmpp:sm:3' h='5'/>`)
	want(t, answers, "")
}

// A refusal comes before the count, in the server's words.
func TestSendFailsInTheServersWords(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), true)
	answers := sendTo(t, c, "m1")
	conn.next(t)
	conn.send(`<message type='error' from='eve@ebb.example' id='m1'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
		`<message type='error' from='otto@quay.example' id='m1'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Nobody of that name</text></error></message>`,
		`<a xmlns='urn:xmpp:sm:3' h='5'/>`)
	want(t, answers, "send failed: item-not-found - Nobody of that name")
	if a := host.next(t).activity; a.Object("actor").Text("id") != "eve@ebb.example" {
		t.Errorf("what eve says is told as %s", activity.AppendJSON(nil, a))
	}
}

// Without stream management a ping stands behind the message.
func TestSendWithoutStreamManagement(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), false)
	answers := sendTo(t, c, "m1")
	conn.expect(t, fmt.Sprintf(message, "m1"))
	ping := conn.next(t)
	conn.send(`<iq type='result' from='eve@ebb.example' id='`, ping.Attr("id"), `'/>`) // no answer of hers
	select {
	case a := <-answers:
		t.Fatalf("answered by a stranger: %v", a.err)
	case <-time.After(20 * time.Millisecond):
	}
	conn.send(`<iq type='error' from='localhost' id='`, ping.Attr("id"), `'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
	want(t, answers, "")
}

func TestNoAnswerFailsByName(t *testing.T) {
	s := testSettings()
	s.replyTimeout = 50 * time.Millisecond
	c, _, _, _ := online(t, s, true)
	want(t, sendTo(t, c, "m1"), "send failed: no answer within 0.05 s")
}

// The server is told what was received: when it asks, after five, and after a while.
func TestReceivedIsCounted(t *testing.T) {
	s := testSettings()
	s.ackDelay = 20 * time.Millisecond
	_, _, conn, _ := online(t, s, true) // two answers came since <enabled/>
	conn.send(`<r xmlns='urn:xmpp:sm:3'/>`)
	conn.expect(t, `<a xmlns="urn:xmpp:sm:3" h="2"/>`)
	conn.send(ottoSays("1", "1"))
	conn.expect(t, `<a xmlns="urn:xmpp:sm:3" h="3"/>`)
	conn.send(ottoSays("2", "2"), ottoSays("3", "3"), ottoSays("4", "4"), ottoSays("5", "5"), ottoSays("6", "6"))
	conn.expect(t, `<a xmlns="urn:xmpp:sm:3" h="8"/>`)
}

// reconnect cuts a connection and returns the next one, up to the features behind
// the login.
func reconnected(t testing.TB, c *client, host *fakeHost, conn *fakeConn, server *fakeServer) (*fakeConn, <-chan answer) {
	t.Helper()
	conn.conn.Close()
	host.until(t, isStatus("reconnecting"))
	answers := connectJob(t, c, server, "")
	conn = server.accept(t)
	conn.authenticate(t, bindFeature+smFeature)
	return conn, answers
}

// A stream goes on where it was: counts are kept, and what was not counted is sent
// again.
func TestResume(t *testing.T) {
	s := testSettings()
	c, host, conn, server := online(t, s, true)
	sent := sendTo(t, c, "m1")
	conn.next(t)
	conn.send(ottoSays("o1", "one"))
	host.next(t)
	conn, answers := reconnected(t, c, host, conn, server)
	conn.expect(t, `<resume xmlns="urn:xmpp:sm:3" h="3" previd="s7"/>`)
	conn.send(`<resumed xmlns='urn:xmpp:sm:3' h='4' previd='s7'/>`)
	conn.expect(t, fmt.Sprintf(message, "m1"))
	conn.expect(t, askForCount)
	want(t, answers, "")
	if c := host.until(t, isStatus("online")).Object("object").Text("condition"); c != "resumed" {
		t.Errorf("clients are told the condition %q", c)
	}
	conn.send(`<a xmlns='urn:xmpp:sm:3' h='5'/>`, ottoSays("o2", "two"))
	want(t, sent, "")
	host.next(t)
	// And once more: the counts were never reset.
	conn, _ = reconnected(t, c, host, conn, server)
	conn.expect(t, `<resume xmlns="urn:xmpp:sm:3" h="4" previd="s7"/>`)
}

// A server that has forgotten the stream may know how far it came. Of a message
// whose fate it does not tell the archive does.
func TestNotResumed(t *testing.T) {
	tests := []struct{ name, failed, archived, want string }{
		{"counted after all", `<failed xmlns='urn:xmpp:sm:3' h='5'/>`, "", ""},
		{"the archive shows it", `<failed xmlns='urn:xmpp:sm:3'/>`, "m1", ""},
		{"the archive does not show it", `<failed xmlns='urn:xmpp:sm:3'/>`, "other", "again"},
		{"there is no archive", `<failed xmlns='urn:xmpp:sm:3'/>`, "", "send failed: the connection was lost, and what became of it is unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, host, conn, server := online(t, testSettings(), true)
			sent := sendTo(t, c, "m1")
			conn.next(t)
			conn, answers := reconnected(t, c, host, conn, server)
			conn.next(t)
			conn.send(tt.failed)
			conn.bind(t, true)
			want(t, answers, "")
			query := conn.next(t)
			q := query.Child(nsArchive, "query").Attr("queryid")
			if tt.archived == "" {
				conn.send(`<iq type='error' id='`, query.Attr("id"), `'><error type='cancel'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
			} else {
				conn.send(archived(q, "a1", "mara@localhost/web", tt.archived, "at nine"), archived(q, "a2", "otto@quay.example/phone", "o1", "meanwhile"),
					`<iq type='result' id='`, query.Attr("id"), `'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>`)
			}
			if tt.want == "again" {
				for conn.next(t).Local() != "message" { // our own count may come first
				}
				conn.expect(t, askForCount)
				conn.send(`<a xmlns='urn:xmpp:sm:3' h='6'/>`)
				tt.want = ""
			}
			a := want(t, sent, tt.want)
			if tt.want != "" && a.activity.Text("code") != platform.CodeOutcomeUnknown {
				t.Errorf("the answer is %s", activity.AppendJSON(nil, a.activity))
			}
			if tt.archived != "" {
				host.until(t, func(a *activity.Object) bool { return a.Object("object").Text("content") == "meanwhile" })
			}
		})
	}
}

// archived is a result of an archive.
func archived(queryID, id, from, inner, text string) string {
	return `<message><result xmlns='urn:xmpp:mam:2' queryid='` + queryID + `' id='` + id + `'><forwarded xmlns='urn:xmpp:forward:0'>` +
		`<delay xmlns='urn:xmpp:delay' stamp='2024-05-06T07:08:09Z'/><message xmlns='jabber:client' type='chat' from='` + from +
		`' to='mara@localhost' id='` + inner + `'><body>` + text + `</body></message></forwarded></result></message>`
}

// What was missed is told in order, and once: what came meanwhile waits for it.
func TestMissedIsToldInOrder(t *testing.T) {
	c, host, conn, server := online(t, testSettings(), false)
	sid := func(id string) string {
		return `<message from='otto@quay.example/p' to='mara@localhost' type='chat'><body>` + id + `</body><stanza-id xmlns='urn:xmpp:sid:0' by='mara@localhost' id='` + id + `'/></message>`
	}
	conn.send(sid("a1"))
	host.next(t)
	conn.conn.Close()
	host.until(t, isStatus("reconnecting"))
	answers := connectJob(t, c, server, "")
	conn = server.accept(t)
	conn.login(t, false)
	want(t, answers, "")
	host.until(t, isStatus("online"))
	query := conn.next(t)
	if got := query.String(); !strings.Contains(got, "<after>a1</after>") {
		t.Errorf("the archive is asked with %s", got)
	}
	q := query.Child(nsArchive, "query").Attr("queryid")
	conn.send(sid("a3"), archived(q, "a2", "otto@quay.example/p", "x", "a2"), archived(q, "a3", "otto@quay.example/p", "x", "a3"),
		archived("another", "a9", "otto@quay.example/p", "x", "forged"),
		`<iq type='result' id='`, query.Attr("id"), `'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>`, sid("a4"))
	for _, text := range []string{"a2", "a3", "a4"} {
		if a := host.next(t).activity; a.Object("object").Text("content") != text {
			t.Fatalf("told is %s, want %s", activity.AppendJSON(nil, a), text)
		}
	}
}

// A count of what was never sent ends the stream, also past the end of the numbers.
func TestWrongCounts(t *testing.T) {
	for _, h := range []string{"6", "4000000000", "x", "-1", ""} {
		_, host, conn, _ := online(t, testSettings(), true)
		conn.send(`<a xmlns='urn:xmpp:sm:3' h='`, h, `'/>`)
		if e := host.next(t).activity.Text("error"); !strings.HasPrefix(e, "Connection lost: Error: the server counts wrong: ") {
			t.Errorf("h=%q: clients are told %q", h, e)
		}
	}
	o := &outbox{acked: 1<<32 - 2, queue: make([]unacked, 5)}
	if _, err := o.acknowledged("2"); err != nil || len(o.queue) != 1 || o.acked != 2 {
		t.Errorf("past the end: %v, %d are left, %d counted", err, len(o.queue), o.acked)
	}
}

// Who never counts does not make us keep everything.
func TestTooMuchUnacknowledged(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), true)
	l := c.current()
	go func() {
		for {
			if _, err := conn.reader.Next(); err != nil {
				return
			}
		}
	}()
	var err error
	for err == nil {
		err = l.out.send(nil, ourPing())
	}
	if err != errFull || len(l.out.queue) != maxUnacked {
		t.Fatalf("%v, %d are kept", err, len(l.out.queue))
	}
	want(t, sendTo(t, c, "m1"), "send failed: too much is unacknowledged")
}

// Nor by the size of what is kept.
func TestTooManyBytesUnacknowledged(t *testing.T) {
	var o outbox
	o.open(newLink(recorder{Writer: io.Discard}, nil), true)
	large := xml.New("message").Add(xml.NewText("body", strings.Repeat("x", 200<<10)))
	sent := 0
	for o.send(nil, large) == nil {
		sent++
	}
	if got, most := sent*(200<<10), maxUnackedBytes; got > most || got < most-(200<<10)-2000 || len(o.queue) != sent {
		t.Errorf("%d bytes are kept of %d stanzas, at most %d", got, sent, most)
	}
}

// The count is asked for behind each job, and each twenty stanzas that none waits for.
func TestCountIsAskedFor(t *testing.T) {
	var o outbox
	var written strings.Builder
	o.open(newLink(recorder{Writer: &written}, nil), true)
	o.enabled(xml.New("enabled"))
	asked := func() int { return strings.Count(written.String(), askForCount) }
	for i := range 2 * askEvery {
		o.send(nil, xml.New("presence"))
		if got, want := asked(), (i+1)/askEvery; got != want {
			t.Fatalf("asked %d times after %d stanzas, want %d", got, i+1, want)
		}
	}
	o.send(&wait{}, xml.New("presence"))
	if asked() != 3 {
		t.Error("a job does not ask")
	}
}

// recorder keeps what is written to it.
type recorder struct {
	net.Conn
	io.Writer
}

func (r recorder) Write(b []byte) (int, error)      { return r.Writer.Write(b) }
func (r recorder) SetWriteDeadline(time.Time) error { return nil }

// Who is in more rooms than may be unacknowledged is heard in all, and enters all
// again.
func TestManyRooms(t *testing.T) {
	const many = maxUnacked + 100
	c, host, conn, server := online(t, testSettings(), true)
	c.mu.Lock()
	for i := range many {
		id := fmt.Sprintf("r%d@rooms.localhost", i)
		c.login.state.rooms[id] = &room{id: id, nick: "mara", joined: true, heard: time.Now()}
	}
	c.mu.Unlock()
	answers := start(c, job(t, `{"type":"update","object":{"type":"presence","presence":"away"}}`))
	serve := func(conn *fakeConn, counted int, self string) {
		for presences := 0; presences < many; {
			e := conn.next(t)
			switch {
			case e.Is(nsSM, "r"):
				conn.send(fmt.Sprintf(`<a xmlns='urn:xmpp:sm:3' h='%d'/>`, counted))
				continue
			case e.Space != nsClient:
				continue
			case e.Is(nsClient, "presence") && e.Attr("to") != "":
				presences++
				if self != "" {
					conn.send(`<presence from='`, e.Attr("to"), `' to='mara@localhost/web'>`, self, `</presence>`)
				}
			}
			counted++
		}
		conn.send(fmt.Sprintf(`<a xmlns='urn:xmpp:sm:3' h='%d'/>`, counted))
	}
	serve(conn, 4, "")
	want(t, answers, "")
	conn.conn.Close()
	host.until(t, isStatus("reconnecting"))
	answers = connectJob(t, c, server, "")
	conn = server.accept(t)
	conn.authenticate(t, bindFeature+smFeature)
	conn.next(t)
	conn.send(`<failed xmlns='urn:xmpp:sm:3'/>`)
	conn.bind(t, true)
	want(t, answers, "")
	serve(conn, 4, `<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x>`)
}

// A server that refuses to count is asked with a ping after what was sent.
func TestCountingRefused(t *testing.T) {
	server := newServer(t)
	c, _, answers := dialled(t, testSettings(), server, "")
	conn := server.accept(t)
	conn.authenticate(t, bindFeature+smFeature)
	id := conn.next(t).Attr("id")
	conn.send(`<iq type='result' id='`, id, `'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>mara@localhost/web</jid></bind></iq>`)
	want(t, answers, "")
	conn.send(`<failed xmlns='urn:xmpp:sm:3'/>`)
	for range 5 {
		conn.next(t)
	}
	answers = sendTo(t, c, "m1")
	conn.expect(t, fmt.Sprintf(message, "m1"))
	conn.pong(t)
	want(t, answers, "")
}

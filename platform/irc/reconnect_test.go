package irc

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func lostEvent(reason string) string {
	return `{"type":"connect","actor":{"id":"mara@localhost","type":"person"},"object":{"type":"connect","status":"reconnecting","condition":"network"},"error":"Connection lost: ` + reason + `. Attempting automatic reconnection..."}`
}

const onlineEvent = `{"type":"connect","actor":{"id":"mara@localhost","type":"person"},"object":{"type":"connect","status":"online"}}`

// Sessions hear of a lost connection, and what waits fails with it; it comes back
// with rooms, keys, what was missed and the state of being away.
func TestLostConnectionComesBackWithItsRooms(t *testing.T) {
	s := testSettings()
	s.firstRetry = time.Millisecond
	const caps = "batch server-time message-tags draft/chathistory"
	c, host, conn, server := online(t, s, caps)
	answers := start(c, job(t, `{"type":"join","target":{"type":"room","id":"localhost/#cabin","name":"#cabin","key":"sesame"}}`))
	conn.expect(t, "JOIN #cabin sesame")
	conn.send(":mara!~m@10.0.0.9 JOIN #cabin")
	conn.pong(t)
	want(t, answers, "")
	enter(t, c, conn)
	answers = start(c, job(t, `{"type":"update","object":{"type":"presence","presence":"away","content":"lunch"}}`))
	conn.expect(t, "AWAY :lunch")
	conn.send(":irc.example.net 306 mara :You are away")
	conn.pong(t)
	want(t, answers, "")
	conn.send("@time=2024-01-02T03:04:05.678Z;msgid=m7 :otto!~o@q PRIVMSG #deck :last")
	host.next(t)
	answers = start(c, job(t, says("#deck", "lost")))
	conn.expect(t, "PRIVMSG #deck :lost")
	conn.next(t)
	conn.Close()
	want(t, answers, "Connection lost: the server closed the connection")
	host.expect(t, lostEvent("the server closed the connection"))
	conn = server.accept(t)
	conn.register(t, caps)
	conn.expect(t, "AWAY :lunch", "JOIN #cabin,#deck sesame")
	host.expect(t, onlineEvent)
	want(t, start(c, job(t, says("#deck", "hi"))), "reconnected, but not back in #deck yet")
	conn.send(":mara!~m@10.0.0.9 JOIN #deck")
	conn.expect(t, "CHATHISTORY AFTER #deck msgid=m7 100")
	host.next(t)
	conn.send(":irc.example.net BATCH +h chathistory #deck", "@batch=h;time=2024-01-02T03:05:00.000Z;msgid=m8 :otto!~o@q PRIVMSG #deck :missed you", ":irc.example.net BATCH -h")
	e := host.expect(t, `{"type":"send","actor":`+personNamed("otto")+`,`+deckRoom+`,"object":{"type":"message","content":"missed you","id":"m8"}}`)
	if e.activity.Text("published") != "2024-01-02T03:05:00.000Z" {
		t.Errorf("it is dated %s", e.activity.Text("published"))
	}
	// A room that does not take the user back is not entered again.
	conn.send(":s 475 mara #cabin :Cannot join channel (+k)")
	if text := shown(host.next(t).activity); !strings.Contains(text, "(+k)") {
		t.Errorf("the refusal is %s", text)
	}
	conn.Close()
	host.next(t)
	conn = server.accept(t)
	conn.register(t, "")
	conn.expect(t, "AWAY :lunch", "JOIN #deck")
}

// Many rooms are entered again at the pace that servers take, as many in a line
// as this one takes; the server is answered meanwhile, and a room that is left
// then is not entered.
func TestManyRoomsComeBackAtAPace(t *testing.T) {
	s := testSettings()
	s.interval = time.Hour
	c, host, conn, server := online(t, s, "")
	conn.send(":s 005 mara TARGMAX=NAMES:1,JOIN:2 :are supported")
	for i := range 7 {
		conn.send(fmt.Sprintf(":mara!~m@10.0.0.9 JOIN #room%d", i))
		host.next(t)
	}
	// lines says how many may go out, and whether rooms may be among them: the
	// client looks at both whenever it has followed a line.
	lines := func(most, now float64, rooms bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.login.bucket.most, c.login.bucket.have = most, now
		for _, missed := range c.login.state.missed {
			if missed.name >= "#room4" {
				missed.asked = !rooms
			}
		}
	}
	lines(2, 2, true)
	conn.Close()
	host.next(t)
	answers := start(c, job(t, `{"type":"connect"}`))
	conn = server.accept(t)
	conn.register(t, "")
	conn.expect(t, "JOIN #room0,#room1", "JOIN #room2,#room3")
	want(t, answers, "")
	conn.sync(t)
	lines(10, 1, false)
	answers = start(c, job(t, room("leave", "#room6", "")))
	conn.expect(t, "PART #room6")
	conn.pong(t)
	want(t, answers, "")
	lines(10, 10, true)
	conn.send("PING :x")
	got := []string{conn.next(t), conn.next(t)}
	slices.Sort(got)
	if want := []string{"JOIN #room4,#room5", "PONG :x"}; !slices.Equal(got, want) {
		t.Fatalf("the client says %q, want %q", got, want)
	}
	conn.sync(t) // and nothing more
}

// A ban is told in the server's words and ends it.
func TestBanEndsTheConnectionForGood(t *testing.T) {
	for _, lines := range [][]string{
		{"ERROR :Closing Link: 10.0.0.9 (K-Lined: spam)"},
		{":s 465 mara :Closing Link: 10.0.0.9 (K-Lined: spam)", "ERROR :Closing Link"},
	} {
		c, host, conn, _ := online(t, testSettings(), "")
		conn.send(lines...)
		conn.Close()
		host.expect(t, `{"type":"connect","actor":{"id":"mara@localhost","type":"person"},"object":{"type":"connect","status":"failed","condition":"refused"},"error":"Connection failed: Closing Link: 10.0.0.9 (K-Lined: spam). Manual reconnection required."}`)
		if c.Initialised() {
			t.Error("the client counts as connected")
		}
	}
}

// Credentials that the server refuses when it is back end it too; a nick that is
// in use does not.
func TestRefusalOfAReconnect(t *testing.T) {
	for reply, status := range map[string]string{
		":s 464 mara :Password incorrect": `"failed"`, ":s 465 mara :You are banned\r\nERROR :bye": `"failed"`, ":s 433 * mara :Nickname is already in use": "",
	} {
		c, host, conn, server := online(t, testSettings(), "")
		conn.Close()
		host.next(t)
		answers := start(c, job(t, `{"type":"connect"}`))
		conn = server.accept(t)
		conn.send(reply)
		if a := <-answers; a.err == nil {
			t.Errorf("%q: connect succeeds", reply)
		}
		if status != "" {
			if text := shown(host.next(t).activity); !strings.Contains(text, status) {
				t.Errorf("%q: %s", reply, text)
			}
		} else if !c.Initialised() {
			t.Errorf("%q ends it", reply)
		}
	}
}

// While there is no connection verbs are refused at once, connect makes the next
// attempt come, and disconnect ends it.
func TestVerbsMeanwhile(t *testing.T) {
	c, host, conn, server := online(t, testSettings(), "")
	conn.Close()
	host.expect(t, lostEvent("the server closed the connection"))
	for _, text := range []string{says("otto", "x"), room("join", "#deck", ""), room("leave", "#deck", ""), room("query", "#deck", `,"object":{"type":"attendance"}`), nickTo("zara")} {
		want(t, start(c, job(t, text)), "not connected to localhost, reconnecting: the server closed the connection")
	}
	answers := start(c, job(t, `{"type":"connect"}`))
	conn = server.accept(t)
	conn.register(t, "")
	want(t, answers, "")
	host.expect(t, onlineEvent)
	conn.Close()
	host.expect(t, lostEvent("the server closed the connection"))
	want(t, start(c, job(t, `{"type":"disconnect"}`)), "")
	want(t, start(c, job(t, says("otto", "x"))), "send called on uninitialized platform")
	host.none(t)
}

// A server that says nothing is asked, over TLS too, and left when it does not
// answer; one that answers stays.
func TestSilentServerIsAskedAndLeft(t *testing.T) {
	s := testSettings()
	s.silence, s.aliveTimeout = 50*time.Millisecond, 50*time.Millisecond
	_, host, conn, _ := online(t, s, "")
	conn.expect(t, "PING :sh-alive")
	host.expect(t, lostEvent("the server does not answer"))

	s.aliveTimeout = patience
	for _, secure := range []bool{false, true} {
		server, more := newServer(t), ""
		if secure {
			server, more = tlsFor(t), `,"secure":true`
		}
		c, answers := connectTo(t, s, server.port, more)
		conn := server.accept(t)
		conn.register(t, "")
		want(t, answers, "")
		for range 3 {
			conn.expect(t, "PING :sh-alive")
			conn.send(":s PONG s :sh-alive")
		}
		if !c.Initialised() || c.current().isQuitting() {
			t.Error("a server that answers was left")
		}
	}
}

// A server that does not let the user in within connectTimeoutMs, and one that
// does not answer a command.
func TestTimeLimits(t *testing.T) {
	s := testSettings()
	s.connectTimeout = 50 * time.Millisecond
	server := newServer(t)
	_, answers := connectTo(t, s, server.port, "")
	conn := server.accept(t)
	want(t, answers, "connection timeout to server.")
	conn.ended(t)

	s = testSettings()
	s.replyTimeout = 50 * time.Millisecond
	c, _, _, _ := online(t, s, "")
	want(t, start(c, job(t, says("otto", "x"))), "no answer from the server within 50ms")
}

package irc

import (
	"fmt"
	"strings"
	"testing"
)

// A change of nick is answered, and jobs are done under the new id and the former
// one.
func TestNickChangeIsAnsweredAndBothIDsWork(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "echo-message")
	enter(t, c, conn)
	answers := start(c, job(t, nickTo("zara")))
	conn.expect(t, "NICK zara")
	conn.send(":mara!~m@10.0.0.9 NICK zara")
	a := want(t, answers, "")
	// The answer is what the other sessions are told of it.
	if got := shown(a.activity); got != `{"type":"update","target":{"type":"person","id":"zara@localhost","name":"zara"},"object":{"type":"address"},"actor":{"id":"mara@localhost","type":"person","name":"mara"}}` {
		t.Errorf("the answer is %s", got)
	}
	conn.pong(t)
	host.none(t)
	for _, id := range []string{"mara", "zara"} {
		j := job(t, says("#deck", "hello"))
		j.Activity.Set("actor", object("id", id+"@localhost", "type", "person", "name", id))
		answers := start(c, j)
		conn.expect(t, "PRIVMSG #deck :hello")
		conn.send(":zara!~m@10.0.0.9 PRIVMSG #deck :hello") // its echo is no event under either
		conn.pong(t)
		want(t, answers, "")
		host.none(t)
	}
	answers = start(c, job(t, nickTo("mara"))) // and back
	conn.expect(t, "NICK mara")
	conn.send(":zara!~m@10.0.0.9 NICK mara")
	want(t, answers, "")
	conn.pong(t)
	if got := fmt.Sprint(host.actors); got != "[zara@localhost mara@localhost]" {
		t.Errorf("the server was told the ids %s", got)
	}
	// The id is the one that the client names.
	answers = start(c, job(t, `{"type":"update","target":{"type":"person","id":"zara/second","name":"zara"},"object":{"type":"address"}}`))
	conn.expect(t, "NICK zara")
	conn.send(":mara!~m@10.0.0.9 NICK zara")
	want(t, answers, "")
	conn.pong(t)
	if got := host.actors[len(host.actors)-1]; got != "zara/second" {
		t.Errorf("the server was told the id %s last", got)
	}
	want(t, start(c, job(t, nickTo("zara"))), "") // what one is called already
	conn.sync(t)
}

// The nick is the server's to say: in 001, and later.
func TestNickIsTheServersToSay(t *testing.T) {
	server, host := newServer(t), newHost()
	c := newClient(host, testSettings())
	defer stop(c)
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, `,"nick":"maramaramara"`)
	j.Activity.Object("actor").Set("id", "maramaramara@localhost")
	answers := start(c, j)
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK maramaramara")
	conn.send(":irc.example.net 001 maramaram :Welcome") // cut
	want(t, answers, "")
	host.expect(t, `{"type":"update","actor":`+personNamed("maramaramara")+`,"target":`+personNamed("maramaram")+`,"object":{"type":"address"}}`)
	conn.send(":maramaram!~m@10.0.0.9 JOIN #deck", ":maramaram!~m@10.0.0.9 NICK :Guest42")
	host.expect(t, `{"type":"join","actor":`+personNamed("maramaram")+`,`+deckRoom+`}`)
	host.expect(t, `{"type":"update","actor":`+personNamed("maramaram")+`,"target":`+personNamed("Guest42")+`,"object":{"type":"address"}}`)
	conn.send(":irc.example.net 353 Guest42 = #deck :@Guest42") // the own one is no news
	for line := ""; line != "PONG :sync"; line = conn.next(t) {
		if line == "" {
			conn.send("PING :sync")
		}
	}
	host.none(t)
	if got := fmt.Sprint(host.actors); got != "[maramaram@localhost Guest42@localhost]" {
		t.Errorf("the server was told the ids %s", got)
	}
}

// Who takes the user's former nick is heard.
func TestStrangerWithTheFormerNickIsHeard(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	answers := start(c, job(t, nickTo("zara")))
	conn.expect(t, "NICK zara")
	conn.send(":mara!~m@10.0.0.9 NICK zara")
	want(t, answers, "")
	conn.pong(t)
	conn.send(":mara!~x@quay.example JOIN #deck", ":mara!~x@quay.example PRIVMSG zara :I took your nick", ":otto!~o@q KICK #deck mara :bye")
	for _, part := range []string{`"join"`, "I took your nick", `"bye"`} {
		if text := shown(host.next(t).activity); !strings.Contains(text, part) {
			t.Errorf("the stranger's %s is %s", part, text)
		}
	}
	answers = start(c, job(t, says("#deck", "still here"))) // it was not us who was kicked
	conn.expect(t, "PRIVMSG #deck :still here")
	conn.pong(t)
	want(t, answers, "")
}

package irc

import (
	"strings"
	"testing"
)

// When the network's services are back the user is logged in again (SASL 3.2);
// when they refuse it, he is told, and stays.
func TestLoginAgainWhenServicesAreBack(t *testing.T) {
	server, host := newServer(t), newHost()
	c := newClient(host, testSettings())
	t.Cleanup(func() { stop(c) })
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, `,"password":"hunter3"`)
	answers := start(c, j)
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(":s CAP * LS :sasl=PLAIN cap-notify")
	conn.expect(t, "CAP REQ :cap-notify", "CAP REQ :sasl")
	exchange := func(verdict string) {
		t.Helper()
		conn.send(":s CAP mara ACK :sasl")
		conn.expect(t, "AUTHENTICATE PLAIN")
		conn.send("AUTHENTICATE +")
		conn.expect(t, "AUTHENTICATE bWFyYQBtYXJhAGh1bnRlcjM=")
		conn.send(":s " + verdict)
	}
	exchange("903 mara :SASL authentication successful")
	conn.expect(t, "CAP END")
	conn.send(":s 001 mara :Welcome")
	want(t, answers, "")

	conn.send(":s CAP mara DEL :sasl", ":s CAP mara NEW :sasl=PLAIN,EXTERNAL")
	conn.expect(t, "CAP REQ :sasl")
	exchange("903 mara :SASL authentication successful")
	conn.sync(t)
	host.none(t)

	conn.send(":s CAP mara NEW :sasl=PLAIN")
	conn.expect(t, "CAP REQ :sasl")
	exchange("904 mara :Account is locked")
	host.expect(t, `{"type":"send","actor":{"type":"service","id":"localhost"},"object":{"type":"message","content":"sasl authentication failed - Account is locked"},"target":`+personNamed("mara")+`}`)

	// SCRAM is tried first where it is listed, PLAIN behind it.
	conn.send(":s CAP mara NEW :sasl=PLAIN,SCRAM-SHA-256")
	conn.expect(t, "CAP REQ :sasl")
	conn.send(":s CAP mara ACK :sasl")
	conn.expect(t, "AUTHENTICATE SCRAM-SHA-256")
	conn.send(":s 904 mara :No")
	conn.expect(t, "AUTHENTICATE PLAIN")
	conn.send(":s 907 mara :Already")
	// A server that does not prove itself, and a challenge that is none.
	conn.send(":s CAP mara NEW :sasl=SCRAM-SHA-256")
	conn.expect(t, "CAP REQ :sasl")
	conn.send(":s CAP mara ACK :sasl")
	conn.expect(t, "AUTHENTICATE SCRAM-SHA-256")
	conn.send(":s 903 mara :fine")
	if text := shown(host.next(t).activity); !strings.Contains(text, "does not know the password") {
		t.Errorf("without a proof: %s", text)
	}
	conn.send(":s CAP mara NEW :sasl=PLAIN")
	conn.expect(t, "CAP REQ :sasl")
	conn.send(":s CAP mara ACK :sasl")
	conn.expect(t, "AUTHENTICATE PLAIN")
	conn.send("AUTHENTICATE ?")
	conn.expect(t, "AUTHENTICATE *")
	host.next(t)
	for _, stray := range []string{"AUTHENTICATE +", ":s 904 mara :x", ":s 903 mara :x", ":s CAP mara ACK :sasl"} {
		conn.send(stray)
	}
	conn.sync(t)
	host.none(t)
}

package irc

import (
	"fmt"
	"strings"
	"testing"
)

// What a job is, how it goes out, what the server says of it, and the answer.
type refusal struct{ name, job, line, reply, text string }

func (tt *refusal) run(t *testing.T, c *client, conn *fakeConn) {
	t.Helper()
	answers := start(c, job(t, tt.job))
	conn.expect(t, tt.line)
	conn.send(":irc.example.net " + tt.reply)
	conn.pong(t)
	want(t, answers, tt.text)
}

const setTopic = `,"object":{"type":"topic","content":"x"}`

const removeOtto = `,"object":{"type":"role","name":"otto","role":"none","content":"noise"}`

func nickTo(nick string) string {
	return fmt.Sprintf(`{"type":"update","target":{"type":"person","id":"%s@localhost","name":%q},"object":{"type":"address"}}`, nick, nick)
}

// The error numerics that the reference's translator knows, and dies of, fail the
// job with the server's words; the connection and its rooms stay.
func TestErrorNumericFailsTheJobAndNothingElse(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	for _, tt := range []refusal{
		{"no such room", room("join", "#quay", ""), "JOIN #quay", "403 mara #quay :No such channel", "no such channel #quay"},
		{"full", room("join", "#quay", ""), "JOIN #quay", "471 mara #quay :Cannot join channel (+l)", "Cannot join channel (+l)"},
		{"invite only", room("join", "#quay", ""), "JOIN #quay", "473 mara #quay :Cannot join channel (+i)", "Cannot join channel (+i)"},
		{"banned", room("join", "#quay", ""), "JOIN #quay", "474 mara #quay :Cannot join channel (+b)", "Cannot join channel (+b)"},
		{"wrong key", room("join", "#quay", ""), "JOIN #quay", "475 mara #quay :Cannot join channel (+k)", "Cannot join channel (+k)"},
		{"bad name", room("join", "#quay", ""), "JOIN #quay", "476 mara #quay :Bad Channel Mask", "Bad Channel Mask"},
		{"registered only", room("join", "#quay", ""), "JOIN #quay", "477 mara #quay :You need a registered nick", "You need a registered nick"},
		{"no operator", room("update", "#deck", setTopic), "TOPIC #deck :x", "482 mara #deck :You're not a channel operator", "You're not a channel operator"},
		{"kick without being an operator", room("update", "#deck", removeOtto), "KICK #deck otto :noise", "482 mara #deck :You're not a channel operator", "You're not a channel operator"},
		{"kick of nobody", room("update", "#deck", removeOtto), "KICK #deck otto :noise", "441 mara otto #deck :They aren't on that channel", "They aren't on that channel"},
		{"bad nick", nickTo("9"), "NICK 9", "432 mara 9 :Erroneous nickname", "Erroneous nickname"},
		{"nick in use", nickTo("zara"), "NICK zara", "433 mara zara :Nickname is already in use", "Nickname is already in use"},
		{"nick held back", nickTo("zara"), "NICK zara", "437 mara zara :Nick/channel is temporarily unavailable", "Nick/channel is temporarily unavailable"},
		{"no words", room("join", "#quay", ""), "JOIN #quay", "474 mara #quay", "refused by the server (474)"},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, c, conn) })
	}
	host.none(t)
	(&refusal{job: says("#deck", "still here"), line: "PRIVMSG #deck :still here", reply: "NOTICE mara :x"}).run(t, c, conn)
}

// A refusal that no job explains is told, where it says something of a room or a
// nick.
func TestErrorNumericWithoutAJobIsTold(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), "")
	for in, want := range map[string]string{
		"474 mara #quay :Cannot join channel (+b)": `{"type":"update","actor":{"type":"person","id":"mara@localhost"},"target":{"type":"room","id":"localhost/#quay"},"error":"Cannot join channel (+b)"}`,
		"433 mara zara :Nickname is in use":        `{"type":"update","actor":{"type":"person","id":"zara@localhost","name":"zara"},"target":{"type":"service","id":"localhost"},"error":"Nickname is in use"}`,
		"403 mara #quay :No such channel":          `{"type":"join","actor":{"id":"localhost","type":"service"},"error":"no such channel #quay","target":{"id":"#quay@localhost","type":"person"}}`,
		"FAIL * ACCOUNT_REQUIRED :Log in first":    `{"type":"send","actor":{"type":"service","id":"localhost"},"object":{"type":"message","content":"Log in first"},"target":{"type":"person","id":"mara@localhost","name":"mara"}}`,
	} {
		conn.send(":irc.example.net " + in)
		host.expect(t, want)
	}
}

// Lines that the reference dies of, and strangers can make a server send, harm
// nobody.
func TestLinesThatAreOddHarmNothing(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), "")
	for _, line := range []string{
		"x JOIN #deck", "PRIVMSG", "PRIVMSG mara", ":o PRIVMSG", ":s 353", ":s 353 mara", ":s 353 mara =", ":s 352 mara #deck", ":s 354", ":s 333", ":s 332",
		":s 333 mara #deck otto 99999999999999999999999999", ":s 333 mara #deck otto -1e300", ":s 333 mara #deck otto NaN", ":s 421 mara FOO :Unknown command", ":s 410 mara X :Invalid CAP",
		":s 005", ":s 005 mara", ":s 005 mara PREFIX= CHANMODES= CHANTYPES= CASEMAPPING= STATUSMSG= :x", ":o MODE", ":o MODE #deck", ":o MODE #deck +o", ":o MODE #deck +-+-+", ":o NICK", ":o KICK", ":o KICK #deck",
		":o TOPIC", ":o INVITE", ":o JOIN", ":o PART", "QUIT", "NICK x", "KICK #deck x", "TOPIC #deck x", "AWAY", "ACCOUNT x", "CHGHOST", "CAP", "CAP mara", "CAP mara ACK", "CAP mara NAK :x", "AUTHENTICATE", "AUTHENTICATE +",
		"BATCH", "BATCH +", "BATCH -", "BATCH -x", "BATCH +x", "@batch=x PRIVMSG #deck :y", "BATCH -x", "FAIL", "WARN x", "PONG", ":s PONG", ":", ": ", "@ x", "@a", "@a=b :s", ":s 903", ":s 904 mara :no", ":s 396 mara", ":s 301 mara",
	} {
		conn.send(line)
	}
	conn.sync(t)
	host.mu.Lock()
	defer host.mu.Unlock()
	for _, e := range host.events {
		if text := shown(e.activity); strings.Contains(text, `"id":"@`) || strings.Contains(text, "undefined") {
			t.Errorf("an event without a name: %s", text)
		}
	}
}

// Refusals that the reference takes for success fail the job.
func TestRefusalIsNoSuccess(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	tests := []refusal{
		{"parameters", room("join", "#quay", ""), "JOIN #quay", "461 mara JOIN :Not enough parameters", "Not enough parameters"},
		{"standard reply", room("join", "#quay", ""), "JOIN #quay", "FAIL JOIN NEED_REGISTRATION #quay :Log in first", "Log in first"},
		{"nothing said", room("join", "#quay", ""), "JOIN #quay", "NOTICE mara :x", "no answer to join"},
		{"standard reply to a message", says("ghost", "x"), "PRIVMSG ghost :x", "FAIL PRIVMSG X ghost :No", "No"},
		{"about somebody else", says("ghost", "x"), "PRIVMSG ghost :x", "401 mara other :No such nick/channel", ""},
		{"a topic that is the same", room("update", "#deck", setTopic), "TOPIC #deck :x", "NOTICE mara :x", ""},
		{"a topic where one is not", room("update", "#quay", setTopic), "TOPIC #quay :x", "442 mara #quay :You're not on that channel", "You're not on that channel"},
		{"no answer to a kick", room("update", "#deck", removeOtto), "KICK #deck otto :noise", "NOTICE mara :x", "no answer to kick"},
		{"a kick", room("update", "#deck", removeOtto), "KICK #deck otto :noise", "NOTICE mara :x\r\n:mara!~m@10.0.0.9 KICK #deck otto :noise", ""},
		{"no answer to a nick", nickTo("zara"), "NICK zara", "NOTICE mara :x", "no answer to nick change"},
		{"no nick changes now", nickTo("zara"), "NICK zara", "447 mara :Nick changes are not allowed", "Nick changes are not allowed"},
		{"no nick", nickTo("zara"), "NICK zara", "431 mara :No nickname given", "No nickname given"},
		{"a room that is secret", room("query", "#quay", `,"object":{"type":"attendance"}`), "NAMES #quay", "403 mara #quay :No such channel", "no such channel #quay"},
		{"leaving where one is not", room("leave", "#quay", ""), "PART #quay", "442 mara #quay :You're not on that channel", ""},
		{"leaving what is not", room("leave", "#quay", ""), "PART #quay", "403 mara #quay :No such channel", ""},
	}
	for _, numeric := range []string{"405", "407", "437", "448", "479", "480", "485", "489", "495", "500", "520"} {
		tests = append(tests, refusal{"join " + numeric, room("join", "#quay", ""), "JOIN #quay", numeric + " mara #quay :No", "No"})
	}
	for _, numeric := range []string{"401", "402", "404", "407", "408", "413", "414", "415", "416", "477", "531", "716"} {
		tests = append(tests, refusal{"send " + numeric, says("ghost", "x"), "PRIVMSG ghost :x", numeric + " mara ghost :No", "No"})
	}
	for _, numeric := range []string{"411", "412"} {
		tests = append(tests, refusal{"send " + numeric, says("ghost", "x"), "PRIVMSG ghost :x", numeric + " mara :No", "No"})
	}
	tests = append(tests, refusal{"send to a room", says("#deck", "x"), "PRIVMSG #deck :x", "404 mara #deck :Cannot send to channel", "Cannot send to channel"})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, c, conn) })
	}
}

// A room that forwards: the user is in the other one (470).
func TestForwardedJoin(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	answers := start(c, job(t, room("join", "#quay", "")))
	conn.expect(t, "JOIN #quay")
	conn.send(":s 470 mara #quay ##quay :Forwarding to another channel", ":mara!~m@10.0.0.9 JOIN ##quay")
	conn.pong(t)
	want(t, answers, "")
	host.expect(t, `{"type":"join","actor":{"type":"person","id":"mara@localhost","name":"mara"},"target":{"type":"room","id":"localhost/##quay","name":"##quay"}}`)
	want(t, start(c, job(t, says("#quay", "x"))), string(errNotJoined))
}

// Only its own barrier answers a job, and lines of the own nick that no job
// explains are told: another client of the user's wrote them.
func TestOnlyItsOwnBarrierAnswersAJob(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	answers := start(c, job(t, says("#deck", "one")))
	conn.expect(t, "PRIVMSG #deck :one")
	conn.send(":irc.example.net PONG irc.example.net :sh-1", ":irc.example.net PONG irc.example.net :mara", ":irc.example.net PONG mara",
		":irc.example.net 353 mara = #deck :mara", ":mara!~m@10.0.0.9 PRIVMSG #deck :from my other device", ":mara!~m@10.0.0.9 MODE #deck +v mara",
		":irc.example.net 404 mara #deck :Cannot send to channel")
	host.expect(t, `{"type":"send","actor":{"type":"person","id":"mara@localhost","name":"mara"},"target":{"type":"room","id":"localhost/#deck","name":"#deck"},"object":{"type":"message","content":"from my other device"}}`)
	if text := shown(host.next(t).activity); !strings.Contains(text, `"add"`) {
		t.Errorf("the mode is %s", text)
	}
	conn.pong(t)
	want(t, answers, "Cannot send to channel")
}

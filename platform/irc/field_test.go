package irc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// refusals that no list had: whatever error comes between a command and its
// barrier and concerns it, is its answer.
func TestAnyErrorThatConcernsACommandRefusesIt(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	attendance := `,"object":{"type":"attendance"}`
	for _, tt := range []refusal{
		{"to somebody who wants a login", says("otto", "x"), "PRIVMSG otto :x", "486 mara otto :You must log in with services to message this user", "You must log in with services to message this user"},
		{"too many targets", says("otto", "x"), "PRIVMSG otto :x", "707 mara otto :Targets changing too fast, message dropped", "Targets changing too fast, message dropped"},
		{"nobody could answer", says("otto", "x"), "PRIVMSG otto :x", "494 mara otto :cannot answer you while you are +R, your message was not sent", "cannot answer you while you are +R, your message was not sent"},
		{"no name in it", says("otto", "x"), "PRIVMSG otto :x", "492 mara :Cannot send to user otto (+C)", "Cannot send to user otto (+C)"},
		{"another target too soon", says("otto", "x"), "PRIVMSG otto :x", "439 mara otto :Target change too fast. Please wait 34 seconds.", "Target change too fast. Please wait 34 seconds."},
		{"a voice is needed", says("#deck", "x"), "PRIVMSG #deck :x", "489 mara #deck :Cannot send to channel (+v)", "Cannot send to channel (+v)"},
		{"no colours", says("#deck", "x"), "PRIVMSG #deck :x", "480 mara #deck :No colours here", "No colours here"},
		{"later", says("#deck", "x"), "PRIVMSG #deck :x", "263 mara PRIVMSG :Please wait a while and try again", "Please wait a while and try again"},
		{"a word", says("#deck", "x"), "PRIVMSG #deck :x", "936 mara #deck x :Your message contained a censored word", "Your message contained a censored word"},
		{"to operators, named without the sign", says("@#deck", "x"), "PRIVMSG @#deck :x", "482 mara #deck :No operator", "No operator"},
		{"a command that is not there", says("#deck", "x"), "PRIVMSG #deck :x", "421 mara PRIVMSG :Unknown command", "Unknown command"},
		{"nobody's FAIL", says("#deck", "x"), "PRIVMSG #deck :x", "FAIL * ACCOUNT_REQUIRED :Log in first", "Log in first"},
		{"a number nobody knows", room("join", "#quay", ""), "JOIN #quay", "598 mara #quay :Not today", "Not today"},
		{"a forbidden room", room("join", "#quay", ""), "JOIN #quay", "926 mara #quay :Channel is forbidden", "Channel is forbidden"},
		{"banned there", nickTo("zara"), "NICK zara", "435 mara zara #deck :Cannot change nickname while banned on channel", "Cannot change nickname while banned on channel"},
		{"banned there, by room", nickTo("zara"), "NICK zara", "437 mara #deck :Cannot change nickname while banned on channel", "Cannot change nickname while banned on channel"},
		{"a locked topic", room("update", "#deck", setTopic), "TOPIC #deck :x", "742 mara #deck t :Locked", "Locked"},
		{"names too often", room("query", "#deck", attendance), "NAMES #deck", "263 mara NAMES :Try later", "Try later"},
		{"away too often", `{"type":"update","object":{"type":"presence","presence":"away"}}`, "AWAY :away", "FAIL AWAY RATE_LIMITED :Too often", "Too often"},
		{"leaving is not allowed", room("leave", "#deck", ""), "PART #deck", "972 mara PART :Not now", "Not now"},

		{"of another person", says("otto", "x"), "PRIVMSG otto :x", "401 mara pia :No such nick", ""},
		{"of another room", says("#deck", "x"), "PRIVMSG #deck :x", "404 mara #quay :Cannot send to channel", ""},
		{"of another room, without a text", says("#deck", "x"), "PRIVMSG #deck :x", "404 mara #quay", ""},
		{"of another command", says("#deck", "x"), "PRIVMSG #deck :x", "461 mara AWAY :Not enough parameters", ""},
		{"of another command, FAIL", says("#deck", "x"), "PRIVMSG #deck :x", "FAIL AWAY X :No", ""},
		{"FAIL about another room", says("#deck", "x"), "PRIVMSG #deck :x", "FAIL PRIVMSG X #quay :No", ""},
		{"no message of the day", says("#deck", "x"), "PRIVMSG #deck :x", "422 mara :MOTD File is missing", ""},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, c, conn) })
	}
}

// Rooms that do not take the user back after a reconnect are told of and not
// waited for; one that is held back for the moment is tried again.
func TestRoomsThatDoNotTakeTheUserBack(t *testing.T) {
	for name, lines := range map[string][]string{
		"forwarded":             {":s 470 mara #deck ##deck :Forwarding to another channel", ":mara!~m@q JOIN ##deck"},
		"a bad name by now":     {":s 448 mara #deck :Invalid name"},
		"registered users only": {":s FAIL JOIN NEED_REGISTRATION #deck :You must log in first"},
	} {
		t.Run(name, func(t *testing.T) {
			c, host, conn, server := online(t, testSettings(), "standard-replies")
			enter(t, c, conn)
			conn = comeBack(t, c, host, conn, server, "standard-replies")
			conn.expect(t, "JOIN #deck")
			conn.send(lines...)
			if e := shown(host.next(t).activity); !strings.Contains(e, `"id":"localhost/#deck"`) || !strings.Contains(e, `"error":"`) {
				t.Errorf("clients are told %s", e)
			}
			conn.sync(t)
			want(t, start(c, job(t, says("#deck", "hi"))), string(errNotJoined))
		})
	}
	t.Run("held back", func(t *testing.T) {
		c, host, conn, server := online(t, testSettings(), "")
		enter(t, c, conn)
		conn = comeBack(t, c, host, conn, server, "")
		conn.expect(t, "JOIN #deck")
		conn.send(":s 437 mara #deck :Nick/channel is temporarily unavailable")
		conn.sync(t)
		c.mu.Lock()
		missed := c.login.state.missed["#deck"]
		if left := time.Until(missed.retry); left <= 0 || left > firstRoomRetry {
			t.Errorf("it is tried again in %v", left)
		}
		missed.retry = time.Now()
		c.mu.Unlock()
		conn.send("PING :x") // whatever comes makes the client look, if it has not looked yet
		got := []string{conn.next(t), conn.next(t)}
		slices.Sort(got)
		if !slices.Equal(got, []string{"JOIN #deck", "PONG :x"}) {
			t.Errorf("the client says %q", got)
		}
		host.none(t)
	})
}

// comeBack breaks the connection and lets the client in again.
func comeBack(t *testing.T, c *client, host *fakeHost, conn *fakeConn, server *fakeServer, caps string) *fakeConn {
	t.Helper()
	conn.Close()
	host.next(t) // reconnecting
	answers := start(c, job(t, `{"type":"connect"}`))
	conn = server.accept(t)
	conn.register(t, caps)
	want(t, answers, "")
	host.next(t) // online
	return conn
}

// A server that lets the user in and closes at once is asked less and less often,
// until a connection has lived.
func TestReconnectsSlowDown(t *testing.T) {
	s := defaultSettings()
	s.private = true
	l := &login{client: &client{settings: s}}
	for i, tt := range []struct{ lasted, want time.Duration }{
		{time.Second, 2 * time.Second}, {time.Second, 4 * time.Second}, {0, 8 * time.Second}, {30 * time.Second, 16 * time.Second},
		{time.Hour, 2 * time.Second}, {0, 4 * time.Second}, {2 * time.Minute, 2 * time.Second},
	} {
		if got := l.nextWait(tt.lasted); got != tt.want {
			t.Errorf("%d: after a connection of %v the wait is %v, want %v", i, tt.lasted, got, tt.want)
		}
	}
	for range 20 {
		l.nextWait(0)
	}
	if got := l.nextWait(2 * time.Minute); got != s.lastRetry {
		t.Errorf("a connection that lived less than the wait before it makes it %v", got)
	}
}

// A ban is what the reason says, in the forms of many servers; a nick, a farewell
// or what an operator calls it in a kill is none.
func TestIsBan(t *testing.T) {
	for text, want := range map[string]bool{
		"Closing Link: 10.0.0.9 (K-Lined: spam)":                   true,
		"Closing Link: mara[10.0.0.9] (K-Lined)":                   true,
		"Closing Link: h (*** G-lined: drones)":                    true,
		"Closing link: (~mara@10.0.0.9) [Z-Lined: spam (again)]":   true,
		"Closing Link: h (AutoKilled: spam is off limits)":         true,
		"Closing Link: h (User has been banned from Quay (spam))":  true,
		"Closing Link: h (D:Lined)":                                true,
		"You are banned from this server":                          true,
		"Closing Link: inkline7[h] (Ping timeout: 240 seconds)":    false,
		"Closing Link: inkline[k-line.example] (Connection reset)": false,
		"Closing link: (kline@banned.example) [Quit: leaving]":     false,
		"Closing Link: h (Quit: I was banned)":                     false,
		"Closing Link: h (Killed (oper (k-line evasion)))":         false,
		"Closing Link: h (Too many connections from your host)":    false,
		"Closing Link: kline":                                      false,
		"Reconnecting too fast, throttled":                         false,
		"":                                                         false,
		")":                                                        false,
	} {
		if got := isBan(text); got != want {
			t.Errorf("%q is a ban: %v, want %v", text, got, want)
		}
	}
}

// The key that a room has now is the one to come back with.
func TestKeyFollowsMode(t *testing.T) {
	for _, tt := range []struct{ mode, line string }{
		{"+k thistle", "JOIN #cabin thistle"}, {"-k sesame", "JOIN #cabin"}, {"-k", "JOIN #cabin"}, {"+k *", "JOIN #cabin sesame"}, {"+nlk 5 thistle", "JOIN #cabin thistle"},
	} {
		c, host, conn, server := online(t, testSettings(), "")
		answers := start(c, job(t, `{"type":"join","target":{"type":"room","id":"localhost/#cabin","name":"#cabin","key":"sesame"}}`))
		conn.expect(t, "JOIN #cabin sesame")
		conn.send(":mara!~m@10.0.0.9 JOIN #cabin")
		conn.pong(t)
		want(t, answers, "")
		conn.send(":pia!p@h MODE #cabin " + tt.mode)
		conn.sync(t)
		conn = comeBack(t, c, host, conn, server, "")
		conn.expect(t, tt.line)
	}
}

// What another client of the user's says is shown, though it is the same text:
// the label tells which is whose, or without labels that a text comes back once.
func TestSameTextFromAnotherClient(t *testing.T) {
	said := func(id string) string {
		return `{"type":"send","actor":` + personNamed("mara") + `,` + deckRoom + `,"object":{"type":"message","content":"ok","id":"` + id + `"}}`
	}
	for caps, lines := range map[string][]string{
		"batch message-tags labeled-response echo-message": {"@msgid=other :mara!~m@q PRIVMSG #deck :ok", "@label=sh-1;msgid=mine :mara!~m@q PRIVMSG #deck :ok"},
		"message-tags echo-message":                        {"@msgid=mine :mara!~m@q PRIVMSG #deck :ok", "@msgid=other :mara!~m@q PRIVMSG #deck :ok"},
	} {
		c, host, conn, _ := online(t, testSettings(), caps)
		conn.send(":mara!~m@q JOIN #deck")
		host.next(t)
		answers := start(c, job(t, says("#deck", "ok")))
		conn.next(t)
		conn.send(lines...)
		if !strings.Contains(caps, "labeled") {
			conn.pong(t)
		}
		if id := want(t, answers, "").activity.Object("object").Text("id"); id != "mine" {
			t.Errorf("%s: the answer has the id %q", caps, id)
		}
		host.expect(t, said("other"))
		host.none(t)
	}
}

// Each line of a text of several has a label, so that none is taken for another's.
func TestEachLineHasALabel(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "batch message-tags labeled-response echo-message")
	conn.send(":mara!~m@q JOIN #deck")
	host.next(t)
	answers := start(c, job(t, says("#deck", "one\ntwo")))
	conn.expect(t, "@label=sh-1.1 PRIVMSG #deck :one", "@label=sh-1 PRIVMSG #deck :two")
	conn.send("@label=sh-1.1;msgid=a :mara!~m@q PRIVMSG #deck :one", ":mara!~m@q PRIVMSG #deck :two", "@label=sh-1;msgid=b :mara!~m@q PRIVMSG #deck :two")
	if id := want(t, answers, "").activity.Object("object").Text("id"); id != "a" {
		t.Errorf("the answer has the id %q", id)
	}
	host.next(t) // of the other client
	host.none(t)
	answers = start(c, job(t, says("#deck", "one\ntwo")))
	conn.expect(t, "@label=sh-2.1 PRIVMSG #deck :one", "@label=sh-2 PRIVMSG #deck :two")
	conn.send("@label=sh-2.1 :s 599 mara :Not this one", "@label=sh-2 :s ACK")
	want(t, answers, "Not this one")
}

// A message to oneself is shown once.
func TestMessageToOneself(t *testing.T) {
	const note = `{"type":"send","actor":{"type":"person","id":"mara@localhost","name":"mara"},"target":{"type":"person","id":"localhost/mara","name":"mara"},"object":{"type":"message","content":"note"}}`
	for _, caps := range []string{"", "echo-message", "echo-message labeled-response batch"} {
		c, host, conn, _ := online(t, testSettings(), caps)
		answers := start(c, job(t, says("mara", "note")))
		line := conn.next(t)
		if strings.Contains(caps, "echo") {
			label, _, labelled := strings.Cut(line, " PRIVMSG")
			if !labelled || !strings.HasPrefix(label, "@") {
				label = ""
			}
			conn.send(strings.TrimSpace(label + " :mara!~m@q PRIVMSG mara :note"))
		}
		conn.send(":mara!~m@q PRIVMSG mara :note")
		if !strings.Contains(caps, "labeled") {
			conn.pong(t)
		}
		want(t, answers, "")
		host.expect(t, note)
		host.none(t)
	}
}

// A list of members that is cut says of how many; whom the server lists twice is
// there once, with the highest of his roles.
func TestAttendanceIsCountedRight(t *testing.T) {
	ask := func(lines ...string) (members []any, total any) {
		c, host, conn, _ := online(t, testSettings(), "")
		conn.send(":s 005 mara PREFIX=(Yqaohv)!~&@%+ :are supported")
		answers := start(c, job(t, room("query", "#deck", `,"object":{"type":"attendance"}`)))
		conn.expect(t, "NAMES #deck")
		conn.send(lines...)
		conn.send(":s 366 mara #deck :End")
		want(t, answers, "")
		for {
			if e := host.next(t).activity; e.Text("type") == "query" {
				list, _ := e.Object("object").Get("members").([]any)
				return list, e.Object("object").Get("totalItems")
			}
		}
	}
	members, total := ask(":s 353 mara = #deck :@bio +obi @obi!obi@city.example", ":s 353 mara = #deck :%bio !otto &lea wren")
	got, _ := json.Marshal(total)
	for _, m := range members {
		got = fmt.Appendf(got, " %s", shown(m.(*activity.Object)))
	}
	member := func(name, role string) string {
		return ` {"type":"person","id":"` + name + `@localhost","name":"` + name + `","role":"` + role + `"}`
	}
	if want := "null" + member("bio", "owner") + member("obi", "owner") + member("otto", "owner") + member("lea", "owner") + member("wren", "member"); string(got) != want {
		t.Errorf("listed are\n%s, want\n%s", got, want)
	}
	var lines []string
	for i := range 200 {
		var line strings.Builder
		line.WriteString(":s 353 mara = #deck :")
		for k := range 50 {
			fmt.Fprintf(&line, "user_number_%d ", i*50+k)
		}
		lines = append(lines, line.String())
	}
	if members, total = ask(lines...); total != 10_000 || len(members) >= 10_000 || len(members) < 5_000 {
		t.Errorf("%d are listed of %v", len(members), total)
	}
}

// Batches that a server never ends do not keep it from answering.
func TestBatchesThatNeverEnd(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "batch message-tags labeled-response echo-message draft/multiline")
	conn.send(":mara!~m@q JOIN #deck")
	host.next(t)
	conn.send(":otto!o@q BATCH +m draft/multiline #deck", "@batch=m :otto!o@q PRIVMSG #deck :so far")
	for i := range 40 {
		conn.send(fmt.Sprintf(":s BATCH +n%d netsplit a.t b.t", i))
	}
	host.expect(t, sends(personNamed("otto"), roomNamed("#deck"), spoken("so far"))) // what a forgotten batch had
	answers := start(c, job(t, says("#deck", "hi")))
	conn.expect(t, "@label=sh-1 PRIVMSG #deck :hi")
	conn.send("@label=sh-1 :s BATCH +lr labeled-response")
	for i := range 40 {
		conn.send(fmt.Sprintf(":s BATCH +o%d netsplit a.t b.t", i))
	}
	conn.send("@batch=lr :mara!~m@q PRIVMSG #deck :hi", ":s BATCH -lr")
	want(t, answers, "")
	host.none(t)
}

// Lines that a server cut inside a character, blanks at the seams of a text of
// several lines, and its blank lines, both ways.
func TestTextsArriveWhole(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "batch message-tags draft/multiline=max-bytes=4096,max-lines=24")
	conn.send(":mara!~m@q JOIN #übung", ":mara!~m@q JOIN #d")
	host.next(t)
	host.next(t)
	for _, tt := range [][3]string{
		{":otto!o@h PRIVMSG #übung :grüße 世界 ö\xc3", "#übung", "grüße 世界 ö"}, {":otto!o@h PRIVMSG #d :grüße \xe4\xb8[CUT]", "#d", "grüße [CUT]"}, {":otto!o@h PRIVMSG #übung :caf\xe9", "#übung", "café"},
	} {
		conn.send(tt[0])
		host.expect(t, sends(personNamed("otto"), roomNamed(tt[1]), spoken(tt[2])))
	}
	conn.send(":otto!o@h BATCH +9 draft/multiline #d", "@batch=9 :otto!o@h PRIVMSG #d :the ferry leaves at ", "@batch=9;draft/multiline-concat :otto!o@h PRIVMSG #d :nine",
		"@batch=9 :otto!o@h PRIVMSG #d :", "@batch=9 :otto!o@h PRIVMSG #d :  or ten ", "@batch=9 :otto!o@h PRIVMSG #d :", ":otto!o@h BATCH -9")
	if got := host.next(t).activity.Object("object").Text("content"); got != "the ferry leaves at nine\n\n  or ten" {
		t.Errorf("the text is %q", got)
	}
	answers := start(c, job(t, says("#d", "one \n\n two")))
	conn.expect(t, "BATCH +m1 draft/multiline #d", "@batch=m1 PRIVMSG #d :one ", "@batch=m1 PRIVMSG #d :", "@batch=m1 PRIVMSG #d : two", "BATCH -m1")
	conn.pong(t)
	want(t, answers, "")
}

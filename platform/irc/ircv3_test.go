package irc

import (
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// A text of several lines is one message where the server can, both ways.
func TestMultiline(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "batch message-tags labeled-response echo-message draft/multiline=max-bytes=4096,max-lines=24")
	answers := start(c, job(t, room("join", "#deck", "")))
	conn.expect(t, "@label=sh-1 JOIN #deck")
	conn.send("@label=sh-1 :mara!~m@10.0.0.9 JOIN #deck")
	want(t, answers, "")
	answers = start(c, job(t, says("#deck", "one\ntwo")))
	conn.expect(t, "@label=sh-2 BATCH +m1 draft/multiline #deck", "@batch=m1 PRIVMSG #deck :one", "@batch=m1 PRIVMSG #deck :two", "BATCH -m1")
	conn.send("@label=sh-2;msgid=m9 :mara!~m@10.0.0.9 BATCH +e draft/multiline #deck", "@batch=e :mara!~m@10.0.0.9 PRIVMSG #deck :one",
		"@batch=e :mara!~m@10.0.0.9 PRIVMSG #deck :two", ":irc.example.net BATCH -e")
	if a := want(t, answers, ""); a.activity.Object("object").Text("id") != "m9" {
		t.Errorf("the answer is %s", shown(a.activity))
	}
	conn.send("@msgid=m10 :irc.example.net BATCH +r draft/multiline #deck", "@batch=r :otto!~o@q PRIVMSG #deck :three", "@batch=r :otto!~o@q PRIVMSG #deck :fo",
		"@batch=r;draft/multiline-concat :otto!~o@q PRIVMSG #deck :ur", ":irc.example.net BATCH -r")
	host.expect(t, `{"type":"send","actor":{"type":"person","id":"otto@localhost","name":"otto"},`+deckRoom+`,"object":{"type":"message","content":"three\nfour","id":"m10"}}`)
}

// The server's echo gives a message its id and its time, and is no event.
func TestEcho(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "message-tags server-time echo-message")
	enter(t, c, conn)
	answers := start(c, job(t, room("send", "#deck", `,"object":{"type":"message","content":"hi","inReplyTo":"m1"}`)))
	conn.expect(t, "@+draft/reply=m1 PRIVMSG #deck :hi")
	conn.send("@msgid=m2;time=2024-01-02T03:04:05.678Z :mara!~m@10.0.0.9 PRIVMSG #deck :hi")
	conn.pong(t)
	if a := want(t, answers, ""); a.activity.Object("object").Text("id") != "m2" || a.activity.Text("published") != "2024-01-02T03:04:05.678Z" {
		t.Errorf("the answer is %s", shown(a.activity))
	}
	host.none(t)
}

// History comes as the usual activities, to who asks.
func TestHistory(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "batch server-time message-tags draft/chathistory")
	answers := start(c, job(t, room("query", "#deck", `,"object":{"type":"history","after":"2024-01-02T03:04:05.678Z","limit":20}`)))
	conn.expect(t, "CHATHISTORY AFTER #deck timestamp=2024-01-02T03:04:05.678Z 20")
	conn.send(":irc.example.net BATCH +h chathistory #deck", "@batch=h;time=2024-01-02T03:05:00.000Z;msgid=m3 :otto!~o@q PRIVMSG #deck :old",
		"@batch=h :pia!~p@q JOIN #deck", "@batch=h;msgid=m4 :mara!~m@q PRIVMSG #deck :mine", ":otto!~o@q PRIVMSG #deck :new", ":irc.example.net BATCH -h")
	a := want(t, answers, "")
	if got := string(activity.AppendJSON(nil, a.activity.Get("object"))); got != `{"type":"history","after":"2024-01-02T03:04:05.678Z","limit":20,"totalItems":2}` {
		t.Errorf("the answer's object is %s", got)
	}
	for _, text := range []string{"old", "mine", "new"} {
		if e := host.next(t); !strings.Contains(shown(e.activity), text) || (e.session == "a") != (text != "new") {
			t.Errorf("%s to %q, want %q", shown(e.activity), e.session, text)
		}
	}
	conn.next(t) // the barrier
	answers = start(c, job(t, room("query", "#deck", `,"object":{"type":"history","before":"m1"}`)))
	conn.expect(t, "CHATHISTORY BEFORE #deck msgid=m1 50")
	conn.send(":irc.example.net FAIL CHATHISTORY INVALID_TARGET #deck :No history for you")
	want(t, answers, "No history for you")
	for in, out := range map[[2]string]string{{"", ""}: "CHATHISTORY LATEST #deck * 5", {"m1", "m2"}: "CHATHISTORY BETWEEN #deck msgid=m2 msgid=m1 5"} {
		line, err := historyLine("#deck", in[0], in[1], 5)
		if text, _ := line.Append(nil); err != nil || string(text) != out+"\r\n" {
			t.Errorf("%q became %q, %v", in, text, err)
		}
	}
	if _, err := historyLine("#deck", "a b", "", 5); err == nil {
		t.Error("two words are accepted as an id")
	}
}

// Who came and went in old times, as some servers tell it, changes nothing now.
func TestHistoryChangesNothing(t *testing.T) {
	checkTranslations(t, []string{
		":mara!m@h JOIN #deck", ":s BATCH +h chathistory #deck", "@batch=h :mara!m@h PART #deck", "@batch=h :mara!m@h NICK old", "@batch=h :pia!p@q JOIN #deck", ":s BATCH -h",
		":pia!p@q AWAY :lunch", ":mara!m@h PART #deck",
	}, `{"type":"join","actor":`+personNamed("mara")+`,`+deckRoom+`}`, `{"type":"leave","actor":`+personNamed("mara")+`,`+deckRoom+`,"object":{"type":"message","content":"user has left the channel"}}`)
}

// Who is away, has an account or another role is told in the rooms.
func TestPresence(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "away-notify account-notify extended-join multi-prefix")
	enter(t, c, conn)
	conn.send(":irc.example.net 005 mara PREFIX=(ov)@+ CHANMODES=beI,k,l,imnt STATUSMSG=@+ :are supported", ":otto!~o@q JOIN #deck otto_acc :Otto Quay")
	const otto = `"actor":{"type":"person","id":"otto@localhost","name":"otto"`
	host.expect(t, `{"type":"join",`+otto+`,"account":"otto_acc","summary":"Otto Quay"},`+deckRoom+`}`)
	conn.send(":otto!~o@q AWAY :lunch", ":irc.example.net 301 mara otto :lunch", ":otto!~o@q AWAY", ":x!~x@q AWAY :y")
	host.expect(t, `{"type":"update",`+otto+`,"account":"otto_acc"},`+deckRoom+`,"object":{"type":"presence","role":"member","presence":"away","content":"lunch"}}`)
	host.expect(t, `{"type":"update",`+otto+`,"account":"otto_acc"},`+deckRoom+`,"object":{"type":"presence","role":"member","presence":"online"}}`)
	conn.send(":otto!~o@q ACCOUNT *", ":irc.example.net MODE #deck +bo-v *!*@x otto otto", ":otto!~o@q PRIVMSG @#deck :ops only")
	host.next(t)
	host.next(t)
	host.expect(t, `{"type":"send",`+otto+`},`+deckRoom+`,"object":{"type":"message","content":"ops only","audience":"owner"}}`)
	if m := c.login.state.member("#deck", "OTTO"); m == nil || m.modes != "o" {
		t.Errorf("otto is %+v", m)
	}
	conn.send(":irc.example.net WARN JOIN SLOW #deck :That took a while")
	host.expect(t, `{"type":"send","actor":{"type":"service","id":"localhost"},"object":{"type":"message","content":"That took a while"},"target":{"type":"person","id":"mara@localhost","name":"mara"}}`)
}

// InspIRCd answers what the user does twice, in the labelled answer and with what
// it tells everybody: it is told to nobody, and members stay known.
func TestLabelledAnswersAreNoNews(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "batch labeled-response away-notify")
	answers := start(c, job(t, room("join", "#deck", "")))
	conn.expect(t, "@label=sh-1 JOIN #deck")
	conn.send("@label=sh-1 :s BATCH +1 labeled-response", "@batch=1 :mara!~m@q JOIN #deck", "@batch=1 :s 353 mara = #deck :otto mara", ":mara!~m@q JOIN #deck", "@batch=1 :s 366 mara #deck :End", ":s BATCH :-1")
	want(t, answers, "")
	host.expect(t, `{"type":"update","actor":`+personNamed("otto")+`,`+deckRoom+`,"object":{"type":"presence","role":"member"}}`)
	conn.send(":otto!~o@q AWAY :lunch")
	if text := shown(host.next(t).activity); !strings.Contains(text, "lunch") {
		t.Errorf("otto is known no more: %s", text)
	}
	for _, lines := range [][]string{
		{":mara!~m@q NICK :zara", "@label=sh-2 :zara!~m@q NICK :zara"}, {"@label=sh-3 :mara!~m@q NICK :mara"},
	} {
		nick := lines[0][strings.LastIndexByte(lines[0], ':')+1:]
		answers = start(c, job(t, nickTo(nick)))
		conn.next(t)
		conn.send(lines...)
		want(t, answers, "")
		conn.sync(t)
		if c.current().nick() != nick || c.login.state.nick != nick {
			t.Errorf("the nick is %s, want %s", c.login.state.nick, nick)
		}
	}
	host.none(t)

	// An error that nobody knows is one, when its label says so.
	for reply, text := range map[string]string{
		"@label=%s :s 437 mara #deck :Retry topic change later": "Retry topic change later", "@label=%s :s 598 mara #deck :Never heard of": "Never heard of", "@label=%s :s FAIL TOPIC X #deck :No": "No",
		"@label=%s :s BATCH +1 labeled-response\r\n@batch=1 :s 599 mara :Nor this\r\n:s BATCH -1": "Nor this",
	} {
		answers = start(c, job(t, room("update", "#deck", setTopic)))
		label, _, _ := strings.Cut(strings.TrimPrefix(conn.next(t), "@label="), " ")
		conn.send(strings.ReplaceAll(reply, "%s", label))
		want(t, answers, text)
	}
}

// Capabilities come and go.
func TestCapNotify(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), "cap-notify")
	conn.send(":irc.example.net CAP mara NEW :batch labeled-response foo")
	conn.expect(t, "CAP REQ :batch labeled-response")
	conn.send(":irc.example.net CAP mara NAK :batch labeled-response")
	conn.expect(t, "CAP REQ :batch", "CAP REQ :labeled-response")
	conn.send(":irc.example.net CAP mara ACK :batch", ":irc.example.net CAP mara ACK :labeled-response")
	conn.sync(t)
	answers := start(c, job(t, says("otto", "hi")))
	conn.expect(t, "@label=sh-1 PRIVMSG otto :hi")
	conn.send("@label=sh-1 :irc.example.net ACK")
	want(t, answers, "")
	conn.send(":irc.example.net CAP mara DEL :labeled-response")
	conn.sync(t)
	answers = start(c, job(t, says("otto", "hi")))
	conn.expect(t, "PRIVMSG otto :hi")
	conn.pong(t)
	want(t, answers, "")
}

// connectTo starts a connect with credentials and returns its answer.
func connectTo(t *testing.T, s settings, port int, more string) (*client, <-chan answer) {
	t.Helper()
	c := newClient(newHost(), s)
	t.Cleanup(func() { stop(c) })
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(port, more)
	return c, start(c, j)
}

// A gateway says for whom it connects.
func TestWebIRC(t *testing.T) {
	s, err := readConfig([]byte(`{"allowPrivateAddresses":true,"webirc":{"LocalHost":{"password":"hunter3"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(t)
	_, answers := connectTo(t, s, server.port, "")
	conn := server.accept(t)
	conn.expect(t, "WEBIRC hunter3 sockethub 203.0.113.9 203.0.113.9")
	conn.register(t, "")
	want(t, answers, "")
	if line := webircLine(webirc{"p", "g"}, "::1"); line.Last() != "0::1" {
		t.Errorf("an IPv6 address is written %q", line.Last())
	}
}

// What is told passes the schema that the server checks it with.
func TestResponsesSchema(t *testing.T) {
	schema, err := activity.CompileSchema(responsesSchema)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := activity.CompileSchema(messagesSchema)
	if err != nil {
		t.Fatal(err)
	}
	check := func(text string) {
		a, err := activity.ParseObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if broken := schema.Validate(a); len(broken) > 0 && a.Get("error") == nil {
			t.Errorf("%s: %+v", text, broken)
		}
	}
	for _, line := range readLines[ourTranslation](t, "testdata/irc2as-ours.jsonl") {
		for _, o := range line.Out {
			check(quoteAny(o))
		}
	}
	for _, line := range readLines[ourSession](t, "testdata/irc-session-ours.jsonl") {
		for _, o := range line.Events {
			check(quoteAny(o))
		}
	}
	for _, text := range []string{
		`{"type":"query","object":{"type":"history","limit":5}}`, `{"type":"update","object":{"type":"presence","presence":"away"}}`,
		`{"type":"send","object":{"type":"message","content":"x","inReplyTo":"m1"}}`,
	} {
		a, _ := activity.ParseObject([]byte(text))
		if broken := messages.Validate(a); len(broken) > 0 {
			t.Errorf("%s: %+v", text, broken)
		}
	}
	for _, text := range []string{`{"type":"update","object":{"type":"presence"}}`, `{"type":"query","object":{"type":"history","limit":0}}`, `{"type":"send","object":{"type":"me","content":"x"}}`} {
		a, _ := activity.ParseObject([]byte(text))
		if broken := messages.Validate(a); len(broken) == 0 {
			t.Errorf("%s is accepted", text)
		}
	}
}

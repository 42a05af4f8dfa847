package irc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/server/activity"
	"github.com/sockethub/server/platform/irc/wire"
)

// The tests of this file are named after what is about the rows of the
// specification's list of weaknesses.

// I1, I3: the job fails with the server's text, and the connection goes on.
func TestRefusalsFailTheJob(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	tests := []struct{ job, line, reply, text string }{
		{room("join", "#quay", ""), "JOIN #quay", "474 mara #quay :Cannot join channel (+b)", "Cannot join channel (+b)"},
		{room("join", "#quay", ""), "JOIN #quay", "403 mara #quay :No such channel", "no such channel #quay"},
		{room("join", "#quay", ""), "JOIN #quay", "461 mara JOIN :Not enough parameters", "Not enough parameters"},
		{room("join", "#quay", ""), "JOIN #quay", "FAIL JOIN NEED_REGISTRATION #quay :Log in first", "Log in first"},
		{room("join", "#quay", ""), "JOIN #quay", "474 mara #quay", "refused by the server (474)"},
		{room("join", "#quay", ""), "JOIN #quay", "PONG x y", "no answer to join"},
		{says("#deck", "x"), "PRIVMSG #deck :x", "404 mara #deck :Cannot send to channel", "Cannot send to channel"},
		{says("ghost", "x"), "PRIVMSG ghost :x", "401 mara ghost :No such nick/channel", "No such nick/channel"},
		{says("ghost", "x"), "PRIVMSG ghost :x", "FAIL PRIVMSG X ghost :No", "No"},
		{says("ghost", "x"), "PRIVMSG ghost :x", "401 mara other :No such nick/channel", ""},
		{room("update", "#deck", `,"object":{"type":"topic","content":"x"}`), "TOPIC #deck :x", "482 mara #deck :You're not a channel operator", "You're not a channel operator"},
		{room("update", "#deck", `,"object":{"type":"topic","content":"x"}`), "TOPIC #deck :x", "PONG x y", ""},
		{`{"type":"update","target":{"type":"person","id":"x","name":"zara"},"object":{"type":"address"}}`, "NICK zara", "433 mara zara :Nickname is already in use", "Nickname is already in use"},
		{`{"type":"update","target":{"type":"person","id":"x","name":"zara"},"object":{"type":"address"}}`, "NICK zara", "PONG x y", "no answer to nick change"},
		{room("query", "#quay", `,"object":{"type":"attendance"}`), "NAMES #quay", "403 mara #quay :No such channel", "no such channel #quay"},
		{room("leave", "#quay", ""), "PART #quay", "442 mara #quay :You're not on that channel", ""},
	}
	for _, tt := range tests {
		answers := start(c, job(t, tt.job))
		conn.expect(t, tt.line)
		conn.send(":irc.example.net " + tt.reply)
		conn.pong(t)
		want(t, answers, tt.text)
	}
}

// I2: the name is taken from the id.
func TestTargetNameFromID(t *testing.T) {
	s := newState("irc.example.net", nil)
	for target, want := range map[string]string{
		`{"id":"irc.example.net/#deck"}`: "#deck", `{"id":"otto@irc.example.net"}`: "otto", `{"id":"irc.example.net/otto","type":"person"}`: "otto",
		`{"id":"deck@irc.example.net","type":"room"}`: "#deck", `{"id":"otto","name":"pia"}`: "pia", `{"id":"&deck","type":"room"}`: "&deck", `{}`: "",
	} {
		o, err := activity.ParseObject([]byte(target))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.targetName(o); got != want {
			t.Errorf("%s is %q, want %q", target, got, want)
		}
	}
}

// I4: only its own barrier answers a job, and own lines that no job explains are
// told.
func TestOwnLinesOfOtherClients(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	answers := start(c, job(t, says("#deck", "one")))
	conn.expect(t, "PRIVMSG #deck :one")
	conn.send(":irc.example.net PONG irc.example.net :sh-1", ":irc.example.net PONG irc.example.net :mara",
		":mara!~m@10.0.0.9 PRIVMSG #deck :from my other device", ":irc.example.net 404 mara #deck :Cannot send to channel")
	host.expect(t, `{"type":"send","actor":{"type":"person","id":"mara@localhost","name":"mara"},"target":{"type":"room","id":"localhost/#deck","name":"#deck"},"object":{"type":"message","content":"from my other device"}}`)
	conn.pong(t)
	want(t, answers, "Cannot send to channel")
}

// I5: the operator may let another nick be tried, and the wanted one is asked for
// again after a reconnect.
func TestNickSuffix(t *testing.T) {
	server, host, s := newServer(t), newHost(), testSettings()
	s.nickSuffix = "_"
	c := newClient(host, s)
	defer stop(c)
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, "")
	answers := start(c, j)
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(":irc.example.net 433 * mara :Nickname is already in use")
	conn.expect(t, "NICK mara_")
	conn.send(":irc.example.net 001 mara_ :Welcome")
	want(t, answers, "")
	host.expect(t, `{"type":"update","actor":{"type":"person","id":"mara@localhost","name":"mara"},"target":{"type":"person","id":"mara_@localhost","name":"mara_"},"object":{"type":"address"}}`)
	conn.Close()
	host.next(t)
	answers = start(c, job(t, `{"type":"connect"}`))
	conn = server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara")
	conn.send(":irc.example.net 001 mara :Welcome")
	want(t, answers, "")
	if got := host.actors; len(got) != 2 || got[0] != "mara_@localhost" || got[1] != "mara@localhost" {
		t.Errorf("the server was told the ids %q", got)
	}
}

// I7, I8: a ban is told in the server's words, before and after 001, and ends it.
func TestBan(t *testing.T) {
	c, host, conn, server := online(t, testSettings(), "")
	conn.send("ERROR :Closing Link: 10.0.0.9 (K-Lined: spam)")
	conn.Close()
	host.expect(t, `{"type":"connect","actor":{"id":"mara@localhost","type":"person"},"object":{"type":"connect","status":"failed","condition":"refused"},"error":"Connection failed: Closing Link: 10.0.0.9 (K-Lined: spam). Manual reconnection required."}`)
	if c.Initialised() {
		t.Error("the client counts as connected")
	}
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, "")
	answers := start(c, j)
	conn = server.accept(t)
	conn.expect(t, "CAP LS 302")
	conn.send("ERROR :Closing Link: too many connections")
	want(t, answers, "unable to connect to server: refused - Closing Link: too many connections")
}

// I8: sessions hear of a lost connection; it comes back with rooms, keys, what
// was missed and the state of being away.
func TestReconnect(t *testing.T) {
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
	host.expect(t, `{"type":"connect","actor":{"id":"mara@localhost","type":"person"},"object":{"type":"connect","status":"reconnecting","condition":"network"},"error":"Connection lost: the server closed the connection. Attempting automatic reconnection..."}`)
	conn = server.accept(t)
	conn.register(t, caps)
	conn.expect(t, "JOIN #cabin,#deck sesame", "AWAY :lunch")
	host.expect(t, `{"type":"connect","actor":{"id":"mara@localhost","type":"person"},"object":{"type":"connect","status":"online"}}`)
	want(t, start(c, job(t, says("#deck", "hi"))), "reconnected, but not back in #deck yet")
	conn.send(":mara!~m@10.0.0.9 JOIN #deck")
	conn.expect(t, "CHATHISTORY AFTER #deck msgid=m7 100")
	host.next(t)
	conn.send(":irc.example.net BATCH +h chathistory #deck", "@batch=h;time=2024-01-02T03:05:00.000Z;msgid=m8 :otto!~o@q PRIVMSG #deck :missed you", ":irc.example.net BATCH -h")
	e := host.expect(t, `{"type":"send","actor":{"type":"person","id":"otto@localhost","name":"otto"},"target":{"type":"room","id":"localhost/#deck","name":"#deck"},"object":{"type":"message","content":"missed you","id":"m8"}}`)
	if e.activity.Text("published") != "2024-01-02T03:05:00.000Z" {
		t.Errorf("it is dated %s", e.activity.Text("published"))
	}
}

// I8: a server that says nothing is asked, and left when it does not answer.
func TestSilentServer(t *testing.T) {
	s := testSettings()
	s.silence = 50 * time.Millisecond
	_, host, conn, _ := online(t, s, "")
	conn.expect(t, "PING :sh-alive")
	if text := shown(host.next(t).activity); !strings.Contains(text, "the server does not answer") {
		t.Errorf("the event is %s", text)
	}
}

// I9, I17: the nick is the server's to say; jobs go on under the new id.
func TestNickChange(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	answers := start(c, job(t, `{"type":"update","target":{"type":"person","id":"zara@localhost","name":"zara"},"object":{"type":"address"}}`))
	conn.expect(t, "NICK zara")
	conn.send(":mara!~m@10.0.0.9 NICK zara")
	want(t, answers, "")
	conn.pong(t)
	conn.send(":zara!~m@10.0.0.9 NICK :Guest42")
	host.expect(t, `{"type":"update","actor":{"type":"person","id":"zara@localhost","name":"zara"},"target":{"type":"person","id":"Guest42@localhost","name":"Guest42"},"object":{"type":"address"}}`)
	conn.send(":mara!~x@quay.example PRIVMSG Guest42 :I took your nick") // I28
	if text := shown(host.next(t).activity); !strings.Contains(text, "I took your nick") {
		t.Errorf("the stranger's message is %s", text)
	}
	conn.sync(t)
	if got := fmt.Sprint(host.actors); got != "[zara@localhost Guest42@localhost]" {
		t.Errorf("the server was told the ids %s", got)
	}
}

// I11, I25: long texts are cut between words, and lines go out at the pace that
// servers take.
func TestLongTextAndPace(t *testing.T) {
	s := testSettings()
	s.burst, s.interval = 2, 20*time.Millisecond
	c, _, conn, _ := online(t, s, "")
	enter(t, c, conn)
	text := strings.TrimSpace(strings.Repeat("größer 🛶 ", 300))
	answers := start(c, job(t, says("#deck", text)))
	got := ""
	for len(got) < len(text) {
		line := conn.next(t)
		part, ok := strings.CutPrefix(line, "PRIVMSG #deck :")
		if whole := len(":mara!~m@10.0.0.9 \r\n") + len(line); !ok || whole > 512 {
			t.Fatalf("the line %q has %d bytes for others", line, whole)
		}
		got += part
	}
	conn.pong(t)
	want(t, answers, "")
	if got != text {
		t.Errorf("the parts are %q", got)
	}
	b := bucket{most: 5, interval: 2 * time.Second}
	now := time.Now()
	if five, sixth := b.take(5, now), b.take(1, now); five != 0 || sixth != 2*time.Second {
		t.Errorf("five lines wait %v, the sixth %v", five, sixth)
	}
	if later := b.take(1, now.Add(10*time.Second)); later != 0 {
		t.Errorf("after 10 s a line waits %v", later)
	}
}

// I12: /me and /notice count at the very start only.
func TestSpeech(t *testing.T) {
	for in, want := range map[string]speech{
		"/me waves": {"PRIVMSG", true, "waves"}, "/ME": {"PRIVMSG", true, ""}, "/notice  x ": {"NOTICE", false, "x"},
		"//me waves": {"PRIVMSG", false, "/me waves"}, "/meow": {"PRIVMSG", false, "/meow"}, "you and/me": {"PRIVMSG", false, "you and/me"},
		" /me x": {"PRIVMSG", false, "/me x"}, "  hello  ": {"PRIVMSG", false, "hello"}, "/me\twaves": {"PRIVMSG", true, "waves"},
	} {
		if got := parseSpeech(in); got != want {
			t.Errorf("%q is %+v, want %+v", in, got, want)
		}
	}
}

// I12: CTCP requests are answered sparingly.
func TestCTCP(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), "")
	conn.send(":otto!~o@q PRIVMSG mara :\x01PING 17\x01", ":otto!~o@q PRIVMSG mara :\x01VERSION\x01", ":otto!~o@q PRIVMSG mara :\x01DCC SEND x\x01")
	conn.expect(t, "NOTICE otto :\x01PING 17\x01")
	conn.sync(t)
	host.none(t)
}

// I16: rooms are compared as the server compares them.
func TestCaseMapping(t *testing.T) {
	for mapping, same := range map[string][2]string{"ascii": {"#DECK", "#deck"}, "rfc1459": {"#De[k]^", "#de{k}~"}, "rfc1459-strict": {"#De[k]", "#de{k}"}, "rfc7613": {"#DÉCK", "#déck"}} {
		i := isupport{mapping: mapping}
		if !i.same(same[0], same[1]) {
			t.Errorf("%s: %q is not %q", mapping, same[0], same[1])
		}
	}
	strict, ascii := isupport{mapping: "rfc1459-strict"}, isupport{mapping: "ascii"}
	if strict.same("^", "~") || ascii.same("[", "{") {
		t.Error("too much is the same")
	}
}

// What a server says of its limits counts before anything is sent; its network has
// a name; rooms are entered again as many at a time as it takes.
func TestServerLimits(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	conn.send(":s 005 mara NICKLEN=9 CHANNELLEN=6 TOPICLEN=5 NETWORK=Quay TARGMAX=NAMES:1,JOIN:2 LINELEN=1024 CHATHISTORY=10 :are supported", ":s 005 mara -LINELEN :are supported", ":irc.example.net NOTICE mara :hello")
	host.expect(t, `{"type":"send","actor":{"type":"service","id":"localhost","name":"Quay"},"object":{"type":"message","content":"hello"},"target":{"type":"person","id":"mara@localhost","name":"mara"}}`)
	for text, reason := range map[string]string{
		room("join", "#longer", ""): "the name of the room is too long: the server takes 6 bytes",
		room("update", "#deck", `,"object":{"type":"topic","content":"longer"}`):                                  "the topic is too long: it has 6 bytes, the server takes 5",
		`{"type":"update","target":{"type":"person","id":"x","name":"zarazarazara"},"object":{"type":"address"}}`: "the nick is too long: the server takes 9 bytes",
	} {
		want(t, start(c, job(t, text)), reason)
	}
	s := c.login.state
	if s.support.lineLength != wire.LineLength || s.historyLimit(50) != 10 || s.support.joinTargets != 2 {
		t.Errorf("%+v", s.support)
	}
	s = newState("x", nil)
	for _, name := range []string{"#a", "#b", "#c"} {
		s.missed[name] = &channel{name: name}
	}
	s.missed["#c"].key = "k"
	lines := ""
	for _, line := range s.rejoin(2) {
		text, _ := line.Append(nil)
		lines += string(text)
	}
	if lines != "JOIN #c,#a k\r\nJOIN #b\r\n" {
		t.Errorf("rooms are entered again by %q", lines)
	}
}

// I18: the query is answered with all members, and to who asks alone (I30).
func TestAttendance(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	answers := start(c, job(t, room("query", "#deck", `,"object":{"type":"attendance"}`)))
	conn.expect(t, "NAMES #deck")
	conn.send(":irc.example.net 353 mara = #deck :@otto +mara", ":irc.example.net 366 mara #deck :End")
	want(t, answers, "")
	for _, text := range []string{
		`{"type":"update","actor":{"type":"person","id":"otto@localhost","name":"otto"},"target":{"type":"room","id":"localhost/#deck","name":"#deck"},"object":{"type":"presence","role":"owner"}}`,
		`{"type":"query","actor":{"type":"room","id":"localhost/#deck","name":"#deck"},"target":{"type":"person","id":"mara@localhost","name":"mara"},"object":{"type":"attendance","members":[{"type":"person","id":"otto@localhost","name":"otto","role":"owner"},{"type":"person","id":"mara@localhost","name":"mara","role":"participant"}]}}`,
	} {
		if e := host.expect(t, text); e.session != "a" {
			t.Errorf("%s goes to %q", text, e.session)
		}
	}
}

// I19: who is thrown out is told, and has left.
func TestKicked(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	conn.send(":otto!~o@q KICK #deck mara :enough")
	host.expect(t, `{"type":"leave","actor":{"type":"person","id":"mara@localhost","name":"mara"},"target":{"type":"room","id":"localhost/#deck","name":"#deck"},"object":{"type":"message","content":"enough"}}`)
	want(t, start(c, job(t, says("#deck", "why?"))), string(errNotJoined))
}

// I20: nothing of a name can become another command.
func TestNames(t *testing.T) {
	for _, name := range []string{"", "#a b", "#a,#b", ":x", "a\x00b", "a\nQUIT", "a\rb", "a\x07"} {
		if checkName(name, "name") == nil {
			t.Errorf("%q is accepted", name)
		}
	}
	for _, name := range []string{"#deck", "#größe", "o[t]t|o`^", "#a/b@c.d", "a:b"} {
		if err := checkName(name, "name"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// I21: others see a farewell, and a new connect works.
func TestDisconnect(t *testing.T) {
	c, _, conn, server := online(t, testSettings(), "")
	answers := start(c, job(t, `{"type":"disconnect"}`))
	conn.expect(t, "QUIT :leaving")
	conn.send("ERROR :Closing Link: localhost (Quit: leaving)")
	conn.Close()
	want(t, answers, "")
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, "")
	answers = start(c, j)
	server.accept(t).register(t, "")
	want(t, answers, "")
}

// I22: the operator decides what may be dialled.
func TestNetworkRules(t *testing.T) {
	server := newServer(t)
	for config, text := range map[string]string{
		`{"allowPrivateAddresses":false}`:                                              "error connecting to server. this address may not be connected to",
		`{"allowedHosts":["*.quay.example"]}`:                                          "error connecting to server. this address may not be connected to",
		`{"refusedHosts":["LOCALHOST"]}`:                                               "error connecting to server. this address may not be connected to",
		`{"allowedPorts":[6697]}`:                                                      "error connecting to server. this address may not be connected to",
		fmt.Sprintf(`{"allowedHosts":["localhost"],"allowedPorts":[%d]}`, server.port): "",
	} {
		s, err := readConfig([]byte(config))
		if err != nil {
			t.Fatal(err)
		}
		host := newHost()
		c := newClient(host, s)
		j := job(t, `{"type":"connect"}`)
		j.Credentials = credentialsFor(server.port, "")
		answers := start(c, j)
		if text == "" {
			server.accept(t).register(t, "")
		}
		want(t, answers, text)
		if text == "" && !strings.Contains(host.logs.String(), "not public") {
			t.Errorf("the log does not say that a private address is dialled: %q", host.logs.String())
		}
		stop(c)
	}
}

// I27: a line that never ends is forgotten, and the connection goes on.
func TestEndlessLine(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), "")
	conn.send(":otto!~o@q PRIVMSG mara :" + strings.Repeat("x", 1<<20))
	conn.sync(t)
	host.none(t)
}

func TestSettings(t *testing.T) {
	for _, config := range []string{
		`{"x":1}`, `{"connectTimeoutMs":"1"}`, `{"allowedHosts":"x"}`, `{"allowedHosts":[""]}`, `{"allowedPorts":[0]}`, `{"allowedPorts":[1.5]}`, `{"nickSuffix":""}`,
		`{"floodBurst":0}`, `{"floodIntervalMs":0}`, `{"webirc":{"h":{}}}`, `{"webirc":{"h":{"password":"a b"}}}`, `{"webirc":{"h":{"password":"a","x":1}}}`, `[]`,
	} {
		if _, err := readConfig([]byte(config)); err == nil {
			t.Errorf("%s is accepted", config)
		}
	}
}

// A hostile server is a nuisance and no danger.
func TestHostileServer(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), "")
	many := strings.Repeat(" cap-x", 10_000)
	conn.send(":s CAP mara NEW :"+many, ":s CAP mara LS :"+many, ":\x00 \x00 \x00", "\xff\xfe\xfd", "@"+strings.Repeat("a=b;", 3000)+" :s X", strings.Repeat(":", 300))
	for i := range 2000 {
		conn.send(fmt.Sprintf(":s %03d mara #room%d x :%d", i%1000, i, i), fmt.Sprintf(":mara!m@h JOIN #room%d", i), fmt.Sprintf(":s 353 mara = #room%d :%s", i, strings.Repeat("a"+fmt.Sprint(i)+" ", 80)),
			fmt.Sprintf(":s BATCH +%d draft/multiline #x", i), fmt.Sprintf("@batch=%d :o PRIVMSG #x :y", i), fmt.Sprintf(":s 332 mara #t%d :topic", i), ":s 372 mara :"+strings.Repeat("m", 300))
	}
	conn.sync(t)
	s := c.login.state
	if len(s.batches) > maxBatches || s.members > maxMembers || s.motdSize > maxMotd && len(s.motd)*300 > maxMotd || len(s.capValues) > len(wantedCaps) {
		t.Errorf("%d batches, %d members, %d lines of motd", len(s.batches), s.members, len(s.motd))
	}
	want(t, start(c, job(t, says("#nowhere", "x"))), string(errNotJoined))
}

// Where a person is taken for a server, and the other way round.
func TestIsServer(t *testing.T) {
	s := newState("x", nil)
	for source, want := range map[string]bool{"irc.example.net": true, "NickServ": false, "otto!o@quay.example": false, "a@b.c": false} {
		if got := s.isServer(source); got != want {
			t.Errorf("%q: %v", source, got)
		}
	}
	m := wire.New("X")
	s.handle(&m) // a command that is not known
}

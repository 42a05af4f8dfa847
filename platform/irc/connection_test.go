package irc

import (
	"fmt"
	"strings"
	"testing"
)

// Each PING is answered once, with all of its last parameter, whoever asks.
func TestPingIsAnsweredOnceAndWhole(t *testing.T) {
	_, _, conn, _ := online(t, testSettings(), "")
	for ping, pong := range map[string]string{
		"PING irc.example.net 4711": "PONG :4711", "PING 4711abc": "PONG :4711abc", "PING :x y": "PONG :x y", ":irc.example.net PING :t": "PONG :t", "PING a:b": "PONG :a:b", "ping :x": "PONG :x", "@time=x PING :tagged": "PONG :tagged", "PING": "PONG :",
	} {
		conn.send(ping)
		conn.expect(t, pong)
	}
	conn.sync(t) // and nothing else was sent

	server := newServer(t) // also while registering
	_, answers := connectTo(t, testSettings(), server.port, "")
	conn = server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send("PING :cookie 17")
	conn.expect(t, "PONG :cookie 17")
	conn.send(":s 001 mara :Welcome")
	want(t, answers, "")
}

// Others see a farewell, and a new connect works.
func TestFarewellAndANewConnect(t *testing.T) {
	c, _, conn, server := online(t, testSettings(), "")
	answers := start(c, job(t, `{"type":"disconnect"}`))
	conn.expect(t, "QUIT :leaving")
	conn.send("ERROR :Closing Link: localhost (Quit: leaving)")
	conn.Close()
	want(t, answers, "")
	want(t, start(c, job(t, says("otto", "x"))), "send called on uninitialized platform")
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, "")
	answers = start(c, j)
	conn = server.accept(t)
	conn.register(t, "")
	want(t, answers, "")
	stop(c) // the worker's end too
	conn.expect(t, "QUIT :leaving")
	conn.ended(t)
}

// A server that does not close is not waited for.
func TestFarewellToAServerThatStays(t *testing.T) {
	s := testSettings()
	s.farewell = 0
	c, _, conn, _ := online(t, s, "")
	want(t, start(c, job(t, `{"type":"disconnect"}`)), "")
	conn.expect(t, "QUIT :leaving")
	conn.ended(t)
}

// The operator decides what may be dialled.
func TestNetworkRules(t *testing.T) {
	server := newServer(t)
	const forbidden = textConnecting
	for config, text := range map[string]string{
		`{}`: forbidden, `{"allowPrivateAddresses":true,"allowedHosts":["*.quay.example"]}`: forbidden, `{"allowPrivateAddresses":true,"refusedHosts":["LOCALHOST"]}`: forbidden, `{"allowPrivateAddresses":true,"allowedPorts":[6697]}`: forbidden,
		fmt.Sprintf(`{"allowPrivateAddresses":true,"allowedHosts":["localhost"],"allowedPorts":[%d]}`, server.port): "",
	} {
		s, err := readConfig([]byte(config))
		if err != nil {
			t.Fatal(err)
		}
		_, answers := connectTo(t, s, server.port, "")
		if text == "" {
			server.accept(t).register(t, "")
		}
		want(t, answers, text)
	}
	s := settings{hosts: []string{"*.quay.example", "irc.example.net"}, refusedHosts: []string{"old.quay.example"}}
	for host, may := range map[string]bool{"irc.quay.example": true, "IRC.Quay.Example.": true, "quay.example": false, "old.quay.example": false, "irc.example.net": true, "xirc.example.net": false, "": false} {
		if got := s.mayDial(host, 6697); got != may {
			t.Errorf("%q may be dialled: %v", host, got)
		}
	}
}

// Link-local addresses, where clouds keep what only their machines may read, are
// refused whatever the operator allows.
func TestInternalAddresses(t *testing.T) {
	for address, private := range map[string][2]bool{ // may be dialled: by default, with allowPrivateAddresses
		"169.254.169.254:80": {false, false}, "[fe80::1]:6667": {false, false}, "[::ffff:169.254.169.254]:80": {false, false},
		"[64:ff9b::a9fe:a9fe]:80": {false, false}, "168.63.129.16:80": {false, false}, "[fd00:ec2::254]:80": {false, false},
		"127.0.0.1:6667": {false, true}, "10.0.0.1:6667": {false, true}, "[fd00::1]:6667": {false, true}, "[::1]:6667": {false, true},
		"192.0.43.10:6667": {true, true},
	} {
		for i, allowed := range []bool{false, true} {
			s := defaultSettings()
			s.private = allowed
			l := &login{client: newClient(newHost(), s)}
			if err := l.judge("tcp", address, nil); (err == nil) != private[i] {
				t.Errorf("%s with allowPrivateAddresses %v: %v", address, allowed, err)
			}
		}
	}
}

// A connection that does not come about is one text for the client, whatever the
// cause: nobody maps a network with it. The log has the cause.
func TestCauseOfAFailedConnection(t *testing.T) {
	closed := freePort(t)
	for more, causes := range map[string]string{
		"":                            "connection refused",
		`,"server":"nowhere.invalid"`: "name ", // not found, or its lookup failed
		`,"server":"169.254.169.254"`: "this address may not be connected to",
	} {
		c, answers := connectTo(t, testSettings(), closed, more)
		want(t, answers, textConnecting)
		if logs := c.host.(*fakeHost).logs.String(); !strings.Contains(logs, causes) {
			t.Errorf("%s: the log says %s, want %q", more, logs, causes)
		}
	}
	server := newServer(t)
	_, answers := connectTo(t, testSettings(), server.port, `,"secure":true`)
	server.accept(t).send("NOTICE * :*** Looking up your hostname...")
	want(t, answers, textConnecting)
}

// announce is advertised, as by the reference, and refused.
func TestAnnounceIsRefused(t *testing.T) {
	d := Definition()
	if _, there := d.Verbs["announce"]; there || !strings.Contains(string(d.Schemas.Messages), `"announce"`) {
		t.Error("announce is to be in the schema of messages and not among the verbs")
	}
	c, _, conn, _ := online(t, testSettings(), "")
	want(t, start(c, job(t, `{"type":"announce"}`)), "platform method announce not available")
	conn.sync(t)
}

// Tags are understood: the time of the server, ids, accounts, what a message
// answers.
func TestTagsAreUnderstood(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), "server-time message-tags account-tag")
	conn.send(`@time=2024-01-02T03:04:05.678Z;msgid=m7;account=otto_acc;+draft/reply=m6;x=a\:b\s\\ :otto!~o@q PRIVMSG #deck :good morning`)
	e := host.expect(t, `{"type":"send","actor":{"type":"person","id":"otto@localhost","name":"otto","account":"otto_acc"},`+deckRoom+`,"object":{"type":"message","content":"good morning","id":"m7","inReplyTo":"m6"}}`)
	if got := e.activity.Text("published"); got != "2024-01-02T03:04:05.678Z" {
		t.Errorf("it is dated %s", got)
	}
	conn.send("@time=yesterday :otto!~o@q PRIVMSG #deck :x") // no time: now
	if got := host.next(t).activity.Text("published"); len(got) != 24 {
		t.Errorf("a message with a wrong time is dated %q", got)
	}
}

// What a server says of its limits counts before anything is sent, and its
// network has a name.
func TestServerLimits(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	conn.send(":s 005 mara NICKLEN=9 CHANNELLEN=6 TOPICLEN=5 NETWORK=Quay LINELEN=1024 CHATHISTORY=10 :are supported", ":s 005 mara -LINELEN :are supported", ":irc.example.net NOTICE mara :hello")
	host.expect(t, `{"type":"send","actor":{"type":"service","id":"localhost","name":"Quay"},"object":{"type":"message","content":"hello"},"target":`+personNamed("mara")+`}`)
	for text, reason := range map[string]string{
		room("join", "#longer", ""): "the name of the room is too long: the server takes 6 bytes",
		room("update", "#deck", `,"object":{"type":"topic","content":"longer"}`): "the topic is too long: it has 6 bytes, the server takes 5",
		nickTo("zarazarazara"): "the nick is too long: the server takes 9 bytes",
	} {
		want(t, start(c, job(t, text)), reason)
	}
	if s := c.login.state; s.support.lineLength != 512 || s.historyLimit(50) != 10 {
		t.Errorf("%+v", s.support)
	}
	// Longer lines, where the server takes them.
	conn.send(":s 005 mara LINELEN=2048 :are supported")
	conn.sync(t)
	answers := start(c, job(t, says("otto", strings.Repeat("x", 1500))))
	if line := conn.next(t); len(line) != len("PRIVMSG otto :")+1500 {
		t.Errorf("a line of %d bytes", len(line))
	}
	conn.pong(t)
	want(t, answers, "")
}

// Where a person is taken for a server, and the other way round.
func TestIsServer(t *testing.T) {
	s := newState("x", nil)
	for source, want := range map[string]bool{"irc.example.net": true, "NickServ": false, "otto!o@quay.example": false, "a@b.c": false} {
		if got := s.isServer(source); got != want {
			t.Errorf("%q: %v", source, got)
		}
	}
}

func TestSettings(t *testing.T) {
	for config, field := range map[string]string{
		`{"x":1}`: `"x"`, `{"connectTimeoutMs":"1"}`: "connectTimeoutMs", `{"allowedHosts":"x"}`: "allowedHosts", `{"allowedHosts":[""]}`: "allowedHosts", `{"refusedHosts":[1]}`: "refusedHosts",
		`{"allowedPorts":[0]}`: "allowedPorts", `{"allowedPorts":[1.5]}`: "allowedPorts", `{"nickSuffix":""}`: "nickSuffix", `{"floodBurst":0}`: "floodBurst", `{"floodIntervalMs":0}`: "floodIntervalMs",
		`{"webirc":{"h":{}}}`: "webirc", `{"webirc":{"h":{"password":"a b"}}}`: "webirc", `{"webirc":{"h":{"password":"a","x":1}}}`: "webirc", `[]`: "packageConfig",
		`{"bouncer":true}`: "bouncer", `{"bouncer":{"x":1}}`: "bouncer.x", `{"bouncer":{"lingerSeconds":-1}}`: "bouncer.lingerSeconds", `{"bouncer":{"lingerSeconds":"1"}}`: "bouncer.lingerSeconds",
		`{"bouncer":{"lingerSeconds":1.5}}`: "bouncer.lingerSeconds", `{"bouncer":{"lingerSeconds":1e300}}`: "bouncer.lingerSeconds", `{"bouncer":{"messages":0}}`: "bouncer.messages", `{"bouncer":{"bytes":1}}`: "bouncer.bytes",
	} {
		if _, err := readConfig([]byte(config)); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v, want an error about %s", config, err, field)
		}
	}
}

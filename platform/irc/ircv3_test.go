package irc

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/sockethub/server/activity"
)

const deckRoom = `"target":{"type":"room","id":"localhost/#deck","name":"#deck"}`

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
	s, err := readConfig([]byte(`{"webirc":{"LocalHost":{"password":"hunter3"}}}`))
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

// A password goes as PASS where SASL is refused.
func TestPass(t *testing.T) {
	server := newServer(t)
	_, answers := connectTo(t, testSettings(), server.port, `,"password":"hunter 3","sasl":false`)
	conn := server.accept(t)
	conn.expect(t, "PASS :hunter 3")
	conn.register(t, "")
	want(t, answers, "")
}

// The server proves that it knows the password, too.
func TestScram(t *testing.T) {
	for _, honest := range []bool{true, false} {
		server := newServer(t)
		_, answers := connectTo(t, testSettings(), server.port, `,"password":"hunter3"`)
		conn := server.accept(t)
		conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
		conn.send(":irc.example.net CAP * LS * :batch", ":irc.example.net CAP * LS :sasl=SCRAM-SHA-256,EXTERNAL")
		conn.expect(t, "CAP REQ :batch", "CAP REQ :sasl")
		conn.send(":irc.example.net CAP * ACK :sasl")
		conn.expect(t, "AUTHENTICATE SCRAM-SHA-256")
		conn.send("AUTHENTICATE +")
		first := saslText(t, conn)
		nonce, ok := strings.CutPrefix(first, "n,,n=mara,r=")
		if !ok {
			t.Fatalf("the first message is %q", first)
		}
		salt := []byte("salt and pepper")
		serverFirst := fmt.Sprintf("r=%sMORE,s=%s,i=4096", nonce, base64.StdEncoding.EncodeToString(salt))
		conn.send("AUTHENTICATE " + base64.StdEncoding.EncodeToString([]byte(serverFirst)))
		final := saslText(t, conn)
		bare, proof64, _ := strings.Cut(final, ",p=")
		salted, err := pbkdf2.Key(sha256.New, "hunter3", salt, 4096, 32)
		if err != nil {
			t.Fatal(err)
		}
		exchange := strings.TrimPrefix(first, "n,,") + "," + serverFirst + "," + bare
		clientKey := sign(salted, "Client Key")
		stored := sha256.Sum256(clientKey)
		proof := sign(stored[:], exchange)
		subtle.XORBytes(proof, proof, clientKey)
		if got, _ := base64.StdEncoding.DecodeString(proof64); !hmac.Equal(got, proof) {
			t.Fatalf("the proof of %q is wrong", final)
		}
		signature := sign(sign(salted, "Server Key"), exchange)
		if !honest {
			signature[0] ^= 1
		}
		conn.send("AUTHENTICATE " + base64.StdEncoding.EncodeToString([]byte("v="+base64.StdEncoding.EncodeToString(signature))))
		if !honest {
			conn.expect(t, "AUTHENTICATE *", "QUIT")
			want(t, answers, "unable to connect to server: sasl authentication failed - the server does not know the password")
			continue
		}
		conn.expect(t, "AUTHENTICATE +")
		conn.send(":irc.example.net 903 mara :SASL authentication successful")
		conn.expect(t, "CAP END")
		conn.send(":irc.example.net 001 mara :Welcome")
		want(t, answers, "")
	}
}

func saslText(t *testing.T, conn *fakeConn) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(conn.next(t), "AUTHENTICATE "))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An account that is not prepared for SCRAM logs in with PLAIN.
func TestScramFallback(t *testing.T) {
	server := newServer(t)
	_, answers := connectTo(t, testSettings(), server.port, `,"password":"hunter3"`)
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(":irc.example.net CAP * LS :sasl=PLAIN,SCRAM-SHA-256")
	conn.expect(t, "CAP REQ :sasl")
	conn.send(":irc.example.net CAP * ACK :sasl")
	conn.expect(t, "AUTHENTICATE SCRAM-SHA-256")
	conn.send(":irc.example.net 904 mara :No")
	conn.expect(t, "AUTHENTICATE PLAIN")
	conn.send("AUTHENTICATE +")
	conn.expect(t, "AUTHENTICATE bWFyYQBtYXJhAGh1bnRlcjM=")
	conn.send(":irc.example.net 904 mara :Still no")
	want(t, answers, "unable to connect to server: sasl authentication failed - Still no")
}

// What a server asks of SCRAM has bounds.
func TestScramBounds(t *testing.T) {
	for _, text := range []string{"r=NONCEx,s=c2FsdA==,i=1", "r=NONCEx,s=c2FsdA==,i=99999999", "r=other,s=c2FsdA==,i=4096", "r=NONCE,s=c2FsdA==,i=4096", "r=NONCEx,s=,i=4096", "m=x,r=NONCEx,s=c2FsdA==,i=4096", "", "x"} {
		s := &scram{account: "mara", password: "x", nonce: "NONCE", step: 1}
		if out, err := s.next([]byte(text)); err == nil {
			t.Errorf("%q is answered %q", text, out)
		}
	}
}

// tlsServer is a fake server with TLS. hello gets what clients ask for.
func tlsServer(t *testing.T, cert, key string, hello func(tls.ConnectionState)) *fakeServer {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := serveOn(t, tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert,
		VerifyConnection: func(state tls.ConnectionState) error { hello(state); return nil }}))
	return s
}

// TLS: the name asked for, a certificate of the user's own, EXTERNAL, and a server
// that nobody vouches for.
func TestTLS(t *testing.T) {
	cert, key := certificate(t, "localhost")
	states := make(chan tls.ConnectionState, 1)
	server := tlsServer(t, cert, key, func(s tls.ConnectionState) { states <- s })
	const text = "error connecting to server. the certificate is not valid: x509: "
	trustFile(t, cert)
	userCert, userKey := certificate(t, "mara")
	_, answers := connectTo(t, testSettings(), server.port, fmt.Sprintf(`,"secure":true,"sasl":true,"certificate":%s`, quoteJSON(userCert+userKey)))
	var state tls.ConnectionState
	select {
	case state = <-states:
	case a := <-answers:
		t.Fatalf("no handshake: %q", a.text())
	}
	if state.ServerName != "localhost" || len(state.PeerCertificates) != 1 || state.PeerCertificates[0].Subject.CommonName != "mara" {
		t.Errorf("asked for %q with %d certificates", state.ServerName, len(state.PeerCertificates))
	}
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(":irc.example.net CAP * LS :sasl=EXTERNAL")
	conn.expect(t, "CAP REQ :sasl")
	conn.send(":irc.example.net CAP * ACK :sasl")
	conn.expect(t, "AUTHENTICATE EXTERNAL")
	conn.send("AUTHENTICATE +")
	conn.expect(t, "AUTHENTICATE +")
	conn.send(":irc.example.net 903 mara :ok", ":irc.example.net 001 mara :Welcome")
	want(t, answers, "")

	other, _ := certificate(t, "localhost")
	trustFile(t, other)
	_, answers = connectTo(t, testSettings(), server.port, `,"secure":true`)
	a := <-answers
	if !strings.HasPrefix(a.text(), text) {
		t.Errorf("an unknown certificate: %q", a.text())
	}
}

// A server that announces STS is spoken to with TLS, whatever the user said.
func TestSTS(t *testing.T) {
	cert, key := certificate(t, "localhost")
	trustFile(t, cert)
	secure := tlsServer(t, cert, key, func(tls.ConnectionState) {})
	plain := newServer(t)
	c, answers := connectTo(t, testSettings(), plain.port, "")
	conn := plain.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(fmt.Sprintf(":irc.example.net CAP * LS :sts=port=%d", secure.port))
	conn.ended(t)
	conn = secure.accept(t)
	conn.register(t, "sts=duration=3600")
	want(t, answers, "")
	answers = start(c, job(t, `{"type":"disconnect"}`))
	conn.expect(t, "QUIT :leaving")
	conn.Close()
	want(t, answers, "")
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(plain.port, "")
	answers = start(c, j)
	secure.accept(t).register(t, "sts=duration=0") // at once
	want(t, answers, "")
	if len(c.sts) != 0 {
		t.Errorf("the promise %v was not taken back", c.sts)
	}
}

// Credentials that cannot work are refused before anything is sent.
func TestCredentials(t *testing.T) {
	for more, text := range map[string]string{
		`,"sasl":true`:                 "sasl needs a password, a token or a certificate",
		`,"certificate":"x"`:           "the certificate must be PEM with a certificate and its private key",
		`,"port":70000`:                "Port should be >= 0 and < 65536. Received type number (70000).",
		`,"port":6667.5`:               "Port should be >= 0 and < 65536. Received type number (6667.5).",
		`,"nick":"a b"`:                "the nick must not contain a space, a comma or a control character",
		`,"username":"a b"`:            "the username must not contain a space, a comma or a control character",
		`,"username":"a\nb"`:           "IRC values must not contain CR or LF characters",
		`,"password":"a\u0000b"`:       "the credentials must not contain NUL characters",
		`,"username":"mara@quay.test"`: "",
	} {
		if _, err := readCredentials(credentialsFor(1, more)); (answer{nil, err}).text() != text {
			t.Errorf("%s: %v, want %q", more, err, text)
		}
	}
	c, err := readCredentials(credentialsFor(1, `,"server":"[2001:db8::1]","port":0,"secure":true`))
	if err != nil || c.host != "2001:db8::1" || c.port != 6697 || c.server != "[2001:db8::1]" {
		t.Errorf("%+v, %v", c, err)
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

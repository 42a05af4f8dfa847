package irc

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// nowhere is a connection that takes everything.
type nowhere struct{ net.Conn }

func (nowhere) Write(p []byte) (int, error)      { return len(p), nil }
func (nowhere) Close() error                     { return nil }
func (nowhere) SetWriteDeadline(time.Time) error { return nil }
func (nowhere) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 6697} }

// Whatever a server says before 001: no panic, and nobody is let in without the
// login that the user asked for.
func FuzzRegistration(f *testing.F) {
	f.Add(":s CAP * LS * :batch\n:s CAP * LS :sasl=SCRAM-SHA-256,PLAIN sts=duration=1\n:s CAP * ACK :sasl\nAUTHENTICATE +\nAUTHENTICATE cj1h\n904 x :no\nAUTHENTICATE +\n:s 903 x :y\n:s 001 mara :hi")
	f.Add(":s 421 * CAP :no\n:s 433 * mara :used\nERROR :Closing Link (K-lined)\n:s 465 x :banned")
	f.Add("PING x\nNOTICE * :Login unsuccessful\n:s CAP * NAK :sasl\n001")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := readCredentials(credentialsFor(6697, `,"password":"hunter3"`))
		if err != nil {
			t.Fatal(err)
		}
		l := newLogin(newClient(newHost(), testSettings()), c, job(t, `{"type":"connect"}`))
		r := registration{l: l, k: newLink(nowhere{}, true), s: newState("localhost", nil), nick: "mara", offered: map[string]string{}}
		loggedIn := false
		for line := range strings.SplitSeq(text, "\n") {
			m, err := wire.Parse(line)
			if err != nil {
				continue
			}
			loggedIn = loggedIn || m.Command == "903"
			in, err := r.handle(&m)
			if err != nil {
				break
			}
			if in && !loggedIn {
				t.Fatalf("%q lets the user in without a login", text)
			}
		}
	})
}

// A secret does not go over plain TCP to another machine, unless the operator
// says so.
func TestPlaintextSecrets(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		for _, more := range []string{`,"password":"hunter3"`, `,"password":"hunter3","sasl":false`} {
			c, err := readCredentials(credentialsFor(6667, more))
			if err != nil {
				t.Fatal(err)
			}
			s := testSettings()
			s.plaintextSecrets = allowed
			l := newLogin(newClient(newHost(), s), c, job(t, `{"type":"connect"}`))
			r := registration{l: l, k: newLink(nowhere{}, false), s: newState("localhost", nil), nick: "mara", offered: map[string]string{}}
			err = r.begin()
			for _, line := range []string{":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +"} {
				m, _ := wire.Parse(line)
				if err == nil {
					_, err = r.handle(&m)
				}
			}
			if (err == nil) != allowed || err != nil && !strings.Contains(err.Error(), "clear text") {
				t.Errorf("%s, allowed %v: %v", more, allowed, err)
			}
		}
	}
}

// An error of registration is for clients, as it is.
func TestConnectError(t *testing.T) {
	var err error = refuse(true, reasonSASL, "No")
	var refused *connectError
	if !errors.As(err, &refused) || !refused.final || err.Error() != "unable to connect to server: sasl authentication failed - No" {
		t.Errorf("%#v", err)
	}
}

// A nick that is in use fails connect in the reference's words, and the next
// connect dials at once; the operator may let others be tried, and the wanted one
// is asked for again after a reconnect.
func TestNickInUse(t *testing.T) {
	server := newServer(t)
	c, answers := connectTo(t, testSettings(), server.port, "")
	for _, numeric := range []string{"431", "432", "433", "436", "437", "484"} {
		conn := server.accept(t)
		conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
		conn.send(":irc.example.net " + numeric + " * mara :No")
		conn.expect(t, "QUIT")
		conn.ended(t)
		want(t, answers, "unable to connect to server: nicknames unavailable")
		j := job(t, `{"type":"connect"}`)
		j.Credentials = credentialsFor(server.port, "")
		answers = start(c, j)
	}
	server.accept(t).register(t, "")
	want(t, answers, "")

	s, err := readConfig([]byte(`{"allowPrivateAddresses":true,"nickSuffix":"_"}`))
	if err != nil {
		t.Fatal(err)
	}
	s.firstRetry = time.Hour
	host := newHost()
	c = newClient(host, s)
	defer stop(c)
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, "")
	answers = start(c, j)
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(":irc.example.net 433 * mara :Nickname is already in use")
	conn.expect(t, "NICK mara_")
	conn.send(":irc.example.net 001 mara_ :Welcome")
	want(t, answers, "")
	host.expect(t, `{"type":"update","actor":`+personNamed("mara")+`,"target":`+personNamed("mara_")+`,"object":{"type":"address"}}`)
	conn.Close()
	host.next(t)
	answers = start(c, job(t, `{"type":"connect"}`))
	conn = server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara")
	conn.send(":irc.example.net 001 mara :Welcome")
	want(t, answers, "")
	host.expect(t, `{"type":"update","actor":`+personNamed("mara_")+`,"target":`+personNamed("mara")+`,"object":{"type":"address"}}`)
	if got := host.actors; len(got) != 2 || got[0] != "mara_@localhost" || got[1] != "mara@localhost" {
		t.Errorf("the server was told the ids %q", got)
	}

	// There is an end to it.
	_, answers = connectTo(t, s, server.port, "")
	conn = server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	for _, nick := range []string{"mara_", "mara__", "mara___"} {
		conn.send(":irc.example.net 433 * mara :Nickname is already in use")
		conn.expect(t, "NICK "+nick)
	}
	conn.send(":irc.example.net 433 * mara :Nickname is already in use")
	want(t, answers, "unable to connect to server: nicknames unavailable")
}

// Who is logged in, and got another nick than the wanted one, has the services
// asked for it where the operator says so.
func TestNickIsRegained(t *testing.T) {
	for config, asks := range map[string]bool{`{"allowPrivateAddresses":true,"nickSuffix":"_","regain":true}`: true, `{"allowPrivateAddresses":true,"nickSuffix":"_"}`: false} {
		server := newServer(t)
		s, err := readConfig([]byte(config))
		if err != nil {
			t.Fatal(err)
		}
		c, answers := connectTo(t, s, server.port, `,"sasl":true,"password":"p"`)
		conn := server.accept(t)
		conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
		conn.send(":irc.example.net 433 * mara :Nickname is already in use")
		conn.expect(t, "NICK mara_")
		conn.send(":irc.example.net CAP * LS :sasl=PLAIN")
		conn.expect(t, "CAP REQ :sasl")
		conn.send(":irc.example.net CAP * ACK :sasl")
		conn.expect(t, "AUTHENTICATE PLAIN")
		conn.send("AUTHENTICATE +")
		conn.next(t)
		conn.send(":irc.example.net 903 mara_ :SASL authentication successful")
		conn.expect(t, "CAP END")
		conn.send(":irc.example.net 001 mara_ :Welcome")
		want(t, answers, "")
		if asks {
			conn.expect(t, "PRIVMSG NickServ :REGAIN mara")
		}
		conn.send(":mara_!~m@10.0.0.9 NICK mara")
		conn.sync(t)
		if nick := c.login.nick(); nick != "mara" {
			t.Errorf("%s: the nick is %s", config, nick)
		}
	}
}

// A password goes as PASS, in front of all, where SASL is not wanted.
func TestServerPasswordGoesAsPass(t *testing.T) {
	server := newServer(t)
	_, answers := connectTo(t, testSettings(), server.port, `,"password":"hunter 3","sasl":false`)
	conn := server.accept(t)
	conn.expect(t, "PASS :hunter 3")
	conn.register(t, "sasl=PLAIN")
	want(t, answers, "")

	_, answers = connectTo(t, testSettings(), server.port, `,"password":"wrong","sasl":false`)
	conn = server.accept(t)
	conn.expect(t, "PASS :wrong")
	conn.send(":irc.example.net 464 * :Password incorrect")
	want(t, answers, "unable to connect to server: bad password")
}

// Why a server lets nobody in is said behind the reference's words.
func TestReasonOfARefusedConnection(t *testing.T) {
	server := newServer(t)
	for reply, text := range map[string]string{
		":s 465 mara :You are banned: spam\r\nERROR :Closing Link":          "banned - You are banned: spam",
		":s 465 mara :You are banned: spam":                                 "banned - You are banned: spam",
		"ERROR :Closing Link: 10.0.0.9 (G-Lined: open proxy)":               "banned - Closing Link: 10.0.0.9 (G-Lined: open proxy)",
		"ERROR :Closing Link: 10.0.0.9 (Too many connections from your IP)": "refused - Closing Link: 10.0.0.9 (Too many connections from your IP)",
		"ERROR :Trying to reconnect too fast.":                              "refused - Trying to reconnect too fast.",
		"ERROR":                                                             "refused",
		"NOTICE mara :Login unsuccessful":                                   "bad password",
		":s NOTICE * :x":                                                    "socket ended",
	} {
		_, answers := connectTo(t, testSettings(), server.port, "")
		conn := server.accept(t)
		conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
		conn.send(reply)
		if !strings.Contains(reply, "ERROR") {
			conn.Close()
		}
		want(t, answers, "unable to connect to server: "+text)
	}
	for reply, text := range map[string]string{"904 mara :No such account": " - No such account", "902 mara :You are locked": " - You are locked", "904": "", "907 mara :Already": " - Already"} {
		_, answers := connectTo(t, testSettings(), server.port, `,"password":"wrong"`)
		conn := server.accept(t)
		conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
		conn.send(":s CAP * LS :sasl")
		conn.expect(t, "CAP REQ :sasl")
		conn.send(":s CAP * ACK :sasl")
		conn.expect(t, "AUTHENTICATE PLAIN")
		conn.send(":s " + reply)
		conn.expect(t, "QUIT")
		want(t, answers, "unable to connect to server: sasl authentication failed"+text)
	}
}

// SASL is found in whatever form a server lists it, and nobody gets in without
// the login that he asked for.
func TestSASLInEveryForm(t *testing.T) {
	server := newServer(t)
	for name, tt := range map[string]struct {
		more  string
		lists []string
		says  string
	}{
		"a word":           {`,"password":"hunter3"`, []string{":s CAP * LS :multi-prefix sasl"}, "AUTHENTICATE PLAIN"},
		"without colon":    {`,"password":"hunter3"`, []string{":s CAP * LS sasl"}, "AUTHENTICATE PLAIN"},
		"with mechanisms":  {`,"password":"hunter3"`, []string{":s CAP * LS :sasl=PLAIN,EXTERNAL"}, "AUTHENTICATE PLAIN"},
		"in several lines": {`,"password":"hunter3"`, []string{":s CAP * LS * :batch away-notify", ":s CAP * LS :sasl=EXTERNAL,PLAIN"}, "AUTHENTICATE PLAIN"},
		"SCRAM is there":   {`,"password":"hunter3"`, []string{":s CAP * LS :sasl=PLAIN,SCRAM-SHA-256"}, "AUTHENTICATE SCRAM-SHA-256"},
		"PLAIN is wanted":  {`,"password":"hunter3","saslMechanism":"PLAIN"`, []string{":s CAP * LS :sasl=PLAIN,SCRAM-SHA-256"}, "AUTHENTICATE PLAIN"},
		"SCRAM is wanted":  {`,"password":"hunter3","saslMechanism":"SCRAM-SHA-256"`, []string{":s CAP * LS :sasl"}, "AUTHENTICATE SCRAM-SHA-256"},
		"a token":          {`,"token":"t0k"`, []string{":s CAP * LS :sasl=PLAIN,SCRAM-SHA-256"}, "AUTHENTICATE PLAIN"},
		"OAUTHBEARER":      {`,"token":"t0k","saslMechanism":"OAUTHBEARER"`, []string{":s CAP * LS :sasl"}, "AUTHENTICATE OAUTHBEARER"},
	} {
		t.Run(name, func(t *testing.T) {
			_, answers := connectTo(t, testSettings(), server.port, tt.more)
			conn := server.accept(t)
			conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
			conn.send(tt.lists...)
			for {
				line := conn.next(t)
				if names, ok := strings.CutPrefix(line, "CAP REQ :"); ok {
					conn.send(":s CAP * ACK :" + names)
					continue
				}
				if line != tt.says {
					t.Errorf("the client says %q, want %q", line, tt.says)
				}
				break
			}
			conn.send(":s 001 mara :Welcome") // without a login
			want(t, answers, "unable to connect to server: missing required capabilities")
		})
	}
	for _, reply := range []string{":s CAP * LS :batch", ":s 421 * CAP :Unknown command", ":s 410 * LS :Invalid", ":s CAP * LS :sasl\r\n:s CAP * NAK :sasl"} {
		_, answers := connectTo(t, testSettings(), server.port, `,"password":"hunter3"`)
		conn := server.accept(t)
		conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
		conn.send(reply)
		want(t, answers, "unable to connect to server: missing required capabilities")
	}
	// A bearer token that is refused, with the reason in a challenge.
	_, answers := connectTo(t, testSettings(), server.port, `,"token":"t0k","saslMechanism":"OAUTHBEARER"`)
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(":s CAP * LS :sasl")
	conn.expect(t, "CAP REQ :sasl")
	conn.send(":s CAP * ACK :sasl")
	conn.expect(t, "AUTHENTICATE OAUTHBEARER")
	conn.send("AUTHENTICATE +")
	if got := saslText(t, conn); got != "n,,\x01auth=Bearer t0k\x01\x01" {
		t.Errorf("the token goes as %q", got)
	}
	conn.send("AUTHENTICATE eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=")
	conn.expect(t, "AUTHENTICATE AQ==")
	conn.send(":s 904 mara :Token expired")
	want(t, answers, "unable to connect to server: sasl authentication failed - Token expired")
}

// Long responses go in pieces of 400, long challenges come so, and endless ones
// end it.
func TestSASLPieces(t *testing.T) {
	for length, pieces := range map[int]int{0: 1, 297: 1, 300: 2, 301: 2, 600: 3} {
		lines := appendResponse(nil, make([]byte, length))
		text := ""
		for _, line := range lines {
			if len(line.Last()) > saslChunk {
				t.Errorf("a piece of %d", len(line.Last()))
			}
			text += strings.TrimSuffix(line.Last(), "+")
		}
		if len(lines) != pieces || len(text) != (length+2)/3*4 {
			t.Errorf("%d bytes became %d pieces, want %d", length, len(lines), pieces)
		}
	}
	var c challenge
	piece := strings.Repeat("QUFB", 100)
	for i := range maxSaslLength / saslChunk {
		if _, whole, err := c.add(piece); err != nil || whole {
			t.Fatalf("piece %d: %v, %v", i, whole, err)
		}
	}
	if _, _, err := c.add(piece); err == nil {
		t.Error("an endless challenge is taken")
	}
	c = challenge{}
	if _, _, err := c.add("?"); err == nil {
		t.Error("a challenge that is no base64 is taken")
	}
}

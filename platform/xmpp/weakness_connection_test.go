package xmpp

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// What the reference does wrong with connections, each by the number of its row,
// and what we do instead. The rows about stanzas stand in weakness_test.go.

func TestRow4ConnectHasADeadline(t *testing.T) {
	for name, say := range map[string]func(*fakeConn){
		"nothing": func(c *fakeConn) {},
		"header alone": func(c *fakeConn) {
			c.send(`<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`)
		},
		"login unanswered":   func(c *fakeConn) { c.header(t, plainFeatures) },
		"resource never set": func(c *fakeConn) { c.authenticate(t, bindFeature) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			s := testSettings()
			s.connectTimeout = 300 * time.Millisecond
			_, host, answers := dialled(t, s, server, "")
			conn := server.accept(t)
			say(conn)
			want(t, answers, fmt.Sprintf("connection failed: TimeoutError. (service: xmpp://127.0.0.1:%d)", server.port))
			conn.ended(t)
			host.quiet(t)
		})
	}
	s, err := readConfig([]byte(`{"connectTimeoutMs":1500}`))
	if err != nil || s.connectTimeout != 1500*time.Millisecond {
		t.Errorf("connectTimeoutMs 1500 is %v, %v", s.connectTimeout, err)
	}
}

func TestRow5DomainIsTheAccounts(t *testing.T) {
	ca := newAuthority(t)
	for name, valid := range map[string]bool{"harbor.example": true, "localhost": false} {
		server := newServer(t)
		host := newHost()
		c := newClient(host, ca.trusting(testSettings()))
		t.Cleanup(func() { stop(c) })
		j := job(t, `{"type":"connect"}`)
		j.Credentials = credentialsFor(server.port, "")
		j.Credentials.Object("object").Set("userAddress", "mara@harbor.example")
		j.Credentials.Object("object").Set("server", fmt.Sprintf("localhost:%d", server.port))
		answers := start(c, j)
		conn := server.accept(t)
		if to := conn.header(t, starttlsFeature).Attr("to"); to != "harbor.example" {
			t.Errorf("the stream is to %q", to)
		}
		name2 := conn.starttls(t, ca.issue(t, name))
		if name2 != "harbor.example" {
			t.Errorf("the server name is %q", name2)
		}
		if !valid {
			want(t, answers, fmt.Sprintf("connection failed: the certificate is not valid: x509: certificate is valid for localhost, not harbor.example. (service: localhost:%d)", server.port))
			continue
		}
		conn.login(t, false)
		want(t, answers, "")
	}
}

const starttlsFeature = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>` + plainFeatures

// starttls begins TLS and returns the name that the client wants.
func (c *fakeConn) starttls(t testing.TB, certificate tls.Certificate) string {
	t.Helper()
	c.expect(t, `<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>`)
	c.send(`<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`)
	return c.wrap(certificate)
}

func (c *fakeConn) wrap(certificate tls.Certificate) string {
	conn := tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"xmpp-client"}})
	_ = conn.Handshake() // the client says what was wrong
	c.conn, c.reader = conn, xml.NewReader(conn)
	return conn.ConnectionState().ServerName
}

// A lost connection is announced, also when the server just closes; presence and
// rooms are as they were when it is back.
func TestRow6PresenceAndRoomsAreRestored(t *testing.T) {
	c, host, conn, server := online(t, testSettings(), false)
	enter(t, c, conn)
	answers := start(c, job(t, `{"type":"update","object":{"type":"presence","presence":"away","content":"lunch"}}`))
	presence := conn.next(t)
	conn.expect(t, `<presence to="decks@rooms.localhost/mara"><show>away</show><status>lunch</status></presence>`)
	conn.pong(t)
	want(t, answers, "")
	host.until(t, func(a *activity.Object) bool { return a.Text("type") == "update" })
	conn.conn.Close()
	host.expect(t, `{"type":"connect","actor":{"id":"mara@localhost/web","type":"person"},"error":"Connection lost: Error: the server closed the connection. Attempting automatic reconnection...","object":{"type":"connect","status":"reconnecting","condition":"network"}}`)
	answers = connectJob(t, c, server, "")
	conn = server.accept(t)
	conn.login(t, false)
	want(t, answers, "")
	host.until(t, isStatus("online"))
	conn.expect(t, presence.String())
	join := conn.next(t)
	if got := join.String(); !strings.HasPrefix(got, `<presence to="decks@rooms.localhost/mara"><x xmlns="http://jabber.org/protocol/muc"><history since="`) || !strings.HasSuffix(got, `<password>sesame</password></x><show>away</show><status>lunch</status></presence>`) {
		t.Errorf("the room is joined with %s", got)
	}
}

// pong answers the ping behind a stanza.
func (c *fakeConn) pong(t testing.TB) {
	t.Helper()
	e := c.expect(t, `<iq type="get" id="ID" to="localhost"><ping xmlns="urn:xmpp:ping"/></iq>`)
	c.send(`<iq type='result' from='localhost' id='`, e.Attr("id"), `'/>`)
}

// enter joins decks@rooms.localhost as mara.
func enter(t testing.TB, c *client, conn *fakeConn) {
	t.Helper()
	answers := start(c, job(t, `{"type":"join","target":{"type":"room","id":"decks@rooms.localhost","key":"sesame"}}`))
	conn.next(t) // what the room can do
	conn.expect(t, `<presence from="mara@localhost/web" to="decks@rooms.localhost/mara"><x xmlns="http://jabber.org/protocol/muc"><password>sesame</password></x></presence>`)
	conn.next(t) // and once more, if it is made only now
	conn.send(`<presence from='decks@rooms.localhost/mara' to='mara@localhost/web'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x></presence>`)
	want(t, answers, "")
}

func TestRow7ConnectJoinsTheAttempt(t *testing.T) {
	c, host, conn, server := online(t, testSettings(), false)
	conn.conn.Close()
	host.until(t, isStatus("reconnecting"))
	first := connectJob(t, c, server, "")
	conn = server.accept(t)
	second := connectJob(t, c, server, "")
	conn.login(t, false)
	want(t, first, "")
	want(t, second, "")
	select {
	case <-server.conns:
		t.Error("there are two connections")
	default:
	}
}

func TestRow8AFailedAttemptIsOver(t *testing.T) {
	server := newServer(t)
	_, host, answers := dialled(t, testSettings(), server, "")
	conn := server.accept(t)
	conn.reader.Header() // who closes with something unread resets
	conn.conn.Close()
	want(t, answers, fmt.Sprintf("connection failed: the server closed the connection. (service: xmpp://127.0.0.1:%d)", server.port))
	host.quiet(t)
	select {
	case <-server.conns:
		t.Error("it tries again")
	case <-time.After(100 * time.Millisecond): // the reference tried each second
	}
}

// Some errors would be the same again; after the others the connection is made anew.
func TestRow9FinalAndRecoverableErrors(t *testing.T) {
	tests := []struct {
		condition, text string
		final           bool
	}{
		{"conflict", "Replaced by new connection", true}, {"policy-violation", "", true}, {"host-unknown", "", true},
		{"system-shutdown", "", false}, {"connection-timeout", "", false}, {"reset", "", false}, {"internal-server-error", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			c, host, conn, server := online(t, testSettings(), true)
			text := ""
			if tt.text != "" {
				text = `<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>` + tt.text + `</text>`
			}
			conn.send(`<stream:error><`, tt.condition, ` xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>`, text, `</stream:error></stream:stream>`)
			status := host.next(t).activity
			said := "StreamError: " + tt.condition
			if tt.text != "" {
				said += " - " + tt.text
			}
			wantText := "Connection lost: " + said + ". Attempting automatic reconnection..."
			if tt.final {
				wantText = "Connection failed: " + said + ". Manual reconnection required."
			}
			if status.Text("error") != wantText || status.Object("object").Text("condition") != tt.condition {
				t.Errorf("clients are told %s", activity.AppendJSON(nil, status))
			}
			if e := host.next(t).activity; e.Text("type") != "error" || e.Object("object").Text("condition") != tt.condition {
				t.Errorf("and then %s", activity.AppendJSON(nil, e))
			}
			if tt.final {
				want(t, start(c, job(t, `{"type":"disconnect"}`)), "disconnect called on uninitialized platform")
				return
			}
			answers := connectJob(t, c, server, "")
			server.accept(t).login(t, true)
			want(t, answers, "")
		})
	}
}

// Bad XML ends the stream and not the worker.
func TestRow11BadXMLEndsTheStream(t *testing.T) {
	for text, condition := range map[string]string{
		"<message></presence>": "not-well-formed", "<message>&nbsp;</message>": "restricted-xml",
		"<message>&#0;</message>": "not-well-formed", "<!DOCTYPE x>": "restricted-xml", "<message/><!-- -->": "restricted-xml",
	} {
		_, host, conn, _ := online(t, testSettings(), false)
		conn.send(text)
		e := conn.next(t)
		if !e.Is(nsStreams, "error") || e.Child(nsStreamErrors, condition) == nil {
			t.Errorf("%s is answered %s", text, e)
		}
		conn.ended(t)
		host.until(t, isStatus("reconnecting"))
	}
	_, host, conn, _ := online(t, testSettings(), false)
	conn.send(`<message from='@' to='/'><body>x</body></message><stream:error/>`)
	host.until(t, isStatus("reconnecting"))
}

func TestRow12NoSecretInTheClear(t *testing.T) {
	elsewhere := func(s settings) settings { // as if the server were not on this machine
		s.loopback = func(string) bool { return false }
		return s
	}
	t.Run("no TLS offered", func(t *testing.T) {
		server := newServer(t)
		_, _, answers := dialled(t, elsewhere(testSettings()), server, "")
		conn := server.accept(t)
		conn.header(t, plainFeatures)
		want(t, answers, fmt.Sprintf("connection failed: the server offers no TLS. (service: xmpp://127.0.0.1:%d)", server.port))
	})
	t.Run("unless the operator wants it so", func(t *testing.T) {
		s := elsewhere(testSettings())
		s.plaintextSecrets = true
		server := newServer(t)
		_, _, answers := dialled(t, s, server, "")
		server.accept(t).login(t, false)
		want(t, answers, "")
	})
	t.Run("bytes before TLS", func(t *testing.T) {
		server := newServer(t)
		_, _, answers := dialled(t, testSettings(), server, "")
		conn := server.accept(t)
		conn.header(t, starttlsFeature)
		conn.next(t)
		conn.send(`<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message/>`)
		want(t, answers, fmt.Sprintf("connection failed: the server says more before TLS begins than it may. (service: xmpp://127.0.0.1:%d)", server.port))
	})
	t.Run("STARTTLS answered with something else", func(t *testing.T) {
		for _, answer := range []string{`<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`, `<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`} {
			server := newServer(t)
			_, _, answers := dialled(t, testSettings(), server, "")
			conn := server.accept(t)
			conn.header(t, starttlsFeature)
			conn.next(t)
			conn.send(answer)
			want(t, answers, fmt.Sprintf("connection failed: STARTTLS_FAILURE. (service: xmpp://127.0.0.1:%d)", server.port))
		}
	})
	t.Run("weaker than before", func(t *testing.T) {
		server := newServer(t)
		c, host, answers := dialled(t, testSettings(), server, "")
		conn := server.accept(t)
		n := negotiation{l: &login{client: c, credentials: &credentials{user: "mara", domain: "localhost"}}}
		host.Keep(n.pin(), "SCRAM-SHA-256", time.Hour)
		conn.header(t, plainFeatures)
		want(t, answers, fmt.Sprintf("connection failed: the server offers only mechanisms that are weaker than before. (service: xmpp://127.0.0.1:%d)", server.port))
	})
	t.Run("redirected", func(t *testing.T) {
		ca := newAuthority(t)
		first, second := newServer(t), newServer(t)
		_, _, answers := dialled(t, ca.trusting(testSettings()), first, "")
		conn := first.accept(t)
		conn.header(t, starttlsFeature)
		conn.starttls(t, ca.issue(t, "localhost"))
		conn.reader.Header()
		conn.send(streamHeader, `<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>127.0.0.1:`, fmt.Sprint(second.port), `</see-other-host></stream:error>`)
		conn = second.accept(t)
		conn.header(t, plainFeatures) // no TLS here, though the address is local
		want(t, answers, fmt.Sprintf("connection failed: the server offers no TLS. (service: xmpp://127.0.0.1:%d)", first.port))
	})
}

const streamHeader = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`

func TestRow13WhereToIsTheOperatorsAffair(t *testing.T) {
	server := newServer(t)
	there := fmt.Sprintf("xmpp://127.0.0.1:%d", server.port)
	for _, config := range []string{
		`{}`,
		`{"allowPrivateAddresses":false}`,
		`{"allowPrivateAddresses":true,"allowedHosts":["*.quay.example"]}`,
		`{"allowPrivateAddresses":true,"refusedHosts":["127.0.0.1"]}`,
		`{"allowPrivateAddresses":true,"allowedPorts":[1]}`,
	} {
		_, text := connectTo(t, config, there)
		if want := "connection failed: Couldn't connect. (service: " + there + ")"; text != want {
			t.Errorf("%s: got %q, want %q", config, text, want)
		}
	}
	// The address is judged that the kernel is about to connect to.
	for address, may := range map[string][2]bool{ // by default, with allowPrivateAddresses
		"169.254.169.254:80": {false, false}, "[fe80::1]:5222": {false, false}, "[::ffff:169.254.169.254]:80": {false, false},
		"[64:ff9b::a9fe:a9fe]:80": {false, false}, "168.63.129.16:80": {false, false}, "[fd00:ec2::254]:80": {false, false},
		"127.0.0.1:5222": {false, true}, "10.0.0.1:5222": {false, true}, "[fd00::1]:5222": {false, true}, "[::1]:5222": {false, true},
		"192.0.43.10:5222": {true, true},
	} {
		for i, allowed := range []bool{false, true} {
			s := defaultSettings()
			s.private = allowed
			l := &login{client: newClient(newHost(), s)}
			if err := l.judge("tcp", address, nil); (err == nil) != may[i] {
				t.Errorf("%s with allowPrivateAddresses %v: %v", address, allowed, err)
			}
		}
	}
}

// A connection that does not come about is one text for the client, whatever the
// cause, and no event: nobody maps a network with it. The log has the cause.
func TestRow13NobodyMapsANetwork(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for server, cause := range map[string]string{
		"xmpp://" + closed.Addr().String(): "ECONNREFUSED",
		"xmpp://nowhere.invalid":           "name not found",
		"xmpp://169.254.169.254":           "this address may not be connected to",
		"xmpps://refused.example:22":       "this address may not be connected to",
	} {
		host, text := connectTo(t, `{"allowPrivateAddresses":true,"refusedHosts":["refused.example"]}`, server)
		if want := "connection failed: Couldn't connect. (service: " + server + ")"; text != want {
			t.Errorf("got %q, want %q", text, want)
		}
		host.quiet(t)
		if logs := host.logs.String(); !strings.Contains(logs, cause) {
			t.Errorf("%s: the log says %s, want %q", server, logs, cause)
		}
	}
}

// connectTo is a connect to a server that the user names, and its error.
func connectTo(t *testing.T, config, server string) (*fakeHost, string) {
	t.Helper()
	s, err := readConfig([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	s.connectTimeout, s.resolver = patience, new(zone).resolver(t)
	host := newHost()
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(1, "")
	j.Credentials.Object("object").Set("server", server)
	select {
	case a := <-start(newClient(host, s), j):
		return host, a.text()
	case <-time.After(patience):
		t.Fatalf("no answer to a connect to %s", server)
		return nil, ""
	}
}

func TestRow14Targets(t *testing.T) {
	z := &zone{
		a: map[string]string{"harbor.example": "127.0.0.1", "x1.harbor.example": "127.0.0.1", "bare.example": "127.0.0.1", "half.example": "127.0.0.1"},
		srv: map[string][]srvRecord{
			"_xmpps-client._tcp.harbor.example":  {{10, 0, 443, "x2.harbor.example"}},
			"_xmpp-client._tcp.harbor.example":   {{5, 0, 5222, "x1.harbor.example"}, {20, 0, 5333, "gone.example"}},
			"_xmpp-client._tcp.only-srv.example": {{5, 0, 5222, "x1.harbor.example"}},
			"_xmpps-client._tcp.half.example":    {{0, 0, 0, "SERVFAIL"}},
			"_xmpp-client._tcp.half.example":     {{5, 0, 5222, "x1.harbor.example"}},
			"_xmpps-client._tcp.none.example":    {{0, 0, 0, "."}},
			"_xmpp-client._tcp.none.example":     {{0, 0, 0, "."}},
			"_xmpps-client._tcp.clear.example":   {{0, 0, 0, "."}},
		},
	}
	s := testSettings()
	s.resolver = z.resolver(t)
	tests := []struct {
		name string
		c    credentials
		want string
	}{
		{"both services as one list", credentials{domain: "harbor.example"}, "x1.harbor.example:5222 x2.harbor.example:443/tls gone.example:5333 harbor.example:5223/tls harbor.example:5222"},
		{"no records", credentials{domain: "bare.example"}, "bare.example:5223/tls bare.example:5222"},
		{"a domain without an address", credentials{domain: "only-srv.example"}, "x1.harbor.example:5222 only-srv.example:5223/tls only-srv.example:5222"},
		{"one look-up fails", credentials{domain: "half.example"}, "x1.harbor.example:5222 half.example:5223/tls half.example:5222"},
		{"not offered", credentials{domain: "none.example"}, "the domain says that it offers no XMPP service"},
		{"TLS from the first byte is not offered", credentials{domain: "clear.example"}, "clear.example:5222"},
		{"server", credentials{domain: "mara.example", server: "bare.example"}, "bare.example:5223/tls bare.example:5222"},
		{"port", credentials{domain: "harbor.example", port: 5299}, "harbor.example:5299"},
		{"server and port", credentials{domain: "harbor.example", server: "127.0.0.1", port: 5299}, "127.0.0.1:5299"},
		{"server with a port", credentials{domain: "harbor.example", server: "chat.harbor.example:5299"}, "chat.harbor.example:5299"},
		{"xmpp", credentials{domain: "harbor.example", server: "xmpp://10.0.0.7"}, "10.0.0.7:5222"},
		{"xmpp with a path", credentials{domain: "harbor.example", server: "xmpp://h.example:5299/path"}, "h.example:5299"},
		{"xmpp and port", credentials{domain: "harbor.example", server: "xmpp://127.0.0.1", port: 5299}, "127.0.0.1:5299"},
		{"xmpp with nothing", credentials{domain: "harbor.example", server: "xmpp://"}, "localhost:5222"},
		{"xmpps", credentials{domain: "harbor.example", server: "xmpps://chat.harbor.example"}, "chat.harbor.example:5223/tls"},
		{"IPv6", credentials{domain: "harbor.example", server: "xmpp://[::1]:5299"}, "[::1]:5299"},
		{"IPv6 without a port", credentials{domain: "harbor.example", server: "::1"}, "[::1]:5223/tls [::1]:5222"},
		{"an address", credentials{domain: "harbor.example", server: "127.0.0.1"}, "127.0.0.1:5223/tls 127.0.0.1:5222"},
		{"letters of a language", credentials{domain: "häfen.example", port: 5299}, "xn--hfen-loa.example:5299"},
		{"two ports", credentials{domain: "harbor.example", server: "xmpp://127.0.0.1:5222", port: 5299}, errNoMethod.Error()},
		{"WebSocket", credentials{domain: "harbor.example", server: "wss://chat.harbor.example/ws"}, errWebSocket.Error()},
		{"another scheme", credentials{domain: "harbor.example", server: "https://chat.harbor.example"}, errNoMethod.Error()},
		{"no port", credentials{domain: "harbor.example", server: "h.example:x"}, errNoMethod.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := &login{client: newClient(newHost(), s), credentials: &tt.c}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			targets, err := l.targets(ctx)
			var got []string
			for _, target := range targets {
				text := target.address()
				if target.tls {
					text += "/tls"
				}
				got = append(got, text)
			}
			if err != nil {
				got = []string{err.Error()}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("targets are\n%s\nwant\n%s", strings.Join(got, " "), tt.want)
			}
		})
	}
}

// Of records with one priority the heavier ones come first more often; priorities
// are kept.
func TestRow14Weights(t *testing.T) {
	first := map[string]int{}
	for range 2000 {
		got := order([]record{{target{host: "late"}, 2, 0}, {target{host: "light"}, 1, 10}, {target{host: "heavy"}, 1, 90}})
		if len(got) != 3 || got[2].host != "late" {
			t.Fatalf("the order is %v", got)
		}
		first[got[0].host]++
	}
	if first["light"] < 100 || first["light"] > 400 {
		t.Errorf("of 2000 the light one was first %d times", first["light"])
	}
}

// Who accepts and hangs up is not the last word.
func TestRow14FallOverThroughBind(t *testing.T) {
	bad, good := newServer(t), newServer(t)
	z := &zone{
		a: map[string]string{"localhost.example": "127.0.0.1"},
		srv: map[string][]srvRecord{"_xmpp-client._tcp.localhost": {
			{1, 0, 1, "localhost.example"}, {2, 0, uint16(bad.port), "localhost.example"}, {3, 0, uint16(good.port), "localhost.example"}}},
	}
	s := testSettings()
	s.resolver = z.resolver(t)
	host := newHost()
	c := newClient(host, s)
	t.Cleanup(func() { stop(c) })
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(0, "")
	j.Credentials.Object("object").Delete("server")
	answers := start(c, j)
	conn := bad.accept(t)
	conn.authenticate(t, bindFeature)
	conn.next(t)
	conn.send(`<stream:error><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>`)
	conn.conn.Close()
	good.accept(t).login(t, false)
	want(t, answers, "")
}

func TestRow17DisconnectSaysFarewell(t *testing.T) {
	for _, ended := range []func(*client) <-chan answer{
		func(c *client) <-chan answer { return start(c, job(t, `{"type":"disconnect"}`)) },
		func(c *client) <-chan answer {
			out := make(chan answer, 1)
			go func() {
				c.Stop(t.Context())
				out <- answer{}
			}()
			return out
		},
	} {
		c, host, conn, _ := online(t, testSettings(), true)
		answers := ended(c)
		for !conn.next(t).Is(nsClient, "presence") {
		}
		if _, err := conn.reader.Next(); err != xml.ErrStreamEnd {
			t.Errorf("the stream ends with %v", err)
		}
		conn.send(`</stream:stream>`)
		want(t, answers, "")
		host.quiet(t)
	}
}

// A password in any language is UTF-8, prepared.
func TestRow20PasswordsAreUTF8(t *testing.T) {
	server := newServer(t)
	host := newHost()
	c := newClient(host, testSettings())
	t.Cleanup(func() { stop(c) })
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, "")
	j.Credentials.Object("object").Set("userAddress", "mära@localhost")
	j.Credentials.Object("object").Set("password", "Ⅳ пароль")
	start(c, j)
	conn := server.accept(t)
	conn.header(t, plainFeatures)
	got, _ := base64.StdEncoding.DecodeString(conn.next(t).Text())
	if string(got) != "\x00mära\x00IV пароль" {
		t.Errorf("the login is %q", got)
	}
}

// A stanza in the same packet as the bound address is not lost.
func TestRow21StanzaBehindBind(t *testing.T) {
	server := newServer(t)
	_, host, answers := dialled(t, testSettings(), server, "")
	conn := server.accept(t)
	conn.authenticate(t, bindFeature)
	id := conn.next(t).Attr("id")
	conn.send(`<iq type='result' id='`, id, `'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>mara@localhost/web</jid></bind></iq>`, ottoSays("o1", "early"))
	want(t, answers, "")
	host.expect(t, `{"type":"send","actor":{"type":"person","id":"otto@quay.example/phone"},"target":{"type":"person","id":"mara@localhost/web"},"object":{"type":"message","id":"o1","content":"early"}}`)
}

// TLS from the first byte names the protocol and the domain.
func TestDirectTLS(t *testing.T) {
	ca := newAuthority(t)
	server := newServer(t)
	c := newClient(newHost(), ca.trusting(testSettings()))
	t.Cleanup(func() { stop(c) })
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, "")
	j.Credentials.Object("object").Set("server", fmt.Sprintf("xmpps://127.0.0.1:%d", server.port))
	answers := start(c, j)
	conn := server.accept(t)
	if name := conn.wrap(ca.issue(t, "localhost")); name != "localhost" {
		t.Errorf("the server name is %q", name)
	}
	if p := conn.conn.(*tls.Conn).ConnectionState().NegotiatedProtocol; p != "xmpp-client" {
		t.Errorf("the protocol is %q", p)
	}
	conn.login(t, false)
	want(t, answers, "")
}

package xmpp

import (
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// mostAllocated is what one connection of a hostile server may make us allocate, with
// what the test itself needs to say so much.
const mostAllocated = 24 << 20

// A server that wants harm. Each attempt ends with a clear error, soon, and before
// much was allocated.
func TestHostileServer(t *testing.T) {
	scram := func(c *fakeConn, t testing.TB, challenge func(nonce string) string) {
		c.header(t, `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-256</mechanism></mechanisms>`)
		first, _ := base64.StdEncoding.DecodeString(c.next(t).Text())
		_, nonce, _ := strings.Cut(string(first), ",r=")
		c.send(`<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>`, base64.StdEncoding.EncodeToString([]byte(challenge(nonce))), `</challenge>`)
	}
	tests := []struct {
		name string
		do   func(*fakeConn, testing.TB)
		want string
	}{
		{"billion laughs", func(c *fakeConn, t testing.TB) {
			c.send(`<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>`)
		}, "restricted-xml"},
		{"endless element", func(c *fakeConn, t testing.TB) {
			c.send(streamHeader)
			for range 100 {
				c.send("<a>", strings.Repeat("x", 32<<10))
			}
		}, "policy-violation"},
		{"10,000 attributes", func(c *fakeConn, t testing.TB) {
			c.send(streamHeader, "<a ")
			for i := range 10_000 {
				c.send(fmt.Sprintf("a%d='' ", i))
			}
			c.send("/>")
		}, "policy-violation"},
		{"depth 10,000", func(c *fakeConn, t testing.TB) { c.send(streamHeader, strings.Repeat("<a>", 10_000)) }, "policy-violation"},
		{"header without features", func(c *fakeConn, t testing.TB) { c.send(streamHeader) }, "TimeoutError"},
		{"something else than features", func(c *fakeConn, t testing.TB) { c.send(streamHeader, "<message xmlns='jabber:client'/>") }, "the server does not say what it offers"},
		{"features for ever", func(c *fakeConn, t testing.TB) {
			c.send(streamHeader, "<stream:features>")
			for range 200 {
				c.send(strings.Repeat("<x xmlns='urn:example'/>", 500))
			}
		}, "policy-violation"},
		{"10⁹ iterations", func(c *fakeConn, t testing.TB) {
			scram(c, t, func(nonce string) string { return "r=" + nonce + "x,s=c2FsdA==,i=1000000000" })
		}, "the server asks for 1000000000 iterations of SCRAM"},
		{"another nonce", func(c *fakeConn, t testing.TB) {
			scram(c, t, func(string) string { return "r=mine,s=c2FsdA==,i=4096" })
		}, "the server's SCRAM message is not understood"},
		{"wrong signature", func(c *fakeConn, t testing.TB) {
			scram(c, t, func(nonce string) string { return "r=" + nonce + "x,s=c2FsdA==,i=4096" })
			c.next(t)
			c.send(`<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj1BQUFB</success>`)
		}, "the server does not know the password"},
		{"success without a proof", func(c *fakeConn, t testing.TB) {
			scram(c, t, func(nonce string) string { return "r=" + nonce + "x,s=c2FsdA==,i=4096" })
			c.next(t)
			c.send(`<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`)
		}, "the server does not know the password"},
		{"challenges for ever", func(c *fakeConn, t testing.TB) {
			c.header(t, plainFeatures)
			for range 10 {
				c.send(`<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`)
			}
		}, "the server asks again and again"},
		{"challenge that is no base64", func(c *fakeConn, t testing.TB) {
			c.header(t, plainFeatures)
			c.send(`<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>*</challenge>`)
		}, "the server's challenge is not base64"},
		{"mechanisms that nobody has", func(c *fakeConn, t testing.TB) {
			c.header(t, `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>X</mechanism></mechanisms>`)
		}, "No compatible mechanism"},
		{"no address", func(c *fakeConn, t testing.TB) {
			c.authenticate(t, bindFeature)
			c.send(`<iq type='result' id='`, c.next(t).Attr("id"), `'/>`)
		}, "the server gives no address"},
		{"resource refused", func(c *fakeConn, t testing.TB) {
			c.authenticate(t, bindFeature)
			c.send(`<iq type='error' id='`, c.next(t).Attr("id"), `'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>taken</text></error></iq>`)
		}, "conflict - taken"},
		{"a text without end", func(c *fakeConn, t testing.TB) {
			c.header(t, plainFeatures)
			c.send(`<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><account-disabled/><text>`, strings.Repeat("x", 5000), `</text></failure>`)
		}, "account-disabled - " + strings.Repeat("x", maxText) + "…"},
		{"a place that is none", func(c *fakeConn, t testing.TB) { c.send(streamHeader, seeOther(":x")) }, "the server sends us to a place that is none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := newServer(t)
			s := testSettings()
			if tt.want == "TimeoutError" {
				s.connectTimeout = 200 * time.Millisecond
			}
			c, _, answers := dialled(t, s, server, "")
			conn := server.accept(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			tt.do(conn, t)
			select {
			case a := <-answers:
				if text := a.text(); !strings.HasPrefix(text, "connection failed: "+tt.want) {
					t.Errorf("the answer is %q, want %q", text, tt.want)
				}
			case <-time.After(patience):
				t.Fatal("no answer")
			}
			conn.ended(t)
			if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > mostAllocated {
				t.Errorf("%d MiB were allocated", (after.TotalAlloc-before.TotalAlloc)>>20)
			}
			if c.Initialised() {
				t.Error("it counts as connected")
			}
		})
	}
}

func seeOther(place string) string {
	return `<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>` + place + `</see-other-host></stream:error>`
}

func TestHostileRedirectLoop(t *testing.T) {
	server := newServer(t)
	_, _, answers := dialled(t, testSettings(), server, "")
	for range 2 {
		server.accept(t).send(streamHeader, seeOther(fmt.Sprintf("127.0.0.1:%d", server.port)))
	}
	want(t, answers, fmt.Sprintf("connection failed: the server sends us on and on. (service: xmpp://127.0.0.1:%d)", server.port))
}

// A certificate for the host that a record names, and not for the domain.
func TestHostileTarget(t *testing.T) {
	ca := newAuthority(t)
	server := newServer(t)
	z := &zone{
		a:   map[string]string{"x1.ebb.example": "127.0.0.1"},
		srv: map[string][]srvRecord{"_xmpps-client._tcp.harbor.example": {{1, 0, uint16(server.port), "x1.ebb.example"}}, "_xmpp-client._tcp.harbor.example": {{0, 0, 0, "."}}},
	}
	s := ca.trusting(testSettings())
	s.resolver = z.resolver(t)
	c := newClient(newHost(), s)
	t.Cleanup(func() { stop(c) })
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(1, "")
	j.Credentials.Object("object").Set("userAddress", "mara@harbor.example")
	j.Credentials.Object("object").Delete("server")
	answers := start(c, j)
	server.accept(t).wrap(ca.issue(t, "x1.ebb.example"))
	want(t, answers, "connection failed: the certificate is not valid: x509: certificate is valid for x1.ebb.example, not harbor.example. (service: harbor.example)")
}

// Questions for the count cost nothing but the answers.
func TestHostileStormOfQuestions(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), true)
	const questions = 20_000
	go conn.send(strings.Repeat(`<r xmlns='urn:xmpp:sm:3'/>`, questions))
	for range questions {
		conn.expect(t, `<a xmlns="urn:xmpp:sm:3" h="2"/>`)
	}
	host.quiet(t)
}

// Of a crowd only as many are remembered as are bounded.
func TestHostileCrowd(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), false)
	enter(t, c, conn)
	crowd := 2 * maxOccupants
	if !raceEnabled {
		crowd = 100_000
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var presences strings.Builder
		for i := range crowd {
			fmt.Fprintf(&presences, `<presence from='decks@rooms.localhost/n%d' to='mara@localhost/web'/>`, i)
		}
		conn.send(presences.String())
	}()
	host.until(t, func(a *activity.Object) bool {
		return strings.HasSuffix(a.Object("actor").Text("id"), fmt.Sprintf("/n%d", crowd-1))
	})
	<-done
	c.mu.Lock()
	n := len(c.login.state.room("decks@rooms.localhost").occupants)
	c.mu.Unlock()
	if n != maxOccupants {
		t.Errorf("%d occupants are remembered", n)
	}
	var m runtime.MemStats
	runtime.GC()
	if runtime.ReadMemStats(&m); m.HeapAlloc > 64<<20 {
		t.Errorf("%d MiB are in use", m.HeapAlloc>>20)
	}
}

// An archive that never says that it has ended is read to the limit, one that gives
// the same page again is not; results of queries that nobody made are no news.
func TestHostileArchive(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), false)
	answers := start(c, job(t, `{"type":"query","object":{"type":"history","limit":250}}`))
	for page := range 4 {
		query := conn.next(t)
		q := query.Child(nsArchive, "query").Attr("queryid")
		conn.send(archived("unknown", "x", "eve@ebb.example/y", "x", "forged"))
		if page == 3 {
			t.Fatalf("it goes on with %s", query)
		}
		for i := range 100 {
			conn.send(archived(q, fmt.Sprintf("a%d", 1000-100*page+i), "otto@quay.example/p", "x", "text"))
		}
		conn.send(`<iq type='result' id='`, query.Attr("id"), `'><fin xmlns='urn:xmpp:mam:2'/></iq>`)
		if page == 2 {
			break
		}
	}
	a := want(t, answers, "").activity.Object("object")
	if a.Get("totalItems") != 250.0 || a.Get("complete") != false {
		t.Errorf("the answer is %v of %v", a.Get("totalItems"), a.Get("complete"))
	}
	for range 250 {
		if text := host.next(t).activity.Object("object").Text("content"); text != "text" {
			t.Fatalf("told is %q", text)
		}
	}
	answers = start(c, job(t, `{"type":"query","object":{"type":"history","limit":250}}`))
	for range 2 {
		query := conn.next(t)
		conn.send(archived(query.Child(nsArchive, "query").Attr("queryid"), "same", "otto@quay.example/p", "x", "text"),
			`<iq type='result' id='`, query.Attr("id"), `'><fin xmlns='urn:xmpp:mam:2'/></iq>`)
	}
	if a := want(t, answers, "").activity.Object("object"); a.Get("totalItems") != 1.0 {
		t.Errorf("the answer is %v", a.Get("totalItems"))
	}
}

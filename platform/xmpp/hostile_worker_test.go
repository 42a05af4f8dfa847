package xmpp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// mostResident is what a worker may have of memory whatever its server says.
const mostResident = 16 << 20

// atRaceSpeed is n, or less of it where the race detector makes everything slow.
func atRaceSpeed(n int) int {
	if raceEnabled {
		return n / 10
	}
	return n
}

// Servers that want harm, each to a user of its own, as the system runs them: what
// is wrong is said clearly, memory is bounded, and another user notices nothing.
func TestHostileServersAndWorkers(t *testing.T) {
	attacks := []struct {
		name string
		do   func(*fakeConn)
		want string // how the error begins, "" for a connection that goes on
	}{
		{"billion laughs", func(c *fakeConn) {
			c.send(`<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><message><body>&lol2;</body></message>`)
		}, "Connection lost: XMLError: restricted-xml"},
		{"endless element", func(c *fakeConn) {
			c.send("<message><body>")
			for range 1000 {
				c.send(strings.Repeat("x", 32<<10))
			}
		}, "Connection lost: XMLError: policy-violation"},
		{"10,000 attributes", func(c *fakeConn) {
			var b strings.Builder
			for i := range 10_000 {
				fmt.Fprintf(&b, " a%d=''", i)
			}
			c.send("<message", b.String(), "/>")
		}, "Connection lost: XMLError: policy-violation"},
		{"depth 10,000", func(c *fakeConn) { c.send(strings.Repeat("<a>", 10_000)) }, "Connection lost: XMLError: policy-violation"},
		{"count of 4 billion", func(c *fakeConn) { c.send(`<a xmlns='urn:xmpp:sm:3' h='4000000000'/>`) }, "Connection lost: Error: the server counts wrong"},
		{"20,000 questions", func(c *fakeConn) { c.send(strings.Repeat(`<r xmlns='urn:xmpp:sm:3'/>`, atRaceSpeed(20_000))) }, ""},
		{"results that nobody asked for", func(c *fakeConn) {
			for i := range atRaceSpeed(20_000) {
				c.send(archived("unknown", fmt.Sprint("a", i), "eve@ebb.example/y", "x", strings.Repeat("e", 1000)))
			}
		}, ""},
		{"elements that nobody knows", func(c *fakeConn) {
			for range atRaceSpeed(500) {
				c.send("<x xmlns='urn:example'>", strings.Repeat("<y z='"+strings.Repeat("z", 100)+"'/>", 500), "</x>")
			}
		}, ""},
		{"a crowd in a room that nobody entered", func(c *fakeConn) {
			for i := range atRaceSpeed(100_000) {
				c.send(fmt.Sprintf(`<presence from='decks@rooms.localhost/n%d' to='mara@localhost/web'/>`, i))
			}
		}, ""},
		{"answers and questions without end", func(c *fakeConn) {
			for i := range atRaceSpeed(20_000) {
				c.send(fmt.Sprintf(`<iq type='result' id='%d' from='eve@ebb.example'/><iq type='get' id='%d' from='eve@ebb.example'><query xmlns='jabber:iq:version'/></iq>`, i, i))
			}
		}, ""},
	}
	w := newWorkers(t, len(attacks)+1)
	good := newServer(t)
	healthy := w.connect(t, "mara@localhost/healthy", credentialsFor(good.port, ""))
	conn := good.accept(t)
	conn.login(t, false)
	w.done(t)
	for i, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			server := newServer(t)
			in := w.connect(t, fmt.Sprintf("mara@localhost/%d", i), credentialsFor(server.port, ""))
			bad := server.accept(t)
			bad.login(t, true)
			w.done(t)
			go func() {
				for { // what it is told it takes
					if _, err := bad.reader.Next(); err != nil {
						return
					}
				}
			}()
			attack.do(bad)
			if attack.want == "" {
				bad.send(ottoSays("o1", "still here"))
			}
			w.hears(t, in, func(a *activity.Object) bool {
				if text := a.Text("error"); attack.want != "" || text != "" {
					if a.Text("type") == "connect" && !strings.HasPrefix(text, attack.want) {
						t.Errorf("clients are told %q", text)
					}
					return true
				}
				return a.Object("object").Text("content") == "still here"
			})
			for _, info := range w.Instances() {
				if size := residentShare(t, info.PID); size > mostResident && !raceEnabled {
					t.Errorf("a worker has %d MiB", size>>20)
				} else if testing.Verbose() {
					t.Logf("a worker has %d KiB", size>>10)
				}
			}
			conn.conn.SetDeadline(time.Now().Add(patience))
			// The other user's server is asked for nothing, and his jobs are done.
			w.submit(t, healthy, `{"type":"send","actor":{"id":"mara@localhost/healthy","type":"person"},"target":{"id":"otto@quay.example","type":"person"},"object":{"type":"message","id":"m1","content":"at nine"}}`, nil)
			conn.expect(t, fmt.Sprintf(message, "m1"))
			conn.pong(t)
			w.done(t)
		})
	}
	select {
	case <-good.conns:
		t.Error("the other user was cut off")
	default:
	}
}

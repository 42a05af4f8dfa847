package gateway

import (
	"encoding/json"
	"net"
	"reflect"
	"strings"
	"testing"
)

// carrySessions has one gateway take over the sessions of another, through JSON and
// copies of the descriptors. It returns how many there were.
func carrySessions(t *testing.T, from, to *Gateway) (sessions, websockets int) {
	t.Helper()
	if err := from.freezeSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	type record struct {
		kind string
		text []byte
	}
	var records []record
	var conns []net.Conn
	sessions, websockets, err := from.writeSessions(func(kind string, state any) error {
		text, err := json.Marshal(state)
		records = append(records, record{kind, text})
		return err
	}, func(conn net.Conn) (int, error) {
		conns = append(conns, conn)
		return len(conns) - 1, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	to.key = from.key
	for _, r := range records {
		known, err := to.readSession(r.kind, func(state any) error { return json.Unmarshal(r.text, state) }, func(i int) (net.Conn, error) {
			f, err := conns[i].(*net.TCPConn).File()
			if err != nil {
				return nil, err
			}
			defer f.Close()
			defer conns[i].Close()
			return net.FileConn(f)
		})
		if !known || err != nil {
			t.Errorf("record %s: %v, %v", r.kind, known, err)
		}
	}
	to.openSessions()
	from.thawSessions() // it finds that its connections are gone
	return sessions, websockets
}

// A session goes over with all that it is, and with its connection, in the middle of a
// message; one that has lost its client finds it again there.
func TestHandoverOfSessions(t *testing.T) {
	old, address := startGateway(t, nil)
	next, nextAddress := startGateway(t, nil)
	c := dial(t, address, tab("page"), "User-Agent: Mozilla/5.0", "Accept-Language: de")
	c.emit("credentials", secret("polly@cage.test", "cracker"))
	if got := c.emit("message", activityOf("parrot", "connect", "polly@cage.test")); got["error"] != nil {
		t.Fatal(got)
	}
	c.start("activity-object", map[string]any{"id": "a@b", "type": "person"})
	c.quiet("message")
	away := dial(t, address, `{"recovery":true}`)
	leave(t, old, away)

	s := old.session(c.sid)
	before := s.state()
	if len(before.Credentials) != 1 || before.Credentials[0].Scope == "" || len(before.Instances) != 1 || len(before.Objects) != 1 || before.Fuse.Used == 0 {
		t.Fatalf("the session before it goes over: %+v", before)
	}
	whole := `42900["message",` + string(mustJSON(t, activityOf("dummy", "echo", "a", "object", map[string]any{"type": "message", "content": "hi"}))) + `]`
	frame := maskedFrame(whole)
	c.conn.Write(frame[:len(frame)/2])
	sessions, websockets := carrySessions(t, old, next)
	c.conn.Write(frame[len(frame)/2:])
	if sessions != 2 || websockets != 1 {
		t.Errorf("%d sessions and %d WebSockets went over", sessions, websockets)
	}
	if got := c.ack(900); got["error"] != nil {
		t.Errorf("the message across the handover: %v", got)
	}

	taken := next.session(c.sid)
	if taken == nil {
		t.Fatal("the session is not known")
	}
	if taken.tab != s.tab || taken.owner != s.owner {
		t.Errorf("tab and owner became %q, %v", taken.tab, taken.owner)
	}
	after := taken.state()
	before.Instances = nil   // its worker did not come over
	before.Fuse = after.Fuse // which has counted the message
	if !reflect.DeepEqual(before, after) {
		t.Errorf("the session became %+v, want %+v", after, before)
	}
	for name, counts := range map[string]*addresses{"connections": &next.addresses, "opened": &next.opened} {
		if n := counts.open[holder{subscriber: "127.0.0.1"}]; n != 1 {
			t.Errorf("%s of the address: %d", name, n)
		}
	}
	if at := next.budgets.open["127.0.0.1"]; at == nil || at.users != 1 {
		t.Errorf("the budget of the address: %+v", at)
	}

	back := dial(t, nextAddress, `{"pid":"`+away.pid+`"}`)
	if back.sid != away.sid {
		t.Error("the lost session was not found again")
	}
	c.conn.Close()
	back.conn.Close()
}

// What a record says wrong costs that session alone.
func TestSpoiltSessionRecords(t *testing.T) {
	g, _ := startGateway(t, nil)
	for _, tt := range []struct{ name, kind, text, want string }{
		{"no JSON", kindLost, `{`, "unexpected end"},
		{"a short secret", kindLost, `{"id":"a","namespace":"/","privateID":"p","kept":{"token":"ab."},"data":{"secret":"AAAA"}}`, "secret has 3 bytes"},
		{"no handshake", kindClient, `{"session":{"id":"a"},"value":5}`, "handshake: json"},
		{"no session", kindClient, `{"session":{"id":""},"value":{"address":"203.0.113.1"}}`, "the id has 0"},
	} {
		known, err := g.readSession(tt.kind, func(state any) error { return json.Unmarshal([]byte(tt.text), state) }, nil)
		if !known || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v; want %q", tt.name, known, err, tt.want)
		}
	}
	if known, err := g.readSession("worker", nil, nil); known || err != nil {
		t.Errorf("another's record: %v, %v", known, err)
	}
	if len(g.opened.open)+len(g.budgets.open)+len(g.sessions)+len(g.addresses.open) > 0 {
		t.Errorf("counts are left: %v %v", g.opened.open, g.budgets.open)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

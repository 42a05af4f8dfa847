package irc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// withBouncer is a client of mara's who has a secret, on a server without history.
func withBouncer(t *testing.T, config, caps string) (*client, *fakeHost, *fakeConn, *fakeServer) {
	t.Helper()
	s, err := readConfig([]byte(`{"allowPrivateAddresses":true,"bouncer":` + config + `}`))
	if err != nil {
		t.Fatal(err)
	}
	quick := testSettings()
	quick.bouncer = s.bouncer
	server, host := newServer(t), newHost()
	c := newClient(host, quick)
	t.Cleanup(func() { stop(c) })
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, `,"password":"hunter3","sasl":false`)
	answers := start(c, j)
	conn := server.accept(t)
	conn.expect(t, "PASS :hunter3")
	conn.register(t, caps)
	want(t, answers, "")
	return c, host, conn, server
}

// history asks what was said, as session b, and returns the texts and the count.
func history(t *testing.T, c *client, host *fakeHost, target, more string) string {
	t.Helper()
	j := job(t, `{"type":"query"`+target+`,"object":{"type":"history"`+more+`}}`)
	j.Session = "b"
	a := <-start(c, j)
	if a.err != nil {
		return a.err.Error()
	}
	var texts []string
	count, _ := a.activity.Object("object").Get("totalItems").(int)
	for range count {
		e := host.next(t)
		if e.session != "b" || e.activity.Get("@context") == nil || e.activity.Text("published") == "" || e.activity.Object("object").Text("id") == "" {
			t.Errorf("%s goes to %q", activity.AppendJSON(nil, e.activity), e.session)
		}
		texts = append(texts, e.activity.Object("object").Text("content"))
	}
	return strings.Join(texts, " ")
}

const toDeck = `,"target":{"type":"room","id":"localhost/#deck","name":"#deck"}`

// The connection is kept while nobody is there, and who comes back and asks is
// told what was said: by others, and by himself, in rooms and to him alone.
func TestBouncerTellsWhatWasMissed(t *testing.T) {
	c, host, conn, server := withBouncer(t, `{"lingerSeconds":3600}`, "server-time echo-message")
	if got := fmt.Sprint(host.linger); got != "[1h0m0s]" {
		t.Errorf("asked to linger for %s", got)
	}
	enter(t, c, conn)
	conn.send("@time=2024-01-02T03:00:00.000Z :otto!~o@q PRIVMSG #deck :one", "@time=2024-01-02T03:01:00.000Z :otto!~o@q PRIVMSG #DECK :\x01ACTION two\x01",
		"@time=2024-01-02T03:02:00.000Z :pia!~p@q PRIVMSG mara :psst", ":irc.example.net NOTICE mara :not of a person", ":otto!~o@q PART #deck")
	live := host.next(t)
	id := live.activity.Object("object").Text("id")
	for range 4 {
		host.next(t)
	}
	answers := start(c, job(t, says("#deck", "/me three")))
	conn.expect(t, "PRIVMSG #deck :\x01ACTION three\x01")
	conn.send("@time=2024-01-02T03:03:00.000Z :mara!~m@10.0.0.9 PRIVMSG #deck :\x01ACTION three\x01")
	conn.pong(t)
	own := want(t, answers, "").activity.Object("object").Text("id")
	if id == "" || own == "" || id == own {
		t.Errorf("the messages have the ids %q and %q", id, own)
	}
	for _, tt := range []struct{ target, more, want string }{
		{toDeck, ``, "one two three"},
		{toDeck, `,"limit":2`, "two three"},
		{toDeck, `,"after":"` + id + `"`, "two three"},
		{toDeck, `,"after":"` + id + `","limit":1`, "two"},
		{toDeck, `,"before":"` + own + `"`, "one two"},
		{toDeck, `,"before":"` + own + `","limit":1`, "two"},
		{toDeck, `,"after":"` + id + `","before":"` + own + `"`, "two"},
		{toDeck, `,"after":"2024-01-02T03:00:00.000Z"`, "two three"},
		{toDeck, `,"before":"2024-01-02T03:01:00.000Z"`, "one"},
		{toDeck, `,"after":"2024-01-02T04:00:00.000Z"`, ""},
		{toDeck, `,"after":"x-1"`, "no message with this id is remembered"},
		{`,"target":{"type":"person","id":"localhost/pia","name":"Pia"}`, ``, "psst"},
		{`,"target":{"type":"person","id":"localhost/kai","name":"kai"}`, ``, ""},
		{``, ``, "one two psst three"},
	} {
		if got := history(t, c, host, tt.target, tt.more); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.target, tt.more, got, tt.want)
		}
	}
	host.none(t)

	// It outlives a lost connection, and ends with disconnect.
	conn.Close()
	host.next(t)
	answers = start(c, job(t, `{"type":"connect"}`))
	conn = server.accept(t)
	conn.expect(t, "PASS :hunter3")
	conn.register(t, "")
	want(t, answers, "")
	host.next(t)
	if got := history(t, c, host, toDeck, ``); got != "one two three" {
		t.Errorf("after a reconnect: %q", got)
	}
	answers = start(c, job(t, `{"type":"disconnect"}`))
	conn.Close()
	want(t, answers, "")
	if got := fmt.Sprint(host.linger); got != "[1h0m0s 0s]" {
		t.Errorf("asked to linger for %s", got)
	}
}

// The memory has bounds: the oldest goes, and one that is too large is not kept.
func TestBouncerForgetsTheOldest(t *testing.T) {
	c, host, conn, _ := withBouncer(t, `{"lingerSeconds":1,"messages":3,"bytes":4096}`, "")
	for _, text := range []string{"1", "2", "3", "4"} {
		conn.send(":otto!~o@q PRIVMSG #deck :" + text)
		host.next(t)
	}
	if got := history(t, c, host, toDeck, ``); got != "2 3 4" {
		t.Errorf("of four messages these are left: %q", got)
	}
	for range 2 {
		conn.send(":otto!~o@q PRIVMSG #deck :" + strings.Repeat("x", 2000))
		host.next(t)
	}
	c.mu.Lock()
	b := c.login.backlog
	if b.bytes > 4096 || len(b.said) != 1 {
		t.Errorf("%d messages with %d bytes are kept", len(b.said), b.bytes)
	}
	c.mu.Unlock()
	conn.send(":otto!~o@q PRIVMSG #deck :" + strings.Repeat("y", 4090))
	host.next(t)
	if got := history(t, c, host, toDeck, ``); got != "" {
		t.Errorf("after one that is too large: %.40q", got)
	}
}

// Whoever has no secret has no bouncer: nobody could tell him from others. Nor is
// there one unless the operator wants it.
func TestBouncerNeedsASecretAndASetting(t *testing.T) {
	s := testSettings()
	c, host, conn, _ := online(t, s, "")
	for name, answer := range map[string]string{"by default": history(t, c, host, toDeck, ``)} {
		if answer != "the server keeps no history" || len(host.linger) != 0 {
			t.Errorf("%s: %q, lingers %v", name, answer, host.linger)
		}
	}
	conn.send(":otto!~o@q PRIVMSG #deck :x")
	host.expect(t, `{"type":"send","actor":`+personNamed("otto")+`,`+deckRoom+`,"object":{"type":"message","content":"x"}}`) // no id
	s.bouncer = bouncerSettings{linger: time.Hour, messages: 10, bytes: 10_000}
	c, host, _, _ = online(t, s, "")
	if answer := history(t, c, host, toDeck, ``); answer != "the server keeps no history" || len(host.linger) != 0 {
		t.Errorf("without a secret: %q, lingers %v", answer, host.linger)
	}
}

// A server with a history of its own is asked; what concerns no single target it
// cannot tell.
func TestBouncerAsksAServerThatRemembers(t *testing.T) {
	c, host, conn, _ := withBouncer(t, `{"lingerSeconds":60}`, "batch server-time message-tags draft/chathistory")
	conn.send("@msgid=m1 :pia!~p@q PRIVMSG mara :psst")
	host.next(t)
	answers := start(c, job(t, room("query", "#deck", `,"object":{"type":"history"}`)))
	conn.expect(t, "CHATHISTORY LATEST #deck * 50")
	conn.send(":s BATCH +h chathistory #deck", "@batch=h;msgid=m0 :otto!~o@q PRIVMSG #deck :old", ":s BATCH -h")
	want(t, answers, "")
	conn.pong(t)
	host.next(t)
	if got := history(t, c, host, ``, ``); got != "psst" {
		t.Errorf("what was said in all: %q", got)
	}
}

package irc

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func quoteJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

// Two users do on ngIRCd what people do on IRC.
func TestNgircd(t *testing.T) {
	d := ngircd(t, "")
	mara := newUser(t, "mara", d.port, "")
	otto := newUser(t, "otto", d.tls, `,"secure":true`)
	mara.sees(`"topic"`, "Welcome aboard")
	mara.must(room("join", "#deck", ""))
	mara.must(room("join", "#deck", ""))
	otto.must(room("join", "#deck", ""))
	mara.sees(`"join"`, `"otto"`, `"#deck"`)

	mara.must(says("#deck", "good morning"))
	otto.sees(`"good morning"`, `"mara"`)
	otto.must(says("#deck", "/me waves"))
	mara.sees(`"type":"me","content":"waves"`)
	otto.must(says("mara", "psst :) Grüße 🛶 日本"))
	mara.sees(`"psst :) Grüße 🛶 日本"`, `"localhost/mara"`)
	otto.must(says("mara", "/notice tide is turning"))
	mara.sees(`"tide is turning"`, `"otto"`)

	mara.must(room("update", "#deck", `,"object":{"type":"topic","content":"Ferries and tides"}`))
	otto.sees(`"topic"`, "Ferries and tides")
	mara.must(room("update", "#deck", `,"object":{"type":"topic","content":""}`))
	otto.sees(`"topic","content":""`)

	mara.must(room("query", "#deck", `,"object":{"type":"attendance"}`))
	mara.sees(`"query"`, `"mara","role":"owner"`, `"otto","role":"member"`)

	knows(t, mara, "otto", `"nickname":"otto"`, `"server":"irc.quay.example"`, `"rooms":[{"type":"room","id":"localhost/#deck","name":"#deck","role":"member"}]`, `"secure":true`, `"idleSeconds"`)
	otto.must(`{"type":"update","object":{"type":"presence","presence":"away","content":"lunch"}}`)
	knows(t, mara, "otto", `"presence":"away","content":"lunch"`)
	otto.must(`{"type":"update","object":{"type":"presence","presence":"online"}}`)
	if got := mara.do(asksFor("ghost")); got != "No such nick or channel name" {
		t.Errorf("the profile of nobody: %q", got)
	}

	otto.must(`{"type":"update","target":{"type":"person","id":"pia@localhost","name":"pia"},"object":{"type":"address"}}`)
	mara.sees(`"address"`, `"otto"`, `"pia"`)

	// A text of 4,000 bytes arrives whole, byte for byte.
	long := strings.TrimSpace(strings.Repeat("Grüße aus dem Hafen. ", 182))
	otto.must(says("#deck", long))
	var parts []string
	for have := 0; have < len(long); {
		e := mara.sees(`"pia"`, `"message"`)
		part := e.activity.Object("object").Text("content")
		parts = append(parts, part)
		have += len(part)
	}
	if got := strings.Join(parts, ""); got != long || len(long) < 4000 {
		t.Errorf("%d bytes arrived as %d: %.80q", len(long), len(got), got)
	}

	// So do texts that end around where a line does, in any kind of character.
	for n := 440; n < 460; n += 3 {
		text := strings.Repeat("ü", n/2)[:n&^1] + " 日本 " + strings.Repeat("x", n)
		otto.must(says("#deck", text))
		got := ""
		for len(got) < len(text) {
			got += mara.sees(`"pia"`, `"message"`).activity.Object("object").Text("content")
		}
		if got != text {
			t.Errorf("%q arrived as %q", text, got)
		}
	}

	// Refusals carry the server's words.
	for text, wanted := range map[string]string{
		says("ghost", "are you there?"): "No such nick or channel name",
		`{"type":"update","target":{"type":"person","id":"mara@localhost","name":"mara"},"object":{"type":"address"}}`: "Nickname already in use",
		room("update", "#deck", `,"object":{"type":"topic","content":"mine"}`):                                         "",
	} {
		if got := otto.do(text); got != wanted {
			t.Errorf("%s is answered %q, want %q", text, got, wanted)
		}
	}
	raw(t, mara, "MODE #deck +mt")
	if got := otto.do(says("#deck", "hello?")); got != "Cannot send to channel" {
		t.Errorf("a text to a moderated room: %q", got)
	}
	if got := otto.do(room("update", "#deck", `,"object":{"type":"topic","content":"mine"}`)); got != "You are not channel operator" {
		t.Errorf("a topic: %q", got)
	}
	raw(t, mara, "MODE #deck +v-m pia")
	otto.sees(`"add"`, `"participant"`, `"pia"`)
	raw(t, mara, "KICK #deck pia :enough")
	otto.sees(`"leave"`, `"pia"`, `"enough"`)
	raw(t, mara, "MODE #deck +b pia!*@*")
	if got := otto.do(room("join", "#deck", "")); got != "Cannot join channel (+b) -- You are banned" && !strings.HasPrefix(got, "Cannot join channel (+b)") {
		t.Errorf("a join where one is banned: %q", got)
	}
	raw(t, mara, "MODE #deck -b+k pia!*@* sesame")
	if got := otto.do(room("join", "#deck", "")); !strings.Contains(got, "+k") {
		t.Errorf("a join without the key: %q", got)
	}
	otto.must(`{"type":"join","target":{"type":"room","id":"localhost/#deck","name":"#deck","key":"sesame"}}`)
	mara.sees(`"join"`, `"pia"`)
	otto.must(room("leave", "#deck", `,"object":{"type":"message","content":"gone fishing"}`))
	mara.sees(`"leave"`, `gone fishing`)
	otto.must(`{"type":"join","target":{"type":"room","id":"localhost/#deck","name":"#deck","key":"sesame"}}`)
	otto.must(`{"type":"disconnect"}`)
	mara.sees(`"leave"`, `"service"`, "leaving")

	// The nick is in use.
	second := &user{t: t, nick: "mara", host: newHost()}
	second.client = newClient(second.host, testSettings())
	if err := second.connect(d.port, ""); err == nil || err.Error() != "unable to connect to server: nicknames unavailable" {
		t.Errorf("a nick in use: %v", err)
	}
}

// raw sends a line as the user, for what no verb does.
func raw(t testing.TB, u *user, line string) {
	t.Helper()
	l := u.client.current()
	k := l.link
	k.mu.Lock()
	_, err := k.conn.Write([]byte(line + "\r\n"))
	k.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	u.must(`{"type":"update","target":{"type":"person","id":"x","name":"x"},"object":{"type":"presence","presence":"online"}}`)
}

// knows asks for somebody's profile, which must have these parts.
func knows(t *testing.T, u *user, nick string, parts ...string) {
	t.Helper()
	got, err := u.client.Do(t.Context(), job(t, asksFor(nick)))
	if err != nil {
		t.Fatalf("the profile of %s: %v", nick, err)
	}
	for _, part := range parts {
		if text := shown(got); !strings.Contains(text, part) {
			t.Errorf("the profile of %s has no %s: %s", nick, part, text)
		}
	}
}

// A server's password, right and wrong.
func TestNgircdPassword(t *testing.T) {
	d := ngircd(t, "sesame")
	newUser(t, "mara", d.port, `,"password":"sesame","sasl":false`)
	second := &user{t: t, nick: "otto", host: newHost()}
	second.client = newClient(second.host, testSettings())
	if err := second.connect(d.port, `,"password":"wrong","sasl":false`); err == nil || !strings.HasPrefix(err.Error(), "unable to connect to server: ") {
		t.Errorf("a wrong password: %v", err)
	}
}

// A server stops and starts again: the clients hear of it, and are back in their
// rooms.
func TestNgircdRestart(t *testing.T) {
	d := ngircd(t, "")
	mara := newUser(t, "mara", d.tls, `,"secure":true`)
	mara.must(`{"type":"join","target":{"type":"room","id":"localhost/#deck","name":"#deck","key":"sesame"}}`)
	d.stop()
	mara.sees(`"reconnecting"`, "Connection lost")
	if got := mara.do(says("#deck", "anybody?")); !strings.HasPrefix(got, "not connected to localhost, reconnecting: ") {
		t.Errorf("a text meanwhile: %q", got)
	}
	d.run()
	mara.sees(`"status":"online"`)
	mara.sees(`"join"`, `"mara"`, `"#deck"`)
	otto := newUser(t, "otto", d.port, "")
	otto.must(room("join", "#deck", ""))
	mara.sees(`"join"`, `"otto"`)
	mara.must(says("#deck", "back"))
	otto.sees(`"back"`)
}

// A room of 300 members: all are told, none twice.
func TestNgircdManyMembers(t *testing.T) {
	d := ngircd(t, "")
	const members = 300
	for i := range members - 1 {
		u := newUser(t, fmt.Sprint("wren", i), d.port, "")
		u.must(room("join", "#deck", ""))
	}
	mara := newUser(t, "mara", d.port, "")
	mara.must(room("join", "#deck", ""))
	mara.must(room("query", "#deck", `,"object":{"type":"attendance"}`))
	e := mara.sees(`"query"`)
	list, _ := e.activity.Object("object").Get("members").([]any)
	if len(list) != members {
		t.Errorf("%d members are listed, want %d", len(list), members)
	}
}

// InspIRCd with atheme: capabilities, SASL right and wrong, services.
func TestInspircd(t *testing.T) {
	d, services := inspircd(t)
	mara := newUser(t, "mara", d.port, "")
	// The services may not be there yet.
	for deadline := time.Now().Add(patience / 10); mara.do(says("NickServ", "REGISTER hunter33 mara@quay.example")) != ""; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the services do not come: %s", services.out)
		}
	}
	e := mara.sees("NickServ", "registered")
	if e.activity.Object("actor").Text("name") != "NickServ" {
		t.Errorf("a service's notice comes from %s", shown(e.activity))
	}
	mara.must(`{"type":"disconnect"}`)
	if err := mara.connect(d.port, `,"password":"hunter33"`); err != nil {
		t.Fatalf("SASL: %v", err)
	}
	s := mara.client.login.state
	for _, name := range []string{"server-time", "message-tags", "echo-message", "labeled-response", "batch", "account-tag", "cap-notify"} {
		if !s.caps[name] {
			t.Errorf("the capability %s is not used", name)
		}
	}
	otto := &user{t: t, nick: "otto", host: newHost()}
	otto.client = newClient(otto.host, testSettings())
	if err := otto.connect(d.port, `,"password":"wrong","username":"mara"`); err == nil ||
		!strings.HasPrefix(err.Error(), "unable to connect to server: sasl authentication failed - ") {
		t.Errorf("a wrong password: %v", err)
	}
	otto = newUser(t, "otto", d.port, "")
	mara.must(room("join", "#deck", ""))
	otto.must(room("join", "#deck", ""))
	mara.sees(`"join"`, `"otto"`)

	// Our own message gets the id that everybody knows it by.
	j := job(t, says("#deck", "good morning"))
	got, err := mara.client.Do(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	id := got.Object("object").Text("id")
	if id == "" || got.Text("published") == "" {
		t.Errorf("the answer is %s: no id or no time", shown(got))
	}
	seen := otto.sees(`"good morning"`)
	if seen.activity.Object("object").Text("id") != id || seen.activity.Object("actor").Text("account") != "mara" {
		t.Errorf("otto sees %s, want the id %s and the account", shown(seen.activity), id)
	}
	knows(t, otto, "mara", `"nickname":"mara"`, `"account":"mara"`, `"role":"owner"`, `"presence":"online"`)
	if got := otto.do(asksFor("ghost")); got != "No such nick" {
		t.Errorf("the profile of nobody: %q", got)
	}
	otto.must(says("#deck", "/me waves"))
	mara.sees(`"type":"me","content":"waves"`)
	mara.must(room("query", "#deck", `,"object":{"type":"attendance"}`))
	mara.sees(`"query"`, `"mara","role":"owner"`, `"otto","role":"member"`)
	if got := otto.do(says("ghost", "are you there?")); got != "No such nick" {
		t.Errorf("a text to nobody: %q", got)
	}
	if got := otto.do(room("update", "#deck", `,"object":{"type":"topic","content":"mine"}`)); !strings.Contains(got, "must be a channel") {
		t.Errorf("a topic: %q", got)
	}
	mara.must(room("update", "#deck", `,"object":{"type":"topic","content":"Ferries and tides :)"}`))
	otto.sees(`"topic"`, "Ferries and tides :)")
	otto.must(`{"type":"update","target":{"type":"person","id":"pia@localhost","name":"pia"},"object":{"type":"address"}}`)
	mara.sees(`"address"`, `"pia"`)
	if got := otto.do(`{"type":"update","target":{"type":"person","id":"mara@localhost","name":"mara"},"object":{"type":"address"}}`); !strings.Contains(got, "in use") {
		t.Errorf("a nick in use: %q", got)
	}
	long := strings.TrimSpace(strings.Repeat("tide and ferry ", 267))
	otto.must(says("#deck", long))
	arrived := ""
	for len(arrived) < len(long) {
		arrived += mara.sees(`"pia"`, `"message"`).activity.Object("object").Text("content")
	}
	if arrived != long {
		t.Errorf("%d bytes arrived as %d", len(long), len(arrived))
	}
	raw(t, mara, "KICK #deck pia :enough")
	otto.sees(`"leave"`, `"enough"`)
	raw(t, mara, "MODE #deck +i")
	if got := otto.do(room("join", "#deck", "")); !strings.Contains(got, "invite only") {
		t.Errorf("a join without an invitation: %q", got)
	}
	raw(t, mara, "INVITE pia #deck")
	otto.sees(`"invite"`, `"#deck"`)
	otto.must(room("join", "#deck", ""))
	otto.must(`{"type":"disconnect"}`)
	mara.sees(`"leave"`, `"service"`, "leaving")
}

func quoteAny(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

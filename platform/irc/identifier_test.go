package irc

import (
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// A target without a name is the one that its id says; without both, and without
// a text, there is an error and no dead worker.
func TestTargetIsNamedByItsID(t *testing.T) {
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
	c, _, _, _ := online(t, testSettings(), "")
	for text, reason := range map[string]string{
		`{"type":"send","target":{"type":"person","id":"otto"}}`:                                       "cannot send message with no object.content",
		`{"type":"send","target":{"type":"person","id":"otto"},"object":{"type":"message"}}`:           "cannot send message with no object.content",
		`{"type":"send","object":{"type":"message","content":"x"}}`:                                    "cannot send message without a target name",
		`{"type":"send","target":{"type":"person","id":""},"object":{"type":"message","content":"x"}}`: "cannot send message without a target name",
		`{"type":"join"}`: "the message has no target",
		`{"type":"leave","target":{"type":"room","id":""}}`: "the name of the room must not be empty",
		`{"type":"update","object":{"type":"address"}}`:     "the message has no target",
		`{"type":"query"}`: "the message has no object with a type",
		`{"type":"query","object":{"type":"attendance"}}`: "cannot query attendance without a valid channel name",
	} {
		want(t, start(c, job(t, text)), reason)
	}
}

// Rooms are what the server says begins like one, and are compared as it compares
// them.
func TestRoomsOfEveryKindAndCase(t *testing.T) {
	for mapping, same := range map[string][2]string{
		"ascii": {"#DECK", "#deck"}, "rfc1459": {"#De[k]^", "#de{k}~"}, "rfc1459-strict": {"#De[k]", "#de{k}"}, "rfc7613": {"#DÉCK", "#déck"},
	} {
		i := isupport{mapping: mapping}
		if !i.same(same[0], same[1]) {
			t.Errorf("%s: %q is not %q", mapping, same[0], same[1])
		}
	}
	strict, ascii := isupport{mapping: "rfc1459-strict"}, isupport{mapping: "ascii"}
	if strict.same("^", "~") || ascii.same("[", "{") {
		t.Error("too much is the same")
	}

	c, host, conn, _ := online(t, testSettings(), "")
	answers := start(c, job(t, room("join", "#Deck", "")))
	conn.expect(t, "JOIN #Deck")
	conn.send(":mara!~m@10.0.0.9 JOIN #Deck")
	conn.pong(t)
	want(t, answers, "")
	answers = start(c, job(t, says("#deck", "hi"))) // a room joined in another spelling
	conn.expect(t, "PRIVMSG #deck :hi")
	conn.pong(t)
	want(t, answers, "")
	for target, kind := range map[string]string{
		"&local": `"target":{"type":"room","id":"localhost/&local","name":"&local"},"object":{"type":"message","content":"x"}`,
		"!safe":  `"target":{"type":"room","id":"localhost/!safe","name":"!safe"},"object":{"type":"message","content":"x"}`,
		"+x":     `"target":{"type":"room","id":"localhost/+x","name":"+x"},"object":{"type":"message","content":"x"}`,
		"@#ops":  `"target":{"type":"room","id":"localhost/#ops","name":"#ops"},"object":{"type":"message","content":"x","audience":"owner"}`,
		"mara":   `"target":{"type":"person","id":"localhost/mara","name":"mara"},"object":{"type":"message","content":"x"}`,
	} {
		conn.send(":otto!~o@q PRIVMSG " + target + " :x")
		host.expect(t, `{"type":"send","actor":{"type":"person","id":"otto@localhost","name":"otto"},`+kind+`}`)
	}
	conn.send(":s 005 mara CHANTYPES=# :are supported", ":otto!~o@q PRIVMSG &local :x")
	if text := shown(host.next(t).activity); !strings.Contains(text, `"type":"person","id":"localhost/&local"`) {
		t.Errorf("where only # begins rooms: %s", text)
	}
	conn.send(":otto!~o@q PRIVMSG +#ops :x")
	if text := shown(host.next(t).activity); !strings.Contains(text, `"localhost/#ops","name":"#ops"},"object":{"type":"message","content":"x","audience":"participant"`) {
		t.Errorf("to who has voice: %s", text)
	}
	// A mapping that becomes known later changes what is the same.
	conn.send(":s 005 mara CASEMAPPING=ascii :are supported")
	conn.sync(t)
	answers = start(c, job(t, says("#DECK", "hi")))
	conn.expect(t, "PRIVMSG #DECK :hi")
	conn.pong(t)
	want(t, answers, "")
}

// Nothing of a name or a text can become another command.
func TestNamesCannotBecomeCommands(t *testing.T) {
	for _, name := range []string{"", "#a b", "#a,#b", ":x", "a\x00b", "a\nQUIT", "a\rb", "a\x07", strings.Repeat("x", 301)} {
		if checkName(name, "name") == nil {
			t.Errorf("%q is accepted", name)
		}
	}
	for _, name := range []string{"#deck", "#größe", "o[t]t|o`^", "#a/b@c.d", "a:b"} {
		if err := checkName(name, "name"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	c, _, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	const blank = " must not contain a space, a comma or a control character"
	for text, reason := range map[string]string{
		room("join", "#deck s3cret", ""): "the name of the room" + blank,
		room("join", "#a,#b", ""):        "the name of the room" + blank,
		room("join", "0", ""):            "0 is not the name of a room",
		room("leave", ":x", ""):          "the name of the room must not begin with a colon",
		says("otto :injected", "hello"):  "the name of the target" + blank,
		says("otto,pia", "hello"):        "the name of the target" + blank,
		says("#deck", "a\x00b"):          "the text must not contain NUL characters",
		nickTo("mara quill"):             "the nick" + blank,
		room("update", "#deck", `,"object":{"type":"topic","content":"a\u0000b"}`):             "the topic must not contain NUL characters",
		room("leave", "#deck", `,"object":{"type":"message","content":"a\nQUIT"}`):             string(errLineBreak),
		`{"type":"update","object":{"type":"presence","presence":"away","content":"a\nQUIT"}}`: string(errLineBreak),
		`{"type":"update","object":{"type":"presence","presence":"away","content":"a\u0000"}}`: "a line must not contain CR, LF or NUL",
		`{"type":"join","target":{"type":"room","id":"x","name":"#cabin","key":"a,b"}}`:        "the key of the room" + blank,
		room("query", "#deck", `,"object":{"type":"history","before":"a b"}`):                  "the server keeps no history",
	} {
		want(t, start(c, job(t, text)), reason)
	}
	conn.sync(t) // nothing was sent

	// A key is a property of its own.
	answers := start(c, job(t, `{"type":"join","target":{"type":"room","id":"localhost/#cabin","name":"#cabin","key":"sesame"}}`))
	conn.expect(t, "JOIN #cabin sesame")
	conn.send(":mara!~m@10.0.0.9 JOIN #cabin")
	conn.pong(t)
	want(t, answers, "")
}

// A person is SERVER/NICK as target of a message and NICK@SERVER elsewhere, and
// messages go to both.
func TestPersonHasTwoIDs(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	conn.send(":otto!~o@q PRIVMSG mara :psst")
	host.expect(t, `{"type":"send","actor":{"type":"person","id":"otto@localhost","name":"otto"},"target":{"type":"person","id":"localhost/mara","name":"mara"},"object":{"type":"message","content":"psst"}}`)
	for _, id := range []string{"localhost/otto", "otto@localhost", "otto"} {
		answers := start(c, job(t, `{"type":"send","target":{"type":"person","id":"`+id+`"},"object":{"type":"message","content":"x"}}`))
		conn.expect(t, "PRIVMSG otto :x")
		conn.pong(t)
		want(t, answers, "")
	}
}

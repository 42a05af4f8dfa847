package irc

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

// A text of several lines becomes a message for each that is not empty, long ones
// are cut between words so that no server cuts them, and one answer is for all.
func TestLongTextsAndLineBreaks(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	answers := start(c, job(t, says("#deck", "one\r\n\ntwo\n  \nthree")))
	conn.expect(t, "PRIVMSG #deck :one", "PRIVMSG #deck :two", "PRIVMSG #deck :three")
	conn.pong(t)
	want(t, answers, "")

	text := strings.TrimSpace(strings.Repeat("größer 🛶 ", 300))
	answers = start(c, job(t, says("#deck", text)))
	got := ""
	for len(got) < len(text) {
		line := conn.next(t)
		part, ok := strings.CutPrefix(line, "PRIVMSG #deck :")
		if whole := len(":mara!~m@10.0.0.9 \r\n") + len(line); !ok || whole > 512 || !utf8.ValidString(line) {
			t.Fatalf("the line %q has %d bytes for others", line, whole)
		}
		got += part
	}
	conn.pong(t)
	want(t, answers, "")
	if got != text {
		t.Errorf("the parts are %q", got)
	}

	// A refusal ends it: what stands behind is not sent.
	answers = start(c, job(t, says("otto", "one\ntwo\nthree\nfour")))
	conn.expect(t, "PRIVMSG otto :one")
	conn.send(":s 401 mara otto :No such nick")
	for line := conn.next(t); !strings.HasPrefix(line, "PING :"); line = conn.next(t) {
	}
	conn.send(":s PONG s :sh-4")
	want(t, answers, "No such nick")

	answers = start(c, job(t, says("#deck", "/me "+strings.Repeat("waves ", 200))))
	for line := conn.next(t); !strings.HasPrefix(line, "PING :"); line = conn.next(t) {
		if part, ok := strings.CutPrefix(line, "PRIVMSG #deck :\x01ACTION "); !ok || !strings.HasSuffix(part, "\x01") || len(":mara!~m@10.0.0.9 \r\n")+len(line) > 512 {
			t.Errorf("a part of a long action is %q", line)
		}
	}
	conn.send(":s PONG s :sh-5")
	want(t, answers, "")
	want(t, start(c, job(t, says("#deck", " \n "))), "cannot send a message without text")
}

// Words are cut only where they fit in no line, characters never.
func TestSplitText(t *testing.T) {
	tests := []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"short", "one two", 10, []string{"one two"}},
		{"at the last blank", "one two three", 9, []string{"one two", " three"}},
		{"exactly at a blank", "one two three", 7, []string{"one two", " three"}},
		{"a word longer than the rest", "a bcdefghi j", 9, []string{"a", " bcdefghi", " j"}},
		{"a word that fits only without its blank", "a bcdefghi j", 8, []string{"a bcdefg", "hi j"}},
		{"a word that fits nowhere", "abcdefghijkl mn", 5, []string{"abcde", "fghij", "kl mn"}},
		{"such a word behind another", "a bcdefghijk", 5, []string{"a bcd", "efghi", "jk"}},
		{"characters", "ééééé", 3, []string{"é", "é", "é", "é", "é"}},
		{"no UTF-8", "\x80\x80\x80\x80", 3, []string{"\x80\x80\x80", "\x80"}},
		{"in front of all blanks", "one    two", 6, []string{"one", "    tw", "o"}},
		{"other blanks", "one\u00a0two", 5, []string{"one", "\u00a0two"}},
		{"blanks only", "       ", 3, []string{"   ", "   ", " "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := splitText(tt.text, tt.limit, inFront)
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("%q in %d bytes is %q, want %q", tt.text, tt.limit, got, tt.want)
			}
		})
	}
}

// Pieces are the text again, and none is longer than it may be.
func FuzzSplitText(f *testing.F) {
	f.Add("one two three", 7)
	f.Add("größer 🛶", 4)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = max(limit%1000, 4)
		for _, s := range []seam{inFront, behind} {
			pieces := splitText(text, limit, s)
			if strings.Join(pieces, "") != text {
				t.Fatalf("%q became %q", text, pieces)
			}
			for _, p := range pieces {
				if len(p) > limit || utf8.ValidString(text) && !utf8.ValidString(p) {
					t.Fatalf("%q has the piece %q of %d bytes, %d may be", text, p, len(p), limit)
				}
			}
		}
	})
}

// What stands behind a smiley stays.
func TestTextAfterSmileyStays(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), "")
	conn.send(":otto!~o@q PRIVMSG #deck :see you :) at nine :D", ":otto!~o@q TOPIC #deck ::) ferries :)", ":otto!~o@q PART #deck :bye :(", ":irc.example.net NOTICE mara :hi :)")
	for _, text := range []string{"see you :) at nine :D", ":) ferries :)", "bye :(", "hi :)"} {
		if e := host.next(t); e.activity.Object("object").Text("content") != text {
			t.Errorf("the text is %s, want %q", shown(e.activity), text)
		}
	}
}

// "/me" and "/notice" count at the very start only, and "//me" is a text.
func TestSlashMeCountsAtTheStartOnly(t *testing.T) {
	for in, want := range map[string]speech{
		"/me waves": {"PRIVMSG", true, "waves"}, "/ME": {"PRIVMSG", true, ""}, "/notice  x ": {"NOTICE", false, "x"}, "/Notice x": {"NOTICE", false, "x"},
		"//me waves": {"PRIVMSG", false, "/me waves"}, "//notice": {"PRIVMSG", false, "/notice"}, "/meow": {"PRIVMSG", false, "/meow"}, "you and/me": {"PRIVMSG", false, "you and/me"},
		" /me x": {"PRIVMSG", false, "/me x"}, "  hello  ": {"PRIVMSG", false, "hello"}, "/me\twaves": {"PRIVMSG", true, "waves"}, "see quay.example/me": {"PRIVMSG", false, "see quay.example/me"},
		"/join #x": {"PRIVMSG", false, "/join #x"}, "": {"PRIVMSG", false, ""}, "/": {"PRIVMSG", false, "/"},
	} {
		if got := parseSpeech(in); got != want {
			t.Errorf("%q is %+v, want %+v", in, got, want)
		}
	}
}

// An action is one, in whatever form; other requests between clients are no
// texts, and are answered sparingly.
func TestActionsAndRequests(t *testing.T) {
	for line, text := range map[string]string{
		"\x01ACTION waves\x01": "waves", "\x01action waves": "waves", "+\x01ACTION waves\x01": "waves", "\x01ACTION\x01": "",
	} {
		checkTranslations(t, []string{":otto!~o@q PRIVMSG #deck :" + line}, `{"type":"send","actor":`+personNamed("otto")+`,`+deckRoom+`,"object":{"type":"me","content":"`+text+`"}}`)
	}
	_, host, conn, _ := online(t, testSettings(), "")
	conn.send(":otto!~o@q PRIVMSG mara :\x01PING 17\x01", ":otto!~o@q PRIVMSG mara :\x01VERSION\x01", ":otto!~o@q PRIVMSG mara :\x01DCC SEND x\x01", ":otto!~o@q PRIVMSG #deck :\x01VERSION\x01")
	conn.expect(t, "NOTICE otto :\x01PING 17\x01")
	conn.sync(t) // and no more
	host.none(t)

	s := newState("localhost", nil)
	s.nick = "mara"
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	s.clock = func() time.Time { return now }
	for _, tt := range []struct{ in, out string }{
		{"\x01VERSION\x01", "NOTICE otto :\x01VERSION Sockethub\x01\r\n"}, {"\x01TIME\x01", "NOTICE otto :\x01TIME Tue, 02 Jan 2024 03:04:15 UTC\x01\r\n"},
		{"\x01PING " + strings.Repeat("7", 100) + "\x01", "NOTICE otto :\x01PING " + strings.Repeat("7", 64) + "\x01\r\n"}, {"\x01FINGER\x01", ""}, {"\x01\x01", ""},
	} {
		now = now.Add(ctcpEvery)
		m := parse(":otto!~o@q PRIVMSG mara :" + tt.in)
		out := s.handle(&m)
		got := ""
		for _, r := range out.replies {
			line, _ := r.Append(nil)
			got += string(line)
		}
		if got != tt.out {
			t.Errorf("%q is answered %q, want %q", tt.in, got, tt.out)
		}
	}
}

// Bytes that are no UTF-8 are read as Windows-1252, lines may end in LF alone,
// and texts stay as they came.
func TestOldEncodingsAndLineEnds(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), "")
	for in, want := range map[string]string{
		":otto!~o@q PRIVMSG #deck :gr\xfc\xdfe \x80\r\n": "grüße €", ":otto!~o@q PRIVMSG #deck :größer 🛶\n": "größer 🛶",
		":otto!~o@q PRIVMSG #deck :e\u0301\n": "e\u0301", // no NFC
		"\n\r\n:otto!~o@q PRIVMSG #deck :x\n": "x",
	} {
		if _, err := conn.Write([]byte(in)); err != nil {
			t.Fatal(err)
		}
		if e := host.next(t); e.activity.Object("object").Text("content") != want {
			t.Errorf("%q is %s, want %q", in, shown(e.activity), want)
		}
	}
}

// Lines go out at the pace that servers take: five at once, then one every two
// seconds; the operator may say otherwise.
func TestLinesGoOutAtAPace(t *testing.T) {
	b := bucket{most: 5, interval: 2 * time.Second}
	now := time.Now()
	if five, sixth := b.take(5, now), b.take(1, now); five != 0 || sixth != 2*time.Second {
		t.Errorf("five lines wait %v, the sixth %v", five, sixth)
	}
	if later := b.take(1, now.Add(10*time.Second)); later != 0 {
		t.Errorf("after 10 s a line waits %v", later)
	}
	s, err := readConfig([]byte(`{"allowPrivateAddresses":true,"floodBurst":2,"floodIntervalMs":20}`))
	if err != nil || s.burst != 2 || s.interval != 20*time.Millisecond {
		t.Fatalf("%+v, %v", s, err)
	}
	c, _, conn, _ := online(t, s, "")
	enter(t, c, conn)
	begin := time.Now()
	answers := start(c, job(t, says("#deck", "1\n2\n3\n4\n5\n6")))
	conn.expect(t, "PRIVMSG #deck :1", "PRIVMSG #deck :2", "PRIVMSG #deck :3", "PRIVMSG #deck :4", "PRIVMSG #deck :5", "PRIVMSG #deck :6")
	conn.pong(t)
	want(t, answers, "")
	if took := time.Since(begin); took < 60*time.Millisecond {
		t.Errorf("six lines took %v where two go out at once and one each 20 ms", took)
	}
	// A text that could not go out in the time that its job has is refused.
	synctest.Test(t, func(t *testing.T) {
		l := &login{client: newClient(newHost(), defaultSettings()), bucket: bucket{most: 5, interval: 2 * time.Second}}
		ctx, cancel := contextFor(job(t, `{"type":"send"}`))
		defer cancel()
		if err := l.fits(ctx, 5); err != nil {
			t.Errorf("five lines: %v", err)
		}
		if err := l.fits(ctx, 1000); err == nil || !strings.HasPrefix(err.Error(), "the text is too long: its 1000 lines would take 1990 s") {
			t.Errorf("1000 lines: %v", err)
		}
	})
}

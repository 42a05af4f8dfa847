package irc

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// A line that never ends is forgotten, and the connection goes on.
func TestEndlessLine(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), "")
	conn.send(":otto!~o@q PRIVMSG mara :" + strings.Repeat("x", 1<<20))
	conn.sync(t)
	host.none(t)
	conn.send("@" + strings.Repeat("t=v;", 2000) + "msgid=m1 :otto!~o@q PRIVMSG mara :" + strings.Repeat("y", 400)) // as long as may be
	if e := host.next(t); len(e.activity.Object("object").Text("content")) != 400 {
		t.Errorf("the line behind it is %s", shown(e.activity))
	}
}

// A hostile server is a nuisance and no danger: whatever it says, the connection
// is served.
func TestHostileServer(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), "")
	many := strings.Repeat(" cap-x", 10_000)
	conn.send(":s CAP mara NEW :"+many, ":s CAP mara LS :"+many, ":\x00 \x00 \x00", "\xff\xfe\xfd", "@"+strings.Repeat("a=b;", 3000)+" :s X", strings.Repeat(":", 300), strings.Repeat(" ", 5000), "@ ", ":")
	for i := range 2000 {
		conn.send(fmt.Sprintf(":s %03d mara #room%d x :%d", i%1000, i, i), fmt.Sprintf("\xe4\xf6 :\x00%d", i))
	}
	conn.sync(t)
	want(t, start(c, job(t, says("#nowhere", "x"))), string(errNotJoined))
}

// A server that never stops to list capabilities, or to greet, is given up in
// time, and costs nothing meanwhile.
func TestEndlessRegistration(t *testing.T) {
	c, err := readCredentials(credentialsFor(6697, ""))
	if err != nil {
		t.Fatal(err)
	}
	l := newLogin(newClient(newHost(), testSettings()), c, job(t, `{"type":"connect"}`))
	r := registration{l: l, k: newLink(nowhere{}, true), s: newState("localhost", nil), nick: "mara", offered: map[string]string{}}
	growth := heapGrowth(func() {
		for i := range atRaceSpeed(10_000) {
			for _, line := range []string{fmt.Sprintf(":s CAP * LS * :cap%d=%s sasl=%s", i, strings.Repeat("v", 7000), strings.Repeat("x", 500)), fmt.Sprintf(":s NOTICE * :%d", i), fmt.Sprintf(":s 005 * A%d :x", i)} {
				m := parse(line)
				if in, err := r.handle(&m); in || err != nil {
					t.Fatalf("%q: %v, %v", line, in, err)
				}
			}
		}
	})
	if growth > 256<<10 {
		t.Errorf("it grew by %d bytes", growth)
	}
	runtime.KeepAlive(&r)
}

// atRaceSpeed is n, or fewer where the race detector makes everything ten times as
// slow: what grows without a bound is not its matter.
func atRaceSpeed(n int) int {
	if raceEnabled {
		return n / 20
	}
	return n
}

// heapGrowth is how many bytes more are in use behind f, garbage apart.
func heapGrowth(f func()) int {
	before, after := runtime.MemStats{}, runtime.MemStats{}
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int(after.HeapAlloc) - int(before.HeapAlloc)
}

// What a server can make us remember has a bound in bytes, however it goes about
// it, with all the tags and the longest names that there can be.
func TestHostileServerMemory(t *testing.T) {
	const most = 48 << 20 // 100,000 members in rooms cost the most
	long := strings.Repeat("n", 7000)
	tags := "@x=" + strings.Repeat("t", 8000) + " "
	for name, line := range map[string]func(i int) string{
		"rooms":                   func(i int) string { return fmt.Sprintf("%s:mara!m@h JOIN #room%d", tags, i) },
		"rooms with long names":   func(i int) string { return fmt.Sprintf(":mara!m@h JOIN #room%d%s", i, long) },
		"members":                 func(i int) string { return fmt.Sprintf("%s:nick%d!u@h JOIN #deck", tags, i) },
		"long nicks":              func(i int) string { return fmt.Sprintf(":%s%d!u@h JOIN #deck", long, i) },
		"members with long nicks": func(i int) string { return fmt.Sprintf("%s:%s%d!u@h JOIN #deck", tags, long[:94], i) },
		"names":                   func(i int) string { return fmt.Sprintf(":s 353 mara = #deck :@a%d +b%d c%d", i, i, i) },
		"endless names": func(i int) string {
			return fmt.Sprintf(":s 353 mara = #deck :%s", strings.Repeat(fmt.Sprint("n", i, " "), 100))
		},
		"accounts":               func(i int) string { return fmt.Sprintf("%s:otto ACCOUNT %s%d", tags, long, i) },
		"reasons of being away":  func(i int) string { return fmt.Sprintf("%s:otto AWAY :%s%d", tags, long, i) },
		"topics":                 func(i int) string { return fmt.Sprintf("%s:s 332 mara #t%d :%s", tags, i, long) },
		"the message of the day": func(i int) string { return tags + ":s 372 mara :m" },
		"batches":                func(i int) string { return fmt.Sprintf("%s:s BATCH +%d draft/multiline #x %s", tags, i, long) },
		"a text without end":     func(i int) string { return "@batch=b :o PRIVMSG #x :" + long },
		"numerics":               func(i int) string { return fmt.Sprintf(":s %03d mara #r%d %s%d :text", i%1000, i, long[:400], i) },
		"capabilities":           func(i int) string { return fmt.Sprintf(":s CAP mara NEW :cap%d=%s batch=%s", i, long[:400], long) },
		"what is supported": func(i int) string {
			return fmt.Sprintf(":s 005 mara X%d=%s CHANTYPES=#%d PREFIX=(ov)@+ NETWORK=%s :x", i, long[:400], i, long)
		},
		"nick changes":     func(i int) string { return fmt.Sprintf("%s:otto%d NICK otto%d", tags, i, i+1) },
		"own nick changes": func(i int) string { return fmt.Sprintf("%s:mara NICK mara", tags) },
		"ids":              func(i int) string { return fmt.Sprintf("@msgid=%s%d :o PRIVMSG #deck :x", long, i) },
		"hosts":            func(i int) string { return fmt.Sprintf("%s:mara CHGHOST %s%d h", tags, long, i) },
		"requests":         func(i int) string { return fmt.Sprintf("%s:o%d!u@h PRIVMSG mara :\x01PING %s\x01", tags, i, long) },
		"invitations":      func(i int) string { return fmt.Sprintf(":o%d!u@h INVITE mara #r%d", i, i) },
	} {
		t.Run(name, func(t *testing.T) {
			n := 10_000
			switch {
			case strings.Contains(name, "members"):
				n = maxMembers + 10_000
			case name == "endless names":
				n = 2000 // with 100 of them each
			}
			n = atRaceSpeed(n)
			s := newState("localhost", nil)
			s.nick = "mara"
			for _, cap := range wantedCaps {
				s.caps[cap] = true
			}
			for _, line := range []string{":mara!m@h JOIN #deck", ":otto!o@h JOIN #deck", ":otto0!o@h JOIN #deck", ":s BATCH +b draft/multiline #x"} {
				m := parse(line)
				s.handle(&m)
			}
			growth := heapGrowth(func() {
				for i := range n {
					m := parse(line(i))
					s.handle(&m)
				}
				s.out = output{}
			})
			if growth > most {
				t.Errorf("%d lines made it grow by %d MiB", n, growth>>20)
			}
			runtime.KeepAlive(s)
		})
	}
}

// A netsplit: who goes and comes is told once each, and nothing of it stays.
func TestNetsplitStorm(t *testing.T) {
	s := newState("localhost", nil)
	s.nick = "mara"
	handle := func(line string) int {
		m := parse(line)
		return len(s.handle(&m).events)
	}
	const rooms = 5
	people := atRaceSpeed(2000)
	for r := range rooms {
		handle(fmt.Sprintf(":mara!m@h JOIN #room%d", r))
		for i := range people {
			handle(fmt.Sprintf(":nick%d!u@h JOIN #room%d", i, r))
		}
	}
	told := 0
	growth := heapGrowth(func() {
		for range 5 {
			handle(":s BATCH +x netsplit a.net b.net")
			for i := range people {
				told += handle(fmt.Sprintf("@batch=x :nick%d!u@h QUIT :a.net b.net", i))
			}
			handle(":s BATCH -x")
			if s.members != rooms {
				t.Fatalf("%d members are left, want the user in %d rooms", s.members, rooms)
			}
			for i := range people {
				for r := range rooms {
					told += handle(fmt.Sprintf("@batch=y :nick%d!u@h JOIN #room%d", i, r))
				}
			}
		}
	})
	if want := 5 * people * (1 + rooms); told != want {
		t.Errorf("%d activities, want %d", told, want)
	}
	if growth > 8<<20 {
		t.Errorf("it grew by %d MiB", growth>>20)
	}
}

// A list of members that no frame could hold is cut, and many reconnects add
// nothing to what is to be restored.
func TestHostileLists(t *testing.T) {
	s := newState("localhost", nil)
	list := newMemberList()
	for i := range atRaceSpeed(100_000) {
		list.add(s, fmt.Sprintf("@nick%d %s", i, strings.Repeat("n", 8000)))
	}
	text := activity.AppendJSON(nil, object("type", "query", "object", object("type", "attendance", "members", list.people)))
	if len(text) > 1<<20 || len(list.people) < atRaceSpeed(5000) {
		t.Errorf("%d members in %d bytes", len(list.people), len(text))
	}
	missed := map[string]*channel{}
	for i := range 5 {
		s := newState("localhost", nil)
		s.nick, s.missed = "mara", missed
		for j := range atRaceSpeed(maxChannels) {
			m := wire.New("JOIN", fmt.Sprintf("#r%d-%d", i, j))
			m.Source = "mara!m@h"
			s.handle(&m)
		}
		missed = s.toRestore()
	}
	if len(missed) > maxChannels {
		t.Errorf("%d rooms are to be restored", len(missed))
	}
}

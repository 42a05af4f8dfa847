package irc

import (
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

func asksFor(nick string) string {
	return `{"type":"query","target":{"type":"person","id":"` + nick + `@localhost","name":"` + nick + `"},"object":{"type":"profile"}}`
}

// What a server tells of somebody is the profile, and no news for anybody.
func TestProfile(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  string // the profile, or the error
	}{
		{"all of it", []string{
			":s 311 mara otto ~o quay.example * :Otto Quay", ":s 319 mara otto :@#deck +#quay &local", ":s 319 mara otto :#tide", ":s 312 mara otto irc.example.net :The harbour",
			":s 301 mara otto :lunch", ":s 313 mara otto :is an operator", ":s 671 mara otto :is using a secure connection", ":s 330 mara otto otto_acc :is logged in as",
			":s 338 mara otto o@quay.example 203.0.113.7 :Actual user@host, Actual IP", ":s 317 mara otto 90 1717243200 :seconds idle, signon time", ":s 318 mara OTTO :End of /WHOIS list.",
		}, `{"type":"profile","nickname":"otto","name":"Otto Quay","username":"~o","host":"quay.example","server":"irc.example.net","presence":"away","content":"lunch",` +
			`"operator":true,"secure":true,"account":"otto_acc","ip":"203.0.113.7","idleSeconds":90,"signedOn":"2024-06-01T12:00:00.000Z","rooms":[` +
			`{"type":"room","id":"localhost/#deck","name":"#deck","role":"owner"},{"type":"room","id":"localhost/#quay","name":"#quay","role":"participant"},` +
			`{"type":"room","id":"localhost/&local","name":"&local","role":"member"},{"type":"room","id":"localhost/#tide","name":"#tide","role":"member"}]}`},
		{"the least", []string{":s 311 mara otto o q * :", ":s 318 mara otto :End"},
			`{"type":"profile","nickname":"otto","name":"","username":"o","host":"q","presence":"online"}`},
		{"what makes no sense", []string{":s 311 mara otto o q * :Otto", ":s 317 mara otto soon :idle", ":s 338 mara otto :x", ":s 319 mara otto :@ x", ":s 319 mara", ":s 318 mara otto :End"},
			`{"type":"profile","nickname":"otto","name":"Otto","username":"o","host":"q","presence":"online"}`},
		{"about somebody else", []string{":s 311 mara pia p q * :Pia", ":s 311 mara otto o q * :Otto", ":s 318 mara pia :End", ":s 318 mara otto :End"},
			`{"type":"profile","nickname":"otto","name":"Otto","username":"o","host":"q","presence":"online"}`},
		{"nobody", []string{":s 401 mara otto :No such nick/channel", ":s 318 mara otto :End"}, "No such nick/channel"},
		{"nothing", []string{":s 318 mara otto :End"}, "the server tells nothing of otto"},
	}
	c, host, conn, _ := online(t, testSettings(), "")
	conn.send(":irc.example.net 005 mara CHANTYPES=#&+ PREFIX=(qaohv)~&@%+ :are supported")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answers := start(c, job(t, asksFor("otto")))
			conn.expect(t, "WHOIS otto")
			conn.send(tt.lines...)
			conn.pong(t)
			a := <-answers
			got := string(activity.AppendJSON(nil, a.activity.Object("object")))
			if a.err != nil {
				got = a.err.Error()
			}
			if got != tt.want {
				t.Errorf("the profile is\n%s\nwant\n%s", got, tt.want)
			}
			host.none(t)
		})
	}
	for text, wanted := range map[string]string{asksFor("#deck"): "a room has no profile", asksFor("a b"): "must not contain a space"} {
		if a := <-start(c, job(t, text)); a.err == nil || !strings.Contains(a.err.Error(), wanted) {
			t.Errorf("%s is answered %v", text, a.err)
		}
	}
}

// A server that tells of rooms without end is heard to the bound.
func TestProfileIsBounded(t *testing.T) {
	p, s := newProfile(), newState("localhost", nil)
	for range 1000 {
		p.addRooms(s, strings.Repeat("#deck ", 80))
	}
	if n := len(activity.AppendJSON(nil, p.object())); n > 2*maxRooms {
		t.Errorf("%d bytes", n)
	}
}

package irc

import (
	"context"
	"fmt"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// join enters a room. Its key stands in target.key:
//
//	{"type":"join",…,"target":{"type":"room","id":"irc.example.net/#cabin","name":"#cabin","key":"sesame"}}
//	> JOIN #cabin sesame
func (l *login) join(ctx context.Context, job platform.Job) error {
	target := job.Activity.Object("target")
	key := target.Text("key")
	if err := checkLines(job.Activity.Object("actor").Text("name"), target.Text("name"), key); err != nil {
		return err
	}
	name, err := l.roomName(job)
	if err != nil {
		return err
	}
	params := []string{name}
	if key != "" {
		if err := checkName(key, "key of the room"); err != nil {
			return err
		}
		params = append(params, key)
	}
	var s *state
	inside := false
	if err := l.snapshot(func(now *state) { s, inside = now, now.channel(name) != nil }); err != nil || inside {
		return err
	}
	want := name
	w := &wait{session: job.Session}
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		case m.Command == "JOIN" && s.isOwn(m.Nick()) && s.support.same(m.Param(0), want):
			s.settle(w, nil)
			if want != name {
				return unrelated // clients learn from it which room it became
			}
			return explained
		case m.Command == "470" && s.support.same(m.Param(1), want):
			want = m.Param(2)
			return explained
		case s.refuses(m, "JOIN", want):
			s.settle(w, refusalText(m))
			return explained
		}
		return unrelated
	}
	w.last = func() error {
		if s.channel(want) != nil {
			return nil
		}
		return platform.Plain("no answer to join")
	}
	if err := l.command(ctx, w, group{wire.New("JOIN", params...)}); err != nil {
		return err
	}
	return l.snapshot(func(now *state) {
		if c := now.channel(want); c != nil && c.key == "" { // else it has another by now
			c.key = kept(key)
		}
	})
}

// errNoTarget is for a message that needs a target and has none.
const errNoTarget = platform.Plain("the message has no target")

// roomName is the name of the room that a job is about.
func (l *login) roomName(job platform.Job) (string, error) {
	target := job.Activity.Object("target")
	if target == nil {
		return "", errNoTarget
	}
	name, most := "", 0
	if err := l.snapshot(func(s *state) { name, most = s.targetName(target), s.support.roomLength }); err != nil {
		return "", err
	}
	if err := checkName(name, "name of the room"); err != nil {
		return "", err
	}
	switch {
	case name == "0":
		return "", platform.Plain("0 is not the name of a room")
	case most > 0 && len(name) > most:
		return "", platform.Plain(fmt.Sprintf("the name of the room is too long: the server takes %d bytes", most))
	}
	return name, nil
}

package irc

import (
	"context"
	"strings"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// kick removes somebody from a room: of the roles that rooms give, IRC takes none
// away but all of them (RFC 2812, section 3.2.8). That he is gone is told as if
// somebody else had done it.
//
//	{"type":"update",…,"target":{"id":"irc.example.net/#deck",…},
//	 "object":{"type":"role","name":"otto","role":"none","content":"noise"}}
//	> KICK #deck otto :noise
func (l *login) kick(ctx context.Context, job platform.Job) error {
	o := job.Activity.Object("object")
	nick, reason := o.Text("name"), o.Text("content")
	if o.Text("role") != "none" {
		return platform.Plain(`the role must be "none"`)
	}
	if err := checkName(nick, "name"); err != nil {
		return err
	}
	if strings.IndexByte(reason, 0) >= 0 {
		return platform.Plain("the reason must not contain NUL characters")
	}
	room, err := l.roomName(job)
	if err != nil {
		return err
	}
	var s *state
	if err := l.snapshot(func(now *state) { s = now }); err != nil {
		return err
	}
	line := wire.New("KICK", room, nick)
	if reason != "" {
		line = wire.NewText("KICK", room, nick, reason)
	}
	w := &wait{session: job.Session}
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		case m.Command == "KICK" && s.isOwn(m.Nick()) && s.support.same(m.Param(0), room) && s.support.same(m.Param(1), nick):
			s.settle(w, nil)
		case s.refuses(m, "KICK", room), s.refuses(m, "KICK", nick):
			s.settle(w, refusalText(m))
			return explained
		}
		return unrelated
	}
	w.last = func() error { return platform.Plain("no answer to kick") }
	return l.command(ctx, w, group{line})
}

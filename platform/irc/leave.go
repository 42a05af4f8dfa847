package irc

import (
	"context"
	"strings"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// part leaves a room; the text of a message is the reason. A room that the user
// is not in is left all the same.
func (l *login) part(ctx context.Context, job platform.Job) error {
	reason := job.Activity.Object("object").Text("content")
	if err := checkLines(job.Activity.Object("target").Text("name"), reason); err != nil {
		return err
	}
	name, err := l.roomName(job)
	if err != nil {
		return err
	}
	line := wire.New("PART", name)
	if reason = strings.TrimSpace(reason); reason != "" {
		line = wire.NewText("PART", name, reason)
	}
	var s *state
	if err := l.snapshot(func(now *state) { s = now }); err != nil {
		return err
	}
	w := &wait{session: job.Session, last: success}
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		case m.Command == "PART" && s.isOwn(m.Nick()) && s.support.same(m.Param(0), name):
		case !s.refuses(m, "PART", name):
			return unrelated
		case m.Command != "403" && m.Command != "442" && m.Command != "461":
			s.settle(w, refusalText(m))
			return explained
		}
		s.settle(w, nil)
		return explained
	}
	err = l.command(ctx, w, group{line})
	if err == nil {
		err = l.snapshot(func(now *state) { now.leave(name) })
	}
	return err
}

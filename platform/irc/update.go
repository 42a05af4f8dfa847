package irc

import (
	"context"
	"fmt"
	"strings"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// update changes something of a room or of the user: its topic, his nick, whether
// he is away, who is to go.
func (l *login) update(ctx context.Context, job platform.Job) error {
	o, target := job.Activity.Object("object"), job.Activity.Object("target")
	if err := checkLines(job.Activity.Object("actor").Text("name"), target.Text("name"), o.Text("content")); err != nil {
		return err
	}
	switch kind := o.Text("type"); kind {
	case "topic":
		return l.setTopic(ctx, job, o.Text("content"))
	case "address":
		return l.setNick(ctx, job)
	case "role":
		return l.kick(ctx, job)
	case "presence":
		return l.setAway(ctx, job, o.Text("presence") == "away", o.Text("content"))
	default:
		return platform.Plain("unknown update action: " + kind)
	}
}

// setTopic changes a room's topic: "TOPIC #deck :Low tide at nine". An empty one
// removes it.
func (l *login) setTopic(ctx context.Context, job platform.Job, text string) error {
	name, err := l.roomName(job)
	if err != nil {
		return err
	}
	if strings.IndexByte(text, 0) >= 0 {
		return platform.Plain("the topic must not contain NUL characters")
	}
	var s *state
	if err := l.snapshot(func(now *state) { s = now }); err != nil {
		return err
	}
	if most := l.topicLimit(s, name); len(text) > most {
		return platform.Plain(fmt.Sprintf("the topic is too long: it has %d bytes, the server takes %d", len(text), most))
	}
	w := &wait{session: job.Session, last: success}
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		case m.Command == "TOPIC" && s.isOwn(m.Nick()) && s.support.same(m.Param(0), name), m.Command == "331" && s.support.same(m.Param(1), name):
			s.settle(w, nil)
			return explained
		case s.refuses(m, "TOPIC", name):
			s.settle(w, refusalText(m))
			return explained
		}
		return unrelated
	}
	return l.command(ctx, w, group{wire.NewText("TOPIC", name, text)})
}

// topicLimit is how long a topic may be: as the server says, and in one line.
func (l *login) topicLimit(s *state, name string) int {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	most := s.support.lineLength - len("TOPIC  :\r\n") - len(name)
	if s.support.topicLength > 0 {
		most = min(most, s.support.topicLength)
	}
	return most
}

// setNick changes the nick: "NICK zara". Jobs reach us under both ids from then
// on.
func (l *login) setNick(ctx context.Context, job platform.Job) error {
	target := job.Activity.Object("target")
	if target == nil {
		return errNoTarget
	}
	var s *state
	var nick, old string
	most := 0
	if err := l.snapshot(func(now *state) {
		s, nick, old, most = now, now.targetName(target), now.nick, now.support.nickLength
	}); err != nil {
		return err
	}
	if err := checkName(nick, "nick"); err != nil {
		return err
	}
	if most > 0 && len(nick) > most {
		return platform.Plain(fmt.Sprintf("the nick is too long: the server takes %d bytes", most))
	}
	if nick == old {
		return nil
	}
	w := &wait{session: job.Session}
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		// InspIRCd's labelled answer comes from the new nick already.
		case m.Command == "NICK" && (s.isOwn(m.Nick()) || m.Tag("label") == w.token) && s.support.same(m.Param(0), nick):
			s.settle(w, nil)
			return explained
		case s.refusesNick(m, nick):
			s.settle(w, refusalText(m))
			return explained
		}
		return unrelated
	}
	w.last = func() error { return platform.Plain("no answer to nick change") }
	if err := l.command(ctx, w, group{wire.New("NICK", nick)}); err != nil {
		return err
	}
	l.renamed(target.Text("id"), nick)
	return nil
}

// refusesNick reports whether a line refuses a change of nick. Some errors of it
// name a room instead: the one that does not let its members have another.
//
//	:irc.example.net 447 mara #deck :Cannot change nickname while on #deck (+N)
func (s *state) refusesNick(m *wire.Message, nick string) bool {
	switch m.Command {
	case "435", "437", "447":
		return s.missed[s.support.fold(m.Param(1))] == nil // a room that is entered again has 437 too
	}
	return s.refuses(m, "NICK", nick)
}

// renamed tells the server under which id the user's jobs come from now on: the
// one that the client named.
func (l *login) renamed(id, nick string) {
	if id == "" {
		id = nick + "@" + l.credentials.server
	}
	l.client.mu.Lock()
	l.known = nick
	changed := l.actor != id
	l.actor = id
	l.client.mu.Unlock()
	if changed {
		l.client.host.Actor(id)
	}
}

// setAway tells others that the user is away, and why, or that he is back:
//
//	{"type":"update",…,"object":{"type":"presence","presence":"away","content":"lunch"}}
//	> AWAY :lunch
func (l *login) setAway(ctx context.Context, job platform.Job, away bool, text string) error {
	line := wire.New("AWAY")
	if away {
		if text == "" {
			text = "away"
		}
		line = wire.NewText("AWAY", text)
	}
	var s *state
	if err := l.snapshot(func(now *state) { s = now }); err != nil {
		return err
	}
	w := &wait{session: job.Session, last: success}
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		case m.Command == "305" || m.Command == "306":
			s.settle(w, nil)
		case s.refuses(m, "AWAY", ""):
			s.settle(w, refusalText(m))
		default:
			return unrelated
		}
		return explained
	}
	if err := l.command(ctx, w, group{line}); err != nil {
		return err
	}
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	if l.awayText = ""; away {
		l.awayText = text
	}
	return nil
}

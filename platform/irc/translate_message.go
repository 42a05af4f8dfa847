package irc

import (
	"strings"
	"time"
	"unicode"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// privmsg is what somebody said to a room or to the user.
//
//	:otto!~o@quay.example PRIVMSG #deck :good morning
//	→ {"type":"send","actor":otto,"target":{"type":"room",…},"object":{"type":"message","content":"good morning"}}
func (s *state) privmsg(m *wire.Message) {
	if len(m.Params) < 2 || m.Source == "" {
		return
	}
	text := trimEnd(m.Last())
	kind := "message"
	if command, args, ok := parseCTCP(text); ok {
		if command != "ACTION" {
			s.answerCTCP(m, command, args)
			return
		}
		kind, text = "me", args
	}
	s.say(m, kind, text)
}

// say tells of a message or an action.
func (s *state) say(m *wire.Message, kind, text string) {
	sign, target := s.support.status(s.addressee(m))
	o := object("type", kind, "content", text)
	s.addIdentity(o, m)
	if sign != "" {
		o.Set("audience", s.support.audience(sign))
	}
	receiver := s.receiver(target)
	s.remember(m, target)
	if s.verdict == explained {
		return
	}
	a := s.activity("type", "send", "actor", s.sender(m), "target", receiver, "object", o)
	if s.asker == "" {
		with := target
		if !s.support.isRoom(target) && s.isOwn(target) {
			with = m.Nick()
		}
		s.keep(with, a, s.now)
	}
	s.out.events = append(s.out.events, event{a, s.asker})
}

// addressee is whom a text is for: the user himself, where it is for all users of
// a server, "$*.example" (RFC 2812, section 3.3.1).
func (s *state) addressee(m *wire.Message) string {
	if strings.HasPrefix(m.Param(0), "$") && s.nick != "" && !s.support.isRoom(m.Param(0)) {
		return s.nick
	}
	return m.Param(0)
}

// keep makes the bouncer remember what was said in a conversation. It gives the
// message an id where the server did not.
func (s *state) keep(with string, a *activity.Object, at time.Time) {
	o := a.Object("object")
	if id := s.backlog.nextID(); id != "" && o.Text("id") == "" {
		o.Set("id", id)
	}
	s.backlog.add(s.support.fold(with), a, at)
}

// addIdentity adds what the tags say of a message: which it is, and which it
// answers.
func (s *state) addIdentity(o *activity.Object, m *wire.Message) {
	if id := m.Tag("msgid"); id != "" {
		o.Set("id", id)
	}
	for _, key := range [...]string{"+reply", "+draft/reply"} {
		if id := m.Tag(key); id != "" {
			o.Set("inReplyTo", id)
			return
		}
	}
}

// remember notes the last message of a room, to ask for what came after it when
// the connection was lost.
func (s *state) remember(m *wire.Message, target string) {
	if c := s.channel(target); c != nil && !s.now.Before(c.lastTime) {
		c.lastTime = s.now
		if c.lastID = ""; len(m.Tag("msgid")) <= maxKept {
			c.lastID = kept(m.Tag("msgid"))
		}
	}
}

// notice is what a person, a service or the server wants to be read and not
// answered.
func (s *state) notice(m *wire.Message) {
	if len(m.Params) < 2 || m.Source == "" {
		return
	}
	text := trimEnd(m.Last())
	_, _, isReply := parseCTCP(text)
	// The answer to a CTCP request is no word of a person's.
	if isReply || s.isServer(m.Source) {
		s.emit("type", "send", "actor", s.service(), "object", message(text), "target", s.person(s.addressee(m)))
		return
	}
	s.say(m, "message", text)
}

// isServer tells a server's name from a person's.
func (s *state) isServer(source string) bool {
	if source == s.host {
		return true
	}
	return !strings.ContainsAny(source, "!@") && strings.Contains(source, ".")
}

// trimEnd takes the blanks at the end off, as the reference does.
func trimEnd(text string) string { return strings.TrimRightFunc(text, isBlank) }

// isBlank tells what JavaScript trims.
func isBlank(r rune) bool { return r == '\uFEFF' || r != '\u0085' && unicode.IsSpace(r) }

// standardReply is a warning, a note, or a failure that answers no job (IRCv3
// standard replies): read like a notice of the server.
//
//	:irc.example.net WARN JOIN SLOW #deck :That took a while
func (s *state) standardReply(m *wire.Message) {
	if len(m.Params) >= 3 && !s.notReturned(m) {
		s.emit(s.fromServer(trimEnd(m.Last()))...)
	}
}

// fromServer is what the server wants the user to read.
func (s *state) fromServer(text string) []any {
	return []any{"type", "send", "actor", s.service(), "object", message(text), "target", s.person(s.nick)}
}

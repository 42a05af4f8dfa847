package irc

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// Texts where a server gives no reason.
const (
	textPart = "user has left the channel"
	textQuit = "user has quit"
)

// join tells who entered a room. With extended-join it has the account and the
// real name: ":otto!~o@quay.example JOIN #deck otto_acc :Otto Quay".
func (s *state) join(m *wire.Message) {
	name := m.Param(0)
	if name == "" || m.Source == "" {
		return
	}
	if s.isOwn(m.Nick()) {
		_, user, host := wire.SplitSource(m.Source)
		s.user, s.userHost = kept(user), kept(host)
		if s.channel(name) != nil {
			return // InspIRCd says it twice: in the labelled answer, and to all
		}
		s.enter(name)
		s.returned(name)
	}
	member := s.addMember(name, m.Nick())
	actor := s.sender(m)
	if s.caps["extended-join"] && len(m.Params) >= 3 {
		if account := m.Param(1); account != "*" {
			actor.Set("account", account)
			if member != nil {
				member.account = kept(account)
			}
		}
		actor.Set("summary", m.Param(2))
	}
	s.emit("type", "join", "actor", actor, "target", s.room(name))
}

// part tells who left a room.
func (s *state) part(m *wire.Message) {
	name := m.Param(0)
	if name == "" || m.Source == "" {
		return
	}
	if s.isOwn(m.Nick()) && s.channel(name) == nil {
		return // a job has left the room, and the server took its time
	}
	s.gone(name, m.Nick())
	s.emit("type", "leave", "actor", s.sender(m), "target", s.room(name), "object", message(reason(m, 1, textPart)))
}

// kick tells who was thrown out of a room: ":otto!~o@quay.example KICK #deck pia :enough".
func (s *state) kick(m *wire.Message) {
	name, nick := m.Param(0), m.Param(1)
	if nick == "" {
		return
	}
	s.gone(name, nick)
	s.emit("type", "leave", "actor", s.person(nick), "target", s.room(name), "object", message(reason(m, 2, textPart)))
}

// gone notes that somebody is in a room no more.
func (s *state) gone(name, nick string) {
	if s.isOwn(nick) {
		s.leave(name)
	} else if c := s.channel(name); c != nil {
		s.removeMember(c, nick)
	}
}

// quit tells who left the network: once, not for each room.
func (s *state) quit(m *wire.Message) {
	if m.Source == "" {
		return
	}
	for _, c := range s.roomsOf(m.Nick()) {
		s.removeMember(c, m.Nick())
	}
	s.emit("type", "leave", "actor", s.sender(m), "target", s.service(), "object", message(reason(m, 0, textQuit)))
}

// reason is the parameter at position i, or the fallback.
func reason(m *wire.Message, i int, fallback string) string {
	if text := trimEnd(m.Param(i)); text != "" {
		return text
	}
	return fallback
}

// rename follows a change of nick, the user's own too.
func (s *state) rename(m *wire.Message) {
	to := m.Param(0)
	if to == "" || m.Source == "" {
		return
	}
	actor := s.sender(m)
	from := m.Nick()
	own := s.isOwn(from) || s.verdict == explained
	if own {
		from = s.nick
	}
	if from == to {
		return // InspIRCd says it twice, here as for JOIN
	}
	if own {
		s.nick = strings.Clone(to)
	}
	s.renameMember(from, to)
	s.emit("type", "update", "actor", actor, "target", s.person(to), "object", object("type", "address"))
}

// topic tells of a new topic; an empty one was removed.
func (s *state) topic(m *wire.Message) {
	if len(m.Params) < 2 || m.Source == "" {
		return
	}
	s.emit("type", "update", "actor", s.sender(m), "target", s.room(m.Param(0)), "object", topicObject(trimEnd(m.Last())))
}

func topicObject(text string) *activity.Object { return object("type", "topic", "content", text) }

// topicText keeps the topic that a server tells on entering a room until it says
// who set it (333), or that it says no more (366).
func (s *state) topicText(m *wire.Message) {
	room, text := m.Param(1), trimEnd(m.Last())
	if len(m.Params) < 3 || len(s.topics) >= maxTopics || len(room) > maxKept || len(text) > maxTopic {
		return
	}
	s.topics[s.support.fold(room)] = strings.Clone(text)
}

// Limits of topics that wait for who set them: a server says both in a row.
const (
	maxTopics = 100
	maxTopic  = 4 << 10
)

// topicSetter is 333: ":irc.example.net 333 mara #deck otto!~o@quay.example 1700000000".
func (s *state) topicSetter(m *wire.Message) {
	nick, _, _ := wire.SplitSource(m.Param(2))
	if nick == "" {
		return
	}
	at := ""
	if seconds, err := strconv.ParseFloat(m.Param(3), 64); err == nil && math.Abs(seconds) <= maxSeconds {
		at = published(time.UnixMilli(int64(seconds * 1000)))
	}
	s.flushTopic(m.Param(1), s.person(nick), at)
}

// maxSeconds is the last second of the year 9999: no later year has four digits.
const maxSeconds = 253402300799

// flushTopic tells of the topic of a room that was kept, if there is one.
func (s *state) flushTopic(room string, actor *activity.Object, at string) {
	folded := s.support.fold(room)
	text, kept := s.topics[folded]
	if !kept {
		return
	}
	delete(s.topics, folded)
	pairs := []any{"type", "update", "actor", actor, "target", s.room(room), "object", topicObject(text)}
	if at != "" {
		pairs = append(pairs, "published", at)
	}
	s.emit(pairs...)
}

// mode tells which members got or lost a role, each by itself:
// ":otto!~o@quay.example MODE #deck +o-v pia kai". Modes of the room and its
// lists tell clients nothing.
func (s *state) mode(m *wire.Message) {
	name := m.Param(0)
	if !s.support.isRoom(name) || len(m.Params) < 2 || m.Source == "" {
		return
	}
	args := m.Params[2:]
	set := true
	for _, letter := range []byte(m.Param(1)) {
		switch {
		case letter == '+' || letter == '-':
			set = letter == '+'
		case strings.IndexByte(s.support.modes, letter) >= 0:
			if len(args) == 0 {
				return
			}
			s.roleChange(m, name, args[0], letter, set)
			args = args[1:]
		case s.support.takesParameter(letter, set) && len(args) > 0:
			if letter == 'k' {
				s.keyChange(name, args[0], set)
			}
			args = args[1:]
		case letter == 'k' && !set:
			s.keyChange(name, "", false)
		}
	}
}

// keyChange follows the key of a room, which is needed to enter it again. Some
// servers show only that there is one.
func (s *state) keyChange(name, key string, set bool) {
	c := s.channel(name)
	switch {
	case c == nil || set && key == "*":
	case set:
		c.key = kept(key)
	default:
		c.key = ""
	}
}

func (s *state) roleChange(m *wire.Message, name, nick string, letter byte, set bool) {
	kind := "remove"
	if set {
		kind = "add"
	}
	if member := s.member(name, nick); member != nil {
		member.modes = strings.ReplaceAll(member.modes, string(letter), "")
		if set {
			member.modes = sortModes(member.modes + string(letter))
		}
	}
	s.emit("type", kind, "actor", s.sender(m), "target", s.person(nick), "object", object(
		"type", "relationship", "relationship", "role",
		"subject", object("type", "presence", "role", s.support.role(string(letter))), "object", s.room(name)))
}

// invite tells of an invitation to the user himself.
func (s *state) invite(m *wire.Message) {
	name := m.Param(1)
	if name == "" || m.Source == "" || s.nick != "" && !s.isOwn(m.Param(0)) {
		return
	}
	s.emit("type", "invite", "actor", s.sender(m), "target", s.room(name))
}

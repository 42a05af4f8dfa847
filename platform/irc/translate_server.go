package irc

import (
	"strings"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// maxMotd bounds the message of the day, in bytes.
const maxMotd = 64 << 10

func (s *state) motdLine(m *wire.Message) {
	if s.motdSize += len(m.Last()) + 1; s.motdSize <= maxMotd && len(m.Params) >= 2 {
		s.motd = append(s.motd, strings.Clone(trimEnd(m.Last())))
	}
}

// motdEnd tells the message of the day, as the topic of the network.
func (s *state) motdEnd() {
	lines := s.motd
	s.motd, s.motdSize = nil, 0
	if len(lines) == 0 {
		return
	}
	actor := s.service()
	actor.Set("name", s.server)
	s.emit("type", "update", "actor", actor, "object", topicObject(strings.Join(lines, " ")))
}

// refusal is an error that answers no job: clients are told, where it says
// something of a room or a nick.
func (s *state) refusal(m *wire.Message) {
	if s.verdict != unrelated || len(m.Params) < 2 || s.notReturned(m) {
		return
	}
	switch name := m.Param(1); m.Command {
	case "403":
		delete(s.missed, s.support.fold(name))
		s.emit("type", "join", "actor", object("id", s.server, "type", "service"),
			"error", "no such channel "+name, "target", object("id", name+"@"+s.server, "type", "person"))
	case "432", "433", "437":
		if s.support.isRoom(name) {
			s.roomRefusal(m.Param(0), name, refusalText(m).Error())
			return
		}
		s.emit("type", "update", "actor", s.person(name), "target", s.service(), "error", trimEnd(m.Last()))
	case "404", "405", "471", "472", "473", "474", "475", "476", "477", "478", "480", "482", "485", "489", "495", "500", "520":
		if !s.support.isRoom(name) || len(m.Params) == 2 && m.Text {
			name = ""
		}
		s.roomRefusal(m.Param(0), name, refusalText(m).Error())
	}
}

// roomRefusal tells that a room, or the network where there is no name, refused
// something to the user. Such a room is not entered again.
func (s *state) roomRefusal(nick, name, text string) {
	target := s.service()
	if name != "" {
		delete(s.missed, s.support.fold(name))
		target = object("type", "room", "id", s.server+"/"+name)
	}
	s.emit("type", "update", "actor", object("type", "person", "id", nick+"@"+s.server), "target", target, "error", text)
}

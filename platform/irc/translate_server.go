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
	if s.verdict != unrelated || len(m.Params) < 2 {
		return
	}
	text := trimEnd(m.Last())
	switch m.Command {
	case "403":
		delete(s.missed, s.support.fold(m.Param(1)))
		s.emit("type", "join", "actor", object("id", s.server, "type", "service"),
			"error", "no such channel "+m.Param(1), "target", object("id", m.Param(1)+"@"+s.server, "type", "person"))
	case "432", "433", "437":
		if s.support.isRoom(m.Param(1)) {
			s.roomRefusal(m, text)
			return
		}
		s.emit("type", "update", "actor", s.person(m.Param(1)), "target", s.service(), "error", text)
	case "404", "405", "471", "472", "473", "474", "475", "476", "477", "478", "480", "482", "485", "489", "495", "500", "520":
		s.roomRefusal(m, text)
	}
}

func (s *state) roomRefusal(m *wire.Message, text string) {
	pairs := []any{"type", "update", "actor", object("type", "person", "id", m.Param(0)+"@"+s.server)}
	if room := m.Param(1); s.support.isRoom(room) && (len(m.Params) > 2 || !m.Text) {
		delete(s.missed, s.support.fold(room)) // it is not entered again
		pairs = append(pairs, "target", object("type", "room", "id", s.server+"/"+room))
		if len(m.Params) < 3 {
			text = "refused by the server (" + m.Command + ")"
		}
	} else {
		pairs = append(pairs, "target", s.service())
	}
	s.emit(append(pairs, "error", text)...)
}

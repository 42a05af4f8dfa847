package irc

import (
	"strings"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// names is a part of the list of a room's members: one presence for each, but
// for the user's own.
//
//	:irc.example.net 353 mara = #deck :@otto %pia kai mara
func (s *state) names(m *wire.Message) {
	if len(m.Params) < 4 {
		return
	}
	room := m.Param(2)
	for _, entry := range s.support.names(m.Last()) {
		s.present(room, entry.nick, entry.modes)
	}
}

// present tells that somebody is in a room, with the role of his modes.
func (s *state) present(room, nick, modes string) {
	if member := s.addMember(room, nick); member != nil {
		member.modes = modes // a copy, as sortModes makes it
	}
	if s.isOwn(nick) {
		return
	}
	s.emit("type", "update", "actor", s.person(nick), "target", s.room(room), "object", object("type", "presence", "role", s.support.role(modes)))
}

// who is a line of the answer to WHO. Nothing of ours asks, a bouncer may:
// ":irc.example.net 352 mara #deck ~otto quay.example irc.example.net otto H@ :0 Otto Quay".
func (s *state) who(m *wire.Message) {
	if len(m.Params) >= 7 {
		s.whoEntry(m.Param(1), m.Param(5), m.Param(6))
	}
}

// whox is the same with the fields that one client asks for:
// ":irc.example.net 354 mara 152 #deck ~otto quay.example irc.example.net otto H otto_acc :Otto".
func (s *state) whox(m *wire.Message) {
	if len(m.Params) >= 8 {
		s.whoEntry(m.Param(2), m.Param(6), m.Param(7))
	}
}

// whoEntry reads flags as "H*@": here or gone, operator of the network, modes in
// the room.
func (s *state) whoEntry(room, nick, flags string) {
	if !s.support.isRoom(room) {
		return
	}
	_, modes := s.support.name(strings.TrimLeft(flags, "GH*"))
	s.present(room, nick, modes)
}

// away tells that somebody went away, or came back (away-notify).
func (s *state) away(m *wire.Message) {
	if m.Source != "" {
		s.setAway(m.Nick(), len(m.Params) > 0 && m.Last() != "", m.Last())
	}
}

// awayReply is the answer to a message to somebody who is away (301). Who is in no
// room with the user is told of all the same, each time, in the conversation with
// the user: nothing else says it.
//
//	:irc.example.net 301 mara pia :gone fishing
func (s *state) awayReply(m *wire.Message) {
	nick, text := m.Param(1), trimEnd(m.Last())
	if nick == "" || s.nick == "" || len(m.Params) < 3 {
		return
	}
	if len(s.roomsOf(nick)) > 0 || s.isOwn(nick) {
		s.setAway(nick, true, text)
		return
	}
	s.emit("type", "update", "actor", s.person(nick), "target", s.receiver(nick), "object", object("type", "presence", "presence", "away", "content", text))
}

// setAway tells it in each room in which the user sees that person.
func (s *state) setAway(nick string, away bool, text string) {
	if !away {
		text = ""
	}
	for _, c := range s.roomsOf(nick) {
		member := c.members[s.support.fold(nick)]
		if member.away == away && member.reason == kept(text) || s.isOwn(nick) {
			continue // 301 says it again with each message
		}
		member.away, member.reason = away, kept(text)
		presence := object("type", "presence", "role", s.support.role(member.modes), "presence", "online")
		if away {
			presence.Set("presence", "away")
			presence.Set("content", trimEnd(text))
		}
		actor := s.person(member.nick)
		if member.account != "" {
			actor.Set("account", member.account)
		}
		s.emit("type", "update", "actor", actor, "target", s.room(c.name), "object", presence)
	}
}

// accountChange follows who logged in or out (account-notify). Clients see it at
// what that person does next.
func (s *state) accountChange(m *wire.Message) {
	account := m.Param(0)
	if account == "*" {
		account = ""
	}
	for _, c := range s.roomsOf(m.Nick()) {
		c.members[s.support.fold(m.Nick())].account = kept(account)
	}
}

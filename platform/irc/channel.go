package irc

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// channel is a room that the user is in.
type channel struct {
	name    string // as first seen
	key     string
	members map[string]*member // by folded nick
	listed  bool               // the list of who was in it has come to its end

	// What is known of the last message, for asking what came after it.
	lastID   string
	lastTime time.Time

	// Of a room of before.
	asked bool          // a JOIN for it is on its way
	retry time.Time     // when the next may go out, where the room is held back
	wait  time.Duration // before that
}

// member is somebody in a room.
type member struct {
	nick    string
	modes   string // letters of PREFIX, sorted
	account string
	away    bool
	reason  string // of being away
}

// Limits of what a server can make us remember.
const (
	maxChannels = 5_000
	maxMembers  = 100_000 // of all rooms together
	maxNick     = 100     // bytes; who has a longer one is told of and not remembered
	maxKept     = 300     // bytes of the name of a room, an account, an id or the like
)

// kept is a text to remember. What a line is cut into would keep the whole line
// in memory, its tags of 8 KiB too. What is longer than texts of its kind ever
// are is cut.
func kept(text string) string { return strings.Clone(text[:min(len(text), maxKept)]) }

func (s *state) channel(name string) *channel { return s.channels[s.support.fold(name)] }

// enter makes a room one that the user is in, who was not.
func (s *state) enter(name string) {
	folded := s.support.fold(name)
	if len(s.channels) < maxChannels && len(name) <= maxKept {
		s.channels[folded] = &channel{name: kept(name), members: map[string]*member{}}
	}
}

func (s *state) leave(name string) {
	folded := s.support.fold(name)
	delete(s.missed, folded) // nor is it entered again
	if c := s.channels[folded]; c != nil {
		s.members -= len(c.members)
		delete(s.channels, folded)
	}
}

// member finds somebody in a room that the user is in.
func (s *state) member(room, nick string) *member {
	if c := s.channel(room); c != nil {
		return c.members[s.support.fold(nick)]
	}
	return nil
}

// addMember notes that somebody is in a room. It returns nil where that is not
// remembered.
func (s *state) addMember(room, nick string) *member {
	c := s.channel(room)
	if c == nil {
		return nil
	}
	folded := s.support.fold(nick)
	if m := c.members[folded]; m != nil {
		return m
	}
	if s.members >= maxMembers || len(nick) > maxNick {
		return nil
	}
	m := &member{nick: kept(nick)}
	c.members[folded] = m
	s.members++
	return m
}

func (s *state) removeMember(c *channel, nick string) {
	folded := s.support.fold(nick)
	if _, there := c.members[folded]; there {
		delete(c.members, folded)
		s.members--
	}
}

// roomsOf are the rooms in which the user sees somebody, by name.
func (s *state) roomsOf(nick string) []*channel {
	folded := s.support.fold(nick)
	var rooms []*channel
	for _, c := range s.channels {
		if c.members[folded] != nil {
			rooms = append(rooms, c)
		}
	}
	slices.SortFunc(rooms, func(a, b *channel) int { return strings.Compare(a.name, b.name) })
	return rooms
}

// accountOf is the account that somebody is known to have, from the room that he
// speaks in or any other.
func (s *state) accountOf(nick, room string) string {
	if m := s.member(room, nick); m != nil {
		return m.account
	}
	folded := s.support.fold(nick)
	for _, c := range s.channels {
		if m := c.members[folded]; m != nil {
			return m.account
		}
	}
	return ""
}

// renameMember follows a change of nick.
func (s *state) renameMember(from, to string) {
	for _, c := range s.roomsOf(from) {
		m := c.members[s.support.fold(from)]
		s.removeMember(c, from)
		if len(to) > maxNick {
			continue
		}
		m.nick = kept(to)
		s.removeMember(c, to)
		c.members[s.support.fold(to)] = m
		s.members++
	}
}

// refold puts everything where it belongs after CASEMAPPING became known.
func (s *state) refold() {
	missed := slices.Collect(maps.Values(s.missed))
	clear(s.missed)
	for _, c := range missed {
		s.missed[s.support.fold(c.name)] = c
	}
	channels := slices.Collect(maps.Values(s.channels))
	s.channels, s.members = map[string]*channel{}, 0
	for _, c := range channels {
		members := c.members
		c.members = map[string]*member{}
		for _, m := range members {
			c.members[s.support.fold(m.nick)] = m
		}
		s.members += len(c.members)
		s.channels[s.support.fold(c.name)] = c
	}
}

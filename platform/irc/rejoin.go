package irc

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// restore returns the next line that brings back what there was before the
// connection was lost, when restores says that there is one. First the rooms are
// entered again, those with keys first, as many in a line as the server takes; of each
// room that took the user back the missed messages are asked for.
//
//	JOIN #cabin,#deck,#quay sesame
//	CHATHISTORY AFTER #deck timestamp=2024-01-02T03:04:05.678Z 100
func (s *state) restore() wire.Message {
	if rooms := s.toEnter(); len(rooms) > 0 {
		return s.rejoin(rooms)
	}
	c := s.entered[0]
	s.entered = s.entered[1:]
	from := "timestamp=" + published(c.lastTime)
	if c.lastID != "" {
		from = "msgid=" + c.lastID
	}
	return wire.New("CHATHISTORY", "AFTER", c.name, from, strconv.Itoa(s.historyLimit(missedMessages)))
}

// missedMessages is how many messages of a room are asked for after a reconnect.
const missedMessages = 100

// restores tells whether restore has a line.
func (s *state) restores() bool { return len(s.entered) > 0 || len(s.toEnter()) > 0 }

// toEnter are the rooms of before that no line has gone out for.
func (s *state) toEnter() []*channel {
	var rooms []*channel
	for _, c := range s.missed {
		if !c.asked {
			rooms = append(rooms, c)
		}
	}
	return rooms
}

// rejoin returns a line that enters some of these rooms again.
func (s *state) rejoin(rooms []*channel) wire.Message {
	slices.SortFunc(rooms, func(a, b *channel) int {
		switch {
		case a.key != "" && b.key == "":
			return -1
		case a.key == "" && b.key != "":
			return 1
		}
		return cmp.Compare(a.name, b.name)
	})
	atOnce := s.atOnce
	if atOnce == 0 {
		atOnce = maxJoinNames
	}
	var names, keys []string
	length := 0
	for _, c := range rooms {
		length += len(c.name) + len(c.key) + 2
		if len(names) > 0 && (length > maxJoinLine || len(names) >= atOnce) {
			break
		}
		c.asked = true
		names = append(names, c.name)
		if c.key != "" {
			keys = append(keys, c.key)
		}
	}
	params := []string{strings.Join(names, ",")}
	if len(keys) > 0 {
		params = append(params, strings.Join(keys, ","))
	}
	return wire.New("JOIN", params...)
}

// Bounds of a JOIN line: what fits in 512 bytes, and what servers take that say
// nothing of it.
const (
	maxJoinLine  = 400
	maxJoinNames = 10
)

// returned notes that the user is in a room of before again.
func (s *state) returned(name string) {
	folded := s.support.fold(name)
	before := s.missed[folded]
	if before == nil {
		return
	}
	delete(s.missed, folded)
	c := s.channel(name)
	if c == nil {
		return
	}
	c.key, c.lastID, c.lastTime = before.key, before.lastID, before.lastTime
	if s.caps["draft/chathistory"] && !c.lastTime.IsZero() {
		s.entered = append(s.entered, before)
	}
}

// toRestore are the rooms that a next connection has to enter: those of this one,
// and those that it did not come to enter again.
func (s *state) toRestore() map[string]*channel {
	rooms := s.channels
	for folded, c := range s.missed {
		if rooms[folded] == nil && len(rooms) < maxChannels {
			rooms[folded] = c
		}
	}
	for _, c := range rooms {
		c.members, c.asked = nil, false
	}
	return rooms
}

// historyLimit is how many messages may be asked for at once.
func (s *state) historyLimit(wish int) int {
	if s.support.history > 0 {
		return min(wish, s.support.history)
	}
	return wish
}

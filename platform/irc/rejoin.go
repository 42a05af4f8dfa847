package irc

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// restore returns the next line that brings back what there was before the
// connection was lost, when restores says that there is one. First the rooms are
// entered again, those with keys first, as many in a line as the server takes; of each
// room that took the user back the missed messages are asked for.
//
//	JOIN #cabin,#deck,#quay sesame
//	CHATHISTORY AFTER #deck timestamp=2024-01-02T03:04:05.678Z 100
func (s *state) restore(now time.Time) wire.Message {
	if rooms := s.toEnter(now); len(rooms) > 0 {
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

// restores reports whether restore has a line.
func (s *state) restores(now time.Time) bool { return len(s.entered) > 0 || len(s.toEnter(now)) > 0 }

// toEnter are the rooms of before that a line may go out for, and none has.
func (s *state) toEnter(now time.Time) []*channel {
	var rooms []*channel
	for _, c := range s.missed {
		if !c.asked && !now.Before(c.retry) {
			rooms = append(rooms, c)
		}
	}
	return rooms
}

// nextRetry is when the first of the rooms that are held back may be entered; the
// zero time: none is.
func (s *state) nextRetry() time.Time {
	var first time.Time
	for _, c := range s.missed {
		if !c.asked && !c.retry.IsZero() && (first.IsZero() || c.retry.Before(first)) {
			first = c.retry
		}
	}
	return first
}

// Waits before a room that is held back for the moment is tried again, the first
// and the longest.
const (
	firstRoomRetry = 10 * time.Second
	lastRoomRetry  = 5 * time.Minute
)

// notReturned follows an error about a room that is being entered again. A room
// that is only held back for a moment, as after a netsplit, is tried again later;
// of all others clients are told, and they are not waited for.
//
//	:irc.example.net 437 mara #deck :Nick/channel is temporarily unavailable
//	:irc.example.net 470 mara #deck ##deck :Forwarding to another channel
//	:irc.example.net FAIL JOIN NEED_REGISTRATION #deck :You must log in first
func (s *state) notReturned(m *wire.Message) bool {
	if s.verdict != unrelated || !isError(m) {
		return false
	}
	for _, name := range s.about(m) {
		c := s.missed[s.support.fold(name)]
		switch {
		case c == nil:
			continue
		case m.Command == "403":
			return false // refusal tells of it in another form
		case m.Command == "437":
			c.wait = min(max(2*c.wait, firstRoomRetry), lastRoomRetry)
			c.asked, c.retry = false, s.clock().Add(c.wait)
		default:
			s.roomRefusal(s.nick, name, refusalText(m).Error())
		}
		return true
	}
	return false
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
		c.members, c.asked, c.retry, c.wait = nil, false, time.Time{}, 0
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

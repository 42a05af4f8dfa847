package irc

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/server/platform/irc/wire"
)

// rejoin returns the lines that enter the rooms of before again, those with keys
// first: "JOIN #cabin,#deck,#quay sesame". atOnce is how many rooms a line may
// have (TARGMAX, as the server said before); 0: not said.
func (s *state) rejoin(atOnce int) []wire.Message {
	rooms := make([]*channel, 0, len(s.missed))
	for _, c := range s.missed {
		rooms = append(rooms, c)
	}
	slices.SortFunc(rooms, func(a, b *channel) int {
		if (a.key != "") != (b.key != "") {
			if a.key != "" {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.name, b.name)
	})
	if atOnce == 0 {
		atOnce = maxJoinNames
	}
	var lines []wire.Message
	var names, keys []string
	length := 0
	flush := func() {
		if len(names) == 0 {
			return
		}
		params := []string{strings.Join(names, ",")}
		if len(keys) > 0 {
			params = append(params, strings.Join(keys, ","))
		}
		lines = append(lines, wire.New("JOIN", params...))
		names, keys, length = nil, nil, 0
	}
	for _, c := range rooms {
		length += len(c.name) + len(c.key) + 2
		if length > maxJoinLine || len(names) >= atOnce {
			flush()
			length = len(c.name) + len(c.key) + 2
		}
		names = append(names, c.name)
		if c.key != "" {
			keys = append(keys, c.key)
		}
	}
	flush()
	return lines
}

// Bounds of a JOIN line: what fits in 512 bytes, and what servers take that say
// nothing of it.
const (
	maxJoinLine  = 400
	maxJoinNames = 10
)

// askMissed asks for what was said in a room while the connection was lost, where
// the server remembers it:
//
//	CHATHISTORY AFTER #deck timestamp=2024-01-02T03:04:05.678Z 100
func (s *state) askMissed(name string) {
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
	if !s.caps["draft/chathistory"] || c.lastTime.IsZero() {
		return
	}
	from := "timestamp=" + published(c.lastTime)
	if c.lastID != "" {
		from = "msgid=" + c.lastID
	}
	s.out.replies = append(s.out.replies, wire.New("CHATHISTORY", "AFTER", name, from, strconv.Itoa(s.historyLimit(missedMessages))))
}

// missedMessages is how many messages are asked for after a reconnect.
const missedMessages = 100

// historyLimit is how many messages may be asked for at once.
func (s *state) historyLimit(wish int) int {
	if s.support.history > 0 {
		return min(wish, s.support.history)
	}
	return wish
}

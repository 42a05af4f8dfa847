package irc

import (
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// isError tells an error from other replies: 4xx and 5xx (RFC 2812, section 5.2),
// FAIL (IRCv3 standard replies), and the few that servers have put elsewhere.
func isError(m *wire.Message) bool {
	switch m.Command {
	case "FAIL":
		return true
	case "422": // there is no message of the day: nobody has asked for one
		return false
	}
	return len(m.Command) == 3 && (m.Command[0] == '4' || m.Command[0] == '5') || slices.Contains(strayErrors, m.Command)
}

// strayErrors are the errors that are neither 4xx nor 5xx: a command is to be
// tried later, targets change too fast, somebody takes messages of few people
// only, a privilege is missing, a mode or a topic is locked, a room is forbidden,
// a word is censored, a command cannot be done.
var strayErrors = []string{"263", "707", "716", "723", "742", "744", "926", "936", "972"}

func isNumeric(m *wire.Message) bool { return m.Command[0] >= '0' && m.Command[0] <= '9' }

// refuses reports whether a line, come between a command about name and its
// barrier, refuses it. No list of numerics decides, since servers have more than
// anybody knows, but what the error is about: name, the command, or nothing else.
//
//	:irc.example.net 474 mara #deck :Cannot join channel (+b)
//	:irc.example.net 461 mara JOIN :Not enough parameters
//	:irc.example.net 492 mara :Cannot send to user otto (+C)
//	:irc.example.net FAIL JOIN NEED_REGISTRATION #deck :You must log in first
//	:irc.example.net 401 mara otto :No such nick/channel        nothing that #deck minds
func (s *state) refuses(m *wire.Message, command, name string) bool {
	if !isError(m) {
		return false
	}
	about := s.about(m)
	_, bare := s.support.status(name)
	if slices.ContainsFunc(about, func(param string) bool { return s.support.same(param, name) || s.support.same(param, bare) }) {
		return true
	}
	if m.Command == "FAIL" {
		return (m.Param(0) == "*" || strings.EqualFold(m.Param(0), command)) && !slices.ContainsFunc(about, s.support.isRoom)
	}
	return len(about) == 0 || strings.EqualFold(about[0], command)
}

// about are the parameters of an error between whom it is for, or the command
// and the code of FAIL, and its text, which some servers leave out.
func (s *state) about(m *wire.Message) []string {
	first, last := 1, len(m.Params)-1
	if m.Command == "FAIL" {
		first = 2
	}
	if last == first && !m.Text && s.support.isRoom(m.Last()) {
		last++
	}
	return m.Params[min(first, len(m.Params)):max(min(first, len(m.Params)), last)]
}

// refusalText is what a server says of a command that it refuses.
func refusalText(m *wire.Message) error {
	text := trimEnd(m.Last())
	switch {
	case m.Command == "403":
		return platform.Plain("no such channel " + m.Param(1))
	case text == "" || len(m.Params) < 2 || isNumeric(m) && len(m.Params) == 2 && !m.Text:
		return platform.Plain("refused by the server (" + m.Command + ")")
	}
	return platform.Plain(text)
}

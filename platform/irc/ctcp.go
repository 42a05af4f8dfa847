package irc

import (
	"strings"
	"time"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// parseCTCP reads a text between \x01 bytes, of which the second may be missing:
// "\x01ACTION waves\x01". A plus sign in front is what servers once added
// (identify-msg).
func parseCTCP(text string) (command, args string, ok bool) {
	body, ok := strings.CutPrefix(strings.TrimPrefix(text, "+"), "\x01")
	if !ok {
		return "", "", false
	}
	body = strings.TrimSuffix(body, "\x01")
	command, args, _ = strings.Cut(body, " ")
	return strings.ToUpper(command), strings.TrimLeft(args, " "), command != ""
}

// ctcp is a text as a CTCP message.
func ctcp(command, args string) string {
	if args == "" {
		return "\x01" + command + "\x01"
	}
	return "\x01" + command + " " + args + "\x01"
}

// ctcpEvery is how often a CTCP request is answered at most, so that nobody can
// make the user flood a server.
const ctcpEvery = 5 * time.Second

type ctcpLimit struct{ last time.Time }

// answerCTCP answers a request to the user himself. What is asked in a room, and
// what is neither VERSION, PING nor TIME, is passed over; nothing is shown.
//
//	:otto!~o@quay.example PRIVMSG mara :\x01PING 17\x01  →  NOTICE otto :\x01PING 17\x01
func (s *state) answerCTCP(m *wire.Message, command, args string) {
	if !s.isOwn(m.Param(0)) || s.isOwn(m.Nick()) || s.isServer(m.Source) || checkName(m.Nick(), "") != nil {
		return
	}
	now := s.clock()
	switch command {
	case "VERSION":
		args = "Sockethub"
	case "PING":
		args = args[:min(len(args), 64)]
	case "TIME":
		args = now.UTC().Format(time.RFC1123)
	default:
		return
	}
	if now.Sub(s.ctcp.last) < ctcpEvery {
		return
	}
	s.ctcp.last = now
	s.out.replies = append(s.out.replies, wire.NewText("NOTICE", m.Nick(), ctcp(command, args)))
}

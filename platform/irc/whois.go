package irc

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// whois asks what the network tells of somebody (RFC 2812, section 3.6.2). The
// answer goes to who asks alone.
//
//	{"type":"query",…,"target":{"id":"otto@irc.example.net","type":"person","name":"otto"},"object":{"type":"profile"}}
//	> WHOIS otto
//	< :irc.example.net 311 mara otto ~o quay.example * :Otto Quay
//	< :irc.example.net 319 mara otto :@#deck
//	< :irc.example.net 318 mara otto :End of /WHOIS list.
//	{"type":"query",…,"object":{"type":"profile","nickname":"otto","name":"Otto Quay","username":"~o","host":"quay.example",
//	 "rooms":[{"type":"room","id":"irc.example.net/#deck","name":"#deck","role":"owner"}],"presence":"online"}}
func (l *login) whois(ctx context.Context, job platform.Job) (*activity.Object, error) {
	var s *state
	nick := ""
	if err := l.snapshot(func(now *state) { s, nick = now, now.targetName(job.Activity.Object("target")) }); err != nil {
		return nil, err
	}
	if err := checkName(nick, "name of the target"); err != nil {
		return nil, err
	}
	if s.support.isRoom(nick) {
		return nil, platform.Plain("a room has no profile")
	}
	found := newProfile()
	w := &wait{session: job.Session, last: func() error {
		if !found.known {
			return platform.Plain("the server tells nothing of " + nick)
		}
		return nil
	}}
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		case m.Command == "318" && s.support.same(m.Param(1), nick):
			s.settle(w, w.end())
			return explained
		case found.take(s, m, nick):
			return explained
		case s.refuses(m, "WHOIS", nick):
			w.refused = refusalText(m) // the end of the list is still to come
			return explained
		}
		return unrelated
	}
	if err := l.command(ctx, w, group{wire.New("WHOIS", nick)}); err != nil {
		return nil, err
	}
	job.Activity.Set("object", found.object())
	return job.Activity, nil
}

// profile is what was told of somebody.
type profile struct {
	known bool // there is somebody of that name
	facts *activity.Object
	rooms []any
	bytes int // about what the rooms take
}

func newProfile() *profile {
	return &profile{facts: object("type", "profile")}
}

// maxRooms bounds what is told of the rooms of one person, in bytes.
const maxRooms = 64 << 10

// take reads a line about nick, and reports whether it was one.
func (p *profile) take(s *state, m *wire.Message, nick string) bool {
	if len(m.Params) < 3 || !s.support.same(m.Param(1), nick) {
		return false
	}
	text := kept(trimEnd(m.Last()))
	switch m.Command {
	case "301": // RPL_AWAY
		p.facts.Set("presence", "away")
		p.facts.Set("content", text)
	case "311": // RPL_WHOISUSER
		p.known = true
		p.facts.Set("nickname", kept(m.Param(1)))
		p.facts.Set("name", text)
		p.facts.Set("username", kept(m.Param(2)))
		p.facts.Set("host", kept(m.Param(3)))
	case "312": // RPL_WHOISSERVER
		p.facts.Set("server", kept(m.Param(2)))
	case "313": // RPL_WHOISOPERATOR
		p.facts.Set("operator", true)
	case "317": // RPL_WHOISIDLE: seconds, and on most servers since when
		p.idle(m)
	case "319": // RPL_WHOISCHANNELS
		p.addRooms(s, m.Last())
	case "330": // who is logged in as
		p.facts.Set("account", kept(m.Param(2)))
	case "338": // where somebody really is, for himself and operators
		if a, err := netip.ParseAddr(m.Params[len(m.Params)-2]); err == nil {
			p.facts.Set("ip", a.String())
		}
	case "671", "275": // RPL_WHOISSECURE, on ngIRCd RPL_WHOISSSL
		p.facts.Set("secure", true)
	default:
		return false
	}
	return true
}

// idle reads ":irc.example.net 317 mara otto 90 1717243200 :seconds idle, signon time".
func (p *profile) idle(m *wire.Message) {
	if seconds, err := strconv.ParseUint(m.Param(2), 10, 31); err == nil {
		p.facts.Set("idleSeconds", int(seconds))
	}
	if since, err := strconv.ParseUint(m.Param(3), 10, 32); err == nil && len(m.Params) > 4 {
		p.facts.Set("signedOn", published(time.Unix(int64(since), 0)))
	}
}

// addRooms takes "@#deck +#quay #tide".
func (p *profile) addRooms(s *state, list string) {
	for entry := range strings.FieldsSeq(list) {
		// Some signs of members are first letters of rooms as well: in +#deck it is a sign.
		name := entry
		for len(name) > 1 && strings.IndexByte(s.support.signs, name[0]) >= 0 && s.support.isRoom(strings.TrimLeft(name, s.support.signs)) {
			name = name[1:]
		}
		size := 2*len(name) + len(s.server) + 80
		if !s.support.isRoom(name) || len(name) > maxKept || size > maxRooms-p.bytes {
			continue
		}
		p.bytes += size
		_, modes := s.support.name(strings.TrimSuffix(entry, name))
		room := s.room(strings.Clone(name))
		room.Set("role", s.support.role(modes))
		p.rooms = append(p.rooms, room)
	}
}

// object is the profile as clients get it.
func (p *profile) object() *activity.Object {
	if len(p.rooms) > 0 {
		p.facts.Set("rooms", p.rooms)
	}
	if p.facts.Get("presence") == nil {
		p.facts.Set("presence", "online")
	}
	return p.facts
}

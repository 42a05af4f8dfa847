package irc

import (
	"context"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// query asks the server something. What it finds goes to who asks alone.
func (l *login) query(ctx context.Context, job platform.Job) (*activity.Object, error) {
	o, target := job.Activity.Object("object"), job.Activity.Object("target")
	if err := checkLines(target.Text("name"), target.Text("id")); err != nil {
		return nil, err
	}
	switch kind, ok := o.Get("type").(string); {
	case !ok:
		return nil, platform.Plain("the message has no object with a type")
	case kind == "attendance":
		return nil, l.attendance(ctx, job)
	case kind == "history":
		return l.history(ctx, job)
	case kind == "profile":
		return l.whois(ctx, job)
	default:
		return nil, platform.Plain("unknown 'type' '" + kind + "'")
	}
}

// attendance lists who is in a room: a presence for each, and at the end of the
// list all of them.
//
//	> NAMES #deck
//	< :irc.example.net 353 mara = #deck :mara @otto
//	< :irc.example.net 366 mara #deck :End of /NAMES list.
//	→ {"type":"query","actor":{"type":"room","id":"irc.example.net/#deck","name":"#deck"},…,
//	   "object":{"type":"attendance","members":[{"type":"person","id":"otto@irc.example.net","name":"otto","role":"owner"},…]}}
func (l *login) attendance(ctx context.Context, job platform.Job) error {
	var s *state
	name := ""
	listed := true
	err := l.snapshot(func(now *state) {
		s, name = now, now.queriedRoom(job.Activity.Object("target"))
		if c := s.channel(name); c != nil {
			listed = c.listed
		}
	})
	if err != nil {
		return err
	}
	if name == "" {
		return platform.Plain("cannot query attendance without a valid channel name")
	}
	if err := checkName(name, "name of the room"); err != nil {
		return err
	}
	members := newMemberList()
	w := &wait{session: job.Session, last: success}
	// Whoever has just come in is still being told who is there: the first end of
	// a list is the end of that one. Should it be of ours after all, since the
	// server tells nobody, the barrier is next.
	other := !listed
	old := false // members is of the list before
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		case m.Command == "353" && s.support.same(m.Param(2), name):
			if old {
				members, old = newMemberList(), false
			}
			members.add(s, m.Last())
			if other {
				return unrelated
			}
			return private
		case m.Command == "366" && s.support.same(m.Param(1), name):
			if other {
				other, old = false, true
				return unrelated
			}
			s.settle(w, nil)
			return private
		case s.refuses(m, "NAMES", name):
			s.settle(w, refusalText(m))
			return explained
		}
		return unrelated
	}
	if err := l.command(ctx, w, group{wire.New("NAMES", name)}); err != nil {
		return err
	}
	l.client.host.EventTo(job.Session, object("@context", l.canonical, "type", "query", "actor", s.room(name),
		"target", s.person(l.nick()), "object", members.object()))
	return nil
}

// memberList is the list of a room's members in one answer.
type memberList struct {
	people []any
	listed map[string]*listedMember // by folded nick
	bytes  int                      // about what they take
	total  int                      // with those that the list has no room for
}

type listedMember struct {
	person *activity.Object
	modes  string
}

func newMemberList() *memberList {
	return &memberList{people: []any{}, listed: map[string]*listedMember{}}
}

// maxListed bounds the list, in bytes: a frame must hold it, which has 1 MiB.
const maxListed = 800 << 10

// add takes the names of one line.
func (list *memberList) add(s *state, names string) {
	for _, entry := range s.support.names(names) {
		folded := s.support.fold(entry.nick)
		if m := list.listed[folded]; m != nil { // in a line before
			m.modes = sortModes(m.modes + entry.modes)
			m.person.Set("role", s.support.role(m.modes))
			continue
		}
		list.total++
		size := 2*len(entry.nick) + len(s.server) + 80
		if len(entry.nick) > maxNick || size > maxListed-list.bytes {
			continue
		}
		list.bytes += size
		person := s.person(strings.Clone(entry.nick))
		person.Set("role", s.support.role(entry.modes))
		list.people = append(list.people, person)
		list.listed[folded] = &listedMember{person, entry.modes}
	}
}

// object is the list as clients get it: where it is cut it says of how many.
func (list *memberList) object() *activity.Object {
	o := object("type", "attendance", "members", list.people)
	if list.total > len(list.people) {
		o.Set("totalItems", list.total)
	}
	return o
}

func (l *login) nick() string {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	return l.known
}

// queriedRoom is the room that a query is about, "" for none: target.name if that
// is one, else what stands behind the first slash of target.id.
func (s *state) queriedRoom(target *activity.Object) string {
	isRoom := s.support.isRoom
	if !s.support.known {
		isRoom = func(name string) bool { return strings.HasPrefix(name, "#") }
	}
	if name := target.Text("name"); isRoom(name) {
		return name
	}
	name := target.Text("id")
	if _, rest, ok := strings.Cut(name, "/"); ok {
		name = rest
	}
	if isRoom(name) {
		return name
	}
	return ""
}

package irc

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// bouncerSettings say for how long a connection is kept for a user who is not
// there, and how much of what is said meanwhile.
type bouncerSettings struct {
	linger   time.Duration // 0: there is no bouncer
	messages int
	bytes    int
}

// readBouncer reads {"lingerSeconds":86400,"messages":500,"bytes":262144}.
func readBouncer(value any) (bouncerSettings, error) {
	b := bouncerSettings{messages: 500, bytes: 256 << 10}
	o, ok := value.(*activity.Object)
	if !ok {
		return b, errors.New("bouncer must be an object")
	}
	for i := range o.Len() {
		name, value := o.Member(i)
		n, isNumber := value.(float64)
		whole := isNumber && n == math.Trunc(n)
		switch name {
		case "lingerSeconds":
			b.linger = time.Duration(n) * time.Second
			ok = whole && n >= 0 && n <= maxLingerSeconds
		case "messages":
			b.messages = int(n)
			ok = whole && n >= 1 && n <= 10_000
		case "bytes":
			b.bytes = int(n)
			ok = whole && n >= 1024 && n <= 16<<20
		default:
			return b, fmt.Errorf("bouncer.%s is no key of this platform", name)
		}
		if !ok {
			return b, fmt.Errorf("bouncer.%s has a wrong value", name)
		}
	}
	return b, nil
}

const maxLingerSeconds = 365 * 24 * 60 * 60

// backlog is what was said last, in all rooms and to and by the user himself: the
// memory of the bouncer. All its methods may be called of a nil one, which
// remembers nothing. Who has it holds the client's lock.
//
// Where the server gives messages no ids, the backlog does, so that a client can
// ask for what came after the last one that it has.
type backlog struct {
	settings bouncerSettings
	prefix   string // of ids, so that they differ from those of another worker's life
	count    uint64 // ids given
	said     []utterance
	bytes    int
}

// utterance is an activity of type send.
type utterance struct {
	with string // the room's or the other person's name, folded
	id   string
	at   time.Time
	json []byte // without "@context"
}

// newBacklog returns the backlog for a user, nil where there is none: without a
// secret nobody could tell the user who comes back from another.
func newBacklog(s bouncerSettings, c *credentials) *backlog {
	if s.linger == 0 || c.secret == "" {
		return nil
	}
	return &backlog{settings: s, prefix: rand.Text()[:8]}
}

// nextID is an id for a message that has none, "" for none.
func (b *backlog) nextID() string {
	if b == nil {
		return ""
	}
	b.count++
	return b.prefix + "-" + strconv.FormatUint(b.count, 10)
}

// add remembers what was said in a conversation, in place of the oldest.
func (b *backlog) add(with string, a *activity.Object, at time.Time) {
	if b == nil {
		return
	}
	bare := a.Copy()
	bare.Delete("@context")
	u := utterance{with: with, id: strings.Clone(a.Object("object").Text("id")), at: at.Truncate(time.Millisecond), json: activity.AppendJSON(nil, bare)}
	b.said = append(b.said, u)
	b.bytes += u.size()
	for len(b.said) > b.settings.messages || b.bytes > b.settings.bytes {
		b.bytes -= b.said[0].size()
		b.said[0] = utterance{}
		b.said = b.said[1:]
	}
}

// size is about what an utterance costs.
func (u *utterance) size() int { return len(u.json) + len(u.with) + len(u.id) + 96 }

// find returns at most limit utterances of a conversation, of all where with is
// "", between two points of which either may be "": the first behind after, else
// the last before before.
func (b *backlog) find(with, before, after string, limit int) ([]utterance, error) {
	from, err := b.position(after, true)
	if err != nil {
		return nil, err
	}
	to, err := b.position(before, false)
	if err != nil {
		return nil, err
	}
	var found []utterance
	for i, u := range b.said {
		if (with == "" || u.with == with) && from.isBefore(i, u.at) && to.isBehind(i, u.at) {
			found = append(found, u)
		}
	}
	switch {
	case len(found) <= limit:
		return found, nil
	case after != "":
		return found[:limit], nil
	}
	return found[len(found)-limit:], nil
}

// position is a point in the backlog: a time, or the index of a message.
type position struct {
	at    time.Time
	index int
}

func (p position) isBefore(i int, at time.Time) bool {
	return p.index < i && (p.at.IsZero() || p.at.Before(at))
}

func (p position) isBehind(i int, at time.Time) bool {
	return p.index > i && (p.at.IsZero() || p.at.After(at))
}

// position finds a point; "" is in front of all, or behind all.
func (b *backlog) position(point string, front bool) (position, error) {
	p := position{index: len(b.said)}
	if front {
		p.index = -1
	}
	if point == "" {
		return p, nil
	}
	if at, err := time.Parse(time.RFC3339, point); err == nil {
		p.at = at
		return p, nil
	}
	for i := range b.said {
		if b.said[i].id == point {
			p.index = i
			return p, nil
		}
	}
	return p, platform.Plain("no message with this id is remembered")
}

// remembered answers a query for history from the backlog: with the usual
// activities, the oldest first, to who asks alone. It returns how many.
func (l *login) remembered(session, name string, o *activity.Object) (int, error) {
	var found []utterance
	var problem error
	if err := l.snapshot(func(s *state) {
		with := ""
		if name != "" {
			with = s.support.fold(name)
		}
		found, problem = l.backlog.find(with, o.Text("before"), o.Text("after"), wishedHistory(o))
	}); err != nil {
		return 0, err
	}
	if problem != nil {
		return 0, problem
	}
	for _, u := range found {
		a, err := activity.ParseObject(u.json)
		if err != nil {
			return 0, fmt.Errorf("read a remembered message: %w", err)
		}
		a.Set("@context", l.canonical)
		l.client.host.EventTo(session, a)
	}
	return len(found), nil
}

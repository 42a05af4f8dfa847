package irc

import (
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// state is what is known of a connection, and turns its lines into activities.
// It does no I/O: what is to be told and answered stands in out. Who has it
// holds the client's lock.
type state struct {
	server    string // as the credentials name it: part of every id
	canonical []any  // "@context"
	host      string // of the server itself, from its first numeric
	clock     func() time.Time

	nick      string // as the server says; "" before 001
	user      string // as others see the user
	userHost  string
	support   isupport
	caps      map[string]bool
	capValues map[string]string
	channels  map[string]*channel // by folded name
	members   int                 // of all channels
	topics    map[string]string   // 332 that waits for 333 or 366, by folded name
	motd      []string
	motdSize  int
	batches   map[string]*batch
	opened    int    // batches so far
	closed    string // label of the batch that the line at hand ended
	jobs      []*wait
	missed    map[string]*channel // rooms of before the connection was lost, by folded name
	entered   []*channel          // those of them whose missed messages are to be asked for
	atOnce    int                 // of them, in one line (TARGMAX as the server said before); 0: not said
	ctcp      ctcpLimit
	backlog   *backlog // the login's

	// Of the line at hand.
	now     time.Time
	account string // of who sent it
	verdict verdict
	asker   string // session that an answer is for; "" for all
	out     output
}

// output is what a line leads to.
type output struct {
	events  []event
	replies []wire.Message
}

// event is an activity for all sessions, or for one only.
type event struct {
	activity *activity.Object
	only     string
}

func newState(server string, canonical []any) *state {
	return &state{
		server: server, canonical: canonical, clock: time.Now, support: defaultSupport(),
		caps: map[string]bool{}, capValues: map[string]string{}, channels: map[string]*channel{},
		topics: map[string]string{}, batches: map[string]*batch{}, missed: map[string]*channel{},
	}
}

// emit tells clients of an activity, given as names and values in turn.
func (s *state) emit(pairs ...any) {
	if s.verdict == explained {
		return // who asked for it gets an answer, all others the answered job
	}
	a := s.activity(pairs...)
	s.out.events = append(s.out.events, event{a, s.asker})
}

// activity is one of the line at hand, given as names and values in turn.
func (s *state) activity(pairs ...any) *activity.Object {
	a := object(append([]any{"@context", s.canonical}, pairs...)...)
	if _, dated := a.Lookup("published"); !dated {
		a.Set("published", published(s.now))
	}
	return a
}

// sender is who sent the line, as actor.
func (s *state) sender(m *wire.Message) *activity.Object {
	a := s.person(m.Nick())
	if s.account != "" {
		a.Set("account", s.account)
	}
	return a
}

func (s *state) isOwn(nick string) bool { return s.nick != "" && s.support.same(nick, s.nick) }

// handle follows one line. The caller takes what is in out.
func (s *state) handle(m *wire.Message) output {
	s.begin(m)
	if s.collect(m) {
		return s.finish(m)
	}
	s.verdict, s.asker = s.judge(m)
	if m.Command == "PRIVMSG" || m.Command == "NOTICE" || !s.oldMessage(m) {
		s.translate(m)
	} // who came and went in old times changes nothing
	return s.finish(m)
}

// begin prepares for a line: its time and who sent it.
func (s *state) begin(m *wire.Message) {
	s.out, s.verdict, s.asker = output{}, unrelated, ""
	s.now = s.clock()
	if t, err := time.Parse(time.RFC3339, m.Tag("time")); err == nil {
		s.now = t
	}
	s.account = m.Tag("account")
	if s.account == "" && s.caps["account-notify"] {
		s.account = s.accountOf(m.Nick(), m.Param(0))
	}
}

func (s *state) finish(m *wire.Message) output {
	s.barrier(m)
	return s.out
}

// translate changes what is known and tells clients, as the command says.
func (s *state) translate(m *wire.Message) {
	switch m.Command {
	case "PING":
		s.out.replies = append(s.out.replies, wire.NewText("PONG", m.Last()))
	case "PRIVMSG":
		s.privmsg(m)
	case "NOTICE":
		s.notice(m)
	case "JOIN":
		s.join(m)
	case "PART":
		s.part(m)
	case "KICK":
		s.kick(m)
	case "QUIT":
		s.quit(m)
	case "NICK":
		s.rename(m)
	case "TOPIC":
		s.topic(m)
	case "MODE":
		s.mode(m)
	case "INVITE":
		s.invite(m)
	case "AWAY":
		s.away(m)
	case "ACCOUNT":
		s.accountChange(m)
	case "CHGHOST":
		if s.isOwn(m.Nick()) {
			s.user, s.userHost = m.Param(0), m.Param(1)
		}
	case "CAP":
		s.capChange(m)
	case "WARN", "NOTE", "FAIL":
		s.standardReply(m)
	default:
		s.numeric(m)
	}
}

// numeric follows a reply of three digits; all others are not known.
func (s *state) numeric(m *wire.Message) {
	switch m.Command {
	case "005":
		mapping := s.support.mapping
		s.support.learn(m)
		if s.support.mapping != mapping {
			s.refold()
		}
	case "301":
		if s.verdict != explained { // else it is part of a profile, and no news in a conversation
			s.awayReply(m)
		}
	case "332":
		s.topicText(m)
	case "333":
		s.topicSetter(m)
	case "352":
		s.who(m)
	case "353":
		s.names(m)
	case "354":
		s.whox(m)
	case "366":
		s.flushTopic(m.Param(1), s.service(), "")
		if c := s.channel(m.Param(1)); c != nil {
			c.listed = true
		}
	case "372":
		s.motdLine(m)
	case "376", "422":
		s.motdEnd()
	case "396": // RPL_VISIBLEHOST
		if host := m.Param(1); host != "" {
			_, user, name := wire.SplitSource("x!" + host)
			if name == "" {
				name = host
			} else {
				s.user = user
			}
			s.userHost = name
		}
	default:
		s.refusal(m)
	}
}

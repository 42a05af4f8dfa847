package irc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// speech is a text to be said.
type speech struct {
	command string // PRIVMSG or NOTICE
	action  bool
	text    string
}

// parseSpeech reads what a user typed: "/me waves", "/notice tide is turning", a
// text, or "//me" for a text that begins with "/me".
func parseSpeech(text string) speech {
	word, rest := text, ""
	if i := strings.IndexFunc(text, isBlank); i >= 0 {
		word, rest = text[:i], text[i:]
	}
	switch strings.ToLower(word) {
	case "/me":
		return speech{"PRIVMSG", true, strings.TrimFunc(rest, isBlank)}
	case "/notice":
		return speech{"NOTICE", false, strings.TrimFunc(rest, isBlank)}
	case "//me", "//notice":
		text = text[1:]
	}
	return speech{"PRIVMSG", false, strings.TrimFunc(text, isBlank)}
}

// errNotJoined is what the reference says of a room that the user is not in.
const errNotJoined = platform.Plain("cannot send message to a channel of which you've not first joined.")

// send says something to a room or to a person:
//
//	{"type":"send",…,"target":{"id":"irc.example.net/#deck","type":"room","name":"#deck"},
//	 "object":{"type":"message","content":"the ferry leaves at nine"}}
//	> PRIVMSG #deck :the ferry leaves at nine
//
// A text of several or long lines becomes several messages, or one where the
// server has draft/multiline and takes as much at once. With echo-message the answer tells the id and the
// time that the message has for everybody: object.id and published.
func (l *login) send(ctx context.Context, job platform.Job) (*activity.Object, error) {
	a := job.Activity
	target, o := a.Object("target"), a.Object("object")
	content, ok := o.Get("content").(string)
	if err := checkLines(a.Object("actor").Text("name"), target.Text("name"), strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\n", "")); err != nil {
		return nil, err
	}
	if !ok {
		return nil, platform.Plain("cannot send message with no object.content")
	}
	if strings.IndexByte(content, 0) >= 0 {
		return nil, platform.Plain("the text must not contain NUL characters")
	}
	said := parseSpeech(strings.ReplaceAll(content, "\r\n", "\n"))
	var m outgoing
	var problem error
	if err := l.snapshot(func(s *state) { m, problem = s.compose(target, said, o.Text("inReplyTo")) }); err != nil {
		return nil, err
	}
	if problem != nil {
		return nil, problem
	}
	if err := l.fits(ctx, len(m.groups)); err != nil {
		return nil, err
	}
	w := m.wait(job.Session)
	if err := l.command(ctx, w, m.groups...); err != nil {
		return nil, err
	}
	l.remember(&m)
	if m.id != "" {
		o.Set("id", m.id)
	}
	if !m.at.IsZero() {
		a.Set("published", published(m.at))
	}
	return a, nil
}

// remember makes the bouncer remember what the user said himself.
func (l *login) remember(m *outgoing) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	if l.backlog == nil {
		return
	}
	s, at := m.state, m.at
	if at.IsZero() {
		at = s.clock()
	}
	kind := "message"
	if m.speech.action {
		kind = "me"
	}
	o := object("type", kind, "content", m.speech.text)
	if m.id != "" {
		o.Set("id", m.id)
	}
	sign, target := s.support.status(m.target)
	if sign != "" {
		o.Set("audience", s.support.audience(sign))
	}
	s.keep(target, s.activity("type", "send", "actor", s.person(s.nick), "target", s.receiver(target), "object", o, "published", published(at)), at)
	m.id = o.Text("id")
}

// outgoing is a message on its way.
type outgoing struct {
	state  *state
	speech speech
	target string
	texts  []string // of its lines, as the server will echo them
	groups []group
	id     string    // that the server gave it
	at     time.Time // likewise; zero: not said
}

// compose makes the lines of a message.
func (s *state) compose(target *activity.Object, said speech, inReplyTo string) (outgoing, error) {
	m := outgoing{state: s, speech: said, target: s.targetName(target)}
	if m.target == "" {
		return m, platform.Plain("cannot send message without a target name")
	}
	if err := checkName(m.target, "name of the target"); err != nil {
		return m, err
	}
	if _, room := s.support.status(m.target); s.support.isRoom(room) && s.channel(room) == nil {
		if s.missed[s.support.fold(room)] != nil {
			return m, platform.Plain("reconnected, but not back in " + room + " yet")
		}
		return m, errNotJoined
	}
	lines := textLines(said.text)
	if said.action && len(lines) == 0 {
		lines = []string{""}
	}
	if len(lines) == 0 {
		return m, platform.Plain("cannot send a message without text")
	}
	cut := inFront
	var tags []wire.Tag
	if inReplyTo != "" && s.caps["message-tags"] {
		tags = []wire.Tag{{Key: "+draft/reply", Value: inReplyTo}}
	}
	budget := s.textBudget(said.command, m.target)
	if said.action {
		budget -= len("\x01ACTION \x01")
		cut = behind
	} else if whole, count := splitLines(strings.Split(said.text, "\n"), s.pieceBudget(budget), cut); count > 1 && s.caps["draft/multiline"] {
		for _, lines := range s.multilines(whole) {
			m.texts = append(m.texts, joinLines(lines))
			m.groups = append(m.groups, m.multiline(lines, tags))
		}
		return m, nil
	}
	pieces, _ := splitLines(lines, budget, cut)
	for _, line := range pieces {
		for _, text := range line {
			if said.action {
				text = ctcp("ACTION", text)
			}
			line := wire.NewText(said.command, m.target, text)
			line.Tags = tags
			m.texts = append(m.texts, text)
			m.groups = append(m.groups, group{line})
		}
	}
	return m, nil
}

// wait is how the server's answer is recognised. All of it has come when the
// barrier has: a refusal alone says nothing of the lines behind it.
func (m *outgoing) wait(session string) *wait {
	s := m.state
	w := &wait{session: session, last: success}
	w.see = func(w *wait, line *wire.Message) verdict {
		switch {
		case line.Command == m.speech.command && s.isOwn(line.Nick()) && s.support.same(line.Param(0), m.target) && m.isEcho(w, line):
			if m.id == "" {
				m.id = line.Tag("msgid")
			}
			if m.at.IsZero() && line.Tag("time") != "" {
				m.at = s.now
			}
			s.remember(line, m.target)
			return explained
		case m.refused(line):
			if w.refused == nil {
				w.refused = refusalText(line)
			}
			return explained
		}
		return unrelated
	}
	return w
}

// isEcho tells our own message from one that another client of the user's sent:
// by its label, or where there are none by a text that has not come back yet.
// Without echo-message the server sends no echo: what comes was said elsewhere,
// or to the user himself.
func (m *outgoing) isEcho(w *wait, line *wire.Message) bool {
	if w.labels {
		return w.isLabel(m.state.label(line))
	}
	if !m.state.caps["echo-message"] {
		return false
	}
	at := slices.IndexFunc(m.texts, func(text string) bool { return trimEnd(text) == trimEnd(line.Last()) })
	if at < 0 {
		return false
	}
	m.texts = slices.Delete(m.texts, at, at+1)
	return true
}

func (m *outgoing) refused(line *wire.Message) bool {
	return line.Command == "FAIL" && line.Param(0) == "BATCH" || m.state.refuses(line, m.speech.command, m.target)
}

// fits refuses a text that could not go out before the job ends.
func (l *login) fits(ctx context.Context, lines int) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil
	}
	now := time.Now()
	l.client.mu.Lock()
	delay := l.bucket.delay(lines, now)
	l.client.mu.Unlock()
	if now.Add(delay).Before(deadline) {
		return nil
	}
	return platform.Plain(fmt.Sprintf("the text is too long: its %d lines would take %d s", lines, int(delay.Seconds())))
}

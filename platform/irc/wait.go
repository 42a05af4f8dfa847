package irc

import (
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// wait is a command whose answer is waited for. Behind the command stands a
// barrier: when its echo comes, all that the server had to say of the command has
// been seen.
//
//	> JOIN #deck               > @label=sh-17 JOIN #deck        with labeled-response
//	> PING sh-17
//	< :irc.example.net 474 mara #deck :Cannot join channel (+b)
//	< :irc.example.net PONG irc.example.net :sh-17
type wait struct {
	token   string // of the barrier: unique in the life of a connection
	labels  bool   // the lines of the command are labelled
	session string // who asks; "" for nobody

	// see looks at a line, tells what it has to do with the command, and may
	// settle it.
	see func(w *wait, m *wire.Message) verdict
	// last is the outcome when the barrier comes and nothing else decided.
	last func() error

	history bool       // old messages are what it waits for
	refused error      // what the server said, where the barrier is waited for all the same
	settled bool       // outcome has its value
	outcome chan error // gets one value
}

// verdict is what a line has to do with a command that waits.
type verdict int

const (
	unrelated verdict = iota
	explained         // it is the answer: no news for anybody
	private           // it is for who asked alone
)

// judge asks the waiting commands what a line is to them.
func (s *state) judge(m *wire.Message) (verdict, string) {
	old := s.oldMessage(m)
	for _, w := range slices.Clone(s.jobs) {
		if old && !w.history {
			continue // said before, it answers nothing that is asked now
		}
		switch v := w.see(w, m); {
		case v == private:
			return private, w.session
		case v == explained:
			return explained, ""
		case isError(m) && w.isLabel(s.label(m)):
			// Whatever it is: the server says that it is the answer.
			if w.refused == nil {
				w.refused = refusalText(m)
			}
			return explained, ""
		}
	}
	return unrelated, ""
}

// isLabel reports whether a label is of a line of the command: the barrier's, or
// one with a number behind it.
func (w *wait) isLabel(label string) bool {
	rest, ok := strings.CutPrefix(label, w.token)
	return ok && (rest == "" || rest[0] == '.')
}

// label is that of the command which a line answers, by itself or in a batch.
func (s *state) label(m *wire.Message) string {
	if label := m.Tag("label"); label != "" {
		return label
	}
	if b := s.batches[m.Tag("batch")]; b != nil {
		return b.opened.Tag("label")
	}
	return ""
}

// settle ends a wait.
func (s *state) settle(w *wait, err error) {
	if w.settled {
		return
	}
	w.settled = true
	s.jobs = slices.DeleteFunc(s.jobs, func(other *wait) bool { return other == w })
	w.outcome <- err
}

// settleAll ends all waits: the connection is lost.
func (s *state) settleAll(err error) {
	for _, w := range slices.Clone(s.jobs) {
		s.settle(w, err)
	}
}

// barrier settles the wait whose barrier a line is.
func (s *state) barrier(m *wire.Message) {
	token := ""
	switch {
	case m.Command == "PONG":
		token = m.Last()
	case m.Command == "BATCH" && strings.HasPrefix(m.Param(0), "-"):
		token = s.closed
	case m.Command != "BATCH":
		token = m.Tag("label")
	}
	s.closed = ""
	if token == "" {
		return
	}
	for _, w := range slices.Clone(s.jobs) {
		if w.token == token {
			s.settle(w, w.end())
		}
	}
}

func (w *wait) end() error {
	if w.refused != nil {
		return w.refused
	}
	return w.last()
}

func success() error { return nil }

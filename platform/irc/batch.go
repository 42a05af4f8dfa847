package irc

import (
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// batch is an open IRCv3 batch.
//
//	:irc.example.net BATCH +r1 draft/multiline #deck
//	@batch=r1 :otto!~o@quay.example PRIVMSG #deck :first line
//	@batch=r1 :otto!~o@quay.example PRIVMSG #deck :second line
//	:irc.example.net BATCH -r1
type batch struct {
	kind   string
	target string
	opened wire.Message
	first  *wire.Message // of a text of several lines
	text   strings.Builder
	full   bool // the rest of the text is left out
	number int  // of batches that were opened before
}

// Limits of batches.
const (
	maxBatches   = 32
	maxMultiline = 64 << 10 // bytes of a text of several lines
)

// The kinds of batches that mean something here; the lines of all others are
// read as if they stood alone.
const (
	kindMultiline = "draft/multiline"
	kindHistory   = "chathistory"
)

// collect follows batches. It returns true for a line that waits for the end of
// its batch, or is nothing by itself.
func (s *state) collect(m *wire.Message) bool {
	if m.Command == "BATCH" {
		s.batchLine(m)
		return true
	}
	b := s.batches[m.Tag("batch")]
	if b == nil || b.kind != kindMultiline || m.Command != "PRIVMSG" && m.Command != "NOTICE" || len(m.Params) < 2 {
		return false
	}
	if b.first == nil {
		first := *m
		b.first = &first
	} else if !hasTag(m, "draft/multiline-concat") && !b.full {
		b.text.WriteByte('\n')
	}
	if b.full = b.full || b.text.Len()+len(m.Last()) > maxMultiline; !b.full {
		b.text.WriteString(m.Last())
	}
	return true
}

func hasTag(m *wire.Message, key string) bool {
	return slices.ContainsFunc(m.Tags, func(tag wire.Tag) bool { return tag.Key == key })
}

func (s *state) batchLine(m *wire.Message) {
	ref := m.Param(0)
	if name, ok := strings.CutPrefix(ref, "+"); ok {
		if name != "" {
			s.makeRoom()
			s.opened++
			s.batches[strings.Clone(name)] = &batch{kind: m.Param(1), target: m.Param(2), opened: *m, number: s.opened}
		}
		return
	}
	if name, ok := strings.CutPrefix(ref, "-"); ok && s.batches[name] != nil {
		s.endBatch(name)
	}
}

// makeRoom ends the oldest batch where there are as many as may be: the server
// has forgotten it. One that answers a job goes last.
func (s *state) makeRoom() {
	if len(s.batches) < maxBatches {
		return
	}
	answers := func(name string) bool { return s.batches[name].opened.Tag("label") != "" }
	oldest := ""
	for name, b := range s.batches {
		switch {
		case oldest == "", answers(oldest) && !answers(name):
			oldest = name
		case answers(name) == answers(oldest) && b.number < s.batches[oldest].number:
			oldest = name
		}
	}
	s.endBatch(oldest)
}

func (s *state) endBatch(name string) {
	b := s.batches[name]
	delete(s.batches, name)
	if b.kind == kindMultiline && b.first != nil {
		s.wholeMessage(b)
	}
	if b.kind == kindHistory {
		s.judge(&b.opened)
	}
	s.closed = b.opened.Tag("label")
}

// wholeMessage treats a text of several lines as one message. Its tags are those
// of the line that opened the batch.
func (s *state) wholeMessage(b *batch) {
	m := *b.first
	m.Tags = b.opened.Tags
	if b.opened.Source != "" && len(m.Tags) == 0 {
		m.Tags = b.first.Tags
	}
	m.Params = append(m.Params[:len(m.Params)-1:len(m.Params)-1], b.text.String())
	out := s.out
	closed := s.closed
	s.begin(&m)
	s.verdict, s.asker = s.judge(&m)
	s.translate(&m)
	s.out.events = append(out.events, s.out.events...)
	s.out.replies = append(out.replies, s.out.replies...)
	s.closed = closed
}

// oldMessage reports whether a line belongs to a batch of old messages.
func (s *state) oldMessage(m *wire.Message) bool {
	b := s.batches[m.Tag("batch")]
	for depth := 0; b != nil && depth < 4; depth++ {
		if b.kind == kindHistory {
			return true
		}
		b = s.batches[b.opened.Tag("batch")]
	}
	return false
}

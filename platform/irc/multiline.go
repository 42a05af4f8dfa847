package irc

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// multiline makes a batch of lines, each cut into pieces that are put together
// again by who reads them (IRCv3 multiline).
//
//	BATCH +m1 draft/multiline #deck
//	@batch=m1 PRIVMSG #deck :one
//	@batch=m1 PRIVMSG #deck :
//	@batch=m1 PRIVMSG #deck :two, which is
//	@batch=m1;draft/multiline-concat PRIVMSG #deck : long
//	BATCH -m1
func (m *outgoing) multiline(lines [][]string, tags []wire.Tag) group {
	const ref = "m1" // one at a time
	open := wire.New("BATCH", "+"+ref, kindMultiline, m.target)
	open.Tags = tags
	g := group{open}
	for _, pieces := range lines {
		for i, text := range pieces {
			part := wire.NewText(m.speech.command, m.target, text).With("batch", ref)
			if i > 0 {
				part = part.With("draft/multiline-concat", "")
			}
			g = append(g, part)
		}
	}
	return append(g, wire.New("BATCH", "-"+ref))
}

// joinLines is the text of a batch.
func joinLines(lines [][]string) string {
	texts := make([]string, len(lines))
	for i, pieces := range lines {
		texts[i] = strings.Join(pieces, "")
	}
	return strings.Join(texts, "\n")
}

// multilineLimits are what the server takes in one batch:
// "draft/multiline=max-bytes=4096,max-lines=24".
func (s *state) multilineLimits() (bytes, lines int) {
	bytes, lines = math.MaxInt, math.MaxInt
	for part := range strings.SplitSeq(s.capValues["draft/multiline"], ",") {
		key, value, _ := strings.Cut(part, "=")
		most, err := strconv.Atoi(value)
		switch {
		case err != nil || most < 1:
		case key == "max-bytes":
			bytes = most
		case key == "max-lines":
			lines = most
		}
	}
	return bytes, lines
}

// pieceBudget is what fits in a line and in a batch.
func (s *state) pieceBudget(line int) int {
	bytes, _ := s.multilineLimits()
	return max(min(line, bytes), utf8.UTFMax)
}

// multilines divides the lines of a text into batches that the server takes: one,
// where it is not too long. Blank lines stay in front of the line that they are
// in front of; a line that fits in no batch goes on in the next.
func (s *state) multilines(lines [][]string) [][][]string {
	b := batches{}
	b.mostBytes, b.mostLines = s.multilineLimits()
	first := 0
	for i, pieces := range lines {
		if pieces[0] != "" {
			b.add(lines[first : i+1])
			first = i + 1
		}
	}
	b.end()
	return b.done
}

// batches are made of lines, as many in each as it may have.
type batches struct {
	mostBytes, mostLines int

	done         [][][]string
	open         [][]string // the batch that is being made
	bytes, count int        // of it
}

// add adds lines that belong together.
func (b *batches) add(lines [][]string) {
	if len(b.open) > 0 && !b.fits(lines) {
		b.end()
	}
	for _, pieces := range lines {
		for i, text := range pieces {
			if len(b.open) > 0 && !b.fits([][]string{{text}}) {
				b.end()
			}
			if i > 0 && len(b.open) > 0 {
				last := len(b.open) - 1
				b.open[last] = append(b.open[last], text)
			} else {
				b.open = append(b.open, []string{text})
				b.bytes++ // the line break
			}
			b.bytes += len(text)
			b.count++
		}
	}
}

// fits reports whether the open batch has room for lines.
func (b *batches) fits(lines [][]string) bool {
	count := 0
	for _, pieces := range lines {
		count += len(pieces)
	}
	return b.bytes+len(joinLines(lines)) <= b.mostBytes && b.count+count <= b.mostLines
}

// end ends the open batch. One of blank lines alone is none.
func (b *batches) end() {
	if strings.TrimLeft(joinLines(b.open), "\n") != "" {
		b.done = append(b.done, b.open)
	}
	b.open, b.bytes, b.count = nil, 0, 0
}

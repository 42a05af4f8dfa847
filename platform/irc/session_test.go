package irc

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform"
)

// recording is a line of irc-session.jsonl: browsers, the platform and a server,
// as the reference was seen to behave.
type recording struct {
	ID          string
	Credentials map[string]any
	Script      []map[string]any
	Compat, See string
}

// ourSession is a line of irc-session-ours.jsonl: how we behave in a case whose
// recording shows a bug, or an accident that we do not share.
type ourSession struct {
	ID      string         `json:"id"`
	See     string         `json:"see,omitempty"`
	Lines   []string       `json:"lines"`   // of ours to the server, without registration and barriers
	Answers map[string]any `json:"answers"` // by the number of the job: its activity or its error
	Events  []any          `json:"events,omitempty"`
}

// Whole conversations: acknowledgements, events and lines are those of the
// reference, but for the cases in irc-session-ours.jsonl.
func TestSession(t *testing.T) {
	const ourFile = "testdata/irc-session-ours.jsonl"
	recordings := readLines[recording](t, "testdata/irc-session.jsonl")
	known := map[string]ourSession{}
	if _, err := os.Stat(ourFile); err == nil {
		for _, o := range readLines[ourSession](t, ourFile) {
			known[o.ID] = o
		}
	}
	var golden bytes.Buffer
	for i := range recordings {
		r := &recordings[i]
		if _, ok := known[r.ID]; !*update && ok == (r.Compat == "must") {
			t.Errorf("%s is to be listed in %s if clients do not depend on it", r.ID, ourFile)
		}
		t.Run(r.ID, func(t *testing.T) {
			if r.waits() && !*update {
				t.Parallel() // for a time-out
			}
			p := newReplay(t, r)
			if r.Compat == "must" {
				p.run(true)
				p.leftOver()
				return
			}
			p.run(false)
			got := p.summary()
			if *update {
				writeLine(&golden, got)
				return
			}
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(known[r.ID])
			if !bytes.Equal(a, b) {
				t.Errorf("got\n%s\nwant\n%s", a, b)
			}
		})
	}
	if *update {
		if err := os.WriteFile(ourFile, golden.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// leftOver checks that nothing came that the recording does not have.
func (p *replay) leftOver() {
	for _, line := range p.lines {
		switch word, _, _ := strings.Cut(line, " "); word {
		case "CAP", "NICK", "USER", "QUIT", "PASS":
		default:
			p.t.Errorf("the line %q is too many", line)
		}
	}
	for _, i := range p.instances {
		if len(i.over) > 0 {
			return // a session that the server has detached hears nothing
		}
	}
	for _, e := range p.told() {
		// The documented answer to a query comes besides the names.
		if m := e.(map[string]any); m["type"] != "query" && m["type"] != "connect" {
			p.t.Errorf("the event %v is too many", e)
		}
	}
}

func (p *replay) summary() ourSession {
	o := ourSession{ID: p.r.ID, See: p.r.See, Lines: []string{}, Answers: map[string]any{}}
	for _, line := range p.all {
		word, _, _ := strings.Cut(line, " ")
		if word != "CAP" && word != "NICK" && word != "USER" || len(p.r.Script) > 0 && strings.HasPrefix(p.r.ID, "nick-") && word == "NICK" {
			o.Lines = append(o.Lines, line)
		}
	}
	o.Events = p.told()
	for n, a := range p.answers {
		if a.err != nil {
			o.Answers[n] = a.err.Error()
		} else {
			o.Answers[n] = "done"
		}
	}
	// Whether a closed connection shows as its end or as a reset is the kernel's.
	text, _ := json.Marshal(o)
	text = bytes.ReplaceAll(text, []byte("connection reset"), []byte("the server closed the connection"))
	o = ourSession{}
	if err := json.Unmarshal(text, &o); err != nil {
		panic(err)
	}
	return o
}

func contextFor(platform.Job) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 2*patience)
}

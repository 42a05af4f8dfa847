package irc

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

// translation is a line of irc2as.jsonl: what the reference makes of lines.
type translation struct {
	ID     string
	In     []any
	Config struct{ Server string }
	Out    []map[string]any
	Compat string
	See    string
}

// ourTranslation is a line of irc2as-ours.jsonl: what we make of the lines of a
// case whose recorded result is a bug, or an accident that we do not share.
type ourTranslation struct {
	ID  string `json:"id"`
	See string `json:"see,omitempty"`
	Out []any  `json:"out"`
}

func readLines[T any](t *testing.T, path string) []T {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var v T
		if err := json.Unmarshal(scanner.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		list = append(list, v)
	}
	return list
}

func writeLine(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
}

// translated feeds lines to a new state and returns what comes out, as JSON.
func translated(c *translation) []any {
	server := c.Config.Server
	if server == "" {
		server = "irc.example.net"
	}
	s := newState(server, canonical())
	out := []any{}
	for _, in := range c.In {
		line, ok := in.(string)
		if !ok {
			continue
		}
		m, err := wire.Parse(line)
		if err != nil {
			continue
		}
		for _, e := range s.handle(&m).events {
			out = append(out, plainJSON(e.activity))
		}
	}
	return out
}

// plainJSON is an activity as a client reads it, with the time of translation
// replaced.
func plainJSON(a *activity.Object) map[string]any {
	var v map[string]any
	if err := json.Unmarshal(activity.AppendJSON(nil, a), &v); err != nil {
		panic(err)
	}
	if text, _ := v["published"].(string); strings.HasPrefix(text, "202") && text[:4] > "2024" {
		v["published"] = "<now>"
	}
	return v
}

// recorded are the activities among what the reference's translator gave out.
func (c *translation) recorded() []any {
	list := []any{}
	for _, o := range c.Out {
		switch o["event"] {
		case nil:
			list = append(list, o)
		case "error":
			list = append(list, o["activity"])
		}
	}
	return list
}

// Lines become the activities that clients of the reference know. The cases in
// which the reference is wrong stand in irc2as-ours.jsonl, one by one.
func TestTranslate(t *testing.T) {
	const ourFile = "testdata/irc2as-ours.jsonl"
	cases := readLines[translation](t, "testdata/irc2as.jsonl")
	if *update {
		var b bytes.Buffer
		for i := range cases {
			c := &cases[i]
			if out := translated(c); c.Compat != "must" && !reflect.DeepEqual(out, c.recorded()) {
				writeLine(&b, ourTranslation{c.ID, c.See, stripContext(out)})
			}
		}
		if err := os.WriteFile(ourFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ours := map[string]ourTranslation{}
	for _, o := range readLines[ourTranslation](t, ourFile) {
		ours[o.ID] = o
	}
	for i := range cases {
		c := &cases[i]
		t.Run(c.ID, func(t *testing.T) {
			got, want := stripContext(translated(c)), stripContext(c.recorded())
			if o, differs := ours[c.ID]; differs {
				if c.Compat == "must" {
					t.Fatal("a case that clients depend on is listed as one in which we differ")
				}
				want = o.Out
			}
			if !reflect.DeepEqual(got, want) {
				a, _ := json.Marshal(got)
				b, _ := json.Marshal(want)
				t.Errorf("%q\ngot  %s\nwant %s", c.In, a, b)
			}
			delete(ours, c.ID)
		})
	}
	for id := range ours {
		t.Errorf("%s has no case of that id", id)
	}
}

func stripContext(list []any) []any {
	for _, v := range list {
		delete(v.(map[string]any), "@context")
	}
	return list
}

// Whatever a server says: no panic, no id without a name, and all that is known
// stays within its bounds.
func FuzzTranslate(f *testing.F) {
	data, err := os.ReadFile("testdata/irc2as.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var c translation
		if json.Unmarshal(line, &c) == nil {
			var b strings.Builder
			for _, in := range c.In {
				if s, ok := in.(string); ok {
					b.WriteString(s + "\n")
				}
			}
			f.Add(b.String())
		}
	}
	f.Add("@batch=x;label=sh-1 :s BATCH +r draft/multiline #a\n@batch=r :o PRIVMSG #a :x\nBATCH -r\nCAP x NEW :batch sts=port=1\n")
	f.Add(":mara!m@h JOIN #a\n005 m CASEMAPPING=ascii PREFIX=(q)~ LINELEN=9 :x\n353 m = #a :~o\n:o NICK O\nMODE #a -q O\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := newState("irc.example.net", canonical())
		s.nick = "mara"
		for _, name := range wantedCaps {
			s.caps[name] = true
		}
		for line := range strings.SplitSeq(text, "\n") {
			m, err := wire.Parse(line)
			if err != nil {
				continue
			}
			out := s.handle(&m)
			for _, r := range out.replies {
				if _, err := r.Append(nil); err != nil && !strings.ContainsAny(line, "\x00\r") {
					t.Fatalf("%q is answered by %+v: %v", line, r, err)
				}
			}
			for _, e := range out.events {
				actor := e.activity.Object("actor")
				if actor.Text("id") == "" || e.activity.Text("type") == "" {
					t.Fatalf("%q became %s", line, activity.AppendJSON(nil, e.activity))
				}
			}
		}
		members := 0
		for _, c := range s.channels {
			members += len(c.members)
		}
		if members != s.members || members > maxMembers {
			t.Fatalf("%d members are counted, there are %d", s.members, members)
		}
	})
}

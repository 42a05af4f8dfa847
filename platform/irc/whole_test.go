package irc

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// textSeed makes the random texts of these tests: a failure names the text anyway.
const textSeed = 20240102

// words are what texts are made of: ASCII, characters of two, three and four
// bytes, blanks alone and in rows, and words that fit in no line.
func words(r *rand.Rand) string {
	list := []string{"a", "tide", "ferry", "größer", "日本語", "🛶", "e\u0301", "см.", " ", "  ", "\u00a0", "\u3000", ":", ":)", "/me", "~", strings.Repeat("x", 600), strings.Repeat("ü", 300)}
	weights := len(list) - 2
	if r.IntN(20) == 0 {
		weights = len(list)
	}
	return list[r.IntN(weights)]
}

// relayed is what a second gateway shows of what a first one wrote, over a
// server that relays lines as others see them, cut at 512 bytes.
func relayed(t *testing.T, groups []group, caps string) []string {
	t.Helper()
	var stream []byte
	for _, g := range groups {
		for _, m := range g {
			m.Source = "mara!~m@10.0.0.9"
			var err error
			if stream, err = m.Append(stream); err != nil {
				t.Fatal(err)
			}
			line := stream[strings.LastIndexByte(string(stream[:len(stream)-2]), '\n')+1:]
			if tags := strings.IndexByte(string(line), ':'); len(line)-tags > wire.LineLength {
				t.Fatalf("the line %q has %d bytes for others", line, len(line)-tags)
			}
		}
	}
	s := stateWith(caps)
	s.nick = "otto"
	var texts []string
	lines := wire.NewReader(strings.NewReader(string(stream)))
	for {
		line, err := lines.ReadLine()
		if err != nil {
			return texts
		}
		m := parse(line)
		for _, e := range s.handle(&m).events {
			o := e.activity.Object("object")
			texts = append(texts, o.Text("content"))
		}
	}
}

func stateWith(caps string) *state {
	s := newState("irc.example.net", nil)
	s.nick, s.user, s.userHost = "mara", "~m", "10.0.0.9"
	s.enter("#deck")
	for word := range strings.FieldsSeq(caps) {
		name, value, _ := strings.Cut(word, "=")
		s.caps[name], s.capValues[name] = true, value
	}
	return s
}

// Texts of every length, cut where they have to be, are the same bytes again at
// the other end.
func TestTextsAreTheSameBytesAtTheOtherEnd(t *testing.T) {
	r := rand.New(rand.NewPCG(textSeed, 1))
	target := roomNamed("#deck")
	to := job(t, `{"type":"send","target":`+target+`}`).Activity.Object("target")
	for range atRaceSpeed(3000) {
		var b strings.Builder
		for length := r.IntN(1500); b.Len() < length; {
			b.WriteString(words(r))
		}
		for action := range 2 {
			said := parseSpeech(b.String())
			if action == 1 {
				said = parseSpeech("/me " + b.String())
			}
			if said.text == "" {
				continue
			}
			m, err := stateWith("").compose(to, said, "")
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(relayed(t, m.groups, ""), ""); got != said.text {
				t.Fatalf("%q arrived as %q", said.text, got)
			}
		}
		// One message where the server can, with line breaks and blank lines.
		const caps = "batch draft/multiline=max-bytes=100000,max-lines=1000"
		text := b.String()
		for at := range text {
			if text[at] == ' ' && r.IntN(10) == 0 {
				text = text[:at] + "\n" + text[at+1:]
			}
		}
		said := parseSpeech(text)
		if said.text == "" || said.action {
			continue
		}
		m, err := stateWith(caps).compose(to, said, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := relayed(t, m.groups, caps); len(got) != 1 || got[0] != said.text {
			t.Fatalf("%q arrived as %q", said.text, got)
		}
	}
}

// A text that is more than the server takes in one batch becomes several, which
// end between lines where they can.
func TestTextsOfSeveralBatches(t *testing.T) {
	r := rand.New(rand.NewPCG(textSeed, 3))
	to := job(t, `{"type":"send","target":`+roomNamed("#deck")+`}`).Activity.Object("target")
	const caps, mostBytes, mostLines = "batch draft/multiline=max-bytes=300,max-lines=6", 300, 6
	for range atRaceSpeed(2000) {
		var b strings.Builder
		for range 2 + r.IntN(30) {
			b.WriteString(strings.Repeat("größer ", r.IntN(20)) + "🛶" + strings.Repeat("\n", 1+r.IntN(4)))
		}
		said := parseSpeech(b.String())
		m, err := stateWith(caps).compose(to, said, "")
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range m.groups {
			if lines := len(g) - 2; lines > mostLines || len(m.texts[i]) > mostBytes {
				t.Fatalf("%q has a batch of %d lines, %d bytes", said.text, lines, len(m.texts[i]))
			}
		}
		if got := strings.Join(relayed(t, m.groups, caps), "\n"); got != said.text {
			t.Fatalf("%q arrived as %q", said.text, got)
		}
	}
	// A line that is longer than a batch goes on in the next.
	long := strings.Repeat("ferry ", 200) + "ends"
	m, err := stateWith(caps).compose(to, parseSpeech("begins\n\n"+long), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(relayed(t, m.groups, caps), ""); got != "begins"+"\n"+long && got != "begins\n\n"+long {
		t.Errorf("it arrived as %q", got)
	}
}

// Wherever a server cuts a line in UTF-8, what is left of it is read as UTF-8,
// with the server's mark behind it and without.
func TestLinesCutAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(textSeed, 2))
	for range 200 {
		var b strings.Builder
		b.WriteString(":otto!~o@q PRIVMSG #übung :ö")
		start := b.Len()
		for b.Len() < 200 {
			b.WriteString(words(r))
		}
		line := b.String()
		for cut := start; cut < min(len(line), 500); cut++ {
			whole := line[:cut]
			for !utf8.ValidString(whole) {
				whole = whole[:len(whole)-1]
			}
			for _, mark := range []string{"", "[CUT]"} {
				got, err := wire.NewReader(strings.NewReader(line[:cut] + mark + "\r\n")).ReadLine()
				if err != nil || got != whole+mark {
					t.Fatalf("%q cut at %d is read %q, %v", line, cut, got, err)
				}
			}
		}
	}
}

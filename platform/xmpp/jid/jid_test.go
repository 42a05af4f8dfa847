package jid

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("x", MaxPart)
	tests := []struct {
		in   string
		want JID
		err  error
	}{
		{"mara@harbor.example/web", JID{"mara", "harbor.example", "web"}, nil},
		{"Mara@Harbor.Example", JID{"Mara", "Harbor.Example", ""}, nil},
		{"harbor.example", JID{"", "harbor.example", ""}, nil},
		{"harbor.example/s2s", JID{"", "harbor.example", "s2s"}, nil},
		{"decks@rooms.harbor.example/otto/port@sea", JID{"decks", "rooms.harbor.example", "otto/port@sea"}, nil},
		{"decks@rooms.harbor.example/Żaneta 🚢", JID{"decks", "rooms.harbor.example", "Żaneta 🚢"}, nil},
		{`o\27neil+x%y!#@harbor.example`, JID{`o\27neil+x%y!#`, "harbor.example", ""}, nil},
		{"żółw@häfen.example", JID{"żółw", "häfen.example", ""}, nil},
		{"mara@127.0.0.1", JID{"mara", "127.0.0.1", ""}, nil},
		{"mara@[::1]/web", JID{"mara", "[::1]", "web"}, nil},
		{"mara@localhost", JID{"mara", "localhost", ""}, nil},
		{"mara@harbor.example.", JID{"mara", "harbor.example.", ""}, nil},
		{long + "@a/" + long, JID{long, "a", long}, nil},

		{"", JID{}, ErrDomain},
		{"@harbor.example", JID{}, ErrLocal},
		{"mara@", JID{}, ErrDomain},
		{"mara@/web", JID{}, ErrDomain},
		{"/web", JID{}, ErrDomain},
		{"mara@harbor.example/", JID{}, ErrResource},
		{"a@b@c", JID{}, ErrDomain},
		{"mara smith@harbor.example", JID{}, ErrLocal},
		{"a&b@harbor.example", JID{}, ErrLocal},
		{"a:b@harbor.example", JID{}, ErrLocal},
		{"♚@harbor.example", JID{}, ErrLocal},
		{"ﬁ@harbor.example", JID{}, ErrLocal},
		{"a\u00ADb@harbor.example", JID{}, ErrLocal},
		{"\xff@harbor.example", JID{}, ErrLocal},
		{"mara@harbor..example", JID{}, ErrDomain},
		{"mara@harbor example", JID{}, ErrDomain},
		{"mara@-harbor.example", JID{}, ErrDomain},
		{"mara@" + strings.Repeat("x", 64) + ".example", JID{}, ErrDomain},
		{"mara@[127.0.0.1]", JID{}, ErrDomain},
		{"mara@[::1", JID{}, ErrDomain},
		{"mara@harbor.example:5222", JID{}, ErrDomain},
		{"mara@harbor.example/a\nb", JID{}, ErrResource},
		{"mara@harbor.example/\xff", JID{}, ErrResource},
		{"mara@harbor.example/" + long + "x", JID{}, ErrTooLong},
		{long + "x@harbor.example", JID{}, ErrTooLong},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Parse(%q) = %+v, %v; want %+v, %v", tt.in, got, err, tt.want, tt.err)
		}
		if err == nil && got.String() != tt.in {
			t.Errorf("%q is shown as %q", tt.in, got)
		}
	}
}

// Addresses are the same when a server would take them for the same.
func TestFoldsAlike(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"Mara@Harbor.Example/web", "mara@harbor.example/web", true},
		{"mara@harbor.example/Web", "mara@harbor.example/web", false},
		{"mara@harbor.example", "mara@harbor.example/web", false},
		{"mara@harbor.example.", "mara@harbor.example", true},
		{"ŻÓŁW@harbor.example", "żółw@harbor.example", true},
		{"zo\u0308e@harbor.example", "zöe@harbor.example", true},
		{"ｍａｒａ@harbor.example", "mara@harbor.example", true},
		{"mara@HÄFEN.example", "mara@xn--hfen-loa.example", true},
		{"mara@häfen。example", "mara@häfen.example", true},
		{"decks@rooms.example/Zo\u0308e", "decks@rooms.example/Zöe", true},
		{"decks@rooms.example/a\u00A0b", "decks@rooms.example/a b", true},
		{"ΣΑΣ@harbor.example", "σασ@harbor.example", true},
		{"harbor.example", "mara@harbor.example", false},
	}
	for _, tt := range tests {
		a, errA := Parse(tt.a)
		b, errB := Parse(tt.b)
		if errA != nil || errB != nil || (a.Fold() == b.Fold()) != tt.same {
			t.Errorf("%q and %q: the same %v, want %v (%v, %v)", tt.a, tt.b, !tt.same, tt.same, errA, errB)
		}
	}
}

// The strings of RFC 3492, section 7.1, and some domains.
func TestPunycode(t *testing.T) {
	for text, coded := range map[string]string{
		"ليهمابتكلموشعربي؟":            "egbpdaj6bu4bxfgehfvwxn",
		"他们为什么不说中文":                    "ihqwcrb4cv8a8dqg056pqjye",
		"почемужеонинеговорятпорусски": "b1abfaaepdrnnbgefbadotcwatmq2g4l",
		"3年b組金八先生":                     "3b-ww4c5e180e575a65lsy2b",
		"-with-SUPER-MONKEYS":          "-with-SUPER-MONKEYS-",
		"häfen":                        "hfen-loa",
	} {
		if got := encode(text); got != coded {
			t.Errorf("%q is encoded as %q, want %q", text, got, coded)
		}
		if got, ok := decode(coded); got != text || !ok {
			t.Errorf("%q is decoded to %q, %v, want %q", coded, got, ok, text)
		}
	}
	for _, coded := range []string{"!!!", "hfen-lo", "99999999999", "aé"} {
		if text, ok := decode(coded); ok {
			t.Errorf("%q is decoded to %q", coded, text)
		}
	}
	if got := ASCIIDomain("Chat.HÄFEN.example."); got != "chat.xn--hfen-loa.example" {
		t.Errorf("DNS would be asked for %q", got)
	}
}

// What is no address folds too, and never to that of somebody else.
func TestFoldAnything(t *testing.T) {
	for in, want := range map[string]string{
		"Decks@Rooms.Harbor.Example/Otto": "decks@rooms.harbor.example/Otto",
		"@Harbor.Example":                 "@harbor.example",
		"Harbor.Example/":                 "harbor.example/",
		"mara＠harbor.example":             "mara＠harbor.example",
		"harbor.example／x":                "harbor.example／x",
		"ＭＡＲＡ@harbor.example":             "mara@harbor.example",
		"xn--" + encode("mara＠harbor"):    "xn--" + encode("mara＠harbor"),
		"":                                "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("%q folds to %q, want %q", in, got, want)
		}
	}
	for _, in := range []string{"mara＠harbor.example", "a＠b@c.example", "harbor.example／x"} {
		if j, err := Parse(in); err == nil {
			t.Errorf("%q is taken for %+v", in, j)
		}
	}
}

// A folded address costs nothing to fold again: 10,000 occupants are looked up so.
func TestFoldIsFree(t *testing.T) {
	j, _ := Parse("decks@rooms.harbor.example/Otto of the Quay")
	if n := testing.AllocsPerRun(100, func() {
		if j.Fold() != j {
			t.Fatal("folded to something else")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// What is an address folds to one, and folding that changes nothing.
func FuzzFold(f *testing.F) {
	for _, in := range []string{"Mara@Harbor.Example/Web", "ŻÓŁW@HÄFEN.example", "a@xn--hfen-loa.example/Zo\u0308e", "ｍ@b。c", "[::1]/x", "İ@a", "ß@xn--zca"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if once := Fold(in); strings.Count(once, "@") > strings.Count(in, "@") || strings.Count(once, "/") > strings.Count(in, "/") {
			t.Fatalf("%q folds to %q", in, once)
		}
		j, err := Parse(in)
		if err != nil {
			return
		}
		if j.String() != in {
			t.Fatalf("%q is shown as %q", in, j)
		}
		once := j.Fold()
		if twice := once.Fold(); twice != once {
			t.Fatalf("%q folds to %q, and that to %q", in, once, twice)
		}
		ASCIIDomain(j.Domain)
	})
}

func ExampleJID_Fold() {
	a, _ := Parse("Decks@Rooms.Harbor.Example/Otto")
	b, _ := Parse("decks@rooms.harbor.example/Otto")
	fmt.Println(a, a.Fold() == b.Fold())
	// Output: Decks@Rooms.Harbor.Example/Otto true
}

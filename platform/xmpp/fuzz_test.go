package xmpp

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// readers is a connection that gives its parts one by one.
func readers(parts ...string) io.Reader {
	var list []io.Reader
	for _, p := range parts {
		list = append(list, strings.NewReader(p))
	}
	return io.MultiReader(list...)
}

// Whatever a server says: no panic, and what clients are told is what
// schemas/responses.json promises; what is answered can be read again.
func FuzzTranslate(f *testing.F) {
	for _, c := range readLines[translationCase](f, "testdata/xmpp-incoming.jsonl") {
		f.Add(c.Stanza)
	}
	for _, c := range readLines[fieldCase](f, "testdata/xmpp-field.jsonl") {
		f.Add(strings.Join(c.Stanzas, ""))
	}
	p, platform := pipeline(f)
	f.Fuzz(func(t *testing.T, text string) {
		s := account("decks@rooms.harbor.example")
		told := func(a *activity.Object) {
			text := activity.AppendJSON(nil, a)
			again, err := activity.ParseObject(text)
			if err != nil {
				t.Fatalf("%s cannot be read: %v", text, err)
			}
			if err := p.Outbound(platform, again, ""); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		r := xml.NewReader(readers(`<stream xmlns="jabber:client">`, text))
		for {
			e, err := r.Next()
			if err != nil {
				return
			}
			out := s.translate(e)
			for _, a := range out.events {
				told(a)
			}
			for _, reply := range out.replies {
				if _, err := xml.Parse(reply.String(), nsClient); err != nil {
					t.Fatalf("%s is answered by %s: %v", e, reply, err)
				}
			}
			told(s.attendance(e))
			told(s.roomInfo(e))
			for _, with := range []string{"", "decks@rooms.harbor.example"} {
				if a, _, _ := s.archived(e, with, "q1"); a != nil {
					told(a)
				}
			}
			for _, o := range []*activity.Object{rosterList(e), memberList(e), bookmarkList(e), profile(e)} {
				activity.AppendJSON(nil, o)
			}
			roomPage(e)
			uploadSlot(e)
			archiveEnd(e)
			if len(s.authors.order) > maxAuthored {
				t.Fatalf("%d messages are remembered", len(s.authors.order))
			}
		}
	})
}

// What clients say never leaves as anything but well-formed XML.
func FuzzCompose(f *testing.F) {
	for _, c := range readLines[jobCase](f, "testdata/xmpp-outgoing.jsonl") {
		f.Add(string(c.Job))
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := activity.ParseObject([]byte(text))
		if err != nil {
			return
		}
		list, err := said(account("decks@rooms.harbor.example"), a)
		if err != nil {
			return
		}
		for _, e := range list {
			again, err := xml.Parse(e.String(), nsClient)
			if err != nil || again.String() != e.String() {
				t.Fatalf("%s becomes %s, which is %v, %v", text, e, again, err)
			}
		}
		if q, err := composeHistory(a); err == nil {
			if _, err := xml.Parse(q.page("q", "", q.limit).String(), nsClient); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A message from the bytes to the activity, and one back.
func BenchmarkMessage(b *testing.B) {
	const text = `<message from='otto@quay.example/phone' to='mara@harbor.example/web' type='chat' id='m-001'><body>The ferry leaves at nine.</body>` +
		`<stanza-id xmlns='urn:xmpp:sid:0' by='mara@harbor.example' id='sid-8'/><active xmlns='http://jabber.org/protocol/chatstates'/></message>`
	b.Run("in", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		s := account()
		r := xml.NewReader(io.MultiReader(strings.NewReader(`<stream xmlns="jabber:client">`), &repeated{text: text, n: b.N}))
		var dst []byte
		for range b.N {
			e, err := r.Next()
			if err != nil {
				b.Fatal(err)
			}
			for _, a := range s.translate(e).events {
				dst = activity.AppendJSON(dst[:0], a)
			}
		}
	})
	b.Run("out", func(b *testing.B) {
		b.ReportAllocs()
		const job = `{"type":"send","actor":{"id":"mara@harbor.example/web","type":"person"},"target":{"id":"otto@quay.example","type":"person"},"object":{"type":"message","id":"hc-1","content":"see you at nine"}}`
		var dst []byte
		for range b.N {
			a, err := activity.ParseObject([]byte(job))
			if err != nil {
				b.Fatal(err)
			}
			e, err := composeSend(a, "")
			if err != nil {
				b.Fatal(err)
			}
			dst = e.Append(dst[:0])
		}
	})
}

// repeated gives the same text n times.
type repeated struct {
	text string
	at   int
	n    int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[r.at:])
	if r.at += n; r.at == len(r.text) {
		r.at = 0
		r.n--
	}
	return n, nil
}

// The 10,000 presences of a large room that the user enters, from the bytes to the
// activities.
func BenchmarkRoomJoin(b *testing.B) {
	var stream strings.Builder
	stream.WriteString(`<stream xmlns="jabber:client">`)
	for i := range 10_000 {
		fmt.Fprintf(&stream, `<presence from='decks@rooms.harbor.example/guest %d' to='mara@harbor.example/web'><show>away</show>`+
			`<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant' jid='guest%d@quay.example/x'/></x></presence>`, i, i)
	}
	b.ReportAllocs()
	b.SetBytes(int64(stream.Len()))
	var dst []byte
	for range b.N {
		s := account("decks@rooms.harbor.example")
		r := xml.NewReader(strings.NewReader(stream.String()))
		for range 10_000 {
			e, err := r.Next()
			if err != nil {
				b.Fatal(err)
			}
			for _, a := range s.translate(e).events {
				dst = activity.AppendJSON(dst[:0], a)
			}
		}
	}
}

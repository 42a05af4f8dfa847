//go:build unix

package xmpp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

func TestProsody(t *testing.T)  { stories(t, "prosody") }
func TestEjabberd(t *testing.T) { stories(t, "ejabberd") }

// stories are what users do, on one server.
func stories(t *testing.T, kind string) {
	s := newReal(t, kind)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *realServer)
	}{
		{"login", loginStory}, {"friends", friendStory}, {"chat", chatStory}, {"room", roomStory}, {"archive", archiveStory},
		{"carbons", carbonStory}, {"sessions", sessionStory}, {"queries", queryStory}, {"otherClient", otherStory},
		{"resumed", resumeStory}, {"swallowed", swallowStory}, {"restarted", restartStory},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(t, s) })
	}
}

func loginStory(t *testing.T, s *realServer) {
	starttls, direct := fmt.Sprintf("xmpp://127.0.0.1:%d", s.starttls), fmt.Sprintf("xmpps://127.0.0.1:%d", s.tls)
	tests := []struct{ name, id, password, server, want string }{
		{"STARTTLS", "mara@localhost/a", "sesame", starttls, ""},
		{"TLS", "mara@localhost/b", "sesame", direct, ""},
		{"hosted domain", "mara@harbor.test/web", "sesame", starttls, ""},
		{"SASLprep", "ravi@localhost/web", "Ⅳ pässword", starttls, ""},
		{"SASLprep, hashed", "ravi@harbor.test/web", "Ⅳ pässword", direct, ""},
		{"the server chooses the resource", "mara@localhost", "sesame", starttls, ""},
		{"wrong password", "mara@localhost/c", "simsim", starttls, "connection failed: not-authorized"},
		{"unknown host", "mara@quay.test/c", "sesame", starttls, "connection failed: "},
		{"nobody listens", "mara@localhost/c", "sesame", "xmpp://127.0.0.1:1", "connection failed: Couldn't connect."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, a := s.connect(t, realSettings(), tt.id, tt.password, tt.server)
			if !strings.HasPrefix(a.text(), tt.want) || (a.text() == "") != (tt.want == "") {
				t.Errorf("the answer is %q, want %q", a.text(), tt.want)
			}
			if bound := a.activity.Object("target").Text("id"); tt.want == "" && !strings.HasPrefix(bound, bare(tt.id)+"/") {
				t.Errorf("the address is %q", bound)
			}
		})
	}
}

// A server whose certificate is not to be trusted gets no password.
func TestBadCertificates(t *testing.T) {
	reasons := map[string]string{
		"other":   "x509: certificate is valid for other.test, not localhost",
		"unknown": "x509: certificate signed by unknown authority",
		"expired": "x509: certificate has expired or is not yet valid",
	}
	servers := map[*realServer]string{}
	for _, program := range []string{"prosody", "ejabberd"} {
		for kind := range reasons { // side by side, as they take their time
			servers[beginReal(t, program, "CERT="+kind)] = kind
		}
	}
	for s, kind := range servers {
		t.Run(s.kind+"/"+kind, func(t *testing.T) {
			s.await(t)
			for _, server := range []string{fmt.Sprintf("xmpp://127.0.0.1:%d", s.starttls), fmt.Sprintf("xmpps://127.0.0.1:%d", s.tls)} {
				_, a := s.connect(t, realSettings(), "mara@localhost/a", "sesame", server)
				if !strings.HasPrefix(a.text(), "connection failed: the certificate is not valid: "+reasons[kind]) {
					t.Errorf("the answer is %q", a.text())
				}
			}
		})
	}
}

func friendStory(t *testing.T, s *realServer) {
	mara, otto := s.login(t, "mara@localhost/web"), s.login(t, "otto@localhost/web")
	for _, u := range []*user{mara, otto} {
		u.does(t, `{"type":"update","object":{"type":"presence","presence":"online"}}`, "")
	}
	mara.does(t, `{"type":"request-friend","target":{"id":"otto@localhost","type":"person"}}`, "")
	otto.hears(t, `"type":"request-friend"`, `"id":"mara@localhost"`)
	otto.does(t, `{"type":"make-friend","target":{"id":"mara@localhost","type":"person"}}`, "")
	mara.hears(t, `"type":"request-friend"`, `"id":"otto@localhost"`)
	mara.does(t, `{"type":"make-friend","target":{"id":"otto@localhost","type":"person"}}`, "")
	mara.hears(t, `"subscription":"both"`, `"id":"otto@localhost"`)
	mara.does(t, `{"type":"update","target":{"id":"otto@localhost","type":"person","name":"Otto"},"object":{"type":"contact","groups":["Crew"]}}`, "")
	a := mara.does(t, `{"type":"query","object":{"type":"roster"}}`, "")
	if got := string(activity.AppendJSON(nil, a.Object("object"))); got != `{"type":"roster","items":[{"type":"person","id":"otto@localhost","name":"Otto","subscription":"both","groups":["Crew"]}]}` {
		t.Errorf("the roster is %s", got)
	}
	otto.does(t, `{"type":"update","object":{"type":"presence","presence":"away","content":"at lunch"}}`, "")
	mara.hears(t, `"presence":"away"`, `"content":"at lunch"`, `otto@localhost/web`)
	// A receipt goes to a friend, and to him alone.
	mara.does(t, `{"type":"send","target":{"id":"otto@localhost/web","type":"person"},"object":{"type":"message","id":"r1","content":"there?","receipt":true}}`, "")
	mara.hears(t, `"type":"receipt"`, `"id":"r1"`, `"state":"received"`)
	mara.does(t, `{"type":"remove-friend","target":{"id":"otto@localhost","type":"person"}}`, "")
	mara.hears(t, `"subscription":"remove"`, `"id":"otto@localhost"`)
}

func chatStory(t *testing.T, s *realServer) {
	mara, otto := s.login(t, "mara@localhost/chat"), s.login(t, "otto@localhost/chat")
	to := `"target":{"id":"otto@localhost/chat","type":"person"}`
	a := mara.does(t, `{"type":"send",`+to+`,"object":{"type":"message","content":"see you at nine <&>"}}`, "")
	id := a.Object("object").Text("id")
	if len(id) != 36 {
		t.Errorf("the id is %q", id)
	}
	otto.hears(t, `"content":"see you at nine <&>"`, `"id":"`+id+`"`)
	for _, tt := range []struct{ send, hear string }{
		{`{"type":"update",` + to + `,"object":{"type":"chat-state","state":"composing"}}`, `"state":"composing"`},
		{`{"type":"send",` + to + `,"object":{"type":"message","content":"at ten","xmpp:replace":{"id":"` + id + `"}}}`, `"xmpp:replace":{"id":"` + id + `"}`},
		{`{"type":"send",` + to + `,"object":{"type":"message","content":"yes","inReplyTo":"x1"}}`, `"inReplyTo":"x1"`},
		{`{"type":"update",` + to + `,"object":{"type":"reaction","id":"x1","reactions":["👍"]}}`, `"reactions":["👍"]`},
		{`{"type":"send",` + to + `,"object":{"type":"message","content":"","attachment":[{"type":"link","href":"https://up.example/a.png"}]}}`, `"href":"https://up.example/a.png"`},
		{`{"type":"update",` + to + `,"object":{"type":"retraction","id":"` + id + `"}}`, `"type":"retraction"`},
		{`{"type":"update",` + to + `,"object":{"type":"receipt","id":"x1","state":"displayed"}}`, `"state":"displayed"`},
	} {
		mara.does(t, tt.send, "")
		otto.hears(t, tt.hear)
	}
	large := strings.Repeat("wave ", 20_000)
	mara.does(t, `{"type":"send",`+to+`,"object":{"type":"message","content":"`+large+`"}}`, "")
	if got := otto.hears(t, `"content":"wave `).Object("object").Text("content"); got != large {
		t.Errorf("%d bytes came, %d were sent", len(got), len(large))
	}
	if s.kind == "prosody" { // ejabberd says nothing of accounts that do not exist
		mara.fails(t, `{"type":"send","target":{"id":"nobody@localhost","type":"person"},"object":{"type":"message","content":"?"}}`, "send failed: service-unavailable")
	}
	mara.does(t, `{"type":"send",`+to+`,"object":{"type":"message","content":"\u0001"}}`, "content contains characters that XML does not allow")
}

func roomStory(t *testing.T, s *realServer) {
	mara, otto := s.login(t, "mara@localhost/room"), s.login(t, "otto@localhost/room")
	room := `"target":{"id":"decks@rooms.localhost","type":"room"}`
	a := mara.does(t, `{"type":"join","nick":"mara",`+room+`}`, "")
	if got := a.Object("target").Text("name"); got != "mara" {
		t.Errorf("the nick is %q", got)
	}
	mara.hears(t, `"type":"presence"`, `decks@rooms.localhost/mara`)
	if s.kind == "ejabberd" {
		// Nobody else comes into a new room until its owner has said what it is to be.
		mara.does(t, `{"type":"update",`+room+`,"object":{"type":"topic","content":"opening"}}`, "")
	}
	a = mara.does(t, `{"type":"send",`+room+`,"object":{"type":"message","content":"first"}}`, "")
	if a.Object("object").Text("xmpp:stanza-id") == "" {
		t.Errorf("the room gave no id: %s", activity.AppendJSON(nil, a))
	}
	otto.fails(t, `{"type":"join","nick":"mara",`+room+`}`, "join failed: conflict")
	otto.does(t, `{"type":"join","nick":"otto",`+room+`}`, "")
	otto.hears(t, `"content":"first"`, `"published"`, `"xmpp:stanza-id"`)
	mara.does(t, `{"type":"update",`+room+`,"object":{"type":"topic","content":"Night watch"}}`, "")
	otto.hears(t, `"type":"topic"`, `"content":"Night watch"`)
	a = mara.does(t, `{"type":"query",`+room+`,"object":{"type":"attendance"}}`, "")
	if got := string(activity.AppendJSON(nil, a.Object("object"))); !strings.Contains(got, `"members":["mara","otto"]`) {
		t.Errorf("there are %s", got)
	}
	mara.does(t, `{"type":"query",`+room+`,"object":{"type":"room-info"}}`, "")
	mara.hears(t, `"type":"room-info"`, `"features"`)
	otto.does(t, `{"type":"update",`+room+`,"object":{"type":"address","name":"bosun"}}`, "")
	mara.hears(t, `"type":"address"`, `decks@rooms.localhost/bosun`)
	otto.fails(t, `{"type":"update",`+room+`,"object":{"type":"address","name":"mara"}}`, "update failed: conflict")
	otto.does(t, `{"type":"send","target":{"id":"decks@rooms.localhost/mara","type":"person"},"object":{"type":"message","content":"psst"}}`, "")
	mara.hears(t, `"content":"psst"`, `decks@rooms.localhost/bosun`)
	otto.fails(t, `{"type":"update",`+room+`,"object":{"type":"role","name":"mara","role":"none"}}`, "update failed: ")
	mara.does(t, `{"type":"update",`+room+`,"object":{"type":"role","name":"bosun","role":"none","content":"noise"}}`, "")
	otto.hears(t, `"type":"leave"`, `"content":"noise"`)
	mara.does(t, `{"type":"update",`+room+`,"object":{"type":"affiliation","id":"otto@localhost","affiliation":"outcast"}}`, "")
	otto.fails(t, `{"type":"join","nick":"otto",`+room+`}`, "join failed: forbidden")
	a = mara.does(t, `{"type":"query",`+room+`,"object":{"type":"members","affiliation":"outcast"}}`, "")
	if got := string(activity.AppendJSON(nil, a.Object("object"))); !strings.Contains(got, "otto@localhost") {
		t.Errorf("banned are %s", got)
	}
	mara.does(t, `{"type":"update",`+room+`,"object":{"type":"affiliation","id":"otto@localhost","affiliation":"none"}}`, "")
	otto.fails(t, `{"type":"send",`+room+`,"object":{"type":"message","content":"still here?"}}`, "send failed: not-acceptable")
	mara.does(t, `{"type":"leave","nick":"mara",`+room+`}`, "")
}

func archiveStory(t *testing.T, s *realServer) {
	mara := s.login(t, "mara@localhost/archive")
	room := `"target":{"id":"log@rooms.localhost","type":"room"}`
	mara.does(t, `{"type":"join","nick":"mara",`+room+`}`, "")
	for i := range 120 {
		mara.does(t, fmt.Sprintf(`{"type":"send",%s,"object":{"type":"message","content":"line %d"}}`, room, i), "")
	}
	a := mara.does(t, `{"type":"query",`+room+`,"object":{"type":"history","limit":110}}`, "")
	o := a.Object("object")
	if o.Get("totalItems") != 110.0 || o.Get("complete") != false || o.Text("first") == "" {
		t.Errorf("the answer is %s", activity.AppendJSON(nil, o))
	}
	for i := 10; i < 120; i++ {
		got := mara.host.until(t, func(a *activity.Object) bool { return a.Text("published") != "" })
		if text := got.Object("object").Text("content"); text != fmt.Sprint("line ", i) {
			t.Fatalf("message %d is %s", i, activity.AppendJSON(nil, got))
		}
	}
	a = mara.does(t, fmt.Sprintf(`{"type":"query",%s,"object":{"type":"history","before":%q,"limit":50}}`, room, o.Text("first")), "")
	if o := a.Object("object"); o.Get("totalItems") != 10.0 || o.Get("complete") != true {
		t.Errorf("before that: %s", activity.AppendJSON(nil, o))
	}
	mara.does(t, `{"type":"send","target":{"id":"pia@localhost","type":"person"},"object":{"type":"message","content":"for the archive"}}`, "")
	mara.does(t, `{"type":"query","target":{"id":"pia@localhost","type":"person"},"object":{"type":"history"}}`, "")
	mara.hears(t, `"content":"for the archive"`, `"published"`, `"xmpp:stanza-id"`)
}

func carbonStory(t *testing.T, s *realServer) {
	desk, phone, otto := s.login(t, "mara@localhost/desk"), s.login(t, "mara@localhost/phone"), s.login(t, "otto@localhost/c")
	for _, u := range []*user{desk, phone} {
		u.does(t, `{"type":"update","object":{"type":"presence","presence":"online"}}`, "")
	}
	otto.does(t, `{"type":"send","target":{"id":"mara@localhost/desk","type":"person"},"object":{"type":"message","content":"to the desk"}}`, "")
	desk.hears(t, `"content":"to the desk"`)
	phone.hears(t, `"content":"to the desk"`, `"id":"mara@localhost/desk"`)
	desk.does(t, `{"type":"send","target":{"id":"otto@localhost/c","type":"person"},"object":{"type":"message","content":"from the desk"}}`, "")
	phone.hears(t, `"content":"from the desk"`, `"id":"otto@localhost/c"`)
}

// sessionStory has several pages on one connection, and pages that are loaded again.
func sessionStory(t *testing.T, s *realServer) {
	mara := s.login(t, "mara@localhost/pages")
	page := func(session, said string) {
		t.Helper()
		j := mara.connect
		j.Session = session
		want(t, start(mara.client, j), "")
		for _, text := range []string{
			`{"type":"join","nick":"mara","target":{"id":"pages@rooms.localhost","type":"room"}}`,
			`{"type":"send","target":{"id":"pages@rooms.localhost","type":"room"},"object":{"type":"message","content":"` + said + `"}}`,
		} {
			j := mara.job(t, text)
			j.Session = session
			want(t, start(mara.client, j), "")
		}
		mara.hears(t, `"content":"`+said+`"`, "pages@rooms.localhost/mara")
	}
	page("a", "one page")
	page("b", "two pages")
	mara.Detach("a")
	page("c", "one is loaded again")
	for _, session := range []string{"b", "c"} {
		mara.Detach(session)
	}
	page("d", "all were gone")
	a := mara.does(t, `{"type":"query","target":{"id":"pages@rooms.localhost","type":"room"},"object":{"type":"attendance"}}`, "")
	if got := string(activity.AppendJSON(nil, a.Object("object"))); !strings.Contains(got, `"members":["mara"]`) {
		t.Errorf("in the room are %s", got)
	}
}

func queryStory(t *testing.T, s *realServer) {
	mara := s.login(t, "mara@localhost/q")
	o := mara.does(t, `{"type":"query","object":{"type":"upload","name":"a.png","size":120,"mediaType":"image/png"}}`, "").Object("object")
	if o.Text("put") == "" || o.Text("get") == "" {
		t.Errorf("the slot is %s", activity.AppendJSON(nil, o))
	}
	mara.does(t, `{"type":"join","nick":"mara","target":{"id":"hall@rooms.localhost","type":"room"}}`, "")
	for _, target := range []string{"", `"target":{"id":"rooms.localhost","type":"room"},`} {
		o = mara.does(t, `{"type":"query",`+target+`"object":{"type":"rooms"}}`, "").Object("object")
		if !strings.Contains(string(activity.AppendJSON(nil, o)), `"id":"hall@rooms.localhost"`) {
			t.Errorf("the rooms are %s", activity.AppendJSON(nil, o))
		}
	}
	o = mara.does(t, `{"type":"query","object":{"type":"bookmarks"}}`, "").Object("object")
	if got := string(activity.AppendJSON(nil, o)); got != `{"type":"bookmarks","items":[]}` {
		t.Errorf("the bookmarks are %s", got)
	}
	if o = mara.does(t, `{"type":"query","object":{"type":"profile"}}`, "").Object("object"); o.Text("type") != "profile" {
		t.Errorf("the profile is %s", activity.AppendJSON(nil, o))
	}
}

// otherStory is a conversation with another program.
func otherStory(t *testing.T, s *realServer) {
	mara := s.login(t, "mara@localhost/o")
	pia := s.other(t, "pia@localhost/phone")
	mara.does(t, `{"type":"send","target":{"id":"pia@localhost/phone","type":"person"},"object":{"type":"message","id":"q1","content":"hello"}}`, "")
	pia.hears(t, "in", "<body>hello</body>")
	pia.says(`<message to='mara@localhost/o' type='chat' id='p1'><body>ahoy &#x1F980;</body></message>`)
	mara.hears(t, `"content":"ahoy 🦀"`)
	pia.says(`<iq type='get' id='pi1' to='mara@localhost/o'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`)
	pia.hears(t, "in", "urn:xmpp:receipts")
	pia.says(`<iq type='get' id='pi2' to='mara@localhost/o'><query xmlns='jabber:iq:version'/></iq>`)
	pia.hears(t, "in", "service-unavailable")
	pia.says(`<message to='mara@localhost/o' type='chat'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='otto@localhost/x' to='mara@localhost/o' type='chat'><body>forged</body></message></forwarded></received></message>`)
	pia.says(`<message to='mara@localhost/o' type='chat'><body>after it</body></message>`)
	for {
		text := mara.hears(t, `"type":"send"`).Object("object").Text("content")
		if text == "forged" {
			t.Error("a forged copy is believed")
		}
		if text == "after it" {
			return
		}
	}
}

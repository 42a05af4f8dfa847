package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// sessionCase is a recording of the reference in one piece: browsers, a prosody and a
// second person on it.
type sessionCase struct {
	Name, Note string
	Steps      []map[string]any
}

// sessionDifference is a step of which something else comes here, and why: a row of
// section 11 of the specification, or a shape of section 14.
type sessionDifference struct {
	Name  string `json:"name"`
	Step  int    `json:"step"`
	Ack   string `json:"ack,omitempty"`   // of a job: the error, "none" for success
	Event string `json:"event,omitempty"` // what nobody is told here
	Why   string `json:"why"`
}

var rewriteSessions = flag.Bool("xmpp-sessions", false, "rewrite testdata/xmpp-session-ours.jsonl")

// sessionElsewhere says why a recording is not played, and which tests of
// platform/xmpp have its matter.
var sessionElsewhere = map[string]string{
	"crash":    "a server that says bad XML: TestWire/cases/illegal_entity, TestHostileServersAndWorkers",
	"hang":     "a server that says no features: TestWire/cases/features_never, TestRow4ConnectHasADeadline",
	"cut_nosm": "a prosody without stream management: TestRow6PresenceAndRoomsAreRestored, TestProsody/restarted",
}

// sessionPeer is what the second person says before a step.
var sessionPeer = map[string]map[int]string{
	"basics": {
		8:  `<message to='mara@localhost/web' type='chat' id='o1'><body>hello mara</body></message>`,
		9:  `<message to='mara@localhost' type='chat' id='o2'><body>hello bare</body></message>`,
		13: `<presence to='mara@localhost' type='subscribed'/>`,
		15: `<presence to='mara@localhost' type='subscribe'/>`,
	},
	"muc": {
		3:  `<presence to='decks@rooms.localhost/otto'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
		5:  `<message to='decks@rooms.localhost' type='groupchat' id='h1'><body>history</body></message>`,
		6:  `<message to='decks@rooms.localhost' type='groupchat'><subject>Night watch</subject></message>`,
		31: `<message to='decks@rooms.localhost/Mara' type='chat' id='p1'><body>psst</body></message>`,
	},
	"offline": {
		1: `<message to='pia@localhost' type='chat' id='off1'><body>while you were away</body></message>`,
		6: `<iq type='get' id='d1' to='pia@localhost/web'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
	},
	"cut_sm": {
		6:  `<presence to='decks@rooms.localhost/otto'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
		40: `<message to='decks@rooms.localhost' type='groupchat' id='while-down'><body>said while mara was cut off</body></message>`,
		58: `<message to='decks@rooms.localhost' type='groupchat' id='after'><body>said after the reconnect</body></message>`,
	},
}

// sessionEarly are steps at which a session is told what comes of a job whose
// acknowledgement stands behind them: by the number of that step.
var sessionEarly = map[string]map[int]int{
	"auth": {1: 2}, "badaddr": {4: 5}, "basics": {20: 21, 22: 23}, "clash": {3: 5}, "share": {9: 11, 21: 22},
	"muc": {10: 12, 26: 27, 28: 30, 38: 39, 44: 45},
}

// The reference's conversations with a real server, whole: each job has the answer
// that it had, and each session is told what it was told, but for the steps that are
// listed with a reason.
func TestXMPPSessions(t *testing.T) {
	const file = "testdata/xmpp-session-ours.jsonl"
	differences := map[string]map[int]sessionDifference{}
	for _, d := range jsonLines[sessionDifference](t, file) {
		if d.Why == "" {
			t.Errorf("%s, step %d differs without a reason", d.Name, d.Step)
		}
		if differences[d.Name] == nil {
			differences[d.Name] = map[int]sessionDifference{}
		}
		differences[d.Name][d.Step] = d
	}
	var found []sessionDifference
	t.Run("cases", func(t *testing.T) {
		for _, c := range jsonLines[sessionCase](t, "testdata/xmpp-session.jsonl") {
			if sessionElsewhere[c.Name] != "" {
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				if !*rewriteSessions {
					t.Parallel() // each has a server of its own
				}
				p := startProsody(t)
				r := &sessionReplay{
					t: t, name: c.Name, prosody: p, server: xmppServer(t, p, map[string]any{"connectTimeoutMs": 30000}), clients: startClients(t),
					sessions: map[string]*sessionClient{}, begun: map[int]chan report{}, known: differences[c.Name],
				}
				if c.Name == "cut_sm" {
					r.proxy = newSessionProxy(t, p.address)
				}
				for i, step := range c.Steps {
					if early := sessionEarly[c.Name][i]; early > i {
						r.begin(early, c.Steps[early])
					}
					r.step(i, step)
				}
				r.end()
				if *rewriteSessions {
					found = append(found, r.found...)
				}
			})
		}
	})
	if *rewriteSessions {
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		for _, d := range found {
			encoder.Encode(d)
		}
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func jsonLines[T any](t *testing.T, name string) (list []T) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, v)
	}
	return list
}

// sessionReplay is a recording being played.
type sessionReplay struct {
	t        *testing.T
	name     string
	prosody  *prosody
	server   *server
	clients  *clients
	sessions map[string]*sessionClient
	peer     *sessionOther
	proxy    *sessionProxy
	bodies   []string            // that the second person is sent
	begun    map[int]chan report // jobs, by their step
	late     []lateAnswer        // of jobs that wait for the network
	known    map[int]sessionDifference
	found    []sessionDifference
}

// sessionClient is a browser, and what it was told that no step has asked for.
type sessionClient struct {
	*client
	told []map[string]any
}

type lateAnswer struct {
	step int
	want map[string]any
}

var sentBody = regexp.MustCompile(`^<message [^>]*>.*?<body>(.*?)</body>`)

func (r *sessionReplay) step(i int, step map[string]any) {
	if stanza := sessionPeer[r.name][i]; stanza != "" {
		r.other().says(stanza)
	}
	session, _ := step["session"].(string)
	switch {
	case step["peerReceives"] != nil:
		r.other()
		// Of another case's past, which this prosody does not have, there is nothing.
		if m := sentBody.FindStringSubmatch(step["peerReceives"].(string)); m != nil && m[1] != "x" {
			r.bodies = append(r.bodies, m[1])
		}
		if strings.HasPrefix(step["peerReceives"].(string), "<message") && sessionPeer[r.name][i] != "" {
			r.heard() // in the order of the recording
		}
	case step["ack"] != nil:
		r.job(i, step)
	case step["message"] != nil:
		r.told(i, r.client(session), step["message"].(map[string]any))
	case step["mark"] == "cut the TCP connection":
		r.proxy.cut(true)
	case step["mark"] == "network is back":
		r.proxy.cut(false)
	}
}

func (r *sessionReplay) client(session string) *sessionClient {
	c := r.sessions[session]
	if c == nil {
		c = &sessionClient{client: r.clients.connect(session, r.server.url, transports["websocket"])}
		r.sessions[session] = c
	}
	return c
}

func (r *sessionReplay) other() *sessionOther {
	if r.peer == nil {
		r.peer = startOther(r.t, r.prosody)
	}
	return r.peer
}

// begin sends what the recording's client sent.
func (r *sessionReplay) begin(i int, step map[string]any) {
	sent := map[string]any{"@context": contexts("xmpp")}
	for name, v := range step["value"].(map[string]any) {
		if name != "error" {
			sent[name] = v
		}
	}
	event := "message"
	if step["ack"] == "credentials" {
		event = "credentials"
		sent["object"] = r.credentials(sent["object"].(map[string]any))
	}
	r.begun[i] = r.client(step["session"].(string)).start(1, event, sent)
}

// job compares the acknowledgement of a job, which is begun if it is not.
func (r *sessionReplay) job(i int, step map[string]any) {
	if r.begun[i] == nil {
		r.begin(i, step)
	}
	want := step["value"].(map[string]any)
	if said, _ := want["error"].(string); strings.HasPrefix(said, "TypeError: ") {
		r.late = append(r.late, lateAnswer{i, want})
		return
	}
	r.answered(i, want)
}

func (r *sessionReplay) answered(i int, want map[string]any) {
	got := ack(r.t, receive(r.t, r.begun[i], fmt.Sprintf("the acknowledgement of step %d", i)))
	said, _ := got["error"].(string)
	said = strings.NewReplacer(r.prosody.address, "localhost:15222", closedAddress, "localhost:15999").Replace(said)
	expected, _ := want["error"].(string)
	if d, differs := r.known[i]; differs && d.Ack != "" && !*rewriteSessions {
		expected = strings.TrimPrefix(d.Ack, "none")
	}
	if said != expected {
		r.differs(sessionDifference{Name: r.name, Step: i, Ack: orNone(said), Why: r.known[i].Why}, "is answered %q, want %q", said, expected)
	}
	delete(got, "error")
	plain := map[string]any{}
	for name, v := range want {
		if name != "error" && !(want["type"] == "credentials" && name == "object") {
			plain[name] = v
		}
	}
	if !fits(got, plain) {
		r.t.Errorf("step %d is answered %v, want %v", i, got, plain)
	}
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// closedAddress is one where nobody listens.
const closedAddress = "127.0.0.1:1"

// credentials are those of the recording, at our prosody.
func (r *sessionReplay) credentials(o map[string]any) map[string]any {
	own := map[string]any{}
	for name, v := range o {
		own[name] = v
	}
	if password, _ := o["password"].(string); strings.HasPrefix(password, "secret-") {
		own["password"] = "sesame"
	}
	switch o["server"] {
	case "xmpp://localhost:15222":
		own["server"] = "xmpp://" + r.prosody.address
	case "xmpp://localhost:15444":
		own["server"] = "xmpp://" + r.proxy.listener.Addr().String()
	case "xmpp://localhost:15999":
		own["server"] = "xmpp://" + closedAddress
	}
	return own
}

// told waits until a session is told what it was told in the recording.
func (r *sessionReplay) told(i int, c *sessionClient, want map[string]any) {
	if d, differs := r.known[i]; differs && d.Event != "" && !*rewriteSessions {
		return
	}
	timeout := time.After(patience)
	if *rewriteSessions {
		timeout = time.After(5 * time.Second)
	}
	for {
		for at, got := range c.told {
			if fits(got, want) {
				c.told = append(c.told[:at:at], c.told[at+1:]...)
				return
			}
		}
		select {
		case e := <-c.events:
			if e.Event == "message" {
				var got map[string]any
				if err := json.Unmarshal(e.Args[0], &got); err != nil {
					r.t.Fatal(err)
				}
				c.told = append(c.told, got)
			}
		case <-timeout:
			delete(want, "@context")
			text, _ := json.Marshal(want)
			told, _ := json.Marshal(c.told)
			r.differs(sessionDifference{Name: r.name, Step: i, Event: string(text), Why: r.known[i].Why}, "is told %s, want %s", told, text)
			return
		}
	}
}

func (r *sessionReplay) differs(d sessionDifference, format string, args ...any) {
	r.t.Helper()
	r.found = append(r.found, d)
	if !*rewriteSessions {
		r.t.Errorf("step %d "+format, append([]any{d.Step}, args...)...)
	}
}

// heard waits until the second person was sent what he was sent.
func (r *sessionReplay) heard() {
	for _, body := range r.bodies {
		eventually(r.t, "the second person reads "+body, func() bool { return r.peer.got("<body>" + body + "</body>") })
	}
	r.bodies = nil
}

func (r *sessionReplay) end() {
	for _, l := range r.late {
		r.answered(l.step, l.want)
	}
	r.heard()
	// What is listed as not told was not told either.
	for i, d := range r.known {
		var want map[string]any
		if d.Event == "" || json.Unmarshal([]byte(d.Event), &want) != nil {
			continue
		}
		for _, c := range r.sessions {
			for _, got := range c.told {
				if reflect.DeepEqual(undated(got), want) {
					r.t.Errorf("step %d: it is told after all: %s", i, d.Event)
				}
			}
		}
	}
}

// serverMade are members whose values are prosody's affair: it makes them anew.
var serverMade = map[string]bool{"xmpp:stanza-id": true, "published": true, "features": true, "identities": true, "roominfo": true, "roomconfig": true, "custom": true}

var serverID = regexp.MustCompile(`^[A-Za-z0-9_-]{24}$`)

// fits reports whether got is want with, perhaps, more members.
func fits(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		for name, v := range want {
			member, has := g[name]
			text, _ := v.(string)
			if !has || !serverMade[name] && !(name == "id" && serverID.MatchString(text)) && !fits(member, v) {
				return false
			}
		}
		return ok
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			return false
		}
		for i := range want {
			if !fits(g[i], want[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, want) || sameError(got, want)
}

// sameError reports whether two texts are the error that a stanza had: prosody
// writes attributes in any order.
func sameError(got, want any) bool {
	a, _ := got.(string)
	b, _ := want.(string)
	letters := func(s string) []byte {
		list := []byte(s)
		slices.Sort(list)
		return list
	}
	return strings.HasPrefix(a, "<error ") && strings.HasPrefix(b, "<error ") && slices.Equal(letters(a), letters(b))
}

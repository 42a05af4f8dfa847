package xmpp

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// Section 14.4 of the specification, row by row: what is believed of whom. Each has
// a stanza that tells the truth and one that is forged.

// heard is what clients hear of stanzas, and what is answered, as JSON and XML.
func heard(t *testing.T, s *state, stanzas ...string) (events, replies string) {
	t.Helper()
	var list []any
	for _, text := range stanzas {
		out := s.translate(stanza(t, text))
		for _, a := range out.events {
			a.Delete("@context")
			list = append(list, a)
		}
		for _, r := range out.replies {
			replies += r.String()
		}
	}
	b, err := json.Marshal(json.RawMessage(activity.AppendJSON(nil, list)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(b), "["), "]"), replies
}

// says checks that a part is told, or that it is not.
func says(t *testing.T, got, part string, wanted bool) {
	t.Helper()
	if strings.Contains(got, part) != wanted {
		t.Errorf("told %s; %q in it: want %v", got, part, wanted)
	}
}

// silent checks that nothing is told.
func silent(t *testing.T, got string) {
	t.Helper()
	if got != "" {
		t.Errorf("told %s, want nothing", got)
	}
}

const inner = `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='otto@quay.example/phone' to='mara@harbor.example/tablet' type='chat' id='m1'><body>copied</body></message></forwarded>`

func TestBelieveCarbon(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		told     bool
	}{
		{"the own account", `<message from='Mara@Harbor.Example'><received xmlns='urn:xmpp:carbons:2'>` + inner + `</received></message>`, true},
		{"no from", `<message><received xmlns='urn:xmpp:carbons:2'>` + inner + `</received></message>`, true},
		{"a stranger", `<message from='eve@ebb.example/y'><received xmlns='urn:xmpp:carbons:2'>` + inner + `</received></message>`, false},
		{"a device of the account", `<message from='mara@harbor.example/x'><received xmlns='urn:xmpp:carbons:2'>` + inner + `</received></message>`, false},
		{"the server", `<message from='harbor.example'><received xmlns='urn:xmpp:carbons:2'>` + inner + `</received></message>`, false},
		{"sent by another", `<message from='mara@harbor.example'><sent xmlns='urn:xmpp:carbons:2'>` + inner + `</sent></message>`, false},
		{"a copy of a copy", `<message from='mara@harbor.example'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>
			<message xmlns='jabber:client' from='mara@harbor.example'><received xmlns='urn:xmpp:carbons:2'>` + inner + `</received></message></forwarded></received></message>`, false},
		{"with a body of its own", `<message from='eve@ebb.example/y'><body>copied</body><received xmlns='urn:xmpp:carbons:2'>` + inner + `</received></message>`, false},
		{"of what was said in a room", `<message from='mara@harbor.example'><received xmlns='urn:xmpp:carbons:2'>` + strings.Replace(inner, "'chat'", "'groupchat'", 1) + `</received></message>`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events, _ := heard(t, account(), tt.in)
			says(t, events, "copied", tt.told)
		})
	}
}

// What is forged is dropped, and the log says so once.
func TestBelieveCarbonIsLoggedOnce(t *testing.T) {
	_, host, conn, _ := online(t, testSettings(), false)
	for range 3 {
		conn.send(`<message from='eve@ebb.example/y'><received xmlns='urn:xmpp:carbons:2'>`, inner, `</received></message>`)
	}
	conn.send(ottoSays("o1", "after it"))
	if got := host.next(t).activity.Object("object").Text("content"); got != "after it" {
		t.Errorf("told is %q", got)
	}
	host.mu.Lock()
	defer host.mu.Unlock()
	if n := strings.Count(host.logs.String(), "pretends to be a copy"); n != 1 {
		t.Errorf("the log says it %d times: %s", n, host.logs.String())
	}
}

// What has no "from" comes from the own account (RFC 6120, section 8.1.2.1): it is
// believed what that is believed, and nothing that is a room's to say.
func TestBelieveWithoutFrom(t *testing.T) {
	s := account("decks@rooms.harbor.example")
	events, _ := heard(t, s, `<message to='mara@harbor.example/web'><received xmlns='urn:xmpp:carbons:2'>`+inner+`</received></message>`)
	says(t, events, "copied", true)
	events, replies := heard(t, s, `<iq type='set' id='p1'><query xmlns='jabber:iq:roster'><item jid='otto@quay.example' subscription='both'/></query></iq>`)
	says(t, events, `"contact"`, true)
	if replies != `<iq type="result" id="p1"/>` {
		t.Errorf("answered by %s", replies)
	}
	_, replies = heard(t, s, `<iq type='get' id='q'><query xmlns='jabber:iq:version'/></iq>`)
	says(t, replies, `type="result"`, true)
	const correction = `<body>ten</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/></message>`
	events, _ = heard(t, account(), `<message from='mara@harbor.example/tablet' id='m1'><body>nine</body></message>`, `<message id='m2'>`+correction)
	says(t, events, "xmpp:replace", true)
	events, _ = heard(t, account(), `<message from='otto@quay.example/phone' id='m1'><body>nine</body></message>`, `<message id='m2'>`+correction)
	says(t, events, "xmpp:replace", false)
	for _, in := range []string{
		`<message type='groupchat'><subject>Mine</subject></message>`,
		`<message type='groupchat'><retract xmlns='urn:xmpp:message-retract:1' id='s1'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract></message>`,
	} {
		events, _ = heard(t, s, in)
		silent(t, events)
	}
	events, _ = heard(t, s, `<presence type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='none'/><status code='307'/></x></presence>`)
	says(t, events, "xmpp:codes", false)
}

// A copy is told in whatever shape its message has, and never answered.
func TestCarbonsOfAllShapes(t *testing.T) {
	for inside, want := range map[string]string{
		`<received xmlns='urn:xmpp:receipts' id='o1'/>`:                                      `"receipt"`,
		`<composing xmlns='http://jabber.org/protocol/chatstates'/>`:                         `"chat-state"`,
		`<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>👍</reaction></reactions>`: `"reaction"`,
		`<body>x</body><request xmlns='urn:xmpp:receipts'/>`:                                 `"send"`,
	} {
		events, replies := heard(t, account(), `<message from='mara@harbor.example'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>`+
			`<message xmlns='jabber:client' from='otto@quay.example/phone' to='mara@harbor.example/tablet' id='m1'>`+inside+`</message></forwarded></received></message>`)
		says(t, events, want, true)
		if replies != "" {
			t.Errorf("%s is answered by %s", inside, replies)
		}
	}
}

func TestBelieveRosterPush(t *testing.T) {
	for from, told := range map[string]bool{
		"": true, "mara@harbor.example": true, "mara@harbor.example/web": true,
		"mara@harbor.example/tablet": false, "harbor.example": false, "eve@ebb.example": false, "mara@harbor.example.ebb.example": false,
	} {
		attr := ""
		if from != "" {
			attr = " from='" + from + "'"
		}
		events, replies := heard(t, account(), `<iq type='set' id='p1'`+attr+`><query xmlns='jabber:iq:roster'><item jid='eve@ebb.example' subscription='both'/></query></iq>`)
		says(t, events, `"contact"`, told)
		if strings.Contains(replies, "service-unavailable") == told {
			t.Errorf("from %q: answered by %s", from, replies)
		}
	}
}

// A roster that nobody asked for changes nothing.
func TestBelieveRosterResult(t *testing.T) {
	events, replies := heard(t, account(), `<iq type='result' id='guess' from='eve@ebb.example'><query xmlns='jabber:iq:roster'><item jid='eve@ebb.example' subscription='both'/></query></iq>`)
	silent(t, events)
	if replies != "" {
		t.Errorf("answered by %s", replies)
	}
}

// Answers that no job waits for are nobody's: whoever wants to be heard guesses an id.
func TestBelieveAnswers(t *testing.T) {
	const refusal = `<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`
	for from, told := range map[string]bool{
		"harbor.example": true, "mara@harbor.example": true, "eve@ebb.example/y": false, "decks@rooms.harbor.example": false, "otto@quay.example/phone": false,
	} {
		for _, id := range []string{"zzz", "attendance_1", "room_info_1"} {
			events, replies := heard(t, account(), `<iq type='error' id='`+id+`' from='`+from+`'>`+refusal)
			if (events != "") != told || replies != "" {
				t.Errorf("%s from %s: told %s, answered by %s", id, from, events, replies)
			}
		}
	}
}

func TestBelieveArchive(t *testing.T) {
	result := func(from, attrs, inside string) string {
		return `<message from='` + from + `' to='mara@harbor.example/web'><result xmlns='urn:xmpp:mam:2' ` + attrs + `><forwarded xmlns='urn:xmpp:forward:0'>` +
			`<delay xmlns='urn:xmpp:delay' stamp='2024-05-06T07:08:09Z'/>` + inside + `</forwarded></result></message>`
	}
	chat := `<message xmlns='jabber:client' from='otto@quay.example/phone' to='mara@harbor.example' type='chat' id='m1'><body>old</body></message>`
	said := func(from string) string {
		return `<message xmlns='jabber:client' from='` + from + `' type='groupchat' id='g1'><body>old</body></message>`
	}
	const mine, room = "mara@harbor.example", "decks@rooms.harbor.example"
	for _, tt := range []struct {
		name, with, in string
		ok, told       bool
	}{
		{"the own archive", "", result(mine, "queryid='q1' id='a1'", chat), true, true},
		{"a room's", room, result("Decks@rooms.harbor.example", "queryid='q1' id='a1'", said(room+"/otto")), true, true},
		{"another query", "", result(mine, "queryid='q2' id='a1'", chat), false, false},
		{"a stranger with the id of the query", "", result("eve@ebb.example/y", "queryid='q1' id='a1'", chat), false, false},
		{"a stranger for the room", room, result("eve@ebb.example/y", "queryid='q1' id='a1'", said(room+"/otto")), false, false},
		{"an occupant for the room", room, result(room+"/eve", "queryid='q1' id='a1'", said(room+"/otto")), false, false},
		{"a room with another's words", room, result(room, "queryid='q1' id='a1'", said("quay@rooms.harbor.example/otto")), true, false},
		{"a room with a person's words", room, result(room, "queryid='q1' id='a1'", chat), true, false},
		{"the own archive with words of a room", "", result(mine, "queryid='q1' id='a1'", said(room+"/otto")), true, false},
		{"a copy in the archive", "", result(mine, "queryid='q1' id='a1'", `<message xmlns='jabber:client' from='mara@harbor.example'><received xmlns='urn:xmpp:carbons:2'>`+inner+`</received></message>`), true, false},
		{"nothing to be read", "", result(mine, "queryid='q1' id='a1'", `<message xmlns='jabber:client' from='otto@quay.example/x'><active xmlns='http://jabber.org/protocol/chatstates'/></message>`), true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, id, ok := account().archived(stanza(t, tt.in), tt.with, "q1")
			if ok != tt.ok || (a != nil) != tt.told || ok && id != "a1" {
				t.Fatalf("%s: %v, %q, %v", tt.in, a, id, ok)
			}
			if a != nil && (a.Text("published") != "2024-05-06T07:08:09.000Z" || a.Object("object").Text("xmpp:stanza-id") != "a1") {
				t.Errorf("told %s", activity.AppendJSON(nil, a))
			}
		})
	}
	// Live, results are never believed: no query of translate is open.
	events, _ := heard(t, account(), result(mine, "queryid='q1' id='a1'", chat))
	silent(t, events)
}

func TestBelieveStanzaID(t *testing.T) {
	const byMara = `<stanza-id xmlns='urn:xmpp:sid:0' by='Mara@harbor.example' id='s1'/>`
	chat := func(ids string) string {
		return `<message from='otto@quay.example/phone' id='m1'><body>x</body>` + ids + `</message>`
	}
	events, _ := heard(t, account(), chat(byMara))
	says(t, events, `"xmpp:stanza-id":"s1"`, true)
	events, _ = heard(t, account(), chat(byMara+byMara))
	says(t, events, "xmpp:stanza-id", false)
	events, _ = heard(t, account(), chat(`<stanza-id xmlns='urn:xmpp:sid:0' by='decks@rooms.harbor.example' id='s1'/>`))
	says(t, events, "xmpp:stanza-id", false)
	mute := account()
	clear(mute.features)
	events, _ = heard(t, mute, chat(byMara))
	says(t, events, "xmpp:stanza-id", false)
	// In a room only the room's own counts.
	events, _ = heard(t, account("decks@rooms.harbor.example"), `<message type='groupchat' from='decks@rooms.harbor.example/otto'><body>x</body>`+byMara+`</message>`)
	says(t, events, "xmpp:stanza-id", false)
}

func TestBelieveDelay(t *testing.T) {
	late := func(delays string) string {
		return `<message from='otto@quay.example/phone'><body>x</body>` + delays + `</message>`
	}
	for delays, want := range map[string]string{
		`<delay xmlns='urn:xmpp:delay' stamp='2025-06-07T08:09:40Z'/>`:                                                                                   `"published":"2025-06-07T08:09:40.000Z"`, // half a minute ahead
		`<delay xmlns='urn:xmpp:delay' stamp='2001-01-01T00:00:00Z'/><delay xmlns='urn:xmpp:delay' from='harbor.example' stamp='2024-01-01T00:00:00Z'/>`: `"published":"2024-01-01T00:00:00.000Z"`,
	} {
		events, _ := heard(t, account(), late(delays))
		says(t, events, want, true)
	}
	for _, delays := range []string{
		`<delay xmlns='urn:xmpp:delay' stamp='2025-06-07T08:10:20Z'/>`, `<delay xmlns='urn:xmpp:delay' stamp='yesterday'/>`, `<delay xmlns='urn:xmpp:delay'/>`,
	} {
		events, _ := heard(t, account(), late(delays))
		says(t, events, "published", false)
	}
}

func TestBelieveAuthor(t *testing.T) {
	const first = `<message type='groupchat' from='decks@rooms.harbor.example/otto' id='g1'><body>nine</body>` +
		`<stanza-id xmlns='urn:xmpp:sid:0' by='decks@rooms.harbor.example' id='s1'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='occ-otto'/></message>`
	by := func(nick, occupant, inside string) string {
		return `<message type='groupchat' from='decks@rooms.harbor.example/` + nick + `' id='g2'>` + inside + `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='` + occupant + `'/></message>`
	}
	const correction = `<body>ten</body><replace xmlns='urn:xmpp:message-correct:0' id='g1'/>`
	const retraction = `<body>gone</body><retract xmlns='urn:xmpp:message-retract:1' id='s1'/>`
	room := func() *state { return account("decks@rooms.harbor.example") }

	// By his occupant id otto is the author also under another nick, and eve is not
	// when she takes his.
	events, _ := heard(t, room(), first, by("captain", "occ-otto", correction))
	says(t, events, "xmpp:replace", true)
	events, _ = heard(t, room(), first, by("otto", "occ-eve", correction))
	says(t, events, "xmpp:replace", false)
	says(t, events, `"content":"ten"`, true)
	events, _ = heard(t, room(), first, by("captain", "occ-otto", retraction))
	says(t, events, `"retraction"`, true)
	events, _ = heard(t, room(), first, by("otto", "occ-eve", retraction))
	says(t, events, `"retraction"`, false)
	says(t, events, "gone", false)

	// Of persons the account is the author, whichever device writes.
	chat := `<message from='otto@quay.example/phone' id='m1'><body>nine</body></message>`
	events, _ = heard(t, account(), chat, `<message from='Otto@quay.example/desk' id='m2'><body>ten</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/></message>`)
	says(t, events, "xmpp:replace", true)
	events, _ = heard(t, account(), `<message from='otto@quay.example/phone' id='m2'><body>x</body><retract xmlns='urn:xmpp:message-retract:1' id='never-seen'/></message>`)
	says(t, events, `"retraction"`, true)
}

func TestBelieveModeration(t *testing.T) {
	moderated := func(from string) string {
		return `<message type='groupchat' from='` + from + `'><body>removed</body><retract xmlns='urn:xmpp:message-retract:1' id='s1'><moderated xmlns='urn:xmpp:message-moderate:1'/><reason>spam</reason></retract></message>`
	}
	old := strings.NewReplacer(`<retract xmlns='urn:xmpp:message-retract:1' id='s1'><moderated xmlns='urn:xmpp:message-moderate:1'/><reason>spam</reason></retract>`,
		`<apply-to xmlns='urn:xmpp:fasten:0' id='s1'><moderated xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/><reason>spam</reason></moderated></apply-to>`)
	room := account("decks@rooms.harbor.example")
	for _, in := range []string{moderated("decks@rooms.harbor.example"), old.Replace(moderated("decks@rooms.harbor.example"))} {
		events, _ := heard(t, room, in)
		says(t, events, `"object":{"type":"retraction","id":"s1","content":"spam"}`, true)
	}
	for _, from := range []string{"decks@rooms.harbor.example/eve", "quay@rooms.harbor.example", "eve@ebb.example/y"} {
		for _, in := range []string{moderated(from), old.Replace(moderated(from)), strings.Replace(moderated(from), "groupchat", "chat", 1)} {
			events, _ := heard(t, room, in)
			silent(t, events)
		}
	}
}

func TestBelieveSubject(t *testing.T) {
	room := account("decks@rooms.harbor.example")
	events, _ := heard(t, room, `<message type='groupchat' from='decks@rooms.harbor.example/otto'><subject>Night watch</subject></message>`)
	says(t, events, `"topic"`, true)
	// Once there was one, it can be taken away.
	events, _ = heard(t, room, `<message type='groupchat' from='decks@rooms.harbor.example/otto'><subject/></message>`)
	says(t, events, `"topic"`, true)
	for _, in := range []string{
		`<message type='chat' from='decks@rooms.harbor.example/eve'><subject>Mine</subject></message>`,
		`<message from='eve@ebb.example'><subject>Mine</subject></message>`,
		`<message type='groupchat' from='decks@rooms.harbor.example/otto'><subject>Not this</subject><thread>t</thread></message>`,
	} {
		events, _ = heard(t, room, in)
		silent(t, events)
	}
}

// Codes and roles are a room's to give, and only of rooms that the user is in.
func TestBelieveRoomPresence(t *testing.T) {
	forged := `<presence from='eve@ebb.example/y' to='mara@harbor.example/web' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/><status code='307'/></x></presence>`
	events, _ := heard(t, account("decks@rooms.harbor.example"), forged)
	says(t, events, `"type":"person","id":"eve@ebb.example/y"`, true)
	for _, part := range []string{"xmpp:", `"leave"`, "role"} {
		says(t, events, part, false)
	}
}

func TestBelieveOccupantID(t *testing.T) {
	in := `<message type='groupchat' from='decks@rooms.harbor.example/otto'><body>x</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='occ'/></message>`
	s := account("decks@rooms.harbor.example")
	events, _ := heard(t, s, in)
	says(t, events, `"xmpp:occupant-id":"occ"`, true)
	delete(s.room("decks@rooms.harbor.example").features, nsOccupantID)
	events, _ = heard(t, s, in)
	says(t, events, "occupant-id", false)
	events, _ = heard(t, s, strings.NewReplacer("groupchat", "chat", "decks@rooms.harbor.example/otto", "eve@ebb.example/y").Replace(in))
	says(t, events, "occupant-id", false)
}

// Receipts, version and time tell that the user is there: contacts that see him, his
// own devices and his server may know.
func TestBelieveWhoMayKnow(t *testing.T) {
	for from, may := range map[string]bool{
		"otto@quay.example/phone": true, "mara@harbor.example/tablet": true, "harbor.example": true,
		"kai@dock.example/x": false, "eve@ebb.example/y": false, "decks@rooms.harbor.example/otto": false, "otto@quay.example.ebb.example/x": false,
	} {
		for _, payload := range []string{`<query xmlns='jabber:iq:version'/>`, `<time xmlns='urn:xmpp:time'/>`} {
			_, replies := heard(t, account("decks@rooms.harbor.example"), `<iq type='get' id='q' from='`+from+`'>`+payload+`</iq>`)
			if strings.Contains(replies, `type="result"`) != may || strings.Contains(replies, "service-unavailable") == may {
				t.Errorf("%s asks for %s: %s", from, payload, replies)
			}
		}
	}
	ask := func(attrs, more string) string {
		return `<message ` + attrs + `><body>there?</body><request xmlns='urn:xmpp:receipts'/>` + more + `</message>`
	}
	for in, may := range map[string]bool{
		ask(`from='otto@quay.example/phone' id='m1'`, ""):                                                             true,
		ask(`from='kai@dock.example/x' id='m1'`, ""):                                                                  false,
		ask(`from='eve@ebb.example/y' id='m1'`, ""):                                                                   false,
		ask(`from='otto@quay.example/phone'`, ""):                                                                     false, // no id to name
		ask(`from='decks@rooms.harbor.example/otto' type='groupchat' id='m1'`, ""):                                    false,
		ask(`from='decks@rooms.harbor.example/otto' type='chat' id='m1'`, ""):                                         false,
		ask(`from='otto@quay.example/phone' type='error' id='m1'`, ""):                                                false,
		ask(`from='otto@quay.example/phone' id='m1'`, `<delay xmlns='urn:xmpp:delay' stamp='2024-01-01T00:00:00Z'/>`): false,
	} {
		if _, replies := heard(t, account("decks@rooms.harbor.example"), in); (replies != "") != may {
			t.Errorf("%s is answered by %s", in, replies)
		}
	}
}

// Each get and set gets one answer, a result or an error none.
func TestAnswers(t *testing.T) {
	s := account()
	for in, want := range map[string]string{
		`<iq type='get' id='q' from='harbor.example'><ping xmlns='urn:xmpp:ping'/></iq>`:                            `<iq type="result" id="q" to="harbor.example"/>`,
		`<iq type='get' id='q'><ping xmlns='urn:xmpp:ping'/></iq>`:                                                  `<iq type="result" id="q"/>`,
		`<iq type='get' id='q' from='harbor.example'><query xmlns='jabber:iq:version'/></iq>`:                       `<iq type="result" id="q" to="harbor.example"><query xmlns="jabber:iq:version"><name>Sockethub</name></query></iq>`,
		`<iq type='get' id='q' from='harbor.example'><time xmlns='urn:xmpp:time'/></iq>`:                            `<iq type="result" id="q" to="harbor.example"><time xmlns="urn:xmpp:time"><tzo>+00:00</tzo><utc>2025-06-07T08:09:10Z</utc></time></iq>`,
		`<iq type='set' id='q' from='a@b'><x xmlns='urn:x'/></iq>`:                                                  `<iq type="error" id="q" to="a@b"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
		`<iq type='get' id='q' from='a@b'><query xmlns='http://jabber.org/protocol/disco#info' node='other'/></iq>`: `<iq type="error" id="q" to="a@b"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
		`<iq type='get' id='q' from='a@b'><a xmlns='x'/><b xmlns='x'/></iq>`:                                        `<iq type="error" id="q" to="a@b"><error type="modify"><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
		`<iq type='odd' id='q' from='a@b'><a xmlns='x'/></iq>`:                                                      `<iq type="error" id="q" to="a@b"><error type="modify"><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
		`<iq type='set' id='q'><query xmlns='jabber:iq:roster'/></iq>`:                                              `<iq type="error" id="q"><error type="modify"><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
		`<iq type='result' id='q' from='a@b'><ping xmlns='urn:xmpp:ping'/></iq>`:                                    ``,
		`<iq type='error' id='q' from='a@b'/>`:                                                                      ``,
	} {
		if _, got := heard(t, s, in); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
	// What a presence says in short is what is answered for it.
	_, got := heard(t, s, `<iq type='get' id='q' from='a@b'><query xmlns='http://jabber.org/protocol/disco#info' node='`+softwareNode+`#`+caps().Attr("ver")+`'/></iq>`)
	if !strings.Contains(got, `<identity category="client" type="web" name="Sockethub"/>`) || !strings.Contains(got, `node="`+softwareNode+`#`) {
		t.Errorf("answered by %s", got)
	}
}

// A server's words reach clients as text, and not all of a book.
func TestLongWordsAreCut(t *testing.T) {
	book := strings.Repeat("é", 5000)
	s := account()
	for _, in := range []string{
		`<message type='error' from='a@b' id='m1'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>` + book + `</text></error></message>`,
		`<presence type='error' from='a@b'><status>` + book + `</status></presence>`,
	} {
		text := s.translate(stanza(t, in)).events[0].Text("error")
		if len(text) > maxText+len("…") || !strings.HasSuffix(text, "é…") {
			t.Errorf("told %d bytes that end with %q", len(text), text[len(text)-10:])
		}
	}
}

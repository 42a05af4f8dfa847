package xmpp

import (
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// Section 11 of the specification: what the reference does wrong, by the number of
// its row, and what we do instead. The rows about connections stand elsewhere.

func sent(t *testing.T, job string) string {
	t.Helper()
	list, err := said(account(), parse(t, job))
	if err != nil {
		return err.Error()
	}
	out := ""
	for _, e := range list {
		out += capsElement.ReplaceAllString(e.String(), "")
	}
	return out
}

func TestRow1ShowAndStatusAreSent(t *testing.T) {
	got := sent(t, `{"type":"update","object":{"type":"presence","presence":"away","content":"lunch"}}`)
	if got != `<presence><show>away</show><status>lunch</status></presence>` {
		t.Error(got)
	}
}

func TestRow2FriendRequestsAreTold(t *testing.T) {
	for kind, want := range map[string]string{
		"subscribe": `"type":"request-friend"`, "unsubscribe": `"notauthorized"`, "unsubscribed": `"notauthorized"`, "subscribed": "", "probe": "",
	} {
		events, _ := heard(t, account(), `<presence from='otto@quay.example' to='mara@harbor.example' type='`+kind+`'/>`)
		if !strings.Contains(events, want) || want == "" && events != "" {
			t.Errorf("%s: told %s", kind, events)
		}
	}
}

func TestRow3FriendsAreMadeAndLeftBothWays(t *testing.T) {
	const target = `"target":{"id":"otto@quay.example","type":"person"}}`
	if got := sent(t, `{"type":"make-friend",`+target); !strings.Contains(got, `"subscribed"`) || !strings.Contains(got, `"subscribe"`) {
		t.Error(got)
	}
	got := sent(t, `{"type":"remove-friend",`+target)
	for _, part := range []string{`"unsubscribe"`, `"unsubscribed"`, `subscription="remove"`} {
		if !strings.Contains(got, part) {
			t.Errorf("no %s in %s", part, got)
		}
	}
}

// A character that came in two reads is one: package xml fuzzes all cuts.
func TestRow10CharactersCutInTwo(t *testing.T) {
	stream := `<stream xmlns="jabber:client"><message from="a@b"><body>🚢</body></message>`
	cut := strings.Index(stream, "🚢") + 2
	r := xml.NewReader(readers(stream[:cut], stream[cut:]))
	e, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if out := account().translate(e); out.events[0].Object("object").Text("content") != "🚢" {
		t.Errorf("read %s", e)
	}
}

func TestRow11OddStanzasHarmNobody(t *testing.T) {
	for _, in := range []string{
		`<message from='' to=''><body>x</body></message>`, `<message from='@' to='/'><body>x</body></message>`, `<presence from='@@//'/>`,
		`<iq/>`, `<iq type='get'/>`, `<message type='error'/>`, `<presence type='odd'/>`, `<message><sent xmlns='urn:xmpp:carbons:2'/></message>`,
	} {
		account("decks@rooms.harbor.example").translate(stanza(t, in))
	}
}

func TestRow15ErrorsNameTheMessage(t *testing.T) {
	events, _ := heard(t, account(), `<message type='error' from='ghost@quay.example' to='mara@harbor.example/web' id='hc-9'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
	says(t, events, `"object":{"type":"message","id":"hc-9"}`, true)
}

func TestRow16CharactersThatXMLForbids(t *testing.T) {
	got := sent(t, `{"type":"send","target":{"id":"otto@quay.example","type":"person"},"object":{"type":"message","content":"bell\u0007nul\u0000end"}}`)
	if got != "content contains characters that XML does not allow" {
		t.Error(got)
	}
}

func TestRow18AttendanceWithoutNames(t *testing.T) {
	a := account().attendance(stanza(t, `<iq type='result' from='decks@rooms.harbor.example' id='attendance_1'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='decks@rooms.harbor.example/otto'/></query></iq>`))
	if got := a.Object("object").Get("members").([]any); len(got) != 1 || got[0] != "otto" {
		t.Errorf("members %v", got)
	}
	a = account().attendance(stanza(t, `<iq type='error' from='decks@rooms.harbor.example' id='attendance_1'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`))
	if a.Text("type") != "query" || a.Object("object").Text("type") != "attendance" || !strings.Contains(a.Text("error"), "forbidden") {
		t.Errorf("told %s", activity.AppendJSON(nil, a))
	}
}

func TestRow19OnlyRostersAreRosters(t *testing.T) {
	for _, in := range []string{
		`<iq type='result' id='x'><query xmlns='jabber:iq:search'><item jid='vic@harbor.example'/></query></iq>`,
		`<iq type='result' id='x' from='rooms.harbor.example'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='decks@rooms.harbor.example'/></query></iq>`,
	} {
		events, _ := heard(t, account(), in)
		silent(t, events)
	}
}

func TestRow22NicksAndRooms(t *testing.T) {
	if got := sent(t, `{"type":"join","actor":{"id":"mara@harbor.example/web","type":"person"},"target":{"id":"decks@rooms.harbor.example","type":"room"}}`); !strings.Contains(got, `to="decks@rooms.harbor.example/mara"`) {
		t.Errorf("without a name the nick is not that of the account: %s", got)
	}
	events, _ := heard(t, account(), `<message type='groupchat' from='decks@rooms.harbor.example/port/starboard'><body>x</body></message>`)
	says(t, events, `"name":"port/starboard"`, true)
	events, _ = heard(t, account("decks@rooms.harbor.example"), `<presence type='unavailable' from='decks@rooms.harbor.example/mara'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/><status code='110'/></x></presence>`)
	says(t, events, `"actor":{"type":"room"`, true)
}

func TestRow23TextAroundCDATA(t *testing.T) {
	events, _ := heard(t, account(), `<message from='a@b'><body>see <![CDATA[x & y]]> please</body></message>`)
	says(t, events, `see x \u0026 y please`, true)
}

func TestRow24StanzaIDsOfOthers(t *testing.T) {
	events, _ := heard(t, account(), `<message from='a@b'><body>x</body><stanza-id xmlns='urn:xmpp:sid:0' by='evil.example' id='spoof'/></message>`)
	says(t, events, "stanza-id", false)
}

func TestRow25NothingGoesToNobody(t *testing.T) {
	for _, job := range []string{
		`{"type":"join","actor":{"name":"Mara"}}`, `{"type":"leave","actor":{"name":"Mara"}}`, `{"type":"send","object":{"type":"message","content":"x"}}`,
		`{"type":"request-friend"}`, `{"type":"make-friend"}`, `{"type":"remove-friend"}`,
	} {
		if got := sent(t, job); got != "target is missing" {
			t.Errorf("%s: %s", job, got)
		}
	}
}

// What one session does with friends and with the connection, the others are told.
func TestRow26PeersAreTold(t *testing.T) {
	p, platform := pipeline(t)
	for _, verb := range []string{"make-friend", "remove-friend", "disconnect"} {
		a := parse(t, `{"type":"`+verb+`","actor":{"id":"mara@harbor.example/web","type":"person"},"target":{"id":"otto@quay.example","type":"person"}}`)
		if err := p.Outbound(platform, a, ""); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

package xmpp

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// jobCase is a line of xmpp-outgoing.jsonl: what the reference sends for a job.
type jobCase struct {
	Name     string
	State    string
	Rooms    []string
	Job      json.RawMessage
	Rejected string
	Stanzas  []string
	Result   struct{ Error string }
	Compat   string
}

func parse(t testing.TB, text string) *activity.Object {
	t.Helper()
	o, err := activity.ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}

// iq is a request with a payload, as it goes out.
func iq(kind, to, id string, payload *xml.Element) *xml.Element {
	return xml.New("iq", "type", kind, "id", id, "to", to).Add(payload)
}

// said is what goes out for a job, in the order of its parts, and why nothing does.
func said(s *state, a *activity.Object) ([]*xml.Element, error) {
	one := func(e *xml.Element, err error) ([]*xml.Element, error) { return []*xml.Element{e}, err }
	switch a.Text("type") {
	case "join":
		return one(s.composeJoin(a))
	case "leave":
		return one(s.composeLeave(a))
	case "send":
		return one(composeSend(a, "UUID"))
	case "request-friend", "make-friend", "remove-friend":
		list, roster, err := composeFriend(a)
		if roster != nil {
			list = append(list, iq("set", "", "UUID", roster))
		}
		return list, err
	case "query":
		return one(s.composeQuery(a, "UUID"))
	case "update":
		switch a.Object("object").Text("type") {
		case "contact":
			payload, err := composeContact(a)
			return one(iq("set", "", "UUID", payload), err)
		case "role", "affiliation":
			room, payload, err := composeModeration(a)
			return one(iq("set", room, "UUID", payload), err)
		}
		return one(s.composeUpdate(a, "UUID"))
	}
	return nil, nil
}

// ourStanzas is what we send where we differ, and the reason: a row of section 11 of
// the specification, or a shape of section 14.
type ourStanzas struct {
	why     string
	stanzas []string
}

var capsElement = regexp.MustCompile(`<c xmlns="http://jabber.org/protocol/caps"[^>]*/>`)

// What clients say becomes the stanzas that the reference sends. Where it is wrong,
// they are those of section 11 of the specification: show and status are sent, with
// what we understand (XEP-0115); a friend is made and left both ways; nothing goes
// to nobody. A message without an id gets one, which the answer to the job names.
func TestCompose(t *testing.T) {
	ours := map[string]ourStanzas{
		"join-no-name":             {"11.22: the default nick is the local part", []string{`<presence from="mara@harbor.example/web" to="decks@rooms.harbor.example/mara"><x xmlns="http://jabber.org/protocol/muc"/></presence>`}},
		"join-empty-name":          {"11.22: the default nick is the local part", []string{`<presence from="mara@harbor.example/web" to="decks@rooms.harbor.example/mara"><x xmlns="http://jabber.org/protocol/muc"/></presence>`}},
		"join-foreign-actor":       {"section 4: servers may end the stream for a wrong from", []string{`<presence to="decks@rooms.harbor.example/Mara"><x xmlns="http://jabber.org/protocol/muc"/></presence>`}},
		"join-no-target":           {"11.25", []string{"target is missing"}},
		"leave-no-name":            {"11.22: the default nick is the local part", []string{`<presence from="mara@harbor.example/web" to="decks@rooms.harbor.example/mara" type="unavailable"/>`}},
		"send-newlines":            {"a carriage return is kept as one", []string{"<message type=\"chat\" to=\"otto@quay.example\"><body>one\ntwo&#13;\nthree\t.</body></message>"}},
		"send-control":             {"11.16", []string{"content contains characters that XML does not allow"}},
		"send-no-target":           {"11.25", []string{"target is missing"}},
		"update-online":            {"11.1", []string{`<presence/>`}},
		"update-away":              {"11.1", []string{`<presence><show>away</show></presence>`}},
		"update-chat":              {"11.1", []string{`<presence><show>chat</show></presence>`}},
		"update-dnd":               {"11.1", []string{`<presence><show>dnd</show></presence>`}},
		"update-xa":                {"11.1", []string{`<presence><show>xa</show></presence>`}},
		"update-offline":           {"11.1", []string{`<presence type="unavailable"/>`}},
		"update-away-status":       {"11.1", []string{`<presence><show>away</show><status>At lunch &amp; back</status></presence>`}},
		"update-offline-status":    {"11.1", []string{`<presence type="unavailable"><status>bye</status></presence>`}},
		"update-no-presence":       {"11.1", []string{`<presence/>`}},
		"update-target":            {"11.1", []string{`<presence to="decks@rooms.harbor.example"><show>away</show></presence>`}},
		"request-friend-no-target": {"11.25", []string{"target is missing"}},
		"make-friend":              {"11.3", []string{`<presence type="subscribed" to="otto@quay.example"/>`, `<presence type="subscribe" to="otto@quay.example"/>`}},
		"remove-friend":            {"11.3", []string{`<presence type="unsubscribe" to="otto@quay.example"/>`, `<presence type="unsubscribed" to="otto@quay.example"/>`, `<iq type="set" id="UUID"><query xmlns="jabber:iq:roster"><item jid="otto@quay.example" subscription="remove"/></query></iq>`}},
		"query-roster":             {"14.3: the roster can be asked for", []string{`<iq type="get" id="UUID"><query xmlns="jabber:iq:roster"/></iq>`}},
	}
	live := newLiveAccount(t)
	for _, c := range readLines[jobCase](t, "testdata/xmpp-outgoing.jsonl") {
		if c.State != "" || c.Name == "disconnect" {
			continue // states of the reference's library: TestJobsWhileReconnecting, TestRow17DisconnectSaysFarewell
		}
		if c.Rejected != "" && c.Compat != "more" { // the platform never sees it
			if _, err := live.pipe.Message(parse(t, string(c.Job))); err == nil || err.Error() != c.Rejected {
				t.Errorf("%s is refused with %v, want %s", c.Job, err, c.Rejected)
			}
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			s := account(c.Rooms...)
			for _, r := range s.rooms {
				r.nick = "" // the reference knows none
			}
			list, done := live.does(t, s, job(t, string(c.Job)))
			var got []string
			for _, e := range list {
				got = append(got, randomID.ReplaceAllString(capsElement.ReplaceAllString(e.String(), ""), "UUID"))
			}
			if len(got) == 0 {
				got = []string{done.text()}
			}
			want := c.Stanzas
			if c.Result.Error != "" {
				want = []string{c.Result.Error}
			}
			if o, differs := ours[c.Name]; differs {
				if c.Compat == "must" || o.why == "" {
					t.Error("a case that clients depend on is listed as one in which we differ, or one without a reason")
				}
				want = o.stanzas
				delete(ours, c.Name)
			}
			if strings.Contains(string(c.Job), `"type":"send"`) {
				for i := range got {
					got[i] = strings.Replace(got[i], ` id="UUID"`, "", 1)
				}
				for i := range want {
					want[i] = strings.Replace(want[i], ` id=""`, "", 1)
				}
			}
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], "<presence></presence>", "<presence/>")
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s\ngot  %s\nwant %s", c.Job, got, want)
			}
		})
	}
	for name := range ours {
		t.Errorf("%s has no case of that name", name)
	}
}

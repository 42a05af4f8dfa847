package xmpp

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// What a server answers to the queries of section 14.3 becomes the answer's object.
func TestLists(t *testing.T) {
	png := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\nxyz"))
	tests := []struct {
		name, in, want string
		answer         func(t *testing.T, in string) any
	}{
		{"roster", `<iq type='result'><query xmlns='jabber:iq:roster' ver='7'>
			<item jid='otto@quay.example' name='Otto' subscription='both'><group>Crew</group><group>Quay</group></item>
			<item jid='pia@quay.example' ask='subscribe' subscription='odd'/><item subscription='to'/><item jid='a@@b'/></query></iq>`,
			`{"type":"roster","items":[{"type":"person","id":"otto@quay.example","name":"Otto","subscription":"both","groups":["Crew","Quay"]},` +
				`{"type":"person","id":"pia@quay.example","subscription":"none","ask":"subscribe"}]}`,
			func(t *testing.T, in string) any { return rosterList(stanza(t, in)) }},
		{"members", `<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'><item jid='pia@quay.example' affiliation='owner'/>
			<item affiliation='owner'/><item jid='x@y' affiliation='boss'/></query></iq>`,
			`{"type":"members","items":[{"type":"person","id":"pia@quay.example","affiliation":"owner"}]}`,
			func(t *testing.T, in string) any { return memberList(stanza(t, in)) }},
		{"rooms, a page", `<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='decks@rooms.harbor.example' name='The Decks'/>
			<item jid='quay@rooms.harbor.example'/><item jid='x@y' node='n'/><set xmlns='http://jabber.org/protocol/rsm'><last>quay</last></set></query></iq>`,
			`[{"type":"room","id":"decks@rooms.harbor.example","name":"The Decks"},{"type":"room","id":"quay@rooms.harbor.example"},"quay"]`,
			func(t *testing.T, in string) any {
				rooms, next := roomPage(stanza(t, in))
				return append(rooms, next)
			}},
		{"rooms, the page behind the last", `<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'><set xmlns='http://jabber.org/protocol/rsm'><last>quay</last></set></query></iq>`,
			`[""]`,
			func(t *testing.T, in string) any {
				rooms, next := roomPage(stanza(t, in))
				return append(rooms, next)
			}},
		{"bookmarks", `<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'>
			<item id='decks@rooms.harbor.example'><conference xmlns='urn:xmpp:bookmarks:1' name='The Decks' autojoin='1'><nick>mara</nick></conference></item>
			<item id='not one@'><conference xmlns='urn:xmpp:bookmarks:1'/></item></items></pubsub></iq>`,
			`{"type":"bookmarks","items":[{"type":"room","id":"decks@rooms.harbor.example","name":"The Decks","nick":"mara","autojoin":true}]}`,
			func(t *testing.T, in string) any { return bookmarkList(stanza(t, in)) }},
		{"bookmarks of old", `<iq type='result'><query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>
			<conference jid='decks@rooms.harbor.example'><nick>mara</nick></conference><url url='https://a.example'/></storage></query></iq>`,
			`{"type":"bookmarks","items":[{"type":"room","id":"decks@rooms.harbor.example","nick":"mara","autojoin":false}]}`,
			func(t *testing.T, in string) any { return bookmarkList(stanza(t, in)) }},
		{"a slot", `<iq type='result'><slot xmlns='urn:xmpp:http:upload:0'><put url='https://up.example/a?t=1'>
			<header name='authorization'>Basic x` + "\n" + `Host: evil</header><header name='Host'>evil</header></put><get url='https://up.example/a'/></slot></iq>`,
			`{"type":"upload","put":"https://up.example/a?t=1","headers":{"Authorization":"Basic xHost: evil"},"get":"https://up.example/a"}`,
			func(t *testing.T, in string) any { o, _ := uploadSlot(stanza(t, in)); return o }},
		{"a slot that is a script", `<iq type='result'><slot xmlns='urn:xmpp:http:upload:0'><put url='https://up.example/a'/><get url='javascript:alert(1)'/></slot></iq>`,
			`false`, func(t *testing.T, in string) any { _, ok := uploadSlot(stanza(t, in)); return ok }},
		{"a profile", `<iq type='result'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Otto Quay</text></fn><nickname><text>otto</text></nickname>
			<url><uri>https://quay.example</uri></url><photo><uri>data:image/svg+xml;base64,` + png + `</uri></photo></vcard></iq>`,
			`{"type":"profile","name":"Otto Quay","nickname":"otto","url":"https://quay.example","image":"data:image/png;base64,` + png + `"}`,
			func(t *testing.T, in string) any { return profile(stanza(t, in)) }},
		{"a profile of old", `<iq type='result'><vCard xmlns='vcard-temp'><FN>Otto</FN><DESC>rows</DESC><URL>file:///etc/passwd</URL>
			<PHOTO><TYPE>image/svg+xml</TYPE><BINVAL>` + base64.StdEncoding.EncodeToString([]byte("<svg onload='x'/>")) + `</BINVAL></PHOTO></vCard></iq>`,
			`{"type":"profile","name":"Otto","summary":"rows"}`,
			func(t *testing.T, in string) any { return profile(stanza(t, in)) }},
		{"a picture elsewhere", `<iq type='result'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><photo><uri>https://track.example/a.png</uri></photo></vcard></iq>`,
			`{"type":"profile"}`, func(t *testing.T, in string) any { return profile(stanza(t, in)) }},
		{"a picture that is too large", `<iq type='result'><vCard xmlns='vcard-temp'><PHOTO><BINVAL>` +
			base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n"+strings.Repeat("x", maxImage))) + `</BINVAL></PHOTO></vCard></iq>`,
			`{"type":"profile"}`, func(t *testing.T, in string) any { return profile(stanza(t, in)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(activity.AppendJSON(nil, tt.answer(t, tt.in))); got != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestArchiveEnd(t *testing.T) {
	for in, want := range map[string]archivePage{
		`<iq><fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'><first index='0'>a1</first><last>a9</last><count>9</count></set></fin></iq>`: {"a1", "a9", 9, true},
		`<iq><fin xmlns='urn:xmpp:mam:2'/></iq>`: {"", "", -1, false},
		`<iq/>`:                                  {"", "", -1, false},
	} {
		if got := archiveEnd(stanza(t, in)); got != want {
			t.Errorf("%s: %+v, want %+v", in, got, want)
		}
	}
}

// A query for history becomes pages, forwards from a beginning, else backwards.
func TestHistoryPages(t *testing.T) {
	const form, end = `<query xmlns="urn:xmpp:mam:2" queryid="q"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>urn:xmpp:mam:2</value></field>`, `</set></query>`
	const set = `</x><set xmlns="http://jabber.org/protocol/rsm">`
	tests := []struct{ name, target, object, cursor, archive, want string }{
		{"the newest of all", ``, `{"type":"history"}`, "", "", form + set + `<max>50</max><before/>` + end},
		{"of a person", `{"id":"otto@quay.example","type":"person"}`, `{"type":"history","limit":5}`, "", "",
			form + `<field var="with"><value>otto@quay.example</value></field>` + set + `<max>5</max><before/>` + end},
		{"of a room, before a message", `{"id":"decks@rooms.harbor.example/x","type":"room"}`, `{"type":"history","before":"a7"}`, "", "decks@rooms.harbor.example",
			form + set + `<max>50</max><before>a7</before>` + end},
		{"after a time", ``, `{"type":"history","after":"2024-05-06T09:08:09+02:00","limit":1000}`, "", "",
			form + `<field var="start"><value>2024-05-06T07:08:09.000Z</value></field>` + set + `<max>100</max>` + end},
		{"after a message", ``, `{"type":"history","after":"a7"}`, "", "", form + set + `<max>50</max><after>a7</after>` + end},
		{"its second page", ``, `{"type":"history","after":"a7"}`, "a9", "", form + set + `<max>50</max><after>a9</after>` + end},
		{"between times", ``, `{"type":"history","after":"2024-05-06T07:08:09Z","before":"2024-05-07T07:08:09Z"}`, "", "",
			form + `<field var="start"><value>2024-05-06T07:08:09.000Z</value></field><field var="end"><value>2024-05-07T07:08:09.000Z</value></field>` + set + `<max>50</max>` + end},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := parse(t, `{"type":"query","object":`+tt.object+`}`)
			if tt.target != "" {
				a.Set("target", parse(t, tt.target))
			}
			q, err := composeHistory(a)
			if err != nil {
				t.Fatal(err)
			}
			if got := q.page("q", tt.cursor, q.limit).String(); got != tt.want || q.archive != tt.archive {
				t.Errorf("archive %q\ngot  %s\nwant %s", q.archive, got, tt.want)
			}
		})
	}
}

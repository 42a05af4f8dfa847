package xmpp

import "testing"

// What clients say beyond the reference (section 14.2 of the specification), and as
// what it goes out.
func TestShapesOut(t *testing.T) {
	const person, room = `{"id":"otto@quay.example","type":"person"}`, `{"id":"decks@rooms.harbor.example","type":"room"}`
	tests := []struct{ name, verb, target, object, want string }{
		{"reply", "send", person, `{"type":"message","id":"m2","content":"aye","inReplyTo":"m1"}`,
			`<message type="chat" to="otto@quay.example" id="m2"><body>aye</body><reply id="m1" xmlns="urn:xmpp:reply:0"/></message>`},
		{"attachment", "send", person, `{"type":"message","id":"m2","content":"look","attachment":[{"type":"link","href":"https://a.example/b?c&d","name":"A tug"}]}`,
			`<message type="chat" to="otto@quay.example" id="m2"><body>look</body><x xmlns="jabber:x:oob"><url>https://a.example/b?c&amp;d</url><desc>A tug</desc></x></message>`},
		{"attachment without a text", "send", room, `{"type":"message","id":"m2","content":"","attachment":[{"type":"link","href":"https://a.example/b"}]}`,
			`<message type="groupchat" to="decks@rooms.harbor.example" id="m2"><body>https://a.example/b</body><x xmlns="jabber:x:oob"><url>https://a.example/b</url></x></message>`},
		{"receipt asked for", "send", person, `{"type":"message","id":"m2","content":"x","receipt":true}`,
			`<message type="chat" to="otto@quay.example" id="m2"><body>x</body><request xmlns="urn:xmpp:receipts"/><markable xmlns="urn:xmpp:chat-markers:0"/></message>`},
		{"chat state", "update", person, `{"type":"chat-state","state":"composing"}`,
			`<message type="chat" to="otto@quay.example"><composing xmlns="http://jabber.org/protocol/chatstates"/><no-store xmlns="urn:xmpp:hints"/></message>`},
		{"displayed", "update", person, `{"type":"receipt","id":"m1","state":"displayed"}`,
			`<message type="chat" to="otto@quay.example" id="UUID"><displayed xmlns="urn:xmpp:chat-markers:0" id="m1"/><store xmlns="urn:xmpp:hints"/></message>`},
		{"reaction", "update", room, `{"type":"reaction","id":"s1","reactions":["👍","⚓","👍"]}`,
			`<message type="groupchat" to="decks@rooms.harbor.example" id="UUID"><reactions id="s1" xmlns="urn:xmpp:reactions:0"><reaction>👍</reaction><reaction>⚓</reaction></reactions><store xmlns="urn:xmpp:hints"/></message>`},
		{"reaction withdrawn", "update", person, `{"type":"reaction","id":"m1","reactions":[]}`,
			`<message type="chat" to="otto@quay.example" id="UUID"><reactions id="m1" xmlns="urn:xmpp:reactions:0"/><store xmlns="urn:xmpp:hints"/></message>`},
		{"retraction", "update", person, `{"type":"retraction","id":"m1"}`,
			`<message type="chat" to="otto@quay.example" id="UUID"><retract id="m1" xmlns="urn:xmpp:message-retract:1"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:message-retract:1"/>` +
				`<body>A message was taken back, which this client cannot show.</body><store xmlns="urn:xmpp:hints"/></message>`},
		{"subject", "update", room, `{"type":"topic","content":"Night watch"}`,
			`<message type="groupchat" to="decks@rooms.harbor.example" id="UUID"><subject>Night watch</subject></message>`},
		{"nick", "update", room, `{"type":"address","name":"captain"}`, `<presence to="decks@rooms.harbor.example/captain"/>`},
		{"presence in a room", "update", room, `{"type":"presence","presence":"offline"}`, `<presence type="unavailable" to="decks@rooms.harbor.example/mara"/>`},
		{"kick", "update", room, `{"type":"role","name":"otto","role":"none","content":"noise"}`,
			`<iq type="set" id="UUID" to="decks@rooms.harbor.example"><query xmlns="http://jabber.org/protocol/muc#admin"><item nick="otto" role="none"><reason>noise</reason></item></query></iq>`},
		{"ban", "update", room, `{"type":"affiliation","id":"otto@quay.example/phone","affiliation":"outcast"}`,
			`<iq type="set" id="UUID" to="decks@rooms.harbor.example"><query xmlns="http://jabber.org/protocol/muc#admin"><item jid="otto@quay.example" affiliation="outcast"/></query></iq>`},
		{"invitation", "update", person, `{"type":"invite","id":"quay@rooms.harbor.example","content":"join us"}`,
			`<message to="otto@quay.example" id="UUID"><x xmlns="jabber:x:conference" jid="quay@rooms.harbor.example" reason="join us"/></message>`},
		{"invitation with the key", "update", person, `{"type":"invite","id":"Decks@rooms.harbor.example"}`,
			`<message to="otto@quay.example" id="UUID"><x xmlns="jabber:x:conference" jid="Decks@rooms.harbor.example" password="sesame"/></message>`},
		{"contact", "update", `{"id":"pia@quay.example","type":"person","name":"Pia"}`, `{"type":"contact","groups":["Crew"]}`,
			`<iq type="set" id="UUID"><query xmlns="jabber:iq:roster"><item jid="pia@quay.example" name="Pia"><group>Crew</group></item></query></iq>`},
		{"join with key and history", "join", `{"id":"decks@rooms.harbor.example","type":"room","key":"sesame"}`, `{"type":"history","limit":0,"after":"2024-05-06T09:08:09+02:00"}`,
			`<presence from="mara@harbor.example/web" to="decks@rooms.harbor.example/mara"><x xmlns="http://jabber.org/protocol/muc">` +
				`<history maxstanzas="0" since="2024-05-06T07:08:09Z"/><password>sesame</password></x></presence>`},
		{"members", "query", room, `{"type":"members","affiliation":"owner"}`,
			`<iq type="get" id="UUID" to="decks@rooms.harbor.example"><query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="owner"/></query></iq>`},
		{"profile", "query", person, `{"type":"profile"}`, `<iq type="get" id="UUID" to="otto@quay.example"><vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"/></iq>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := account("decks@rooms.harbor.example")
			s.room("decks@rooms.harbor.example").key = "sesame"
			list, err := said(s, parse(t, `{"type":"`+tt.verb+`","actor":{"id":"mara@harbor.example/web","type":"person"},"target":`+tt.target+`,"object":`+tt.object+`}`))
			if err != nil || len(list) != 1 || list[0].String() != tt.want {
				t.Errorf("got  %s, %v\nwant %s", list, err, tt.want)
			}
		})
	}

	// Where only members come in, the room makes a member of who is invited.
	s := account("decks@rooms.harbor.example")
	s.room("decks@rooms.harbor.example").features["muc_membersonly"] = true
	e, err := s.composeInvite(parse(t, `{"target":`+person+`,"object":{"type":"invite","id":"decks@rooms.harbor.example","content":"join us"}}`), "i1")
	const want = `<message to="decks@rooms.harbor.example" id="i1"><x xmlns="http://jabber.org/protocol/muc#user"><invite to="otto@quay.example"><reason>join us</reason></invite></x></message>`
	if err != nil || e.String() != want {
		t.Errorf("got %s, %v; want %s", e, err, want)
	}
}

// What comes in beyond the cases of the specification.
func TestShapesIn(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"an invitation in both forms, with a body",
			`<message from='decks@rooms.harbor.example'><body>otto invites you</body><x xmlns='http://jabber.org/protocol/muc#user'><invite from='otto@quay.example'/></x><x xmlns='jabber:x:conference' jid='decks@rooms.harbor.example'/></message>`,
			`{"type":"invite","actor":{"type":"person","id":"otto@quay.example"},"target":{"type":"room","id":"decks@rooms.harbor.example"},"object":{"type":"message","content":""}}`},
		{"a reaction with a stand-in", `<message from='otto@quay.example/x' to='m@h'><body>👍</body><reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>👍</reaction></reactions></message>`,
			`{"type":"update","actor":{"type":"person","id":"otto@quay.example/x"},"target":{"type":"person","id":"m@h"},"object":{"type":"reaction","id":"m1","reactions":["👍"]}}`},
		{"a reaction to nothing", `<message from='otto@quay.example/x'><body>👍</body><reactions xmlns='urn:xmpp:reactions:0'><reaction>👍</reaction></reactions></message>`, ``},
		{"a retraction of nothing", `<message from='otto@quay.example/x'><body>x</body><retract xmlns='urn:xmpp:message-retract:1'/></message>`, ``},
		{"a fallback for something else", `<message from='a@b' to='m@h'><body>abcdef</body><reply xmlns='urn:xmpp:reply:0' id='m1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:x'><body start='0' end='3'/></fallback></message>`,
			`{"type":"send","actor":{"type":"person","id":"a@b"},"target":{"type":"person","id":"m@h"},"object":{"type":"message","content":"abcdef","inReplyTo":"m1"}}`},
		{"two ranges", `<message from='a@b' to='m@h'><body>abcdef</body><reply xmlns='urn:xmpp:reply:0' id='m1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='2'/><body start='1' end='3'/></fallback></message>`,
			`{"type":"send","actor":{"type":"person","id":"a@b"},"target":{"type":"person","id":"m@h"},"object":{"type":"message","content":"def","inReplyTo":"m1"}}`},
		{"a refusal long after", `<message type='error' from='ghost@quay.example' to='m@h' id='hc-9'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
			`{"type":"message","actor":{"type":"room","id":"ghost@quay.example"},"error":"\u003cerror type=\"cancel\"\u003e\u003cgone xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/\u003e\u003c/error\u003e","target":{"type":"person","id":"m@h"},"object":{"type":"message","id":"hc-9"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := heard(t, account(), tt.in); got != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

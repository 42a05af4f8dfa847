package xmpp

import (
	"fmt"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// tell prints what clients hear of a stanza and what is answered.
func tell(s *state, text string) {
	e, err := xml.Parse(text, nsClient)
	if err != nil {
		panic(err)
	}
	out := s.translate(e)
	for _, a := range out.events {
		a.Delete("@context")
		fmt.Printf("%s\n", activity.AppendJSON(nil, a))
	}
	for _, r := range out.replies {
		fmt.Printf("> %s\n", r)
	}
}

func Example_translate() {
	s := newState(nil, "mara@harbor.example/web")
	s.self = "mara@harbor.example/web"
	tell(s, `<message from='otto@quay.example/phone' to='mara@harbor.example/web' type='chat' id='m2'><body>&gt; at nine?&#10;aye</body>`+
		`<reply xmlns='urn:xmpp:reply:0' id='m1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='11'/></fallback></message>`)
	tell(s, `<presence from='otto@quay.example' to='mara@harbor.example' type='subscribe'/>`)
	tell(s, `<iq type='get' id='q1' from='harbor.example'><ping xmlns='urn:xmpp:ping'/></iq>`)
	// Output:
	// {"type":"send","actor":{"type":"person","id":"otto@quay.example/phone"},"target":{"type":"person","id":"mara@harbor.example/web"},"object":{"type":"message","id":"m2","content":"aye","inReplyTo":"m1"}}
	// {"type":"request-friend","actor":{"type":"person","id":"otto@quay.example"},"target":{"type":"person","id":"mara@harbor.example"}}
	// > <iq type="result" id="q1" to="harbor.example"/>
}

func Example_compose() {
	a, err := activity.ParseObject([]byte(`{"type":"send","target":{"id":"otto@quay.example","type":"person"},
		"object":{"type":"message","id":"m3","content":"at ten & not later","xmpp:replace":{"id":"m1"}}}`))
	if err != nil {
		panic(err)
	}
	e, err := composeSend(a, "")
	fmt.Println(e, err)
	// Output: <message type="chat" to="otto@quay.example" id="m3"><body>at ten &amp; not later</body><replace id="m1" xmlns="urn:xmpp:message-correct:0"/></message> <nil>
}

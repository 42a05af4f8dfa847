package xmpp

import (
	"errors"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform"
)

// What cannot be sent is refused by name before anything goes out.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", 1024)
	const person, room = `{"id":"otto@quay.example","type":"person"}`, `{"id":"decks@rooms.harbor.example","type":"room"}`
	tests := []struct{ name, verb, actor, target, object, want string }{
		{"a control character", "send", "", person, `{"type":"message","content":"bell\u0007"}`, "content contains characters that XML does not allow"},
		{"half a surrogate pair", "send", "", person, `{"type":"message","content":"\uffff"}`, "content contains characters that XML does not allow"},
		{"a long text", "send", "", person, `{"type":"message","content":"` + strings.Repeat(long, 513) + `"}`, "content has more than 512 KiB"},
		{"no target", "send", "", `{"type":"person"}`, `{"type":"message","content":"x"}`, "target is missing"},
		{"an empty target", "send", "", `{"id":"","type":"person"}`, `{"type":"message","content":"x"}`, "target is missing"},
		{"a target that is none", "send", "", `{"id":"a@b@c","type":"person"}`, `{"type":"message","content":"x"}`, "target is no JID: the domain is empty or no domain"},
		{"a target that would be markup", "send", "", `{"id":"a@b.example/\u0001","type":"person"}`, `{"type":"message","content":"x"}`, "target is no JID: the part behind the slash is empty or has characters that it cannot have"},
		{"a long id", "send", "", person, `{"type":"message","id":"` + long + `","content":"x"}`, "id has more than 1023 bytes"},
		{"a reply to nothing", "send", "", person, `{"type":"message","content":"x","inReplyTo":""}`, "inReplyTo is empty"},
		{"a correction of nothing", "send", "", person, `{"type":"message","content":"x","xmpp:replace":{"id":""}}`, "xmpp:replace id is empty"},
		{"an attachment that runs", "send", "", person, `{"type":"message","content":"x","attachment":[{"type":"link","href":"javascript:alert(1)"}]}`, "attachment href is no http or https URL"},
		{"an attachment on a disk", "send", "", person, `{"type":"message","content":"x","attachment":[{"type":"link","href":"file:///etc/passwd"}]}`, "attachment href is no http or https URL"},
		{"many attachments", "send", "", person, `{"type":"message","content":"x","attachment":[` + strings.Repeat(`{"type":"link","href":"https://a.example/"},`, 10) + `{}]}`, "attachment has more than 10 links"},
		{"a long nick", "join", long, room, "", "nick has more than 1023 bytes"},
		{"a nick with a control character", "join", "a\\u0001", room, "", "nick contains characters that XML does not allow"},
		{"a nick with a line break", "join", "a\\nb", room, "", "nick has characters that a nick cannot have"},
		{"a room that is a server", "join", "Mara", `{"id":"rooms.harbor.example","type":"room"}`, "", "target is no room's address"},
		{"no room", "leave", "Mara", `{"id":"/x","type":"room"}`, "", "target is missing"},
		{"a key with a control character", "join", "Mara", `{"id":"decks@rooms.harbor.example","type":"room","key":"\u0000"}`, "", "key contains characters that XML does not allow"},
		{"history since no time", "join", "Mara", room, `{"type":"history","after":"yesterday"}`, "after is no time"},
		{"another nick that is none", "update", "", room, `{"type":"address","name":""}`, "name is missing"},
		{"an unknown role", "update", "", room, `{"type":"role","name":"otto","role":"boss"}`, "role is not known"},
		{"an unknown affiliation", "update", "", room, `{"type":"affiliation","id":"otto@quay.example","affiliation":"boss"}`, "affiliation is not known"},
		{"an affiliation of nobody", "update", "", room, `{"type":"affiliation","id":"","affiliation":"none"}`, "id is missing"},
		{"a reaction to nothing", "update", "", person, `{"type":"reaction","id":"","reactions":[]}`, "id is empty"},
		{"a long reaction", "update", "", person, `{"type":"reaction","id":"m1","reactions":["` + strings.Repeat("👍", 17) + `"]}`, "reactions has more than 64 bytes"},
		{"many reactions", "update", "", person, `{"type":"reaction","id":"m1","reactions":["👍"` + strings.Repeat(`,"👍"`, 20) + `]}`, "reactions has more than 20"},
		{"a state of sleep", "update", "", person, `{"type":"chat-state","state":"asleep"}`, "state is not known"},
		{"a receipt that is the client's own affair", "update", "", person, `{"type":"receipt","id":"m1","state":"received"}`, "state must be displayed"},
		{"an invitation to a person", "update", "", person, `{"type":"invite","id":"quay.example"}`, "id is no room's address"},
		{"a group without a name", "update", "", person, `{"type":"contact","groups":[""]}`, "groups has an empty name"},
		{"an unknown update", "update", "", person, `{"type":"attendance"}`, "unknown update object type: attendance"},
		{"a friend without an address", "request-friend", "", `{"type":"person"}`, "", "target is missing"},
		{"members of an unknown kind", "query", "", room, `{"type":"members","affiliation":"boss"}`, "affiliation is not known"},
		{"a query of what is no JID", "query", "", `{"id":"a b@c","type":"room"}`, `{"type":"room-info"}`, "target is no JID: the part before the @ is empty or has characters that it cannot have"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := `{"type":"` + tt.verb + `","actor":{"id":"mara@harbor.example/web","type":"person","name":"` + tt.actor + `"},"target":` + tt.target
			if tt.object != "" {
				text += `,"object":` + tt.object
			}
			_, err := said(account(), parse(t, text+"}"))
			var plain platform.Plain
			if !errors.As(err, &plain) || string(plain) != tt.want {
				t.Errorf("refused with %v, want %s", err, tt.want)
			}
		})
	}
}

// History and uploads are refused by name too.
func TestQueryRefusals(t *testing.T) {
	for object, want := range map[string]string{
		`{"type":"history","limit":0}`:               "limit is not between 1 and 1000",
		`{"type":"history","before":"\u0001"}`:       "before contains characters that XML does not allow",
		`{"type":"upload","name":"","size":1}`:       "name is missing",
		`{"type":"upload","name":"a","size":0}`:      "size is no number of bytes",
		`{"type":"upload","name":"\u0001","size":1}`: "name contains characters that XML does not allow",
	} {
		a := parse(t, `{"type":"query","object":`+object+`}`)
		_, err := composeHistory(a)
		if strings.Contains(object, "upload") {
			_, err = composeSlot(a.Object("object"))
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", object, err, want)
		}
	}
}

package xmpp

import (
	"fmt"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// composeUpdate is the stanza that changes something, for the changes that are no
// requests: the others are payloads, composeContact and composeModeration. id is a
// new one for a message.
func (s *state) composeUpdate(a *activity.Object, id string) (*xml.Element, error) {
	switch kind := a.Object("object").Text("type"); kind {
	case "presence":
		return s.composePresence(a)
	case "chat-state":
		return composeChatState(a)
	case "receipt":
		return composeReceipt(a, id)
	case "reaction":
		return composeReaction(a, id)
	case "retraction":
		return composeRetraction(a, id)
	case "topic":
		return composeSubject(a, id)
	case "address":
		return composeNick(a)
	case "invite":
		return s.composeInvite(a, id)
	default:
		return nil, unknownUpdate(a)
	}
}

// unknownUpdate names what cannot be updated, as clients know it.
func unknownUpdate(a *activity.Object) error {
	kind := "undefined"
	if o := a.Object("object"); o != nil {
		kind = o.Text("type")
	}
	return platform.Plain("unknown update object type: " + kind)
}

// about is a message that says something of another message or of the user, and has
// no text to be read.
func about(a *activity.Object, id string, what ...*xml.Element) (*xml.Element, error) {
	to, err := targetOf(a)
	if err != nil {
		return nil, err
	}
	return xml.New("message", "type", messageType(a), "to", to, "id", id).Add(what...), nil
}

// hint asks servers to keep a message, or not to (XEP-0334).
func hint(name string) *xml.Element { return xml.New(name, "xmlns", nsHints) }

// composeChatState says whether the user is typing (XEP-0085). Nobody keeps it.
func composeChatState(a *activity.Object) (*xml.Element, error) {
	state := a.Object("object").Text("state")
	if !isChatState(state) {
		return nil, badField("state", "is not known")
	}
	return about(a, "", xml.New(state, "xmlns", nsChatStates), hint("no-store"))
}

// composeReceipt says that the user has read a message (XEP-0333).
func composeReceipt(a *activity.Object, id string) (*xml.Element, error) {
	o := a.Object("object")
	if o.Text("state") != "displayed" {
		return nil, badField("state", "must be displayed")
	}
	if err := checkID("id", o.Text("id")); err != nil {
		return nil, err
	}
	return about(a, id, xml.New("displayed", "xmlns", nsMarkers, "id", o.Text("id")), hint("store"))
}

// composeReaction says what the user thinks of a message (XEP-0444): the whole set,
// an empty one for nothing any more.
func composeReaction(a *activity.Object, id string) (*xml.Element, error) {
	o := a.Object("object")
	if err := checkID("id", o.Text("id")); err != nil {
		return nil, err
	}
	list, _ := o.Get("reactions").([]any)
	if len(list) > maxReactions {
		return nil, badField("reactions", fmt.Sprintf("has more than %d", maxReactions))
	}
	e, seen := xml.New("reactions", "id", o.Text("id"), "xmlns", nsReactions), map[string]bool{}
	for _, v := range list {
		text, _ := v.(string)
		if text == "" {
			return nil, badField("reactions", "has an empty one")
		}
		if err := checkText("reactions", text, maxReactionLength); err != nil {
			return nil, err
		}
		if !seen[text] {
			seen[text] = true
			e.Add(xml.NewText("reaction", text))
		}
	}
	return about(a, id, e, hint("store"))
}

// composeRetraction takes back a message of the user's (XEP-0424), with a text for
// clients that do not know how.
func composeRetraction(a *activity.Object, id string) (*xml.Element, error) {
	o := a.Object("object")
	if err := checkID("id", o.Text("id")); err != nil {
		return nil, err
	}
	return about(a, id,
		xml.New("retract", "id", o.Text("id"), "xmlns", nsRetraction),
		xml.New("fallback", "xmlns", nsFallback, "for", nsRetraction),
		xml.NewText("body", "A message was taken back, which this client cannot show."),
		hint("store"))
}

package xmpp

import (
	"strconv"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// maxRanges bounds the ranges of a fallback: each may be as long as the text.
const maxRanges = 16

// withoutFallback cuts out of a text what stands in it for clients that do not
// know an extension (XEP-0428): ranges of code points of the decoded text. One that
// does not fit is ignored.
//
//	> 🦉🦉⏎aye   with <body start='0' end='5'/> is   aye
func withoutFallback(text string, e *xml.Element, extension string) string {
	runes := []rune(text)
	gone, ranges := make([]bool, len(runes)), 0
	for c := range e.Elements {
		if !c.Is(nsFallback, "fallback") || c.Attr("for") != extension {
			continue
		}
		for r := range c.Elements {
			from, err1 := strconv.Atoi(r.Attr("start"))
			to, err2 := strconv.Atoi(r.Attr("end"))
			if !r.Is(nsFallback, "body") || err1 != nil || err2 != nil || from < 0 || from > to || to > len(runes) || ranges == maxRanges {
				continue
			}
			ranges++
			for i := from; i < to; i++ {
				gone[i] = true
			}
		}
	}
	kept := runes[:0]
	for i, r := range runes {
		if !gone[i] {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// Limits of a set of reactions. Emoji of several characters have some 30 bytes.
const (
	maxReactions      = 20
	maxReactionLength = 64
)

// reaction is what somebody thinks of a message (XEP-0444): the whole set, each
// time. It reports whether the message is one.
//
//	<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>👍</reaction></reactions>
//	{"type":"update",…,"object":{"type":"reaction","id":"m1","reactions":["👍"]}}
func (t *translation) reaction() bool {
	e := t.e.Child(nsReactions, "reactions")
	if e == nil {
		return false
	}
	if id := e.Attr("id"); id != "" {
		o := object("type", "reaction", "id", id)
		o.Set("reactions", reactions(e))
		t.emitDated("update", t.actor(), t.target(), o)
	}
	return true
}

// reactions is the set, without doubles, empty ones and what is no emoji.
func reactions(e *xml.Element) []any {
	set, seen := []any{}, map[string]bool{}
	for c := range e.Elements {
		text := c.Text()
		if !c.Is(nsReactions, "reaction") || text == "" || len(text) > maxReactionLength || seen[text] || len(set) == maxReactions {
			continue
		}
		seen[text] = true
		set = append(set, text)
	}
	return set
}

// retraction takes a message back (XEP-0424), or a room takes it away (XEP-0425).
// It reports whether the message is one: its body only stands in for that.
//
//	<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>
//	{"type":"update",…,"object":{"type":"retraction","id":"m1"}}
func (t *translation) retraction() bool {
	id, reason, moderated, ok := retracted(t.e)
	if !ok {
		return false
	}
	fromRoom := t.isGroupchat() && resource(t.from) == "" && t.room(t.from) != nil
	switch {
	case id == "", moderated && !fromRoom:
	case fromRoom:
		room := entity("room", t.from)
		t.emitDated("update", room, room.Clone(), object("type", "retraction", "id", id, "content", reason))
	case t.authors.mayChange(id, t.author()):
		t.emitDated("update", t.actor(), t.target(), object("type", "retraction", "id", id))
	}
	return true
}

// retracted finds a retraction in any of the forms that clients send.
func retracted(e *xml.Element) (id, reason string, moderated, ok bool) {
	if r := e.Child(nsRetraction, "retract"); r != nil {
		return r.Attr("id"), r.Child(nsRetraction, "reason").Text(), r.Child(nsModeration, "moderated") != nil, true
	}
	fastened := e.Child(nsFasten, "apply-to")
	if m := fastened.Child(nsModerationOld, "moderated"); m != nil {
		return fastened.Attr("id"), m.Child(nsModerationOld, "reason").Text(), true, m.Child(nsRetractionOld, "retract") != nil
	}
	return fastened.Attr("id"), "", false, fastened.Child(nsRetractionOld, "retract") != nil
}

package xmpp

import (
	"time"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// maxAhead is how far a server's clock may be ahead of ours.
const maxAhead = time.Minute

// published is when a message was said that did not come at once (XEP-0203); ""
// when it did, or nobody says so in a way that can be read. Anybody may claim
// anything: the stamp of the room or of the own server is taken first, and none
// from the future at all.
func (t *translation) published() string {
	delay := t.delay
	for c := range t.e.Elements {
		if !c.Is(nsDelay, "delay") {
			continue
		}
		if delay == nil {
			delay = c
		}
		if t.vouchesForTime(c.Attr("from")) && t.delay == nil {
			delay = c
			break
		}
	}
	if delay == nil {
		return ""
	}
	at, err := time.Parse(time.RFC3339, delay.Attr("stamp"))
	if err != nil || at.After(t.now.Add(maxAhead)) {
		return ""
	}
	return timestamp(at)
}

// vouchesForTime reports whether a stamp of that address is the room's own or that
// of the user's server.
func (t *translation) vouchesForTime(from string) bool {
	if from == "" {
		return false
	}
	if t.isGroupchat() {
		return fold(from) == foldBare(t.from)
	}
	return t.isServer(from) || t.isAccount(from)
}

// timestamp is a time as clients know it, in UTC with three decimals. What is
// shorter is cut off.
func timestamp(at time.Time) string {
	at = at.UTC()
	if at.Year() < 0 || at.Year() > 9999 {
		return ""
	}
	return at.Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z")
}

// isDelayed reports whether a stanza was kept somewhere before it came.
func isDelayed(e *xml.Element) bool { return e.Child(nsDelay, "delay") != nil }

package xmpp

import (
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// answer is the answer to a request that clients are not asked about. Each get and
// set gets exactly one (RFC 6120, section 8.2.3).
//
//	< <iq type='get' id='q1' from='harbor.example'><ping xmlns='urn:xmpp:ping'/></iq>
//	> <iq type="result" id="q1" to="harbor.example"/>
func (t *translation) answer() {
	asked, more := (*xml.Element)(nil), false
	for c := range t.e.Elements {
		more = asked != nil
		asked = c
	}
	kind := t.e.Attr("type")
	switch {
	case asked == nil || more || kind != "get" && kind != "set" || t.e.Attr("id") == "":
		t.refuse("modify", "bad-request")
	case kind == "set":
		t.refuse("cancel", "service-unavailable")
	case asked.Is(nsPing, "ping"):
		t.reply(t.result())
	case asked.Is(nsDiscoInfo, "query") && isOurNode(asked.Attr("node")):
		t.reply(t.result(discoInfo(asked.Attr("node"))))
	case asked.Is(nsVersion, "query") && t.mayKnow():
		t.reply(t.result(xml.New("query", "xmlns", nsVersion).Add(xml.NewText("name", softwareName))))
	case asked.Is(nsTime, "time") && t.mayKnow():
		t.reply(t.result(xml.New("time", "xmlns", nsTime).Add(
			xml.NewText("tzo", "+00:00"), xml.NewText("utc", t.now.UTC().Format("2006-01-02T15:04:05Z")))))
	default:
		t.refuse("cancel", "service-unavailable")
	}
}

// mayKnow reports whether whoever asks may know which software this is and what
// time it has: the own account and server, and contacts that see the user's
// presence.
func (t *translation) mayKnow() bool {
	return t.isSelf(t.from) || t.isServer(t.from) || t.contact(t.from).seesUs()
}

// result answers a request.
func (t *translation) result(payload ...*xml.Element) *xml.Element {
	return xml.New("iq", "type", "result", "id", t.e.Attr("id"), "to", t.from).Add(payload...)
}

// refuse answers a request with an error (RFC 6120, section 8.3).
func (t *translation) refuse(kind, condition string) {
	t.reply(xml.New("iq", "type", "error", "id", t.e.Attr("id"), "to", t.from).Add(
		xml.New("error", "type", kind).Add(xml.New(condition, "xmlns", nsStanzaErrors))))
}

const (
	softwareName = "Sockethub"
	softwareNode = "https://sockethub.org"
)

// ourFeatures are what we say that we understand (XEP-0030), sorted as XEP-0115
// hashes them.
func ourFeatures() []string {
	list := []string{
		nsDiscoInfo, nsPing, nsVersion, nsTime, nsMUC, nsConference, nsOOB, nsChatStates, nsReceipts, nsMarkers,
		nsCorrection, nsStanzaID, nsNick, nsEncryption, nsRetraction, nsReactions, nsReply, nsFallback,
	}
	slices.Sort(list)
	return list
}

// discoInfo says what we are.
func discoInfo(node string) *xml.Element {
	q := xml.New("query", "xmlns", nsDiscoInfo, "node", node).Add(
		xml.New("identity", "category", "client", "type", "web", "name", softwareName))
	for _, f := range ourFeatures() {
		q.Add(xml.New("feature", "var", f))
	}
	return q
}

// caps is what our presences say of us in short, so that it is asked for once
// (XEP-0115).
func caps() *xml.Element {
	return xml.New("c", "xmlns", nsCaps, "hash", "sha-1", "node", softwareNode, "ver", capsHash())
}

// capsHash is the verification string of XEP-0115, section 5.1.
func capsHash() string {
	sum := sha1.Sum([]byte("client/web//" + softwareName + "<" + strings.Join(ourFeatures(), "<") + "<"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// isOurNode reports whether we have something to say of a node.
func isOurNode(node string) bool { return node == "" || node == softwareNode+"#"+capsHash() }

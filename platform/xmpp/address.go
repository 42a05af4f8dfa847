package xmpp

import (
	"strings"

	"github.com/sockethub/sockethub/platform/xmpp/jid"
)

// bare is a JID without its resource, as it was written.
func bare(id string) string {
	id, _, _ = strings.Cut(id, "/")
	return id
}

// resource is what stands behind the first slash of a JID: of an occupant the nick.
func resource(id string) string {
	_, r, _ := strings.Cut(id, "/")
	return r
}

// domain is the middle of a bare JID.
func domain(bare string) string {
	return bare[strings.IndexByte(bare, '@')+1:]
}

// fold is a JID in the form in which JIDs are compared; foldBare is that of its
// bare JID.
func fold(id string) string { return jid.Fold(id) }

func foldBare(id string) string { return fold(bare(id)) }

// Command sockethub is a gateway between browsers and IRC, XMPP, feeds, calendars and
// address books: pages speak ActivityStreams to it over Socket.IO, and it
// speaks the other protocols. See README.md, and sockethub --help.
package main

import (
	"github.com/sockethub/sockethub/daemon"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/caldav"
	"github.com/sockethub/sockethub/platform/carddav"
	"github.com/sockethub/sockethub/platform/dummy"
	"github.com/sockethub/sockethub/platform/feeds"
	"github.com/sockethub/sockethub/platform/irc"
	"github.com/sockethub/sockethub/platform/metadata"
	"github.com/sockethub/sockethub/platform/xmpp"
)

func main() {
	platform.Main(platforms()...) // a worker stays in there
	daemon.Main(platforms()...)
}

// platforms are those that this program has. To add one, add its folder and a
// line here.
func platforms() []*platform.Definition {
	return []*platform.Definition{
		caldav.Definition(),
		carddav.Definition(),
		dummy.Definition(),
		feeds.Definition(),
		irc.Definition(),
		metadata.Definition(),
		xmpp.Definition(),
	}
}

package xmpp

import (
	"sync/atomic"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// wireConn is the server's end of a connection.
type wireConn struct {
	*fakeConn
	again    bool              // the login that was lost is made again
	deaf     bool              // what the client sends goes unanswered
	heard    chan *xml.Element // of the negotiation, and an answer to "sync"
	last     *xml.Element      // the last of them
	anew     chan bool         // whether a new stream begins behind an answer of the login
	bound    atomic.Bool       // the login is through
	resumed  atomic.Bool
	restored chan struct{} // gets a value when the archive was asked: presence and rooms come before that
	spoken   chan struct{} // gets a value when a message came on a deaf one
	gone     chan struct{}
	joined   map[string]bool // rooms, for read alone
}

// read hears a connection, and answers as a server with rooms does.
func (c *wireConn) read(p *wireReplay) {
	defer close(c.gone)
	for {
		header, err := c.reader.Header()
		if err != nil {
			return
		}
		c.heard <- header
		for anew := false; !anew; {
			e, err := c.reader.Next()
			if err != nil {
				return
			}
			p.note(c, e)
			switch {
			case e.Attr("id") == "sync":
				c.heard <- e
			case !c.bound.Load():
				c.heard <- e
				anew = (e.Space == nsSASL || e.Space == nsTLS) && <-c.anew
			case c.deaf:
				if e.Is(nsClient, "message") {
					signal(c.spoken)
				}
			default:
				c.obey(e)
			}
		}
		c.reader.Restart()
	}
}

func (p *wireReplay) note(c *wireConn, e *xml.Element) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case e.Attr("id") == "sync":
	case c.bound.Load():
		p.did.sent(e)
	default:
		p.did.asked(e)
	}
}

// obey does what a server does by itself.
func (c *wireConn) obey(e *xml.Element) {
	id, to := e.Attr("id"), e.Attr("to")
	const self = `<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x></presence>`
	switch {
	case e.Is(nsClient, "iq") && (e.Attr("type") == "get" || e.Attr("type") == "set"):
		c.send(`<iq type='result' id='`, id, `' from='`, to, `'><query xmlns='`, e.FirstElement().Space, `'/></iq>`)
		if e.FirstElement().Is(nsArchive, "query") {
			signal(c.restored)
		}
	case e.Is(nsClient, "presence") && e.Attr("type") == "" && to != "":
		c.joined[bare(to)] = true
		c.send(`<presence from='`, to, `' to='mara@harbor.example/web'>`, self)
	case e.Is(nsClient, "presence") && e.Attr("type") == "unavailable" && to != "":
		c.send(`<presence type='unavailable' from='`, to, `' to='mara@harbor.example/web'>`, self)
	case e.Is(nsClient, "message") && e.Attr("type") == "groupchat" && !c.joined[to]:
		c.send(`<message type='error' id='`, id, `' from='`, to, `'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
	case e.Is(nsClient, "message") && e.Attr("type") == "groupchat":
		c.send(`<message type='groupchat' id='`, id, `' from='`, to, `/mara' to='mara@harbor.example/web'><body>`, e.Child(nsClient, "body").Text(), `</body></message>`)
	}
}

func signal(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default: // it is known
	}
}

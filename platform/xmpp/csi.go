package xmpp

// Whether anybody is there (XEP-0352): a server need not hurry with presences and
// the like for a user whose sessions have all gone.
const (
	nsCSI       = "urn:xmpp:csi:0"
	csiActive   = `<active xmlns="` + nsCSI + `"/>`
	csiInactive = `<inactive xmlns="` + nsCSI + `"/>`
)

// attached notes that a session asks for something.
func (l *login) attached(session string) {
	l.client.mu.Lock()
	l.sessions[session] = true
	back := l.inactive
	l.inactive = false
	l.client.mu.Unlock()
	if back {
		l.indicate(csiActive)
	}
}

// Detach implements [platform.Detacher].
func (c *client) Detach(session string) {
	l := c.current()
	if l == nil {
		return
	}
	c.mu.Lock()
	delete(l.sessions, session)
	gone := len(l.sessions) == 0 && !l.inactive
	l.inactive = len(l.sessions) == 0
	c.mu.Unlock()
	if gone {
		l.indicate(csiInactive)
	}
}

// indicate tells a server that wants to know.
func (l *login) indicate(text string) {
	l.client.mu.Lock()
	wanted := l.csi
	l.client.mu.Unlock()
	if wanted {
		_ = l.out.raw(text) // a failure shows at the next read too
	}
}

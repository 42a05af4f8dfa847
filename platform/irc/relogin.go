package irc

import (
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform/irc/wire"
	"github.com/sockethub/sockethub/platform/sasl"
)

// loginAgain logs in once more when the network's services are back: they went
// with CAP DEL, and may have forgotten everybody (IRCv3 SASL 3.2).
//
//	< :irc.example.net CAP mara NEW :sasl=PLAIN
//	> CAP REQ :sasl
//	< :irc.example.net CAP mara ACK :sasl
//	> AUTHENTICATE PLAIN                             and so on, as in registration
//
// A login that is refused now does not end the connection: clients are told in
// the server's words.
func (l *login) loginAgain(k *link, m *wire.Message) {
	var lines []wire.Message
	x := l.again
	switch m.Command {
	case "CAP":
		lines = l.saslOffer(k, m)
	case "AUTHENTICATE":
		if x == nil {
			return
		}
		var err error
		if lines, err = x.answer(m.Param(0)); err != nil {
			lines = []wire.Message{wire.New("AUTHENTICATE", "*")}
			l.loggedOut(err.Error())
		}
	case "903", "907":
		if x != nil && m.Command == "903" && !x.mechanism.Proved() {
			l.loggedOut(sasl.ErrUnproved.Error())
		}
		l.again = nil
	case "902", "904", "905", "906":
		if x == nil {
			return
		}
		if x.refused(m) {
			lines = []wire.Message{x.begin()}
		} else {
			l.loggedOut(trimEnd(m.Last()))
		}
	}
	if len(lines) > 0 {
		// A failure shows at the next read too.
		_ = k.write(lines...)
	}
}

// saslOffer follows what a server says of the capability sasl.
func (l *login) saslOffer(k *link, m *wire.Message) []wire.Message {
	switch strings.ToUpper(m.Param(1)) {
	case "NEW":
		offered := map[string]string{}
		learnCaps(offered, m.Last())
		if list, ok := offered["sasl"]; ok {
			x, err := newExchange(l.credentials, list, k.private() || l.client.settings.plaintextSecrets)
			if err == nil {
				l.again = x
				return []wire.Message{request("sasl")}
			}
			l.loggedOut(err.Error())
		}
	case "ACK":
		if l.again != nil && slices.Contains(strings.Fields(m.Last()), "sasl") {
			return []wire.Message{l.again.begin()}
		}
	}
	return nil
}

// loggedOut ends the exchange and tells clients why the user has no account now.
func (l *login) loggedOut(reason string) {
	l.again = nil
	l.client.mu.Lock()
	a := l.state.activity(l.state.fromServer(reasonSASL + " - " + reason)...)
	l.client.mu.Unlock()
	l.client.host.Event(a)
}

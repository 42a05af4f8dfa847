package irc

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sockethub/sockethub/platform/irc/wire"
	"github.com/sockethub/sockethub/platform/sasl"
)

// registration is the time from the connection to 001, when the server lets the
// user in.
//
//	> CAP LS 302 · NICK mara · USER mara 8 * :mara     all at once: who does not know CAP passes over it
//	< :irc.example.net CAP * LS :sasl=PLAIN server-time batch
//	> CAP REQ :server-time batch · CAP REQ :sasl
//	< :irc.example.net CAP * ACK :sasl
//	> AUTHENTICATE PLAIN
//	< AUTHENTICATE +
//	> AUTHENTICATE bWFyYQBtYXJhAGh1bnRlcjM=
//	< :irc.example.net 903 mara :SASL authentication successful
//	> CAP END
//	< :irc.example.net 001 mara :Welcome
//
// The nick goes out at once: a nick that is in use ends it before a secret is
// sent.
type registration struct {
	l    *login
	k    *link
	s    *state
	nick string // that is asked for

	offered  map[string]string // capabilities, with their values
	listed   bool              // the list is complete
	sasl     *exchange         // nil before SASL begins
	loggedIn bool
	ban      string
	attempts int // nicks tried
}

// Reasons in the reference's words.
const (
	reasonNick     = "nicknames unavailable"
	reasonPassword = "bad password"
	reasonCaps     = "missing required capabilities"
	reasonSASL     = "sasl authentication failed"
	reasonEnded    = "socket ended"
)

// run registers. The connection ends it when it is closed.
func (r *registration) run() error {
	if err := r.begin(); err != nil {
		return err
	}
	for {
		m, err := r.k.read(time.Time{})
		if err != nil {
			return r.ended(err)
		}
		welcome, err := r.handle(&m)
		if err != nil {
			var refused *connectError
			if errors.As(err, &refused) {
				_ = r.k.write(wire.New("QUIT")) // politeness: the connection is given up
			}
			return err
		}
		if welcome {
			return nil
		}
	}
}

// begin sends what needs no answer.
func (r *registration) begin() error {
	c := r.l.credentials
	var lines []wire.Message
	if w, ok := r.l.client.settings.webirc[strings.ToLower(c.host)]; ok && r.l.address != "" {
		lines = append(lines, webircLine(w, r.l.address))
	}
	if c.secret != "" && !c.sasl {
		if !r.mayTell() {
			return errClearText
		}
		lines = append(lines, wire.NewText("PASS", c.secret))
	}
	lines = append(lines, wire.New("CAP", "LS", "302"), wire.New("NICK", r.nick), wire.NewText("USER", c.username, "8", "*", c.realName))
	if err := r.k.write(lines...); err != nil {
		if errors.Is(err, wire.ErrControl) {
			return errLineBreak
		}
		return r.l.connecting(err)
	}
	return nil
}

// webircLine tells the server whom the connection is for (WEBIRC, which is in no
// standard): "WEBIRC secret sockethub 203.0.113.9 203.0.113.9".
func webircLine(w webirc, address string) wire.Message {
	if strings.HasPrefix(address, ":") {
		address = "0" + address // a colon would make it a text
	}
	return wire.New("WEBIRC", w.password, w.gateway, address, address)
}

// mayTell reports whether a secret may be sent over this connection.
func (r *registration) mayTell() bool {
	return r.k.private() || r.l.client.settings.plaintextSecrets
}

func (r *registration) ended(err error) error {
	switch {
	case r.ban != "":
		return refuse(true, "banned", r.ban)
	case connectCause(err) == "connection reset":
		return r.l.connecting(err)
	}
	return refuse(false, reasonEnded, "")
}

// handle follows a line; true: the user is in.
func (r *registration) handle(m *wire.Message) (welcome bool, err error) {
	switch m.Command {
	case "PING":
		return false, r.write(wire.NewText("PONG", m.Last()))
	case "CAP":
		return false, r.caps(m)
	case "AUTHENTICATE":
		return false, r.authenticate(m.Param(0))
	case "001":
		return true, r.welcome(m)
	case "431", "432", "433", "436", "437", "484":
		return false, r.nickRefused(m)
	case "464":
		return false, refuse(true, reasonPassword, "")
	case "465":
		r.ban = trimEnd(m.Last())
	case "ERROR":
		return false, r.closing(trimEnd(m.Last()))
	case "NOTICE":
		if strings.HasSuffix(trimEnd(m.Last()), "Login unsuccessful") {
			return false, refuse(true, reasonPassword, "")
		}
	case "410", "421":
		if r.l.credentials.sasl && !r.listed && (m.Command == "410" || strings.EqualFold(m.Param(1), "CAP")) {
			return false, refuse(true, reasonCaps, "")
		}
	case "902", "904", "905", "906", "907":
		return false, r.saslRefused(m)
	case "903":
		return false, r.saslDone()
	}
	return false, nil
}

func (r *registration) write(lines ...wire.Message) error {
	if err := r.k.write(lines...); err != nil {
		return r.l.connecting(err)
	}
	return nil
}

func (r *registration) closing(text string) error {
	switch {
	case r.ban != "":
		return refuse(true, "banned", r.ban)
	case isBan(text):
		return refuse(true, "banned", text)
	}
	return refuse(false, "refused", text)
}

// nickRefused tries another nick where the operator allows it. A nick that is in
// use may be free again later.
func (r *registration) nickRefused(m *wire.Message) error {
	suffix := r.l.client.settings.nickSuffix
	if suffix == "" || r.attempts >= maxNicks || m.Command == "431" || m.Command == "432" || m.Command == "484" {
		return refuse(m.Command == "432", reasonNick, "")
	}
	r.attempts++
	r.nick += suffix
	return r.write(wire.New("NICK", r.nick))
}

// maxNicks is how many other nicks are tried.
const maxNicks = 3

func (r *registration) welcome(m *wire.Message) error {
	if r.l.credentials.sasl && !r.loggedIn {
		return refuse(true, reasonCaps, "")
	}
	if r.s.nick = m.Param(0); r.s.nick == "" {
		r.s.nick = r.nick
	}
	r.s.host = m.Source
	return nil
}

// caps follows the list of capabilities and what is granted of it.
func (r *registration) caps(m *wire.Message) error {
	switch strings.ToUpper(m.Param(1)) {
	case "LS":
		learnCaps(r.offered, m.Last())
		if r.listed || m.Param(2) == "*" && len(m.Params) > 3 {
			return nil
		}
		r.listed = true
		return r.negotiate()
	case "ACK":
		if r.sasl != nil && slices.Contains(strings.Fields(m.Last()), "sasl") {
			return r.write(r.sasl.begin())
		}
	case "NAK":
		if slices.Contains(strings.Fields(m.Last()), "sasl") {
			return refuse(true, reasonCaps, "")
		}
	}
	r.s.out = output{}
	r.s.capChange(m)
	if len(r.s.out.replies) > 0 {
		return r.write(r.s.out.replies...)
	}
	return nil
}

// negotiate answers the whole list. sasl is asked for by itself: what a server
// thinks of the others must not decide about it.
func (r *registration) negotiate() error {
	if value, ok := r.offered["sts"]; ok {
		if err := r.l.followSTS(r.k, value); err != nil {
			return err
		}
	}
	for name, value := range r.offered {
		r.s.capValues[name] = value
	}
	var lines []wire.Message
	if names := wanted(r.offered); len(names) > 0 {
		lines = append(lines, request(names...))
	}
	if !r.l.credentials.sasl {
		return r.write(append(lines, wire.New("CAP", "END"))...)
	}
	list, ok := r.offered["sasl"]
	if !ok {
		return refuse(true, reasonCaps, "")
	}
	var err error
	if r.sasl, err = newExchange(r.l.credentials, list, r.mayTell()); err != nil {
		return refuse(true, reasonSASL, err.Error())
	}
	return r.write(append(lines, request("sasl"))...)
}

// authenticate answers a challenge of SASL.
func (r *registration) authenticate(piece string) error {
	if r.sasl == nil {
		return nil
	}
	lines, err := r.sasl.answer(piece)
	switch {
	case errors.Is(err, errClearText):
		return err
	case err != nil:
		_ = r.k.write(wire.New("AUTHENTICATE", "*")) // gives the exchange up; so do we
		return refuse(true, reasonSASL, err.Error())
	case len(lines) == 0:
		return nil
	}
	return r.write(lines...)
}

func (r *registration) saslDone() error {
	if r.sasl == nil {
		return nil
	}
	if !r.sasl.mechanism.Proved() {
		return refuse(true, reasonSASL, sasl.ErrUnproved.Error())
	}
	r.loggedIn = true
	return r.write(wire.New("CAP", "END"))
}

func (r *registration) saslRefused(m *wire.Message) error {
	if r.sasl == nil || r.loggedIn {
		return nil
	}
	if r.sasl.refused(m) {
		return r.write(r.sasl.begin())
	}
	text := trimEnd(m.Last())
	if len(m.Params) < 2 {
		text = ""
	}
	return refuse(true, reasonSASL, text)
}

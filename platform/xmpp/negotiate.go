package xmpp

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/sockethub/sockethub/platform/sasl"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// negotiation is what happens on a new connection until it has a resource: the
// stream is opened anew after TLS and again after SASL (RFC 6120, section 4.3).
type negotiation struct {
	l       *login
	k       *link
	resumed bool   // the old stream goes on
	managed bool   // the server has stream management
	csi     bool   // the server wants to know whether somebody is there
	self    string // the full JID, of a new one
}

const (
	nsTLS     = "urn:ietf:params:xml:ns:xmpp-tls"
	nsBind    = "urn:ietf:params:xml:ns:xmpp-bind"
	nsSession = "urn:ietf:params:xml:ns:xmpp-session"
	nsBinding = "urn:xmpp:sasl-cb:0"
	nsLimits  = "urn:xmpp:stream-limits:0"
)

// run follows a connection up to the bound resource. secure: nothing less than TLS
// will do, whoever listens.
func (n *negotiation) run(ctx context.Context, secure bool) error {
	features, err := n.open()
	if err != nil {
		return err
	}
	if n.k.tls == nil {
		if features, err = n.secure(ctx, features, secure); err != nil {
			return err
		}
	}
	if err := n.authenticate(features); err != nil {
		return err
	}
	n.k.reader.Restart()
	if features, err = n.open(); err != nil {
		return err
	}
	n.managed = features.Child(nsSM, "sm") != nil
	n.csi = features.Child(nsCSI, "csi") != nil
	n.k.limit = stanzaLimit(features)
	if n.managed {
		if err := n.resume(); err != nil || n.resumed {
			return err
		}
	}
	return n.bind(features)
}

// stanzaLimit is how long a stanza may be for the server (XEP-0478).
//
//	<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>524288</max-bytes></limits>
func stanzaLimit(features *xml.Element) int {
	n, err := strconv.Atoi(features.Child(nsLimits, "limits").Child(nsLimits, "max-bytes").Text())
	if err != nil {
		return usualLimit
	}
	return max(n, leastLimit)
}

// open sends a header, reads the server's and the features behind it.
func (n *negotiation) open() (*xml.Element, error) {
	header := xml.New("stream:stream", "version", "1.0", "xmlns", nsClient, "xmlns:stream", nsStreams, "to", n.l.credentials.domain)
	if err := n.k.write(header.AppendStart([]byte("<?xml version='1.0'?>"))); err != nil {
		return nil, err
	}
	got, err := n.k.reader.Header()
	if err != nil {
		return nil, err
	}
	if !got.Is(nsStreams, "stream") {
		return nil, ours("the server does not speak XMPP")
	}
	e, err := n.next()
	if err != nil {
		return nil, err
	}
	if !e.Is(nsStreams, "features") {
		return nil, ours("the server does not say what it offers")
	}
	return e, nil
}

// next reads what the server says; a stream error is an error.
func (n *negotiation) next() (*xml.Element, error) {
	e, err := n.k.read(time.Time{})
	if err != nil {
		return nil, err
	}
	if e.Is(nsStreams, "error") {
		return nil, refusedStream(e)
	}
	return e, nil
}

func (n *negotiation) write(e *xml.Element) error { return n.k.write(e.Append(nil)) }

// secure begins TLS where the server offers it, and goes on without where nobody
// listens or the operator wants it so.
func (n *negotiation) secure(ctx context.Context, features *xml.Element, required bool) (*xml.Element, error) {
	if features.Child(nsTLS, "starttls") == nil {
		if required || !n.tellable() {
			return nil, ours("the server offers no TLS")
		}
		return features, nil
	}
	if err := n.write(xml.New("starttls", "xmlns", nsTLS)); err != nil {
		return nil, err
	}
	e, err := n.next()
	if err != nil {
		return nil, err
	}
	if !e.Is(nsTLS, "proceed") {
		return nil, ours("STARTTLS_FAILURE")
	}
	if n.k.reader.Buffered() > 0 {
		return nil, ours("the server says more before TLS begins than it may")
	}
	k, err := n.l.wrap(ctx, n.k.conn, false)
	if err != nil {
		return nil, err
	}
	n.k = k
	return n.open()
}

// tellable reports whether a password may be shown to the server.
func (n *negotiation) tellable() bool {
	s := &n.l.client.settings
	return n.k.tls != nil || s.plaintextSecrets || s.loopback(n.k.conn.RemoteAddr().String())
}

// authenticate proves who the user is, as strongly as the server can, and never
// less so than once before.
func (n *negotiation) authenticate(features *xml.Element) error {
	offer := sasl.Offer{Tellable: n.tellable(), Least: n.l.client.host.Kept(n.pin())}
	for e := range features.Child(nsSASL, "mechanisms").Elements {
		offer.Mechanisms = append(offer.Mechanisms, e.Text())
	}
	for e := range features.Child(nsBinding, "sasl-channel-binding").Elements {
		offer.Bindings = append(offer.Bindings, e.Attr("type"))
	}
	if n.k.tls != nil {
		state := n.k.tls.ConnectionState()
		offer.TLS = &state
	}
	c := n.l.credentials
	m, err := offer.Choose(c.user, c.password, &n.l.keys)
	if err == sasl.ErrNone {
		return ours("No compatible mechanism")
	}
	if err != nil {
		return ours(err.Error())
	}
	first, err := m.Next(nil)
	if err != nil {
		return ours(err.Error())
	}
	auth := xml.NewText("auth", encode(first), "xmlns", nsSASL, "mechanism", m.Name())
	if err := n.write(auth); err != nil {
		return err
	}
	if err := n.exchange(m); err != nil {
		return err
	}
	if sasl.Weaker(offer.Least, m.Name()) {
		n.l.client.host.Keep(n.pin(), m.Name(), pinLasts)
	}
	return nil
}

// maxChallenges is how often a server may ask; SCRAM needs two.
const maxChallenges = 5

func (n *negotiation) exchange(m sasl.Mechanism) error {
	for range maxChallenges {
		e, err := n.next()
		if err != nil {
			return err
		}
		switch {
		case e.Is(nsSASL, "failure"):
			return refusedLogin(e)
		case e.Is(nsSASL, "success"):
			return n.success(m, e.Text())
		case !e.Is(nsSASL, "challenge"):
			return ours("the server answers the login with something else")
		}
		challenge, err := decode(e.Text())
		if err != nil {
			return err
		}
		response, err := m.Next(challenge)
		if err != nil && !errors.Is(err, sasl.ErrPass) {
			_ = n.write(xml.New("abort", "xmlns", nsSASL)) // the login has failed anyway
			return ours(err.Error())
		}
		if err := n.write(xml.NewText("response", encode(response), "xmlns", nsSASL)); err != nil {
			return err
		}
	}
	return ours("the server asks again and again")
}

// success looks at the server's last word: it may hold the proof that it knows the
// password too.
func (n *negotiation) success(m sasl.Mechanism, text string) error {
	if text != "" && text != "=" && !m.Proved() {
		data, err := decode(text)
		if err != nil {
			return err
		}
		if _, err := m.Next(data); err != nil && !errors.Is(err, sasl.ErrPass) {
			return ours(err.Error())
		}
	}
	if !m.Proved() {
		return ours(sasl.ErrUnproved.Error())
	}
	return nil
}

func encode(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func decode(text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, ours("the server's challenge is not base64")
	}
	return data, nil
}

// pin is under what the strongest mechanism is kept that the account ever used.
// Other workers are told of it: whose account it is they are not.
func (n *negotiation) pin() string {
	sum := sha256.Sum256([]byte(fold(n.l.credentials.account())))
	return "sasl " + hex.EncodeToString(sum[:16])
}

const pinLasts = 365 * 24 * time.Hour

// resume asks for the stream that was cut. Where the server does not know it any
// more, it may still say how far it came.
func (n *negotiation) resume() error {
	id, received := n.l.out.resumption()
	if id == "" {
		return nil
	}
	ask := xml.New("resume", "xmlns", nsSM, "h", strconv.FormatUint(uint64(received), 10), "previd", id)
	if err := n.write(ask); err != nil {
		return err
	}
	e, err := n.next()
	if err != nil {
		return err
	}
	switch {
	case e.Is(nsSM, "resumed"):
		n.resumed = true
		return n.l.acknowledge(e.Attr("h"))
	case e.Is(nsSM, "failed"):
		if h := e.Attr("h"); h != "" {
			return n.l.acknowledge(h)
		}
		return nil
	}
	return ours("the server answers resumption with something else")
}

// bind asks for the resource.
//
//	> <iq type="set" id="…"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>web</resource></bind></iq>
//	< <iq type='result' id='…'><bind …><jid>mara@harbor.example/web</jid></bind></iq>
func (n *negotiation) bind(features *xml.Element) error {
	bind := xml.New("bind", "xmlns", nsBind)
	if r := n.l.credentials.resource; r != "" {
		bind.Add(xml.NewText("resource", r))
	}
	iq, id := newIQ("set", "", bind)
	if err := n.write(iq); err != nil {
		return err
	}
	for {
		e, err := n.next()
		if err != nil {
			return err
		}
		if !e.Is(nsClient, "iq") || e.Attr("id") != id {
			continue // nothing is meant for us before there is an address
		}
		if e.Attr("type") != "result" {
			refused := refusedStanza(e)
			refused.final = true
			return refused
		}
		n.self = e.Child(nsBind, "bind").Child(nsBind, "jid").Text()
		if foldBare(n.self) == "" || resource(n.self) == "" {
			return ours("the server gives no address")
		}
		break
	}
	if s := features.Child(nsSession, "session"); s != nil && s.Child(nsSession, "optional") == nil {
		iq, _ := newIQ("set", "", xml.New("session", "xmlns", nsSession))
		return n.write(iq)
	}
	return nil
}

package irc

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// mechanism is a way to prove who one is (SASL). start is called first, without a
// challenge.
type mechanism interface {
	name() string
	// next answers a challenge. errPass: there is nothing to say to it.
	next(challenge []byte) ([]byte, error)
}

// errPass is for a challenge that is passed over.
var errPass = errors.New("nothing to answer")

// plain is PLAIN (RFC 4616): name NUL name NUL secret.
type plain struct {
	account, secret string
	said            bool
}

func (p *plain) name() string { return "PLAIN" }

func (p *plain) next([]byte) ([]byte, error) {
	if p.said {
		return nil, errPass
	}
	p.said = true
	return []byte(p.account + "\x00" + p.account + "\x00" + p.secret), nil
}

// bearer is OAUTHBEARER (RFC 7628). A server that refuses the token says why in a
// challenge, which wants a dummy answer.
type bearer struct {
	token string
	said  bool
}

func (b *bearer) name() string { return "OAUTHBEARER" }

func (b *bearer) next([]byte) ([]byte, error) {
	if b.said {
		return []byte{1}, nil
	}
	b.said = true
	return []byte("n,,\x01auth=Bearer " + b.token + "\x01\x01"), nil
}

// external is EXTERNAL (RFC 4422, appendix A): the TLS certificate says it all.
type external struct{}

func (external) name() string                { return "EXTERNAL" }
func (external) next([]byte) ([]byte, error) { return nil, nil }

// exchange is a login by SASL, from AUTHENTICATE to the server's verdict.
//
//	> AUTHENTICATE PLAIN
//	< AUTHENTICATE +
//	> AUTHENTICATE bWFyYQBtYXJhAGh1bnRlcjM=
//	< :irc.example.net 903 mara :SASL authentication successful
type exchange struct {
	credentials *credentials
	listed      []string // mechanisms that the server has; none where it does not say
	tellable    bool     // the secret may be shown to who listens on the way
	mechanism   mechanism
	challenge   challenge
}

// newExchange picks the mechanism for the credentials among those that the server
// lists in "sasl=PLAIN,EXTERNAL". A password is not shown to a server that can
// do without, unless the user wants it so.
func newExchange(c *credentials, list string, tellable bool) *exchange {
	x := &exchange{credentials: c, listed: strings.Split(strings.ToUpper(list), ","), tellable: tellable}
	scram := slices.Contains(x.listed, "SCRAM-SHA-256") && c.mechanism == "" && !c.token
	switch {
	case c.mechanism == "EXTERNAL", c.secret == "":
		x.mechanism = external{}
	case c.mechanism == "OAUTHBEARER":
		x.mechanism = &bearer{token: c.secret}
	case c.mechanism == "SCRAM-SHA-256", scram:
		x.mechanism = newScram(c.account, c.secret)
	default:
		x.mechanism = &plain{account: c.account, secret: c.secret}
	}
	return x
}

func (x *exchange) begin() wire.Message { return wire.New("AUTHENTICATE", x.mechanism.name()) }

// errClearText refuses to send a secret where others can read it.
const errClearText = platform.Plain("the secret would be sent in clear text: use secure: true")

// answer returns the lines for a challenge or a piece of one. An error ends the
// exchange, without another word to the server when it is errClearText.
func (x *exchange) answer(piece string) ([]wire.Message, error) {
	challenge, whole, err := x.challenge.add(piece)
	if err != nil || !whole {
		return nil, err
	}
	switch x.mechanism.(type) {
	case *plain, *bearer:
		if !x.tellable {
			return nil, errClearText
		}
	}
	response, err := x.mechanism.next(challenge)
	if errors.Is(err, errPass) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return appendResponse(nil, response), nil
}

// refused looks at 902, 904 to 907. It returns true where another mechanism is
// tried: SCRAM was our own choice, and the account is not prepared for it.
func (x *exchange) refused(m *wire.Message) (again bool) {
	_, scram := x.mechanism.(*scram)
	c := x.credentials
	if !scram || c.mechanism != "" || m.Command == "907" || !slices.Contains(x.listed, "PLAIN") || !x.tellable {
		return false
	}
	x.mechanism, x.challenge = &plain{account: c.account, secret: c.secret}, challenge{}
	return true
}

// proved tells whether the server has shown what its mechanism asks of it.
func (x *exchange) proved() bool {
	s, ok := x.mechanism.(*scram)
	return !ok || s.verified()
}

// errUnproved is for a server that lets a user in without knowing his password.
var errUnproved = errors.New("the server does not know the password")

const (
	saslChunk     = 400     // characters of base64 in a line (IRCv3 SASL)
	maxSaslLength = 8 << 10 // of a challenge
)

// appendResponse appends AUTHENTICATE lines for a response: a last one of full
// length is followed by an empty one.
func appendResponse(lines []wire.Message, response []byte) []wire.Message {
	text := base64.StdEncoding.EncodeToString(response)
	for len(text) >= saslChunk {
		lines = append(lines, wire.New("AUTHENTICATE", text[:saslChunk]))
		text = text[saslChunk:]
	}
	if text == "" {
		text = "+"
	}
	return append(lines, wire.New("AUTHENTICATE", text))
}

// challenge gathers the pieces of a challenge.
type challenge struct{ text strings.Builder }

// add takes the parameter of a line AUTHENTICATE. whole is true when the
// challenge has ended.
func (c *challenge) add(piece string) (decoded []byte, whole bool, err error) {
	if piece != "+" {
		if c.text.Len()+len(piece) > maxSaslLength {
			return nil, false, errors.New("the server's challenge is too long")
		}
		c.text.WriteString(piece)
	}
	if len(piece) == saslChunk {
		return nil, false, nil
	}
	text := c.text.String()
	c.text.Reset()
	decoded, err = base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, true, errors.New("the server's challenge is not base64")
	}
	return decoded, true, nil
}

package irc

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
	"github.com/sockethub/sockethub/platform/sasl"
)

// bearer is OAUTHBEARER (RFC 7628). A server that refuses the token says why in a
// challenge, which wants a dummy answer.
type bearer struct {
	token string
	said  bool
}

func (b *bearer) Name() string { return "OAUTHBEARER" }

func (b *bearer) Proved() bool { return true }

func (b *bearer) Next([]byte) ([]byte, error) {
	if b.said {
		return []byte{1}, nil
	}
	b.said = true
	return []byte("n,,\x01auth=Bearer " + b.token + "\x01\x01"), nil
}

// external is EXTERNAL (RFC 4422, appendix A): the TLS certificate says it all.
type external struct{}

func (external) Name() string                { return "EXTERNAL" }
func (external) Next([]byte) ([]byte, error) { return nil, nil }
func (external) Proved() bool                { return true }

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
	mechanism   sasl.Mechanism
	challenge   challenge
}

// newExchange picks the mechanism for the credentials among those that the server
// lists in "sasl=PLAIN,EXTERNAL". A password is not shown to a server that can
// do without, unless the user wants it so.
func newExchange(c *credentials, list string, tellable bool) (*exchange, error) {
	x := &exchange{credentials: c, listed: strings.Split(strings.ToUpper(list), ","), tellable: tellable}
	scram := slices.Contains(x.listed, "SCRAM-SHA-256") && c.mechanism == "" && !c.token
	switch {
	case c.mechanism == "EXTERNAL", c.secret == "":
		x.mechanism = external{}
	case c.mechanism == "OAUTHBEARER":
		x.mechanism = &bearer{token: c.secret}
	case c.mechanism == "SCRAM-SHA-256", scram:
		m, err := sasl.NewScram("SCRAM-SHA-256", c.account, c.secret, sasl.Binding{}, nil)
		if err != nil {
			return nil, err
		}
		x.mechanism = m
	default:
		x.mechanism = plain(c)
	}
	return x, nil
}

// plain shows account and secret as they are: the services compare bytes.
func plain(c *credentials) sasl.Mechanism { return sasl.NewRawPlain(c.account, c.account, c.secret) }

func (x *exchange) begin() wire.Message { return wire.New("AUTHENTICATE", x.mechanism.Name()) }

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
	case *sasl.Plain, *bearer:
		if !x.tellable {
			return nil, errClearText
		}
	}
	response, err := x.mechanism.Next(challenge)
	if errors.Is(err, sasl.ErrPass) {
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
	_, scram := x.mechanism.(*sasl.Scram)
	c := x.credentials
	if !scram || c.mechanism != "" || m.Command == "907" || !slices.Contains(x.listed, "PLAIN") || !x.tellable {
		return false
	}
	x.mechanism, x.challenge = plain(c), challenge{}
	return true
}

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

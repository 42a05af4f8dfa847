package irc

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/sockethub/server/platform/irc/wire"
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

// chooseMechanism picks the mechanism for the credentials among those that the
// server lists in "sasl=PLAIN,EXTERNAL"; list is "" where it lists none. A
// password is not shown to a server that can do without.
func chooseMechanism(c *credentials, list string) mechanism {
	listed := func(name string) bool { return slices.Contains(strings.Split(strings.ToUpper(list), ","), name) }
	switch {
	case c.secret == "":
		return external{}
	case c.mechanism == "OAUTHBEARER":
		return &bearer{token: c.secret}
	case c.mechanism == "" && !c.token && listed("SCRAM-SHA-256"):
		return newScram(c.account, c.secret)
	}
	return &plain{account: c.account, secret: c.secret}
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

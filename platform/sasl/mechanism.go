package sasl

import (
	"crypto/tls"
	"errors"
	"slices"
	"strings"
)

// Mechanism is one attempt to prove who one is. It is used by one goroutine.
type Mechanism interface {
	// Name is what the server lists: "SCRAM-SHA-256".
	Name() string
	// Next answers a challenge; the first one is empty where the protocol has
	// none. It is also told what comes with the server's success. [ErrPass]:
	// there is nothing to say to it. Any other error ends the attempt.
	Next(challenge []byte) ([]byte, error)
	// Proved reports whether the server has shown what the mechanism asks of
	// it. Who is let in without it talks to somebody else.
	Proved() bool
}

// ErrPass is for a challenge that is passed over.
var ErrPass = errors.New("nothing to answer")

// ErrUnproved is for a server that lets a user in without knowing his password.
var ErrUnproved = errors.New("the server does not know the password")

// Names of mechanisms, the strongest first. A binding weighs more than a hash:
// it is what keeps out who has a certificate that is not his.
var strength = []string{
	"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS",
	"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN",
}

// Weaker reports whether mechanism a is worth less than b. What is not known is
// worth nothing.
func Weaker(a, b string) bool {
	at, than := slices.Index(strength, a), slices.Index(strength, b)
	return than >= 0 && (at < 0 || at > than)
}

// Offer is what a server lists and its connection allows.
type Offer struct {
	Mechanisms []string
	Bindings   []string             // types of channel binding (XEP-0440); none where the server does not say
	TLS        *tls.ConnectionState // nil without TLS
	Tellable   bool                 // the password may be shown to the server: nobody else listens
	Least      string               // a mechanism; weaker ones will not do
}

// ErrNone is for a server with which nothing is in common.
var ErrNone = errors.New("the server offers no mechanism that can be used")

// ErrDowngrade is for a server that offers less than it once did, as somebody in
// between would who wants the password.
var ErrDowngrade = errors.New("the server offers only mechanisms that are weaker than before")

// Choose makes the strongest mechanism of those that are offered. keys may be nil;
// see [Keys].
func (o Offer) Choose(user, password string, keys *Keys) (Mechanism, error) {
	b := o.binding()
	common := false
	for _, name := range strength {
		if !slices.Contains(o.Mechanisms, name) || name == "PLAIN" && !o.Tellable ||
			strings.HasSuffix(name, "-PLUS") && b.Type == "" {
			continue
		}
		common = true
		if Weaker(name, o.Least) {
			continue
		}
		if name == "PLAIN" {
			return NewPlain(user, password)
		}
		return NewScram(name, user, password, b, keys)
	}
	if common {
		return nil, ErrDowngrade
	}
	return nil, ErrNone
}

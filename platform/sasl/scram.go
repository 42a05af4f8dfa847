package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// Scram is one of the SCRAM mechanisms (RFC 5802).
type Scram struct {
	name     string
	hash     func() hash.Hash
	user     string // prepared, with "=2C" for a comma
	password string
	binding  Binding
	keys     *Keys
	nonce    string

	step      int
	first     string // our first message without the header
	signature []byte // what the server must say
	proved    bool
}

// Bounds of the work that a server may ask for. RFC 7677 wants 4,096 at least; a
// million takes about a second.
const (
	minIterations = 4096
	maxIterations = 1_000_000
)

// Keys are what SCRAM made of a password, with much work: who logs in with the
// same password again is spared it. The zero value has none yet. They are as
// secret as the password.
type Keys struct {
	name, salt     string
	iterations     int
	client, server []byte
}

// NewScram makes a mechanism by its name, "SCRAM-SHA-1" to "SCRAM-SHA-512-PLUS".
// A binding goes with -PLUS alone. keys may be nil; they must belong to this
// password.
func NewScram(name, user, password string, b Binding, keys *Keys) (*Scram, error) {
	s := &Scram{name: name, binding: b, keys: keys, nonce: rand.Text()}
	base, plus := strings.CutSuffix(name, "-PLUS")
	switch base {
	case "SCRAM-SHA-1":
		s.hash = sha1.New
	case "SCRAM-SHA-256":
		s.hash = sha256.New
	case "SCRAM-SHA-512":
		s.hash = sha512.New
	default:
		return nil, fmt.Errorf("mechanism %q is not known", name)
	}
	if !plus {
		s.binding.Type, s.binding.Data = "", nil
	}
	if plus && b.Type == "" {
		return nil, fmt.Errorf("%s needs a channel binding", name)
	}
	if keys == nil {
		s.keys = &Keys{}
	}
	var err error
	if s.user, s.password, err = prepBoth(user, password); err != nil {
		return nil, err
	}
	s.user = strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s.user)
	return s, nil
}

func (s *Scram) Name() string { return s.name }

func (s *Scram) Proved() bool { return s.proved }

func (s *Scram) Next(challenge []byte) ([]byte, error) {
	s.step++
	switch s.step {
	case 1:
		s.first = "n=" + s.user + ",r=" + s.nonce
		return []byte(s.binding.header() + s.first), nil
	case 2:
		return s.prove(string(challenge))
	case 3:
		return nil, s.verify(string(challenge))
	}
	return nil, ErrPass
}

var errScram = errors.New("the server's SCRAM message is not understood")

// prove answers the server's first message: r=…,s=…,i=… in this order, and then
// what extensions add. "m=" is one that must be known.
func (s *Scram) prove(serverFirst string) ([]byte, error) {
	parts := strings.SplitN(serverFirst, ",", 4)
	if len(parts) < 3 {
		return nil, errScram
	}
	nonce, okNonce := strings.CutPrefix(parts[0], "r=")
	salt64, okSalt := strings.CutPrefix(parts[1], "s=")
	count, okCount := strings.CutPrefix(parts[2], "i=")
	salt, err := base64.StdEncoding.DecodeString(salt64)
	if !okNonce || !okSalt || !okCount || err != nil || len(salt) == 0 || !strings.HasPrefix(nonce, s.nonce) || len(nonce) == len(s.nonce) {
		return nil, errScram
	}
	iterations, err := strconv.Atoi(count)
	if err != nil || iterations < minIterations || iterations > maxIterations {
		return nil, fmt.Errorf("the server asks for %.20s iterations of SCRAM", count)
	}
	if err := s.derive(string(salt), iterations); err != nil {
		return nil, err
	}
	final := "c=" + base64.StdEncoding.EncodeToString(append([]byte(s.binding.header()), s.binding.Data...)) + ",r=" + nonce
	exchange := s.first + "," + serverFirst + "," + final
	h := s.hash()
	h.Write(s.keys.client)
	proof := s.sign(h.Sum(nil), exchange)
	subtle.XORBytes(proof, proof, s.keys.client)
	s.signature = s.sign(s.keys.server, exchange)
	return []byte(final + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

// derive makes the keys, unless they are there from the last time.
func (s *Scram) derive(salt string, iterations int) error {
	k := s.keys
	name := strings.TrimSuffix(s.name, "-PLUS")
	if k.name == name && k.salt == salt && k.iterations == iterations {
		return nil
	}
	salted, err := pbkdf2.Key(s.hash, s.password, []byte(salt), iterations, s.hash().Size())
	if err != nil {
		return err
	}
	*k = Keys{name, salt, iterations, s.sign(salted, "Client Key"), s.sign(salted, "Server Key")}
	return nil
}

// verify checks that the server knows the password too.
func (s *Scram) verify(serverFinal string) error {
	if reason, ok := strings.CutPrefix(serverFinal, "e="); ok {
		return fmt.Errorf("the server says %.100q", reason)
	}
	text, ok := strings.CutPrefix(serverFinal, "v=")
	text, _, _ = strings.Cut(text, ",")
	signature, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || !hmac.Equal(signature, s.signature) {
		return ErrUnproved
	}
	s.proved = true
	return nil
}

func (s *Scram) sign(key []byte, text string) []byte {
	h := hmac.New(s.hash, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

package irc

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// scram is SCRAM-SHA-256 (RFC 5802, RFC 7677): the server learns that we know the
// password, and we that it does; nobody who listens learns it.
//
//	C: n,,n=mara,r=NONCE
//	S: r=NONCE+MORE,s=SALT,i=4096
//	C: c=biws,r=NONCE+MORE,p=PROOF
//	S: v=SIGNATURE
type scram struct {
	account, password string
	nonce             string
	step              int
	first             string // our first message without "n,,"
	signature         []byte // what the server must say
}

// Bounds of the work that a server may ask for.
const (
	minIterations = 4096
	maxIterations = 600_000
)

func newScram(account, password string) *scram {
	return &scram{account: account, password: password, nonce: rand.Text()}
}

func (s *scram) name() string { return "SCRAM-SHA-256" }

func (s *scram) next(challenge []byte) ([]byte, error) {
	s.step++
	switch s.step {
	case 1:
		name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s.account)
		s.first = "n=" + name + ",r=" + s.nonce
		return []byte("n,," + s.first), nil
	case 2:
		return s.prove(string(challenge))
	case 3:
		return nil, s.verify(string(challenge))
	}
	return nil, errPass
}

// prove answers the server's first message.
func (s *scram) prove(serverFirst string) ([]byte, error) {
	var nonce, salt64, count string
	for part := range strings.SplitSeq(serverFirst, ",") {
		switch key, value, _ := strings.Cut(part, "="); key {
		case "r":
			nonce = value
		case "s":
			salt64 = value
		case "i":
			count = value
		case "m", "e":
			return nil, errors.New("the server's SCRAM message is not understood")
		}
	}
	salt, err := base64.StdEncoding.DecodeString(salt64)
	iterations, errCount := strconv.Atoi(count)
	if err != nil || errCount != nil || len(salt) == 0 || !strings.HasPrefix(nonce, s.nonce) || len(nonce) == len(s.nonce) {
		return nil, errors.New("the server's SCRAM message is not understood")
	}
	if iterations < minIterations || iterations > maxIterations {
		return nil, errors.New("the server asks for " + strconv.Itoa(iterations) + " iterations of SCRAM")
	}
	salted, err := pbkdf2.Key(sha256.New, s.password, salt, iterations, sha256.Size)
	if err != nil {
		return nil, err
	}
	final := "c=biws,r=" + nonce
	exchange := s.first + "," + serverFirst + "," + final
	clientKey := sign(salted, "Client Key")
	storedKey := sha256.Sum256(clientKey)
	proof := sign(storedKey[:], exchange)
	subtle.XORBytes(proof, proof, clientKey)
	s.signature = sign(sign(salted, "Server Key"), exchange)
	return []byte(final + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

// verify checks that the server knows the password too.
func (s *scram) verify(serverFinal string) error {
	text, ok := strings.CutPrefix(serverFinal, "v=")
	signature, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || !hmac.Equal(signature, s.signature) {
		return errUnproved
	}
	return nil
}

// verified tells that the server has proved itself.
func (s *scram) verified() bool { return s.step >= 3 }

func sign(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

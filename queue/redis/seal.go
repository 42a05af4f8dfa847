package redis

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"sync"

	"github.com/sockethub/sockethub/queue"
)

// sealer makes the keys of a namespace, and the names that give nothing away.
// All of it follows from one secret:
//
//	secret ─ HKDF ┬─ "namespace"                      NS, in every key's name
//	              ├─ "names"                          HMAC key for names
//	              ├─ "request" ID                     AES-256 key of a request's lines
//	              └─ "session" ID, salt: its secret   AES-256 key of an owner
//
// The owner's secret is in memory only: once the process is gone, nobody opens
// what it sealed for its owners, not even with the server's secret.
type sealer struct {
	secret    []byte
	names     []byte
	namespace string

	mu     sync.Mutex // guards owners
	owners map[queue.Owner]cipher.AEAD
}

// maxOwnerKeys bounds the keys that are kept ready. One costs about 2 µs to
// make and 1 KiB to keep.
const maxOwnerKeys = 4096

// newSealer derives everything from secret, or from random bytes without one.
func newSealer(secret string) *sealer {
	s := &sealer{secret: []byte(secret), owners: make(map[queue.Owner]cipher.AEAD)}
	if secret == "" {
		s.secret = make([]byte, 32)
		rand.Read(s.secret)
	}
	s.names = s.derive(nil, "names")
	s.namespace = hex.EncodeToString(s.derive(nil, "namespace")[:8])
	return s
}

// derive makes 32 bytes for a purpose. The labels are fixed words, and at most
// one part follows them, so that two purposes never meet in one label.
func (s *sealer) derive(salt []byte, label string) []byte {
	key, err := hkdf.Key(sha256.New, s.secret, salt, "sockethub "+label, 32)
	if err != nil {
		panic("redis: " + err.Error()) // only for lengths that hash functions do not have
	}
	return key
}

// name is what a key or a field on Redis is called in place of what it is
// about: ids of owners and requests are secrets too. 128 bits.
func (s *sealer) name(parts ...string) string {
	mac := hmac.New(sha256.New, s.names)
	mac.Write(boundTo(nil, parts...))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// owner is the key of an owner.
func (s *sealer) owner(owner queue.Owner) cipher.AEAD {
	s.mu.Lock()
	defer s.mu.Unlock()
	if aead := s.owners[owner]; aead != nil {
		return aead
	}
	return s.newOwner(owner)
}

func (s *sealer) newOwner(owner queue.Owner) cipher.AEAD {
	for old := range s.owners {
		if len(s.owners) < maxOwnerKeys {
			break
		}
		delete(s.owners, old)
	}
	aead := newAEAD(s.derive(owner.Secret[:], "session "+owner.ID))
	s.owners[owner] = aead
	return aead
}

// request is the key of a request's record.
func (s *sealer) request(id string) cipher.AEAD {
	return newAEAD(s.derive(nil, "request "+id))
}

// newAEAD is AES-256-GCM with a random nonce before each sealed text.
func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("redis: " + err.Error()) // only for lengths that keys do not have
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("redis: " + err.Error())
	}
	return aead
}

// sealedOverhead is what sealing adds: 12 bytes of nonce, 16 of tag.
const sealedOverhead = 28

// errSeal reports a record that was changed, moved, or sealed by somebody else.
var errSeal = &refusal{text: "a record in the store does not open: it was changed or moved"}

func open(aead cipher.AEAD, sealed, bound []byte) ([]byte, error) {
	text, err := aead.Open(nil, nil, sealed, bound)
	if err != nil {
		return nil, errSeal
	}
	return text, nil
}

// boundTo appends the additional data that ties a sealed text to its place:
// each part with its length before it, so that no two places look the same.
func boundTo(dst []byte, parts ...string) []byte {
	for _, p := range parts {
		dst = binary.AppendUvarint(dst, uint64(len(p)))
		dst = append(dst, p...)
	}
	return dst
}

// boundToJob is the additional data of a job's payload.
func boundToJob(dst []byte, node, instance string, id uint64) []byte {
	dst = boundTo(dst, "job", node, instance)
	return binary.BigEndian.AppendUint64(dst, id)
}

package dav

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// digest is a challenge that can be answered (RFC 7616, section 3.3).
type digest struct {
	realm, nonce, opaque string
	algorithm            string // as it is written back
	sum                  func() hash.Hash
	session              bool // the algorithm ends in -sess
	qop                  bool // "auth" is offered; without it the server is one of RFC 2069
	utf8                 bool
	count                uint32 // requests with this nonce
}

// newDigest reads a challenge; nil if it asks for what we do not do.
func newDigest(c challenge) *digest {
	d := &digest{realm: c.params["realm"], nonce: c.params["nonce"], opaque: c.params["opaque"]}
	if c.scheme != "digest" || d.realm == "" || d.nonce == "" || strings.EqualFold(c.params["userhash"], "true") {
		return nil
	}
	switch strings.ToLower(c.params["algorithm"]) {
	case "", "md5":
		d.algorithm, d.sum = "MD5", md5.New
	case "md5-sess":
		d.algorithm, d.sum, d.session = "MD5-sess", md5.New, true
	case "sha-256":
		d.algorithm, d.sum = "SHA-256", sha256.New
	case "sha-256-sess":
		d.algorithm, d.sum, d.session = "SHA-256-sess", sha256.New, true
	default:
		return nil
	}
	if qop, ok := c.params["qop"]; ok {
		for offered := range strings.SplitSeq(qop, ",") {
			d.qop = d.qop || strings.EqualFold(strings.TrimSpace(offered), "auth")
		}
		if !d.qop {
			return nil
		}
	}
	d.utf8 = strings.EqualFold(c.params["charset"], "UTF-8")
	return d
}

// answer is the header for the next request with this nonce. uri is the path and
// query of the request.
func (d *digest) answer(who secret, method, uri string) string {
	d.count++
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	return d.respond(who, method, uri, d.count, hex.EncodeToString(random[:]))
}

// respond is answer with what varies given.
func (d *digest) respond(who secret, method, uri string, count uint32, cnonce string) string {
	h := func(parts ...string) string {
		sum := d.sum()
		sum.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(sum.Sum(nil))
	}
	a1 := h(who.user, d.realm, who.password)
	if d.session {
		a1 = h(a1, d.nonce, cnonce)
	}
	nc := fmt.Sprintf("%08x", count)
	var response string
	if d.qop {
		response = h(a1, d.nonce, nc, cnonce, "auth", h(method, uri))
	} else {
		response = h(a1, d.nonce, h(method, uri))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s, algorithm=%s, response=%s",
		quote(d.encode(who.user)), quote(d.realm), quote(d.nonce), quote(uri), d.algorithm, quote(response))
	if d.opaque != "" {
		b.WriteString(", opaque=" + quote(d.opaque))
	}
	if d.qop {
		b.WriteString(", qop=auth, nc=" + nc)
	}
	if d.qop || d.session {
		b.WriteString(", cnonce=" + quote(cnonce))
	}
	return b.String()
}

// encode writes the user's name in the header's encoding: UTF-8 if the server
// says so or there is no other way, else Latin-1, as servers that do not say so
// are older than the choice (RFC 7616, section 4).
func (d *digest) encode(user string) string {
	if d.utf8 {
		return user
	}
	latin := make([]byte, 0, len(user))
	for _, r := range user {
		if r > 0xFF {
			return user
		}
		latin = append(latin, byte(r))
	}
	return string(latin)
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

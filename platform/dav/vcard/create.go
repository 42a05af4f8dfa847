package vcard

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
)

// New writes a message's contact as a new card of version "3.0" or "4.0", and
// returns it with its UID: the message's, else a random one.
func New(message *activity.Object, version string) (text, uid string, err error) {
	uid = message.Text("uid")
	switch {
	case strings.ContainsAny(uid, "\r\n"):
		return "", "", errors.New("unsafe vCard UID")
	case uid == "":
		uid = newUID()
	}
	if name, ok := message.Get("name").(string); !ok || name == "" {
		return "", "", errors.New("name must be a string")
	}
	c, err := parse(strings.Join([]string{"BEGIN:VCARD", "VERSION:" + version, "END:VCARD", ""}, contentline.CRLF), contentline.Card)
	if err != nil {
		return "", "", err
	}
	p := c.patch(message)
	p.create = true
	p.add("PRODID", "-//Sockethub//CardDAV//EN")
	p.add("UID", p.escape(uid))
	if err := p.apply(); err != nil {
		return "", "", err
	}
	return c.String(), uid, nil
}

// newUID makes a random UUID (RFC 9562, section 5.4).
func newUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

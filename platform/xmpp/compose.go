package xmpp

import (
	"fmt"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/jid"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// Limits of what clients may send, checked before anything goes out: a server ends
// the stream of who sends too much or what is no XML, and all sessions with it.
const (
	maxContent = 512 << 10 // bytes of a text; servers take stanzas of 256 KiB to 1 MiB
	maxID      = 1023      // bytes of a message's id
)

// badField is a member of a message that cannot be sent as it is.
func badField(name, rule string) error { return platform.Plain(name + " " + rule) }

// checkText refuses a text that is too long or that XML cannot say.
func checkText(name, text string, most int) error {
	switch {
	case len(text) > most && most >= 1<<10 && most%(1<<10) == 0:
		return badField(name, fmt.Sprintf("has more than %d KiB", most>>10))
	case len(text) > most:
		return badField(name, fmt.Sprintf("has more than %d bytes", most))
	case !xml.Valid(text):
		return badField(name, "contains characters that XML does not allow")
	}
	return nil
}

// checkID refuses what cannot be the id of a message.
func checkID(name, id string) error {
	if id == "" {
		return badField(name, "is empty")
	}
	return checkText(name, id, maxID)
}

// checkAddress refuses what is no JID.
func checkAddress(name, id string) error {
	if id == "" {
		return badField(name, "is missing")
	}
	if _, err := jid.Parse(id); err != nil {
		return badField(name, "is no JID: "+err.Error())
	}
	return nil
}

// targetOf is the address of a message's target.
func targetOf(a *activity.Object) (string, error) {
	id := a.Object("target").Text("id")
	return id, checkAddress("target", id)
}

// roomOf is the target as a room's bare JID.
func roomOf(a *activity.Object) (string, error) {
	id := bare(a.Object("target").Text("id"))
	if err := checkAddress("target", id); err != nil {
		return "", err
	}
	if !isRoomAddress(id) {
		return "", badField("target", "is no room's address")
	}
	return id, nil
}

// isRoomAddress reports whether id may be a room: a bare JID with a local part.
func isRoomAddress(id string) bool {
	j, err := jid.Parse(id)
	return err == nil && j.Local != "" && j.IsBare()
}

// checkNick refuses what cannot be a nick in a room.
func checkNick(name, nick string) error {
	if nick == "" {
		return badField(name, "is missing")
	}
	if len(nick) > jid.MaxPart {
		return badField(name, fmt.Sprintf("has more than %d bytes", jid.MaxPart))
	}
	if err := checkText(name, nick, jid.MaxPart); err != nil {
		return err
	}
	if _, err := jid.Parse("room.invalid/" + nick); err != nil {
		return badField(name, "has characters that a nick cannot have")
	}
	return nil
}

// sender is the "from" of what a client sends, "" where there is to be none: the
// address that it calls the user by, when that is the own one. A server may end the
// stream of who says that he is somebody else (RFC 6120, section 8.1.2.1).
func (s *state) sender(a *activity.Object) string {
	id := a.Object("actor").Text("id")
	if id != "" && (s.isAccount(id) || fold(id) == fold(s.self)) {
		return id
	}
	return ""
}

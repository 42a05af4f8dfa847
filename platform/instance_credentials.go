package platform

import (
	"crypto/sha256"

	"github.com/sockethub/sockethub/activity"
)

// check decides whether a job may go to the platform (spec: "When a job needs
// them"). The texts are facts that clients know. unauthorized is set when the
// session failed the check of a connection that others use: it is detached.
// in.mu is held.
//
//	send called on uninitialized platform                     nothing is connected
//	credentials not found for irc:al@irc.example              nor was it ever
//	Error: credentials not found for caldav:al                with the prefix when it is, as on any stateless platform
//	Error: invalid credentials for irc:al@irc.example         others than those that connected it
func (in *Instance) check(t *ticket) (refused *JobError, unauthorized bool) {
	d := in.definition
	initialised := !d.Persist || in.initialised
	switch {
	case !t.verb.Credentials && !initialised:
		return &JobError{Text: t.kind + " called on uninitialized platform"}, false
	case t.verb.Credentials:
		if reason := in.refuseCredentials(t); reason != "" {
			text := reason + " for " + d.Name + ":" + t.actor
			if initialised {
				text = "Error: " + text
			}
			return &JobError{Text: text}, d.Persist && initialised
		}
	case !t.has:
		return &JobError{Text: "platform method " + t.kind + " not available"}, false
	}
	return nil, false
}

// refuseCredentials returns what is wrong with the ticket's credentials, "" for
// nothing. in.mu is held.
func (in *Instance) refuseCredentials(t *ticket) string {
	stored := t.request.Credentials
	switch {
	case stored == nil:
		return "credentials not found"
	case stored.Object("object").Len() == 0:
		return "invalid credentials"
	case !in.fits(t.actor, t.hash):
		return "invalid credentials"
	}
	return ""
}

// credentialsHash is a hash of the object of stored credentials that does not
// depend on the order of members; nil when there is none.
func credentialsHash(stored *activity.Object) []byte {
	object := stored.Object("object")
	if object == nil {
		return nil
	}
	sum := sha256.Sum256(activity.AppendSorted(nil, object))
	return sum[:]
}

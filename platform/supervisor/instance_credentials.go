package supervisor

import (
	"crypto/sha256"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
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
func (in *Instance) check(w *work) (refused *platform.JobError, unauthorized bool) {
	d := in.definition
	initialised := !d.Persist || in.initialised
	switch {
	case !w.verb.Credentials && !initialised:
		return &platform.JobError{Text: w.kind + " called on uninitialized platform"}, false
	case w.verb.Credentials:
		if reason := in.refuseCredentials(w); reason != "" {
			text := reason + " for " + d.Name + ":" + w.actor
			if initialised {
				text = "Error: " + text
			}
			return &platform.JobError{Text: text}, d.Persist && initialised
		}
	case !w.has:
		return &platform.JobError{Text: "platform method " + w.kind + " not available"}, false
	}
	return nil, false
}

// refuseCredentials returns what is wrong with its credentials, "" for
// nothing. in.mu is held.
func (in *Instance) refuseCredentials(w *work) string {
	stored := w.message.Credentials
	switch {
	case stored == nil:
		return "credentials not found"
	case stored.Object("object").Len() == 0:
		return "invalid credentials"
	case !in.fits(w.actor, w.hash):
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

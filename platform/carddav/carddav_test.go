package carddav

import (
	"testing"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav/davtest"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// open makes the platform as a worker does.
func open(t testing.TB, config string) platform.Platform {
	t.Helper()
	p, err := Definition().New(fetchtest.Host{}, []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.(platform.Stopper).Stop(t.Context()) })
	return p
}

// What servers do in the field.
func TestFaults(t *testing.T) {
	davtest.RunFaults(t, "carddav", func(t *testing.T) platform.Platform { return open(t, davtest.Config) })
}

// What the reference server was seen to do, and what is better now; doc.go has the
// reasons.
func TestReplay(t *testing.T) {
	davtest.Replay(t, "carddav", func(t *testing.T, config string) platform.Platform { return open(t, config) }, map[string]string{
		// Errors say what is wrong.
		"carddav bad home url":             "carddav:invalid-fetch: Invalid URL",
		"carddav redirect bad location":    "carddav:invalid-fetch: Invalid URL",
		"carddav update no object/no id:1": "carddav:invalid-update: message must have required property 'object'",
		"carddav delete no object:1":       "carddav:invalid-delete: message must have required property 'object'",
		"carddav create invalid:1":         "carddav:invalid-create: message must have required property 'object'",
		"carddav create invalid:2":         "carddav:invalid-create: name must be a string",
		"carddav create invalid:3":         "carddav:create-failed",
		"carddav create invalid:4":         "carddav:invalid-create: invalid vCard URL",
		"carddav create invalid:5":         "carddav:invalid-create: name must be a string",
		"carddav create invalid:6":         "carddav:invalid-create: name must be a string",

		// Nothing is overwritten unseen.
		"carddav update without etag":                "carddav:invalid-update: object must have required property 'etag'",
		"carddav delete with contact object no etag": "carddav:invalid-delete: object must have required property 'etag'",

		// A member that is absent stays as it is, also the name; and more cards can be
		// read. The script has no answer to these PUTs.
		"carddav update with deletion object+uid?": "carddav:update-failed",
		"carddav update stored not parseable":      "carddav:update-failed",

		// New cards are of version 3.0, which all servers take.
		"carddav create 404": "carddav:not-found", "carddav create 409": "carddav:create-failed",
		"carddav create 412": "carddav:conflict", "carddav create 500": "carddav:create-failed",
		"carddav create no uid": "ok", "full lifecycle:2": "ok",

		// What the server finds is searched again: the script's contacts do not match.
		"carddav query text only": "ok", "carddav query fields": "ok",

		// Pages, items that cannot be read, answers that are cut.
		"carddav query limit": "ok", "carddav query broken 3rd without limit": "ok", "carddav 207 with 507 truncated": "ok",

		// All text is text; broken XML is an error; namespaces count.
		"carddav query data attr": "ok", "xml: depth 102 rejected": "carddav:invalid-response: not a multistatus",
		"xml: depth 101 parsed": "carddav:invalid-response: not a multistatus", "xml: namespaces are not checked": "carddav:invalid-response",

		// Finer codes.
		"carddav query 403": "carddav:forbidden", "carddav query 404": "carddav:not-found",
	})
}

package caldav

import (
	"testing"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav/davtest"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// open makes the platform as a worker does.
func open(t testing.TB, config string) platform.Platform {
	t.Helper()
	return openOn(t, fetchtest.Host{}, config)
}

func openOn(t testing.TB, host platform.Host, config string) platform.Platform {
	t.Helper()
	p, err := Definition().New(host, []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.(platform.Stopper).Stop(t.Context()) })
	return p
}

// What servers do in the field.
func TestFaults(t *testing.T) {
	davtest.RunFaults(t, "caldav", func(t *testing.T) platform.Platform { return open(t, davtest.Config) })
}

// What the reference server was seen to do, and what is better now; doc.go has the
// reasons.
func TestReplay(t *testing.T) {
	davtest.Replay(t, "caldav", func(t *testing.T, config string) platform.Platform { return open(t, config) }, map[string]string{
		// Broken XML is an error and not an empty answer.
		"non-xml 207":             "caldav:invalid-response: not well-formed XML",
		"truncated xml":           "caldav:invalid-response: the answer is cut off",
		"mismatched xml":          "caldav:invalid-response: not a multistatus",
		"query garbage 207":       "caldav:invalid-response: not well-formed XML",
		"doctype entity":          "caldav:invalid-response: document type declarations are not allowed",
		"xml: depth 102 rejected": "caldav:invalid-response: not a multistatus",
		"xml: depth 101 parsed":   "caldav:invalid-response: not a multistatus",
		"query bad item href":     "caldav:invalid-response: Invalid URL",
		"resourcetype text":       "ok",

		// All text is text, whatever it looks like and whatever attributes it has.
		"displayname number": "ok", "displayname leading0": "ok", "displayname float": "ok", "displayname hex": "ok",
		"displayname exp": "ok", "displayname bool": "ok", "displayname lang": "ok", "displayname cdata": "ok",
		"displayname cdatanum": "ok", "displayname twice": "ok", "display + color variants": "ok", "two 200 propstats": "ok",
		"query unquoted numeric etag": "ok", "query data w/ attributes": "ok", "query cdata": "ok",

		// Finer codes.
		"503": "caldav:unavailable", "403": "caldav:forbidden", "preauthenticated then 403 on auth": "caldav:forbidden",
		"create status 423": "caldav:locked", "create status 507": "caldav:quota-exceeded",
		"query status 403": "caldav:forbidden", "query status 404": "caldav:not-found",
		"update GET 403": "caldav:forbidden", "update GET 410": "caldav:not-found", "delete 207 multi": "caldav:locked",

		// Discovery: several homes, foreign collections left out, addresses resolved
		// where redirects led. The script has no answers to what is asked then.
		"two home-set hrefs": "caldav:invalid-response", "cross-origin calendar in list": "ok",
		"redirect relative base not updated": "caldav:invalid-response", "xml: namespaces are not checked": "caldav:invalid-response",
		"redirect to https same host": "caldav:connection-failed", "digest unicode username": "caldav:invalid-response",

		// Created is created, wherever the server says that it is.
		"create location cross": "ok", "create location https": "ok",

		// Any UID has a file name, and a final slash does not count. The script has no
		// answer to these PUTs.
		"create uid chars:2": "caldav:create-failed", "create uid chars:3": "caldav:create-failed",
		"create bad inputs:4": "caldav:create-failed",

		// Errors in our own words.
		"create bad inputs:2":     "caldav:invalid-create: message must have required property 'object'",
		"create bad inputs:6":     "caldav:invalid-create: name must be a string",
		"create bad inputs:7":     "caldav:invalid-create: name must be a string",
		"create bad inputs:8":     "caldav:invalid-create: name must be a string",
		"update bad resources:9":  "caldav:invalid-update: object must have required property 'uid'",
		"update bad resources:11": "caldav:invalid-update: message must have required property 'object'",
		"delete bad:2":            "caldav:invalid-delete: message must have required property 'object'",

		// One item that cannot be read is told of beside the others; no name is a name.
		"query one item broken": "ok", "query item without summary": "ok",

		// Nothing is overwritten unseen, or with another thing.
		"update no etag":                               "caldav:invalid-update: object must have required property 'etag'",
		"caldav update without etag":                   "caldav:invalid-update: object must have required property 'etag'",
		"caldav update without etag+uid":               "caldav:invalid-update: object must have required property 'uid'",
		"caldav delete with event object without etag": "caldav:invalid-delete: object must have required property 'etag'",
		"update stored uid differs / type differs":     "caldav:uid-mismatch",
		"update stored has EXDATE":                     "caldav:update-failed", // the patch is sent, and the script has no answer
		"update etag non latin1":                       "caldav:update-failed", // likewise
	})
}

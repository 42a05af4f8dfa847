package xmpp

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// What proves who the user is stands in no log, no error, no activity and no value
// that other workers are given; the strongest mechanism does, under a name that does
// not tell whose it is.
func TestSecretsStayInside(t *testing.T) {
	server := newServer(t)
	c, host, answers := dialled(t, testSettings(), server, "")
	conn := server.accept(t)
	conn.login(t, false)
	want(t, answers, "")
	conn.send(`<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>`)
	host.until(t, isStatus("failed"))
	want(t, start(c, job(t, `{"type":"send"}`)), "send called on uninitialized platform")
	failed := connectJob(t, c, server, "")
	conn = server.accept(t)
	conn.header(t, plainFeatures)
	conn.next(t)
	conn.send(`<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>`)
	text := (<-failed).text()

	host.mu.Lock()
	defer host.mu.Unlock()
	text += host.logs.String()
	for _, e := range host.events {
		text += string(activity.AppendJSON(nil, e.activity))
	}
	pinned := false
	for key, value := range host.kept {
		pinned = pinned || strings.HasPrefix(key, "sasl ") && value == "PLAIN"
		text += key + value
	}
	if !pinned {
		t.Errorf("kept are %v", host.kept)
	}
	for _, secret := range []string{"sesame", base64.StdEncoding.EncodeToString([]byte("\x00mara\x00sesame")), "mara@localhost\x00"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
	for key := range host.kept {
		if strings.Contains(key, "mara") {
			t.Errorf("the key %q tells whose it is", key)
		}
	}
}

package e2e

import (
	"encoding/json"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// What the operator's policy refuses no platform connects to, though it may reach
// private addresses: the client is told so by code, and the audit log has a line
// of it with the client's address and nothing that the client sent.
func TestPolicyHoldsForEveryPlatform(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var reached atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			reached.Add(1)
			conn.Close()
		}
	}()
	address := listener.Addr().String()
	private := map[string]any{}
	for _, id := range []string{"feeds", "irc", "metadata", "xmpp"} {
		private["@sockethub/platform-"+id] = map[string]any{"allowPrivateAddresses": true}
	}
	for _, id := range []string{"caldav", "carddav"} {
		private["@sockethub/platform-"+id] = map[string]any{"allowPrivateAddresses": true, "allowInsecureHttp": true}
	}
	s := startServer(t, withStore(map[string]any{"packageConfig": private, "policy": map[string]any{"deny": []string{address}}}))
	c := startClients(t).connect("mara", s.url, transports["websocket"])

	dav := func(platform, verb string, object map[string]any) map[string]any {
		a := map[string]any{"@context": contexts(platform), "type": verb, "actor": map[string]any{"id": "mara-planted", "type": "person"}}
		if object != nil {
			a["object"] = object
		}
		return a
	}
	login := map[string]any{"type": "credentials", "url": "http://" + address + "/planted/", "username": "mara-planted", "password": "sesame-planted"}
	id := "mara@localhost/planted"
	_, port, _ := net.SplitHostPort(address)
	for _, tt := range []struct {
		platform             string
		credentials, message map[string]any
	}{
		{"feeds", nil, fetch("feeds", "feed", "http://"+address+"/planted.xml")},
		{"metadata", nil, fetch("metadata", "website", "http://"+address+"/planted")},
		{"irc", ircCredentials(t, "planted", address, "sesame-planted"), irc("connect", "planted")},
		{"xmpp", xmpp("credentials", id, "object", map[string]any{"type": "credentials", "userAddress": "mara@localhost", "resource": "planted", "password": "sesame-planted", "server": "127.0.0.1", "port": json.Number(port)}), xmpp("connect", id)},
		{"caldav", dav("caldav", "credentials", login), dav("caldav", "fetch", nil)},
		{"carddav", dav("carddav", "credentials", login), dav("carddav", "fetch", nil)},
	} {
		if tt.credentials != nil {
			c.mustEmit("credentials", tt.credentials)
		}
		if got := c.emit("message", tt.message); got["code"] != "policy_refused" {
			t.Errorf("%s: %v", tt.platform, got)
		}
		eventually(t, "the audit log tells of "+tt.platform, func() bool { return audited(s.log.String(), tt.platform) != "" })
		if line := audited(s.log.String(), tt.platform); !strings.Contains(line, `"address":"127.0.0.1"`) || strings.Contains(line, "planted") {
			t.Errorf("the line is %s", line)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// audited returns the line of the log that tells of a platform's refusal.
func audited(log, platform string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, `policy refusal: connection of `+platform+`"`) && strings.Contains(line, `"namespace":"sockethub:audit"`) {
			return line
		}
	}
	return ""
}

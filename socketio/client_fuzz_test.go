package socketio_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/socketio"
)

// Whatever a client posts, the server goes on, and keeps nothing of it when
// the session is over.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{
		`42["x",1]`, "40/b,{\"a\":1}\x1e42/b,7[\"x\"]\x1e41/b,\x1e42/b,[\"late\"]", "40/room-1\x1e41/room-1", `430["x"]`,
		"451-[\"x\",{\"_placeholder\":true,\"num\":0}]\x1ebAQID", "452-7[\"x\"]\x1ebAQID", "40{\"pid\":\"x\",\"offset\":\"y\"}",
		"42[\"kick\"]\x1e42[\"late\"]\x1e40", "42[\"panic\"]\x1e40",
	} {
		f.Add(seed)
	}
	server, err := socketio.New(socketio.Options{MaxNamespaces: 3})
	if err != nil {
		f.Fatal(err)
	}
	for _, n := range []*socketio.Namespace{
		server.Of("/"), server.Of("/b"),
		server.OfFunc(func(name string, auth []byte) bool { return strings.HasPrefix(name, "/r") }),
	} {
		n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
			switch e.Name {
			case "kick":
				s.Disconnect(false)
			case "panic":
				panic("asked to")
			}
			s.Join(e.Name)
			s.Namespace().To(e.Name).EmitBinary(e.Name, e.Attachments, e.Args...)
			e.Ack.SendBinary(e.Attachments, e.Args...)
		})
	}
	do := func(method, query, body string) string {
		request := httptest.NewRequest(method, "/?EIO=4&transport=polling"+query, strings.NewReader(body))
		response := httptest.NewRecorder()
		server.ServeHTTP(response, request)
		if method == http.MethodGet && response.Code != http.StatusOK {
			return ""
		}
		return response.Body.String()
	}
	f.Fuzz(func(t *testing.T, body string) {
		_, rest, _ := strings.Cut(do("GET", "", ""), `"sid":"`)
		sid, _, _ := strings.Cut(rest, `"`)
		if sid == "" {
			t.Fatal("no session")
		}
		do("POST", "&sid="+sid, "40")
		do("POST", "&sid="+sid, body)
		do("GET", "&sid="+sid, "")
		do("POST", "&sid="+sid, "1")
		left := server.Remains()
		left.Namespaces -= 2
		if left != (socketio.Remains{}) {
			t.Errorf("after %q there remains %+v", body, left)
		}
	})
}

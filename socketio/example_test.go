package socketio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/socketio"
)

func newChat() (http.Handler, error) {
	server, err := socketio.New(socketio.Options{})
	if err != nil {
		return nil, err
	}
	chat := server.Of("/chat")
	chat.OnConnect(func(s *socketio.Socket) error {
		var auth struct{ Name string }
		if json.Unmarshal(s.Auth(), &auth); auth.Name == "" {
			return errors.New("who are you?")
		}
		name, err := json.Marshal(auth.Name)
		s.Data = name
		return err
	})
	chat.OnConnected(func(s *socketio.Socket) {
		chat.To().Except(s).Emit("joined", s.Data.([]byte))
	})
	chat.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
		if e.Name == "say" && len(e.Args) == 1 {
			chat.To().Except(s).Emit("said", s.Data.([]byte), e.Args[0])
			e.Ack.Send([]byte("true"))
		}
	})
	chat.OnDisconnect(func(s *socketio.Socket, reason string) {
		chat.To().Emit("left", s.Data.([]byte))
	})
	return server, nil
}

// A chat of two, over polling. Each line is one request's packets.
func Example() {
	chat, err := newChat()
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(chat)
	defer server.Close()
	base := server.URL + "/socket.io/?EIO=4&transport=polling"

	open := func(name string) (post func(packets string), poll func()) {
		response, _ := http.Get(base)
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		sid := regexp.MustCompile(`"sid":"(.*?)"`).FindSubmatch(body)[1]
		post = func(packets string) {
			fmt.Println(name, "sends", packets)
			response, _ := http.Post(base+"&sid="+string(sid), "text/plain", strings.NewReader(packets))
			response.Body.Close()
		}
		poll = func() {
			response, _ := http.Get(base + "&sid=" + string(sid))
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			body = regexp.MustCompile(`"sid":".*?"`).ReplaceAll(body, []byte(`"sid":"…"`))
			fmt.Println(name, "reads", strings.ReplaceAll(string(body), "\x1e", " "))
		}
		return post, poll
	}
	annSends, annReads := open("ann")
	bobSends, bobReads := open("bob")
	annSends(`40/chat,{"name":"Ann"}`)
	annReads()
	bobSends(`40/chat,`)
	bobReads()
	bobSends(`40/chat,{"name":"Bob"}`)
	bobReads()
	bobSends(`42/chat,7["say","hi"]`)
	bobReads()
	annReads()
	bobSends(`41/chat,`)
	annReads()
	// Output:
	// ann sends 40/chat,{"name":"Ann"}
	// ann reads 40/chat,{"sid":"…"}
	// bob sends 40/chat,
	// bob reads 44/chat,{"message":"who are you?"}
	// bob sends 40/chat,{"name":"Bob"}
	// bob reads 40/chat,{"sid":"…"}
	// bob sends 42/chat,7["say","hi"]
	// bob reads 43/chat,7[true]
	// ann reads 42/chat,["joined","Bob"] 42/chat,["said","Bob","hi"]
	// bob sends 41/chat,
	// ann reads 42/chat,["left","Bob"]
}

// The chat server of the package's documentation is the one that runs here.
func TestExampleIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(own), "\nfunc newChat")
	body, _, _ = strings.Cut(body, "\n}\n")
	want := "//\t" + strings.ReplaceAll("func newChat"+body+"\n}", "\n", "\n//\t")
	if !strings.Contains(string(doc), want) {
		t.Errorf("doc.go does not have\n%s", want)
	}
}

func ExampleDecode() {
	for _, text := range []string{`2/chat,7["say","hi"]`, `51-["file",{"_placeholder":true,"num":0}]`, `0`} {
		p, err := socketio.Decode([]byte(text))
		fmt.Printf("type %d in %s, id %v, %d attachments: %s %v\n", p.Type, p.Namespace, p.ID, p.Attachments, p.Data, err)
	}
	// Output:
	// type 2 in /chat, id 7, 0 attachments: ["say","hi"] <nil>
	// type 5 in /, id 0, 1 attachments: ["file",{"_placeholder":true,"num":0}] <nil>
	// type 0 in /, id 0, 0 attachments:  <nil>
}

func ExampleAppendPacket() {
	p := socketio.Packet{Type: socketio.AckPacket, Namespace: "/chat", HasID: true, ID: 7, Data: []byte(`[true]`)}
	fmt.Printf("%s\n", socketio.AppendPacket(nil, &p))
	// Output: 3/chat,7[true]
}

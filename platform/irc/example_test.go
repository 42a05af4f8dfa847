package irc

import (
	"fmt"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

func Example_translate() {
	s := newState("irc.example.net", nil)
	m, _ := wire.Parse("@time=2024-01-02T03:04:05.678Z;msgid=m7 :otto!~o@quay.example PRIVMSG #deck :good morning")
	for _, e := range s.handle(&m).events {
		e.activity.Delete("@context")
		fmt.Printf("%s\n", activity.AppendJSON(nil, e.activity))
	}
	// Output:
	// {"type":"send","actor":{"type":"person","id":"otto@irc.example.net","name":"otto"},"target":{"type":"room","id":"irc.example.net/#deck","name":"#deck"},"object":{"type":"message","content":"good morning","id":"m7"},"published":"2024-01-02T03:04:05.678Z"}
}

func Example_sasl() {
	p := plain(&credentials{account: "mara", secret: "hunter3"})
	response, _ := p.Next(nil)
	for _, line := range appendResponse([]wire.Message{wire.New("AUTHENTICATE", p.Name())}, response) {
		text, _ := line.Append(nil)
		fmt.Printf("%q\n", text)
	}
	// Output:
	// "AUTHENTICATE PLAIN\r\n"
	// "AUTHENTICATE bWFyYQBtYXJhAGh1bnRlcjM=\r\n"
}

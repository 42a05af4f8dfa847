package platform

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
)

// The frames that PROTOCOL.md shows are frames, and its description is one.
func TestProtocolShowsFrames(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.NewReplacer("[…]", "[]", ",…}", "}", "\n    ", " ") // what is left out, and what is folded
	seen := map[string]bool{}
	for _, block := range regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for _, m := range regexp.MustCompile(`(?m)^([SW])> (.*)$`).FindAllStringSubmatch(whole.Replace(block[1]), -1) {
			var f frame.Frame
			var r frame.Reader
			if err := r.Read([]byte(m[2]), &f); err != nil {
				t.Errorf("%v in %s", err, m[2])
				continue
			}
			seen[m[1]+f.Type] = true
			if m[1]+f.Type == "Wdescribe" {
				o, err := activity.ParseObject([]byte(m[2]))
				if err != nil {
					t.Fatal(err)
				}
				if d, err := ReadDescription(o); err != nil || d.Name != "weather" || d.Concurrency != 4 {
					t.Errorf("the description is %+v, %v", d, err)
				}
			}
		}
	}
	for _, want := range []string{"Sdescribe", "Wdescribe", "Shello", "Wready", "Sjob", "Wheartbeat", "Wkeep", "Wresult", "Sstop"} {
		if !seen[want] {
			t.Errorf("no frame %s is shown", want)
		}
	}
}

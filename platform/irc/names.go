package irc

import (
	"fmt"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// errLineBreak is what the reference says of a line break in a name.
const errLineBreak = platform.Plain("IRC values must not contain CR or LF characters")

// checkName refuses what would be more than one word of a line: what is what the
// name is called in the error.
func checkName(name, what string) error {
	switch {
	case strings.ContainsAny(name, "\r\n"):
		return errLineBreak
	case name == "":
		return platform.Plain("the " + what + " must not be empty")
	case name[0] == ':':
		return platform.Plain("the " + what + " must not begin with a colon")
	case len(name) > maxKept:
		return platform.Plain(fmt.Sprintf("the %s is too long: it has %d bytes, %d are possible", what, len(name), maxKept))
	}
	for _, r := range name {
		if r == ' ' || r == ',' || r < ' ' || r == 0x7F {
			return platform.Plain("the " + what + " must not contain a space, a comma or a control character")
		}
	}
	return nil
}

// checkLines refuses line breaks in the values that a verb uses.
func checkLines(values ...string) error {
	for _, v := range values {
		if strings.ContainsAny(v, "\r\n") {
			return errLineBreak
		}
	}
	return nil
}

// targetName is the name of a job's target: its name or, without one, what its id
// says: "irc.example.net/#deck", "otto@irc.example.net", "#deck".
func (s *state) targetName(target *activity.Object) string {
	if name := target.Text("name"); name != "" {
		return name
	}
	id := target.Text("id")
	name, found := strings.CutPrefix(id, s.server+"/")
	if !found {
		if name, found = strings.CutSuffix(id, "@"+s.server); !found {
			name = id
		}
	}
	if name != "" && target.Text("type") == "room" && !s.support.isRoom(name) {
		name = "#" + name
	}
	return name
}

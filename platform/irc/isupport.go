package irc

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// isupport is what a server says of itself in 005 (RPL_ISUPPORT); before that,
// what most servers would.
type isupport struct {
	known        bool   // the server said something
	roomPrefixes string // CHANTYPES
	modes        string // of PREFIX, the highest first: "qaohv"
	signs        string // of PREFIX, in the same order: "~&@%+"
	statusSigns  string // STATUSMSG
	lists        string // CHANMODES, first class: a list, always with a parameter
	always       string // second class: always with a parameter
	onSet        string // third class: with a parameter when set
	mapping      string // CASEMAPPING
	userLength   int    // USERLEN
	hostLength   int    // HOSTLEN
	nickLength   int    // NICKLEN; 0: not said, as all below
	roomLength   int    // CHANNELLEN
	topicLength  int    // TOPICLEN
	lineLength   int    // LINELEN
	joinTargets  int    // TARGMAX of JOIN
	network      string // NETWORK
	history      int    // CHATHISTORY: messages in one answer at most
}

func defaultSupport() isupport {
	return isupport{
		roomPrefixes: "#&!+", modes: "qaohv", signs: "~&@%+", statusSigns: "~&@%+",
		lists: "beI", always: "k", onSet: "l", mapping: "rfc1459", lineLength: wire.LineLength,
	}
}

// learn takes the tokens of a 005 line: ":irc.example.net 005 mara CHANTYPES=#
// PREFIX=(ov)@+ -TOPICLEN :are supported by this server".
func (i *isupport) learn(m *wire.Message) {
	if len(m.Params) < 3 {
		return
	}
	i.known = true
	defaults := defaultSupport()
	for _, token := range m.Params[1 : len(m.Params)-1] {
		key, value, _ := strings.Cut(token, "=")
		key, gone := strings.CutPrefix(key, "-")
		number := func(most int) int {
			n, err := strconv.Atoi(value)
			if gone || err != nil || n < 0 {
				return 0
			}
			return min(n, most)
		}
		text := func(fallback string) string {
			if gone {
				return fallback
			}
			return value
		}
		switch key {
		case "CHANTYPES":
			i.roomPrefixes = text(defaults.roomPrefixes)
		case "PREFIX":
			i.modes, i.signs = "", ""
			if modes, signs, ok := strings.Cut(strings.TrimPrefix(value, "("), ")"); ok && len(modes) == len(signs) {
				i.modes, i.signs = modes, signs
			}
		case "STATUSMSG":
			i.statusSigns = text("")
		case "CHANMODES":
			classes := append(strings.Split(text("beI,k,l"), ","), "", "", "")
			i.lists, i.always, i.onSet = classes[0], classes[1], classes[2]
		case "CASEMAPPING":
			i.mapping = text(defaults.mapping)
		case "USERLEN":
			i.userLength = number(100)
		case "HOSTLEN":
			i.hostLength = number(100)
		case "NICKLEN":
			i.nickLength = number(1000)
		case "CHANNELLEN":
			i.roomLength = number(1000)
		case "TOPICLEN":
			i.topicLength = number(1 << 20)
		case "LINELEN":
			i.lineLength = max(number(1<<16), wire.LineLength)
		case "TARGMAX":
			i.joinTargets = targets(value, "JOIN")
		case "NETWORK":
			i.network = text("")
		case "CHATHISTORY":
			i.history = number(1000)
		}
	}
}

// targets reads "JOIN:4,PRIVMSG:1,NAMES:".
func targets(value, command string) int {
	for entry := range strings.SplitSeq(value, ",") {
		if name, n, _ := strings.Cut(entry, ":"); name == command {
			most, _ := strconv.Atoi(n)
			return max(most, 0)
		}
	}
	return 0
}

// isRoom tells a room's name from a nick.
func (i *isupport) isRoom(name string) bool {
	return name != "" && strings.IndexByte(i.roomPrefixes, name[0]) >= 0
}

// status splits "@#deck", which is said to the operators of #deck alone.
func (i *isupport) status(target string) (sign, name string) {
	if i.isRoom(target) {
		return "", target
	}
	if target != "" && strings.IndexByte(i.statusSigns, target[0]) >= 0 && i.isRoom(target[1:]) {
		return target[:1], target[1:]
	}
	return "", target
}

// fold is a copy of a name as it is compared (CASEMAPPING): in RFC 1459 {}|~ are
// the lower case of []\^.
func (i *isupport) fold(name string) string {
	top := byte('^')
	switch i.mapping {
	case "ascii":
		top = 'Z'
	case "rfc1459-strict":
		top = ']'
	case "rfc1459":
	default: // of Unicode; ours is as near as can be without its tables
		return strings.Clone(strings.ToLower(name))
	}
	folded := []byte(name)
	for j, c := range folded {
		if c >= 'A' && c <= top {
			folded[j] = c + 'a' - 'A'
		}
	}
	return string(folded)
}

func (i *isupport) same(a, b string) bool { return i.fold(a) == i.fold(b) }

// roles are what clients call a member with a mode.
var roles = map[byte]string{'q': "owner", 'a': "owner", 'o': "owner", 'h': "admin", 'v': "participant"}

// role is what clients call a member with these modes: as the highest of them
// says. A mode that only some servers have is worth what the next below it in
// PREFIX is: "(Yqaohv)" makes Y an owner.
func (i *isupport) role(modes string) string {
	held := false
	for _, letter := range []byte(i.modes) {
		held = held || strings.IndexByte(modes, letter) >= 0
		if role := roles[letter]; held && role != "" {
			return role
		}
	}
	return "member"
}

// audience is the role behind a sign of STATUSMSG.
func (i *isupport) audience(sign string) string {
	if at := strings.Index(i.signs, sign); at >= 0 {
		return i.role(i.modes[at : at+1])
	}
	return "member"
}

// takesParameter reports whether a mode that is not one of members has a parameter.
func (i *isupport) takesParameter(mode byte, set bool) bool {
	return strings.IndexByte(i.lists, mode) >= 0 || strings.IndexByte(i.always, mode) >= 0 ||
		set && strings.IndexByte(i.onSet, mode) >= 0
}

// namesEntry is somebody in a list of names.
type namesEntry struct{ nick, modes string }

// names reads a list of names. Whom it lists twice, as with different signs, is
// one person with the modes of both.
func (i *isupport) names(list string) []namesEntry {
	var entries []namesEntry
	at := map[string]int{}
	for entry := range strings.FieldsSeq(list) {
		nick, modes := i.name(entry)
		if nick == "" {
			continue
		}
		folded := i.fold(nick)
		if n, twice := at[folded]; twice {
			entries[n].modes = sortModes(entries[n].modes + modes)
			continue
		}
		at[folded] = len(entries)
		entries = append(entries, namesEntry{nick, modes})
	}
	return entries
}

// name takes an entry of a list of names apart: "@+otto!~otto@quay.example" is
// otto with the modes o and v.
func (i *isupport) name(entry string) (nick, modes string) {
	at := 0
	for at < len(entry) {
		sign := strings.IndexByte(i.signs, entry[at])
		if sign < 0 {
			break
		}
		modes += i.modes[sign : sign+1]
		at++
	}
	nick, _, _ = wire.SplitSource(entry[at:])
	return nick, sortModes(modes)
}

// sortModes keeps each letter once.
func sortModes(modes string) string {
	letters := []byte(modes)
	slices.Sort(letters)
	return string(slices.Compact(letters))
}

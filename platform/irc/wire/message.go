package wire

import "strings"

// Message is a line of IRC.
type Message struct {
	Tags    []Tag    // in their order, values unescaped
	Source  string   // who sent it, "otto!~o@quay.example" or a server's name; "" for none
	Command string   // in upper case, or three digits
	Params  []string // at most MaxParams

	// Text tells that the last parameter stands behind a colon. It is written
	// there anyway when it has to.
	Text bool
}

// Tag is a message tag. A client-only one has a plus sign before its name.
type Tag struct{ Key, Value string }

// MaxParams is how many parameters a message has at most (RFC 2812, section 2.3.1).
const MaxParams = 15

// New returns a message of single words.
func New(command string, params ...string) Message {
	return Message{Command: command, Params: params}
}

// NewText returns a message whose last parameter is a text for people: it is
// written behind a colon, as some servers demand it.
func NewText(command string, params ...string) Message {
	return Message{Command: command, Params: params, Text: true}
}

// With returns the message with one more tag.
func (m Message) With(key, value string) Message {
	m.Tags = append(m.Tags[:len(m.Tags):len(m.Tags)], Tag{key, value})
	return m
}

// Tag returns a tag's value, "" when it has none or is not there.
func (m *Message) Tag(key string) string {
	for i := range m.Tags {
		if m.Tags[i].Key == key {
			return m.Tags[i].Value
		}
	}
	return ""
}

// Param returns the parameter at position i, "" when there is none.
func (m *Message) Param(i int) string {
	if i < 0 || i >= len(m.Params) {
		return ""
	}
	return m.Params[i]
}

// Last returns the last parameter, "" when there is none.
func (m *Message) Last() string { return m.Param(len(m.Params) - 1) }

// Nick is the first part of the source: a person's nick or a server's name.
func (m *Message) Nick() string {
	nick, _, _ := SplitSource(m.Source)
	return nick
}

// SplitSource takes a source, or an entry of a list of names with hosts, apart:
// "otto!~o@quay.example", "otto@quay.example", "otto".
func SplitSource(source string) (nick, user, host string) {
	nick, host, _ = strings.Cut(source, "@")
	if n, u, ok := strings.Cut(source, "!"); ok {
		nick = n
		user, host, _ = strings.Cut(u, "@")
	}
	return nick, user, host
}

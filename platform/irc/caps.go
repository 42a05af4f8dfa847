package irc

import (
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// wantedCaps are the capabilities that are asked for wherever a server has them,
// but for sasl, which is asked for when there is a secret.
var wantedCaps = []string{
	"account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost", "draft/chathistory",
	"draft/multiline", "echo-message", "extended-join", "labeled-response", "message-tags", "multi-prefix",
	"server-time", "standard-replies", "userhost-in-names",
}

// wanted are those of the offered capabilities that are asked for.
func wanted(offered map[string]string) []string {
	var list []string
	for _, name := range wantedCaps {
		if _, ok := offered[name]; !ok {
			continue
		}
		// An answer of several lines cannot be labelled without a batch.
		if _, ok := offered["batch"]; !ok && (name == "labeled-response" || name == "draft/chathistory" || name == "draft/multiline") {
			continue
		}
		list = append(list, name)
	}
	return list
}

// learnCaps reads the words of CAP LS and CAP NEW: "sasl=PLAIN,EXTERNAL batch".
// Only what means something here is kept.
func learnCaps(offered map[string]string, words string) {
	for word := range strings.FieldsSeq(words) {
		name, value, _ := strings.Cut(word, "=")
		if name == "sasl" || name == "sts" || slices.Contains(wantedCaps, name) {
			offered[strings.Clone(name)] = kept(value)
		}
	}
}

// request asks for capabilities. A server takes all of one line or none.
func request(names ...string) wire.Message {
	return wire.NewText("CAP", "REQ", strings.Join(names, " "))
}

// capChange follows CAP behind the first list: what was granted or refused, and
// what comes and goes later (cap-notify).
//
//	:irc.example.net CAP mara NEW :batch
func (s *state) capChange(m *wire.Message) {
	words := m.Last()
	switch strings.ToUpper(m.Param(1)) {
	case "ACK":
		for name := range strings.FieldsSeq(words) {
			name, off := strings.CutPrefix(name, "-")
			if slices.Contains(wantedCaps, name) {
				s.caps[strings.Clone(name)] = !off
			}
		}
	case "NAK":
		if names := strings.Fields(words); len(names) > 1 && len(names) <= len(wantedCaps) {
			for _, name := range names {
				s.out.replies = append(s.out.replies, request(name))
			}
		}
	case "NEW":
		offered := map[string]string{}
		learnCaps(offered, words)
		for name, value := range offered {
			s.capValues[name] = value
		}
		have := func(name string) bool { return s.caps[name] }
		if s.caps["batch"] {
			offered["batch"] = ""
		}
		if names := slices.DeleteFunc(wanted(offered), have); len(names) > 0 {
			s.out.replies = append(s.out.replies, request(names...))
		}
	case "DEL":
		for name := range strings.FieldsSeq(words) {
			delete(s.caps, name)
		}
	}
}

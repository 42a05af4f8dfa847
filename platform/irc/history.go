package irc

import (
	"context"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// defaultHistory is how many messages a query gets that names no limit.
const defaultHistory = 50

// history asks for old messages of a room or a person (draft/chathistory):
//
//	{"type":"query",…,"target":{"id":"irc.example.net/#deck",…},"object":{"type":"history","after":"2024-01-02T03:04:05.678Z","limit":20}}
//	> CHATHISTORY AFTER #deck timestamp=2024-01-02T03:04:05.678Z 20
//
// before and after are times or ids of messages. The messages come as the usual
// activities with their own published, the oldest first, and to who asks alone;
// the answer is the message with object.totalItems.
//
// Where the server keeps no history the bouncer's memory answers, and also where
// no target is named: then with what was said in all rooms and by everybody.
func (l *login) history(ctx context.Context, job platform.Job) (*activity.Object, error) {
	a := job.Activity
	o := a.Object("object")
	var s *state
	var name string
	have, own, most := false, false, 0
	if err := l.snapshot(func(now *state) {
		s, name, have = now, now.targetName(a.Object("target")), now.caps["draft/chathistory"]
		most = now.historyLimit(wishedHistory(o))
		own = l.backlog != nil && (!have || name == "")
	}); err != nil {
		return nil, err
	}
	switch {
	case own:
		count, err := l.remembered(job.Session, name, o)
		o.Set("totalItems", count)
		return a, err
	case !have:
		return nil, platform.Plain("the server keeps no history")
	}
	if err := checkName(name, "name of the target"); err != nil {
		return nil, err
	}
	line, err := historyLine(name, o.Text("before"), o.Text("after"), most)
	if err != nil {
		return nil, err
	}
	count := 0
	w := &wait{session: job.Session, history: true, last: success}
	w.see = func(w *wait, m *wire.Message) verdict {
		switch {
		case m.Command == "BATCH" && s.support.same(m.Param(2), name):
			s.settle(w, nil)
			return explained
		case m.Command == "FAIL" && m.Param(0) == "CHATHISTORY":
			s.settle(w, refusalText(m))
			return explained
		case s.oldMessage(m) && (m.Command == "PRIVMSG" || m.Command == "NOTICE"):
			count++
			return private
		case s.oldMessage(m):
			return explained
		}
		return unrelated
	}
	if err := l.command(ctx, w, group{line}); err != nil {
		return nil, err
	}
	o.Set("totalItems", count)
	return a, nil
}

func wishedHistory(o *activity.Object) int {
	if limit, ok := o.Get("limit").(float64); ok && limit >= 1 {
		return int(min(limit, 1000))
	}
	return defaultHistory
}

// historyLine is the command for what lies between two points, of which either
// may be "".
func historyLine(name, before, after string, limit int) (wire.Message, error) {
	for _, point := range []string{before, after} {
		if point != "" && checkName(point, "") != nil {
			return wire.Message{}, platform.Plain("before and after are times or ids of messages")
		}
	}
	most := strconv.Itoa(limit)
	switch {
	case before != "" && after != "":
		return wire.New("CHATHISTORY", "BETWEEN", name, historyPoint(after), historyPoint(before), most), nil
	case before != "":
		return wire.New("CHATHISTORY", "BEFORE", name, historyPoint(before), most), nil
	case after != "":
		return wire.New("CHATHISTORY", "AFTER", name, historyPoint(after), most), nil
	}
	return wire.New("CHATHISTORY", "LATEST", name, "*", most), nil
}

// historyPoint tells a time from an id.
func historyPoint(point string) string {
	if len(point) >= len("2024-01-02T03:04:05Z") && point[4] == '-' && point[10] == 'T' && strings.HasSuffix(point, "Z") {
		return "timestamp=" + point
	}
	return "msgid=" + point
}

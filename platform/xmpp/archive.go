package xmpp

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// remembered is a message of an archive.
type remembered struct {
	id       string           // that the archive gave it
	inner    string           // that its sender gave it
	activity *activity.Object // nil where it has nothing to be read
}

// read reads an archive (XEP-0313), page by page, the oldest message first in what
// it returns. complete: there is nothing more in that direction. None of the signs
// that an archive gives of its end is to be trusted alone: a page without news is
// an end, whatever it says.
//
//	> <iq type="set" id="…"><query xmlns="urn:xmpp:mam:2" queryid="q1">…</query></iq>
//	< <message …><result xmlns='urn:xmpp:mam:2' queryid='q1' id='a7'>…</result></message>   and so on
//	< <iq type='result' id='…'><fin xmlns='urn:xmpp:mam:2' complete='true'>…</fin></iq>
func (l *login) read(ctx context.Context, verb string, q *historyQuery) (found []remembered, complete bool, err error) {
	seen := map[string]bool{}
	cursor := ""
	for len(found) < q.limit {
		page, end, err := l.readPage(ctx, verb, q, cursor, q.limit-len(found))
		if err != nil {
			return nil, false, err
		}
		var news []remembered
		for _, m := range page {
			if q.forward() && q.beforeID != "" && m.id == q.beforeID {
				return append(found, news...), true, nil
			}
			if !seen[m.id] {
				seen[m.id] = true
				news = append(news, m)
			}
		}
		if len(news) == 0 {
			return found, true, nil
		}
		next := news[0].id
		if q.forward() {
			next = news[len(news)-1].id
			found = append(found, news...)
		} else {
			found = append(news, found...)
		}
		if end.complete || next == "" || next == cursor {
			complete = end.complete
			break
		}
		cursor = next
	}
	if extra := len(found) - q.limit; extra > 0 {
		complete = false
		if q.forward() {
			found = found[:q.limit]
		} else {
			found = found[extra:]
		}
	}
	return found, complete, nil
}

// readPage asks for one page. What a server sends beyond twice of what was asked
// for is dropped.
func (l *login) readPage(ctx context.Context, verb string, q *historyQuery, cursor string, most int) (page []remembered, end archivePage, err error) {
	queryID := rand.Text()
	iq, id := newIQ("set", q.archive, q.page(queryID, cursor, most))
	w := &wait{verb: verb}
	w.see = func(w *wait, e *xml.Element) bool {
		switch {
		case e.Local() == "message":
			a, id, ok := l.state.archived(e, q.archive, queryID)
			if ok && len(page) < 2*historyPage {
				inner := e.Child(nsArchive, "result").Child(nsForward, "forwarded").Child(nsClient, "message").Attr("id")
				page = append(page, remembered{id, inner, a})
			}
			return ok
		case !l.isAnswer(e, id, q.archive):
			return false
		case e.Attr("type") == "error":
			l.settle(w, failed(verb, refusedStanza(e).message()))
		default:
			end = archiveEnd(e)
			l.settle(w, nil)
		}
		return true
	}
	err = l.perform(ctx, w, iq)
	return slices.Clip(page), end, err
}

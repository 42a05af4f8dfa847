package xmpp

import (
	"context"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// befriend asks for somebody's presence, allows him ours, or ends both.
//
//	{"type":"make-friend",…,"target":{"id":"otto@quay.example","type":"person"}}
//	> <presence type="subscribed" to="otto@quay.example"/><presence type="subscribe" to="otto@quay.example"/>
func (l *login) befriend(ctx context.Context, a *activity.Object) error {
	verb := a.Text("type")
	presences, roster, err := composeFriend(a)
	if err != nil {
		return err
	}
	to := presences[0].Attr("to")
	w := &wait{verb: verb, counted: true}
	w.see = func(w *wait, e *xml.Element) bool {
		if !e.Is(nsClient, "presence") || e.Attr("type") != "error" || foldBare(e.Attr("from")) != foldBare(to) {
			return false
		}
		l.settle(w, failed(verb, refusedStanza(e).message()))
		return true
	}
	if err := l.perform(ctx, w, presences...); err != nil || roster == nil {
		return err
	}
	_, err = l.ask(ctx, verb, "set", "", roster)
	return err
}

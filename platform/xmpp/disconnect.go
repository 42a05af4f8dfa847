package xmpp

import (
	"context"
	"time"
)

// quit says farewell, so that no ghost stays behind, gives the server a moment to
// close, and ends the login.
//
//	> <presence type="unavailable"/></stream:stream>
//	< </stream:stream>
func (l *login) quit(ctx context.Context) {
	l.client.mu.Lock()
	l.quitting = true
	l.client.mu.Unlock()
	if l.out.raw(`<presence type="unavailable"/>`+footer) == nil {
		timer := time.NewTimer(l.client.settings.farewell)
		defer timer.Stop()
		select {
		case <-l.done:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	l.cancel()
	<-l.done
}

package gateway

import (
	"log/slog"
	"runtime/debug"
)

// contain is deferred around what may panic, by a mistake of ours or of the
// embedding program. The panic is logged, whoever waits for an answer gets the id
// that it is logged under, and the client goes on like all others.
func (g *Gateway) contain(doing string, answer func(err error)) {
	value := recover()
	if value == nil {
		return
	}
	log := g.opts.Log.With("namespace", "server:core")
	err := internalError(log, "panic", slog.String("handler", doing), slog.Any("panic", value), slog.String("stack", string(debug.Stack())))
	if answer != nil {
		answer(err)
	}
}

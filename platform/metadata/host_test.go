package metadata

import (
	"log/slog"
	"time"

	"github.com/sockethub/server/activity"
)

// quietHost is a worker that nothing comes out of.
type quietHost struct{}

func (quietHost) Event(*activity.Object)               {}
func (quietHost) EventTo(string, *activity.Object)     {}
func (quietHost) EventExcept(string, *activity.Object) {}
func (quietHost) Actor(string)                         {}
func (quietHost) Log() *slog.Logger                    { return slog.New(slog.DiscardHandler) }
func (quietHost) Block(time.Duration)                  {}

package gateway

import (
	"errors"

	"github.com/sockethub/sockethub/gateway/telemetry"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform"
)

// start begins to measure an accepted message. Its type is named as the
// platform's verbs name it: a client's own word would be one more label for each
// client.
func (g *Gateway) start(m *middleware.Accepted) *telemetry.Action {
	name := m.Type
	if _, ok := g.platforms[m.Platform.ID].Verbs[name]; !ok {
		name = "other"
	}
	return g.opts.Metrics.Start(m.Platform.ID, name)
}

// outcome is how an action ended: "ok", "error" for an error of the platform's
// own, or the code of one of ours.
func outcome(err error) string {
	var job *platform.JobError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &job) && job.Code != "":
		return job.Code
	}
	return "error"
}

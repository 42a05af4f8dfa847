package daemon

import (
	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/gateway/web"
)

// status is what the page for operators shows.
func (s *server) status() web.Status {
	gateway, store := s.gateway.Stats(), s.store.Stats()
	transports := s.gateway.Transports()
	answers, took := s.metrics.Answers()
	status := web.Status{
		Version:     config.Version,
		Started:     s.started,
		Connections: transports.Polling.Sessions + transports.WebSocket.Sessions,
		Sessions:    gateway.Sessions,
		Events:      answers + uint64(store.Waiting+store.Claimed),
		Answers:     answers,
		AnswerTime:  took,
		Waiting:     store.Waiting,
		Running:     store.Claimed,
	}
	if err := s.gateway.Ready(); err != nil {
		status.NotReady = err.Error()
	}
	if s.config.Redis.URL != "" {
		status.Redis = "down"
		if store.Up {
			status.Redis = "up"
		}
	}
	for _, p := range gateway.Workers.Platforms {
		status.Restarts += p.Ended()
	}
	for _, in := range s.gateway.Instances() {
		status.Instances = append(status.Instances, web.StatusInstance{
			Platform: in.Platform, Name: in.Actor, State: in.State, PID: in.PID,
			Sessions: in.Sessions, Waiting: in.Waiting, Running: in.Running,
		})
	}
	return status
}

package daemon

import (
	"errors"

	"github.com/sockethub/sockethub/daemon/config"
)

// reload reads the settings again, applies what can be applied to a running
// server, and says what it did. When anything is wrong everything stays as it
// is.
func (s *server) reload() {
	log := s.logger.With("namespace", "server:bootstrap:config")
	next, err := s.program.command.Load(s.program.environ)
	if err != nil {
		var problems config.Problems
		if errors.As(err, &problems) {
			for _, p := range problems {
				log.Error("reload refused: " + p.Error())
			}
		} else {
			log.Error("reload refused: " + err.Error())
		}
		s.log.Set(logSettings(s.config)) // the log file is opened anew all the same
		return
	}
	changes := s.config.Changes(next)
	if s.tls != nil && next.TLS.Cert != "" {
		if err := s.tls.load(next.TLS.Cert, next.TLS.Key); err != nil {
			log.Error("reload refused: " + err.Error())
			s.log.Set(logSettings(s.config))
			return
		}
	}
	applied := 0
	for _, change := range changes {
		if change.Setting.Reload && !s.needsRestart(change.Setting.Key, next) {
			applied++
			s.config = s.config.With(change.Setting, next)
			log.Info("reload: applied", "key", change.Setting.Key, "old", change.Old, "new", change.New)
		} else {
			log.Warn("reload: this needs a restart", "key", change.Setting.Key, "old", change.Old, "new", change.New)
		}
	}
	s.log.Set(logSettings(s.config))
	s.gateway.SetLimits(limits(s.config))
	s.files.clients.Store(int64(s.config.RateLimiter.MaxConnectionsPerIP))
	s.gateway.SetCORS(corsOptions(s.config))
	log.Info("reloaded", "applied", applied, "changed", len(changes))
}

// needsRestart reports whether a key that can be reloaded cannot be this time:
// TLS was switched on or off, which listeners that are open do not follow.
func (s *server) needsRestart(key string, next *config.Config) bool {
	return (key == "tls.cert" || key == "tls.key") && (s.tls == nil || next.TLS.Cert == "")
}

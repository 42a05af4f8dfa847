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
	s.apply(next)
	s.log.Set(logSettings(s.config))
	s.gateway.SetLimits(limits(s.config))
	s.gateway.SetCORS(corsOptions(s.config))
	applied := 0
	for _, change := range changes {
		if change.Setting.Reload && !s.needsRestart(change.Setting.Key, next) {
			applied++
			log.Info("reload: applied", "key", change.Setting.Key, "old", change.Old, "new", change.New)
		} else {
			log.Warn("reload: this needs a restart", "key", change.Setting.Key, "old", change.Old, "new", change.New)
		}
	}
	log.Info("reloaded", "applied", applied, "changed", len(changes))
}

// apply takes over what a running server can change. The rest stays what it
// was, so that the next reload tells of it again.
func (s *server) apply(next *config.Config) {
	c := *s.config
	c.Logging.Level, c.Logging.FileLevel = next.Logging.Level, next.Logging.FileLevel
	c.Logging.File, c.Logging.Debug = next.Logging.File, next.Logging.Debug
	c.RateLimiter = next.RateLimiter
	c.Limits.JobsPerSession = next.Limits.JobsPerSession
	c.Limits.HandshakesPerSecond = next.Limits.HandshakesPerSecond
	c.Sockethub.CORS = next.Sockethub.CORS
	c.Shutdown = next.Shutdown
	if s.tls != nil && next.TLS.Cert != "" {
		c.TLS = next.TLS
	}
	s.config = &c
}

// needsRestart reports whether a key that can be reloaded cannot be this time:
// TLS was switched on or off, which listeners that are open do not follow.
func (s *server) needsRestart(key string, next *config.Config) bool {
	return (key == "tls.cert" || key == "tls.key") && (s.tls == nil || next.TLS.Cert == "")
}

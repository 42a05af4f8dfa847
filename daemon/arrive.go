package daemon

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue/redis"
)

// arrival is what the program before this one in the process has left.
type arrival struct {
	server  serverState
	redis   *redis.Identity // nil: it used none
	records []handover.Record
	files   *handover.Files
	log     *slog.Logger
}

// arrive reads what was handed over; nil: nothing was, or it cannot be read, and
// the start is one as after a crash.
func arrive(log *slog.Logger) *arrival {
	log = log.With("namespace", "server:upgrade")
	reader, files, err := handover.Inherited()
	if files == nil {
		return nil
	}
	a := &arrival{files: files, log: log}
	if err == nil {
		err = a.read(reader)
		reader.Close()
	}
	if err != nil {
		log.Error("the state of the version before cannot be read; starting as after a crash", "error", err)
		files.Close()
		supervisor.KillOrphans(nil)
		return nil
	}
	return a
}

// read reads all records. Only without that of the server the rest is of no use.
func (a *arrival) read(reader *handover.Reader) error {
	for {
		r, err := reader.Next()
		if damaged := (*handover.DamagedError)(nil); errors.As(err, &damaged) {
			a.givenUp(err)
			continue
		}
		if err != nil {
			if err != io.EOF {
				a.givenUp(err)
			}
			break
		}
		switch id, known, err := redis.IdentityOf(r); {
		case known && err != nil:
			a.givenUp(err)
		case known:
			a.redis = id
		case r.Kind == kindServer:
			if err := r.Into(&a.server); err != nil {
				return err
			}
		default:
			a.records = append(a.records, r)
		}
	}
	if a.server.Version == "" {
		return errors.New("it says nothing of the server")
	}
	return nil
}

// identity is who the program before was on Redis; nil for nobody.
func (a *arrival) identity() *redis.Identity {
	if a == nil {
		return nil
	}
	return a.redis
}

// givenUp says what of the state is lost.
func (a *arrival) givenUp(err error) {
	a.log.Error("a part of the state of the version before is given up", "error", err)
}

// gates are the listeners of a name that are still those of the configuration.
func (a *arrival) gates(name, configured string) (list []*gate) {
	for _, l := range a.server.Listeners {
		if l.Name != name || l.Configured != "" && l.Configured != configured {
			continue
		}
		g, err := restoreGate(l, a.files)
		if err != nil {
			a.givenUp(err)
			continue
		}
		list = append(list, g)
	}
	return list
}

// restore gives the gateway what it is of.
func (s *server) restore(a *arrival) {
	for _, r := range a.records {
		if err := s.gateway.Restore(r, a.files); err != nil {
			a.givenUp(err)
		}
	}
	a.records = nil
}

// arrived says how an upgrade went.
func (s *server) arrived(a *arrival) {
	stats, transports, store := s.gateway.Stats(), s.gateway.Transports(), s.store.Stats()
	workers := 0
	for _, p := range stats.Workers.Platforms {
		workers += p.Starting + p.Ready + p.Ending
	}
	if n := a.files.Close(); n > 0 {
		a.log.Warn("connections of the version before were closed, as nobody knows them", "descriptors", n)
	}
	a.log.Info("upgraded from v"+a.server.Version+" to v"+config.Version,
		"sessions", stats.Sessions, "websockets", transports.WebSocket.Sessions, "workers", workers,
		"jobs", store.Waiting+store.Claimed, "pause", time.Since(a.server.Frozen).Round(time.Millisecond))
	s.upgrades.end("upgraded from v"+a.server.Version+" to v"+config.Version, false)
}

// wrapped are listeners as gates.
func wrapped(listeners []net.Listener, name, configured string) (list []*gate) {
	for _, l := range listeners {
		list = append(list, &gate{Listener: l, name: name, configured: configured})
	}
	return list
}

package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/daemon/sentry"
	"github.com/sockethub/sockethub/gateway"
	"github.com/sockethub/sockethub/gateway/telemetry"
	"github.com/sockethub/sockethub/gateway/web"
	"github.com/sockethub/sockethub/queue"
)

// server is a running Sockethub.
type server struct {
	program *program
	config  *config.Config // what is in force; only the goroutine of serve changes it
	log     *telemetry.Log
	logger  *slog.Logger
	sentry  *sentry.Reporter
	metrics *telemetry.Metrics
	notify  *notifier
	store   queue.Store
	gateway *gateway.Gateway
	guard   *auth.Guard  // nil: everybody is let in
	tls     *certificate // nil: none
	files   *descriptors

	page    *web.StatusPage // for operators
	started time.Time

	https  []*http.Server
	gates  []*gate    // all listeners
	failed chan error // a listener's last error

	parking  parking
	upgrades upgrades
	prepared chan prepared  // by prepareUpgrade, for the loop
	serving  sync.WaitGroup // one for each listener
}

// serve runs a server until a signal or ctx ends it. The error says why it did
// not start, or what went wrong at the end.
func serve(ctx context.Context, p *program, c *config.Config) (err error) {
	s := &server{program: p, config: c, started: time.Now(), notify: newNotifier(), failed: make(chan error, 8), prepared: make(chan prepared)}
	// The first signals may come while Redis is waited for.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, caught...)
	defer signal.Stop(signals)

	if s.sentry, err = newSentry(c, p.stderr); err != nil {
		return err
	}
	defer s.sentry.Close(time.Second)
	s.log = telemetry.NewLog(logOptions(c, p.stdout, s.sentry))
	defer s.log.Close(time.Second)
	s.logger = s.log.Logger()
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v\n%s", value, debug.Stack())
		}
		if err != nil {
			s.sentry.Fatal(err)
		}
	}()
	// From here on an interruption of the start is one of ctx.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := s.start(ctx, signals, cancel); err != nil {
		return err
	}
	end := s.loop(ctx, signals)
	s.openGates() // an upgrade may have been under way
	return errors.Join(end, s.stop(signals))
}

// start does everything that must succeed before clients are let in. Listeners
// come first: a port in use is known before Redis is asked, and clients that
// come a moment too early wait instead of being refused.
func (s *server) start(ctx context.Context, signals <-chan os.Signal, cancel context.CancelCauseFunc) error {
	c, log := s.config, s.logger
	log.Info("sockethub v"+config.Version, "namespace", "server:init")
	for _, n := range c.Notes {
		log.Log(ctx, n.Level, n.Text, "namespace", n.Namespace)
	}
	before := arrive(log)
	given, err := inheritedSockets()
	if err != nil {
		return err
	}
	if err := s.listen(before, given["http"]); err != nil {
		return err
	}
	if c.TLS.Cert != "" {
		if s.tls, err = newCertificate(c.TLS.Cert, c.TLS.Key, log); err != nil {
			return s.abandon(err)
		}
	}
	found, err := s.program.findPlatforms(ctx, c)
	if err != nil {
		return s.abandon(err)
	}
	found.addOwnDocuments(c)
	for _, n := range found.notes {
		log.Log(ctx, n.Level, n.Text, "namespace", n.Namespace)
	}
	if s.store, err = s.openStore(ctx, before, signals, cancel); err != nil {
		return s.abandon(err)
	}
	s.metrics = telemetry.NewMetrics(config.Version, s.sentry)
	options := gatewayOptions(c, found, s.store, s.metrics, log)
	if options.Auth, err = newGuard(c, s.store, log); err != nil {
		return s.abandon(errors.Join(err, s.store.Close(ctx)))
	}
	s.guard = options.Auth
	options.Port = portOf(s.gates, c.Sockethub.Port)
	if s.program.thread != nil {
		options.OnThread = s.program.thread.start
	}
	if s.gateway, err = gateway.New(options); err != nil {
		return s.abandon(errors.Join(err, s.store.Close(ctx)))
	}
	s.measure()
	s.files = newDescriptors(openFiles(), c.RateLimiter.MaxConnectionsPerIP, proxies(c).Peer, s.logger)
	if before != nil {
		before.files.Wrap = s.files.restored
		s.started = before.server.Started
		s.upgrades.count, s.upgrades.running = before.server.Upgrades, true // until arrived
		s.restore(before)
	}
	clients := s.gates
	if err := s.startAdmin(before, given["admin"]); err != nil {
		return s.abandon(errors.Join(err, s.gateway.Shutdown(ctx)))
	}
	for _, g := range clients {
		s.serveOn(g, s.files.guard(g), s.recovering(s.remarking(s.gateway)), s.tls)
	}
	if before != nil {
		s.gateway.Resume()
		s.arrived(before)
	}
	s.announce(options.Port)
	return nil
}

// listen opens the listeners of clients, or takes those that were there before.
func (s *server) listen(before *arrival, given []net.Listener) error {
	host, port := s.config.Sockethub.Host, s.config.Sockethub.Port
	configured := net.JoinHostPort(host, strconv.Itoa(port))
	if before != nil {
		if s.gates = before.gates("http", configured); len(s.gates) > 0 {
			return nil
		}
	}
	if len(given) > 0 {
		s.gates = wrapped(given, "http", "")
		return nil
	}
	listeners, err := listen(host, port)
	s.gates = wrapped(listeners, "http", configured)
	return err
}

// openStore waits for the store, or for a signal that ends the program.
func (s *server) openStore(ctx context.Context, before *arrival, signals <-chan os.Signal, cancel context.CancelCauseFunc) (queue.Store, error) {
	type result struct {
		store queue.Store
		err   error
	}
	done := make(chan result, 1)
	go func() {
		store, err := openStore(ctx, s.config, before.identity(), s.logger)
		done <- result{store, err}
	}()
	for {
		select {
		case r := <-done:
			return r.store, r.err
		case signal := <-signals:
			if signal == syscall.SIGHUP || asksUpgrade(signal) {
				continue // what it asks for is being done anyway
			}
			cancel(fmt.Errorf("interrupted by %v", signal))
			if r := <-done; r.err == nil {
				r.store.Close(context.WithoutCancel(ctx))
			}
			return nil, context.Cause(ctx)
		}
	}
}

// abandon closes the listeners of a start that failed.
func (s *server) abandon(err error) error {
	for _, g := range s.gates {
		g.Close()
	}
	return err
}

func (s *server) checks() []check {
	return []check{
		{"store", s.store.Ready},
		{"gateway", s.gateway.Ready},
	}
}

// announce says that clients are let in. Tools wait for these lines.
func (s *server) announce(port int) {
	log := s.logger.With("namespace", "server:listener")
	url := listenURL(s.at(port), "ws")
	log.Info("sockethub listening on " + url)
	if s.config.HTTPActions.Enabled {
		log.Info("http actions enabled at " + s.config.HTTPActions.Path)
	}
	if s.config.Examples {
		log.Info("examples served at " + examplesURL(s.at(port)))
	}
	s.notify.ready("listening on " + url)
}

// at is the configuration with the port that a listener got.
func (s *server) at(port int) *config.Config {
	c := *s.config
	c.Sockethub.Port = port
	return &c
}

func portOf(gates []*gate, otherwise int) int {
	if a, ok := gates[0].Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return otherwise
}

// loop is the life of the server: it returns when a signal, ctx or a listener
// that failed ends it.
func (s *server) loop(ctx context.Context, signals chan os.Signal) error {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() { keepMemory(ctx, memoryInterval) })
	if s.guard != nil {
		watching.Go(func() { s.guard.Watch(ctx, s.gateway.EndStale) })
	}
	if s.tls != nil {
		watching.Go(func() { s.tls.watch(ctx, certificateCheck) })
	}
	var alive <-chan time.Time
	if s.notify.watchdog > 0 {
		tick := time.NewTicker(s.notify.watchdog / 2)
		defer tick.Stop()
		alive = tick.C
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.failed:
			return err
		case <-alive:
			// It goes through the locks that everything else goes through: a
			// server that hangs there is restarted.
			s.gateway.Ready()
			s.notify.alive()
		case p := <-s.prepared:
			if p.err != nil {
				s.upgradeFailed(p.err)
				continue
			}
			s.cross(ctx, signals)
		case signal := <-signals:
			if asksUpgrade(signal) {
				if s.upgrades.begin() {
					s.logger.Info("upgrading: trying "+s.program.path, "namespace", "server:upgrade")
					watching.Go(func() { s.prepareUpgrade(ctx) })
				}
				continue
			}
			if signal != syscall.SIGHUP {
				s.logger.Info("shutting down: "+signal.String(), "namespace", "server:core")
				return nil
			}
			s.reload()
		}
	}
}

// stop takes no more clients, lets work in progress come to its end within
// shutdown.timeoutMs, and ends everything. A second signal ends it at once.
func (s *server) stop(signals <-chan os.Signal) error {
	wait := s.config.Shutdown.Timeout
	s.notify.stopping(wait + 5*time.Second)
	ctx, cancel := context.WithTimeoutCause(context.Background(), wait, errors.New("shutdown.timeoutMs is over"))
	defer cancel()
	ctx, now := context.WithCancelCause(ctx)
	defer now(nil)
	done := make(chan struct{})
	var hurrying sync.WaitGroup
	defer hurrying.Wait()
	defer close(done)
	hurrying.Go(func() {
		for {
			select {
			case <-done:
				return
			case signal := <-signals:
				if signal != syscall.SIGHUP && !asksUpgrade(signal) {
					now(fmt.Errorf("a second signal: %v", signal))
					return
				}
			}
		}
	})
	// The listeners stay: clients that poll may need a new connection for each
	// request, and are answered over it. The gateway lets nobody new in.
	err := s.gateway.Shutdown(ctx)
	for _, g := range s.gates {
		if g.name == "http" {
			g.Close()
		}
	}
	// What is still open are connections that ask for nothing, and operators.
	last, cancelLast := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancelLast()
	if s.page != nil {
		s.page.Close()
	}
	for _, server := range s.https {
		if server.Shutdown(last) != nil {
			server.Close()
		}
	}
	s.serving.Wait()
	if err != nil {
		s.logger.Warn("not everything came to its end in time", "namespace", "server:core", "error", err)
	}
	s.logger.Info("sockethub has ended", "namespace", "server:core")
	return nil
}

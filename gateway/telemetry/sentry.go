package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/getsentry/sentry-go"
	"github.com/getsentry/sentry-go/attribute"
)

// SentryOptions configures a Sentry.
type SentryOptions struct {
	DSN              string
	Environment      string
	Release          string
	LogLevels        []slog.Level // of the log lines to forward; nil: none
	Metrics          bool         // send counters
	TracesSampleRate float64      // share of the actions that are traced
	SendDefaultPII   bool         // leave texts and addresses in what is sent
	Stderr           io.Writer    // told when a last report may be lost; nil: nobody
}

// fatalFlush is how long the end of the program waits for its last report.
const fatalFlush = 2 * time.Second

// Sentry reports to a Sentry project. All methods of a nil *Sentry do nothing.
// They may be called concurrently, and none but Flush, Fatal, Test and Close
// waits for the network.
type Sentry struct {
	opts   SentryOptions
	hub    *sentry.Hub     // of the server
	ctx    context.Context // carries hub to sentry-go's functions, which find it there
	meter  sentry.Meter    // nil: no counters
	logger sentry.Logger   // nil: no log lines
	seen   repeats
	answer answers
}

// NewSentry starts reporting; Close ends it. Without a DSN it returns nil.
func NewSentry(opts SentryOptions) (*Sentry, error) {
	if opts.DSN == "" {
		return nil, nil
	}
	s := &Sentry{opts: opts}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn:              opts.DSN,
		Environment:      opts.Environment,
		Release:          opts.Release,
		EnableTracing:    opts.TracesSampleRate > 0,
		TracesSampleRate: opts.TracesSampleRate,
		AttachStacktrace: true,
		MaxBreadcrumbs:   -1,
		HTTPTransport:    &s.answer,
		BeforeSend: func(event *sentry.Event, _ *sentry.EventHint) *sentry.Event {
			return s.clean(event)
		},
		BeforeSendTransaction: func(event *sentry.Event, _ *sentry.EventHint) *sentry.Event {
			return s.clean(event)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("sentry: %w", err)
	}
	s.hub = sentry.NewHub(client, sentry.NewScope())
	s.hub.Scope().SetTags(map[string]string{"service": "sockethub", "process": "server"})
	s.ctx = sentry.SetHubOnContext(context.Background(), s.hub)
	if opts.Metrics {
		s.meter = sentry.NewMeter(s.ctx)
	}
	if len(opts.LogLevels) > 0 {
		s.logger = sentry.NewLogger(s.ctx)
	}
	return s, nil
}

// clean takes out of an event what a client or peer may have said.
func (s *Sentry) clean(event *sentry.Event) *sentry.Event {
	if s.opts.SendDefaultPII {
		return event
	}
	event.User = sentry.User{}
	event.Request = nil
	event.Message = Redact(event.Message)
	for i := range event.Exception {
		event.Exception[i].Value = Redact(event.Exception[i].Value)
	}
	return event
}

// Error reports what went wrong in the server. The same text is reported once a
// minute.
func (s *Sentry) Error(err error) {
	if s == nil || err == nil || !s.seen.first(err.Error(), time.Now()) {
		return
	}
	s.hub.Clone().CaptureException(err)
}

// Panic reports what a handler panicked with. It is to be called by the
// function that recovers, whose stack is reported with it.
func (s *Sentry) Panic(value any) {
	if s == nil {
		return
	}
	s.hub.Clone().RecoverWithContext(s.ctx, value)
}

// WorkerError reports what went wrong in a worker of a platform, on its behalf:
// a worker has no way to Sentry. action is the type of the job that failed, ""
// if it was none. The same text is reported once a minute.
func (s *Sentry) WorkerError(platform, action, text string) {
	if s == nil || !s.seen.first(platform+"\x00"+action+"\x00"+text, time.Now()) {
		return
	}
	hub := s.hub.Clone()
	hub.Scope().SetTags(map[string]string{"process": "platform", "platform": platform})
	if action != "" {
		hub.Scope().SetTag("action", action)
	}
	event := sentry.NewEvent()
	event.Level = sentry.LevelError
	// The stack of whoever reports would say nothing.
	event.Exception = []sentry.Exception{{Type: "worker error", Value: text}}
	event.Fingerprint = []string{"{{ default }}", platform, action}
	hub.CaptureEvent(event)
}

// Fatal reports the error that ends the program, and waits until it is sent or
// it cannot be helped.
func (s *Sentry) Fatal(err error) {
	if s == nil {
		return
	}
	hub := s.hub.Clone()
	hub.Scope().SetLevel(sentry.LevelFatal)
	hub.CaptureException(err)
	if !s.Flush(fatalFlush) && s.opts.Stderr != nil {
		fmt.Fprintln(s.opts.Stderr, "fatal-error-flush timed out; event may be lost")
	}
}

// Flush waits until all is sent, and reports whether it was in time.
func (s *Sentry) Flush(wait time.Duration) bool { return s == nil || s.hub.Flush(wait) }

// Close sends what waits, for at most the given time, and ends reporting.
func (s *Sentry) Close(wait time.Duration) {
	if s == nil {
		return
	}
	s.hub.Flush(wait)
	s.hub.Client().Close()
}

// Log forwards a line of the log, if its level is one of those to forward.
func (s *Sentry) Log(level slog.Level, namespace, message string) {
	if s == nil || s.logger == nil || !slices.Contains(s.opts.LogLevels, level) {
		return
	}
	if !s.opts.SendDefaultPII {
		namespace, message = redactNamespace(namespace), Redact(message)
	}
	entry := s.logger.Debug()
	switch level {
	case slog.LevelError:
		entry = s.logger.Error()
	case slog.LevelWarn:
		entry = s.logger.Warn()
	case slog.LevelInfo:
		entry = s.logger.Info()
	}
	entry.String("namespace", namespace).Emit(message)
}

// ConnectionOpened counts a client that came; active is how many there are.
func (s *Sentry) ConnectionOpened(active int) { s.connections("sockethub.connection.opened", active) }

// ConnectionClosed counts a client that went; active is how many are left.
func (s *Sentry) ConnectionClosed(active int) { s.connections("sockethub.connection.closed", active) }

func (s *Sentry) connections(name string, active int) {
	if s == nil || s.meter == nil {
		return
	}
	s.meter.Count(name, 1)
	s.meter.Gauge("sockethub.connection.active", float64(active))
}

// ConnectionRejected counts a client that was sent away for its address having
// too many.
func (s *Sentry) ConnectionRejected() {
	if s != nil && s.meter != nil {
		s.meter.Count("sockethub.connection.rejected", 1)
	}
}

// Action is work on a message. A nil *Action may be ended as well.
type Action struct {
	sentry  *Sentry
	span    *sentry.Span
	started time.Time
	labels  sentry.MeterOption
}

// Start begins an action: a type of message of a platform, or "credentials".
// Both names must be the platform's, not the client's.
func (s *Sentry) Start(platform, action string) *Action {
	if s == nil || s.meter == nil && s.opts.TracesSampleRate == 0 {
		return nil
	}
	a := &Action{sentry: s, started: time.Now()}
	if s.meter != nil {
		a.labels = sentry.WithAttributes(attribute.String("platform", platform), attribute.String("action", action))
		s.meter.Count("sockethub.action.started", 1, a.labels)
	}
	if s.opts.TracesSampleRate > 0 {
		ctx := sentry.SetHubOnContext(context.Background(), s.hub.Clone())
		a.span = sentry.StartTransaction(ctx, platform+"."+action, sentry.WithOpName("sockethub.action"))
		a.span.SetData("platform", platform)
		a.span.SetData("action", action)
	}
	return a
}

// End tells how an action ended.
func (a *Action) End(ok bool) {
	if a == nil {
		return
	}
	if meter := a.sentry.meter; meter != nil {
		outcome := "sockethub.action.completed"
		if !ok {
			outcome = "sockethub.action.failed"
		}
		meter.Count(outcome, 1, a.labels)
		ms := float64(time.Since(a.started)) / float64(time.Millisecond)
		meter.Distribution("sockethub.action.duration", ms, a.labels, sentry.WithUnit(sentry.UnitMillisecond))
	}
	if a.span != nil {
		a.span.Status = sentry.SpanStatusOK
		if !ok {
			a.span.Status = sentry.SpanStatusInternalError
		}
		a.span.Finish()
	}
}

// Test sends a message, and returns nil only if Sentry has taken it.
func (s *Sentry) Test(wait time.Duration) error {
	hub := s.hub.Clone()
	hub.Scope().SetLevel(sentry.LevelInfo)
	hub.CaptureMessage("Sockethub test event")
	if !s.Flush(wait) {
		return fmt.Errorf("no answer within %v", wait)
	}
	return s.answer.err()
}

// answers is the way to Sentry, which remembers what became of the last report.
type answers struct{ last atomic.Pointer[error] }

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	result := err
	if err == nil && response.StatusCode/100 != 2 {
		result = fmt.Errorf("it answered %s", response.Status)
	}
	a.last.Store(&result)
	return response, err
}

func (a *answers) err() error {
	if last := a.last.Load(); last != nil {
		return *last
	}
	return errors.New("nothing was sent")
}

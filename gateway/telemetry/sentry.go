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

// Line takes a line of the log. What is logged as an error is reported as one,
// the same text once a minute, and a line whose level is among those to forward
// is forwarded. It is to be a Log's Forward.
func (s *Sentry) Line(l Line) {
	if s == nil {
		return
	}
	if l.Level >= slog.LevelError {
		s.report(l)
	}
	if s.logger == nil || !slices.Contains(s.opts.LogLevels, l.Level) {
		return
	}
	if !s.opts.SendDefaultPII {
		l.Namespace, l.Message = redactNamespace(l.Namespace), Redact(l.Message)
	}
	entry := s.logger.Debug()
	switch l.Level {
	case slog.LevelError:
		entry = s.logger.Error()
	case slog.LevelWarn:
		entry = s.logger.Warn()
	case slog.LevelInfo:
		entry = s.logger.Info()
	}
	entry.String("namespace", l.Namespace).Emit(l.Message)
}

// report sends an error of the server, or of a platform's worker on its behalf:
// a worker has no way to Sentry.
func (s *Sentry) report(l Line) {
	text := l.Message
	if l.Detail != "" {
		text += ": " + l.Detail
	}
	if !s.seen.first(l.Platform+"\x00"+text, time.Now()) {
		return
	}
	hub := s.hub.Clone()
	kind := "server error"
	if l.Platform != "" {
		kind = "worker error"
		hub.Scope().SetTags(map[string]string{"process": "platform", "platform": l.Platform})
	}
	if l.Stack != "" {
		hub.Scope().SetContext("panic", sentry.Context{"stack": l.Stack})
	}
	event := sentry.NewEvent()
	event.Level = sentry.LevelError
	event.Logger = redactNamespace(l.Namespace)
	// The stack of whoever writes the log would say nothing.
	event.Exception = []sentry.Exception{{Type: kind, Value: text}}
	hub.CaptureEvent(event)
}

func (s *Sentry) connection(name string, active int) {
	if s == nil || s.meter == nil {
		return
	}
	s.meter.Count(name, 1)
	s.meter.Gauge("sockethub.connection.active", float64(active))
}

func (s *Sentry) rejected() {
	if s != nil && s.meter != nil {
		s.meter.Count("sockethub.connection.rejected", 1)
	}
}

// trace is what Sentry is told of an action.
type trace struct {
	sentry *Sentry
	span   *sentry.Span // nil: actions are not traced
	labels sentry.MeterOption
}

func (s *Sentry) start(platform, action string) *trace {
	if s == nil || s.meter == nil && s.opts.TracesSampleRate == 0 {
		return nil
	}
	t := &trace{sentry: s}
	if s.meter != nil {
		t.labels = sentry.WithAttributes(attribute.String("platform", platform), attribute.String("action", action))
		s.meter.Count("sockethub.action.started", 1, t.labels)
	}
	if s.opts.TracesSampleRate > 0 {
		ctx := sentry.SetHubOnContext(context.Background(), s.hub.Clone())
		t.span = sentry.StartTransaction(ctx, platform+"."+action, sentry.WithOpName("sockethub.action"))
		t.span.SetData("platform", platform)
		t.span.SetData("action", action)
	}
	return t
}

func (t *trace) end(ok bool, took time.Duration) {
	if t == nil {
		return
	}
	if meter := t.sentry.meter; meter != nil {
		outcome := "sockethub.action.completed"
		if !ok {
			outcome = "sockethub.action.failed"
		}
		meter.Count(outcome, 1, t.labels)
		ms := float64(took) / float64(time.Millisecond)
		meter.Distribution("sockethub.action.duration", ms, t.labels, sentry.WithUnit(sentry.UnitMillisecond))
	}
	if t.span != nil {
		t.span.Status = sentry.SpanStatusOK
		if !ok {
			t.span.Status = sentry.SpanStatusInternalError
		}
		t.span.Finish()
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

package sentry

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

	sdk "github.com/getsentry/sentry-go"
	"github.com/getsentry/sentry-go/attribute"

	"github.com/sockethub/sockethub/gateway/telemetry"
)

// Options configures a Reporter.
type Options struct {
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

// Reporter reports to a Sentry project. All methods of a nil *Reporter do nothing.
// They may be called concurrently, and none but Flush, Fatal, Test and Close
// waits for the network.
type Reporter struct {
	opts   Options
	hub    *sdk.Hub        // of the server
	ctx    context.Context // carries hub to sentry-go's functions, which find it there
	meter  sdk.Meter       // nil: no counters
	logger sdk.Logger      // nil: no log lines
	seen   repeats
	answer answers
}

// New starts reporting; Close ends it. Without a DSN it returns nil.
func New(opts Options) (*Reporter, error) {
	if opts.DSN == "" {
		return nil, nil
	}
	r := &Reporter{opts: opts}
	client, err := sdk.NewClient(sdk.ClientOptions{
		Dsn:              opts.DSN,
		Environment:      opts.Environment,
		Release:          opts.Release,
		EnableTracing:    opts.TracesSampleRate > 0,
		TracesSampleRate: opts.TracesSampleRate,
		AttachStacktrace: true,
		MaxBreadcrumbs:   -1,
		HTTPTransport:    &r.answer,
		BeforeSend: func(event *sdk.Event, _ *sdk.EventHint) *sdk.Event {
			return r.clean(event)
		},
		BeforeSendTransaction: func(event *sdk.Event, _ *sdk.EventHint) *sdk.Event {
			return r.clean(event)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("sentry: %w", err)
	}
	r.hub = sdk.NewHub(client, sdk.NewScope())
	r.hub.Scope().SetTags(map[string]string{"service": "sockethub", "process": "server"})
	r.ctx = sdk.SetHubOnContext(context.Background(), r.hub)
	if opts.Metrics {
		r.meter = sdk.NewMeter(r.ctx)
	}
	if len(opts.LogLevels) > 0 {
		r.logger = sdk.NewLogger(r.ctx)
	}
	return r, nil
}

// clean takes out of an event what a client or peer may have said.
func (r *Reporter) clean(event *sdk.Event) *sdk.Event {
	if r.opts.SendDefaultPII {
		return event
	}
	event.User = sdk.User{}
	event.Request = nil
	event.Message = Redact(event.Message)
	for i := range event.Exception {
		event.Exception[i].Value = Redact(event.Exception[i].Value)
	}
	return event
}

// Fatal reports the error that ends the program, and waits until it is sent or
// it cannot be helped.
func (r *Reporter) Fatal(err error) {
	if r == nil {
		return
	}
	hub := r.hub.Clone()
	hub.Scope().SetLevel(sdk.LevelFatal)
	hub.CaptureException(err)
	if !r.Flush(fatalFlush) && r.opts.Stderr != nil {
		fmt.Fprintln(r.opts.Stderr, "fatal-error-flush timed out; event may be lost")
	}
}

// Flush waits until all is sent, and reports whether it was in time.
func (r *Reporter) Flush(wait time.Duration) bool { return r == nil || r.hub.Flush(wait) }

// Close sends what waits, for at most the given time, and ends reporting.
func (r *Reporter) Close(wait time.Duration) {
	if r == nil {
		return
	}
	r.hub.Flush(wait)
	r.hub.Client().Close()
}

// Line takes a line of the log. What is logged as an error is reported as one,
// the same text once a minute, and a line whose level is among those to forward
// is forwarded. It is to be a Log's Forward.
func (r *Reporter) Line(l telemetry.Line) {
	if r == nil {
		return
	}
	if l.Level >= slog.LevelError {
		r.report(l)
	}
	if r.logger == nil || !slices.Contains(r.opts.LogLevels, l.Level) {
		return
	}
	if !r.opts.SendDefaultPII {
		l.Namespace, l.Message = redactNamespace(l.Namespace), Redact(l.Message)
	}
	entry := r.logger.Debug()
	switch l.Level {
	case slog.LevelError:
		entry = r.logger.Error()
	case slog.LevelWarn:
		entry = r.logger.Warn()
	case slog.LevelInfo:
		entry = r.logger.Info()
	}
	entry.String("namespace", l.Namespace).Emit(l.Message)
}

// report sends an error of the server, or of a platform's worker on its behalf:
// a worker has no way to Sentry.
func (r *Reporter) report(l telemetry.Line) {
	text := l.Message
	if l.Detail != "" {
		text += ": " + l.Detail
	}
	if !r.seen.first(l.Platform+"\x00"+text, time.Now()) {
		return
	}
	hub := r.hub.Clone()
	kind := "server error"
	if l.Platform != "" {
		kind = "worker error"
		hub.Scope().SetTags(map[string]string{"process": "platform", "platform": l.Platform})
	}
	if l.Stack != "" {
		hub.Scope().SetContext("panic", sdk.Context{"stack": l.Stack})
	}
	event := sdk.NewEvent()
	event.Level = sdk.LevelError
	event.Logger = redactNamespace(l.Namespace)
	// The stack of whoever writes the log would say nothing.
	event.Exception = []sdk.Exception{{Type: kind, Value: text}}
	hub.CaptureEvent(event)
}

// Opened counts a client that came; active is how many there are now.
func (r *Reporter) Opened(active int) { r.count("sockethub.connection.opened", active) }

// Closed counts a client that went; active is how many are left.
func (r *Reporter) Closed(active int) { r.count("sockethub.connection.closed", active) }

func (r *Reporter) count(name string, active int) {
	if r == nil || r.meter == nil {
		return
	}
	r.meter.Count(name, 1)
	r.meter.Gauge("sockethub.connection.active", float64(active))
}

// Rejected counts a client that was not let in.
func (r *Reporter) Rejected() {
	if r != nil && r.meter != nil {
		r.meter.Count("sockethub.connection.rejected", 1)
	}
}

// Start counts an action that begins, and traces it if its share is traced. The
// function that it returns is told how the action ended; it is nil where
// nothing is counted or traced.
func (r *Reporter) Start(platform, action string) func(ok bool, took time.Duration) {
	if r == nil || r.meter == nil && r.opts.TracesSampleRate == 0 {
		return nil
	}
	var labels sdk.MeterOption
	if r.meter != nil {
		labels = sdk.WithAttributes(attribute.String("platform", platform), attribute.String("action", action))
		r.meter.Count("sockethub.action.started", 1, labels)
	}
	var span *sdk.Span // nil: actions are not traced
	if r.opts.TracesSampleRate > 0 {
		ctx := sdk.SetHubOnContext(context.Background(), r.hub.Clone())
		span = sdk.StartTransaction(ctx, platform+"."+action, sdk.WithOpName("sockethub.action"))
		span.SetData("platform", platform)
		span.SetData("action", action)
	}
	return func(ok bool, took time.Duration) {
		if r.meter != nil {
			outcome := "sockethub.action.completed"
			if !ok {
				outcome = "sockethub.action.failed"
			}
			r.meter.Count(outcome, 1, labels)
			ms := float64(took) / float64(time.Millisecond)
			r.meter.Distribution("sockethub.action.duration", ms, labels, sdk.WithUnit(sdk.UnitMillisecond))
		}
		if span != nil {
			span.Status = sdk.SpanStatusOK
			if !ok {
				span.Status = sdk.SpanStatusInternalError
			}
			span.Finish()
		}
	}
}

// Test sends a message, and returns nil only if Sentry has taken it.
func (r *Reporter) Test(wait time.Duration) error {
	hub := r.hub.Clone()
	hub.Scope().SetLevel(sdk.LevelInfo)
	hub.CaptureMessage("Sockethub test event")
	if !r.Flush(wait) {
		return fmt.Errorf("no answer within %v", wait)
	}
	return r.answer.err()
}

// answers is the way to Sentry, which remembers what became of the last report.
type answers struct{ last atomic.Pointer[error] }

func (a *answers) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
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

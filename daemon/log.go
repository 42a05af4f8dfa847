package daemon

import (
	"io"
	"os"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/daemon/sentry"
	"github.com/sockethub/sockethub/gateway/telemetry"
)

// newSentry starts reporting if the configuration names a project.
func newSentry(c *config.Config, stderr io.Writer) (*sentry.Reporter, error) {
	options := sentry.Options{
		DSN:              c.Sentry.DSN.Reveal(),
		Environment:      c.Sentry.Environment,
		Release:          c.Sentry.Release,
		Metrics:          c.Sentry.EnableMetrics,
		TracesSampleRate: c.Sentry.TracesSampleRate,
		SendDefaultPII:   c.Sentry.SendDefaultPII,
		Stderr:           stderr,
	}
	if c.Sentry.EnableLogs {
		options.LogLevels = c.Sentry.LogLevels
	}
	return sentry.New(options)
}

func logOptions(c *config.Config, stdout io.Writer, reporter *sentry.Reporter) telemetry.LogOptions {
	f, ok := stdout.(*os.File)
	terminal := ok && telemetry.IsTerminal(f)
	options := telemetry.LogOptions{
		Console:     stdout,
		JSON:        c.Logging.Format == "json" || c.Logging.Format == "auto" && !terminal,
		Color:       terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		LogSettings: logSettings(c),
	}
	if reporter != nil {
		options.Forward = reporter.Line
	}
	return options
}

func logSettings(c *config.Config) telemetry.LogSettings {
	return telemetry.LogSettings{
		Level:     c.Logging.Level,
		FileLevel: c.Logging.FileLevel,
		File:      c.Logging.File,
		Debug:     c.Logging.Debug,
	}
}

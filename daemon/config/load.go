package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Load reads the settings from the command line, the environment as [os.Environ]
// returns it, and the file that either of them names. The error is a [Problems]
// when something is wrong with what was found. It can be called again to see what
// has changed.
func (c *Command) Load(environ []string) (*Config, error) {
	l := &loader{table: c.table, config: c.table.Default(), environ: environment(environ)}
	l.file(c.Config)
	l.variables()
	for _, v := range c.values {
		l.text(v.setting, v.flag, v.value)
		if v.setting.secret && strings.Contains(v.value, "@") {
			l.note(slog.LevelWarn, "%s: a password on the command line can be read by every user of the machine; %s or the file keeps it", v.flag, v.setting.Env)
		}
	}
	l.finish()
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return l.config, nil
}

// Default returns the settings of a server that was told nothing.
func (t *Table) Default() *Config {
	c := &Config{table: t, sources: map[string]string{}}
	for _, s := range t.settings {
		s.initial(c)
	}
	c.derive()
	return c
}

type loader struct {
	table    *Table
	config   *Config
	environ  map[string]string
	problems Problems
}

func (l *loader) problem(p *Problem) { l.problems = append(l.problems, p) }

func (l *loader) note(level slog.Level, format string, args ...any) {
	l.config.Notes = append(l.config.Notes, Note{level, "server:bootstrap:config", fmt.Sprintf(format, args...)})
}

func (l *loader) place(line int) string { return fmt.Sprintf("%s:%d", l.config.File, line) }

// environment makes a map of NAME=value texts. What is empty counts as not set,
// so that an empty variable never opens what the file closes.
func environment(environ []string) map[string]string {
	set := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" {
			set[name] = value
		}
	}
	return set
}

// file reads the file that the command line or SOCKETHUB_CONFIG names, which
// must exist, or else the one in the working directory if there is one.
func (l *loader) file(path string) {
	explicit := true
	if path == "" {
		path = l.environ["SOCKETHUB_CONFIG"]
	}
	if path == "" {
		path, explicit = DefaultFile, false
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !explicit:
		return
	case errors.Is(err, fs.ErrNotExist):
		l.problem(&Problem{Rule: "Config file not found: " + path})
		return
	case err != nil:
		var wrong *fs.PathError
		if errors.As(err, &wrong) {
			err = wrong.Err
		}
		l.problem(&Problem{Place: path, Rule: "the file cannot be read: " + err.Error()})
		return
	}
	l.config.File = path
	document, err := parseDocument(text)
	if err != nil {
		wrong := err.(*Problem)
		wrong.Place = path + wrong.Place
		l.problem(wrong)
		return
	}
	switch {
	case document.kind == '[' && len(document.items) == 0: // the reference takes it for no settings
		l.note(slog.LevelWarn, "%s is an empty array, which stands for no settings; write {}", l.config.File)
	case document.kind != '{':
		l.problem(&Problem{Place: l.place(document.line), Found: document.found(), Rule: "an object"})
	default:
		l.section("", document)
	}
}

// section reads the members of an object whose key is prefix without its dot.
func (l *loader) section(prefix string, n *node) {
	for _, m := range n.members {
		key := prefix + m.name
		s := l.table.find(func(s *Setting) bool { return s.Key == key })
		switch {
		case key == "packageConfig":
			l.readPackageConfig(m.node)
		case s != nil:
			if wrong := s.fromRow(l.config, m.node); wrong != nil {
				if s.secret && m.kind == 's' {
					wrong.Found = Secret(m.text).found()
				}
				wrong.Place, wrong.Key = l.place(m.line), key
				l.problem(wrong)
			}
			l.config.sources[key] = l.place(m.line)
		case !l.table.isSection(key):
			l.problem(&Problem{Place: l.place(m.line), Key: key, Rule: "unknown key", Nearest: l.table.nearestKey(key, prefix)})
		case m.kind != '{':
			l.problem(&Problem{Place: l.place(m.line), Key: key, Found: m.found(), Rule: "an object"})
		default:
			l.section(key+".", m.node)
		}
	}
}

func (t *Table) find(is func(*Setting) bool) *Setting {
	if i := slices.IndexFunc(t.settings, func(s Setting) bool { return is(&s) }); i >= 0 {
		return &t.settings[i]
	}
	return nil
}

func (t *Table) isSection(key string) bool {
	return t.find(func(s *Setting) bool { return strings.HasPrefix(s.Key, key+".") }) != nil
}

// nearestKey looks among all that may stand in the same section, then for the
// key's last part anywhere, as for one that stands in the wrong section.
func (t *Table) nearestKey(key, prefix string) string {
	var beside []string
	for _, s := range t.settings {
		if rest, ok := strings.CutPrefix(s.Key, prefix); ok && s.Key != "" {
			name, _, _ := strings.Cut(rest, ".")
			beside = append(beside, name)
		}
	}
	if near := nearest(strings.TrimPrefix(key, prefix), beside); near != "" {
		return prefix + near
	}
	last := key[strings.LastIndexByte(key, '.')+1:]
	if s := t.find(func(s *Setting) bool { return strings.HasSuffix(s.Key, "."+last) }); s != nil {
		return s.Key
	}
	return ""
}

// variables reads the environment.
func (l *loader) variables() {
	// Kubernetes puts REDIS_PORT=tcp://… into every container beside a service
	// of that name. It is nobody's setting.
	if strings.HasPrefix(l.environ["REDIS_PORT"], "tcp://") {
		delete(l.environ, "REDIS_PORT")
	}
	names := []string{"SOCKETHUB_CONFIG"}
	for i := range l.table.settings {
		s := &l.table.settings[i]
		if s.Env == "" {
			continue
		}
		names = append(names, s.Env)
		if value, ok := l.environ[s.Env]; ok {
			l.text(s, s.Env, value)
		}
	}
	// Others may use names like ours, so a strange one is no error.
	for _, name := range slices.Sorted(maps.Keys(l.environ)) {
		if strings.HasPrefix(name, "SOCKETHUB_") && !slices.Contains(names, name) {
			if right := meant(name, l.environ[name], names); right != "" {
				l.note(slog.LevelWarn, "%s: unknown variable; did you mean %s?", name, right)
			}
		}
	}
}

// meant is the variable that somebody may have meant by an unknown one: PORT by
// SOCKETHUB_PORT, unless Kubernetes has set that.
func meant(name, value string, names []string) string {
	if short := strings.TrimPrefix(name, "SOCKETHUB_"); slices.Contains(names, short) && !strings.HasPrefix(value, "tcp://") {
		return short
	}
	return nearest(name, names)
}

// text takes a setting's value from a variable or flag.
func (l *loader) text(s *Setting, place, value string) {
	if wrong := s.parse(l.config, value); wrong != nil {
		wrong.Place, wrong.Key = place, s.Key
		if s.secret {
			wrong.Found = Secret(value).found()
		}
		l.problem(wrong)
	}
	key := s.Key
	if key == "" {
		key = s.Env
	}
	l.config.sources[key] = place
}

// finish settles what depends on more than one setting.
func (l *loader) finish() {
	c := l.config
	if source := c.sources["redis.url"]; source != "REDIS_URL" && source != "--redis.url" && (c.redisHost != "" || c.redisPort != 0) {
		host, p := c.redisHost, c.redisPort
		c.sources["redis.url"] = "REDIS_HOST"
		if host == "" {
			host, c.sources["redis.url"] = "127.0.0.1", "REDIS_PORT"
		}
		if p == 0 {
			p = 6379
		}
		c.Redis.URL = Secret("redis://" + net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(p)))
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		key, other := "tls.cert", "tls.key"
		if c.TLS.Cert == "" {
			key, other = other, key
		}
		l.problem(&Problem{Place: c.Source(key), Key: key, Rule: other + " is missing: both are needed"})
	}
	switch preshared := c.Auth.Preshared; {
	case !c.Auth.Required:
	case !preshared.Enabled:
		l.problem(&Problem{Place: c.Source("auth.required"), Key: "auth.required", Rule: "auth.backends.preshared.enabled must be true: nobody could come in"})
	case preshared.TokenFile == "":
		l.problem(&Problem{Place: c.Source("auth.required"), Key: "auth.required", Rule: "auth.backends.preshared.tokenFile is missing: nobody could come in"})
	}
	if a, b := c.Sockethub.Path, c.HTTPActions.Path; c.HTTPActions.Enabled && strings.EqualFold(strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/")) {
		l.problem(&Problem{Place: c.Source("httpActions.path"), Key: "httpActions.path", Found: quote(b), Rule: "another path than sockethub.path"})
	}
	c.derive()
	for i := range l.table.settings {
		s := &l.table.settings[i]
		if s.Unused != "" && c.sources[s.Key] != "" && s.value(c) != s.Default {
			l.note(slog.LevelWarn, "%s: %s has no effect: %s", c.Source(s.Key), s.Key, s.Unused)
		}
	}
	if !c.Sockethub.TrustProxy.Trusted() && c.CredentialCheck.ReconnectIPSource == "proxy" {
		// So says the reference: one proxy in front, if it uses the usual header.
		switch strings.ToLower(strings.TrimSpace(c.CredentialCheck.ProxyHeader)) {
		case "", "x-forwarded-for":
			c.Sockethub.TrustProxy = Proxies{Hops: 1, text: "1"}
		}
	}
	if p := c.Sockethub.TrustProxy; p.Trusted() {
		c.Notes = append(c.Notes, Note{slog.LevelInfo, "server:routes", "trusting proxy headers (trust proxy: " + p.String() + ")"})
	}
}

// derive fills in what follows from the settings, and brings them into the form
// that is documented at Config.
func (c *Config) derive() {
	if c.Sentry.Release == "" {
		c.Sentry.Release = "sockethub@" + Version
	}
	if c.HTTPActions.IdempotencyTTL == 0 {
		c.HTTPActions.IdempotencyTTL = 5 * time.Minute
	}
	c.Sockethub.Path = strings.TrimRight(c.Sockethub.Path, "/")
	c.HTTPActions.Path = strings.TrimRight(c.HTTPActions.Path, "/")
	if host := c.Sockethub.Host; strings.HasPrefix(host, "[") {
		c.Sockethub.Host = strings.Trim(host, "[]")
	}
	c.Admin.Listen = fullListen(c.Admin.Listen)
	cors, notes := parseOrigins(c.Sockethub.CORS.Origin)
	c.Sockethub.CORS = cors
	c.Notes = append(c.Notes, notes...)
}

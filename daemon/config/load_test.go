package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// load reads a file with a text, the environment and the arguments, as a server
// in an empty directory would.
func load(t *testing.T, file string, environ []string, args ...string) (*Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if file != "" {
		if err := os.WriteFile("c.json", []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config", "c.json"}, args...)
	}
	return loadArgs(t, args, environ)
}

// loadArgs reads the settings as the program does.
func loadArgs(t *testing.T, args, environ []string) (*Config, error) {
	command, err := testTable(t).ParseArgs(args)
	if err != nil {
		return nil, err
	}
	return command.Load(environ)
}

func TestPrecedence(t *testing.T) {
	port := func(c *Config) any { return c.Sockethub.Port }
	tests := []struct {
		name, file    string
		environ, args []string
		get           func(*Config) any
		want          any
		source        string
	}{
		{"default", "", nil, nil, port, 10550, "default"},
		{"file", `{"sockethub":{"port":1}}`, nil, nil, port, 1, "c.json:1"},
		{"variable over file", `{"sockethub":{"port":1}}`, []string{"PORT=2"}, nil, port, 2, "PORT"},
		{"flag over variable", `{"sockethub":{"port":1}}`, []string{"PORT=2"}, []string{"--port", "3"}, port, 3, "--port"},
		{"flag with an equals sign", "", nil, []string{"--port=3"}, port, 3, "--port"},
		{"the last of equal flags", "", nil, []string{"--port=3", "--port=4"}, port, 4, "--port"},
		{"the last of equal keys", `{"sockethub":{"port":1},"sockethub":{"port":5}}`, nil, nil, port, 5, "c.json:1"},
		{"empty variable is not set", `{"sockethub":{"port":1}}`, []string{"PORT="}, nil, port, 1, "c.json:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load(t, tt.file, tt.environ, tt.args...)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.get(c); got != tt.want || c.Source("sockethub.port") != tt.source {
				t.Errorf("got %v from %s, want %v from %s", got, c.Source("sockethub.port"), tt.want, tt.source)
			}
		})
	}
}

// A file with all that the reference knows, as it writes it itself, means to us
// what it means to the reference: our defaults are the same, but for Redis.
func TestFileOfTheReference(t *testing.T) {
	c, err := loadArgs(t, []string{"-c", "testdata/reference.json"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Notes) > 0 {
		t.Errorf("it is remarked on: %v", c.Notes)
	}
	var changed []string
	for _, change := range testTable(t).Default().Changes(c) {
		changed = append(changed, change.Setting.Key)
	}
	if want := []string{"$schema", "redis.url"}; !reflect.DeepEqual(changed, want) {
		t.Errorf("it differs from the defaults in %q, want %q", changed, want)
	}
}

// Each place where the reference finds its file, and each value it takes.
func TestAccepted(t *testing.T) {
	tests := []struct {
		name, file    string
		environ, args []string
		get           func(*Config) any
		want          any
	}{
		{"no settings as an empty array", `[]`, nil, nil, func(c *Config) any { return c.Examples }, true},
		{"byte order mark", "\ufeff{\"examples\":false}", nil, nil, func(c *Config) any { return c.Examples }, false},
		{"--no-examples", "", nil, []string{"--no-examples"}, func(c *Config) any { return c.Examples }, false},
		{"--examples=false", "", nil, []string{"--examples=false"}, func(c *Config) any { return c.Examples }, false},
		{"--examples", `{"examples":false}`, nil, []string{"--examples"}, func(c *Config) any { return c.Examples }, true},
		{"a boolean as a text", `{"examples":"false"}`, nil, nil, func(c *Config) any { return c.Examples }, false},
		{"--info", "", nil, []string{"--info"}, func(c *Config) any { return c.Info }, true},
		{"--host and --cors.origin", "", nil, []string{"--host", "::", "--cors.origin", "https://a.example"}, func(c *Config) any {
			return c.Sockethub.Host + " " + strings.Join(c.Sockethub.CORS.Origins, ",")
		}, ":: https://a.example"},
		{"--redis.url over REDIS_HOST", "", []string{"REDIS_HOST=h"}, []string{"--redis.url", "redis://x"}, func(c *Config) any { return c.Redis.URL.Reveal() }, "redis://x"},
		{"--sentry.dsn", "", nil, []string{"--sentry.dsn=https://k@s.example/1"}, func(c *Config) any { return c.Sentry.DSN.Reveal() }, "https://k@s.example/1"},
		{"LOG_LEVEL", "", []string{"LOG_LEVEL=debug"}, nil, func(c *Config) any { return c.Logging.Level }, slog.LevelDebug},
		{"LOG_FILE_LEVEL", "", []string{"LOG_FILE_LEVEL=error"}, nil, func(c *Config) any { return c.Logging.FileLevel }, slog.LevelError},
		{"LOG_FILE", "", []string{"LOG_FILE=/tmp/x"}, nil, func(c *Config) any { return c.Logging.File }, "/tmp/x"},
		{"no log file by the file", `{"logging":{"file":""}}`, nil, nil, func(c *Config) any { return c.Logging.File }, ""},
		{"DEBUG", "", []string{"DEBUG=sockethub*,-sockethub:engineio"}, nil, func(c *Config) any { return c.Logging.Debug }, "sockethub*,-sockethub:engineio"},
		{"credentials", "", []string{"SOCKETHUB_CREDENTIALS_TTL_MS=0"}, nil, func(c *Config) any { return c.Credentials.TTL }, time.Duration(0)},
		{"REDIS_URL", "", []string{"REDIS_URL=rediss://u:p@h:1/2", "REDIS_HOST=other"}, nil, func(c *Config) any { return c.Redis.URL.Reveal() }, "rediss://u:p@h:1/2"},
		{"REDIS_HOST", "", []string{"REDIS_HOST=db"}, nil, func(c *Config) any { return c.Redis.URL.Reveal() }, "redis://db:6379"},
		{"REDIS_HOST of IPv6", "", []string{"REDIS_HOST=::1"}, nil, func(c *Config) any { return c.Redis.URL.Reveal() }, "redis://[::1]:6379"},
		{"REDIS_PORT", "", []string{"REDIS_PORT=1234"}, nil, func(c *Config) any { return c.Redis.URL.Reveal() }, "redis://127.0.0.1:1234"},
		{"both over the file", `{"redis":{"url":"redis://x"}}`, []string{"REDIS_HOST=db", "REDIS_PORT=1"}, nil, func(c *Config) any { return c.Redis.URL.Reveal() }, "redis://db:1"},
		{"Kubernetes' REDIS_PORT is no setting", "", []string{"REDIS_PORT=tcp://10.0.0.1:6379"}, nil, func(c *Config) any { return c.Redis.URL.Reveal() }, ""},
		{"no Redis", "", nil, nil, func(c *Config) any { return c.Redis.URL.Reveal() }, ""},
		{"retries", `{"redis":{"maxRetriesPerRequest":3}}`, nil, nil, func(c *Config) any { return c.Redis.MaxRetriesPerRequest }, 3},
		{"any retries", `{"redis":{"maxRetriesPerRequest":null}}`, nil, nil, func(c *Config) any { return c.Redis.MaxRetriesPerRequest }, -1},
		{"SENTRY_RELEASE", "", []string{"SENTRY_RELEASE=r1"}, nil, func(c *Config) any { return c.Sentry.Release }, "r1"},
		{"release by default", "", nil, nil, func(c *Config) any { return c.Sentry.Release }, "sockethub@" + Version},
		{"levels as a list", `{"sentry":{"logLevels":"error, info"}}`, nil, nil, func(c *Config) any { return fmt.Sprint(c.Sentry.LogLevels) }, "[ERROR INFO]"},
		{"number as a text", `{"sockethub":{"port":"8080"}}`, nil, nil, func(c *Config) any { return c.Sockethub.Port }, 8080},
		{"number with an exponent", `{"rateLimiter":{"windowMs":1e3}}`, nil, nil, func(c *Config) any { return c.RateLimiter.Window }, time.Second},
		{"trusted hops as a text", "", []string{"SOCKETHUB_TRUST_PROXY=2"}, nil, func(c *Config) any { return c.Sockethub.TrustProxy.Hops }, 2},
		{"trusted networks", `{"sockethub":{"trustProxy":"loopback, 10.1.0.0/255.255.0.0"}}`, nil, nil, func(c *Config) any { return fmt.Sprint(c.Sockethub.TrustProxy.Networks) }, "[127.0.0.0/8 ::1/128 10.1.0.0/16]"},
		{"proxy by the check of credentials", `{"credentialCheck":{"reconnectIpSource":"proxy"}}`, nil, nil, func(c *Config) any { return c.Sockethub.TrustProxy.Hops }, 1},
		{"proxy with another header", `{"credentialCheck":{"reconnectIpSource":"proxy","proxyHeader":"x-real-ip"}}`, nil, nil, func(c *Config) any { return c.Sockethub.TrustProxy.Trusted() }, false},
		{"a path with a slash at its end", `{"sockethub":{"path":"/a/"}}`, nil, nil, func(c *Config) any { return c.Sockethub.Path }, "/a"},
		{"unix socket", "", []string{"HOST=unix:/run/s"}, nil, func(c *Config) any { return c.Sockethub.Host }, "unix:/run/s"},
		{"address in brackets", "", []string{"HOST=[::1]"}, nil, func(c *Config) any { return c.Sockethub.Host }, "::1"},
		{"idempotency 0 is its default", `{"httpActions":{"idempotencyTtlMs":0}}`, nil, nil, func(c *Config) any { return c.HTTPActions.IdempotencyTTL }, 5 * time.Minute},
		{"admin by port", "", []string{"SOCKETHUB_ADMIN_LISTEN=9090"}, nil, func(c *Config) any { return c.Admin.Listen }, "127.0.0.1:9090"},
		{"admin by path", `{"admin":{"listen":"/run/a"}}`, nil, nil, func(c *Config) any { return c.Admin.Listen }, "unix:/run/a"},
		{"platforms by both names", `{"platforms":["@sockethub/platform-irc","dummy"]}`, nil, nil, func(c *Config) any { return fmt.Sprint(c.Platforms) }, "[{irc @sockethub/platform-irc } {dummy @sockethub/platform-dummy }]"},
		{"platforms as a list", `{"platforms":"irc,feeds"}`, nil, nil, func(c *Config) any { return len(c.Platforms) }, 2},
		{"an executable", `{"platforms":["/opt/weather"],"packageConfig":{"/opt/weather":{"x":1}}}`, nil, nil, func(c *Config) any {
			return c.Platforms[0].Name + c.Platforms[0].Path + string(c.PackageConfig["weather"])
		}, `weather/opt/weather{"x":1}`},
		{"settings of platforms", `{"packageConfig":{
			"@sockethub/platform-caldav":{"connectTimeoutMs":1,"allowPrivateAddresses":true,"partitions":["a",["b","c"]]},
			"@sockethub/platform-feeds":{"connectTimeoutMs":500,"allowPrivateAddresses":false,"userAgent":"x","allowedPorts":[80,443]},
			"@sockethub/platform-irc":{"connectTimeoutMs":-1,"webirc":{"irc.example":{"password":"x"}}},
			"xmpp":{"connectTimeoutMs":10},
			"dummy":{"greeting":"Hi","crashVerbs":false},
			"@acme/other":{"anything":[1]}}}`, nil, nil, func(c *Config) any { return len(c.PackageConfig) }, 6},
		{"first of equal --config", `{"sockethub":{"port":7}}`, nil, []string{"-c", "nowhere"}, func(c *Config) any { return c.Sockethub.Port }, 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load(t, tt.file, tt.environ, tt.args...)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.get(c); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWhereTheFileIs(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, port := range map[string]int{DefaultFile: 1, "env.json": 2, "flag.json": 3} {
		if err := os.WriteFile(name, fmt.Appendf(nil, `{"sockethub":{"port":%d}}`, port), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name          string
		environ, args []string
		want          int
	}{
		{"working directory", nil, nil, 1},
		{"empty variable", []string{"SOCKETHUB_CONFIG="}, nil, 1},
		{"variable", []string{"SOCKETHUB_CONFIG=env.json"}, nil, 2},
		{"flag", []string{"SOCKETHUB_CONFIG=env.json"}, []string{"-c", "flag.json"}, 3},
		{"flag with an equals sign", nil, []string{"--config=flag.json"}, 3},
	}
	for _, tt := range tests {
		c, err := loadArgs(t, tt.args, tt.environ)
		if err != nil || c.Sockethub.Port != tt.want {
			t.Errorf("%s: %v, %v; want the port %d", tt.name, c, err, tt.want)
		}
	}
}

// The text of every refusal.
func TestRefused(t *testing.T) {
	const whole16 = "a whole number from 0 to 65535"
	const bools = "true, false, 1, 0, yes, no, on, off"
	tests := []struct {
		name, file    string
		environ, args []string
		want          string
	}{
		{"flag without path", "", nil, []string{"--config"}, "--config requires a file path"},
		{"flag followed by a flag", "", nil, []string{"-c", "--info"}, "-c requires a file path"},
		{"no such file", "", nil, []string{"-c", "x/y.json"}, "Config file not found: x/y.json"},
		{"no such file by variable", "", []string{"SOCKETHUB_CONFIG=z.json"}, nil, "Config file not found: z.json"},
		{"a directory", "", nil, []string{"-c", "."}, ".: the file cannot be read: is a directory"},
		{"not JSON", "{\n  \"examples\": true,\n}", nil, nil, "c.json:3:1: this is not JSON: invalid character '}' looking for beginning of object key string"},
		{"comment", "// hi\n{}", nil, nil, "c.json:1:1: this is not JSON: invalid character '/' looking for beginning of value"},
		{"cut short", `{"a":`, nil, nil, "c.json:1:5: this is not JSON: unexpected end of JSON input"},
		{"empty file", " ", nil, nil, "c.json:1:1: this is not JSON: unexpected end of JSON input"},
		{"not an object", `[1]`, nil, nil, "c.json:1: found an array, allowed: an object"},
		{"unknown key", "{\n\"loging\":{}}", nil, nil, "c.json:2: loging: unknown key; did you mean logging?"},
		{"unknown inner key", `{"logging":{"bar":1}}`, nil, nil, "c.json:1: logging.bar: unknown key"},
		{"misspelt inner key", `{"sockethub":{"prot":1}}`, nil, nil, "c.json:1: sockethub.prot: unknown key; did you mean sockethub.port?"},
		{"key in the wrong section", `{"maxRequests":1}`, nil, nil, "c.json:1: maxRequests: unknown key; did you mean rateLimiter.maxRequests?"},
		{"section that is none", `{"logging":"info"}`, nil, nil, `c.json:1: logging: found "info", allowed: an object`},
		{"level", `{"logging":{"level":"trace"}}`, nil, nil, `c.json:1: logging.level: found "trace", allowed: "error", "warn", "info", "debug"`},
		{"misspelt level", "", []string{"LOG_LEVEL=wran"}, nil, `LOG_LEVEL: logging.level: found "wran", allowed: "error", "warn", "info", "debug"; did you mean "warn"?`},
		{"level in capitals", "", []string{"LOG_FILE_LEVEL=INFO"}, nil, `LOG_FILE_LEVEL: logging.fileLevel: found "INFO", allowed: "error", "warn", "info", "debug"; did you mean "info"?`},
		{"port out of range", `{"sockethub":{"port":99999}}`, nil, nil, "c.json:1: sockethub.port: found 99999, allowed: " + whole16},
		{"port with letters", "", []string{"PORT=80abc"}, nil, `PORT: sockethub.port: found "80abc", allowed: ` + whole16},
		{"negative port", "", nil, []string{"--port", "-1"}, `--port: sockethub.port: found "-1", allowed: ` + whole16},
		{"port with a fraction", `{"public":{"port":1.5}}`, nil, nil, "c.json:1: public.port: found 1.5, allowed: " + whole16},
		{"port that is null", `{"sockethub":{"port":null}}`, nil, nil, "c.json:1: sockethub.port: found null, allowed: " + whole16},
		{"negative number", `{"rateLimiter":{"windowMs":-1}}`, nil, nil, "c.json:1: rateLimiter.windowMs: found -1, allowed: a whole number, 0 or more"},
		{"time beyond a century", `{"rateLimiter":{"windowMs":9007199254740991}}`, nil, nil, "c.json:1: rateLimiter.windowMs: found 9007199254740991, allowed: a whole number from 0 to 3153600000000"},
		{"payload of nothing", `{"sockethub":{"maxPayloadBytes":0}}`, nil, nil, "c.json:1: sockethub.maxPayloadBytes: found 0, allowed: a whole number from 1 to 1073741824"},
		{"no messages", "", []string{"SOCKETHUB_HTTP_ACTIONS_MAX_MESSAGES_PER_REQUEST=0"}, nil, `SOCKETHUB_HTTP_ACTIONS_MAX_MESSAGES_PER_REQUEST: httpActions.maxMessagesPerRequest: found "0", allowed: a whole number, 1 or more`},
		{"wrong type", `{"$schema":5}`, nil, nil, "c.json:1: $schema: found 5, allowed: a text"},
		{"array for a text", `{"sockethub":{"host":["a"]}}`, nil, nil, "c.json:1: sockethub.host: found an array, allowed: a host name, an address, unix:/path, or nothing for all addresses"},
		{"host with a port", "", []string{"HOST=a:1"}, nil, `HOST: sockethub.host: found "a:1", allowed: a host name, an address, unix:/path, or nothing for all addresses`},
		{"share", `{"sentry":{"tracesSampleRate":1.5}}`, nil, nil, "c.json:1: sentry.tracesSampleRate: found 1.5, allowed: a number from 0 to 1"},
		{"level of a list", `{"sentry":{"logLevels":["warning"]}}`, nil, nil, `c.json:1: sentry.logLevels: found "warning", allowed: an array of "error", "warn", "info", "debug"`},
		{"no platforms", `{"platforms":[]}`, nil, nil, "c.json:1: platforms: found an array, allowed: a non-empty array of the names of platforms (also as @sockethub/platform-NAME) and paths of executables with a / in them"},
		{"platform that is no text", `{"platforms":[5]}`, nil, nil, "c.json:1: platforms: found 5, allowed: a non-empty array of the names of platforms (also as @sockethub/platform-NAME) and paths of executables with a / in them"},
		{"misspelt platform", `{"platforms":["@sockethub/platform-feed"]}`, nil, nil, `c.json:1: platforms: found "@sockethub/platform-feed", allowed: the platforms that this build has, carddav, caldav, dummy, feeds, irc, metadata, xmpp, and paths of executables with a / in them; did you mean "@sockethub/platform-feeds"?`},
		{"platform that is not built in", `{"platforms":["weather"]}`, nil, nil, `c.json:1: platforms: found "weather", allowed: the platforms that this build has, carddav, caldav, dummy, feeds, irc, metadata, xmpp, and paths of executables with a / in them`},
		{"package for Node.js", `{"platforms":["@acme/weather"]}`, nil, nil, `c.json:1: platforms: found "@acme/weather", allowed: carddav, caldav, dummy, feeds, irc, metadata, xmpp and paths of executables; packages for Node.js cannot be loaded: give the path of an executable that speaks the worker protocol`},
		{"platform twice", `{"platforms":["irc","@sockethub/platform-irc"]}`, nil, nil, `c.json:1: platforms: found "@sockethub/platform-irc" twice, allowed: each platform once`},
		{"retries", `{"redis":{"maxRetriesPerRequest":"x"}}`, nil, nil, `c.json:1: redis.maxRetriesPerRequest: found "x", allowed: null or a whole number, 0 or more`},
		{"proxy", `{"sockethub":{"trustProxy":{}}}`, nil, nil, "c.json:1: sockethub.trustProxy: found an object, allowed: true, false, a number of hops, or a list of addresses, networks (10.0.0.0/8), loopback, linklocal, uniquelocal"},
		{"misspelt network", "", []string{"SOCKETHUB_TRUST_PROXY=10.0.0.1, lopback"}, nil, `SOCKETHUB_TRUST_PROXY: sockethub.trustProxy: found "lopback", allowed: true, false, a number of hops, or a list of addresses, networks (10.0.0.0/8), loopback, linklocal, uniquelocal; did you mean "loopback"?`},
		{"unknown setting of a platform", `{"packageConfig":{"@sockethub/platform-feeds":{"timeout":1}}}`, nil, nil, "c.json:1: packageConfig.@sockethub/platform-feeds.timeout: unknown key; known are connectTimeoutMs, allowPrivateAddresses, userAgent, allowedPorts"},
		{"misspelt setting of a platform", `{"packageConfig":{"dummy":{"greting":"a"}}}`, nil, nil, "c.json:1: packageConfig.dummy.greting: unknown key; known are greeting, crashVerbs; did you mean greeting?"},
		{"wrong setting of a platform", `{"packageConfig":{"caldav":{"connectTimeoutMs":0}}}`, nil, nil, "c.json:1: packageConfig.caldav.connectTimeoutMs: found 0, allowed: a whole number, 1 or more"},
		{"fetches without a limit", `{"packageConfig":{"feeds":{"connectTimeoutMs":0}}}`, nil, nil, "c.json:1: packageConfig.feeds.connectTimeoutMs: found 0, allowed: a whole number from 1 to 600000"},
		{"flag of a platform as a text", `{"packageConfig":{"feeds":{"allowPrivateAddresses":"yes"}}}`, nil, nil, `c.json:1: packageConfig.feeds.allowPrivateAddresses: found "yes", allowed: true or false`},
		{"wrong setting in a setting", `{"packageConfig":{"irc":{"bouncer":{"lingerSeconds":-1}}}}`, nil, nil, "c.json:1: packageConfig.irc.bouncer.lingerSeconds: found -1, allowed: a whole number from 0 to 31536000"},
		{"misspelt setting in a setting", "{\"packageConfig\":{\"irc\":{\"bouncer\":{\n\"lingerSecond\":1}}}}", nil, nil, "c.json:2: packageConfig.irc.bouncer.lingerSecond: unknown key; known are lingerSeconds; did you mean lingerSeconds?"},
		{"element of a setting", `{"packageConfig":{"feeds":{"allowedPorts":[80,0]}}}`, nil, nil, "c.json:1: packageConfig.feeds.allowedPorts.1: found 0, allowed: a whole number from 1 to 65535"},
		{"text that is too long", `{"packageConfig":{"irc":{"nickSuffix":"123456789"}}}`, nil, nil, `c.json:1: packageConfig.irc.nickSuffix: found "123456789", allowed: a text of 1 to 8 characters`},
		{"neither of two forms", `{"packageConfig":{"caldav":{"partitions":[5]}}}`, nil, nil, "c.json:1: packageConfig.caldav.partitions.0: found 5, allowed: a text, or an array, each a text"},
		{"member that is missing", `{"packageConfig":{"irc":{"webirc":{"a":{}}}}}`, nil, nil, "c.json:1: packageConfig.irc.webirc.a: found an object, allowed: an object with password"},
		{"settings of a platform twice", `{"packageConfig":{"irc":{},"@sockethub/platform-irc":{}}}`, nil, nil, "c.json:1: packageConfig.@sockethub/platform-irc: the settings of irc are here twice"},
		{"settings that are none", `{"packageConfig":{"irc":1}}`, nil, nil, "c.json:1: packageConfig.irc: found 1, allowed: an object"},
		{"settings of nothing", `{"packageConfig":[]}`, nil, nil, "c.json:1: packageConfig: found an array, allowed: an object with an object for each platform"},
		{"Redis elsewhere", "", []string{"REDIS_URL=http://u:hunter2@h"}, nil, "REDIS_URL: redis.url: found a text that is not shown here, allowed: redis://[[user]:password@]host[:port][/database], redis+sentinel://…host[:port],…/master[/database], redis+cluster://…host[:port],…, the same with rediss for TLS, unix:///path/of/socket, or nothing"},
		{"Redis elsewhere in the file", `{"redis":{"url":"hunter2"}}`, nil, nil, "c.json:1: redis.url: found a text that is not shown here, allowed: redis://[[user]:password@]host[:port][/database], redis+sentinel://…host[:port],…/master[/database], redis+cluster://…host[:port],…, the same with rediss for TLS, unix:///path/of/socket, or nothing"},
		{"Redis port", "", []string{"REDIS_PORT=x"}, nil, `REDIS_PORT: found "x", allowed: ` + whole16},
		{"DSN", "", nil, []string{"--sentry.dsn", "nonsense"}, "--sentry.dsn: sentry.dsn: found a text that is not shown here, allowed: https://KEY@HOST/PROJECT, or nothing"},
		{"short secret", "", []string{"SOCKETHUB_SECRET=abc"}, nil, "SOCKETHUB_SECRET: secret: found a text that is not shown here, allowed: at least 16 characters, or nothing"},
		{"certificate without key", `{"tls":{"cert":"a.pem"}}`, nil, nil, "c.json:1: tls.cert: tls.key is missing: both are needed"},
		{"the same path twice", `{"httpActions":{"enabled":true,"path":"/sockethub/"}}`, nil, nil, `c.json:1: httpActions.path: found "/sockethub/", allowed: another path than sockethub.path`},
		{"path without a slash", `{"sockethub":{"path":"x"}}`, nil, nil, `c.json:1: sockethub.path: found "x", allowed: a path that begins with / and is more than that`},
		{"admin", "", []string{"SOCKETHUB_ADMIN_LISTEN=yes"}, nil, `SOCKETHUB_ADMIN_LISTEN: admin.listen: found "yes", allowed: a port, host:port or unix:/path, or nothing`},
		{"no boolean", `{"httpActions":{"enabled":"maybe"}}`, nil, nil, `c.json:1: httpActions.enabled: found "maybe", allowed: ` + bools},
		{"number for a boolean", `{"httpActions":{"enabled":1}}`, nil, nil, "c.json:1: httpActions.enabled: found 1, allowed: " + bools},
		{"unknown flag", "", nil, []string{"--prot=1"}, "unknown flag --prot; did you mean --port?"},
		{"flag without value", "", nil, []string{"--port"}, "--port requires a value"},
		{"flag with a value too many", "", nil, []string{"--sentry-test=1"}, "--sentry-test takes no value"},
		{"unknown command", "", nil, []string{"chekc"}, `unknown command "chekc"; did you mean check?`},
		{"argument too many", "", nil, []string{"check", "now"}, `unexpected argument "now"`},
		{"generate nothing", "", nil, []string{"generate"}, "generate requires one of schema, man, bash, zsh, fish, markdown, messages, typescript, module"},
		{"generate something else", "", nil, []string{"generate", "mann"}, `generate: found "mann", allowed: schema, man, bash, zsh, fish, markdown, messages, typescript, module; did you mean man?`},
		{"everything at once", "{\n\"examples\":5,\n\"x\":1}", []string{"PORT=x"}, []string{"--host", " "}, "c.json:2: examples: found 5, allowed: " + bools +
			"\nc.json:3: x: unknown key" +
			"\nPORT: sockethub.port: found \"x\", allowed: " + whole16 +
			"\n--host: sockethub.host: found \" \", allowed: a host name, an address, unix:/path, or nothing for all addresses"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load(t, tt.file, tt.environ, tt.args...)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, %v\nwant %s", c, err, tt.want)
			}
			var problems Problems
			if !errors.As(err, &problems) {
				t.Errorf("%T is no Problems", err)
			}
			if strings.Contains(fmt.Sprint(err), "hunter2") {
				t.Errorf("a secret is in the error: %v", err)
			}
		})
	}
}

// An empty variable must not open what the file closes.
func TestEmptyCORSVariableDoesNotOverrideTheFile(t *testing.T) {
	c, err := load(t, `{"sockethub":{"cors":{"origin":"https://app.example"}}}`, []string{"SOCKETHUB_CORS_ORIGIN="})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Sockethub.CORS; got.Any || !reflect.DeepEqual(got.Origins, []string{"https://app.example"}) {
		t.Errorf("got %+v, want only https://app.example", got)
	}
}

// 0 and no are false, and what is no boolean is refused.
func TestBooleansAreStrict(t *testing.T) {
	for text, want := range map[string]bool{
		"true": true, "1": true, "yes": true, "on": true, "TRUE": true, "Yes": true,
		"false": false, "0": false, "no": false, "off": false, "False": false, "OFF": false,
	} {
		c, err := load(t, "", []string{"SOCKETHUB_HTTP_ACTIONS_ENABLED=" + text})
		if err != nil || c.HTTPActions.Enabled != want {
			t.Errorf("SOCKETHUB_HTTP_ACTIONS_ENABLED=%s: %v, %v; want %v", text, c, err, want)
		}
	}
	for _, text := range []string{"2", "ture", "enabled", "null", "-1"} {
		if _, err := load(t, "", []string{"SOCKETHUB_HTTP_ACTIONS_ENABLED=" + text}); err == nil {
			t.Errorf("SOCKETHUB_HTTP_ACTIONS_ENABLED=%s was accepted", text)
		}
	}
}

// A password is in nothing that is printed.
func TestSecretsAreMasked(t *testing.T) {
	const password = "hunter2-hunter2-hunter2"
	c, err := load(t, "", []string{"REDIS_URL=redis://u:" + password + "@h:1/0?password=" + password, "SOCKETHUB_SECRET=" + password, "SENTRY_DSN=https://" + password + "@s.example/1"})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "url", c.Redis.URL)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	changed := fmt.Sprint(testTable(t).Default().Changes(c))
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Redis.URL), string(b), log.String(), changed, c.Digest()} {
		if strings.Contains(text, password) {
			t.Errorf("the password is in %s", text)
		}
	}
	if got := c.Redis.URL.String(); got != "redis://***@h:1/0" {
		t.Errorf("the URL shows as %s", got)
	}
	if !strings.Contains(changed, "***") {
		t.Errorf("the change of a secret is not told: %s", changed)
	}
}

func TestNotes(t *testing.T) {
	tests := []struct {
		name, file string
		environ    []string
		want       []string
	}{
		{"nothing to say", "", nil, nil},
		{"no effect", `{"sentry":{"profileSessionSampleRate":0.5}}`, nil, []string{"c.json:1: sentry.profileSessionSampleRate has no effect: Sentry's library for Go has no profiler; see /debug/pprof on admin.listen"}},
		{"strange variable", "", []string{"SOCKETHUB_CORS_ORIGN=x", "SOCKETHUB_PORT_80_TCP_ADDR=1"}, []string{"SOCKETHUB_CORS_ORIGN: unknown variable; did you mean SOCKETHUB_CORS_ORIGIN?"}},
		{"a variable without the prefix", "", []string{"SOCKETHUB_PORT=8080", "SOCKETHUB_LOG_LEVEL=debug", "SOCKETHUB_HOST=tcp://10.0.0.1:80"}, []string{
			"SOCKETHUB_LOG_LEVEL: unknown variable; did you mean LOG_LEVEL?", "SOCKETHUB_PORT: unknown variable; did you mean PORT?"}},
		{"an array", `[]`, nil, []string{"c.json is an empty array, which stands for no settings; write {}"}},
		{"strange platform", `{"packageConfig":{"@sockethub/platform-xmp":{}}}`, nil, []string{`c.json:1: packageConfig.@sockethub/platform-xmp is the name of no platform that this build has; did you mean "@sockethub/platform-xmpp"?`}},
		{"trusted proxy", `{"sockethub":{"trustProxy":true}}`, nil, []string{"trusting proxy headers (trust proxy: true)"}},
		{"origins", `{"sockethub":{"cors":{"origin":"https://App.example:443/, nonsense, localhost:3000, https://b.example:8443"}}}`, nil, []string{
			`normalized cors origin "https://App.example:443/" to "https://app.example"`,
			`ignoring cors origin entry that is not a valid URL: "nonsense" (origins must include a scheme, e.g. https://app.example.com)`,
			`ignoring cors origin entry with no usable origin: "localhost:3000"`,
		}},
		{"no origin", `{"sockethub":{"cors":{"origin":"x"}}}`, nil, []string{
			`ignoring cors origin entry that is not a valid URL: "x" (origins must include a scheme, e.g. https://app.example.com)`,
			"cors origin config contained no valid origins; all cross-origin requests will be blocked",
		}},
		{"every origin", `{"sockethub":{"cors":{"origin":"https://a.example,*"}}}`, nil, []string{"cors origin list contains '*'; allowing any origin and ignoring the other entries"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load(t, tt.file, tt.environ)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range c.Notes {
				got = append(got, n.Text)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	tests := []struct {
		in   string
		any  bool
		want []string
	}{
		{"", true, nil},
		{" * ", true, nil},
		{"https://a.example", false, []string{"https://a.example"}},
		{"HTTPS://A.Example:443,https://a.example", false, []string{"https://a.example"}},
		{"http://[::1]:3000/", false, []string{"http://[::1]:3000"}},
		{"http://[::1]", false, []string{"http://[::1]"}},
		{"file:///x,data:x", false, nil},
		{",,", false, nil},
	}
	for _, tt := range tests {
		got, _ := parseOrigins(tt.in)
		if got.Any != tt.any || !reflect.DeepEqual(got.Origins, tt.want) {
			t.Errorf("parseOrigins(%q) = %+v, want %v, %q", tt.in, got, tt.any, tt.want)
		}
	}
}

func TestChangesAndDigest(t *testing.T) {
	old, err := load(t, `{"logging":{"level":"warn"},"sockethub":{"port":1}}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	next, err := load(t, `{"logging":{"level":"debug"},"sockethub":{"port":2},"packageConfig":{"dummy":{"greeting":"a"}}}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range old.Changes(next) {
		got = append(got, fmt.Sprint(c.Setting.Key, " ", c.Old, " ", c.New, " ", c.Setting.Reload))
	}
	want := []string{`logging.level "warn" "debug" true`, `packageConfig {} {…} false`, `sockethub.port 1 2 false`}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if old.Digest() == next.Digest() || len(old.Digest()) != 12 {
		t.Errorf("digests %s and %s", old.Digest(), next.Digest())
	}
	secret, err := load(t, `{"logging":{"level":"warn"},"sockethub":{"port":1}}`, []string{"SOCKETHUB_SECRET=0123456789abcdef"})
	if err != nil || secret.Digest() == old.Digest() {
		t.Errorf("a secret does not change the digest: %v", err)
	}
	moved, err := load(t, "", []string{"LOG_LEVEL=warn", "PORT=1"})
	if err != nil || moved.Digest() != old.Digest() {
		t.Errorf("the same settings from elsewhere have another digest: %v", err)
	}
}

func TestParseArgs(t *testing.T) {
	tests := []struct {
		args         []string
		name, target string
	}{
		{nil, "serve", ""},
		{[]string{"serve", "--port", "1"}, "serve", ""},
		{[]string{"check"}, "check", ""},
		{[]string{"health", "-c", "x"}, "health", ""},
		{[]string{"--version", "-h"}, "help", ""},
		{[]string{"--nonsense", "--help"}, "help", ""},
		{[]string{"-v", "--config"}, "version", ""},
		{[]string{"--write-config"}, "write-config", DefaultFile},
		{[]string{"--write-config", "--info"}, "write-config", DefaultFile},
		{[]string{"--write-config", "-"}, "write-config", "-"},
		{[]string{"--write-config=x.json"}, "write-config", "x.json"},
		{[]string{"--write-config", "y.json"}, "write-config", "y.json"},
		{[]string{"--sentry-test-crash", "--sentry-test"}, "sentry-test", ""},
		{[]string{"--sentry-test-crash"}, "sentry-test-crash", ""},
		{[]string{"generate", "man"}, "generate", "man"},
	}
	for _, tt := range tests {
		c, err := testTable(t).ParseArgs(tt.args)
		if err != nil || c.Name != tt.name || c.Target != tt.target {
			t.Errorf("testTable(t).ParseArgs(%q) = %+v, %v; want %s %s", tt.args, c, err, tt.name, tt.target)
		}
	}
}

func TestWriteDefault(t *testing.T) {
	t.Chdir(t.TempDir())
	path, err := testTable(t).WriteDefault("a.json")
	if err != nil || !filepath.IsAbs(path) {
		t.Fatalf("WriteDefault: %q, %v", path, err)
	}
	if _, err := testTable(t).WriteDefault("a.json"); err == nil || err.Error() != "refusing to overwrite existing file: "+path {
		t.Errorf("a second time: %v", err)
	}
	if _, err := testTable(t).WriteDefault("no/where.json"); err == nil {
		t.Error("wrote into a directory that is not there")
	}
	// What is written means the same as nothing.
	c, err := loadArgs(t, []string{"-c", "a.json"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if changes := testTable(t).Default().Changes(c); len(changes) != 1 || changes[0].Setting.Key != "$schema" {
		t.Errorf("the written file differs from the defaults: %v", changes)
	}
	if len(c.Notes) > 0 {
		t.Errorf("the written file is remarked on: %v", c.Notes)
	}
}

func FuzzParseDocument(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, "\ufeff{\"a\": [1, \"b\", null, {\"c\":\n true}]}", `{"a":}`, `{"a":1,"a":2}`, "{\"sockethub\":{\n\"port\":1}}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := parseDocument(text)
		if err != nil {
			if _, ok := err.(*Problem); !ok {
				t.Errorf("%q: %T is no *Problem", text, err)
			}
			return
		}
		if lines := strings.Count(string(text), "\n") + 1; n.line < 1 || n.line > lines {
			t.Errorf("%q: line %d of %d", text, n.line, lines)
		}
		l := &loader{table: testTable(t), config: testTable(t).Default(), environ: map[string]string{}}
		if n.kind == '{' {
			l.section("", n)
		}
	})
}

func FuzzVariables(f *testing.F) {
	f.Add("80abc", "10.0.0.0/255.0.0.0, loopback", "https://a.example,*", "irc,./x")
	f.Fuzz(func(t *testing.T, port, proxy, origin, platforms string) {
		k := whole[int](0, 65535)
		if n, wrong := k.readText(port); wrong == nil && (n < 0 || n > 65535) {
			t.Errorf("%q is read as %d", port, n)
		}
		if p, wrong := parseProxies(proxy); wrong == nil && p.All && p.Trusted() != p.All {
			t.Errorf("%q trusts nobody", proxy)
		}
		cors, _ := parseOrigins(origin)
		for _, o := range cors.Origins {
			if again, _ := parseOrigin(o); again != o {
				t.Errorf("%q became %q, and that %q", origin, o, again)
			}
		}
		if list, wrong := parsePlatforms(builtIn, platforms); wrong == nil && len(list) == 0 {
			t.Errorf("%q is no platform and no problem", platforms)
		}
	})
}

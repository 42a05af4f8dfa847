package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue/redis"
)

// checkTimeout bounds each question of check and health.
const checkTimeout = 5 * time.Second

// check says whether a server with these settings could start, line by line.
func (p *program) check(c *config.Config) int {
	ok := true
	say := func(what string, err error, detail string) {
		if err != nil {
			ok = false
			fmt.Fprintf(p.stdout, "[-]%s failed: %v\n", what, err)
			return
		}
		fmt.Fprintf(p.stdout, "[+]%s ok%s\n", what, detail)
	}
	file := c.File
	if file == "" {
		file = "no file"
	}
	say("configuration", nil, ": "+file+", digest "+c.Digest())
	for _, n := range c.Notes {
		fmt.Fprintf(p.stdout, "   %s\n", n.Text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*checkTimeout)
	defer cancel()
	found, err := p.findPlatforms(ctx, c)
	if err != nil {
		say("platforms", err, "")
	} else {
		say("platforms", tryPlatforms(ctx, c, found), ": each of "+names(found.definitions)+" has started")
		for _, n := range found.notes {
			if n.Level >= slog.LevelWarn {
				fmt.Fprintf(p.stdout, "   %s\n", n.Text)
			}
		}
	}
	if found != nil {
		for _, name := range refusesPrivate(found) {
			fmt.Fprintf(p.stdout, "   %[1]s: servers at addresses that are not public are refused; \"packageConfig\": {\"%[1]s\": {\"allowPrivateAddresses\": true}} allows them\n", name)
		}
	}
	if c.Redis.URL != "" {
		say("redis", tryRedis(ctx, c), ": "+c.Redis.URL.String())
	}
	if c.Auth.Required {
		tokens, err := countTokens(c)
		say("tokens", err, fmt.Sprintf(": %d in %s", tokens, c.Auth.Preshared.TokenFile))
	}
	for _, words := range append(rules(c).Words(), caps(c)...) {
		fmt.Fprintf(p.stdout, "   policy: %s\n", words)
	}
	if c.TLS.Cert != "" {
		ends, err := certificateEnds(c)
		say("tls", err, ": until "+ends.Format(time.DateOnly))
	}
	detail, err := checkListen(ctx, c)
	say("address", err, ": "+detail)
	if !ok {
		return 1
	}
	return 0
}

// refusesPrivate names the platforms that refuse servers in the operator's own
// network, which the reference connects to.
func refusesPrivate(found *platforms) (names []string) {
	for _, d := range found.definitions {
		if d.Name != "irc" && d.Name != "xmpp" {
			continue
		}
		if o, err := activity.ParseObject(found.config[d.Name]); err != nil || o.Get("allowPrivateAddresses") != true {
			names = append(names, d.Name)
		}
	}
	return names
}

// tryPlatforms starts a worker of each platform, and returns why those do not
// come to be ready that do not.
func tryPlatforms(ctx context.Context, c *config.Config, found *platforms) error {
	var failed []error
	for _, d := range found.definitions {
		failed = append(failed, supervisor.Try(ctx, d, supervisor.Options{
			Config:            found.config,
			LogLevel:          workerLevel(c),
			Sandbox:           c.Sandbox,
			WorkerMemoryBytes: c.Limits.WorkerMemoryBytes,
			WorkerOpenFiles:   c.Limits.WorkerOpenFiles,
		}))
	}
	return errors.Join(failed...)
}

// tryRedis does what the start does, and what the end does right after it.
func tryRedis(ctx context.Context, c *config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := redis.Check(ctx, redisOptions(c, slog.New(slog.DiscardHandler))); err != nil {
		return fmt.Errorf("%s: %w", c.Redis.URL, err)
	}
	return nil
}

func certificateEnds(c *config.Config) (time.Time, error) {
	pair, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key)
	if missing := (*fs.PathError)(nil); errors.As(err, &missing) {
		return time.Time{}, err // it names the file
	} else if err != nil {
		return time.Time{}, fmt.Errorf("certificate %s, key %s: %w", c.TLS.Cert, c.TLS.Key, err)
	}
	if time.Now().After(pair.Leaf.NotAfter) {
		return time.Time{}, fmt.Errorf("the certificate has ended on %s", pair.Leaf.NotAfter.Format(time.DateOnly))
	}
	return pair.Leaf.NotAfter, nil
}

// checkListen opens the listener for a moment. An address where a Sockethub
// answers is as good: its restart will take it over.
func checkListen(ctx context.Context, c *config.Config) (string, error) {
	where := listenURL(c, "ws")
	switch _, err := ask(ctx, c, "/livez"); {
	case err == nil:
		return where + ", a server answers there", nil
	case errors.Is(err, errStranger):
		return where, err
	}
	listeners, err := listen(c.Sockethub.Host, c.Sockethub.Port)
	for _, l := range listeners {
		l.Close()
	}
	return where + ", free", err
}

// health asks the running server whether it is ready.
func (p *program) health(c *config.Config) int {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	text, err := ask(ctx, c, "/readyz")
	if err != nil {
		fmt.Fprintln(p.stderr, err)
		return 1
	}
	fmt.Fprintln(p.stdout, text)
	return 0
}

// ask gets a page of the running server, at the address that it was told to
// listen on. Its own certificate need not name that.
func ask(ctx context.Context, c *config.Config, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	network, address := "tcp", net.JoinHostPort(dialHost(c.Sockethub.Host), strconv.Itoa(c.Sockethub.Port))
	if socket, ok := strings.CutPrefix(c.Sockethub.Host, "unix:"); ok {
		network, address = "unix", socket
	}
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // it only says ok
		DisableKeepAlives: true,
	}}
	scheme := "http"
	if c.TLS.Cert != "" {
		scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://localhost"+path, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	text := strings.TrimSpace(string(body))
	switch {
	case err != nil:
		return "", err
	case response.Header.Get("Server") != "sockethub":
		return "", fmt.Errorf("%w: %s", errStranger, response.Status)
	case response.StatusCode != http.StatusOK:
		return "", errors.New(text)
	}
	return text, nil
}

// errStranger reports an answer of something that listens where the server
// should, and is none.
var errStranger = errors.New("another program than Sockethub answers there")

// dialHost is where to reach a server that listens on a host.
func dialHost(host string) string {
	switch host {
	case "", "0.0.0.0":
		return "127.0.0.1"
	case "::":
		return "::1"
	}
	return host
}

// sentryTest sends a message to Sentry and reports whether it was taken.
func (p *program) sentryTest(c *config.Config) int {
	s, err := newSentry(c, p.stderr)
	if err != nil {
		return p.refuse(err)
	}
	if s == nil {
		fmt.Fprintln(p.stderr, "Sentry is not configured; no test event was sent")
		return 1
	}
	if err := s.Test(checkTimeout); err != nil {
		fmt.Fprintln(p.stdout, "Sentry test event failed")
		fmt.Fprintln(p.stderr, err)
		return 1
	}
	fmt.Fprintln(p.stdout, "Sentry test event sent")
	return 0
}

// sentryCrash reports an error as if it ended the program.
func (p *program) sentryCrash(c *config.Config) int {
	s, err := newSentry(c, p.stderr)
	if err != nil {
		return p.refuse(err)
	}
	if s == nil {
		fmt.Fprintln(p.stderr, "Sentry is not configured; no crash was reported")
		return 1
	}
	fmt.Fprintln(p.stderr, "Reporting a synthetic fatal error to Sentry")
	s.Fatal(errors.New("synthetic fatal error of --sentry-test-crash"))
	return 1
}

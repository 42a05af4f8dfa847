package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/remote"
)

// Options configures a Site.
type Options struct {
	Path            string // where Socket.IO is mounted, without a slash at its end; "" means /sockethub
	HTTPActionsPath string // never answered by the examples' fallback, also where HTTP actions are off; "" means /sockethub-http
	HTTPActions     bool   // HTTP actions are on: the inspector copies requests for them
	Examples        bool   // serve the examples application
	Version         string // of the server, shown by the application

	// What /examples-config.json tells: the address listened on, the address
	// that browsers use, and the platforms as the configuration names them.
	Host      string
	Port      int
	Public    Public
	Platforms []string

	// Schemas are what /examples-schemas.json tells of each platform: what clients
	// load with the registry, with the words for people, and recorded exchanges.
	Schemas map[string]Schemas

	// ClientAddress names the client for the limit on the fallback page; nil
	// means the peer's IP address.
	ClientAddress func(*http.Request) string
}

// Schemas are JSON Schemas of a platform, and its examples; nil where there are none.
type Schemas struct {
	Credentials json.RawMessage `json:"credentials,omitempty"`
	Messages    json.RawMessage `json:"messages,omitempty"`
	Examples    json.RawMessage `json:"examples,omitempty"`
}

// Public is the address under which browsers reach the server.
type Public struct {
	Protocol string `json:"protocol"` // http or https
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Path     string `json:"path"`
}

// fallbackLimit is for the page of the application, which anybody may ask for
// under any path; it is the reference's.
var fallbackLimit = ratelimit.Limit{Max: 60, Window: time.Minute}

// Site serves the browser files. Its methods may be called concurrently.
type Site struct {
	opts     Options
	scripts  map[string]*asset // by lower-case path
	files    map[string]*asset // the examples application, by path
	index    *asset
	fallback *ratelimit.Guard
	modified time.Time // of the program: the files are part of it
}

// New checks opts and returns a Site. Files are compressed when they are first
// asked for.
func New(opts Options) (*Site, error) {
	opts.Path = strings.TrimSuffix(opts.Path, "/")
	if opts.Path == "" {
		opts.Path = "/sockethub"
	}
	if opts.HTTPActionsPath == "" {
		opts.HTTPActionsPath = "/sockethub-http"
	}
	if !strings.HasPrefix(opts.Path, "/") {
		return nil, fmt.Errorf("web: path %q must begin with /", opts.Path)
	}
	if opts.Examples && opts.Public.Protocol != "http" && opts.Public.Protocol != "https" {
		return nil, errors.New("web: public protocol must be http or https")
	}
	if opts.ClientAddress == nil {
		opts.ClientAddress = remote.Proxies{}.Client
	}
	s := &Site{opts: opts, scripts: scripts(opts.Path), fallback: ratelimit.NewGuard(ratelimit.NewMemory(0), fallbackLimit), modified: built()}
	if !opts.Examples {
		return s, nil
	}
	config, err := examplesConfig(opts)
	if err != nil {
		return nil, err
	}
	for name, schemas := range opts.Schemas {
		for _, text := range []json.RawMessage{schemas.Credentials, schemas.Messages, schemas.Examples} {
			if text != nil && !json.Valid(text) {
				return nil, fmt.Errorf("web: schemas of %s are not JSON", name)
			}
		}
	}
	s.files = application(opts, config)
	s.index = s.files["/index.html"]
	s.files["/"] = s.index
	return s, nil
}

// Script reports whether path, below the path of Socket.IO, is one of the
// client scripts, which a Site serves and not the Socket.IO server.
func (s *Site) Script(path string) bool {
	return s.scripts[scriptPath(path)] != nil
}

// ServeHTTP answers every path that belongs to no other route of the server.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if script := s.scripts[scriptPath(path)]; script != nil {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		s.serve(w, r, script)
		return
	}
	if s.index == nil || s.isHTTPAction(path) {
		notFound(w, r)
		return
	}
	setPolicy(w.Header(), r.Host, " http: https:")
	if file := s.files[path]; file != nil {
		s.serve(w, r, file)
		return
	}
	// The application reads the path itself; a page that exists nowhere gets
	// its "not found" from there.
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if ok, _ := s.fallback.Admit(r.Context(), w, s.opts.ClientAddress(r)); !ok {
			return
		}
	}
	s.serve(w, r, s.index)
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request, file *asset) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		file.serve(w, r, s.modified)
	case http.MethodOptions:
		w.Header().Set("Allow", "GET, HEAD")
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write([]byte("GET, HEAD"))
	default:
		notFound(w, r)
	}
}

func (s *Site) isHTTPAction(path string) bool {
	path = strings.ToLower(path)
	base := strings.ToLower(s.opts.HTTPActionsPath)
	return path == base || strings.HasPrefix(path, base+"/")
}

// scriptPath forgives what a script tag gets wrong: letter case, a slash at the end.
func scriptPath(path string) string {
	return strings.ToLower(strings.TrimSuffix(path, "/"))
}

// hostPattern is what may stand in a header that names the host as a source.
var hostPattern = regexp.MustCompile(`^[A-Za-z0-9.\-\[\]:]+$`)

// setPolicy lets a page load what this server has and nothing else, but for
// pictures from more sources: the examples show one when a person clicks on it.
// WebSockets of the same host are named because 'self' leaves them out in older
// browsers.
func setPolicy(h http.Header, host, pictures string) {
	connect := "'self'"
	if hostPattern.MatchString(host) {
		connect += " ws://" + host + " wss://" + host
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"+pictures+"; connect-src "+
		connect+"; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

func notFound(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		path := html.EscapeString((&url.URL{Path: r.URL.Path}).EscapedPath())
		fmt.Fprintf(w, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n"+
			"<body>\n<pre>Cannot %s %s</pre>\n</body>\n</html>\n", html.EscapeString(r.Method), path)
	}
}

// examplesConfig is the body of /examples-config.json.
func examplesConfig(opts Options) ([]byte, error) {
	type listen struct {
		Host string `json:"host"`
		Port int    `json:"port"`
		Path string `json:"path"`
	}
	return json.Marshal(struct {
		Sockethub listen   `json:"sockethub"`
		Public    Public   `json:"public"`
		Platforms []string `json:"platforms,omitempty"`
	}{listen{opts.Host, opts.Port, opts.Path}, opts.Public, opts.Platforms})
}

// built is when the running program was written; zero where that is not known.
func built() time.Time {
	name, err := os.Executable()
	if err != nil {
		return time.Time{}
	}
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

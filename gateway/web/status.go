package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Status is how the server is at one moment, for the people who run it.
// Counters only rise; the page shows how fast.
type Status struct {
	Version     string           `json:"version"`
	Started     time.Time        `json:"started"`
	NotReady    string           `json:"notReady,omitempty"` // why no clients should come; "" when they may
	Connections int              `json:"connections"`
	Sessions    int              `json:"sessions"` // these, and those that may come back
	Events      uint64           `json:"events"`   // messages from clients, since the start
	Answers     uint64           `json:"answers"`  // given, since the start
	AnswerTime  time.Duration    `json:"-"`        // that all of them took together
	Waiting     int              `json:"waiting"`  // jobs in line
	Running     int              `json:"running"`  // jobs that workers have
	Restarts    uint64           `json:"restarts"` // workers that ended without being asked to
	Redis       string           `json:"redis"`    // "up", "down", or "" where none is configured
	Instances   []StatusInstance `json:"instances"`
}

// StatusInstance is one instance of a platform.
type StatusInstance struct {
	Platform string `json:"platform"`
	Name     string `json:"name"`  // what distinguishes it from others, fit to be shown
	State    string `json:"state"` // as "idle", "starting", "ready"
	PID      int    `json:"pid"`   // of its worker; 0 for none
	Sessions int    `json:"sessions"`
	Waiting  int    `json:"waiting"`
	Running  int    `json:"running"`
}

const (
	statusInterval   = 2 * time.Second
	maxStatusStreams = 16  // people who look at the same time
	maxInstances     = 200 // shown; the page says how many there are
)

// StatusPage serves /status: a page, and the numbers that it draws as
// server-sent events (HTML Living Standard, section 9.2).
//
//	GET /status/events HTTP/1.1
//
//	HTTP/1.1 200 OK
//	Content-Type: text/event-stream
//
//	data: {"version":"1.2.3","connections":12,"events":4711,…}
//
// It tells operators everything: it must not be served where clients are. Its
// methods may be called concurrently.
type StatusPage struct {
	Interval time.Duration // between events; set it before the page is served

	read     func() Status
	files    map[string]*asset
	streams  chan struct{} // holds an element for each stream
	modified time.Time

	once   sync.Once
	closed chan struct{}
}

// NewStatusPage returns a page that shows what read returns. read is called
// every Interval, two seconds at first, for each person who looks, by several
// goroutines at a time.
func NewStatusPage(read func() Status) *StatusPage {
	p := &StatusPage{
		Interval: statusInterval,
		read:     read,
		files:    map[string]*asset{},
		streams:  make(chan struct{}, maxStatusStreams),
		modified: built(),
		closed:   make(chan struct{}),
	}
	entries, err := fs.ReadDir(files, "files/status")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		p.files["/status/"+name] = newAsset(contentType(name), func() []byte { return mustRead("status/" + name) })
	}
	p.files["/status/icon.svg"] = newAsset(contentType(".svg"), func() []byte { return mustRead("app/sockethub-logo.svg") })
	p.files["/status"] = p.files["/status/index.html"]
	p.files["/status/"] = p.files["/status/index.html"]
	return p
}

// Close ends all streams, as for the shutdown of a server, which waits for them.
func (p *StatusPage) Close() { p.once.Do(func() { close(p.closed) }) }

func (p *StatusPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setPolicy(w.Header(), r.Host, "")
	file := p.files[r.URL.Path]
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		notFound(w, r)
	case r.URL.Path == "/status/events":
		p.stream(w, r)
	case file != nil:
		file.serve(w, r, p.modified)
	default:
		notFound(w, r)
	}
}

func (p *StatusPage) stream(w http.ResponseWriter, r *http.Request) {
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		http.Error(w, "too many people look at the status", http.StatusServiceUnavailable)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	tick := time.NewTicker(p.Interval)
	defer tick.Stop()
	out := http.NewResponseController(w)
	for {
		// A reader that takes nothing is given up.
		_ = out.SetWriteDeadline(time.Now().Add(10 * time.Second))
		if _, err := fmt.Fprintf(w, "data: %s\n\n", p.event()); err != nil {
			return
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-p.closed:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// event is one line of JSON.
func (p *StatusPage) event() []byte {
	type instance struct {
		StatusInstance
		Memory int64 `json:"memory"` // bytes of its worker alone; 0 where that is not known
	}
	s := p.read()
	shown := make([]instance, 0, min(len(s.Instances), maxInstances))
	for _, in := range s.Instances[:min(len(s.Instances), maxInstances)] {
		shown = append(shown, instance{in, privateMemory(in.PID)})
	}
	line, err := json.Marshal(struct {
		Status
		Now       int64      `json:"now"` // milliseconds since 1970: rates do not depend on the way
		AnswerMs  float64    `json:"answerMs"`
		Instances []instance `json:"instances"` // instead of those of Status
		Total     int        `json:"total"`
	}{s, time.Now().UnixMilli(), float64(s.AnswerTime) / float64(time.Millisecond), shown, len(s.Instances)})
	if err != nil {
		panic(err) // there is nothing in it that JSON lacks
	}
	return line
}

// privateMemory is what a process has for itself: what would be free without it.
// Pages that workers share, as those of the program, do not count. It comes from
// proc(5) on Linux, and is 0 elsewhere.
//
//	Private_Clean:         0 kB
//	Private_Dirty:      4212 kB
func privateMemory(pid int) int64 {
	if pid <= 0 {
		return 0
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return 0
	}
	var total int64
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || !strings.HasPrefix(fields[0], "Private_") {
			continue
		}
		kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return 0
		}
		total += kilobytes << 10
	}
	return total
}

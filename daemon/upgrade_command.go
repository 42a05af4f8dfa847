package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/handover"
)

const (
	// upgradeTime is how long the command waits for what becomes of an upgrade.
	upgradeTime = 2 * time.Minute

	upgradeCheck = 50 * time.Millisecond
)

// upgradeReport is what the address for operators tells of upgrades.
//
//	GET  /upgrade  {"pid":812,"version":"6.1.0","started":"2027-01-31T08:00:00Z","count":2,"running":false,"failed":false,"text":"upgraded from …"}
//	POST /upgrade  the same, and begins one
type upgradeReport struct {
	PID     int       `json:"pid"`
	Version string    `json:"version"`
	Started time.Time `json:"started"` // the server: an upgrade does not change it
	Count   int       `json:"count"`
	Running bool      `json:"running"`
	Failed  bool      `json:"failed"`
	Text    string    `json:"text,omitempty"`
}

func (s *server) upgradeReport() upgradeReport {
	s.upgrades.mu.Lock()
	defer s.upgrades.mu.Unlock()
	return upgradeReport{os.Getpid(), config.Version, s.started, s.upgrades.count, s.upgrades.running, s.upgrades.failed, s.upgrades.text}
}

// answerUpgrade answers GET and POST /upgrade.
func (s *server) answerUpgrade(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodPost {
		if r.Header.Get("Origin") != "" { // a page's, which may be anybody's
			http.Error(w, "no page may ask for that", http.StatusForbidden)
			return
		}
		err := handover.Supported()
		if err == nil {
			err = askUpgrade(os.Getpid())
		}
		if err != nil {
			w.WriteHeader(http.StatusNotImplemented)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
			return
		}
	}
	_ = json.NewEncoder(w).Encode(s.upgradeReport())
}

// upgrade is the command: it asks the running server to be replaced, waits, and
// says what happened.
func (p *program) upgrade(c *config.Config) int {
	if err := handover.Supported(); err != nil {
		return p.refuse(err)
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), upgradeTime, fmt.Errorf("nothing is known of it after %v: see the server's log", upgradeTime))
	defer cancel()
	text, err := p.requestUpgrade(ctx, c)
	if err != nil {
		return p.refuse(err)
	}
	fmt.Fprintln(p.stdout, text)
	return 0
}

func (p *program) requestUpgrade(ctx context.Context, c *config.Config) (string, error) {
	pid := 0
	if p.command.PID != "" {
		var err error
		if pid, err = strconv.Atoi(p.command.PID); err != nil || pid <= 1 {
			return "", fmt.Errorf("upgrade: found %q, allowed: the number of a process", p.command.PID)
		}
	}
	if c.Admin.Listen != "" {
		before, err := askAdmin(ctx, c, http.MethodGet)
		switch {
		case err == nil && (pid == 0 || pid == before.PID):
			return upgradeOver(ctx, c, before)
		case pid == 0:
			return "", fmt.Errorf("no server answers at admin.listen: %w", err)
		}
	}
	if pid == 0 {
		return "", errors.New("the server cannot be found: set admin.listen, or name the number of its process")
	}
	return p.upgradeBySignal(ctx, c, pid)
}

// upgradeOver has the server at the address for operators upgraded.
func upgradeOver(ctx context.Context, c *config.Config, before upgradeReport) (string, error) {
	now, err := askAdmin(ctx, c, http.MethodPost)
	for {
		switch {
		case err != nil && ctx.Err() == nil:
			return "", fmt.Errorf("the server does not answer any more: %w", err)
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case !now.Started.Equal(before.Started):
			return "", errors.New("the server was started anew: see its log")
		case now.Count > before.Count && !now.Running && now.Failed:
			return "", errors.New(now.Text)
		case now.Count > before.Count && !now.Running:
			return now.Text, nil
		}
		pause(ctx, upgradeCheck)
		// A connection that was let in last may end with the program.
		if now, err = askAdmin(ctx, c, http.MethodGet); err != nil {
			pause(ctx, upgradeCheck)
			now, err = askAdmin(ctx, c, http.MethodGet)
		}
	}
}

// askAdmin asks the address for operators about upgrades.
func askAdmin(ctx context.Context, c *config.Config, method string) (report upgradeReport, err error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	network, address := "tcp", c.Admin.Listen
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	} else if host, port, err := net.SplitHostPort(address); err == nil {
		address = net.JoinHostPort(dialHost(host), port)
	}
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		DisableKeepAlives: true,
	}}
	request, err := http.NewRequestWithContext(ctx, method, "http://localhost/upgrade", nil)
	if err != nil {
		return report, err
	}
	response, err := client.Do(request)
	if err != nil {
		return report, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return report, fmt.Errorf("it knows nothing of upgrades: %s", response.Status)
	}
	return report, json.NewDecoder(response.Body).Decode(&report)
}

// upgradeBySignal has a process upgraded that tells nobody how that went: it is
// tried here first, and then seen to have another program.
func (p *program) upgradeBySignal(ctx context.Context, c *config.Config, pid int) (string, error) {
	before, err := incarnation(pid)
	if err != nil {
		return "", err
	}
	var output bytes.Buffer
	trial := &program{definitions: p.definitions, table: p.table, environ: p.environ, stdout: &output, stderr: &output, command: p.command}
	if trial.checkTakesOver(c, strconv.Itoa(handover.Version)) != 0 {
		return "", errors.New("this program cannot take over: " + failures(output.String()))
	}
	if err := askUpgrade(pid); err != nil {
		return "", fmt.Errorf("process %d: %w", pid, err)
	}
	for {
		now, err := incarnation(pid)
		switch {
		case err != nil:
			return "", err
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case now != before:
			if _, err := ask(ctx, c, "/livez"); err == nil {
				return "upgraded to v" + config.Version, nil
			}
		}
		pause(ctx, upgradeCheck)
	}
}

// incarnation tells one program of a process from the next: where its stack starts
// is another place each time (field 28 of proc_pid_stat(5)).
func incarnation(pid int) (string, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", fmt.Errorf("there is no process %d", pid)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 26 || fields[25] == "0" {
		return "", fmt.Errorf("process %d is another user's: what becomes of it cannot be seen", pid)
	}
	return fields[25], nil
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// checkTakesOver is check, for a program that is to go on where a server is that
// runs: it has to understand its state, too.
func (p *program) checkTakesOver(c *config.Config, version string) int {
	n, err := strconv.Atoi(version)
	switch {
	case err != nil || n <= 0:
		err = fmt.Errorf("--takes-over: found %q, allowed: a version of a state", version)
	case handover.Supported() != nil:
		err = handover.Supported()
	case !handover.Reads(n):
		err = fmt.Errorf("v%s reads the state of version %d, not %d", config.Version, handover.Version, n)
	}
	if err != nil {
		fmt.Fprintf(p.stdout, "[-]state failed: %v\n", err)
		return 1
	}
	fmt.Fprintf(p.stdout, "[+]state ok: version %d\n", n)
	return p.check(c)
}

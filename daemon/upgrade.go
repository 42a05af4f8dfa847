package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/gateway"
	"github.com/sockethub/sockethub/handover"
)

// An upgrade replaces the program in its process, see package handover:
//
//	SIGUSR2 ─► trial: sockethub check --takes-over 1    it fails: one line in the log, nothing else
//	        ─► HTTP actions come to their end, for at most shutdown.timeoutMs
//	        ─► the gates are closed: new connections wait in the kernel's queue
//	        ─► Gateway.Freeze ─► HandOver ─► exec       it fails: Thaw, and open the gates
//	next program: arrive ─► start ─► Gateway.Restore ─► Resume ─► open the gates ─► READY=1

const (
	// trialTime is how long the next program may take to look at everything.
	trialTime = time.Minute

	// settleTime is how long workers may finish jobs whose clients cross: a longer
	// wait would be one for all, and what is not finished crosses too.
	settleTime = 150 * time.Millisecond

	// actionTime is how long HTTP actions may take that began meanwhile.
	actionTime = 300 * time.Millisecond

	// requestTime is how long requests that are under way may take to be read, and
	// to be answered.
	requestTime = 200 * time.Millisecond
)

// kindServer is the record of the program itself, the first one.
const kindServer = "server"

type serverState struct {
	Version   string          `json:"version"`
	Started   time.Time       `json:"started"`
	Frozen    time.Time       `json:"frozen"` // when the service paused
	Upgrades  int             `json:"upgrades"`
	Listeners []listenerState `json:"listeners"`
}

// upgrades is what operators may know of upgrades.
type upgrades struct {
	mu      sync.Mutex // guards the fields below
	count   int        // that were tried
	running bool
	failed  bool // the last one
	text    string
}

func (u *upgrades) begin() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.running {
		return false
	}
	u.count++
	u.running = true
	return true
}

func (u *upgrades) end(text string, failed bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.running, u.text, u.failed = false, text, failed
}

// prepared is an upgrade that has come so far that only the crossing is left.
type prepared struct {
	err error
}

// prepareUpgrade tries the next program, and waits until HTTP actions have come to
// their end: whoever asked for them is gone after the crossing. It runs beside the
// loop, which it tells over s.prepared.
func (s *server) prepareUpgrade(ctx context.Context) {
	err := s.try(ctx)
	if err == nil {
		within, cancel := context.WithTimeout(ctx, s.config.Shutdown.Timeout)
		s.gateway.AwaitActions(within)
		cancel()
	}
	select {
	case s.prepared <- prepared{err}:
	case <-ctx.Done():
	}
}

// try asks the program at the path that this one was started from whether it could
// go on.
func (s *server) try(ctx context.Context) error {
	if err := handover.Supported(); err != nil {
		return err
	}
	if s.program.path == "" {
		return errors.New("it is not known where this program was started from")
	}
	ctx, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	args := s.program.args[1:]
	if len(args) > 0 && args[0] == "serve" {
		args = args[1:]
	}
	trial := exec.CommandContext(ctx, s.program.path, append([]string{"check", "--takes-over", strconv.Itoa(handover.Version)}, args...)...)
	trial.Env = s.program.environ
	var output bytes.Buffer
	trial.Stdout, trial.Stderr = &output, &output
	if err := trial.Run(); err != nil {
		return fmt.Errorf("%s cannot take over: %w: %s", s.program.path, err, failures(output.String()))
	}
	return nil
}

// failures are the lines of a trial that say what is wrong, or else its last one.
func failures(output string) string {
	var lines []string
	last := ""
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[-]") || strings.HasPrefix(line, "Error:") {
			lines = append(lines, line)
		}
		if line != "" {
			last = line
		}
	}
	if len(lines) == 0 {
		lines = []string{last}
	}
	text := strings.Join(lines, "; ")
	return text[:min(len(text), 1000)]
}

// upgradeFailed says that this program serves on.
func (s *server) upgradeFailed(err error) {
	s.logger.Error("not upgraded: "+err.Error(), "namespace", "server:upgrade")
	s.upgrades.end("not upgraded: "+err.Error(), true)
}

// cross replaces the program. It returns if that failed, and then this one serves
// on.
func (s *server) cross(ctx context.Context, signals chan<- os.Signal) {
	began := time.Now()
	s.notify.reloading()
	s.notify.alive()
	err := s.execute(ctx, began)
	signal.Notify(signals, caught...)
	s.gateway.Thaw()
	s.openGates()
	s.notify.ready("serving, as version " + config.Version)
	s.upgradeFailed(err)
}

func (s *server) execute(ctx context.Context, began time.Time) error {
	s.closeGates()
	s.parking.park(requestTime)
	within, cancel := context.WithTimeout(ctx, actionTime)
	s.gateway.Pause(within)
	cancel()
	if err := s.gateway.Freeze(ctx, settleTime); err != nil {
		return err
	}
	s.parking.finish(requestTime) // polls, mostly, that were answered just now
	memory, err := handover.NewMemory()
	if err != nil {
		return err
	}
	defer memory.Close()
	w := handover.NewWriter(memory)
	crossed, err := s.handOver(w, began)
	if err != nil {
		return err
	}
	s.logger.Info("the next version takes over", "namespace", "server:upgrade", "path", s.program.path,
		"sessions", crossed.Sessions, "websockets", crossed.WebSockets, "workers", crossed.Workers, "jobs", crossed.Jobs, "bytes", w.Bytes())
	s.log.Flush(time.Second)
	// Until the next program listens to them they would end it.
	signal.Ignore(ignored...)
	s.gateway.OnThread(func() { err = w.Exec(memory, s.program.path, s.program.args, s.program.environ) })
	return err
}

func (s *server) handOver(w *handover.Writer, began time.Time) (c gateway.Crossed, err error) {
	state := serverState{Version: config.Version, Started: s.started, Frozen: began, Upgrades: s.upgrades.count}
	for _, g := range s.gates {
		l, err := g.handOver(w)
		if err != nil {
			return c, err
		}
		state.Listeners = append(state.Listeners, l)
	}
	if err := w.Put(kindServer, state); err != nil {
		return c, err
	}
	return s.gateway.HandOver(w)
}

func (s *server) closeGates() {
	for _, g := range s.gates {
		g.close()
	}
}

func (s *server) openGates() {
	s.parking.stop()
	for _, g := range s.gates {
		g.open()
	}
}

// startedFrom is the path that the program was started from, "" if it is not known.
// /proc/self/exe would lead to the file that runs, which an upgrade has replaced.
func startedFrom(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	if path, err = filepath.Abs(path); err != nil {
		return ""
	}
	return path
}

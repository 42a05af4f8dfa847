package daemon

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// notifier tells systemd how the service is (sd_notify(3)). Without a socket to
// tell it to, it says nothing.
type notifier struct {
	socket   string
	watchdog time.Duration // within which a sign of life is expected; 0: none is
}

// newNotifier takes the variables that systemd has set, so that workers do not
// see them.
func newNotifier() *notifier {
	n := &notifier{socket: os.Getenv("NOTIFY_SOCKET")}
	if pid := os.Getenv("WATCHDOG_PID"); pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if µs, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64); err == nil && µs > 0 {
			n.watchdog = time.Duration(µs) * time.Microsecond
		}
	}
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"} {
		os.Unsetenv(name)
	}
	return n
}

// send tells systemd assignments like READY=1. Nobody can be told of an error.
func (n *notifier) send(lines ...string) {
	if n.socket == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetWriteDeadline(time.Now().Add(time.Second))
	conn.Write([]byte(strings.Join(lines, "\n")))
}

func (n *notifier) ready(status string) { n.send("READY=1", "STATUS="+status) }

// reloading says that the program is about to be replaced, until ready.
func (n *notifier) reloading() {
	n.send("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", monotonic().Microseconds()), "STATUS=the next version takes over")
}

// stopping asks for as much time as the farewell may take.
func (n *notifier) stopping(wait time.Duration) {
	n.send("STOPPING=1", fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", wait.Microseconds()), "STATUS=finishing what is in progress")
}

// alive is the sign of life of the watchdog.
func (n *notifier) alive() { n.send("WATCHDOG=1") }

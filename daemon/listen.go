package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// inherited are sockets that systemd opened for this process, by name
// (sd_listen_fds(3)): "admin", and "http" for all others.
func inherited(getenv func(string) string, pid int, file func(fd uintptr, name string) *os.File) (map[string][]net.Listener, error) {
	if getenv("LISTEN_PID") != strconv.Itoa(pid) {
		return nil, nil
	}
	n, err := strconv.Atoi(getenv("LISTEN_FDS"))
	if err != nil || n < 0 || n > 64 {
		return nil, fmt.Errorf("LISTEN_FDS: found %q, allowed: a number from 0 to 64", getenv("LISTEN_FDS"))
	}
	fdNames := strings.Split(getenv("LISTEN_FDNAMES"), ":")
	listeners := map[string][]net.Listener{}
	for i := range n {
		name := "http"
		if i < len(fdNames) && fdNames[i] == "admin" {
			name = "admin"
		}
		f := file(uintptr(3+i), name)
		l, err := net.FileListener(f) // a copy, which workers do not inherit
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("inherited socket %d: %w", 3+i, err)
		}
		listeners[name] = append(listeners[name], l)
	}
	return listeners, nil
}

// inheritedSockets takes this process's, and makes sure that nobody takes them
// again.
func inheritedSockets() (map[string][]net.Listener, error) {
	listeners, err := inherited(os.Getenv, os.Getpid(), os.NewFile)
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		os.Unsetenv(name)
	}
	return listeners, err
}

// listen opens the main listener: unix:/path, or a host and port. localhost is
// both its addresses where the machine has both, so that whatever a client
// makes of the name is right.
func listen(host string, port int) ([]net.Listener, error) {
	if path, ok := strings.CutPrefix(host, "unix:"); ok {
		l, err := listenUnix(path, 0o660)
		if err != nil {
			return nil, err
		}
		return []net.Listener{l}, nil
	}
	if host != "localhost" {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return nil, explainListen(err)
		}
		return []net.Listener{l}, nil
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, explainListen(err)
	}
	listeners := []net.Listener{l}
	port = l.Addr().(*net.TCPAddr).Port
	if l, err := net.Listen("tcp", net.JoinHostPort("::1", strconv.Itoa(port))); err == nil {
		listeners = append(listeners, l)
	}
	return listeners, nil
}

// listenAdmin opens the address for operators. A socket in the file system is
// for the server's own user only.
func listenAdmin(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return listenUnix(path, 0o600)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, explainListen(err)
	}
	return l, nil
}

// listenUnix opens a socket in the file system. One that a server left behind
// is replaced, one that is in use is not.
func listenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	l, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) {
		conn, dialled := net.DialTimeout("unix", path, time.Second)
		if dialled == nil {
			conn.Close()
			return nil, fmt.Errorf("listen EADDRINUSE: address already in use %s", path)
		}
		if info, e := os.Lstat(path); e != nil || info.Mode()&fs.ModeSocket == 0 {
			return nil, fmt.Errorf("listen %s: the file is there and is no socket", path)
		}
		if err = os.Remove(path); err == nil {
			l, err = net.Listen("unix", path)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// explainListen words the most frequent failure as the reference does.
func explainListen(err error) error {
	var op *net.OpError
	if errors.Is(err, syscall.EADDRINUSE) && errors.As(err, &op) {
		return fmt.Errorf("listen EADDRINUSE: address already in use %s", op.Addr)
	}
	return err
}

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// sessionOther is the second person, otto on slixmpp.
type sessionOther struct {
	in io.WriteCloser

	mu    sync.Mutex
	lines []string // of JSON, as the program says them
}

func startOther(t *testing.T, p *prosody) *sessionOther {
	t.Helper()
	const python = "/usr/bin/python3" // Debian's, which has Debian's packages
	if exec.Command(python, "-c", "import slixmpp").Run() != nil {
		peer.Missing(t, "slixmpp is not installed")
	}
	host, port, _ := net.SplitHostPort(p.address)
	cmd := exec.Command(python, "../../platform/xmpp/testdata/server/peer.py", "otto@localhost/phone", "sesame", host, port, filepath.Join(p.dir, "ca.pem"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o := &sessionOther{in: in}
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			o.mu.Lock()
			o.lines = append(o.lines, lines.Text())
			o.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-read
		cmd.Wait()
	})
	eventually(t, "the second person is there", func() bool { return o.got(`"ready"`) })
	return o
}

func (o *sessionOther) says(stanza string) { fmt.Fprintln(o.in, stanza) }

func (o *sessionOther) got(part string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, line := range o.lines {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

// sessionProxy stands between the platform and prosody.
type sessionProxy struct {
	listener net.Listener

	mu    sync.Mutex
	down  bool
	conns []net.Conn
}

func newSessionProxy(t *testing.T, to string) *sessionProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &sessionProxy{listener: l}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil || !p.keep(near, far) {
				near.Close()
				continue
			}
			wait.Go(func() { io.Copy(near, far); near.Close() })
			wait.Go(func() { io.Copy(far, near); far.Close() })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.cut(true)
		wait.Wait()
	})
	return p
}

// keep reports whether the network is there.
func (p *sessionProxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, conns...)
	return !p.down
}

// cut resets all connections, and all that come while it is down.
func (p *sessionProxy) cut(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	for _, c := range p.conns {
		if down {
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}
	if down {
		p.conns = nil
	}
}

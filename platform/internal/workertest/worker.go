// Package workertest drives a worker in tests: what a test sends are the server's
// frames, what it expects are the worker's.
//
//	w := workertest.Start(t, sandbox.Launch{Platform: "parrot", Instance: "i1"})
//	w.Send(`{"type":"hello","protocol":1,"platform":"parrot","instance":"i1","config":{}}`)
//	w.Expect(`{"type":"ready"}`)
package workertest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

// Worker is a worker whose frames a test writes and reads: a process, or a
// goroutine of the test.
type Worker struct {
	T      testing.TB
	In     io.WriteCloser
	Lines  chan string // closed at the end of its output
	Stderr *Buffer
	Pid    int // of a process
	Wait   func() error
}

type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.ReplaceAll(b.buf.String(), NoCoverage+"\n", "")
}

// NoCoverage is what a test binary that was built with -cover says at the end of
// each process that it is used for.
const NoCoverage = "warning: GOCOVERDIR not set, no coverage data emitted"

// Patience is how long a test waits for what must come.
const Patience = time.Minute

// Start starts a worker as the server does.
func Start(t testing.TB, l sandbox.Launch) *Worker {
	t.Helper()
	return StartWith(t, l)
}

// StartWith starts one that inherits more descriptors.
func StartWith(t testing.TB, l sandbox.Launch, extra ...*os.File) *Worker {
	t.Helper()
	path, argv, env := l.Command()
	cmd := &exec.Cmd{Path: path, Args: argv, Env: env, ExtraFiles: extra}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, outEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w := &Worker{T: t, In: in, Stderr: new(Buffer)}
	cmd.Stdout, cmd.Stderr = outEnd, w.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	outEnd.Close()
	w.Pid = cmd.Process.Pid
	w.Read(out)
	ended := make(chan struct{})
	var result error
	go func() {
		result = cmd.Wait()
		close(ended)
	}()
	w.Wait = func() error {
		select {
		case <-ended:
			return result
		case <-time.After(Patience):
			return errors.New("the worker did not end")
		}
	}
	t.Cleanup(func() {
		in.Close()
		select {
		case <-ended:
		case <-time.After(Patience):
			cmd.Process.Kill()
			<-ended
			t.Errorf("worker did not end after its input did")
		}
		out.Close()
	})
	return w
}

func (w *Worker) Read(out io.Reader) {
	w.Lines = make(chan string, 1000)
	go func() {
		defer close(w.Lines)
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			w.Lines <- strings.TrimSuffix(line, "\n")
		}
	}()
}

func (w *Worker) Send(lines ...string) {
	w.T.Helper()
	if _, err := io.WriteString(w.In, strings.Join(lines, "\n")+"\n"); err != nil {
		w.T.Fatalf("write to the worker: %v; its stderr: %s", err, w.Stderr)
	}
}

// Next returns the next frame that is no heartbeat, "" at the end.
func (w *Worker) Next() string {
	w.T.Helper()
	for {
		select {
		case line := <-w.Lines:
			if line != `{"type":"heartbeat"}` {
				return line
			}
		case <-time.After(Patience):
			w.T.Fatalf("no frame from the worker; its stderr: %s", w.Stderr)
		}
	}
}

func (w *Worker) Expect(want ...string) {
	w.T.Helper()
	for _, line := range want {
		if got := w.Next(); got != line {
			w.T.Fatalf("the worker wrote\n%s\nwant\n%s\nits stderr: %s", got, line, w.Stderr)
		}
	}
}

// Script makes an executable of shell commands.
func Script(t *testing.T, commands string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("scripts cannot be executed here")
	}
	path := filepath.Join(t.TempDir(), "platform")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+commands+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

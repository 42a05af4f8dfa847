package supervisor

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

const (
	// describeTime is how long an executable may take to describe itself,
	// whatever the context allows.
	describeTime = 10 * time.Second

	// maxPrelude is how many lines that are no answer may come before it.
	maxPrelude = 100
)

// Describe asks an external executable what platform it is: it starts it as a
// worker, in the sandbox if that is wanted, sends the frame "describe" and ends
// it after the answer. Errors name the path, and hold the last that the
// executable wrote to its standard error.
func Describe(ctx context.Context, path string, shutIn bool) (*platform.Definition, error) {
	d, err := describe(ctx, path, shutIn)
	if err != nil {
		return nil, fmt.Errorf("platform %s: %w", path, err)
	}
	return d, nil
}

func describe(ctx context.Context, path string, shutIn bool) (*platform.Definition, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.Unwrap(err) // the path is in the error already
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, describeTime, fmt.Errorf("no description within %v", describeTime))
	defer cancel()
	answer, err := askOnce(ctx, sandbox.Launch{Program: path, Sandbox: shutIn, Ports: []int{}}, []byte(`{"type":"describe"}`+"\n"), "describe", "description")
	if err != nil {
		return nil, err
	}
	d, err := platform.ReadDescription(answer)
	if err != nil {
		return nil, err
	}
	d.Program = path
	return d, nil
}

// Try starts a worker of a platform as a Manager with these options would, and
// ends it once it is ready. The error is why it does not come to be, and holds
// the last that it wrote to its standard error.
func Try(ctx context.Context, d *platform.Definition, o Options) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("not ready within %v", startTimeout))
	defer cancel()
	_, err := askOnce(ctx, sandbox.Launch{
		Program: d.Program, Platform: d.Name, Instance: Key{Platform: d.Name}.ID(), Persist: d.Persist,
		Sandbox: o.Sandbox, Ports: d.Ports, MemoryBytes: o.WorkerMemoryBytes, OpenFiles: o.WorkerOpenFiles,
	}, frame.AppendHello(nil, d.Name, Key{Platform: d.Name}.ID(), o.Config[d.Name], o.Policy, 0, o.LogLevel, frame.MaxResult, new(frame.Notes)), "ready", "word of being ready")
	if err != nil {
		return fmt.Errorf("platform %s: %w", d.Name, err)
	}
	return nil
}

// askOnce runs a worker until it has answered a frame with one of a type; what
// is what errors call that.
func askOnce(ctx context.Context, l sandbox.Launch, question []byte, answerType, what string) (*activity.Object, error) {
	pipes, err := makePipes()
	if err != nil {
		return nil, err
	}
	defer pipes.close()
	path, argv, env := l.Command()
	child, exit, err := sandbox.StartChild(path, argv, env, pipes.theirs[:])
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	pipes.closeTheirs()

	type reply struct {
		description *activity.Object
		err         error
	}
	exited, last, answer := make(chan struct{}), make(chan string, 1), make(chan reply, 1)
	go func() { // all three end with the child, or when its pipes are closed
		exit.Wait()
		exit.Close()
		close(exited)
	}()
	go func() { last <- lastLine(pipes.ours[2]) }()
	go func() {
		o, err := firstFrame(pipes.ours[1], answerType, what)
		answer <- reply{o, err}
	}()
	// It may be one that does not read. An error is that, or that it has ended,
	// which its output tells as well.
	stop := context.AfterFunc(ctx, func() { pipes.ours[0].SetWriteDeadline(time.Now()) })
	defer stop()
	_, _ = pipes.ours[0].Write(question)

	var r reply
	select {
	case r = <-answer:
	case <-ctx.Done():
		r.err = context.Cause(ctx)
	}
	if r.err == io.EOF { // it is about to end, with a status
		select {
		case <-exited:
		case <-ctx.Done():
		}
	}
	sandbox.SignalGroup(child, sandbox.KillSignal)
	<-exited
	state, err := child.Wait()
	switch {
	case r.err != io.EOF:
		return r.description, r.err
	case err != nil:
		return nil, err
	}
	text := "it ended (" + state.String() + ") without a " + what
	select {
	case line := <-last:
		if line != "" {
			text += ": " + line
		}
	case <-ctx.Done():
	}
	return nil, errors.New(text)
}

// firstFrame reads lines until one is a frame of a type.
func firstFrame(r io.Reader, frameType, what string) (*activity.Object, error) {
	input := frame.Input{R: r}
	for n := 0; n < maxPrelude; {
		lines, err := input.More()
		if err != nil {
			return nil, err
		}
		for line := range bytes.SplitSeq(lines, []byte{'\n'}) {
			if o, err := activity.ParseObject(line); err == nil && o.Text("type") == frameType {
				return o, nil
			}
			n++
		}
	}
	return nil, fmt.Errorf("it wrote %d lines and no %s", maxPrelude, what)
}

// lastLine reads to the end and returns the last line that is not empty, or the
// last error if there is one, without its level.
func lastLine(r io.Reader) string {
	const keep = 1000
	var last []byte
	failed := false
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		level, text := frame.LogLevel(lines.Bytes())
		if text = bytes.TrimSpace(text); len(text) > 0 && (level >= slog.LevelError || !failed) {
			last = append(last[:0], text[:min(len(text), keep)]...)
			failed = level >= slog.LevelError
		}
	}
	return strings.ToValidUTF8(string(last), "�")
}

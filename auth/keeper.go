package auth

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Keeper knows the tokens of a file as it is now, or as it was when it could be
// read the last time.
type Keeper struct {
	path string
	log  *slog.Logger
	list atomic.Pointer[List]

	mu    sync.Mutex  // guards the fields below
	seen  os.FileInfo // of the file, when it was last read
	wrong string      // why it could not be read, as the log has it
}

// Open reads a file for the first time.
func Open(path string, log *slog.Logger) (*Keeper, error) {
	k := &Keeper{path: path, log: log}
	list, seen, err := k.read()
	if err != nil {
		return nil, err
	}
	k.seen = seen
	k.list.Store(list)
	return k, nil
}

// Len returns the number of tokens, those that have expired included.
func (k *Keeper) Len() int { return len(k.list.Load().tokens) }

// watchInterval is between two looks at the file and the clock. A token that was
// taken out ends its sessions within 10 s, one look's work included.
const watchInterval = 2 * time.Second

// Watch looks at the file until ctx ends, and calls look each time: tokens expire
// although the file stays as it is.
func (k *Keeper) Watch(ctx context.Context, look func()) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			k.refresh()
			look()
		}
	}
}

// refresh reads the file again if it has changed. One that cannot be used leaves
// the list as it was, and is said once.
func (k *Keeper) refresh() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, err := os.Stat(k.path)
	if err == nil && k.wrong == "" && os.SameFile(now, k.seen) && now.ModTime().Equal(k.seen.ModTime()) && now.Size() == k.seen.Size() {
		return
	}
	list, seen, err := k.read()
	if err != nil {
		if k.wrong != err.Error() {
			k.wrong = err.Error()
			k.log.Error("the tokens have changed and cannot be used; the last good ones stay in force", "namespace", Namespace, "error", err)
		}
		return
	}
	k.seen, k.wrong = seen, ""
	k.list.Store(list)
	k.log.Info("the tokens were read anew", "namespace", Namespace, "tokens", len(list.tokens))
}

func (k *Keeper) read() (*List, os.FileInfo, error) {
	f, err := os.Open(k.path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	return readFrom(f)
}

// readFrom reads an open file: what is known of it belongs to what is in it.
func readFrom(f *os.File) (*List, os.FileInfo, error) {
	seen, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !seen.Mode().IsRegular() {
		return nil, nil, &fs.PathError{Op: "read", Path: f.Name(), Err: fs.ErrInvalid}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, nil, err
	}
	list, err := Parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return list, seen, nil
}

package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	certificateCheck = 30 * time.Second    // between looks at the files
	certificateWarn  = 14 * 24 * time.Hour // before the certificate ends
)

// certificate is a server's, read anew when its files change.
type certificate struct {
	log     *slog.Logger
	current atomic.Pointer[tls.Certificate]

	mu        sync.Mutex // guards the fields below
	cert, key string
	seen      [2]os.FileInfo // of the files, when they were last read
}

// newCertificate reads the files for the first time.
func newCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{log: log.With("namespace", "server:listener"), cert: cert, key: key}
	if err := c.load(cert, key); err != nil {
		return nil, err
	}
	return c, nil
}

// load reads files, which are the ones to watch from now on. After an error the
// certificate before stays in use.
func (c *certificate) load(cert, key string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := [2]os.FileInfo{}
	for i, path := range []string{cert, key} {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("tls: %w", err)
		}
		seen[i] = info
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("tls: %s and %s: %w", cert, key, err)
	}
	c.cert, c.key, c.seen = cert, key, seen
	c.current.Store(&pair)
	switch left := time.Until(pair.Leaf.NotAfter); {
	case left <= 0:
		c.log.Error("the certificate has ended", "file", cert, "since", pair.Leaf.NotAfter)
	case left < certificateWarn:
		c.log.Warn("the certificate ends soon", "file", cert, "at", pair.Leaf.NotAfter)
	}
	return nil
}

// changed reports whether a file is another than the one that was read.
func (c *certificate) changed() (cert, key string, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return c.cert, c.key, false // being replaced; the next look will tell
		}
		if !os.SameFile(info, c.seen[i]) || !info.ModTime().Equal(c.seen[i].ModTime()) || info.Size() != c.seen[i].Size() {
			changed = true
		}
	}
	return c.cert, c.key, changed
}

// watch looks at the files every period until ctx ends. Files that do not fit
// together, as while they are being replaced, are looked at again.
func (c *certificate) watch(ctx context.Context, period time.Duration) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		cert, key, changed := c.changed()
		if !changed {
			continue
		}
		if err := c.load(cert, key); err != nil {
			c.log.Error("the certificate's files have changed and cannot be used", "error", err)
			continue
		}
		c.log.Info("the certificate was read anew", "file", cert)
	}
}

// config is what a listener needs. HTTP/1.1 only: Engine.IO's WebSockets start
// there.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.current.Load(), nil
		},
	}
}

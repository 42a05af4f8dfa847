package trust

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Where crypto/x509 looks on Linux: the first of the files that can be read, and
// all files in the folders.
var (
	bundles = []string{
		"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Gentoo, Arch
		"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
		"/etc/ssl/ca-bundle.pem",                            // openSUSE
		"/etc/pki/tls/cacert.pem",                           // OpenELEC
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // CentOS, RHEL 7
		"/etc/ssl/cert.pem",                                 // Alpine
	}
	folders = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}

	// linked are the folders that the links in them lead to.
	linked = []string{
		"/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/share/pki",
		"/etc/pki/ca-trust", "/etc/ca-certificates", "/var/lib/ca-certificates",
	}
)

// sources are the bundles and the folders that the environment leaves.
func sources() (files, dirs []string) {
	files, dirs = bundles, folders
	if f := os.Getenv("SSL_CERT_FILE"); f != "" {
		files = []string{f}
	}
	if d := os.Getenv("SSL_CERT_DIR"); d != "" {
		dirs = strings.Split(d, ":")
	}
	return files, dirs
}

// Paths are the files and folders that a process must be able to read to verify
// certificates, with this environment. Some may not exist.
func Paths() []string {
	files, dirs := sources()
	paths := append(append([]string{}, files...), dirs...)
	if os.Getenv("SSL_CERT_FILE") == "" || os.Getenv("SSL_CERT_DIR") == "" {
		paths = append(paths, linked...)
	}
	return paths
}

// verify looks into the bundle, and into the folders only when it has no root
// for the chain: they hold the same certificates on most systems.
func verify(chain []*x509.Certificate, options x509.VerifyOptions) error {
	options.Roots = x509.NewCertPool()
	s := search{pool: options.Roots, chain: chain}
	files, dirs := sources()
	for _, file := range files {
		if s.file(file) {
			break
		}
	}
	_, err := chain[0].Verify(options)
	var name x509.HostnameError
	if err == nil || errors.As(err, &name) {
		return err
	}
	for _, dir := range dirs {
		s.dir(dir)
	}
	if _, err = chain[0].Verify(options); err != nil && s.certificates == 0 {
		if s.err == nil {
			s.err = errors.New("there are none")
		}
		return fmt.Errorf("the system's root certificates: %w", s.err)
	}
	return err
}

// search adds to pool what a bundle holds of the roots that a chain may end in.
type search struct {
	pool         *x509.CertPool
	chain        []*x509.Certificate
	certificates int   // seen
	err          error // the first one, but for files that do not exist
	block        block // of the bundle at hand
}

// file searches a bundle; false when it cannot be read.
func (s *search) file(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		if s.err == nil && !errors.Is(err, fs.ErrNotExist) {
			s.err = err
		}
		return false
	}
	defer f.Close()
	if err := s.read(f); err != nil {
		if s.err == nil {
			s.err = fmt.Errorf("read %s: %w", path, err)
		}
		return false
	}
	return true
}

func (s *search) dir(path string) {
	entries, err := os.ReadDir(path)
	if err != nil {
		if s.err == nil && !errors.Is(err, fs.ErrNotExist) {
			s.err = err
		}
		return
	}
	for _, e := range entries {
		name := filepath.Join(path, e.Name())
		if e.Type()&fs.ModeSymlink != 0 {
			// Folders made by c_rehash have two names for each file.
			if target, err := os.Readlink(name); err == nil && !strings.Contains(target, "/") {
				continue
			}
		}
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			s.file(name)
		}
	}
}

const (
	maxLine = 4 << 10   // bytes that a line is read in; PEM has 65
	maxDER  = 128 << 10 // of a certificate; the largest root has 2 KiB
)

// read goes through the PEM blocks (RFC 7468) of a bundle. A block that is no
// certificate is passed over, as are those that have headers.
func (s *search) read(r io.Reader) error {
	lines := bufio.NewReaderSize(r, maxLine)
	var inside, within bool // a block; a line that is longer than maxLine
	for {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return err
		}
		marker := line
		if within {
			marker = nil
		}
		within = err == bufio.ErrBufferFull
		switch string(trimLine(marker)) {
		case "-----BEGIN CERTIFICATE-----":
			inside = true
			s.block.reset()
		case "-----END CERTIFICATE-----":
			if inside && s.block.whole() {
				s.consider()
			}
			inside = false
		default:
			if inside {
				s.block.decode(line)
			}
		}
	}
}

// trimLine takes the end off a line, and the blanks before it.
func trimLine(line []byte) []byte {
	if before, ok := bytes.CutSuffix(line, []byte{'\n'}); ok {
		line = bytes.TrimSuffix(before, []byte{'\r'})
	}
	return bytes.TrimRight(line, " \t")
}

// block is what is decoded of a PEM block.
type block struct {
	der   []byte
	group [4]byte // base64 that is not decoded yet
	n     int     // of group
	ended bool    // by padding
	wrong bool    // it is no certificate
}

func (b *block) reset() { *b = block{der: b.der[:0]} }

// whole reports whether der is all of what the block holds.
func (b *block) whole() bool { return !b.wrong && b.n == 0 }

func (b *block) decode(line []byte) {
	for _, c := range line {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			continue
		}
		b.group[b.n] = c
		if b.n++; b.n < len(b.group) {
			continue
		}
		b.n = 0
		var out [3]byte
		k, err := base64.StdEncoding.Decode(out[:], b.group[:])
		if err != nil || b.ended || len(b.der) > maxDER {
			b.wrong = true
			return
		}
		b.ended = k < len(out)
		b.der = append(b.der, out[:k]...)
	}
}

// consider adds the certificate at hand if the chain may end in it: it issued
// one of the chain, or is the first of it itself. x509 compares names the same
// way, byte by byte.
func (s *search) consider() {
	s.certificates++
	named := bytes.Contains(s.block.der, s.chain[0].RawSubject)
	for _, c := range s.chain {
		named = named || bytes.Contains(s.block.der, c.RawIssuer)
	}
	if !named {
		return
	}
	root, err := x509.ParseCertificate(s.block.der)
	if err != nil {
		return // x509's own loader passes over it as well
	}
	if bytes.Equal(root.RawSubject, s.chain[0].RawSubject) {
		s.pool.AddCert(root)
		return
	}
	for _, c := range s.chain {
		if bytes.Equal(root.RawSubject, c.RawIssuer) {
			s.pool.AddCert(root)
			return
		}
	}
}

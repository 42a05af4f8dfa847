package handover

import (
	"fmt"
	"net"
	"os"
	"sync"
)

// Files are the descriptors that crossed. Each belongs to whoever takes it; what
// nobody took is closed by Close, so that nothing is open that nobody knows of.
type Files struct {
	// Wrap, unless it is nil, gets each connection that crossed before its owner.
	Wrap func(net.Conn) net.Conn

	mu   sync.Mutex // guards open
	open map[int]*os.File
}

// NewFiles makes them of files that stand for the numbers which a state has.
func NewFiles(open map[int]*os.File) *Files { return &Files{open: open} }

// Take returns a descriptor that crossed. It is the caller's to close. Errors call it
// name.
func (f *Files) Take(fd int, name string) (*os.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	file := f.open[fd]
	if file == nil {
		return nil, fmt.Errorf("descriptor %d (%s) did not cross", fd, name)
	}
	delete(f.open, fd)
	return file, nil
}

// Conn is Take for a connection.
func (f *Files) Conn(fd int) (net.Conn, error) {
	file, err := f.Take(fd, "connection")
	if err != nil {
		return nil, err
	}
	defer file.Close() // FileConn made a copy
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("descriptor %d is no connection: %w", fd, err)
	}
	if f.Wrap != nil {
		conn = f.Wrap(conn)
	}
	return conn, nil
}

// Listener is Take for a listener.
func (f *Files) Listener(fd int) (net.Listener, error) {
	file, err := f.Take(fd, "listener")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	l, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("descriptor %d is no listener: %w", fd, err)
	}
	return l, nil
}

// Close closes what nobody took, and returns how many these were.
func (f *Files) Close() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.open)
	for _, file := range f.open {
		file.Close()
	}
	f.open = nil
	return n
}

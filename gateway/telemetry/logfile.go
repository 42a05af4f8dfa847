package telemetry

import (
	"fmt"
	"os"
)

// maxLogFile bounds the log file, which has debug messages unless it is told
// otherwise: more than what packaging/logrotate lets it have, and less than what
// fills a small disk where nobody rotates it.
const maxLogFile = 128 << 20

// logFile is a file of lines. One that has grown to its bound becomes NAME.old, in
// the place of the one before, and another begins. It is used by one goroutine.
type logFile struct {
	*os.File
	size, most int64 // size is negative for what is no regular file, which has no bound
}

func openLogFile(name string, most int64) (*logFile, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	l := &logFile{File: f, size: -1, most: most}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		l.size = info.Size()
	}
	return l, nil
}

// Write appends lines. What is there already is left alone when it cannot be
// renamed: then the file goes on growing rather than being lost.
func (l *logFile) Write(lines []byte) (int, error) {
	if l.size >= 0 {
		l.size += int64(len(lines))
		if l.size > l.most {
			if err := l.begin(int64(len(lines))); err != nil {
				l.size = int64(len(lines)) // the next try comes when as much was written again
			}
		}
	}
	return l.File.Write(lines)
}

func (l *logFile) begin(size int64) error {
	name := l.Name()
	here, err := os.Stat(name)
	if err != nil {
		return err
	}
	if mine, err := l.Stat(); err != nil || !os.SameFile(mine, here) {
		return fmt.Errorf("%s is another file by now", name)
	}
	if err := os.Rename(name, name+".old"); err != nil {
		return err
	}
	next, err := openLogFile(name, l.most)
	if err != nil {
		return err
	}
	l.File.Close() // appended to no more
	l.File, l.size = next.File, size
	return nil
}

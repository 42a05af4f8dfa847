package handover

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"syscall"
)

// Version is the version of the form that this program writes. It rises when a
// program of today could not read what is written tomorrow.
const Version = 1

// Variable is set in the environment of the next program: to the number of the
// descriptor that leads to the state.
const Variable = "SOCKETHUB_HANDOVER"

// Bounds of a state. A record is that of one session or one job at most, which
// have narrower bounds of their own; a file of all of them has to fit in memory
// beside them.
const (
	maxBody    = 64 << 20
	maxKind    = 32
	maxRecords = 1 << 22
)

// heading is the line that a state begins with.
const heading = "sockethub handover %d\n"

// end is the kind of the last record, which says how many came before it.
const end = "end"

type ending struct {
	Records int `json:"records"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Writer gathers what crosses. One goroutine uses it.
type Writer struct {
	to      *bufio.Writer
	records int
	bytes   int64
	kept    []kept
}

// kept is a descriptor that crosses, with its owner, which keeps it open.
type kept struct {
	fd    int
	owner syscall.Conn
}

// NewWriter starts a state.
func NewWriter(to io.Writer) *Writer {
	w := &Writer{to: bufio.NewWriterSize(to, 64<<10)}
	fmt.Fprintf(w.to, heading, Version) // an error comes again at the end
	return w
}

// Put adds a record.
func (w *Writer) Put(kind string, state any) error {
	body, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("hand over %s: %w", kind, err)
	}
	switch {
	case kind == "" || len(kind) > maxKind:
		return fmt.Errorf("hand over %q: a kind has 1 to %d bytes", kind, maxKind)
	case len(body) > maxBody:
		return fmt.Errorf("hand over %s: it has %d bytes, at most %d fit", kind, len(body), maxBody)
	case w.records >= maxRecords:
		return fmt.Errorf("hand over %s: there are %d records already", kind, w.records)
	}
	head := append([]byte{byte(len(kind))}, kind...)
	head = binary.BigEndian.AppendUint32(head, uint32(len(body)))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(body, castagnoli))
	if _, err := w.to.Write(head); err != nil {
		return fmt.Errorf("hand over %s: %w", kind, err)
	}
	if _, err := w.to.Write(body); err != nil {
		return fmt.Errorf("hand over %s: %w", kind, err)
	}
	w.records++
	w.bytes += int64(len(head) + len(body))
	return nil
}

// Keep lets a descriptor cross, under the number that it has. Whose it is must
// not be closed before the crossing.
func (w *Writer) Keep(owner syscall.Conn) (fd int, err error) {
	raw, err := owner.SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("hand over a descriptor: %w", err)
	}
	if err := raw.Control(func(number uintptr) { fd = int(number) }); err != nil {
		return -1, fmt.Errorf("hand over a descriptor: %w", err)
	}
	w.kept = append(w.kept, kept{fd, owner})
	return fd, nil
}

// Bytes is the size of all records so far.
func (w *Writer) Bytes() int64 { return w.bytes }

// Close writes the last record and what is buffered.
func (w *Writer) Close() error {
	if err := w.Put(end, ending{w.records}); err != nil {
		return err
	}
	return w.to.Flush()
}

// hold keeps the owners of all descriptors from being collected, and their
// descriptors from being closed with them.
func (w *Writer) hold() { runtime.KeepAlive(w.kept) }

package handover

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// ErrVersion reports a state in a form that this program does not read.
var ErrVersion = errors.New("the state has a form that this version does not read")

// DamagedError reports a record that does not fit its checksum. The next one may.
type DamagedError struct{ Kind string }

func (e *DamagedError) Error() string {
	return fmt.Sprintf("a record %q is damaged", e.Kind)
}

// Reads reports whether this program reads states of a version.
func Reads(version int) bool { return version == Version }

// Record is one part of a state.
type Record struct {
	Kind string
	Body []byte // JSON
}

// Into decodes the record. Members that v does not know are ignored: they are of
// a later version.
func (r Record) Into(v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		return fmt.Errorf("a record %q: %w", r.Kind, err)
	}
	return nil
}

// Reader reads a state.
type Reader struct {
	from    *bufio.Reader
	close   func() error // nil for nothing
	records int
	err     error // ended the reading
}

// NewReader reads the heading. The error is ErrVersion if it is one of a version
// that this program does not read.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{from: bufio.NewReaderSize(from, 64<<10)}
	var version int
	line, err := r.from.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("read the heading of the state: %w", err)
	}
	if _, err := fmt.Sscanf(string(line), heading, &version); err != nil || string(line) != fmt.Sprintf(heading, version) {
		return nil, errors.New("what was handed over is no state of a server")
	}
	if !Reads(version) {
		return nil, fmt.Errorf("%w: %d, not %d", ErrVersion, version, Version)
	}
	return r, nil
}

// Next returns the next record. After a *DamagedError there may be more; after any
// other error there are none, and io.EOF says that all were read.
func (r *Reader) Next() (Record, error) {
	if r.err != nil {
		return Record{}, r.err
	}
	record, err := r.next()
	if damaged := (*DamagedError)(nil); err != nil && !errors.As(err, &damaged) {
		r.err = err
	}
	return record, err
}

// Close forgets the state.
func (r *Reader) Close() error {
	r.err = os.ErrClosed
	if r.close == nil {
		return nil
	}
	return r.close()
}

func (r *Reader) next() (Record, error) {
	n, err := r.from.ReadByte()
	if err != nil {
		return Record{}, cut(err)
	}
	if n == 0 || n > maxKind {
		return Record{}, errors.New("the head of a record is damaged")
	}
	head := make([]byte, 1+int(n)+4)
	head[0] = n
	var sums [8]byte
	if _, err := io.ReadFull(r.from, head[1:]); err != nil {
		return Record{}, cut(err)
	}
	if _, err := io.ReadFull(r.from, sums[:]); err != nil {
		return Record{}, cut(err)
	}
	size := binary.BigEndian.Uint32(head[1+n:])
	if crc32.Checksum(head, castagnoli) != binary.BigEndian.Uint32(sums[:4]) || size > maxBody {
		return Record{}, errors.New("the head of a record is damaged")
	}
	record := Record{Kind: string(head[1 : 1+n])}
	if record.Body, err = r.body(int(size)); err != nil {
		return Record{}, cut(err)
	}
	if r.records++; r.records > maxRecords+1 {
		return Record{}, errors.New("there are too many records")
	}
	if crc32.Checksum(record.Body, castagnoli) != binary.BigEndian.Uint32(sums[4:]) {
		return Record{}, &DamagedError{record.Kind}
	}
	if record.Kind != end {
		return record, nil
	}
	var last ending
	if err := record.Into(&last); err != nil {
		return Record{}, err
	}
	if last.Records != r.records-1 {
		return Record{}, fmt.Errorf("there are %d records of %d", r.records-1, last.Records)
	}
	return Record{}, io.EOF
}

// body reads a body piece by piece: what is not there is not allocated for.
func (r *Reader) body(size int) ([]byte, error) {
	const piece = 1 << 20
	body := make([]byte, 0, min(size, piece))
	for len(body) < size {
		n := min(size-len(body), piece)
		body = append(body, make([]byte, n)...)
		if _, err := io.ReadFull(r.from, body[len(body)-n:]); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// cut is the error of a state that ends before its last record.
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("the state was cut off")
	}
	return err
}

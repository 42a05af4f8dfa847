package frame

import (
	"bytes"
	"io"
	"strconv"
)

// TooLong reports a line of more bytes than a frame may have.
type TooLong int

func (most TooLong) Error() string {
	return "a frame is longer than " + strconv.Itoa(int(most)) + " bytes"
}

// Input cuts what is read into lines. One read brings as many frames as
// wait in the pipe.
type Input struct {
	R          io.Reader
	Max        int // bytes of a line; 0 means Max
	buf        []byte
	start, end int // of what was read and not returned yet
}

const (
	smallInput = 4 << 10  // enough for a worker that hears little
	largeInput = 64 << 10 // a pipe's size, for one that is busy
)

// More waits for input and returns whole lines, without the last one's end; they
// are valid until the next call. What follows the last line end of the input is
// no frame and is dropped.
func (in *Input) More() ([]byte, error) {
	if in.Max == 0 {
		in.Max = Max
	}
	if in.buf == nil {
		in.buf = make([]byte, smallInput)
	}
	searched := in.start
	for {
		if i := bytes.LastIndexByte(in.buf[searched:in.end], '\n'); i >= 0 {
			lines := in.buf[in.start : searched+i]
			in.start = searched + i + 1
			return lines, nil
		}
		if in.end-in.start > in.Max {
			return nil, TooLong(in.Max)
		}
		in.makeRoom()
		searched = in.end
		n, err := in.R.Read(in.buf[in.end:])
		in.end += n
		if n == 0 && err != nil {
			return nil, err
		}
	}
}

// Unread is what was read and not returned, and Preload gives it to another Input,
// before that reads anything.
func (in *Input) Unread() []byte { return in.buf[in.start:in.end] }

func (in *Input) Preload(unread []byte) {
	in.buf = make([]byte, max(smallInput, len(unread)))
	in.end = copy(in.buf, unread)
}

// makeRoom moves what is left to the front of the buffer, of a larger one when
// the last read filled it.
func (in *Input) makeRoom() {
	left, size := in.buf[in.start:in.end], len(in.buf)
	switch {
	case in.end == size && size < largeInput:
		size = largeInput
	case len(left) == size:
		size = min(2*size, in.Max+smallInput)
	case len(left) < smallInput && size > largeInput:
		size = largeInput
	}
	if size != len(in.buf) {
		in.buf = make([]byte, size)
	}
	copy(in.buf, left)
	in.start, in.end = 0, len(left)
}

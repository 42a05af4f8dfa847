package redis

import (
	"bytes"
	"strconv"
)

// Requests in RESP, the Redis serialization protocol: an array of bulk strings.
//
//	*4\r\n$4\r\nHSET\r\n$…\r\nsockethub:…:active\r\n$1\r\n7\r\n$428\r\n…\r\n
//
// They are appended to the buffer of a connection, so that a job costs no
// allocation and what many goroutines append goes out in one write. Replies are
// read by redigo.

// appendCommand appends a whole command.
func appendCommand(dst []byte, args ...string) []byte {
	dst = appendArray(dst, len(args))
	for _, a := range args {
		dst = appendBulk(dst, a)
	}
	return dst
}

func appendArray(dst []byte, n int) []byte {
	dst = strconv.AppendInt(append(dst, '*'), int64(n), 10)
	return append(dst, '\r', '\n')
}

// appendBulkLen begins a bulk string of n bytes; the caller appends them and
// "\r\n".
func appendBulkLen(dst []byte, n int) []byte {
	dst = strconv.AppendInt(append(dst, '$'), int64(n), 10)
	return append(dst, '\r', '\n')
}

func appendBulk[T string | []byte](dst []byte, b T) []byte {
	dst = appendBulkLen(dst, len(b))
	dst = append(dst, b...)
	return append(dst, '\r', '\n')
}

func appendBulkUint(dst []byte, n uint64) []byte {
	var digits [20]byte
	return appendBulk(dst, strconv.AppendUint(digits[:0], n, 10))
}

// commandAt reads the name and the first argument of one of several commands.
func commandAt(commands []byte, n int) []string {
	var head []string
	for ; n >= 0 && len(commands) > 0; n-- {
		var args int
		args, commands = cutLength(commands)
		head = nil
		for i := range args {
			var length int
			length, commands = cutLength(commands)
			if i < 2 {
				head = append(head, string(commands[:length]))
			}
			commands = commands[length+len("\r\n"):]
		}
	}
	return head
}

// cutLength reads a line like "*4" or "$17", which was written here.
func cutLength(b []byte) (n int, rest []byte) {
	line, rest, _ := bytes.Cut(b, []byte("\r\n"))
	n, _ = strconv.Atoi(string(line[1:]))
	return n, rest
}

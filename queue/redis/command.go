package redis

import "strconv"

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

package engineio

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// compressThreshold is the size above which a payload is compressed.
const compressThreshold = 1024

// acceptedCoding returns "gzip" or "deflate", whichever a client likes better, or
// "" for one that asks for neither (RFC 9110, section 12.5.3).
func acceptedCoding(h http.Header) string {
	gzipWeight, deflateWeight, rest := -1.0, -1.0, 0.0
	for _, line := range h.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(line, ",") {
			name, parameter, _ := strings.Cut(part, ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip", "x-gzip":
				gzipWeight = weight(parameter)
			case "deflate":
				deflateWeight = weight(parameter)
			case "*":
				rest = weight(parameter)
			}
		}
	}
	if gzipWeight < 0 {
		gzipWeight = rest
	}
	if deflateWeight < 0 {
		deflateWeight = rest
	}
	switch {
	case gzipWeight > 0 && gzipWeight >= deflateWeight:
		return "gzip"
	case deflateWeight > 0:
		return "deflate"
	}
	return ""
}

// weight reads a quality value, "q=0.5" (RFC 9110, section 12.4.2). Anything else
// weighs nothing.
func weight(parameter string) float64 {
	parameter = strings.TrimSpace(parameter)
	if parameter == "" {
		return 1
	}
	value, found := strings.CutPrefix(strings.ToLower(parameter), "q=")
	q, err := strconv.ParseFloat(value, 64)
	if !found || err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

// compressor is a writer of package gzip or zlib; "deflate" means the latter
// (RFC 9110, section 8.4.1.2).
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

var (
	gzips = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}
	zlibs = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}
)

func compress(coding string, body []byte) []byte {
	pool := &gzips
	if coding == "deflate" {
		pool = &zlibs
	}
	z := pool.Get().(compressor)
	defer pool.Put(z)
	var out bytes.Buffer
	z.Reset(&out)
	z.Write(body) // a bytes.Buffer takes everything
	z.Close()
	return out.Bytes()
}

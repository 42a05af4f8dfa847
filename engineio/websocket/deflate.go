package websocket

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// deflateThreshold is the size from which a message is compressed: below, the
// frame gains nothing that its compression would not cost.
const deflateThreshold = 1 << 10

// deflateTail ends a compressed message; it is left out on the wire (RFC 7692,
// section 7.2.1). finalBlock, empty, after it ends the reader's stream.
const (
	deflateTail = "\x00\x00\xff\xff"
	finalBlock  = "\x01\x00\x00\xff\xff"
)

// agreeDeflate returns the extension that answers a client's first offer of
// permessage-deflate which we can keep to; empty: there is none. Neither side
// keeps its window between messages (RFC 7692, section 7.1.1).
func agreeDeflate(h http.Header) string {
	for _, line := range h.Values("Sec-Websocket-Extensions") {
		for offer := range strings.SplitSeq(line, ",") {
			if answer := answerOffer(offer); answer != "" {
				return answer
			}
		}
	}
	return ""
}

func answerOffer(offer string) string {
	name, parameters, more := strings.Cut(offer, ";")
	if strings.TrimSpace(name) != "permessage-deflate" {
		return ""
	}
	answer := "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	seen := make(map[string]bool)
	for more {
		var p string
		p, parameters, more = strings.Cut(parameters, ";")
		key, value, hasValue := strings.Cut(strings.TrimSpace(p), "=")
		if seen[key] {
			return ""
		}
		seen[key] = true
		switch key {
		case "server_no_context_takeover", "client_no_context_takeover":
			if hasValue {
				return ""
			}
		case "client_max_window_bits":
			if hasValue && !windowBits(value) {
				return ""
			}
		case "server_max_window_bits":
			// compress/flate has one window size, of 15 bits.
			if strings.Trim(value, `"`) != "15" {
				return ""
			}
			answer += "; server_max_window_bits=15"
		default:
			return ""
		}
	}
	return answer
}

// windowBits reports whether a window's size is one that the RFC knows
// (section 7.1.2): a decimal without leading zeros.
func windowBits(value string) bool {
	value = strings.Trim(value, `"`)
	n, err := strconv.Atoi(value)
	return err == nil && n >= 8 && n <= 15 && strconv.Itoa(n) == value
}

var (
	inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}
	deflaters = sync.Pool{New: func() any {
		w, err := flate.NewWriter(nil, flate.BestSpeed)
		if err != nil {
			panic(err) // the level is a constant that flate knows
		}
		return w
	}}
)

// inflate appends what a compressed message says to dst, at most limit bytes.
func inflate(dst, data []byte, limit int64) ([]byte, error) {
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	source := io.MultiReader(bytes.NewReader(data), strings.NewReader(deflateTail+finalBlock))
	if err := r.(flate.Resetter).Reset(source, nil); err != nil {
		return dst, fmt.Errorf("inflate: %w", err)
	}
	out := bytes.NewBuffer(dst)
	n, err := io.Copy(out, io.LimitReader(r, limit+1))
	switch {
	case n > limit:
		return dst, &CloseError{MessageTooBig, fmt.Sprintf("a message inflates to more than %d bytes", limit)}
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return dst, &CloseError{InvalidPayload, "a compressed message is damaged"}
	case err != nil:
		return dst, &CloseError{InvalidPayload, "a compressed message is incomplete"}
	}
	return out.Bytes(), nil
}

// appendDeflated queues a message compressed; mu is held, as frames must stay
// in the order in which they were sent.
func (c *Conn) appendDeflated(f *Frame) {
	var out bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	w.Reset(&out)
	w.Write(f.Prefix) // a bytes.Buffer takes everything
	w.Write(f.Data)
	w.Flush()
	deflaters.Put(w)
	payload := bytes.TrimSuffix(out.Bytes(), []byte(deflateTail))
	b := c.buffer()
	*b = appendHeader(*b, f.Opcode, true, len(payload))
	*b = append(*b, payload...)
}

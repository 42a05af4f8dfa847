package httpactions

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/remote"
)

// post runs what a body asks for, unless the id says that this was done before.
func (h *Handler) post(w http.ResponseWriter, r *http.Request, who from) {
	if !h.read(who.address, 1) {
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Connection", "close")
		writeError(w, http.StatusTooManyRequests, fmt.Sprintf("too many request bodies of this address are arriving (max %d)", MaxBodies), "")
		return
	}
	body, err := readBody(r, h.o.MaxPayload)
	h.read(who.address, -1)
	if err != nil {
		drain(r)
		refuse(w, err)
		return
	}
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return // the connection is gone
	}
	list, err := payloads(body)
	if err != nil {
		refuse(w, err)
		return
	}
	if len(list) > h.o.MaxMessages {
		writeError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("payload limit exceeded (max %d)", h.o.MaxMessages), "")
		return
	}
	id, err := postID(r.Header, body)
	if err == nil && id == "" && !h.o.OptionalRequestID {
		err = errIDMissing
	}
	if err != nil {
		refuse(w, err)
		return
	}
	if !h.begin() {
		writeError(w, http.StatusServiceUnavailable, textShutdown, "")
		return
	}
	defer h.end()

	kept := &record{replay: h.o.Replay, log: h.o.Log, id: id}
	if id == "" {
		id = randomID()
	} else {
		kept.key = who.key(id)
		if !h.claim(w, id, kept.key, who.address, digest(list)) {
			return
		}
	}
	h.run(w, who, id, kept, list)
}

// MaxBodies is how many bodies of an address may be on their way at a time: an
// honest one takes milliseconds, and each holds memory.
const MaxBodies = 12

// read counts a body of an address that is being read (1), or is not any more
// (-1). False: there are too many, and it was not counted.
func (h *Handler) read(address string, n int) bool {
	subscriber := remote.Subscriber(address)
	h.mu.Lock()
	defer h.mu.Unlock()
	if n > 0 && h.reading[subscriber] >= MaxBodies {
		return false
	}
	if h.reading[subscriber] += n; h.reading[subscriber] == 0 {
		delete(h.reading, subscriber)
	}
	return true
}

// maxDrained is the length of the longest refused body that is read all the same.
const maxDrained = 4 << 20

// drain reads what is left of a body that is refused: a caller that is answered
// while it still writes would often find its connection reset instead of the
// answer. A caller that waits for "100 Continue" has not begun to write.
func drain(r *http.Request) {
	if r.Header.Get("Expect") == "" && r.ContentLength <= maxDrained {
		io.CopyN(io.Discard, r.Body, maxDrained)
	}
}

// refuse answers an error of the request itself.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	var own *statusError
	if errors.As(err, &own) {
		status = own.status
	}
	writeError(w, status, err.Error(), "")
}

// digest is of what is to be done, not of how it was written: blanks, the
// envelope and its id make no difference.
func digest(list []any) [sha256.Size]byte {
	scratch := scratches.Get().(*bytes.Buffer)
	defer recycle(scratch)
	scratch.Write(activity.AppendJSON(scratch.AvailableBuffer(), list))
	return sha256.Sum256(scratch.Bytes())
}

// claim makes the id this request's; false when it is not and the caller has
// been answered.
func (h *Handler) claim(w http.ResponseWriter, id, key, address string, sum [sha256.Size]byte) bool {
	// A caller that hangs up now must not leave an id that nobody runs.
	ctx := within(context.Background(), storeTimeout)
	defer ctx.end()
	found, err := h.o.Replay.Begin(queue.WithAddress(ctx, remote.Subscriber(address)), key, sum, h.o.TTL)
	if err == nil && found.State != queue.ReplayNew && found.Digest != sum {
		// Scripts rely on the id alone; those that look are told.
		w.Header().Set("X-Idempotent-Mismatch", "true")
		h.o.Log.Warn("a request id came again with another body", "request", id)
	}
	switch {
	case err != nil:
		h.o.Log.Warn("claim a request id", "error", err)
		writeError(w, http.StatusServiceUnavailable, textStore, "")
	case found.State == queue.ReplayNew:
		return true
	case found.State == queue.ReplayRunning:
		writeError(w, http.StatusConflict, "request already in progress", id)
	default:
		h.replay(w, id, found.Lines)
	}
	return false
}

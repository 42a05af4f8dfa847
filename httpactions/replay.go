package httpactions

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/queue"
)

// get answers what became of a request.
func (h *Handler) get(w http.ResponseWriter, r *http.Request, who from, step string) {
	id, err := getID(step, r.URL.Query(), r.Header)
	if err != nil {
		refuse(w, err)
		return
	}
	ctx := within(r.Context(), storeTimeout)
	defer ctx.end()
	found, err := h.o.Replay.Read(ctx, who.key(id))
	switch {
	case errors.Is(err, queue.ErrNotFound):
		writeError(w, http.StatusNotFound, "request not found", id)
	case err != nil:
		h.o.Log.Warn("read a request's lines", "error", err)
		writeError(w, http.StatusServiceUnavailable, textStore, "")
	case found.State == queue.ReplayComplete:
		h.replay(w, id, found.Lines)
	default:
		writeJSON(w, http.StatusAccepted, activity.NewObject(
			activity.Member{Name: "status", Value: "in-progress"},
			activity.Member{Name: "requestId", Value: id},
		))
	}
}

// replay streams the lines of a request that is done.
func (h *Handler) replay(w http.ResponseWriter, id string, lines [][]byte) {
	w.Header().Set("X-Idempotent-Replay", "true")
	out := openStream(w, id, time.Now(), h.writeTimeout)
	defer out.close()
	for _, line := range lines {
		out.line(line)
	}
}

// textTooLarge stands for a line that the store does not take.
const textTooLarge = "result is too large to be kept"

// record keeps the lines of a request under its id; without an id it keeps
// none. It belongs to the goroutine that runs the request.
type record struct {
	replay  queue.Replay
	log     *slog.Logger
	id      string   // as the caller gave it
	key     string   // what the lines are kept under
	pending [][]byte // could not be stored
	err     error    // why
}

// add stores a line. Once that has failed, lines wait for finish: the caller
// does not have to wait for a store that is lost.
func (k *record) add(line []byte) {
	if k.id == "" {
		return
	}
	if k.err == nil {
		k.err = k.append(line)
	}
	if errors.Is(k.err, queue.ErrTooMany) {
		// Whoever asks later is told that there was more.
		line = failure(k.id, textTooLarge)
		k.err = k.append(line)
	}
	if k.err != nil {
		k.pending = append(k.pending, line)
	}
}

// finish stores what is missing and the last line, if there is one, and marks
// the record complete. A store that refuses them leaves it incomplete until its
// time to live is over: a part would be taken for the whole.
func (k *record) finish(last []byte) {
	if k.id == "" {
		return
	}
	left := k.pending
	if last != nil {
		left = append(left, last)
	}
	err := k.complete(left)
	if errors.Is(err, queue.ErrTooMany) {
		k.pending, k.err = nil, nil
		for _, line := range left {
			k.add(line)
		}
		left = k.pending
		err = k.complete(left)
	}
	if err != nil {
		k.log.Warn("keep a request's lines", "lines", len(left), "error", err)
	}
}

func (k *record) complete(left [][]byte) error {
	ctx := within(context.Background(), storeTimeout)
	defer ctx.end()
	return k.replay.Complete(ctx, k.key, left...)
}

func (k *record) append(line []byte) error {
	ctx := within(context.Background(), storeTimeout)
	defer ctx.end()
	return k.replay.Append(ctx, k.key, line)
}

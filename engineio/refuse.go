package engineio

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// RefuseError is an answer that keeps a client out:
//
//	HTTP/1.1 400 Bad Request
//	Content-Type: application/json
//
//	{"code":1,"message":"Session ID unknown"}
type RefuseError struct {
	Status  int    // of the HTTP response
	Code    int    // 0 to 5, as the protocol's servers number them
	Message string // plain ASCII without quotes
}

func (e *RefuseError) Error() string { return e.Message }

var (
	errTransport    = &RefuseError{http.StatusBadRequest, 0, "Transport unknown"}
	errSession      = &RefuseError{http.StatusBadRequest, 1, "Session ID unknown"}
	errMethod       = &RefuseError{http.StatusBadRequest, 2, "Bad handshake method"}
	errBadRequest   = &RefuseError{http.StatusBadRequest, 3, "Bad request"}
	errForbidden    = &RefuseError{http.StatusForbidden, 4, "Forbidden"}
	errVersion      = &RefuseError{http.StatusBadRequest, 5, "Unsupported protocol version"}
	errShuttingDown = &RefuseError{http.StatusServiceUnavailable, 4, "Server is shutting down"}
)

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, e *RefuseError) {
	s.opts.Log.Debug("refused", "reason", e.Message)
	w.Header().Set("Content-Type", "application/json")
	leaveBody(w, r)
	if e.Status == http.StatusServiceUnavailable {
		w.Header().Set("Connection", "close")
	}
	s.reply(w, e.Status, []byte(`{"code":`+strconv.Itoa(e.Code)+`,"message":"`+e.Message+`"}`))
}

// refuseUpgrade answers a WebSocket handshake. Where other servers of the
// protocol refuse one too they say so in plain words, which no client reads.
func (s *Server) refuseUpgrade(w http.ResponseWriter, r *http.Request, e *RefuseError) {
	if e.Code >= errForbidden.Code {
		s.refuse(w, r, e)
		return
	}
	s.opts.Log.Debug("upgrade refused", "reason", e.Message)
	if w.Header().Get("Connection") == "" {
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("Content-Type", "text/html")
	s.reply(w, e.Status, []byte(e.Message))
}

// leaveBody lets a request be answered before its body has been read: net/http
// would wait for it first.
func leaveBody(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
}

// reply sends a whole response. A client that does not read it holds nothing
// longer than the write time-out.
func (s *Server) reply(w http.ResponseWriter, status int, body []byte) error {
	control := http.NewResponseController(w)
	control.SetWriteDeadline(time.Now().Add(s.opts.WriteTimeout))
	defer control.SetWriteDeadline(time.Time{}) // the connection's next request may be another handler's
	if s.frozen.Load() {
		w.Header().Set("Connection", "close") // the next request may find another program
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := control.Flush(); !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil // net/http flushes when the handler returns
}

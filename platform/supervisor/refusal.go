package supervisor

import (
	"errors"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/queue"
)

const textShuttingDown = "server is shutting down"

// ErrShuttingDown is what a client reads whose message comes too late.
var ErrShuttingDown = &platform.JobError{Text: textShuttingDown, Code: platform.CodeShuttingDown}

// StoreRefusal is what a client reads when the store refused what was asked of
// it; nil for an error that is not one of a store that is full, closed or
// unavailable.
func StoreRefusal(err error) *platform.JobError {
	switch {
	case errors.Is(err, queue.ErrFull):
		return &platform.JobError{Text: err.Error(), Code: platform.CodeQueueFull}
	case errors.Is(err, queue.ErrClosed):
		return ErrShuttingDown
	case errors.Is(err, queue.ErrUnavailable):
		return &platform.JobError{Text: err.Error(), Code: platform.CodeUnavailable}
	}
	return nil
}

// notStored is StoreRefusal for a job, whatever kept the store from it.
func notStored(err error) *platform.JobError {
	if refusal := StoreRefusal(err); refusal != nil {
		return refusal
	}
	return &platform.JobError{Text: err.Error(), Code: platform.CodeUnavailable}
}

package redis

import (
	"errors"
	"strings"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
)

// refusal is an error of the store in words made for clients and operators. The
// server's own text is never shown: it may quote what was sent to it.
type refusal struct {
	code string // "OOM": the first word of the answer; "" if it did not answer
	text string
}

func (r *refusal) Error() string { return r.text }

// Is makes every refusal an ErrUnavailable.
func (r *refusal) Is(target error) bool { return target == queue.ErrUnavailable }

var (
	errUnreachable = &refusal{text: "the store cannot be reached"}
	errUntrusted   = &refusal{text: "the store's certificate is not trusted"}
	errSilent      = &refusal{text: "the store does not answer"}
	errForeign     = &refusal{text: "the store holds another kind of value under a name of this server"}
	errSentinel    = &refusal{text: "the store is a Sentinel: its URL begins with redis+sentinel://"}
	errNoMaster    = &refusal{text: "the Sentinels know no Redis of that name"}
	errElsewhere   = &refusal{text: "the store is moving to another Redis"}
	errBusy        = &refusal{text: "the store is too slow: too much waits to be written"}
)

const textUnknown = "the store does not know a command that this server needs"

// refused turns an error reply into words.
func refused(err error) error {
	var reply redigo.Error
	if !errors.As(err, &reply) {
		return err
	}
	code, _, _ := strings.Cut(string(reply), " ")
	text := "the store answered with an error"
	switch code {
	case "OOM":
		text = "the store is full"
	case "READONLY":
		text = "the store is read-only: a replica, where the Redis is needed that it copies"
	case "WRONGTYPE":
		text = errForeign.text
	case "LOADING":
		text = "the store is still loading its data"
	case "NOAUTH", "WRONGPASS":
		text = "the store refuses the password"
	case "NOPERM":
		text = "the store does not permit a command or a key that this server needs"
	case "MISCONF":
		text = "the store cannot save to its disk"
	case "MASTERDOWN":
		text = "the store is a replica that has lost the Redis that it copies"
	case "CLUSTERDOWN", "MOVED", "ASK", "CROSSSLOT", "TRYAGAIN":
		text = "the store is a Redis Cluster: its URL begins with redis+cluster://"
	case "NOREPLICAS":
		text = "the store has too few replicas"
	case "BUSY":
		text = "the store is busy with a script"
	case "EXECABORT", "ERR":
	default:
		code = "ERR" // whatever a server may invent does not become a metric's label
	}
	if code == "ERR" {
		// Older servers have no better word for these.
		for part, means := range map[string]string{
			"invalid password":                "the store refuses the password",
			"without any password configured": "the store knows no password, though one was given",
			"no password is set":              "the store knows no password, though one was given",
			"DB index":                        "the store has no database of that number",
			"in cluster mode":                 "the store is a Redis Cluster: its URL begins with redis+cluster://",
			"unknown command":                 textUnknown,
		} {
			if strings.Contains(string(reply), part) {
				text = means
			}
		}
	}
	return &refusal{code, text}
}

// commandError is a refusal and what was refused, "GET sockethub:…:alive", which is
// for operators: clients read the refusal alone.
type commandError struct {
	*refusal
	command string
}

func (e *commandError) Unwrap() error { return e.refusal }

// naming makes an error reply a commandError; any other error is returned as it is.
func naming(err error, command ...string) error {
	var reply redigo.Error
	if errors.As(err, &reply) {
		err = refused(err)
	}
	r, ok := err.(*refusal)
	if !ok || r.code == "" {
		return err
	}
	return &commandError{r, strings.Join(command[:min(2, len(command))], " ")}
}

// codeOf is the first word of the reply that a refusal was made from.
func codeOf(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.code
	}
	return ""
}

// innerError finds the first error in the answer to an EXEC.
func innerError(reply any) error {
	all, _ := reply.([]any)
	for _, r := range all {
		if err, ok := r.(redigo.Error); ok {
			return err
		}
	}
	return nil
}

package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	redigo "github.com/gomodule/redigo/redis"
)

// Where one of several is the Redis to talk to, each connection begins with a
// question to one of those that the URL names:
//
//	C> SENTINEL get-master-addr-by-name mymaster      C> EXISTS sockethub:{NS}:nodes
//	S> *2  192.0.2.7  6379                            S> -MOVED 3999 192.0.2.8:6379
//
// A failover, or a slot of a Cluster that goes elsewhere, ends the connection: at
// the latest with the first answer that says so. The next one begins with the
// question again, and with what every connection begins with, so that what was
// not confirmed is written again there. All keys of a namespace have one hash tag,
// so that one node of a Cluster serves it. While its slot is under way between two
// nodes neither has all keys: it is waited for.

// prefix is what all keys of a namespace begin with.
func (t target) prefix(namespace string) string {
	if t.seeds != nil && t.master == "" {
		namespace = "{" + namespace + "}"
	}
	return "sockethub:" + namespace + ":"
}

// locate asks who is the Redis to talk to. Each of those that can be asked gets its
// share of the time, so that one that is dead does not hide the others.
func (t target) locate(ctx context.Context, timing timing) (address string, err error) {
	share := timing.connect / time.Duration(len(t.seeds))
	for _, seed := range t.seeds {
		asking, cancel := context.WithTimeout(ctx, share)
		address, err = t.ask(asking, seed, timing)
		cancel()
		if err == nil {
			return address, nil
		}
	}
	return "", err
}

func (t target) ask(ctx context.Context, seed string, timing timing) (address string, err error) {
	raw, err := t.reach(ctx, seed, timing)
	if err != nil {
		return "", err
	}
	defer raw.Close()
	stop := context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c := redigo.NewConn(wire{Conn: raw}, 0, 0)
	if t.master != "" {
		return t.askSentinel(c, seed)
	}
	if err := t.authenticate(c); err != nil {
		return "", broken(refused(err))
	}
	return t.askNode(c, seed)
}

// askSentinel asks one that may want a password, which is then that of Redis.
func (t target) askSentinel(c redigo.Conn, seed string) (string, error) {
	question := func() ([]string, error) {
		return redigo.Strings(c.Do("SENTINEL", "get-master-addr-by-name", t.master))
	}
	place, err := question()
	if err != nil && codeOf(refused(err)) == "NOAUTH" {
		if err = t.authenticate(c); err == nil {
			place, err = question()
		}
	}
	switch {
	case errors.Is(err, redigo.ErrNil):
		return "", &dialError{errNoMaster, fmt.Errorf("%s does not know it", seed)}
	case err != nil:
		return "", broken(refused(err))
	case len(place) != 2:
		return "", &dialError{errForeign, fmt.Errorf("%s is no Sentinel", seed)}
	}
	return net.JoinHostPort(place[0], place[1]), nil
}

// askNode asks for a key, and takes whom the answer names.
func (t target) askNode(c redigo.Conn, seed string) (string, error) {
	_, err := c.Do("EXISTS", t.key)
	if err == nil {
		return seed, nil
	}
	why := refused(err)
	words := strings.Fields(err.Error())
	if codeOf(why) != "MOVED" || len(words) != 3 {
		return "", broken(why)
	}
	host, port, err := net.SplitHostPort(words[2])
	if err != nil {
		return "", errElsewhere
	}
	if host == "" { // it does not know its own
		host, _, _ = net.SplitHostPort(seed)
	}
	return net.JoinHostPort(host, port), nil
}

// elsewhere reports whether an answer says that another node is to be asked, or
// that the cluster does not know yet which.
func (t target) elsewhere(err error) bool {
	if t.seeds == nil {
		return false
	}
	switch codeOf(err) {
	case "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "READONLY", "MASTERDOWN":
		return true
	}
	return false
}

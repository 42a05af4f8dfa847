package redis

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// target is where Redis is, and how to get in.
//
//	redis://host                        port 6379, database 0
//	redis://user:password@host:6380/2   also redis://:password@host
//	rediss://host                       the same over TLS
//	unix:///run/redis.sock?db=2         also unix://user:password@/run/redis.sock
//
//	redis+sentinel://:password@one,two:26380/mymaster/2   the Redis that Sentinels watch under that name
//	redis+cluster://:password@one,two:6380                the node of a Cluster that serves the namespace
//
// Over TLS the latter begin with rediss+. Options after the "?": db, username,
// password, and family (4 or 6: only addresses of that kind).
type target struct {
	network, address string
	seeds            []string // Sentinels or nodes of a Cluster, who know the address: see locate
	master           string   // what the Sentinels call it; "" with seeds: it is a Cluster
	key              string   // of a Cluster: one of those that it serves
	user, password   string
	database         int
	tls              *tls.Config // nil: in the clear
}

// parseURL reads a URL. No error has a part of it that may be a password.
func parseURL(text string, config *tls.Config) (target, error) {
	one, others, err := cutSeeds(text)
	if err != nil {
		return target{}, err
	}
	u, err := url.Parse(one)
	if err != nil {
		// The error quotes the URL, and even its cause quotes parts of it.
		return target{}, errors.New("redis URL cannot be read: characters like / ? # @ % in a password must be percent-encoded")
	}
	t := target{network: "tcp"}
	kind, how, _ := strings.Cut(u.Scheme, "+")
	switch {
	case kind == "unix" && how == "", kind == "redis" && (how == "unix" || how == "socket"):
		t.network = "unix"
	case kind == "":
		return target{}, errors.New("redis URL must begin with redis://, rediss:// or unix://")
	case kind != "redis" && kind != "rediss", how != "" && how != sentinel && how != cluster:
		return target{}, errors.New("redis URL has an unknown scheme: use redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://")
	case kind == "rediss":
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.tls = config
	}
	if u.Opaque != "" || u.Fragment != "" {
		return target{}, errors.New("redis URL must look like redis://user:password@host:6379/0; # in a password must be percent-encoded")
	}
	if u.User != nil {
		t.user = u.User.Username()
		var set bool
		if t.password, set = u.User.Password(); !set {
			// As redis-cli has it: a single word is a password.
			t.user, t.password = "", t.user
		}
	}
	database := ""
	if t.network == "unix" {
		if u.Host != "" || !strings.HasPrefix(u.Path, "/") {
			return target{}, errors.New("redis URL must name a socket by its whole path: unix:///run/redis.sock")
		}
		t.address = u.Path
	} else {
		if t.address, err = withPort(u.Hostname(), u.Port(), how); err != nil {
			return target{}, err
		}
		database = strings.TrimPrefix(u.Path, "/")
		if how != "" {
			t.seeds = append([]string{t.address}, others...)
			t.address = ""
		}
		if how == sentinel {
			if t.master, database, _ = strings.Cut(database, "/"); t.master == "" {
				return target{}, errors.New("redis URL must say by which name the Sentinels know the Redis: redis+sentinel://host:26379/mymaster")
			}
		}
	}
	if err := t.query(u, &database); err != nil {
		return target{}, err
	}
	if database != "" {
		if t.database, err = strconv.Atoi(database); err != nil || t.database < 0 {
			return target{}, errors.New("redis URL has a database that is not a number")
		}
	}
	if how == cluster && t.database != 0 {
		return target{}, errors.New("redis URL has a database, and a Cluster has none")
	}
	return t, nil
}

// CheckURL tells what is wrong with a URL. The error has no part of it that may be
// a password.
func CheckURL(text string) error {
	_, err := parseURL(text, nil)
	return err
}

// What stands behind the "+" of a URL with several addresses.
const (
	sentinel = "sentinel"
	cluster  = "cluster"
)

// maxSeeds bounds the addresses in a URL: they are tried one after the other.
const maxSeeds = 16

// cutSeeds takes all addresses but the first out of a URL, which has no form for
// more than one.
func cutSeeds(text string) (one string, others []string, err error) {
	scheme, rest, _ := strings.Cut(text, "://")
	_, how, _ := strings.Cut(scheme, "+")
	if how != sentinel && how != cluster {
		return text, nil, nil
	}
	end := len(rest)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		end = i
	}
	begin := strings.LastIndexByte(rest[:end], '@') + 1
	seeds := strings.Split(rest[begin:end], ",")
	if len(seeds) > maxSeeds {
		return "", nil, fmt.Errorf("redis URL has more than %d addresses", maxSeeds)
	}
	for _, seed := range seeds[1:] {
		u, err := url.Parse("//" + seed)
		if err != nil || u.Host == "" || u.Host != seed {
			return "", nil, errors.New("redis URL has an address that cannot be read")
		}
		address, err := withPort(u.Hostname(), u.Port(), how)
		if err != nil {
			return "", nil, err
		}
		others = append(others, address)
	}
	return scheme + "://" + rest[:begin] + seeds[0] + rest[end:], others, nil
}

// withPort completes the address of a Redis or, as how says, of a Sentinel.
func withPort(host, port, how string) (string, error) {
	if host == "" {
		host = "localhost"
	}
	if port == "" && how == sentinel {
		port = "26379"
	} else if port == "" {
		port = "6379"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errors.New("redis URL has a port that is not between 1 and 65535")
	}
	address := net.JoinHostPort(host, port)
	if _, _, err := net.SplitHostPort(address); err != nil {
		return "", errors.New("redis URL has a host that cannot be read")
	}
	return address, nil
}

// query takes the options after the "?".
func (t *target) query(u *url.URL, database *string) error {
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("redis URL has options that cannot be read")
	}
	for name, values := range options {
		value := values[len(values)-1]
		switch name {
		case "db":
			*database = value
		case "username":
			t.user = value
		case "password":
			t.password = value
		case "family":
			switch {
			case t.network == "unix" || value == "0":
			case value == "4" || value == "6":
				t.network = "tcp" + value
			default:
				return errors.New("redis URL has a family that is not 0, 4 or 6")
			}
		default:
			return errors.New("redis URL has an unknown option: only db, username, password and family are known")
		}
	}
	return nil
}

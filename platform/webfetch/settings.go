package webfetch

import (
	"math"
	"strings"
)

// Set takes a setting that all platforms have which fetch, by its name in
// packageConfig:
//
//	{"allowPrivateAddresses":false,"userAgent":"…","allowedPorts":[80,443],"refuseDowngrade":false,"concurrency":10}
//
// The last one is for the server, which adds ownDocuments by itself: pages of its
// own that may be read although nobody may be led to its address. known is false for any other name, and ok is
// false for a value that cannot be.
func (o *Options) Set(name string, value any) (known, ok bool) {
	switch name {
	case "allowPrivateAddresses":
		o.AllowPrivate, ok = value.(bool)
	case "userAgent":
		o.UserAgent, ok = Agent(value)
	case "allowedPorts":
		o.Ports, ok = ports(value)
	case "refuseDowngrade":
		o.RefuseDowngrade, ok = value.(bool)
	case "ownDocuments":
		o.Documents, ok = ownDocuments(value)
	case "concurrency":
		ok = isWhole(value, math.MaxInt32)
	default:
		return false, false
	}
	return true, ok
}

// maxAgent is the length of the longest User-Agent, in bytes.
const maxAgent = 256

// Agent returns a text that may be sent as a User-Agent.
func Agent(value any) (string, bool) {
	s, ok := value.(string)
	return s, ok && len(s) <= maxAgent && !strings.ContainsFunc(s, isControl)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7F }

func ports(value any) ([]int, bool) {
	list, ok := value.([]any)
	ports := make([]int, len(list))
	for i, v := range list {
		if !isWhole(v, 65535) {
			return nil, false
		}
		ports[i] = int(v.(float64))
		ok = ok && !badPort(ports[i])
	}
	return ports, ok
}

// isWhole knows the whole numbers from 1 to most.
func isWhole(value any, most float64) bool {
	n, ok := value.(float64)
	return ok && n >= 1 && n <= most && n == math.Trunc(n)
}

package dav

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// maxTimeout is how long a request may take whatever connectTimeoutMs says: no job
// waits that long.
const maxTimeout = 10 * time.Minute

// ReadConfig reads the packageConfig of either platform:
//
//	{"connectTimeoutMs":15000,"allowPrivateAddresses":false,"allowInsecureHttp":false,"concurrency":64,
//	 "partitions":[["https://*.icloud.com"]]}
//
// The concurrency is for the server.
func ReadConfig(config []byte) (Options, error) {
	o := Options{Timeout: DefaultTimeout}
	c, err := activity.ParseObject(config)
	if err != nil {
		return o, fmt.Errorf("packageConfig: %w", err)
	}
	for i := range c.Len() {
		name, value := c.Member(i)
		ok := true
		switch name {
		case "connectTimeoutMs":
			var ms float64
			ms, ok = value.(float64)
			ok = ok && ms >= 1 && ms == math.Trunc(ms)
			o.Timeout = time.Duration(min(ms, float64(maxTimeout.Milliseconds()))) * time.Millisecond
		case "allowPrivateAddresses":
			o.AllowPrivate, ok = value.(bool)
		case "allowInsecureHttp":
			o.AllowHTTP, ok = value.(bool)
		case "concurrency":
			n, number := value.(float64)
			ok = number && n >= 1 && n == math.Trunc(n)
		case "partitions":
			if o.Partitions, err = readPartitions(value); err != nil {
				return o, fmt.Errorf("packageConfig: %w", err)
			}
		default:
			return o, fmt.Errorf("packageConfig: %q is no key of this platform", name)
		}
		if !ok {
			return o, fmt.Errorf("packageConfig: %s has a wrong value", name)
		}
	}
	return o, nil
}

// readPartitions reads a list of lists of origins, or one list of them.
func readPartitions(value any) ([]Partition, error) {
	wrong := errors.New("partitions must be a list of lists of origins")
	list, ok := value.([]any)
	if !ok {
		return nil, wrong
	}
	partitions := []Partition{}
	var alone Partition
	for _, v := range list {
		switch v := v.(type) {
		case string:
			alone = append(alone, v)
		case []any:
			var p Partition
			for _, origin := range v {
				text, ok := origin.(string)
				if !ok {
					return nil, wrong
				}
				p = append(p, text)
			}
			partitions = append(partitions, p)
		default:
			return nil, wrong
		}
	}
	if alone != nil {
		partitions = append(partitions, alone)
	}
	for _, p := range partitions {
		if err := p.Check(); err != nil {
			return nil, err
		}
	}
	return partitions, nil
}

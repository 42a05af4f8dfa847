package frame

import (
	"strconv"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/policy"
)

// MaxConfig bounds a platform's part of the config: the frame "hello" holds it
// beside what was kept.
const MaxConfig = 512 << 10

// AppendHello appends the first frame:
//
//	{"type":"hello","protocol":1,"platform":"irc","instance":"…","config":{},"policy":{"allow":[],"deny":["*:25"]},
//	 "heartbeatMs":5000,"logLevel":"info","maxResultBytes":16777216,
//	 "kept":{"sts irc.example":{"value":"6697","seconds":2591999}}}
func AppendHello(dst []byte, platform, instance string, config []byte, limits *policy.Policy, heartbeat time.Duration, level string, maxResult int64, kept *Notes) []byte {
	if len(config) == 0 {
		config = []byte("{}")
	}
	if level == "" {
		level = "info"
	}
	dst = append(dst, `{"type":"hello","protocol":`...)
	dst = strconv.AppendInt(dst, Version, 10)
	dst = append(dst, `,"platform":`...)
	dst = activity.AppendString(dst, platform)
	dst = append(dst, `,"instance":`...)
	dst = activity.AppendString(dst, instance)
	dst = append(dst, `,"config":`...)
	if v, err := activity.ParseObject(config); err == nil { // on one line, whatever its form was
		dst = activity.AppendSorted(dst, v)
	} else {
		dst = append(dst, "{}"...)
	}
	if limits != nil {
		dst = limits.AppendJSON(append(dst, `,"policy":`...))
	}
	dst = append(dst, `,"heartbeatMs":`...)
	dst = strconv.AppendInt(dst, heartbeat.Milliseconds(), 10)
	dst = append(dst, `,"logLevel":`...)
	dst = activity.AppendString(dst, level)
	dst = append(dst, `,"maxResultBytes":`...)
	dst = strconv.AppendInt(dst, maxResult, 10)
	dst = kept.append(dst, instance, time.Now())
	return append(dst, "}\n"...)
}

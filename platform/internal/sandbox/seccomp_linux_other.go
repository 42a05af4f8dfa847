//go:build linux && !amd64 && !arm64

package sandbox

// There is no filter for this architecture; seccompArch says so.
const (
	seccompArch  = 0
	otherNumbers = 0
	sysSeccomp   = 0
	sysSocket    = 0
	sysSendto    = 0
	sysSendmsg   = 0
	sysSendmmsg  = 0
)

var denied []uint32

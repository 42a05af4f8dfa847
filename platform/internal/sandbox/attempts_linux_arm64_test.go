package sandbox_test

// Calls that package syscall has no numbers of.
const (
	memfdCreate = 279
	userfaultfd = 282
	bpf         = 280
	setns       = 268
	vmWrite     = 271 // process_vm_writev
)

package sandbox_test

// Calls that package syscall has no numbers of.
const (
	memfdCreate = 319
	userfaultfd = 323
	bpf         = 321
	setns       = 308
	vmWrite     = 311 // process_vm_writev
)

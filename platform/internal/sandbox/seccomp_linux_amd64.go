package sandbox

const (
	seccompArch  = 0xc000003e // AUDIT_ARCH_X86_64
	otherNumbers = 0x40000000 // where the numbers of the x32 ABI begin
	sysSeccomp   = 317
	sysSocket    = 41
	sysSendto    = 44
	sysSendmsg   = 46
	sysSendmmsg  = 307
)

var denied = []uint32{
	101, 310, 311, 312, // ptrace, process_vm_readv, process_vm_writev, kcmp
	165, 166, 155, 161, // mount, umount2, pivot_root, chroot
	167, 168, 169, // swapon, swapoff, reboot
	170, 171, // sethostname, setdomainname
	163, 179, 103, // acct, quotactl, syslog
	164, 227, 159, 305, // settimeofday, clock_settime, adjtimex, clock_adjtime
	172, 173, // iopl, ioperm
	175, 313, 176, 246, 320, // init_module, finit_module, delete_module, kexec_load, kexec_file_load
	248, 249, 250, // add_key, request_key, keyctl
	272, 308, // unshare, setns
	298, 321, 323, // perf_event_open, bpf, userfaultfd
	300, 303, 304, // fanotify_init, name_to_handle_at, open_by_handle_at
	319, 322, // memfd_create, execveat: landlock does not see the execution of such a file
	153, 139, 134, 136, 212, // vhangup, sysfs, uselib, ustat, lookup_dcookie
}

package sandbox

const (
	seccompArch  = 0xc00000b7 // AUDIT_ARCH_AARCH64
	otherNumbers = 0
	sysSeccomp   = 277
	sysSocket    = 198
	sysSendto    = 206
	sysSendmsg   = 211
	sysSendmmsg  = 269
)

var denied = []uint32{
	117, 270, 271, 272, // ptrace, process_vm_readv, process_vm_writev, kcmp
	40, 39, 41, 51, // mount, umount2, pivot_root, chroot
	224, 225, 142, // swapon, swapoff, reboot
	161, 162, // sethostname, setdomainname
	89, 60, 116, // acct, quotactl, syslog
	170, 112, 171, 266, // settimeofday, clock_settime, adjtimex, clock_adjtime
	105, 273, 106, 104, 294, // init_module, finit_module, delete_module, kexec_load, kexec_file_load
	217, 218, 219, // add_key, request_key, keyctl
	97, 268, // unshare, setns
	241, 280, 282, // perf_event_open, bpf, userfaultfd
	262, 264, 265, // fanotify_init, name_to_handle_at, open_by_handle_at
	279, 281, // memfd_create, execveat: landlock does not see the execution of such a file
	58, 18, // vhangup, lookup_dcookie
}

//go:build unix

package irc

import (
	"os"
	"os/exec"
	osuser "os/user"
	"strconv"
	"syscall"
)

// asNobody lets a program run without root's rights, which some refuse.
func asNobody(cmd *exec.Cmd) {
	if os.Getuid() != 0 {
		return
	}
	nobody, err := osuser.Lookup("nobody")
	if err != nil {
		return
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

package redis

import (
	"fmt"

	redigo "github.com/gomodule/redigo/redis"
)

// Commands on a connection of one owner, which is how a link begins and how a dead
// node is settled: one after the other, each error with its command and key.

// run runs one command.
func run(c redigo.Conn, command string, args ...any) (any, error) {
	reply, err := c.Do(command, args...)
	return reply, naming(err, texts(append([]any{command}, args...))...)
}

// transact runs commands in a MULTI and returns the replies in EXEC's, or nil
// where a watched key has changed. The error is that of the first command that was
// refused.
func transact(c redigo.Conn, commands ...[]any) ([]any, error) {
	all := append([][]any{{"MULTI"}}, append(commands, []any{"EXEC"})...)
	for _, command := range all {
		if err := c.Send(command[0].(string), command[1:]...); err != nil {
			return nil, err
		}
	}
	if err := c.Flush(); err != nil {
		return nil, err
	}
	var reply any
	var first error
	for _, command := range all {
		var err error
		if reply, err = c.Receive(); err != nil && !isReply(err) {
			return nil, err
		}
		if first == nil {
			first = naming(err, texts(command)...)
		}
	}
	replies, _ := reply.([]any)
	for i, r := range replies {
		if err, ok := r.(redigo.Error); ok && first == nil {
			first = naming(err, texts(commands[i])...)
		}
	}
	return replies, first
}

// texts are the arguments of a command as they go out.
func texts(args []any) []string {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = fmt.Sprint(a)
	}
	return list
}

// explain says more of an error of the setup where the store is no Redis that
// keeps anything.
func explain(c redigo.Conn, err error) error {
	if err.Error() != textUnknown {
		return err
	}
	hello, _ := redigo.Values(c.Do("HELLO"))
	for i := 0; i+1 < len(hello); i += 2 {
		name, _ := redigo.String(hello[i], nil)
		mode, _ := redigo.String(hello[i+1], nil)
		if name == "mode" && mode == "sentinel" {
			return errSentinel
		}
	}
	return err
}

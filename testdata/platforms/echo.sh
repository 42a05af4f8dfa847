#!/bin/sh
# A platform for Sockethub in POSIX shell: it answers what it is told, and tells
# everybody who is attached that it did. It needs no other program.
#
# Put its path in the list "platforms" of the server's config. The protocol that
# it speaks is described in platform/PROTOCOL.md. It relies on what is promised
# there: the server writes "type" first, "id" second, and "activity" last.

name=echo-shell
url=https://sockethub.org/ns/context/platform/$name/v1.jsonld
context='["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","'$url'"]'
connected=false
echoes=0

while IFS= read -r line; do
	case $line in
	'{"type":"describe"'*)
		printf '%s\n' '{"type":"describe","protocol":1,"name":"'$name'","version":"1.0.0","contextUrl":"'$url'","schemas":{"credentials":{"required":["object"]},"messages":{"required":["type"],"properties":{"type":{"enum":["connect","echo","fail"]}}}},"persist":true,"verbs":{"connect":{"credentials":true},"echo":{"idempotent":true},"fail":{}},"heartbeat":false,"ports":[]}'
		;;
	'{"type":"hello"'*)
		printf '%s\n' '{"type":"ready"}'
		;;
	'{"type":"job"'*)
		id=${line#'{"type":"job","id":'}
		id=${id%%,*}
		activity=${line#*',"activity":'}
		activity=${activity%'}'}
		case $activity in
		*'"type":"connect"'*)
			connected=true
			# A result without an activity stands for the message itself.
			printf '%s\n' '{"type":"result","id":'"$id"',"initialized":true}'
			;;
		*'"type":"echo"'*)
			echoes=$((echoes + 1))
			printf '%s\n' '{"type":"event","activity":{"@context":'"$context"',"type":"echo","actor":{"id":"'$name'","type":"platform"},"object":{"type":"message","content":"echo '$echoes'"}}}'
			printf '%s\n' '{"type":"result","id":'"$id"',"initialized":'$connected',"activity":'"$activity"'}'
			;;
		*)
			printf '%s\n' '{"type":"result","id":'"$id"',"initialized":'$connected',"error":"Error: no reason"}'
			;;
		esac
		;;
	'{"type":"stop"'*)
		exit 0
		;;
	esac
done

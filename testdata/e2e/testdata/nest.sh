#!/bin/sh
# A platform whose actor can change its id, and that remembers beyond its worker:
# "rename" and "keep" take what they need from the message's content. Each answer
# says in which process it was made.

name=nest
url=https://sockethub.org/ns/context/platform/$name/v1.jsonld
context='["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","'$url'"]'
connected=false
kept=nothing

while IFS= read -r line; do
	case $line in
	'{"type":"describe"'*)
		printf '%s\n' '{"type":"describe","protocol":1,"name":"'$name'","version":"1.0.0","contextUrl":"'$url'","schemas":{"credentials":{"required":["object"]},"messages":{"required":["type"],"properties":{"type":{"enum":["connect","send","rename","keep","kept","exit"]}}}},"persist":true,"verbs":{"connect":{"credentials":true},"send":{},"rename":{},"keep":{},"kept":{},"exit":{}},"heartbeat":false,"ports":[]}'
		;;
	'{"type":"hello"'*)
		case $line in
		*'"kept":{"nest":{"value":"'*)
			kept=${line#*'"kept":{"nest":{"value":"'}
			kept=${kept%%'"'*}
			;;
		esac
		printf '%s\n' '{"type":"ready"}'
		;;
	'{"type":"job"'*)
		id=${line#'{"type":"job","id":'}
		id=${id%%,*}
		activity=${line#*',"activity":'}
		content=${activity#*'"content":"'}
		content=${content%%'"'*}
		answer=$$
		case $activity in
		*'"type":"connect"'*)
			connected=true
			;;
		*'"type":"rename"'*)
			printf '%s\n' '{"type":"actor","id":"'"$content"'"}'
			;;
		*'"type":"keep"'*)
			printf '%s\n' '{"type":"keep","key":"nest","value":"'"$content"'","seconds":60}'
			;;
		*'"type":"kept"'*)
			answer=$kept
			;;
		*'"type":"exit"'*)
			exit 7
			;;
		esac
		printf '%s\n' '{"type":"result","id":'"$id"',"initialized":'$connected',"activity":{"@context":'"$context"',"type":"send","actor":{"id":"'$name'","type":"platform"},"object":{"type":"message","content":"'"$answer"'"}}}'
		;;
	'{"type":"stop"'*)
		exit 0
		;;
	esac
done

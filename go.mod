module github.com/sockethub/sockethub

go 1.26.8

require (
	github.com/getsentry/sentry-go v0.50.0
	github.com/gomodule/redigo v1.9.3
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

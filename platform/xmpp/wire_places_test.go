package xmpp

// wireNotReplayed says why a recording is not played, and which test has its matter.
var wireNotReplayed = map[string]string{
	"bare_host":         "needs port 5222 itself, which a test cannot have: the order is in TestRow14Targets",
	"bare_host_refused": "needs ports 5223 and 5222 without a server: the order is in TestRow14Targets, the refusal in refused",
	"srv_none":          "needs port 5222 itself: TestRow14Targets",
	"server_garbage":    "needs port 5222 itself: TestRow14Targets",
	"event_errors":      "puts errors into the reference's library, which ours has not: TestRow9FinalAndRecoverableErrors",
	"internal_error":    "puts an error of JavaScript into the reference's library",
}

// wirePlace is where the user of a recording connects to. What it does not say is as
// in most of them: mara@harbor.example, at xmpp://127.0.0.1:PORT, without TLS.
type wirePlace struct {
	accounts   []string // one for each connect, the last for all that follow
	noResource bool
	password   string
	server     string // as submitted, with PORT for the port of the test's server
	port       bool   // it is submitted too
	down       bool   // nobody listens
	ipv6       bool
	zone       func(port uint16) *zone

	certificate string // the name of the server's, "" for none
	unknown     bool   // nobody trusts who signed it
	direct      bool   // TLS from the first byte

	played int      // connections that the script is for, 0 for all; later ones are let in
	deaf   bool     // on the first connection the server does nothing by itself
	goesOn string   // where the login goes on when the reference has left
	asks   bool     // the client says more than the reference did
	hangs  bool     // only the end of its time ends the connect
	raw    []string // what stands for "[98 raw bytes]"
}

// srvOf makes records of both services of localhost.
func srvOf(tls, plain []srvRecord) *zone {
	return &zone{
		a:   map[string]string{"x1.harbor.example": "127.0.0.1", "x2.harbor.example": "127.0.0.1"},
		srv: map[string][]srvRecord{"_xmpps-client._tcp.localhost": tls, "_xmpp-client._tcp.localhost": plain},
	}
}

const x1 = "x1.harbor.example"

var wirePlaces = map[string]wirePlace{
	"address_bad":           {accounts: []string{"mara", "@harbor.example", "mara@", ""}},
	"address_two_ats":       {accounts: []string{"mara@harbor.example@quay.example"}},
	"address_with_resource": {accounts: []string{"mara@harbor.invalid/web"}},
	"bare_host_port":        {server: "127.0.0.1", port: true},
	"bind_never":            {hangs: true},
	"dns_failure":           {server: "nowhere.invalid", zone: func(uint16) *zone { return &zone{} }},
	"dns_failure_uri":       {server: "xmpp://nowhere.invalid:5222", zone: func(uint16) *zone { return &zone{} }},
	"features_never":        {hangs: true},
	"ipv6":                  {server: "xmpp://[::1]:PORT", ipv6: true},
	"login_latin1_plain":    {accounts: []string{"mära@harbor.example"}, password: "päss"},
	"login_no_resource":     {noResource: true},
	"login_unicode_plain":   {accounts: []string{"мара@harbor.example"}, goesOn: "<auth"},
	"no_common_mech":        {hangs: true, asks: true},
	"refused":               {down: true},
	"refused_then_up":       {down: true},
	"scheme_bad":            {server: "https://harbor.example/ws"},
	"server_path":           {server: "xmpp://127.0.0.1:PORT/path"},
	"server_restart_bare":   {server: "localhost", zone: func(port uint16) *zone { return srvOf(nil, []srvRecord{{1, 0, port, x1}}) }},
	"sm":                    {deaf: true},
	"srv_accept_then_drop": {server: "localhost", played: 1, zone: func(port uint16) *zone {
		return srvOf(nil, []srvRecord{{1, 0, port, x1}, {2, 0, port, "x2.harbor.example"}})
	}},
	"srv_dot": {server: "localhost", zone: func(uint16) *zone { return srvOf([]srvRecord{{0, 0, 0, "."}}, []srvRecord{{0, 0, 0, "."}}) }},
	"srv_order": {server: "localhost", zone: func(port uint16) *zone {
		return srvOf(nil, []srvRecord{{20, 0, 2, x1}, {10, 50, port, x1}, {5, 0, 1, x1}})
	}},
	"srv_servfail": {server: "localhost", zone: func(port uint16) *zone {
		return srvOf([]srvRecord{{0, 0, 0, "SERVFAIL"}}, []srvRecord{{1, 0, port, x1}})
	}},
	"srv_target_missing": {server: "localhost", zone: func(port uint16) *zone {
		return srvOf(nil, []srvRecord{{1, 0, 1, "nowhere.invalid"}, {2, 0, port, x1}})
	}},
	"srv_xmpps":                {server: "localhost", certificate: "harbor.example", direct: true, zone: func(port uint16) *zone { return srvOf([]srvRecord{{1, 0, port, x1}}, nil) }},
	"starttls_jid_domain_cert": {server: "xmpp://localhost:PORT", certificate: "harbor.example", goesOn: "<?xml"},
	"starttls_ok":              {server: "xmpp://localhost:PORT", certificate: "harbor.example"},
	"starttls_self_signed":     {server: "xmpp://localhost:PORT", certificate: "harbor.example", unknown: true},
	"starttls_wrong_name":      {server: "xmpp://localhost:PORT", certificate: "other.example"},
	"stream_never":             {hangs: true},
	"stream_never_timeout_cfg": {hangs: true},
	"tls_alert":                {server: "xmpps://localhost:PORT", direct: true},
	"uri_and_port":             {server: "xmpp://127.0.0.1", port: true},
	"uri_port_and_port":        {server: "xmpp://127.0.0.1:PORT", port: true},
	"ws":                       {server: "ws://127.0.0.1:1/xmpp"},
	"ws_ok":                    {server: "ws://127.0.0.1:PORT/xmpp"},
	"xmpps_ok":                 {server: "xmpps://localhost:PORT", certificate: "harbor.example", direct: true},
	"xmpps_self_signed":        {server: "xmpps://localhost:PORT", certificate: "harbor.example", direct: true, unknown: true},

	"srv_no_address": {server: "only-srv.invalid", zone: func(port uint16) *zone {
		return &zone{a: map[string]string{x1: "127.0.0.1"}, srv: map[string][]srvRecord{"_xmpp-client._tcp.only-srv.invalid": {{1, 0, port, x1}}}}
	}},
	"utf8_split": {raw: []string{
		"<message from='otto@quay.example/p' to='mara@harbor.example/web' type='chat' id='u1'><body>ahoy \xf0\x9f", "\x9a\xa2 é</body></message>",
		"<message from='otto@quay.example/p' to='mara@harbor.example/web' type='chat' id='u2'><body>one t", "wo ", "&amp", "; t", "hree</body></message>",
	}},
}

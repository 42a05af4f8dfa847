package xmpp

import (
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// uploadSlot is the answer to a query for a place to put a file; ok is false where
// the service gave none that a browser may use (XEP-0363, section 5).
//
//	{"type":"upload","put":"https://up.harbor.example/f/a.png?t=1","headers":{"Authorization":"Basic …"},"get":"https://up.harbor.example/f/a.png"}
func uploadSlot(result *xml.Element) (o *activity.Object, ok bool) {
	slot := result.Child(nsUpload, "slot")
	put, get := slot.Child(nsUpload, "put"), slot.Child(nsUpload, "get")
	if !isWebAddress(put.Attr("url")) || !isWebAddress(get.Attr("url")) {
		return nil, false
	}
	headers := activity.NewObject()
	for h := range put.Elements {
		if name := allowedHeader(h.Attr("name")); h.Is(nsUpload, "header") && name != "" {
			headers.Set(name, strings.NewReplacer("\r", "", "\n", "").Replace(h.Text()))
		}
	}
	return object("type", "upload", "put", put.Attr("url"), "headers", headers, "get", get.Attr("url")), true
}

// allowedHeader is the name of a header that a service may ask for; all others are
// left out (XEP-0363, section 5).
func allowedHeader(name string) string {
	for _, allowed := range [...]string{"Authorization", "Cookie", "Expires"} {
		if strings.EqualFold(strings.NewReplacer("\r", "", "\n", "").Replace(name), allowed) {
			return allowed
		}
	}
	return ""
}

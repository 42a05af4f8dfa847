package xmpp

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// maxImage is how many bytes a picture in a profile may have.
const maxImage = 64 << 10

// profile is the answer to a query for what somebody says of himself: a vCard in
// the new form (XEP-0292) or the old one (XEP-0054).
//
//	{"type":"profile","name":"Otto Quay","nickname":"otto","image":"data:image/png;base64,iVBORw0…"}
func profile(result *xml.Element) *activity.Object {
	if card := result.Child(nsVCard4, "vcard"); card != nil {
		text := func(name string) string { return card.Child(nsVCard4, name).Child(nsVCard4, "text").Text() }
		uri := func(name string) string { return card.Child(nsVCard4, name).Child(nsVCard4, "uri").Text() }
		return described(text("fn"), text("nickname"), text("note"), uri("url"), dataImage(uri("photo")))
	}
	card := result.Child(nsVCard, "vCard")
	text := func(name string) string { return card.Child(nsVCard, name).Text() }
	return described(text("FN"), text("NICKNAME"), text("DESC"), text("URL"),
		image(card.Child(nsVCard, "PHOTO").Child(nsVCard, "BINVAL").Text()))
}

func described(name, nickname, summary, url, image string) *activity.Object {
	if !isWebAddress(url) {
		url = ""
	}
	return object("type", "profile", "name", name, "nickname", nickname, "summary", summary, "url", url, "image", image)
}

// dataImage is the picture of a data URI, "" where it is none or somewhere else:
// who looks at a profile must not be made to fetch what its owner wants.
func dataImage(uri string) string {
	head, data, ok := strings.Cut(uri, ";base64,")
	if !ok || !strings.HasPrefix(head, "data:") {
		return ""
	}
	return image(data)
}

// image is a picture as a data URI. What it is the bytes say, not its owner.
func image(coded string) string {
	if len(coded) > 2*maxImage {
		return ""
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(coded), ""))
	if err != nil || len(data) > maxImage {
		return ""
	}
	kind := ""
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		kind = "png"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		kind = "jpeg"
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		kind = "gif"
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		kind = "webp"
	default:
		return ""
	}
	return "data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
}

package metadata

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// A job's message, and what the client gets for it.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The Salt Road</title>`+
			`<meta property="og:image" content="/img/road.jpg"><meta property="og:image:width" content="1200">`+
			`<meta name="description" content="Nine days on foot."><meta property="og:site_name" content="Salt &amp; Sand">`)
	}))
	defer server.Close()
	p, err := Definition().New(fetchtest.Host{}, []byte(`{"allowPrivateAddresses":true}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := activity.ParseObject([]byte(`{"type":"fetch","id":"1","actor":{"id":"` + server.URL + `/road","type":"website"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := p.Do(context.Background(), platform.Job{Activity: message})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"actor", "object"} {
		fmt.Println(strings.ReplaceAll(string(activity.AppendJSON(nil, result.Get(name))), server.URL, "https://salt.example"))
	}
	// Output:
	// {"id":"https://salt.example/road","type":"website","name":"Salt & Sand"}
	// {"type":"page","language":"en","title":"The Salt Road","name":"Salt & Sand","description":"Nine days on foot.","image":[{"url":"https://salt.example/img/road.jpg","type":"jpg","width":"1200"}],"favicon":"/favicon.ico","charset":"utf-8","languageTag":"en","icons":[{"url":"https://salt.example/favicon.ico"}]}
}

package feeds

import (
	"net/url"
	"testing"
)

func TestRebase(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "reed.example", Path: "/img/"}
	for in, want := range map[string]string{
		`<img src="heron.png"> <a href='../more?a=1&amp;b=2'>more</a>`: `<img src="https://reed.example/img/heron.png"> <a href='https://reed.example/more?a=1&amp;b=2'>more</a>`,
		`<img src=heron.png alt=x>`:                                    `<img src="https://reed.example/img/heron.png" alt=x>`,
		`<a href="//x.example/">`:                                      `<a href="https://x.example/">`,
		`<a href="http://x.example/a b">`:                              `<a href="http://x.example/a b">`,
		`<a href="mailto:a@b.example"><a href="#note"><a href="">`:     `<a href="mailto:a@b.example"><a href="#note"><a href="">`,
		`<a href="data:x"><a href="javascript:x()">`:                   `<a href="data:x"><a href="javascript:x()">`,
		`<video poster=a src=b><object data=c></object><p data=c>`:     `<video poster="https://reed.example/img/a" src="https://reed.example/img/b"><object data="https://reed.example/img/c"></object><p data=c>`,
		`<img srcset="a.png 1x, b,c.png 2x,https://x.example/d.png">`:  `<img srcset="https://reed.example/img/a.png 1x, https://reed.example/img/b,c.png 2x, https://x.example/d.png">`,
		`<img srcset="a.png, b.png">`:                                  `<img srcset="https://reed.example/img/a.png, https://reed.example/img/b.png">`,
		`no <markup at all src="x"`:                                    `no <markup at all src="x"`,
		`<script src="x">"<img src='y'>"</script>`:                     `<script src="https://reed.example/img/x">"<img src='y'>"</script>`,
	} {
		if got := rebase(in, base); got != want {
			t.Errorf("%s\n is %s\nwant %s", in, got, want)
		}
		if got := rebase(in, nil); got != in {
			t.Errorf("without a base %s becomes %s", in, got)
		}
	}
}

// xml:base counts for content of every kind and format, each element's own.
func TestContentBase(t *testing.T) {
	for in, want := range map[string]string{
		`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://a.test/"><entry><summary type="html" xml:base="b/">&lt;a href="c">&lt;/a></summary></entry></feed>`:                         `<a href="http://a.test/b/c"></a>`,
		`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://a.test/"><entry><content type="xhtml"><div><p xml:base="b/"><a href="c"/></p><img src="d"/></div></content></entry></feed>`: `<p><a href="http://a.test/b/c"></a></p><img src="http://a.test/d">`,
		`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://a.test/"><entry><content>&lt;a href="c"></content></entry></feed>`:                                                          `<a href="c">`,
		`<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="html">&lt;a href="c"></content></entry></feed>`:                                                                        `<a href="c">`,
		`<rss xml:base="http://a.test/"><channel><item><description>&lt;a href="c"></description></item></channel></rss>`:                                                                       `<a href="http://a.test/c">`,
		`<rss xml:base="http://a.test/"><channel><item><description><a href="c">x</a></description></item></channel></rss>`:                                                                     `<a href="http://a.test/c">x</a>`,
	} {
		if got := read(t, in).items[0].content.value; got != want {
			t.Errorf("%s\n is %s\nwant %s", in, got, want)
		}
	}
}

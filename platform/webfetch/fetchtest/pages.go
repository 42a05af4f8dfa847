package fetchtest

// Pages are beginnings of pages that have made parsers slow when they were
// repeated.
var Pages = []string{
	"<b ", "<", "</", "<!", "<!--", "<!-- --", "-", "<!---", "<![CDATA[", "<svg>", "<svg><title>", "<math><mi>", "<p class=entry-title>",
	"<title>", "<title></titl", "<script><!--", "<script><!--<script>", "</script", "<script>", "<template>", "<a b='", `<a b="`, "<a =", "a=b ", "&", "&#", "&amp", "&a",
	"<meta property=og:image content=x>", "<h1 class=title><a>", "<div id=description>", "<link rel=icon href=x>", "<base href=/>",
	`<script type="application/ld+json">[`, "<font color>", "<svg><p>", "\x00", "\r", "<plaintext>", "<İ", "<K ",
}

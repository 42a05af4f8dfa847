// The address that a page was asked to fetch stands in its own, so that a reload,
// a bookmark and the way back find it again.
//
//	/feeds?url=https%3A%2F%2Fexample.org%2Ffeed.xml
export function inAddress() {
  return new URLSearchParams(location.search).get("url") ?? "";
}

export function keepInAddress(url) {
  const here = new URL(location.href);
  here.searchParams.set("url", url);
  history.replaceState(history.state, "", here);
}

// What the server is, and what can be tried.
import { copy } from "../code.js";
import { h } from "../dom.js";

export default {
  name: "home",
  path: "/",
  title: "Home",

  show(root, { hub, offered, place, version }) {
    const cards = h("div", { class: "cards" });
    const fill = () => {
      const pages = offered().filter((page) => page.platform);
      const waiting = hub.state === "connecting" ? "Asking the server what it offers…" : "The server does not answer. This page goes on trying.";
      cards.replaceChildren(...(hub.platforms.size ? pages.map(card) : [h("p", { class: "lead" }, waiting)]));
    };
    fill();
    hub.addEventListener("state", fill);
    root.append(
      h("h1", {}, "Browsers cannot speak IRC, XMPP or CalDAV. This server does it for them."),
      h("p", { class: "lead" }, "It takes messages in one JSON shape, ActivityStreams, and speaks the protocols of others in their place. Try it with real things:"),
      cards,
      h(
        "section",
        { class: "panel" },
        h("h2", {}, "In a page of your own"),
        h("p", {}, "Both scripts come from this server. What is sent and what comes back is in the inspector, which every page here has; it also copies messages as code."),
        code(example(place)),
        h("p", { class: "about" }, `Sockethub ${version}`),
      ),
    );
    return () => hub.removeEventListener("state", fill);
  },
};

function card(page) {
  return h("a", { class: "card", href: page.path }, h("strong", {}, page.title), h("span", {}, page.about));
}

function example({ origin, path }) {
  return `<script src="${origin}/socket.io.min.js"></script>
<script src="${origin}/sockethub-client.min.js"></script>
<script type="module">
  const sc = new SockethubClient(io("${origin}", { path: "${path}" }));
  await sc.ready();
  const answer = await sc.send({
    "@context": sc.contextFor("feeds"),
    type: "fetch",
    actor: { id: "https://example.org/feed.xml", type: "feed" },
  });
  console.log(answer.items);
</script>`;
}

function code(text) {
  const button = h("button", { type: "button", class: "quiet small" }, "Copy");
  button.addEventListener("click", () => copy(text).then(() => (button.textContent = "Copied"), () => (button.textContent = "The browser does not allow it")));
  return h("div", { class: "code" }, h("pre", { tabindex: "0", "aria-label": "Example" }, h("code", {}, text)), button);
}

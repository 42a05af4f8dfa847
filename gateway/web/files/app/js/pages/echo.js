// The platform "dummy": it answers at once, fails when asked to, and can be
// made to end, to see what a client sees then.
import { busy, field, h, notice } from "../dom.js";
import { explain, milliseconds } from "../words.js";
import { documents } from "./documents.js";

const endings = {
  exit1: "End with status 1",
  sigkill: "Be killed",
  throwTypeError: "Throw an error",
  hang: "Stop answering",
};

export default {
  name: "echo",
  path: "/dummy",
  platform: "dummy",
  title: "Echo",
  about: "Send a text and get it back: the shortest way through the whole server.",

  show(root, { hub }) {
    const text = h("input", { name: "text", value: "Hello from the browser", autocomplete: "off", required: true });
    const answers = h("ol", { class: "answers" });
    const empty = h("p", { class: "empty" }, "No answers yet.");
    const state = notice();

    const ask = async (form, verb, content) => {
      state.wait("Waiting for the answer…");
      const started = performance.now();
      await busy(form, async () => {
        try {
          const answer = await hub.send("dummy", {
            type: verb,
            actor: { id: "https://sockethub.org/examples/dummy", type: "person", name: "You" },
            object: { type: "message", content },
          });
          state.hide();
          empty.hidden = true;
          answers.prepend(
            h("li", {}, h("p", {}, answer.object?.content ?? "(no text)"), h("p", { class: "about" }, `${answer.actor?.id ?? "dummy"} answered ${verb} after ${milliseconds(performance.now() - started)}`)),
          );
        } catch (error) {
          state.show("bad", ...explain(error));
        }
      });
    };

    const form = h(
      "form",
      { class: "panel", onsubmit: (event) => {
        event.preventDefault();
        ask(form, event.submitter?.value || "echo", text.value);
      } },
      field("Text", text),
      h(
        "p",
        { class: "row" },
        h("button", { value: "echo", "data-needs-server": true }, "Echo"),
        h("button", { value: "greet", class: "quiet", "data-needs-server": true }, "Greet"),
        h("button", { value: "fail", class: "quiet", "data-needs-server": true }, "Fail"),
      ),
      state.box,
    );
    const crash = h(
      "details",
      { class: "panel" },
      h("summary", {}, "Make the worker end"),
      h("p", { class: "about" }, "Every platform runs in a process of its own. These end the one of this platform: the message gets an error, the server goes on, and the next message starts a new process."),
      h("p", { class: "row" }, Object.entries(endings).map(([verb, label]) => h("button", { type: "button", class: "quiet", "data-needs-server": true, onclick: () => ask(form, verb, text.value) }, label))),
    );
    root.append(h("h1", {}, "Echo"), h("p", { class: "lead" }, "What you send to this platform comes back, with the sender as its target."), form, h("h2", {}, "Answers"), h("div", { role: "log", "aria-label": "Answers" }, empty, answers), crash, documents("dummy"));
  },
};

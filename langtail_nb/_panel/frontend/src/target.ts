/** Which assistant the panel asks: picked, or typed as on a cell's line. */
import { div, h, span } from "./dom";
import type { View } from "./view";
import type { Head, Places } from "./wire";

const OTHER = "\0other";

/** Pickers for assistant, environment and version, and a box for what none of them offers. */
export function targetPicker(view: View) {
  const { link, typing } = view;
  const assistant = picker("Assistant", "lt-head", (name) => go(name));
  const environment = picker("Environment", "", (name) => go(`/${name}`));
  const version = picker("Version", "lt-quiet", (name) => go(`@${name}`));
  const box = h("input", {
    class: "lt-text lt-mono", "aria-label": "Other assistant", spellcheck: "false", autocomplete: "off", hidden: true,
    placeholder: "assistant, /environment, @version or workspace/project/assistant/environment",
    onkeydown: press, onblur: () => close(),
  });
  const picks = span("lt-picks", assistant.node, span("lt-quiet", "/"), environment.node, version.node);
  let from: HTMLElement = assistant.node;

  /** Python answers with another head, or says why not; until then what is shown is true. */
  function go(target: string) {
    draw();
    if (target.endsWith(OTHER)) open();
    else typing.replace({ do: "switch", target });
  }

  function open() {
    from = document.activeElement instanceof HTMLElement ? document.activeElement : assistant.node;
    box.value = link.get("head").target;
    box.hidden = false;
    box.focus();
    box.select();
  }

  function close() {
    box.hidden = true;
  }

  function press(event: KeyboardEvent) {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.stopPropagation();
    event.preventDefault();
    from.focus();
    close();
    if (event.key === "Enter" && box.value.trim()) typing.replace({ do: "switch", target: box.value.trim() });
  }

  function draw(head: Head = link.get("head"), places: Places = link.get("places")) {
    const { assistants, environments, versions } = places;
    assistant.draw(assistants, head.assistant);
    environment.draw(environments, head.environment);
    version.draw(["", ...versions], head.version ?? "", (name) => (name ? `@${name}` : "current version"));
  }

  link.watch("head", (head) => draw(head));
  link.watch("places", (places) => draw(undefined, places));
  return div("lt-target", picks, box);
}

function picker(name: string, kind: string, pick: (value: string) => void) {
  const node = h("select", { class: `lt-pick ${kind}`, "aria-label": name, title: name });
  node.addEventListener("change", () => pick(node.value));
  return {
    node,
    draw(names: string[], own: string, label = (name: string) => name) {
      // Head and places come one after the other.
      const all = [...new Set([...names, own])];
      const text = JSON.stringify(all);
      if (node.dataset.options !== text) {
        node.dataset.options = text;
        const options = all.map((name) => h("option", { value: name }, label(name)));
        node.replaceChildren(...options, h("option", { value: OTHER }, "Other…"));
      }
      node.value = own;
    },
  };
}

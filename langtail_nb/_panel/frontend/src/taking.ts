/** What is taken out of the panel: texts to the clipboard, cells into the notebook. */
import { fit, textarea } from "./boxes";
import { insertBelow } from "./jupyterlab";
import type { Link } from "./link";
import type { Typing } from "./typing";
import type { Action } from "./wire";

interface Around { root: HTMLElement; link: Link; typing: Typing }
type Tell = (text: string) => void;

/** Python answers all views of the model; each acts on its own presses only, and tells beside what was pressed. */
export class Taking {
  /** Where the clipboard is closed to the page, the text is shown, ready to be copied by hand. */
  readonly spare = textarea({ readonly: true, class: "lt-mono", "aria-label": "Text to copy", hidden: true });
  readonly #view: Around;
  #tell: Tell | undefined;

  constructor(view: Around) {
    this.#view = view;
    view.link.hear("copy", ({ text, told }) => this.#answered((tell) => this.#copy(text, told, tell)));
    view.link.hear("insert", ({ insert, told }) => this.#answered((tell) => this.#insert(insert, told, tell)));
  }

  /** Ask Python for a text or for cells. */
  ask(action: Action, tell: Tell) {
    if (this.#view.typing.refuses("Nothing was copied")) return;
    this.#tell = tell;
    this.#view.link.send(action);
  }

  #answered(act: (tell: Tell) => unknown) {
    const tell = this.#tell;
    this.#tell = undefined;
    if (tell) act((text) => {
      this.#view.link.say(text); // the status may be out of sight
      tell(text);
    });
  }

  #insert(cells: string[], told: string, tell: Tell) {
    if (insertBelow(this.#view, cells)) tell(told);
    else void this.#copy(cells.join("\n\n"), "No cell can be inserted here. It is copied: paste it into a new one.", tell);
  }

  async #copy(text: string, done: string, tell: Tell) {
    const { spare } = this;
    try {
      await navigator.clipboard.writeText(text);
      spare.hidden = true;
      tell(done);
    } catch {
      spare.hidden = false;
      spare.value = text;
      fit(spare);
      spare.select();
      tell(document.execCommand("copy") ? done : "The clipboard is closed to this page. The text is selected.");
    }
  }
}

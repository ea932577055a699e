/** The images of a view by name. */
import { fresh } from "../dom";
import type { Link } from "../link";

/** The data of images by their names, each of which crosses the wire once. */
export class Pictures {
  readonly #data = new Map<string, string>();
  readonly #draws: (() => void)[] = [];
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
    link.hear("picture", ({ picture, data }) => {
      this.#data.set(picture, data);
      for (const draw of this.#draws) draw();
    });
  }

  /** Draw whenever an image has come. */
  watch(draw: () => void) {
    this.#draws.push(draw);
  }

  /** Return an image's data; what has no name is an address. */
  get(name: string) {
    return this.#data.get(name) ?? name;
  }

  /** Keep an image of this view, and return its name. */
  add(data: string) {
    const name = fresh();
    this.#data.set(name, data);
    // By itself and once: what a view sends at a time must stay under the server's limit of 10 MB.
    this.#link.send({ do: "picture", name, data });
    return name;
  }
}

/** The images of messages: attached from files, and shown only if their bytes are here. */
import { bdi, button, div, fresh, h, iconButton, span } from "../dom";
import type { Link } from "../link";
import type { View } from "../view";

const MOST_BYTES = 5 * 1024 * 1024;
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;

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

/** The images of one message; `set` takes their names when they have changed. */
export function messagePictures(view: View, set: (images: string[]) => void) {
  let images: string[] = [];
  const file = h("input", {
    type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", hidden: true,
    onchange() {
      const [picked] = file.files ?? [];
      if (picked) read(view, picked, (data) => set([...images, view.pictures.add(data)]));
      file.value = "";
    },
  });
  const pick = button("Attach image", () => file.click(), "lt-small");
  const node = div("lt-group lt-image");

  function shown(data: string, place: number, called: string) {
    const name = `${called}${place ? `, ${place + 1}` : ""}`;
    const remove = iconButton("close", `Remove image of ${name}`, () => {
      set(images.toSpliced(place, 1));
      pick.focus();
    });
    // An address is named, not fetched.
    return [IMAGE.test(data) ? h("img", { src: data, alt: `Image of ${name}` }) : bdi(data, "lt-mono"), remove];
  }

  function draw(now: string[], called: string) {
    images = now;
    node.hidden = !now.length;
    file.ariaLabel = `Image file for ${called}`;
    const all = now.map((name) => view.pictures.get(name));
    const drawn = `${called} ${all.map((data) => data.length + data.slice(-40))}`;
    if (node.dataset.of === drawn) return;
    node.dataset.of = drawn;
    node.replaceChildren(...all.flatMap((data, place) => shown(data, place, called)));
  }
  return { attach: span("", pick, file), node, draw };
}

/** Read an image of a kind and a size that can be sent; else say why not. */
function read({ link, typing }: View, picked: File, take: (data: string) => void) {
  typing.sendTyped(); // or it would wipe out what is said of the file
  const reader = new FileReader();
  reader.onload = () => {
    const data = String(reader.result);
    if (IMAGE.test(data)) take(data);
    else link.say(`${picked.name} is not a PNG, JPEG, GIF or WebP image.`, true);
  };
  reader.onerror = () => link.say(`${picked.name} could not be read.`, true);
  const size = `${(picked.size / 1024 / 1024).toFixed(1)} MB`;
  if (picked.size <= MOST_BYTES) reader.readAsDataURL(picked);
  else link.say(`${picked.name} has ${size}; an image may have 5 MB at most.`, true);
}

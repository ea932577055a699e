/** The images of messages: attached, pasted or dropped, and shown only if their bytes are here. */
import { bdi, button, div, h, iconButton, span } from "../dom";
import type { View } from "../view";

const MOST_BYTES = 5 * 1024 * 1024;
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;

/** An image of the kinds that can be sent, from its own bytes; an address is named, not fetched. */
export function thumbnail(data: string, alt: string) {
  if (IMAGE.test(data)) return h("img", { src: data, alt });
  return bdi(data.startsWith("data:") ? "[image of a kind that is not shown]" : data, "lt-mono");
}

/** The images of one message; `set` takes their names when they have changed, `small` saves room. */
export function messagePictures(view: View, set: (images: string[]) => void, small = false) {
  let images: string[] = [];
  let called = "";
  const put = (next: string[]) => {
    images = next;
    set(next);
  };
  const take = (files: Iterable<File>) => {
    for (const one of files) read(view, one, (data) => put([...images, view.pictures.add(data)]));
  };
  const file = h("input", {
    type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", hidden: true, multiple: true,
    onchange() {
      take([...file.files ?? []]);
      file.value = "";
    },
  });
  const choose = () => file.click();
  const pick = small ? iconButton("image", "Attach image", choose) : button("Attach image", choose, "lt-small");
  pick.title = "Attach an image; or paste one into the box, or drop it there";
  const node = div(`lt-group lt-image ${small ? "lt-tiny" : ""}`);

  function shown(data: string, place: number) {
    const name = `${called}${place ? `, ${place + 1}` : ""}`;
    const remove = iconButton("close", `Remove image of ${name}`, () => {
      put(images.toSpliced(place, 1));
      pick.focus();
    });
    return span("lt-picture", thumbnail(data, `Image of ${name}`), remove);
  }

  function draw(now: string[], of: string) {
    [images, called] = [now, of];
    node.hidden = !now.length;
    file.ariaLabel = `Image file for ${called}`;
    const all = now.map((name) => view.pictures.get(name));
    const drawn = `${called} ${all.map((data) => data.length + data.slice(-40))}`;
    if (node.dataset.of === drawn) return;
    node.dataset.of = drawn;
    node.replaceChildren(...all.map(shown));
  }
  return {
    attach: span("", pick, file), node, draw,
    /** Draw again, where an image has come. */
    redraw: () => draw(images, called),
    /** Take what is pasted into a box or dropped on it, while `open` says so. */
    takeFrom: (box: HTMLElement, open = () => true) => takeFrom(box, open, take),
  };
}

function takeFrom(box: HTMLElement, open: () => boolean, take: (files: Iterable<File>) => void) {
  const files = (given: DataTransfer | null) => (open() ? [...given?.files ?? []] : []);
  const use = (event: Event, found: File[]) => {
    if (!found.length) return;
    event.preventDefault();
    event.stopPropagation();
    take(found);
  };
  // A cell of a spreadsheet comes as its text and as a picture of it: the text is meant.
  box.addEventListener("paste", (event) => {
    if (!event.clipboardData?.getData("text/plain")) use(event, files(event.clipboardData));
  });
  const over = (event: DragEvent) => {
    const takes = open() && !!event.dataTransfer?.types.includes("Files");
    if (takes) event.preventDefault();
    box.classList.toggle("lt-over", takes);
  };
  box.addEventListener("dragenter", over);
  box.addEventListener("dragover", over);
  box.addEventListener("dragleave", () => box.classList.remove("lt-over"));
  box.addEventListener("drop", (event) => {
    box.classList.remove("lt-over");
    use(event, files(event.dataTransfer));
  });
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

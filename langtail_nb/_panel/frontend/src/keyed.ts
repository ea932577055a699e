/** Lists on the page. */

/** An item of a list: made once, then drawn in place. */
export interface Row<Item> {
  readonly node: HTMLElement;
  draw(item: Item, index: number): void;
}

/** Keep one child per item: drawn in place and moved only when out of order, so that focus and caret stay. */
export function keyed<Item, Key extends keyof Item, Made extends Row<Item>>(
  parent: HTMLElement, key: Key, make: (item: Item) => Made,
) {
  const rows = new Map<Item[Key], Made>();

  function drop(wanted: Set<Item[Key]>) {
    for (const [id, row] of rows) {
      if (wanted.has(id)) continue;
      row.node.remove();
      rows.delete(id);
    }
  }

  function draw(items: Item[]) {
    drop(new Set(items.map((item) => item[key])));
    let place = parent.firstChild;
    items.forEach((item, index) => {
      const row = rows.get(item[key]) ?? make(item);
      rows.set(item[key], row);
      if (row.node === place) place = place.nextSibling;
      else parent.insertBefore(row.node, place);
      row.draw(item, index);
    });
  }
  return { draw, rows };
}

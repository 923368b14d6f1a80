// Single keys on the checker's pages. Each does what a link, a field or a button does; none decides by itself.
const STORE = "enclave-checker-keys";
const KEYS = [
  ["next", "j", "The next item", next],
  ["previous", "k", "The item before", previous],
  ["approve", "a", "To the button that approves", () => focus("#approve")],
  ["return", "r", "To the question that returns it", () => focus("#comment")],
  ["reject", "x", "To the button that rejects; in the queue, tick or untick", reject],
  ["tick", "s", "In the queue: tick clear ones", tickClear],
  ["together", "b", "In the queue: to the button that approves those ticked", () => focus("#approve-together")],
  ["marked", "n", "The next cell that is marked", nextMarked],
  ["cell", "c", "Ask about the cell you are on", askAboutCell],
  ["changes", "d", "To the query and its changes", () => focus("pre.enc-code")],
  ["table", "t", "To the table", () => focus("#copy")],
  ["queue", "q", "To the queue", () => follow("[data-enc-queue], a[href^='/checking?']")],
  ["take", "m", "Take the item", () => focus("#take")],
  ["help", "?", "These keys", help],
];

const settings = read();

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    return { on: kept.on !== false, keys: typeof kept.keys === "object" && kept.keys ? kept.keys : {} };
  } catch {
    return { on: true, keys: {} };
  }
}

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(settings));
  } catch {
    // Where nothing may be kept, a change lasts as long as the page.
  }
}

const keyOf = ([name, first]) => settings.keys[name] ?? first;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
  if (field) {
    if (event.key === "Escape" && field.localName !== "dialog") field.blur();
    return;
  }
  if (!settings.on) return;
  const found = KEYS.find((one) => keyOf(one) === event.key.toLowerCase());
  if (found) {
    event.preventDefault();
    found[3]();
  }
});

function focus(selector) {
  const found = document.querySelector(selector);
  if (!found) return;
  found.focus();
  found.scrollIntoView({ block: "nearest" });
}

function follow(selector) {
  document.querySelector(selector)?.click();
}

function next() {
  if (document.querySelector("[data-enc-list]")) step(1);
  else follow(".enc-queue a[rel=next]");
}

function previous() {
  if (document.querySelector("[data-enc-list]")) step(-1);
  else follow(".enc-queue a[rel=prev]");
}

function step(by) {
  const items = [...document.querySelectorAll("[data-enc-item]")];
  const row = document.activeElement?.closest("li");
  const at = items.findIndex((item) => item === document.activeElement || (row && row.contains(item)));
  const to = at < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(at + by, 0), items.length - 1);
  items[to]?.focus();
}

function reject() {
  if (!document.querySelector("[data-enc-list]")) return focus("#reject");
  const box = document.activeElement?.closest("li")?.querySelector("input[type=checkbox]");
  if (box) {
    box.checked = !box.checked;
    sayPicked();
  }
}

function tickClear() {
  const button = document.querySelector("[data-enc-pick-clear]");
  if (!button) return;
  const most = Number(button.dataset.encPickClear);
  [...document.querySelectorAll("#together input[name=items]")].forEach((box, at) => (box.checked = at < most));
  sayPicked();
}

function sayPicked() {
  const said = document.querySelector("[data-enc-picked]");
  if (said) said.textContent = `${document.querySelectorAll("#together input[name=items]:checked").length} ticked.`;
}

document.querySelector("[data-enc-pick-clear]")?.addEventListener("click", tickClear);
document.querySelector("#together")?.addEventListener("change", sayPicked);

function nextMarked() {
  const cells = [...document.querySelectorAll("#copy [data-enc-cell]")];
  const looks = cells.filter((cell) => cell.classList.contains("enc-look-cell"));
  const list = looks.length ? [...looks, ...cells.filter((cell) => !looks.includes(cell))] : cells;
  const at = list.indexOf(document.activeElement);
  list[(at + 1) % Math.max(list.length, 1)]?.focus();
}

function askAboutCell() {
  const cell = document.activeElement?.dataset?.encCell;
  if (cell === undefined) return focus("#row");
  const place = cell.indexOf(" ");
  fill(cell.slice(0, place), cell.slice(place + 1));
}

function fill(row, column) {
  const [rows, columns] = [document.querySelector("#row"), document.querySelector("#column")];
  if (!rows || !columns) return;
  rows.value = row;
  columns.value = column;
  focus("#comment");
}

document.querySelector("#copy")?.addEventListener("dblclick", (event) => {
  const cell = event.target.closest("td");
  if (!cell) return;
  const head = document.querySelectorAll("#column option")[cell.cellIndex];
  fill(cell.parentElement.firstElementChild.textContent.trim(), head?.value ?? "");
});

// The panel of keys: a dialog, so Escape closes it and the focus goes back to where it was.
function help() {
  const dialog = document.createElement("dialog");
  dialog.className = "enc-keys";
  dialog.setAttribute("aria-label", "Keys");
  const list = document.createElement("ul");
  list.className = "govuk-list";
  for (const one of KEYS) {
    const item = document.createElement("li");
    const key = document.createElement("kbd");
    key.className = "enc-kbd";
    key.textContent = keyOf(one).toUpperCase();
    item.append(key, ` ${one[2]}`);
    list.append(item);
  }
  const close = document.createElement("button");
  close.className = "govuk-button govuk-button--secondary";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(heading("Keys"), list, close);
  document.body.append(dialog);
  dialog.showModal();
}

function heading(text) {
  const made = document.createElement("h2");
  made.className = "govuk-heading-m";
  made.textContent = text;
  return made;
}

// The page where keys are switched off or changed.
const form = document.querySelector("[data-enc-keys]");
if (form) {
  const on = form.querySelector("[data-enc-keys-on]");
  on.checked = settings.on;
  on.addEventListener("change", () => {
    settings.on = on.checked;
    keep();
    said(settings.on ? "Single keys are on." : "Single keys are off.");
  });
  form.querySelector("[data-enc-key-rows]").append(...KEYS.map(keyRow));
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    settings.on = on.checked = true;
    settings.keys = {};
    keep();
    for (const field of form.querySelectorAll(".enc-key")) field.value = keyOf(KEYS.find((one) => one[0] === field.name));
    said("As they were at first.");
  });
}

function keyRow(one) {
  const row = document.createElement("tr");
  const [head, cell] = [document.createElement("th"), document.createElement("td")];
  const [label, field] = [document.createElement("label"), document.createElement("input")];
  Object.assign(head, { scope: "row", className: "govuk-table__header" });
  cell.className = "govuk-table__cell";
  Object.assign(label, { htmlFor: `key-${one[0]}`, textContent: one[2] });
  Object.assign(field, { id: `key-${one[0]}`, name: one[0], maxLength: 1, value: keyOf(one), className: "govuk-input enc-key" });
  field.addEventListener("change", () => change(one, field));
  head.append(label);
  cell.append(field);
  row.append(head, cell);
  return row;
}

function change(one, field) {
  const key = field.value.trim().toLowerCase();
  const taken = KEYS.find((other) => other !== one && keyOf(other) === key);
  if (key.length !== 1 || taken) {
    field.value = keyOf(one);
    return said(taken ? `That key is taken: ${taken[2]}.` : "A key is one character.");
  }
  settings.keys[one[0]] = key;
  keep();
  said(`${one[2]}: ${key.toUpperCase()}.`);
}

function said(words) {
  form.querySelector("[data-enc-keys-said]").textContent = words;
}

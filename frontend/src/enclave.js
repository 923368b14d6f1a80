// What pages gain with JavaScript. Every page works without it.
import { createAll, Button, CharacterCount, Checkboxes, ErrorSummary, Radios, ServiceNavigation, SkipLink } from "govuk-frontend";
import htmx from "htmx.org";

window.htmx = htmx;
document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const component of [Button, CharacterCount, Checkboxes, ErrorSummary, Radios, ServiceNavigation, SkipLink])
  createAll(component);

// A form field marked data-enc-filter narrows the list whose id it names.
for (const field of document.querySelectorAll("[data-enc-filter]")) {
  const list = document.getElementById(field.dataset.encFilter);
  field.addEventListener("input", () => narrow(list, field.value.trim().toLowerCase()));
}

function narrow(list, word) {
  for (const item of list.querySelectorAll("[data-enc-words]"))
    item.hidden = word !== "" && !item.dataset.encWords.toLowerCase().includes(word);
  for (const group of list.querySelectorAll("details")) {
    const found = group.querySelector("[data-enc-words]:not([hidden])") !== null;
    group.hidden = !found;
    if (word !== "") group.open = found;
  }
}

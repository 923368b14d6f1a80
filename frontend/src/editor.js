// The SQL editor over the plain text field: completion from what the project has, problems underlined at their words.
import { EditorView, minimalSetup } from "codemirror";
import { acceptCompletion, autocompletion, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, defaultHighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { Compartment } from "@codemirror/state";
import { keymap, lineNumbers } from "@codemirror/view";

const form = document.querySelector("[data-enc-editor]");
const field = form.querySelector("textarea");
const tabs = new Compartment();
const language = new Compartment();

// The usual colours, but for two which are too faint on white for WCAG 2.2 AA: quoted names, and what is no SQL.
const STRONGER = { "#e40": "#b32d00", "#f00": "#b10e1e" };
const colours = HighlightStyle.define(
  defaultHighlightStyle.specs.map((spec) => ({ ...spec, color: STRONGER[spec.color] ?? spec.color })),
);

const look = EditorView.theme({
  "&": { border: "2px solid #0b0c0c", backgroundColor: "#fff", fontSize: "16px", maxHeight: "60vh" },
  "&:focus-within": { outline: "3px solid #fd0", outlineOffset: "0", boxShadow: "inset 0 0 0 2px #0b0c0c" },
  ".cm-scroller": { fontFamily: "ui-monospace, Menlo, Consolas, monospace", lineHeight: "1.5", minHeight: "12em" },
  ".cm-gutters": { backgroundColor: "#f4f8fb", color: "#484949", border: "none" },
  ".cm-lintRange-error": { backgroundImage: "none", backgroundColor: "#fff1f0", borderBottom: "3px solid #ca3535" },
  ".cm-tooltip": { fontSize: "16px" },
});

const view = new EditorView({
  doc: field.value,
  extensions: [
    keymap.of([
      { key: "Mod-Shift-Enter", run: check },
      { key: "Escape", run: leaveTabs },
      { key: "Mod-Space", run: startCompletion },
      { key: "Tab", run: acceptCompletion },
      ...completionKeymap,
    ]),
    tabs.of([]),
    minimalSetup,
    syntaxHighlighting(colours),
    lineNumbers(),
    bracketMatching(),
    autocompletion(),
    language.of(sql({ dialect: PostgreSQL, upperCaseKeywords: true })),
    EditorView.lineWrapping,
    EditorView.cspNonce.of(form.dataset.nonce),
    EditorView.contentAttributes.of({ "aria-labelledby": "sql-label", "aria-describedby": "sql-hint" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) field.value = update.state.doc.toString();
    }),
    look,
  ],
});

field.after(view.dom);
field.hidden = true;
form.querySelector("#sql-label").addEventListener("click", () => view.focus());
tabSwitch();
underline();
offer();

document.addEventListener("htmx:afterSwap", () => {
  underline();
  document.querySelector("#outcome [data-enc-focus]")?.focus();
});

// A fix is made in the editor, where it can be undone, and checked again.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-enc-fix]")) return;
  event.preventDefault();
  replace(event.target.elements.sql.value);
  check();
});

// A place in the summary is a place in the editor.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('#outcome a[href^="#place-"]');
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  const [start] = offsets(view.state.doc.toString(), [Number(link.dataset.encStart), Number(link.dataset.encStart)]);
  view.dispatch({ selection: { anchor: start }, scrollIntoView: true });
  view.focus();
}, true);

function check() {
  field.value = view.state.doc.toString();
  form.querySelector("[data-enc-check]").click();
  return true;
}

function replace(text) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}

function underline() {
  const found = document.getElementById("marks");
  const problems = found ? JSON.parse(found.dataset.marks) : [];
  const text = view.state.doc.toString();
  const diagnostics = problems.flatMap((problem) =>
    problem.spans.map((span) => {
      const [from, to] = offsets(text, span);
      return { from, to, severity: "error", message: problem.detail, actions: problem.fixes.map(action) };
    }),
  );
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

function action(fix) {
  const apply = () => {
    replace(fix.sql);
    check();
  };
  return { name: fix.title.length > 60 ? "Apply fix" : fix.title, apply };
}

// The service counts characters; the editor counts the halves of those beyond the first 65,536.
function offsets(text, [start, end]) {
  const characters = Array.from(text);
  const upTo = (count) => Math.min(characters.slice(0, count).join("").length, text.length);
  return [upTo(start), upTo(end)];
}

function tabSwitch() {
  const box = document.createElement("label");
  box.className = "enc-tabs-switch";
  const input = document.createElement("input");
  input.type = "checkbox";
  input.addEventListener("change", () => useTabs(input.checked));
  box.append(input, " Tab indents (Escape, then Tab leaves)");
  view.dom.after(box);
}

function useTabs(wanted) {
  view.dispatch({ effects: tabs.reconfigure(wanted ? keymap.of([indentWithTab]) : []) });
}

function leaveTabs() {
  const input = form.querySelector(".enc-tabs-switch input");
  if (!input.checked) return false;
  input.checked = false;
  useTabs(false);
  return true;
}

async function offer() {
  const answer = await fetch(form.dataset.completion, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { tables, codes } = await answer.json();
  const schema = Object.fromEntries(tables.map((table) => [table.name, { self: named(table), children: table.fields.map(column) }]));
  const lists = new Map(tables.flatMap((table) => table.fields.map((one) => [one.name, codes[one.codes] ?? []])));
  const support = sql({ dialect: PostgreSQL, schema, upperCaseKeywords: true });
  const fields = tables.flatMap((table) => table.fields.map((one) => ({ ...column(one), boost: -1 })));
  view.dispatch({
    effects: language.reconfigure([
      support,
      support.language.data.of({ autocomplete: (context) => codesAt(context, lists) }),
      support.language.data.of({ autocomplete: (context) => fieldsAt(context, fields) }),
    ]),
  });
}

function named(table) {
  return { label: table.name, type: "class", info: table.description };
}

function column(one) {
  const tier = one.tier < 3 ? `tier ${one.tier}; ` : "";
  return { label: one.name, type: "property", detail: tier + one.uses.join(", "), info: one.description };
}

function fieldsAt(context, fields) {
  const word = context.matchBefore(/\w+/);
  if (!word && !context.explicit) return null;
  return { from: word ? word.from : context.pos, options: fields, validFor: /^\w*$/ };
}

// After `field = '` or `field IN ('a', '`: the published codes of the field.
function codesAt(context, lists) {
  const found = context.matchBefore(/(\w+)\s*(?:=|<>|!=|\bIN\s*\((?:\s*'[^']*'\s*,)*)\s*'[^']*/i);
  if (!found) return null;
  const list = lists.get(/^\w+/.exec(found.text)[0]) ?? [];
  if (list.length === 0) return null;
  const from = found.from + found.text.lastIndexOf("'") + 1;
  return { from, options: list.map(([value, label]) => ({ label: value, detail: label, type: "constant" })), validFor: /^[^']*$/ };
}

// Makes the files that pages load, from the packages in package-lock.json: `npm ci && npm run build`.
// They are committed in ../enclave/web/pages/assets and travel in the wheel; nobody needs Node to install or to run.
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const OUT = "../enclave/web/pages/assets";
const PACKAGES = ["govuk-frontend", "htmx.org", "codemirror", "@codemirror/lang-sql"];

// A service that is not on GOV.UK may use neither its typeface nor its crown and crest.
const FONT_FACE = /@font-face\s*\{[^}]*\}/g;
const BRAND = /[^{}]*(?:crest|crown|logotype|copyright-logo|licence-logo)[^{}]*\{[^{}]*\}/g;
const TYPEFACE = /"?GDS Transport"?,\s*/g;

function stylesheet() {
  const theirs = readFileSync("node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.css", "utf8")
    .replace(FONT_FACE, "")
    .replace(BRAND, "")
    .replace(TYPEFACE, "")
    .replace(/\/\*#.*\*\//, "");
  for (const word of ["@font-face", "url(", "crest", "crown", "Transport"])
    if (theirs.includes(word)) throw new Error(`the stylesheet still has ${word}`);
  return theirs;
}

// The package of GOV.UK Frontend carries no licence file; this is the one of its repository.
const GOVUK = `The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

${mit()}`;

function mit() {
  const theirs = readFileSync("node_modules/codemirror/LICENSE", "utf8");
  return theirs.slice(theirs.indexOf("Permission is hereby granted")).trim();
}

function licences() {
  const texts = PACKAGES.map((name) => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
    const text = name === "govuk-frontend" ? GOVUK : readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  return texts.join("\n----\n\n");
}

const common = { bundle: true, minify: true, target: "es2022", legalComments: "none", charset: "utf8" };
const own = await build({ entryPoints: ["src/enclave.css"], minify: true, write: false, charset: "utf8" });
// What tells the series of a chart apart: released pages carry the same file inside them.
const series = await build({ entryPoints: ["../enclave/web/pages/layout/series.css"], minify: true, write: false });
writeFileSync(`${OUT}/enclave.css`, `${stylesheet()}\n${own.outputFiles[0].text}${series.outputFiles[0].text}`);
for (const name of ["checker", "public", "admin"])
  await build({ entryPoints: [`src/${name}.css`], minify: true, charset: "utf8", outfile: `${OUT}/${name}.css` });
await build({ ...common, entryPoints: ["src/checker.js"], format: "esm", outfile: `${OUT}/checker.js` });
await build({ ...common, entryPoints: ["src/enclave.js"], format: "esm", outfile: `${OUT}/enclave.js` });
await build({ ...common, entryPoints: ["src/editor.js"], format: "esm", outfile: `${OUT}/editor.js` });
await build({ ...common, entryPoints: ["src/start.js"], format: "iife", outfile: `${OUT}/start.js` });
writeFileSync(`${OUT}/LICENCES.txt`, licences());

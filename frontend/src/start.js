// Before the page is drawn: what looks different with JavaScript is drawn so from the beginning.
document.documentElement.classList.add("enc-js");
document.addEventListener("DOMContentLoaded", () => {
  const supported = "noModule" in HTMLScriptElement.prototype;
  document.body.classList.add("js-enabled", ...(supported ? ["govuk-frontend-supported"] : []));
});

// Before the page is drawn: what looks different with JavaScript is drawn so from the beginning.
document.documentElement.classList.add("enc-js");

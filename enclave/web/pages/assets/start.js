(()=>{document.documentElement.classList.add("enc-js");})();

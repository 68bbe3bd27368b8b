(() => {
  const form = document.getElementById("filter");
  const rows = [...document.querySelectorAll("#besturen tbody tr")];
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const show = () => {
    const sought = plain(form.elements.tekst.value.trim());
    const state = form.elements.stand.value;
    for (const row of rows) {
      row.hidden = !((!state || row.dataset.state === state) && plain(row.textContent).includes(sought));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    form.querySelector("output").value = `${shown} van ${rows.length} getoond`;
  };
  if (!form) return;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();
})();

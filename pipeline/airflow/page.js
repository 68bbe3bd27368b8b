// Both are conveniences: without them the button filters, and a link opens within the frame.
document.querySelector("select")?.addEventListener("change", (event) => event.target.form.requestSubmit());

// The page lies in a frame that may not lead its window elsewhere, but Airflow follows its own history.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.airflow");
  if (!link || window.parent === window || event.ctrlKey || event.metaKey || event.shiftKey) return;
  window.parent.history.pushState(null, "", link.href);
  window.parent.dispatchEvent(new PopStateEvent("popstate"));
  event.preventDefault();
});

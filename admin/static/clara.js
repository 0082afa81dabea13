// All of our own JavaScript. Every form works without it; it only spares a page load and keeps the focus.
"use strict";

// The side panel: what htmx puts into it is shown as a modal dialog, which the browser closes on Escape and from which
// it gives the focus back to where it was.
document.addEventListener("htmx:after:swap", () => {
  const panel = document.getElementById("panel");
  if (panel && !panel.open && panel.querySelector("#panel-content > *")) {
    panel.showModal();
  }
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    document.getElementById(opener.dataset.opens).showModal();
    event.preventDefault();
  }
  if (event.target.closest("[data-closes]") || event.target.matches("dialog[open]")) {
    event.target.closest("dialog").close();
  }
});
document.addEventListener("close", (event) => {
  if (event.target.id === "panel") {
    document.getElementById("panel-content").replaceChildren();
  }
}, true);

// Dark or light, remembered by this browser.
for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const theme = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  });
}

// A drop-down that saves at once has no need of its button.
for (const form of document.querySelectorAll("form[data-saves-at-once]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

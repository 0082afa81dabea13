// Before anything is drawn: dark where the browser wants it and the person has not chosen otherwise.
(() => {
  const chosen = document.documentElement.dataset.bsTheme;
  const wanted = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { document.documentElement.dataset.bsTheme = wanted.matches ? "dark" : "light"; };
  if (!chosen) {
    follow();
    wanted.addEventListener("change", follow);
  }
})();

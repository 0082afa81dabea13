// All of our own JavaScript. Every form works without it; it only spares a page load and keeps the focus.
"use strict";

// The side panel: what htmx puts into it is shown as a modal dialog, which the browser closes on Escape and from which
// it gives the focus back to where it was.
let openedBy = null;
document.addEventListener("htmx:after:swap", () => {
  const panel = document.getElementById("panel");
  if (panel && !panel.open && panel.querySelector("#panel-content > *")) {
    openedBy = document.activeElement;
    panel.showModal();
  }
});
document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target.closest("[data-closes]") || event.target === dialog)) {
    dialog.close();
    event.preventDefault();
  }
});
document.addEventListener("close", (event) => {
  if (event.target.id === "panel") {
    event.target.querySelectorAll("#panel-content, .refusals").forEach((part) => part.replaceChildren());
    document.querySelectorAll("form[data-saves-at-once]").forEach((form) => form.reset());
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

// A drop-down that saves at once has no need of its button. Arrow keys open it: they would save whatever they pass.
for (const form of document.querySelectorAll("form[data-saves-at-once]")) {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("keydown", (event) => {
    if (event.target.matches("select") && /^Arrow(Up|Down)$/.test(event.key)) {
      event.preventDefault();
      event.target.showPicker();
    }
  });
}

// Rows that are ticked: all at once, how many, and buttons that need at least one. What htmx brings later counts too.
const showSelection = () => {
  for (const list of document.querySelectorAll("[data-selection]")) {
    const boxes = [...list.querySelectorAll("tbody input[type=checkbox]")];
    const ticked = boxes.filter((box) => box.checked).length;
    const count = list.querySelector("[data-count]");
    count.dataset.none ??= count.textContent;
    const words = ticked === 1 ? count.dataset.one : `${ticked} ${count.dataset.many}`;
    count.textContent = ticked ? words : count.dataset.none;
    for (const button of list.querySelectorAll("[data-needs-selection]")) {
      button.disabled = !ticked;
    }
    const all = list.querySelector("[data-select-all]");
    all.hidden = false;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
};
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) {
    for (const box of event.target.closest("[data-selection]").querySelectorAll("tbody input[type=checkbox]")) {
      box.checked = event.target.checked;
    }
  }
  showSelection();
});

// Fields that belong to one choice of a drop-down: data-shown-for="treatment=message".
const showChosen = () => {
  for (const part of document.querySelectorAll("[data-shown-for]")) {
    const [name, value] = part.dataset.shownFor.split("=");
    const choice = part.closest("form")?.elements[name];
    part.hidden = Boolean(choice) && choice.value !== value;
  }
};
document.addEventListener("change", showChosen);

for (const event of ["htmx:after:swap", "pageshow"]) {
  addEventListener(event, () => { showSelection(); showChosen(); });
}

// A form that is sent once: a second press of its button does nothing. Whoever comes back to the page may press again.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-once]")) {
    if (event.target.ariaBusy === "true") {
      event.preventDefault();
    }
    event.target.ariaBusy = "true";
  }
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.ariaBusy = null;
  }
});

// What takes a while (data-while) says so in the page's status line, and cannot be pressed again meanwhile (hx-sync).
const working = document.getElementById("working");
const sayWorking = (source, isAtWork) => {
  if (source.dataset.while) {
    source.ariaDisabled = isAtWork ? "true" : null;
    working.textContent = isAtWork ? source.dataset.while : "";
  }
};
document.addEventListener("htmx:before:request", ({ detail }) => sayWorking(detail.ctx.sourceElement, true));
document.addEventListener("htmx:after:request", ({ detail }) => sayWorking(detail.ctx.sourceElement, false));
document.addEventListener("htmx:error", ({ detail }) => detail.ctx && sayWorking(detail.ctx.sourceElement, false));
document.addEventListener("submit", ({ target }) => sayWorking(target, true));
addEventListener("pageshow", () => {
  document.querySelectorAll("[data-while]").forEach((source) => sayWorking(source, false));
});

// When the server cannot be asked, or something before it answers with an error of its own, nothing of that is put into the
// page: a sentence says so. Of what polls (hx-status:5xx) until it answers again, else until something else is asked for;
// then what was refused by our own server (data-refusal) goes as well. A form that came to nothing may be sent again.
const polls = (source) => source.hasAttribute("hx-status:5xx");
const sayTrouble = (source, isThere) => {
  for (const note of document.querySelectorAll(`[data-trouble=${polls(source) ? "asked-again" : "asked-once"}]`)) {
    note.hidden = !isThere;
    if (isThere && !polls(source)) {
      note.scrollIntoView({ block: "nearest" });
    }
  }
};
const mayBeSentAgain = (source) => {
  if (source.matches("form[data-once]")) {
    source.ariaBusy = null;
  }
};
document.addEventListener("htmx:before:request", ({ detail }) => {
  if (!polls(detail.ctx.sourceElement)) {
    sayTrouble(detail.ctx.sourceElement, false);
    document.querySelectorAll(".refusals > *, #said > [data-refusal]").forEach((refusal) => refusal.remove());
  }
});
document.addEventListener("htmx:after:request", ({ detail }) => {
  if (polls(detail.ctx.sourceElement)) {
    sayTrouble(detail.ctx.sourceElement, detail.ctx.response.status >= 500);
  }
});
document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.ctx) {
    sayTrouble(detail.ctx.sourceElement, true);
    mayBeSentAgain(detail.ctx.sourceElement);
  }
});
document.addEventListener("htmx:response:error", ({ detail }) => mayBeSentAgain(detail.ctx.sourceElement));
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const part = tasks[0]?.fragment;
  if (ctx.response.status >= 400 && (!part?.childElementCount || part.firstElementChild.matches("body"))) {
    event.preventDefault();
    sayTrouble(ctx.sourceElement, true);
  }
});
document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx.hx?.retarget) {
    document.querySelector("dialog[open] [data-refusal], #said [data-refusal]")?.scrollIntoView({ block: "nearest" });
  }
});

// A list that keeps itself up to date (data-live): htmx asks for it again every few seconds, as long as nobody has paused
// that and the page is in sight. What it brings is merged into the page, so that the focus stays where it is.
const LIVE_MILLISECONDS = 3000;
for (const button of document.querySelectorAll("[data-live-switch]")) {
  const pause = button.textContent;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.textContent = button.textContent === pause ? button.dataset.resume : pause;
  });
  setInterval(() => {
    const list = document.getElementById(button.dataset.liveSwitch);
    if (button.textContent === pause && !document.hidden && list?.matches("[data-live]")) {
      list.dispatchEvent(new Event("live"));
    }
  }, LIVE_MILLISECONDS);
}

// What is to be kept elsewhere: data-copies names the element whose text the button copies. Browsers allow it over https.
for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.textContent = button.dataset.copied;
  });
}

// Where the focus is after a form, whether a page comes anew or a part of one: on a field that is wrong; else where it
// was, which an id tells, that of the element or the one that its data-focus names; else on what comes next, if that can
// have none any more; else on the notice, or the heading.
const FOCUSABLE = "a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary";
const idOf = (element) => element?.dataset.focus ?? element?.id;
const nextTo = (element) => [...document.querySelectorAll(FOCUSABLE)].find((other) =>
  element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING && other.checkVisibility());
const takesFocus = (element) => {
  if (element.matches(".alert, h1, h2")) {
    element.tabIndex = -1;
  }
  element.focus({ preventScroll: !element.matches(".alert, h1, h2, [aria-invalid=true]") });
  return element === document.activeElement;
};
const giveFocus = (id, ...instead) => {
  const part = document.querySelector("dialog[open]") ?? document;
  const before = id ? document.getElementById(id) : null;
  const others = ["[aria-invalid=true]", ...instead].map((one) => part.querySelector(one));
  [others.shift(), before, before && nextTo(before), ...others].filter(Boolean).find(takesFocus);
};
const NOTICE = ".alert:not([hidden])";
document.addEventListener("submit", () => {
  const focused = document.activeElement?.closest("dialog") ? openedBy : document.activeElement;
  sessionStorage.setItem("focus", JSON.stringify([location.pathname, idOf(focused)]));
});
addEventListener("pageshow", () => {
  const stored = sessionStorage.getItem("focus");
  sessionStorage.removeItem("focus");
  if (stored && !document.querySelector("[autofocus]")) {
    const [path, id] = JSON.parse(stored);
    if (path === location.pathname) {
      giveFocus(id, NOTICE, "h1");
    } else {
      giveFocus(null, NOTICE);
    }
  }
});
let focusedBefore = null;
document.addEventListener("htmx:before:swap", ({ detail }) => {
  focusedBefore = document.activeElement;
  if (detail.ctx.sourceElement.matches("form")) {
    sessionStorage.removeItem("focus");
  }
});
document.addEventListener("htmx:after:swap", () => {
  if (focusedBefore?.isConnected === false && document.activeElement.matches("body, dialog")) {
    giveFocus(idOf(focusedBefore), NOTICE, "h1, h2");
  }
});

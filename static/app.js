/* Risiti in the browser: comfort only. Every task can be done without this file. */
(() => {
  "use strict";
  const body = document.body;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const within = (root, selector) => (root.matches(selector) ? root : one(selector, root));
  const on = (name, act) => document.addEventListener(name, act);

  /* --- messages above the page: offline, request lost ------------------------------------------------------ */
  const hide = (name) => all(`[data-alert=${name}]`).forEach((alert) => alert.remove());
  const show = (name) => {
    hide(name);
    const box = one("#alerts"), words = one(`#alert-${name}`);
    if (box && words) box.append(words.content.cloneNode(true));
    return box && box.lastElementChild;
  };
  const line = () => (navigator.onLine ? hide("offline") : show("offline"));
  addEventListener("online", line);
  addEventListener("offline", line);
  line();

  let lost; // the request that failed last
  const again = ({ elt, requestConfig: { verb, path, triggeringEvent: event } }) => {
    if (!elt.isConnected) return;
    if (event && event.submitter) event.submitter.click(); // htmx sends a button's value only after a click
    else if (elt.matches("form")) elt.requestSubmit();
    else htmx.ajax(verb, path, { source: elt, event });
  };
  const pressed = ({ requestConfig: { triggeringEvent: event } }) => event && event.submitter;
  // what somebody pressed is not to be covered by what goes by itself: totals, drafts, polls
  const waits = () => lost && pressed(lost) && lost.elt.isConnected && one("[data-alert=lost]");
  const fail = ({ detail }) => {
    const { xhr, requestConfig } = detail;
    // a poll has nobody to press "Try again"; it goes on by itself when the portal may be back
    if (!requestConfig.triggeringEvent && (!xhr.status || xhr.status >= 500)) setTimeout(again, 10000, detail);
    if (waits() && !pressed(detail)) return;
    const alert = show("lost");
    lost = detail;
    if (!alert) return;
    const slot = (name) => one(`[data-slot=${name}]`, alert);
    const page = new DOMParser().parseFromString(xhr.responseText || "", "text/html");
    const title = one("h1", page), text = one("[data-what]", page);
    const reference = xhr.status && xhr.getResponseHeader("X-Request-ID");
    if (title && text) [slot("title").textContent, slot("text").textContent] = [title.textContent, text.textContent.trim()];
    if (reference) [slot("reference").hidden, one(".mono", slot("reference")).textContent] = [false, reference];
  };
  ["responseError", "sendError", "timeout"].forEach((name) => on(`htmx:${name}`, fail));
  on("htmx:afterRequest", ({ detail }) => detail.successful && (!waits() || detail.elt === lost.elt) && hide("lost"));

  /* --- focus after a swap: error summary, new line, new heading, or where it was --------------------------- */
  let before = { focus: body, lines: null };
  const lines = () => all(".ln[id]");
  on("htmx:beforeSwap", ({ detail: { target } }) => {
    before = { focus: document.activeElement, lines: new Set(lines().map((row) => row.id)), last: target.lastElementChild };
  });
  const settle = (roots, { target, requestConfig }) => {
    const find = (selector, among = roots) => among.map((root) => within(root, selector)).find(Boolean);
    const dialog = find("dialog[data-open]:not([open])");
    if (dialog) return openDialog(dialog, before.focus);
    // what was swapped beside the target (toasts, totals) comes first in the list and is nothing to go to
    const own = roots.filter((root) => target.contains(root) || (root.id && root.id === target.id));
    const main = own.length ? own : roots.slice(-1);
    const errors = find(".errors[tabindex]");
    const added = before.lines && lines().find((row) => !before.lines.has(row.id));
    const left = document.activeElement === body && before.focus !== body && !before.focus.isConnected;
    let goal = errors || (added && one("input:not([type=hidden]), select", added));
    const next = before.last && before.last.parentElement === target && before.last.nextElementSibling; // more rows
    if (!goal && left && next) goal = one("a", next) || next;
    if (!goal && left) goal = (requestConfig.triggeringEvent && find("h1, h2, h3", main)) || main[0];
    if (errors && !document.title.startsWith(errors.dataset.titlePrefix)) document.title = errors.dataset.titlePrefix + document.title;
    if (!goal) return;
    if (goal.tabIndex < 0) goal.setAttribute("tabindex", "-1");
    goal.focus();
  };
  let roots = [];
  on("htmx:afterSettle", ({ target, detail }) => {
    if (roots.push(target) > 1) return;
    queueMicrotask(() => {
      settle(roots.filter((root) => root.isConnected), detail);
      roots = [];
    });
  });
  const summary = one(".errors[tabindex]");
  if (summary) summary.focus();

  /* --- dialogs ---------------------------------------------------------------------------------------------- */
  const openDialog = (dialog, opener) => {
    dialog.addEventListener("close", () => {
      if (opener && opener.isConnected) opener.focus();
      if (dialog.closest("#dialog")) dialog.remove();
    }, { once: true });
    dialog.showModal();
    const first = one("input:not([type=hidden]), select, textarea", dialog) || one("h2", dialog);
    if (first) first.focus();
  };
  on("dialog-close", () => all("dialog[open]").forEach((dialog) => dialog.close()));

  /* --- what a press does ------------------------------------------------------------------------------------ */
  const swapWords = (button) => {
    const words = one("span", button), other = button.dataset.other;
    [button.dataset.other, words.textContent] = [words.textContent, other];
  };
  const presses = {
    dismiss: (button) => button.closest(button.dataset.dismiss).remove(),
    retry: () => { hide("lost"); if (lost) again(lost); },
    close: (button) => button.closest("dialog").close(),
    dialog: (button, event) => {
      const dialog = one(button.dataset.dialog);
      if (dialog) { event.preventDefault(); openDialog(dialog, button); }
    },
    reveal: (button) => {
      const field = document.getElementById(button.dataset.reveal);
      field.type = field.type === "password" ? "text" : "password";
      swapWords(button);
    },
    copy: (button) => navigator.clipboard.writeText(button.dataset.copy).then(() => {
      if (button.dataset.waiting) return;
      button.dataset.waiting = "1";
      swapWords(button);
      setTimeout(() => { swapWords(button); delete button.dataset.waiting; }, 3000);
    }),
  };
  on("click", (event) => {
    for (const [name, act] of Object.entries(presses)) {
      const button = event.target.closest(`[data-${name}]`);
      if (button) act(button, event);
    }
  });
  on("change", ({ target }) => {
    const form = target.form;
    if (form && "autosubmit" in form.dataset && target.matches("select, [type=date], [type=radio], [type=checkbox]")) form.requestSubmit();
  });

  /* --- keys: / search, n new, ? help; the person can switch them off ---------------------------------------- */
  on("keydown", (event) => {
    if (!body.dataset.help || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    if (event.target.closest("input, select, textarea, [contenteditable]") || !["/", "n", "?"].includes(event.key)) return;
    const goal = one(`[data-key="${event.key}"]`), address = { n: body.dataset.new, "?": body.dataset.help }[event.key];
    if (!goal && !address) return;
    event.preventDefault();
    if (goal && goal.matches("input")) goal.focus();
    else if (goal) goal.click();
    else location.assign(address);
  });

  /* --- combobox ---------------------------------------------------------------------------------------------- */
  const isCombo = (element) => element && element.matches && element.matches("[role=combobox]");
  const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
  const valueOf = (input) => document.getElementById(`${input.id}-value`);
  const activeOf = (input) => document.getElementById(input.getAttribute("aria-activedescendant"));
  const point = (input, option) => {
    all("[aria-selected=true]", listOf(input)).forEach((old) => old.setAttribute("aria-selected", "false"));
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const open = (input, wanted) => {
    const list = listOf(input), shown = wanted && list.childElementCount > 0;
    list.hidden = !shown;
    input.setAttribute("aria-expanded", shown);
    if (!shown) point(input);
  };
  const pick = (input, option) => {
    const value = valueOf(input);
    if (option.dataset.text) input.value = option.dataset.text;
    value.value = option.dataset.value;
    open(input, false);
    value.dispatchEvent(new Event("change", { bubbles: true }));
  };
  on("htmx:configRequest", (event) => {
    const input = event.target;
    if (!isCombo(input)) return;
    event.detail.parameters.q = input.value.trim();
    if (input.value.trim().length < 2) { event.preventDefault(); open(input, false); }
  });
  on("htmx:afterRequest", ({ target: input, detail }) => {
    if (!isCombo(input) || !detail.successful) return;
    const exact = one("[data-exact]", listOf(input)), scanned = input.dataset.scanned;
    delete input.dataset.scanned;
    if (scanned && exact) return pick(input, exact);
    const count = document.getElementById(`${input.id}-found`);
    count.textContent = `${all("[data-text]", listOf(input)).length} ${count.dataset.words}`;
    open(input, document.activeElement === input);
  });
  on("input", ({ target: input }) => {
    if (isCombo(input)) valueOf(input).value = "";
  });
  on("keydown", (event) => {
    const input = event.target;
    if (!isCombo(input)) return;
    const options = all("[role=option]", listOf(input)), active = activeOf(input), shown = !listOf(input).hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!shown) open(input, true);
      const step = event.key === "ArrowDown" ? 1 : -1, at = options.indexOf(active);
      point(input, options[active ? (at + step + options.length) % options.length : step > 0 ? 0 : options.length - 1]);
    } else if (event.key === "Enter") {
      event.preventDefault(); // Enter chooses; it never sends the form from here
      if (shown && active) pick(input, active);
      else if (input.value && !valueOf(input).value) input.dataset.scanned = "1"; // a scanner is quicker than the answer
    } else if (event.key === "Escape" && shown) {
      event.preventDefault();
      event.stopPropagation();
      open(input, false);
    }
  });
  on("combo-pick", ({ detail: { into, text, value } }) => { // added in a dialog over the form that waits for it
    const input = document.getElementById(into);
    if (isCombo(input)) pick(input, { dataset: { text, value } });
  });
  on("mousedown", (event) => {
    const option = event.target.closest && event.target.closest("[role=listbox] [role=option]");
    if (!option) return;
    event.preventDefault(); // the field keeps the focus
    pick(one(`[aria-controls="${option.parentElement.id}"]`), option);
  });
  on("focusout", ({ target }) => isCombo(target) && open(target, false));
})();

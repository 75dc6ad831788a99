
"use strict";
(() => {
  const PAGE = 50;
  const SEVERITIES = ["unknown", "none", "negligible", "low", "medium", "high", "critical"];
  const EMPTY = ["not set", "[]", "{}"];
  const STANDINGS = ["deny", "warn", "waived", "known"];
  const collator = new Intl.Collator("en", { numeric: true });

  /* Text from evidence only ever becomes text: no markup is made of it. */
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const number = (value) => value.toLocaleString("en");
  const badge = (kind, word = kind) => make("span", { class: `badge ${kind}` }, word);

  /* ---- tables of the page itself: sorted by a click on a head ---- */

  const heads = (row, sort) => {
    for (const [index, head] of [...row.cells].entries()) {
      const button = make("button", { type: "button" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const rising = head.getAttribute("aria-sort") !== "ascending";
        for (const other of row.cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        sort(index, rising ? 1 : -1);
      });
    }
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    heads(table.tHead.rows[0], (index, direction) => {
      const body = table.tBodies[0];
      const keyed = [...body.rows].map((row) => {
        const cell = row.cells[index];
        return [cell.dataset.order ?? cell.textContent, row];
      });
      keyed.sort((a, b) => direction * collator.compare(...signed(a[0], b[0])));
      body.append(...keyed.map(([, row]) => row));
    });
  }

  /* A collator knows no minus: what is below zero is lifted above it. */
  function signed(a, b) {
    const numeric = /^-?[\d,]+$/;
    if (!numeric.test(a) || !numeric.test(b)) return [a, b];
    const lifted = (text) => String(Number(text.replaceAll(",", "")) + 2 ** 40);
    return [lifted(a), lifted(b)];
  }

  /* ---- the reasons ---- */

  const place = document.getElementById("explorer");
  if (!place) return;
  const data = JSON.parse(document.getElementById("data").textContent);
  const several = data.images.length > 1;
  const reasons = data.reasons.map((reason, index) => {
    const rule = data.rules[reason.rule];
    const image = data.images[reason.image];
    const text = [
      reason.message, rule.id, rule.title, reason.package, reason.version, reason.layer, image,
      ...Object.values(reason.details ?? {}),
    ];
    return {
      ...reason, index, rule, image, package: reason.package ?? "", layer: reason.layer ?? "",
      level: reason.severity, words: text.join("\n").toLowerCase(),
    };
  });

  const counts = (key) => {
    const found = new Map();
    for (const reason of reasons) found.set(key(reason), (found.get(key(reason)) ?? 0) + 1);
    found.delete("");
    return [...found].sort((a, b) => b[1] - a[1] || collator.compare(a[0], b[0]));
  };

  const filters = make("div", { class: "filters", role: "search", "aria-label": "Filter the reasons" });
  const update = () => { page = 0; draw(); };

  const searched = make("input", { type: "search", id: "f-text", placeholder: "CVE, message, path", autocomplete: "off" });
  const field = (label, control) =>
    make("div", {}, make("label", { for: control.id }, label), control);
  let waiting = 0;
  searched.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, 80);
  });
  filters.append(field("Search", searched));

  const choice = (id, label, key) => {
    const select = make("select", { id }, make("option", { value: "" }, "All"));
    const found = counts(key);
    for (const [value, times] of found) {
      const shown = value.length > 90 ? `${value.slice(0, 88)}\u2026` : value;
      select.append(make("option", { value }, `${shown} (${number(times)})`));
    }
    select.addEventListener("change", update);
    if (found.length) filters.append(field(label, select));
    return { key, control: select };
  };
  const choices = [
    choice("f-rule", "Rule", (reason) => reason.rule.id),
    choice("f-package", "Package", (reason) => reason.package),
    choice("f-layer", "Layer", (reason) => reason.layer),
  ];
  if (several) choices.push(choice("f-image", "Image", (reason) => reason.image));

  const chips = (title, names, key) => {
    const boxes = new Map();
    const row = make("div", { class: "chips" });
    const found = new Map(counts(key));
    for (const name of names) {
      if (!found.has(name)) continue;
      const box = make("input", { type: "checkbox", value: name });
      box.checked = true;
      box.addEventListener("change", update);
      boxes.set(name, box);
      row.append(make("label", {}, box, `${name} (${number(found.get(name))})`));
    }
    filters.append(make("fieldset", { class: "wide" }, make("legend", {}, title), row));
    return { key, boxes };
  };
  const ticked = [
    chips("Severity", [...SEVERITIES].reverse(), (reason) => SEVERITIES[reason.level]),
    chips("Standing", STANDINGS, (reason) => reason.standing),
  ];

  const status = make("p", { role: "status" });
  const reset = make("button", { type: "button", class: "plain" }, "Clear filters");
  const back = make("button", { type: "button", class: "plain" }, "Previous");
  const next = make("button", { type: "button", class: "plain" }, "Next");
  reset.addEventListener("click", () => {
    searched.value = "";
    for (const { control } of choices) control.value = "";
    for (const { boxes } of ticked) for (const box of boxes.values()) box.checked = true;
    update();
  });
  const turn = (by) => () => {
    page += by;
    draw();
    table.scrollIntoView({ block: "nearest" });
  };
  back.addEventListener("click", turn(-1));
  next.addEventListener("click", turn(1));

  const columns = [
    ["Severity", "severity", (reason) => reason.level, (reason) => badge(SEVERITIES[reason.level])],
    ["Standing", "lesser", (reason) => STANDINGS.indexOf(reason.standing), (reason) => badge(reason.standing)],
    ["Rule", "lesser rule", (reason) => reason.rule.id, ruleCell],
    ["Reason", "reason", (reason) => reason.message, null],
    ["Package", "lesser package", (reason) => reason.package, (reason) => `${reason.package} ${reason.version ?? ""}`.trim()],
    ["Layer", "lesser", (reason) => reason.layer, layerCell],
  ];
  if (several) columns.push(["Image", "lesser image", (reason) => reason.image, (reason) => reason.image]);

  function ruleCell(reason) {
    const both = document.createDocumentFragment();
    both.append(make("code", {}, reason.rule.id));
    if (reason.rule.title !== reason.rule.id) {
      both.append(make("span", { class: "title" }, reason.rule.title));
    }
    return both;
  }

  function layerCell(reason) {
    return make("code", { class: "cut", title: reason.layer }, reason.layer.replace(/^sha256:/, ""));
  }

  const headRow = make("tr");
  for (const [name, kind] of columns) {
    headRow.append(make("th", { scope: "col", class: kind }, name));
  }
  const body = make("tbody");
  const table = make(
    "table", { class: "reasons" },
    make("caption", { class: "unseen" }, "Reasons"), make("thead", {}, headRow), body,
  );
  const scroll = make(
    "div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of reasons" }, table,
  );
  place.append(filters, make("div", { class: "bar" }, status, reset, back, next), scroll);

  let page = 0;
  let ordered = reasons;
  let matching = reasons;
  const open = new Set();

  heads(headRow, (index, direction) => {
    const key = columns[index][2];
    const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));
    /* Reasons that have nothing to sort by stand last, whichever way it goes. */
    ordered = [...reasons].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      return direction * compare(x, y);
    });
    update();
  });

  function draw(all = false) {
    const text = searched.value.trim().toLowerCase();
    matching = ordered.filter((reason) =>
      (!text || reason.words.includes(text)) &&
      choices.every(({ key, control }) => !control.value || key(reason) === control.value) &&
      ticked.every(({ key, boxes }) => boxes.get(key(reason)).checked));
    const pages = Math.max(1, Math.ceil(matching.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    const first = all ? 0 : page * PAGE;
    const shown = all ? matching : matching.slice(first, first + PAGE);
    const rows = document.createDocumentFragment();
    for (const reason of shown) rows.append(...rowsOf(reason));
    if (!shown.length) {
      rows.append(make("tr", {}, make("td", { class: "none", colspan: columns.length }, "No reason fits the filters.")));
    }
    body.replaceChildren(rows);
    const part = shown.length < matching.length ? `, ${number(first + 1)} to ${number(first + shown.length)} shown` : "";
    status.textContent = `${number(matching.length)} of ${number(reasons.length)} reasons${part}`;
    back.disabled = page === 0;
    next.disabled = page === pages - 1;
    back.hidden = next.hidden = pages === 1;
  }

  function rowsOf(reason) {
    const id = `reason-${reason.index}`;
    const row = make("tr");
    for (const [name, kind, , shown] of columns) {
      const cell = make("td", { class: kind });
      if (shown) {
        cell.append(shown(reason));
      } else {
        const button = make(
          "button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": id },
          make("span", {}, reason.message || "(no message)"),
          make("small", { class: "under" }, reason.rule.id),
        );
        button.addEventListener("click", () => toggle(reason, row, button, id));
        cell.append(button);
      }
      row.append(cell);
    }
    if (!open.has(reason.index)) {
      /* What aria-controls names must be there. */
      row.querySelector(".open").removeAttribute("aria-controls");
      return [row];
    }
    row.querySelector(".open").setAttribute("aria-expanded", "true");
    return [row, detailRow(reason, id)];
  }

  function toggle(reason, row, button, id) {
    const opened = open.delete(reason.index);
    if (opened) {
      row.nextElementSibling.remove();
      button.removeAttribute("aria-controls");
    } else {
      open.add(reason.index);
      row.after(detailRow(reason, id));
      button.setAttribute("aria-controls", id);
    }
    button.setAttribute("aria-expanded", String(!opened));
  }

  function detailRow(reason, id) {
    const facts = make("dl");
    const fact = (name, content) => {
      if (content) facts.append(make("dt", {}, name), make("dd", {}, content));
    };
    const { rule } = reason;
    fact("Fix", rule.remediation);
    fact("Why it matters", rule.description);
    fact("Waived because", reason.waiver);
    fact("Denies from", rule.from);
    fact("Package", `${reason.package} ${reason.version ?? ""}`.trim());
    fact("Layer", reason.layer);
    for (const [name, value] of Object.entries(reason.details ?? {})) {
      if (!["package", "version", "layer"].includes(name) && !EMPTY.includes(value)) fact(name, value);
    }
    fact("Evidence", reason.values && evidence(reason));
    fact("Image", several ? reason.image : "");
    fact("Controls", rule.controls);
    fact("Rule", `${rule.id}, ${rule.place}`);
    fact("Bundle", reason.bundle);
    fact("Fingerprint", make("code", {}, reason.fingerprint));
    return make("tr", { class: "detail", id }, make("td", { colspan: columns.length }, facts));
  }

  function evidence(reason) {
    const all = document.createDocumentFragment();
    for (const { pointer, value, sources } of reason.values) {
      const held = value.includes("\n") ? make("pre", { tabindex: "0", role: "region", "aria-label": `Value of ${pointer}` }, value) : make("code", {}, ` = ${value}`);
      const one = make("div", { class: "value" }, make("code", {}, make("b", {}, pointer || "/")), held);
      for (const [where, digest] of sources) {
        one.append(make("span", { class: "source" }, "from ", make("code", {}, where), ", sha256 ", make("code", {}, digest)));
      }
      all.append(one);
    }
    if (reason.more) all.append(`and ${number(reason.more)} more values, which the json report has`);
    return all;
  }

  /* On paper there is no next page: all that fits the filters is drawn. */
  addEventListener("beforeprint", () => draw(true));
  addEventListener("afterprint", () => draw());
  draw();
})();

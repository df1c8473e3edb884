/**
 * The pieces that every page is made of. Text always becomes a text node, so nothing that a service, a file or a
 * certificate is called can turn into markup.
 */

import { Component, createRef, Fragment, h, render } from "../vendor/preact/preact.module.js";
import { bytesPerSecond, latency, percent, plural, rate, share, UNKNOWN } from "./format.js";
import { healthOf } from "./mesh.js";

export { Component, createRef, Fragment, h, render };

/** Calls its child with the states of several feeds, and again whenever one of them changes. */
export class Live extends Component {
  #unsubscribe = [];

  componentDidMount() {
    this.#subscribe();
  }

  componentDidUpdate(before) {
    const now = Object.values(this.props.feeds);
    const old = Object.values(before.feeds);
    if (now.length !== old.length || now.some((each, index) => each !== old[index])) {
      this.componentWillUnmount();
      this.#subscribe();
      this.forceUpdate();
    }
  }

  componentWillUnmount() {
    this.#unsubscribe.forEach((each) => each());
    this.#unsubscribe = [];
  }

  #subscribe() {
    this.#unsubscribe = Object.values(this.props.feeds).map((each) => each.subscribe(() => this.forceUpdate()));
  }

  render({ feeds, draw }) {
    return draw(Object.fromEntries(Object.entries(feeds).map(([name, each]) => [name, each.state])));
  }
}

const ICONS = {
  lock: "M5 7V5a3 3 0 0 1 6 0v2h.5A1.5 1.5 0 0 1 13 8.5v4a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 12.5v-4A1.5 1.5 0 0 1 4.5 7zm1.5 0h3V5a1.5 1.5 0 0 0-3 0z",
  open: "M5 7V5a3 3 0 0 1 5.9-.8l-1.450.4A1.5 1.5 0 0 0 6.5 5v2h5A1.5 1.5 0 0 1 13 8.5v4a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 12.5v-4A1.5 1.5 0 0 1 4.5 7z",
  healthy: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm3.3 5-4 4.2a.8.8 0 0 1-1.150 0L4.5 9l1.1-1.1 1.150 1.150L10.2 5.4z",
  degraded: "M8.9 2.1a1 1 0 0 0-1.8 0l-5.6 10.4a1 1 0 0 0 .9 1.5h11.2a1 1 0 0 0 .9-1.5zM7.2 6h1.6v3.8H7.2zm0 4.9h1.6v1.5H7.2z",
  failing: "M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM5 6.1 6.9 8 5 9.9 6.1 11 8 9.1 9.9 11 11 9.9 9.1 8 11 6.1 9.9 5 8 6.9 6.1 5z",
  idle: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm0 1.5a5 5 0 1 1 0 10A5 5 0 0 1 8 3z",
  search: "M6.8 2a4.8 4.8 0 1 0 2.9 8.6l3.2 3.2 1-1-3.2-3.2A4.8 4.8 0 0 0 6.8 2zm0 1.5a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6z",
};

/** A small picture beside a word; the word carries the meaning, so the picture is hidden from screen readers. */
export function Icon({ name }) {
  return h("svg", { class: `icon icon-${name}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, h("path", { d: ICONS[name] }));
}

/** The outline of an icon, for drawings that are SVG already. */
export function outline(name) {
  return ICONS[name];
}

const HEALTH_WORDS = { healthy: "healthy", degraded: "degraded", failing: "failing", idle: "no traffic" };

export function Health({ health, word }) {
  return h("span", { class: `health ${health}` }, h(Icon, { name: health }), word ?? HEALTH_WORDS[health]);
}

export function healthWord(health) {
  return HEALTH_WORDS[health];
}

export function Success({ value }) {
  if (value === null || value === undefined) {
    return h("span", { class: "unknown" }, UNKNOWN);
  }
  return h("span", { class: `success ${healthOf(value)}` }, percent(value));
}

const SECURITY_WORDS = {
  mutual: ["lock", "mTLS", "All traffic in the window was encrypted and both ends verified"],
  partly: ["open", "partly", "Some callers came without mutual TLS"],
  plaintext: ["open", "plaintext", "No caller used mutual TLS"],
  quiet: ["lock", "in mesh", "Part of the mesh; no traffic in the window to judge by"],
};

export function Security({ security, meshed }) {
  if (security === "quiet" && !meshed) {
    return h("span", { class: "security outside", title: "No endpoint has a proxy" }, "outside");
  }
  const [icon, word, meaning] = SECURITY_WORDS[security];
  return h("span", { class: `security ${security}`, title: meaning }, h(Icon, { name: icon }), word);
}

/** The versions behind a service, and how traffic splits between them where there is a choice. */
export function Versions({ versions }) {
  if (versions.length === 0) {
    return h("span", { class: "unknown" }, UNKNOWN);
  }
  return h("ul", { class: "versions" }, versions.map((each, index) =>
    h("li", { key: each.version, class: `version series-${(index % 6) + 1}` },
      each.version,
      versions.length > 1 && each.share !== null ? h("b", null, share(each.share)) : null)));
}

/**
 * The three percentiles on one logarithmic line, so that a long tail is seen before it is read. The line
 * reaches from `floor`, the fastest p50 of the table, to `ceiling`, its slowest p99, in ms.
 */
export function Spread({ p50, p95, p99, floor, ceiling }) {
  if (p50 === null || p99 === null) {
    return null;
  }
  const whole = Math.log(Math.max(ceiling, floor * 2) / floor);
  const at = (value) => 2 + 96 * Math.min(1, Math.max(0, Math.log(Math.max(value, floor) / floor) / whole));
  return h("svg", { class: "spread", viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("path", { class: "spread-rail", d: "M0 6H100" }),
    h("path", { class: "spread-tail", d: `M${at(p95)} 6H${at(p99)}` }),
    h("path", { class: "spread-body", d: `M${at(p50)} 6H${Math.max(at(p95), at(p50) + 1)}` }),
    h("path", { class: "spread-mark", d: `M${at(p50)} 2V10` }));
}

/** Part of a whole as a bar, for example a service's rate beside the busiest one. */
export function Bar({ part, kind = "" }) {
  return h("svg", { class: `bar ${kind}`, viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("path", { class: "bar-rail", d: "M0 2H100" }),
    part > 0 ? h("path", { class: "bar-fill", d: `M0 2H${Math.max(1, 100 * Math.min(1, part))}` }) : null);
}

/**
 * A table that sorts on its headings and becomes a list of cards on a phone. The roles are spelled out because a
 * browser forgets a table's meaning when its cells are laid out as blocks.
 *
 * columns: `{key, label, value(row), draw(row), numeric, first, plain}`; `value` is what sorting compares, `plain`
 * takes the column out of sorting.
 */
export class DataTable extends Component {
  constructor(properties) {
    super(properties);
    this.state = { by: properties.sortedBy ?? properties.columns[0].key, descending: properties.descending ?? false };
  }

  #sort(column) {
    const { by, descending } = this.state;
    this.setState(by === column.key ? { descending: !descending } : { by: column.key, descending: Boolean(column.numeric) });
  }

  render({ caption, hiddenCaption, columns, rows, keyOf, empty, selected, rowClass }, { by, descending }) {
    const column = columns.find((each) => each.key === by) ?? columns[0];
    const sorted = column.value === undefined ? rows : [...rows].sort((left, right) =>
      compare(column.value(left), column.value(right), descending) || keyOf(left).localeCompare(keyOf(right)));
    return h("div", { class: "table-frame" },
      h("table", { class: "data", role: "table" },
        h("caption", { class: hiddenCaption ? "unseen" : "" }, caption),
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map((each) => this.#heading(each, by, descending)))),
        h("tbody", { role: "rowgroup" },
          sorted.map((row) => h("tr", {
            key: keyOf(row),
            role: "row",
            class: `${rowClass?.(row) ?? ""} ${selected === keyOf(row) ? "selected" : ""}`.trim(),
          }, columns.map((each) => h(each.first ? "th" : "td", {
            key: each.key,
            role: each.first ? "rowheader" : "cell",
            scope: each.first ? "row" : undefined,
            class: `${each.numeric ? "numeric" : ""} column-${each.key}`,
            "data-label": each.label,
          }, each.draw(row))))),
          sorted.length === 0
            ? h("tr", { role: "row", class: "nothing" }, h("td", { role: "cell", colSpan: columns.length }, empty))
            : null)));
  }

  #heading(column, by, descending) {
    const sortable = column.value !== undefined && !column.plain;
    const sorted = sortable && column.key === by;
    return h("th", {
      key: column.key,
      role: "columnheader",
      scope: "col",
      class: `${column.numeric ? "numeric" : ""} column-${column.key}`,
      "aria-sort": sorted ? (descending ? "descending" : "ascending") : undefined,
    }, sortable
      ? h("button", { type: "button", class: "sort", onClick: () => this.#sort(column) }, column.label,
        h("span", { class: "sort-mark", "aria-hidden": "true" }, sorted ? (descending ? "▾" : "▴") : ""))
      : column.label);
  }
}

// What is not known goes last whichever way the column is sorted.
function compare(left, right, descending) {
  const unknownLeft = left === null || left === undefined;
  const unknownRight = right === null || right === undefined;
  if (unknownLeft || unknownRight) {
    return Number(unknownLeft) - Number(unknownRight);
  }
  const order = typeof left === "number" ? left - right : String(left).localeCompare(String(right), "en", { numeric: true });
  return descending ? -order : order;
}

/** Columns of golden signals, the same on every page. The scale, from {@link scaleOf}, is the bars'. */
export function signalColumns({ busiest, fastest, slowest }) {
  return [
    { key: "success", label: "Success", numeric: true, value: (row) => row.success, draw: (row) => h(Success, { value: row.success }) },
    {
      key: "rps", label: "RPS", numeric: true, value: (row) => row.rps,
      draw: (row) => row.rps > 0 || !(row.bytesPerSecond > 0)
        ? h("span", { class: "with-bar" }, h("span", null, rate(row.rps)), h(Bar, { part: (row.rps ?? 0) / (busiest || 1) }))
        : h(Bytes, row),
    },
    { key: "p50", label: "P50", numeric: true, value: (row) => row.p50, draw: (row) => latency(row.p50) },
    { key: "p95", label: "P95", numeric: true, value: (row) => row.p95, draw: (row) => latency(row.p95) },
    { key: "p99", label: "P99", numeric: true, value: (row) => row.p99, draw: (row) => latency(row.p99) },
    {
      key: "spread", label: "Spread", plain: true,
      draw: (row) => h(Spread, { p50: row.p50 ?? null, p95: row.p95 ?? null, p99: row.p99 ?? null, floor: fastest, ceiling: slowest }),
    },
  ];
}

// Plain TCP has no requests; its bytes, and connections where they are counted, stand where the rate would.
function Bytes({ bytesPerSecond: bytes, tcpConnections }) {
  return h("span", { class: "tcp" }, bytesPerSecond(bytes), tcpConnections > 0 ? h("small", null, plural(tcpConnections, "connection")) : null);
}

export function scaleOf(rows) {
  return {
    busiest: Math.max(0, ...rows.map((row) => row.rps ?? 0)),
    fastest: Math.max(0.01, Math.min(...rows.map((row) => row.p50 ?? Number.POSITIVE_INFINITY))),
    slowest: Math.max(1, ...rows.map((row) => row.p99 ?? 0)),
  };
}

/** A number with its name, at the head of a page. */
export function Tile({ label, children, note, kind = "" }) {
  return h("div", { class: `tile ${kind}` }, h("dt", null, label), h("dd", null, children, note ? h("small", null, note) : null));
}

export function Tiles({ children }) {
  return h("dl", { class: "tiles" }, children);
}

export function Search({ label, value, onInput }) {
  return h("label", { class: "search" }, h("span", { class: "unseen" }, label), h(Icon, { name: "search" }),
    h("input", { type: "search", value, placeholder: label, autocomplete: "off", spellcheck: false, onInput: (event) => onInput(event.target.value) }));
}

export function Choice({ label, value, options, onChange }) {
  return h("label", { class: "choice" }, h("span", null, label),
    h("select", { value, onChange: (event) => onChange(event.target.value) },
      options.map(([option, text]) => h("option", { key: option, value: option, selected: option === value }, text))));
}

/** One of a few, as buttons side by side. */
export function Segments({ label, value, options, onChange }) {
  return h("div", { class: "segments", role: "group", "aria-label": label },
    options.map(([option, text]) => h("button", {
      key: option, type: "button", "aria-pressed": String(option === value), onClick: () => onChange(option),
    }, text)));
}

export function Empty({ title, children }) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), children);
}

export function Loading({ what }) {
  return h("div", { class: "loading", role: "status" }, h("span", { class: "loading-mark", "aria-hidden": "true" }), `Reading ${what}…`);
}

/**
 * Draws `draw` once every needed feed has data. Before that: loading, or why there is nothing. After a failure the
 * last data stays; the banner at the top of the page says that it is old.
 */
export function ready(states, what, draw) {
  const waiting = Object.values(states).filter((state) => state.data === null);
  if (waiting.length === 0) {
    return draw();
  }
  const failed = waiting.find((state) => state.failure !== null);
  if (failed === undefined) {
    return h(Loading, { what });
  }
  return h(Empty, { title: `Cannot read ${what}` }, h("p", null, failed.failure.message, ". Trying again."));
}

export function Heading({ title, children, above }) {
  return h("div", { class: "heading" },
    h("div", { class: "heading-words" }, above ? h("p", { class: "above" }, above) : null, h("h1", { tabIndex: -1 }, title)),
    h("div", { class: "heading-tools" }, children));
}

/** Connected proxies: what each was sent, what it took, what it refused, and how long its certificate lasts. */

import { Component, DataTable, Empty, h, Heading, Health, Live, ready, Search, Tile, Tiles } from "./elements.js";
import { feed } from "./feed.js";
import { clock, dateAndClock, duration, instant } from "./format.js";
import { keepInAddress } from "./router.js";

const TYPE_WORDS = [["Listener", "listeners"], ["RouteConfiguration", "routes"], ["Cluster", "clusters"], ["ClusterLoadAssignment", "endpoints"], ["Secret", "secrets"], ["Host", "names"]];

function typeWord(type) {
  const last = type.split(".").at(-1);
  return TYPE_WORDS.find(([name]) => name === last)?.[1] ?? last;
}

export class ProxiesPage extends Component {
  constructor(properties) {
    super(properties);
    this.state = { text: properties.query.get("q") ?? "" };
  }

  #find = (text) => {
    this.setState({ text });
    keepInAddress("q", text);
  };

  render() {
    return h(Live, { feeds: { proxies: feed("proxies", {}, 3000) }, draw: ({ proxies }) => ready({ proxies }, "proxies", () => this.#draw(proxies.data)) });
  }

  #draw(proxies) {
    if (proxies.length === 0) {
      return [h(Heading, { title: "Proxies" }), h(Empty, { title: "No proxy is connected" }, h("p", null, "A proxy connects when a program starts under ", h("code", null, "riser run"), "."))];
    }
    const rows = proxies.map(described);
    const wanted = this.state.text.trim().toLowerCase();
    const shown = rows.filter((row) => wanted === "" || `${row.id} ${row.workload} ${row.namespace}`.toLowerCase().includes(wanted));
    const refused = rows.filter((row) => row.rejected.length > 0);
    const waiting = rows.filter((row) => row.pending > 0 && row.rejected.length === 0);
    const next = rows.map((row) => row.end).filter((end) => end !== null).sort((left, right) => left - right)[0];
    return [
      h(Heading, { key: "heading", title: "Proxies" }, h(Search, { label: "Find a proxy", value: this.state.text, onInput: this.#find })),
      h(Tiles, { key: "tiles" },
        h(Tile, { label: "Connected" }, rows.length),
        h(Tile, { label: "In step", note: waiting.length > 0 ? `${waiting.length} yet to answer` : "have answered all", kind: waiting.length > 0 ? "degraded" : "" }, rows.length - refused.length - waiting.length),
        h(Tile, { label: "Refusing something", kind: refused.length > 0 ? "failing" : "" }, refused.length),
        next === undefined ? null : h(Tile, { label: "Next certificate ends", note: clock(next) }, next > Date.now() ? `in ${duration(next - Date.now())}` : "ended")),
      refused.length > 0 ? h(Refusals, { key: "refusals", rows: refused }) : null,
      h(ProxyTable, { key: "table", rows: shown, total: rows.length }),
    ];
  }
}

function described(proxy) {
  const types = proxy.types ?? [];
  const rejected = types.flatMap((each) => (each.rejected ?? []).map((one) => ({ ...one, type: typeWord(each.type) })));
  return {
    ...proxy,
    types,
    rejected,
    sent: types.reduce((sum, each) => sum + each.sent, 0),
    acked: types.reduce((sum, each) => sum + each.acked, 0),
    pending: types.reduce((sum, each) => sum + Math.max(0, each.sent - each.acked - (each.rejected ?? []).length), 0),
    end: instant(proxy.certificate?.notAfter),
    begin: instant(proxy.certificate?.notBefore),
    since: instant(proxy.connectedAt),
  };
}

function Refusals({ rows }) {
  return h("section", { class: "card refusals", "aria-labelledby": "refusals" },
    h("h2", { id: "refusals" }, "Refused by proxies"),
    h("ul", { class: "problems" }, rows.flatMap((row) => row.rejected.map((each, index) => h("li", { key: `${row.id} ${index}`, class: "problem" },
      h("p", { class: "problem-message" }, h(Health, { health: "failing", word: each.reason })),
      h("dl", null,
        h("div", null, h("dt", null, "proxy"), h("dd", null, `${row.workload} ${row.instance} in ${row.namespace}`)),
        h("div", null, h("dt", null, each.type), h("dd", null, h("code", null, each.name)))))))));
}

function ProxyTable({ rows, total }) {
  const columns = [
    {
      key: "name", label: "Workload", first: true, value: (row) => `${row.namespace}/${row.workload}/${row.instance}`,
      draw: (row) => h("span", { class: "name", title: row.id }, h("span", { class: "name-main" }, row.workload),
        h("span", { class: "name-namespace" }, `${row.namespace} · ${row.instance}`)),
    },
    {
      key: "step", label: "Configuration", value: (row) => -row.rejected.length * 1000 - row.pending,
      draw: (row) => row.rejected.length > 0
        ? h(Health, { health: "failing", word: `refuses ${row.rejected.length}` })
        : row.pending > 0 ? h(Health, { health: "degraded", word: `${row.pending} to answer` }) : h(Health, { health: "healthy", word: "in step" }),
    },
    {
      key: "types", label: "Taken of sent", plain: true,
      draw: (row) => h("ul", { class: "types" }, row.types.map((each) => h("li", {
        key: each.type, class: each.acked < each.sent ? "short" : "", title: `${each.type}: ${each.subscribed} subscribed`,
      }, h("span", null, typeWord(each.type)), h("b", null, each.acked === each.sent ? each.sent : `${each.acked}/${each.sent}`)))),
    },
    { key: "certificate", label: "Certificate ends", value: (row) => row.end, draw: (row) => h(Certificate, row) },
    { key: "since", label: "Connected for", numeric: true, value: (row) => row.since, draw: (row) => row.since === null ? "–" : h("span", { title: dateAndClock(row.since) }, duration(Date.now() - row.since)) },
    { key: "version", label: "Version", value: (row) => row.version, draw: (row) => row.version },
  ];
  return h(DataTable, { caption: "Connected proxies", hiddenCaption: true, columns, rows, sortedBy: "step", keyOf: (row) => row.id, empty: `None of ${total} matches.` });
}

// Renewal comes at two thirds of a certificate's life; one that is nearly over was not renewed.
const OVERDUE = 0.85;

function Certificate({ end, begin, certificate }) {
  if (end === null) {
    return h("span", { class: "unknown" }, "none");
  }
  const left = end - Date.now();
  const lived = begin === null ? null : 1 - left / (end - begin);
  const health = left <= 0 ? "failing" : lived !== null && lived > OVERDUE ? "degraded" : "healthy";
  const word = left <= 0 ? `ended ${duration(-left)} ago` : `in ${duration(left)}`;
  return h("span", { class: "certificate", title: `${dateAndClock(end)}, serial ${certificate.serial}` }, h(Health, { health, word }));
}

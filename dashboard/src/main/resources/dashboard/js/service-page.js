/** One service, or one workload that no service stands before: signals over time, neighbours, endpoints, objects. */

import { Chart } from "./chart.js";
import {
  Component, DataTable, Empty, h, Heading, Health, Live, ready, scaleOf, Security, Segments, signalColumns, Success, Tile, Tiles, Versions,
} from "./elements.js";
import { feed } from "./feed.js";
import { latency, percent, plural, rate, roundPercent, roundRate, share } from "./format.js";
import { goesTo, healthOf, nodesById, nodesOf, objectsConcerning, serviceOf, serviceRows, together, versionShares } from "./mesh.js";
import { link } from "./router.js";

const SPANS = [["10m", "10 min"], ["30m", "30 min"], ["60m", "1 h"]];
const PERCENTILES = [["p50", "P50"], ["p95", "P95"], ["p99", "P99"]];
const SPLITS = [["version", "version"], ["caller", "caller"], ["none", "together"]];

export class ServicePage extends Component {
  state = { span: "10m", percentile: "p95", by: "version" };

  render({ kind, namespace, name, window }, { span, by }) {
    const feeds = {
      services: feed("services", {}, 5000),
      graph: feed("graph", { window }, 3000),
      stat: feed("stat", { kind, namespace, name, window }, 3000),
      series: feed("timeseries", { kind, namespace, name, window: span, by }, 5000),
      objects: feed("objects", {}, 10_000),
    };
    return h(Live, {
      feeds,
      draw: (states) => ready({ services: states.services, graph: states.graph }, `${name}`, () => this.#draw(states)),
    });
  }

  #draw({ services, graph, stat, series, objects }) {
    const { kind, namespace, name } = this.props;
    const service = kind === "service" ? services.data.find((each) => each.namespace === namespace && each.name === name) : undefined;
    const nodes = nodesById(graph.data);
    const own = service !== undefined ? nodesOf(service, graph.data) : graph.data.nodes.filter((node) => node.namespace === namespace && node.name === name);
    if (service === undefined && own.length === 0) {
      return [h(Heading, { title: name, above: namespace }), h(Empty, { title: kind === "service" ? "The mesh knows no such service" : "This workload had no traffic in the window" },
        h("p", null, h("a", { href: link("services") }, "All services")))];
    }
    const ids = new Set(own.map((node) => node.id));
    const edges = graph.data.edges;
    const incoming = edges.filter((edge) => service !== undefined ? goesTo(edge, service, nodes) || ids.has(edge.destination) : ids.has(edge.destination));
    const outgoing = edges.filter((edge) => ids.has(edge.source));
    const row = service !== undefined ? serviceRows([service], stat.data, graph.data)[0] : { ...stat.data?.rows?.[0] };
    return [
      h(Heading, { key: "heading", title: name, above: [h("a", { href: link("services") }, "Services"), ` / ${namespace}`] },
        service !== undefined ? h(Health, { health: row.health }) : null,
        service !== undefined ? h(Security, row) : null),
      service !== undefined ? h("p", { key: "host", class: "host" }, h("code", null, service.host), ` ${ports(service)}`) : null,
      h(Signals, { key: "signals", row, incoming }),
      h("section", { key: "charts", class: "charts", "aria-labelledby": "over-time" },
        h("div", { class: "section-head" }, h("h2", { id: "over-time" }, "Over time"),
          h(Segments, { label: "Split by", value: this.state.by, options: SPLITS, onChange: (by) => this.setState({ by }) }),
          h(Segments, { label: "Percentile of latency", value: this.state.percentile, options: PERCENTILES, onChange: (percentile) => this.setState({ percentile }) }),
          h(Segments, { label: "Time shown", value: this.state.span, options: SPANS, onChange: (span) => this.setState({ span }) })),
        ready({ series }, "its history", () => h(Charts, { data: series.data, percentile: this.state.percentile }))),
      h("div", { key: "neighbours", class: "pair" },
        h(Neighbours, { title: "Callers", edges: incoming, end: "source", nodes, services: services.data, empty: "Nobody called in the window." }),
        h(Neighbours, { title: "Calls", edges: outgoing, end: "destination", nodes, services: services.data, empty: "It called nobody in the window." })),
      service !== undefined ? h(Endpoints, { key: "endpoints", service }) : null,
      service !== undefined ? h(Objects, { key: "objects", service, objects }) : null,
    ];
  }
}

function ports(service) {
  return (service.ports ?? []).map((port) => typeof port === "object" ? `${port.port}${port.protocol ? ` ${port.protocol}` : ""}` : String(port)).join(", ");
}

function Signals({ row, incoming }) {
  const split = versionShares(incoming).map((each) => `${each.version} ${share(each.share)}`);
  return h(Tiles, null,
    h(Tile, { label: "Success", kind: row.success === null || row.success === undefined ? "" : healthOf(row.success) }, h(Success, { value: row.success })),
    h(Tile, { label: "Requests", note: "a second" }, rate(row.rps)),
    h(Tile, { label: "P50" }, latency(row.p50)),
    h(Tile, { label: "P95" }, latency(row.p95)),
    h(Tile, { label: "P99" }, latency(row.p99)),
    split.length > 1 ? h(Tile, { label: "Split", kind: "wide" }, h(Versions, { versions: versionShares(incoming) })) : null);
}

function Charts({ data, percentile }) {
  if (data.times.length === 0 || data.series.length === 0) {
    return h(Empty, { title: "No traffic in this time" });
  }
  const of = (field) => data.series.map((each, index) => ({ label: each.label || "all", values: each[field], number: (index % 6) + 1 }));
  const group = "service";
  return h("div", { class: "chart-grid" },
    h(Chart, { title: `Latency ${percentile.toUpperCase()}`, times: data.times, series: of(percentile), format: latency, axis: latency, group, height: 220, range: (low, high) => [0, (high ?? 0) * 1.15 || 1] }),
    h(Chart, { title: "Success", times: data.times, series: of("success"), format: percent, axis: roundPercent, group, height: 220, range: successRange }),
    h(Chart, { title: "Requests a second", times: data.times, series: of("rps"), format: rate, axis: roundRate, group, height: 220, range: (low, high) => [0, (high ?? 0) * 1.15 || 1] }));
}

// From a round step below the worst to a little above 100 %: a dip of a tenth of a percent stays visible, and a line
// at 100 % is not hidden by the frame.
function successRange(low) {
  const missing = Math.max(0.01, 1 - (low ?? 1));
  const steps = [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];
  const shown = steps.find((step) => step >= missing * 1.05) ?? 1;
  return [1 - shown, 1 + shown * 0.04];
}

function Neighbours({ title, edges, end, nodes, services, empty }) {
  const byNode = new Map();
  for (const edge of edges) {
    byNode.set(edge[end], [...(byNode.get(edge[end]) ?? []), edge]);
  }
  const rows = [...byNode].map(([id, own]) => {
    const busiest = own.reduce((left, right) => (right.rps ?? 0) > (left.rps ?? 0) ? right : left);
    return { id, node: nodes.get(id), ...busiest, ...together(own), mutual: own.every((edge) => edge.mutualTls) };
  });
  const columns = [
    { key: "name", label: title === "Callers" ? "Caller" : "Called", first: true, value: (row) => row.node?.name ?? row.id, draw: (row) => h(NodeName, { node: row.node, id: row.id, services }) },
    ...signalColumns(scaleOf(rows)).filter((column) => column.key !== "p50" && column.key !== "spread"),
    {
      key: "security", label: "mTLS", value: (row) => String(row.mutual),
      draw: (row) => h("span", { title: row.mutual ? `${row.sourcePrincipal} → ${row.destinationPrincipal}` : "" }, h(Security, { security: row.mutual ? "mutual" : "plaintext", meshed: true })),
    },
  ];
  return h("section", { class: "card", "aria-label": title },
    h("h2", null, title),
    h(DataTable, { caption: title, hiddenCaption: true, columns, rows, sortedBy: "rps", descending: true, keyOf: (row) => row.id, empty }));
}

/** A graph node's name, as a link to the page that tells most about it. */
export function NodeName({ node, id, services }) {
  if (node === undefined) {
    return h("span", { class: "name" }, h("span", { class: "name-main" }, id));
  }
  return h("a", { class: "name", href: pageOf(node, services) },
    h("span", { class: "name-main" }, node.name), h("span", { class: "name-namespace" }, node.namespace));
}

export function pageOf(node, services) {
  const service = serviceOf(node, services);
  return service === null ? link("workloads", node.namespace, node.name) : link("services", service.namespace, service.name);
}

function Endpoints({ service }) {
  const yes = (value, word, other) => h(Health, { health: value ? "healthy" : "failing", word: value ? word : other });
  const columns = [
    { key: "address", label: "Address", first: true, value: (row) => row.address, draw: (row) => h("code", null, row.address) },
    { key: "instance", label: "Instance", value: (row) => row.instance, draw: (row) => row.instance },
    { key: "workload", label: "Workload", value: (row) => row.workload, draw: (row) => row.workload },
    { key: "version", label: "Version", value: (row) => row.version, draw: (row) => row.version || "–" },
    { key: "ready", label: "Ready", value: (row) => Number(row.ready), draw: (row) => yes(row.ready, "ready", "not ready") },
    { key: "meshed", label: "Proxy", value: (row) => Number(row.meshed), draw: (row) => h(Security, { security: "quiet", meshed: row.meshed }) },
  ];
  return h("section", { class: "card", "aria-label": "Endpoints" },
    h("h2", null, "Endpoints", h("small", null, `${service.endpoints.filter((each) => each.ready).length} of ${plural(service.endpoints.length, "endpoint")} ready`)),
    h(DataTable, { caption: "Endpoints", hiddenCaption: true, columns, rows: service.endpoints, keyOf: (row) => `${row.instance} ${row.address}`, empty: "No endpoint: nothing can answer." }));
}

function Objects({ service, objects }) {
  const columns = [
    {
      key: "name", label: "Object", first: true, value: (row) => `${row.kind} ${row.namespace}/${row.name}`,
      draw: (row) => h("a", { class: "name", href: link("configuration", row.kind, row.namespace, row.name) },
        h("span", { class: "name-main" }, row.name), h("span", { class: "name-namespace" }, `${row.kind} in ${row.namespace}`)),
    },
    { key: "reason", label: "Reaches it through", value: (row) => row.reason, draw: (row) => row.reason },
    { key: "status", label: "Status", value: (row) => row.status, draw: (row) => h(ObjectStatus, { object: row }) },
    { key: "origin", label: "Origin", value: (row) => row.origin, draw: (row) => h("code", { class: "origin" }, row.origin) },
  ];
  return h("section", { class: "card", "aria-label": "Configuration in force" },
    h("h2", null, "Configuration that concerns it"),
    ready({ objects }, "objects", () => h(DataTable, {
      caption: "Objects that concern this service", hiddenCaption: true, columns, rows: objectsConcerning(service, objects.data),
      keyOf: (row) => `${row.kind}/${row.namespace}/${row.name}`, empty: "None: the mesh's defaults apply, strict mutual TLS and no route of its own.",
    })));
}

export function ObjectStatus({ object }) {
  const problems = object.problems?.length ?? 0;
  const health = object.status === "rejected" ? "failing" : object.status === "in force" && problems === 0 ? "healthy" : "degraded";
  return h("span", { class: "object-status" }, h(Health, { health, word: object.status }),
    problems > 0 ? h("small", null, plural(problems, "problem")) : null);
}

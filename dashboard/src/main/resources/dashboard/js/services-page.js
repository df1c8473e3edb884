/** Every service with its golden signals, the worst first. */

import {
  Choice, Component, DataTable, Empty, h, Heading, Health, healthWord, Live, ready, scaleOf, Search, Security, signalColumns, Success, Tile,
  Tiles, Versions,
} from "./elements.js";
import { feed } from "./feed.js";
import { percent, plural, rate } from "./format.js";
import { carriesTraffic, HEALTH, healthOf, serviceRows, together } from "./mesh.js";
import { keepInAddress, link } from "./router.js";

export class ServicesPage extends Component {
  constructor(properties) {
    super(properties);
    this.state = { text: properties.query.get("q") ?? "", namespace: properties.query.get("namespace") ?? "" };
  }

  #filter(change) {
    this.setState(change);
    for (const [name, value] of Object.entries(change)) {
      keepInAddress(name === "text" ? "q" : name, value);
    }
  }

  render({ window }, state) {
    const feeds = {
      services: feed("services", {}, 5000),
      stat: feed("stat", { kind: "service", window }, 3000),
      graph: feed("graph", { window }, 3000),
    };
    return h(Live, { feeds, draw: (states) => ready({ services: states.services }, "services", () => this.#draw(states, state)) });
  }

  #draw({ services, stat, graph }, { text, namespace }) {
    const all = serviceRows(services.data, stat.data, graph.data);
    if (all.length === 0) {
      return [h(Heading, { title: "Services" }), h(NoServices)];
    }
    const namespaces = [...new Set(all.map((row) => row.namespace))].sort();
    const wanted = text.trim().toLowerCase();
    const shown = all.filter((row) => (namespace === "" || row.namespace === namespace)
      && (wanted === "" || row.key.includes(wanted) || row.host.includes(wanted)));
    return [
      h(Heading, { key: "heading", title: "Services" },
        h(Search, { label: "Find a service", value: text, onInput: (value) => this.#filter({ text: value }) }),
        namespaces.length > 1
          ? h(Choice, {
            label: "Namespace", value: namespace, options: [["", "all"], ...namespaces.map((each) => [each, each])],
            onChange: (value) => this.#filter({ namespace: value }),
          })
          : null),
      h(Glance, { key: "glance", rows: all, edges: graph.data?.edges ?? [] }),
      h(ServiceTable, { key: "table", rows: shown, total: all.length }),
    ];
  }
}

function NoServices() {
  return h(Empty, { title: "No service yet" },
    h("p", null, "Put a program into the mesh and it shows up here:"),
    h("pre", { class: "command" }, "riser run --namespace prod --name hello --service hello --port 8000 -- python3 -m http.server 8000"));
}

function Glance({ rows, edges }) {
  const count = (health) => rows.filter((row) => row.health === health).length;
  const live = edges.filter(carriesTraffic);
  const secured = live.filter((edge) => edge.mutualTls).length;
  const whole = together(live);
  const troubled = count("failing") + count("degraded");
  return h("section", { class: "glance", "aria-label": "At a glance" },
    h(Tiles, null,
      h(Tile, { label: "Services", note: troubled === 0 ? "none in trouble" : `${troubled} in trouble`, kind: count("failing") > 0 ? "failing" : troubled > 0 ? "degraded" : "" }, rows.length),
      h(Tile, { label: "Success", note: "of all requests" }, h(Success, { value: whole.success })),
      h(Tile, { label: "Requests", note: "a second" }, rate(whole.rps)),
      h(Tile, { label: "Mutual TLS", note: live.length === 0 ? "no traffic" : `${secured} of ${plural(live.length, "link")}`, kind: live.length > secured ? "degraded" : "" },
        live.length === 0 ? "–" : percent(secured / live.length))),
    h("ul", { class: "cells", "aria-label": "Health of each service" },
      [...rows].sort((left, right) => HEALTH.indexOf(left.health) - HEALTH.indexOf(right.health) || left.key.localeCompare(right.key))
        .map((row) => h("li", { key: row.key },
          h("a", {
            class: `cell ${row.health}`, href: link("services", row.namespace, row.name), title: `${row.name}.${row.namespace}: ${healthWord(row.health)}${row.success === null ? "" : `, ${percent(row.success)}`}`,
            "aria-label": `${row.name} in ${row.namespace}: ${healthWord(row.health)}`,
          })))));
}

function ServiceTable({ rows, total }) {
  const columns = [
    {
      key: "name", label: "Service", first: true, value: (row) => row.key,
      draw: (row) => h("a", { class: "name", href: link("services", row.namespace, row.name) },
        h("span", { class: "name-main" }, row.name), h("span", { class: "name-namespace" }, row.namespace)),
    },
    {
      key: "health", label: "Health", value: (row) => HEALTH.indexOf(row.health),
      draw: (row) => row.endpoints > 0 && row.ready === 0
        ? h(Health, { health: "failing", word: "no endpoint" })
        : h(Health, { health: row.health, word: row.success === null && row.tcpConnections > 0 ? "TCP only" : undefined }),
    },
    ...signalColumns(scaleOf(rows)),
    { key: "security", label: "mTLS", value: (row) => row.security, draw: (row) => h(Security, row) },
    { key: "versions", label: "Versions", plain: true, draw: (row) => h(Versions, row) },
    {
      key: "endpoints", label: "Ready", numeric: true, value: (row) => row.ready,
      draw: (row) => h("span", { class: row.ready < row.endpoints ? "short" : "" }, `${row.ready}/${row.endpoints}`),
    },
  ];
  return h(DataTable, {
    caption: "Golden signals by service", hiddenCaption: true, columns, rows, sortedBy: "health", keyOf: (row) => row.key,
    empty: `None of ${plural(total, "service")} matches.`,
    rowClass: (row) => `is-${healthOf(row.success)}`,
  });
}

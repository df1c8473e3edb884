/** Who calls whom, live. The drawing is for the eye and the keyboard; the same figures stand in a table beside it. */

import {
  Choice, Component, createRef, DataTable, Empty, h, Heading, Health, Live, outline, ready, scaleOf, Search, Security, Segments, signalColumns,
  Success, Versions,
} from "./elements.js";
import { feed } from "./feed.js";
import { bytesPerSecond, latency, percent, plural, rate, share } from "./format.js";
import { labelPlaces, NODE_HEIGHT, NODE_WIDTH, pathOf, place, SPLIT_HEIGHT } from "./layout.js";
import { carriesTraffic, healthOf, nodesById, together, versionShares } from "./mesh.js";
import { keepInAddress } from "./router.js";
import { NodeName, pageOf } from "./service-page.js";
import { Viewport } from "./viewport.js";

// What was seen stays in the drawing this long, faded, so that a quiet minute does not redraw the map.
const REMEMBERED_MILLISECONDS = 10 * 60 * 1000;
// Above this many lines only those of the chosen node are labelled, unless the drawing is large enough to read.
const LABELLED_EDGES = 40;
const LABELLED_ZOOM = 0.9;

export class GraphPage extends Component {
  constructor(properties) {
    super(properties);
    const { query } = properties;
    this.state = { text: query.get("q") ?? "", namespace: query.get("namespace") ?? "", view: query.get("view") ?? "map" };
  }

  #filter(change) {
    this.setState(change);
    for (const [name, value] of Object.entries(change)) {
      keepInAddress(name === "text" ? "q" : name, name === "view" && value === "map" ? "" : value);
    }
  }

  render({ window }) {
    const feeds = { graph: feed("graph", { window }, 2500), services: feed("services", {}, 5000) };
    return h(Live, { feeds, draw: (states) => ready({ graph: states.graph }, "the graph", () => this.#draw(states)) });
  }

  #draw({ graph, services }) {
    const { text, namespace, view } = this.state;
    const all = memory.with(graph.data, graph.receivedAt);
    const namespaces = [...new Set(all.nodes.map((node) => node.namespace))].sort();
    const shown = within(all, namespace);
    return [
      h(Heading, { key: "heading", title: "Graph" },
        h(Search, { label: "Find a workload", value: text, onInput: (value) => this.#filter({ text: value }) }),
        namespaces.length > 1
          ? h(Choice, {
            label: "Namespace", value: namespace, options: [["", "all"], ...namespaces.map((each) => [each, each])],
            onChange: (value) => this.#filter({ namespace: value }),
          })
          : null,
        h(Segments, { label: "View", value: view, options: [["map", "Map"], ["table", "Table"]], onChange: (value) => this.#filter({ view: value }) })),
      all.nodes.length === 0
        ? h(Empty, { key: "empty", title: "No traffic yet" }, h("p", null, "As soon as one workload calls another, both appear here."))
        : view === "table"
          ? h(EdgeTable, { key: "table", graph: shown, services: services.data, text })
          : h(Drawing, { key: `map ${namespace}`, graph: shown, services: services.data, text }),
    ];
  }
}

/** With one namespace chosen: its nodes, and those beyond its border that they talk to. */
function within({ nodes, edges }, namespace) {
  if (namespace === "") {
    return { nodes, edges };
  }
  const inside = new Set(nodes.filter((node) => node.namespace === namespace).map((node) => node.id));
  const touching = edges.filter((edge) => inside.has(edge.source) || inside.has(edge.destination));
  const ids = new Set([...inside, ...touching.flatMap((edge) => [edge.source, edge.destination])]);
  return { nodes: nodes.filter((node) => ids.has(node.id)), edges: touching };
}

function edgeKey(edge) {
  return `${edge.source}\n${edge.destination}\n${edge.service}\n${edge.protocol}`;
}

/** The graph as seen over the last minutes: what the newest answer lacks is kept, without figures. */
class Memory {
  #nodes = new Map();
  #edges = new Map();
  #at = null;

  with(graph, at) {
    if (at !== this.#at) {
      this.#at = at;
      for (const node of graph.nodes) {
        this.#nodes.set(node.id, { node, at });
      }
      for (const edge of graph.edges) {
        this.#edges.set(edgeKey(edge), { edge: { ...edge, key: edgeKey(edge) }, at });
      }
      for (const [key, entry] of this.#edges) {
        if (at - entry.at > REMEMBERED_MILLISECONDS) {
          this.#edges.delete(key);
        } else if (entry.at !== at) {
          const quiet = { rps: 0, requests: 0, bytesPerSecond: 0, success: null, p50: null, p95: null, p99: null, versions: {} };
          entry.edge = { ...entry.edge, ...quiet };
        }
      }
      for (const [id, entry] of this.#nodes) {
        if (at - entry.at > REMEMBERED_MILLISECONDS) {
          this.#nodes.delete(id);
        }
      }
    }
    return { nodes: [...this.#nodes.values()].map((entry) => entry.node), edges: [...this.#edges.values()].map((entry) => entry.edge) };
  }
}

const memory = new Memory();

/** What a node or line is about, worked out once for each answer. */
function described({ nodes, edges }) {
  const incoming = Map.groupBy(edges, (edge) => edge.destination);
  const outgoing = Map.groupBy(edges, (edge) => edge.source);
  const parts = new Map();
  for (const own of Map.groupBy(edges, (edge) => `${edge.source}\n${edge.service}`).values()) {
    const whole = own.reduce((sum, edge) => sum + (edge.rps ?? 0), 0);
    if (own.length > 1 && whole > 0) {
      own.forEach((edge) => parts.set(edge.key, (edge.rps ?? 0) / whole));
    }
  }
  return {
    nodes: nodes.map((node) => {
      const received = incoming.get(node.id) ?? [];
      const sent = outgoing.get(node.id) ?? [];
      const versions = versionShares(received);
      return {
        ...node, received, sent, split: versions.length > 1 ? versions : [],
        signals: together(received.length > 0 ? received : sent), root: received.length === 0,
      };
    }),
    edges: edges.map((edge) => ({ ...edge, part: parts.get(edge.key) ?? null, live: carriesTraffic(edge), health: !carriesTraffic(edge) ? "idle" : edge.success === null ? "unjudged" : healthOf(edge.success) })),
  };
}

class Drawing extends Component {
  #svg = createRef();
  #stage = createRef();
  #viewport = null;
  #shape = "";
  #layout = null;
  state = { chosen: null, pinned: false, side: "right", zoom: 1, near: null };

  componentDidMount() {
    this.#viewport = new Viewport(this.#svg.current, this.#stage.current, (zoom) => this.setState({ zoom }));
    this.#viewport.show(this.#layout.width, this.#layout.height);
  }

  componentWillUnmount() {
    this.#viewport.close();
  }

  componentDidUpdate() {
    this.#viewport.resize(this.#layout.width, this.#layout.height);
  }

  // Figures change at every answer, places only when a node or a line is new, or a node needs more room.
  #place(nodes, edges) {
    const sized = nodes.map((node) => ({ id: node.id, namespace: node.namespace, height: node.versions?.length > 1 || node.split.length > 1 ? SPLIT_HEIGHT : NODE_HEIGHT }));
    const shape = JSON.stringify([sized.map((node) => [node.id, node.height]).sort(), edges.map((edge) => edge.key).sort()]);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#layout = place(sized, edges, this.#layout?.nodes);
    }
    return this.#layout;
  }

  #choose = (chosen, pinned = false) => {
    if (pinned || !this.state.pinned) {
      this.setState({ chosen, pinned, side: this.#freeSide(chosen) });
    }
  };

  // Details cover the half of the stage where the chosen part is not.
  #freeSide(chosen) {
    const box = this.#layout.nodes.get(chosen);
    const route = this.#layout.edges.get(chosen);
    const x = box?.x ?? (route === undefined ? 0 : (route.points[0].x + route.points.at(-1).x) / 2);
    return this.#viewport.across(x) > 0.5 ? "left" : "right";
  }

  #leave = () => {
    if (!this.state.pinned) {
      this.setState({ chosen: null });
    }
  };

  render({ graph, services, text }, { chosen, zoom, pinned, side }) {
    const { nodes, edges } = described(graph);
    const layout = this.#place(nodes, edges);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const byKey = new Map(edges.map((edge) => [edge.key, edge]));
    const lit = litBy(chosen, byId, byKey, text, nodes, edges);
    const labelled = edges.length <= LABELLED_EDGES || zoom >= LABELLED_ZOOM ? edges.filter((edge) => edge.live) : edges.filter((edge) => edge.live && lit !== null && lit.edges.has(edge.key));
    const labels = labelled
      .map((edge) => ({ edge, key: edge.key, text: labelOf(edge), lit: lit?.edges.has(edge.key) ?? false }))
      .map((label) => ({ ...label, width: label.text.length * 6.8 + 24 }))
      .sort((left, right) => Number(right.lit) - Number(left.lit) || (right.edge.rps ?? 0) - (left.edge.rps ?? 0));
    const places = labelPlaces(layout.edges, labels);
    const first = firstOf(nodes, layout);
    const stop = this.state.near !== null && (byId.has(this.state.near) || byKey.has(this.state.near)) ? this.state.near : first;
    const hover = { choose: this.#choose, leave: this.#leave };
    return h("div", { class: "graph" },
      h("div", { class: "stage", ref: this.#stage },
        h("svg", {
          ref: this.#svg, class: `map ${lit === null ? "" : "has-lit"}`, role: "application",
          "aria-label": "Graph of calls. Arrow keys go along the calls and between neighbours, Enter opens a workload, plus and minus zoom, zero shows all. The table view holds the same figures.",
          onKeyDown: (event) => this.#key(event, byId, byKey, layout, services),
          onClick: (event) => {
            if (event.target === this.#svg.current) {
              this.setState({ chosen: null, pinned: false });
            }
          },
        },
        h("defs", null, ["healthy", "degraded", "failing", "unjudged", "idle"].map((health) => h("marker", {
          key: health, id: `arrow-${health}`, class: `arrow ${health}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto",
        }, h("path", { d: "M0 0.5L8 4L0 7.5z" })))),
        h("g", { class: "viewport" },
          layout.frames.map((frame) => h("g", { key: frame.namespace, class: "frame" },
            h("rect", { x: frame.x, y: frame.y, width: frame.width, height: frame.height, rx: 12 }),
            h("text", { x: frame.x + 14, y: frame.y + 24 }, frame.namespace))),
          edges.map((edge) => h(Edge, { key: edge.key, edge, route: layout.edges.get(edge.key), lit, stop: stop === edge.key, nodes: byId, ...hover })),
          labels.filter((label) => places.has(label.key)).map((label) => h(Label, { key: label.key, ...label, at: places.get(label.key), dim: lit !== null && !label.lit })),
          nodes.map((node) => h(Node, { key: node.id, node, box: layout.nodes.get(node.id), lit, stop: stop === node.id, services, ...hover })))),
        h("div", { class: "zoom", role: "group", "aria-label": "Zoom" },
          h("button", { type: "button", "aria-label": "Zoom in", onClick: () => this.#viewport.zoomBy(1.25) }, "+"),
          h("button", { type: "button", "aria-label": "Zoom out", onClick: () => this.#viewport.zoomBy(0.8) }, "−"),
          h("button", { type: "button", "aria-label": "Show all", onClick: () => this.#viewport.fit() }, "⤢")),
        h(Key, null)),
      h(Inspector, { chosen, pinned, side, byId, byKey, services, close: () => this.setState({ chosen: null, pinned: false }) }));
  }

  /**
   * Left and right follow calls: from a node to a line, from the line to its other end. Up and down go to the next
   * node of the column, or to the next line of the same node.
   */
  #key(event, byId, byKey, layout, services) {
    const at = event.target.closest("[data-at]")?.dataset.at;
    const moves = { "+": () => this.#viewport.zoomBy(1.25), "=": () => this.#viewport.zoomBy(1.25), "-": () => this.#viewport.zoomBy(0.8), 0: () => this.#viewport.fit(), Escape: () => this.setState({ chosen: null, pinned: false }) };
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (moves[event.key] !== undefined) {
      moves[event.key]();
      event.preventDefault();
      return;
    }
    if (at === undefined) {
      return;
    }
    const node = byId.get(at);
    const edge = byKey.get(at);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (node !== undefined && event.key === "Enter") {
        location.hash = pageOf(node, services);
      } else {
        this.#choose(at, true);
      }
      return;
    }
    const next = node !== undefined ? stepFromNode(event.key, node, byId, layout) : edge !== undefined ? stepFromEdge(event.key, edge, byId, layout) : undefined;
    if (next !== undefined) {
      event.preventDefault();
      this.setState({ near: next }, () => {
        const target = [...this.#svg.current.querySelectorAll("[data-at]")].find((each) => each.dataset.at === next);
        target?.focus();
        const box = layout.nodes.get(next);
        if (box !== undefined) {
          this.#viewport.reveal(box.x, box.y, NODE_WIDTH, box.height);
        }
      });
    }
  }
}

function firstOf(nodes, layout) {
  return [...nodes].sort((left, right) => layout.nodes.get(left.id).x - layout.nodes.get(right.id).x || layout.nodes.get(left.id).y - layout.nodes.get(right.id).y)[0]?.id;
}

function stepFromNode(key, node, byId, layout) {
  const by = (end) => (left, right) => layout.nodes.get(left[end]).y - layout.nodes.get(right[end]).y;
  switch (key) {
    case "ArrowRight":
      return [...node.sent].sort(by("destination"))[0]?.key;
    case "ArrowLeft":
      return [...node.received].sort(by("source"))[0]?.key;
    case "ArrowUp":
    case "ArrowDown":
      return beside(node.id, key === "ArrowDown" ? 1 : -1, layout);
    default:
      return undefined;
  }
}

// The next node of the column, and past its end the first of the next column.
function beside(id, step, layout) {
  const ids = [...layout.nodes].sort(([, left], [, right]) => left.x - right.x || left.y - right.y).map(([each]) => each);
  return ids[ids.indexOf(id) + step];
}

function stepFromEdge(key, edge, byId, layout) {
  const siblings = [...byId.get(edge.source).sent].sort((left, right) => layout.nodes.get(left.destination).y - layout.nodes.get(right.destination).y).map((each) => each.key);
  switch (key) {
    case "ArrowRight":
      return edge.destination;
    case "ArrowLeft":
      return edge.source;
    case "ArrowDown":
      return siblings[siblings.indexOf(edge.key) + 1];
    case "ArrowUp":
      return siblings[siblings.indexOf(edge.key) - 1];
    default:
      return undefined;
  }
}

/** What stands out: the chosen node with its lines and neighbours, the chosen line with its ends, or what was searched. */
function litBy(chosen, byId, byKey, text, nodes, edges) {
  const node = byId.get(chosen);
  if (node !== undefined) {
    const own = [...node.received, ...node.sent];
    return { nodes: new Set([chosen, ...own.flatMap((edge) => [edge.source, edge.destination])]), edges: new Set(own.map((edge) => edge.key)) };
  }
  const edge = byKey.get(chosen);
  if (edge !== undefined) {
    return { nodes: new Set([edge.source, edge.destination]), edges: new Set([chosen]) };
  }
  const wanted = text.trim().toLowerCase();
  if (wanted === "") {
    return null;
  }
  const found = new Set(nodes.filter((each) => `${each.name}.${each.namespace}`.toLowerCase().includes(wanted)).map((each) => each.id));
  return { nodes: found, edges: new Set(edges.filter((each) => found.has(each.source) || found.has(each.destination)).map((each) => each.key)) };
}

function labelOf(edge) {
  const part = edge.part === null ? "" : `${share(edge.part)} · `;
  return part + (edge.rps > 0 ? `${rate(edge.rps)}/s` : bytesPerSecond(edge.bytesPerSecond));
}

function edgeWords(edge, nodes) {
  const from = nodes.get(edge.source)?.name ?? edge.source;
  const to = nodes.get(edge.destination)?.name ?? edge.destination;
  const traffic = edge.live ? `${edge.rps > 0 ? `${rate(edge.rps)} requests a second, success ${percent(edge.success)}` : bytesPerSecond(edge.bytesPerSecond)}` : "no traffic";
  const secured = edge.mutualTls ? `mutual TLS, ${edge.sourcePrincipal} to ${edge.destinationPrincipal}` : "not encrypted";
  return `${from} calls ${to}: ${traffic}, ${secured}`;
}

function Edge({ edge, route, lit, stop, nodes, choose, leave }) {
  if (route === undefined) {
    return null;
  }
  const path = pathOf(route);
  const weight = edge.live ? Math.min(5, 1.3 + Math.log10(1 + (edge.rps ?? 0)) * 1.1) : 1.2;
  const state = lit === null ? "" : lit.edges.has(edge.key) ? "lit" : "dim";
  return h("g", {
    class: `edge ${edge.health} ${edge.mutualTls || !edge.live ? "" : "plain"} ${edge.live ? "live" : "quiet"} ${state}`,
    "data-at": edge.key, tabIndex: stop ? 0 : -1, role: "button", "aria-label": edgeWords(edge, nodes),
    onMouseEnter: () => choose(edge.key), onMouseLeave: leave, onFocus: () => choose(edge.key), onBlur: leave, onClick: () => choose(edge.key, true),
  },
  h("path", { class: "edge-reach", d: path }),
  h("path", { class: "edge-line", d: path, "stroke-width": weight, "marker-end": `url(#arrow-${edge.health})` }),
  state === "lit" && edge.live ? h("path", { class: "edge-flow", d: path, "stroke-width": weight }) : null);
}

function Label({ edge, text, width, at, dim }) {
  return h("g", { class: `label ${edge.health} ${dim ? "dim" : ""}`, transform: `translate(${at.x - width / 2} ${at.y - 9})` },
    h("rect", { width, height: 18, rx: 9 }),
    h("path", { class: edge.mutualTls ? "label-lock" : "label-open", transform: "translate(5 3) scale(0.75)", d: outline(edge.mutualTls ? "lock" : "open") }),
    h("text", { x: 19, y: 13 }, text));
}

function shortened(text, letters) {
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}

function Node({ node, box, lit, stop, services, choose, leave }) {
  const { signals, split } = node;
  const quiet = signals.rps === 0 && signals.bytesPerSecond === 0;
  const health = quiet ? "idle" : signals.success === null ? "unjudged" : healthOf(signals.success);
  const state = lit === null ? "" : lit.nodes.has(node.id) ? "lit" : "dim";
  const figures = quiet ? "no traffic" : signals.rps > 0 ? `${rate(signals.rps)}/s${signals.success === null ? "" : ` · ${percent(signals.success)}`}` : bytesPerSecond(signals.bytesPerSecond);
  return h("g", {
    class: `node ${health} ${node.meshed ? "" : "outside"} ${state}`, transform: `translate(${box.x} ${box.y})`,
    "data-at": node.id, tabIndex: stop ? 0 : -1, role: "link",
    "aria-label": `${node.name} in ${node.namespace}, ${node.meshed ? "in the mesh" : "outside the mesh"}, ${node.root ? "sends" : "receives"} ${figures}${split.length > 0 ? `, split ${split.map((each) => `${each.version} ${share(each.share)}`).join(", ")}` : ""}`,
    onMouseEnter: () => choose(node.id), onMouseLeave: leave, onFocus: () => choose(node.id), onBlur: leave, onClick: () => choose(node.id, true),
    onDblClick: () => {
      location.hash = pageOf(node, services);
    },
  },
  h("rect", { class: "node-box", width: NODE_WIDTH, height: box.height, rx: 9 }),
  h("rect", { class: "node-health", x: 8, y: 9, width: 4, height: box.height - 18, rx: 2 }),
  h("text", { class: "node-name", x: 22, y: 21 }, shortened(node.name, 18)),
  node.meshed ? null : h("path", { class: "node-open", transform: `translate(${NODE_WIDTH - 22} 9) scale(0.85)`, d: outline("open") }, h("title", null, "No proxy beside it")),
  h("text", { class: "node-figures", x: 22, y: 38 }, node.root && !quiet ? `sends ${figures}` : figures),
  split.length > 0 ? h(Split, { split, y: 46 }) : box.height === SPLIT_HEIGHT ? h("text", { class: "node-figures", x: 22, y: 58 }, (node.versions ?? []).join(" · ")) : null);
}

function Split({ split, y }) {
  const width = NODE_WIDTH - 34;
  let x = 22;
  return h("g", { class: "split" }, split.map((each, index) => {
    const own = Math.max(3, width * each.share - 2);
    const part = h("g", { key: each.version, class: `series-${(index % 6) + 1}` },
      h("rect", { x, y, width: own, height: 5, rx: 2 }));
    x += own + 2;
    return part;
  }),
  h("text", { class: "node-figures", x: 22, y: y + 18 }, shortened(split.map((each) => `${each.version} ${share(each.share)}`).join(" · "), 22)));
}

function Key() {
  return h("ul", { class: "key", "aria-label": "Key" },
    ["healthy", "degraded", "failing"].map((health) => h("li", { key: health }, h(Health, { health, word: { healthy: "99% and more", degraded: "95% and more", failing: "less" }[health] }))),
    h("li", null, h(Security, { security: "mutual", meshed: true })),
    h("li", null, h(Security, { security: "plaintext", meshed: true })),
    h("li", { class: "hint" }, "Point at a workload or a call for figures and identities; click to keep them."));
}

function Inspector({ chosen, pinned, side, byId, byKey, services, close }) {
  const node = byId.get(chosen);
  const edge = byKey.get(chosen);
  if (node === undefined && edge === undefined) {
    return null;
  }
  return h("aside", { class: `inspector card ${side} ${pinned ? "pinned" : ""}`, "aria-label": "Details" },
    pinned ? h("button", { type: "button", class: "close", "aria-label": "Close details", onClick: close }, "×") : null,
    node !== undefined ? h(NodeDetails, { node, byId, services }) : h(EdgeDetails, { edge, byId, services }));
}

function NodeDetails({ node, byId, services }) {
  const lines = (edges, end) => [...edges].sort((left, right) => (right.rps ?? 0) - (left.rps ?? 0)).map((edge) => h("li", { key: edge.key },
    h(NodeName, { node: byId.get(edge[end]), id: edge[end], services }), h("span", null, edge.rps > 0 ? `${rate(edge.rps)}/s` : bytesPerSecond(edge.bytesPerSecond)), h(Success, { value: edge.success })));
  return [
    h("h2", null, h("a", { href: pageOf(node, services) }, node.name), h("small", null, `${node.kind} in ${node.namespace}`)),
    h("dl", { class: "facts" },
      h("div", null, h("dt", null, node.root ? "sends" : "receives"), h("dd", null, node.signals.rps > 0 ? `${rate(node.signals.rps)} requests/s` : bytesPerSecond(node.signals.bytesPerSecond))),
      h("div", null, h("dt", null, "success"), h("dd", null, h(Success, { value: node.signals.success }))),
      h("div", null, h("dt", null, "proxy"), h("dd", null, h(Security, { security: "quiet", meshed: node.meshed }))),
      node.split.length > 0 ? h("div", null, h("dt", null, "split"), h("dd", null, h(Versions, { versions: node.split }))) : null),
    node.received.length > 0 ? [h("h3", null, "Callers"), h("ul", { class: "lines" }, lines(node.received, "source"))] : null,
    node.sent.length > 0 ? [h("h3", null, "Calls"), h("ul", { class: "lines" }, lines(node.sent, "destination"))] : null,
  ];
}

// A line may break after a slash, and nowhere inside a name.
function Principal({ name }) {
  return h("code", null, (name ?? "").split(/(?<=\/)/).map((part) => [part, h("wbr")]));
}

function EdgeDetails({ edge, byId, services }) {
  const versions = versionShares([edge]);
  return [
    h("h2", { class: "edge-title" }, h(NodeName, { node: byId.get(edge.source), id: edge.source, services }), h("span", { class: "to", "aria-label": "calls" }, "→"), h(NodeName, { node: byId.get(edge.destination), id: edge.destination, services })),
    h("p", { class: `identity ${edge.mutualTls ? "mutual" : "plaintext"}` }, h(Security, { security: edge.mutualTls ? "mutual" : "plaintext", meshed: true }),
      edge.mutualTls
        ? h("span", { class: "identities" }, h(Principal, { name: edge.sourcePrincipal }), h("span", { class: "soft" }, "verified, and talks to the verified"), h(Principal, { name: edge.destinationPrincipal }))
        : h("span", { class: "soft" }, "Neither end is verified, and what is sent can be read on the way.")),
    h("dl", { class: "facts" },
      h("div", null, h("dt", null, "service"), h("dd", null, h("code", null, edge.service))),
      h("div", null, h("dt", null, "protocol"), h("dd", null, edge.protocol)),
      edge.part === null ? null : h("div", null, h("dt", null, "share"), h("dd", null, percent(edge.part))),
      edge.rps > 0 ? h("div", null, h("dt", null, "requests"), h("dd", null, `${rate(edge.rps)}/s`)) : null,
      edge.bytesPerSecond > 0 ? h("div", null, h("dt", null, "bytes"), h("dd", null, bytesPerSecond(edge.bytesPerSecond))) : null,
      h("div", null, h("dt", null, "success"), h("dd", null, h(Success, { value: edge.success }))),
      ["p50", "p95", "p99"].map((each) => h("div", { key: each }, h("dt", null, each.toUpperCase()), h("dd", null, latency(edge[each])))),
      versions.length > 0 ? h("div", null, h("dt", null, "versions"), h("dd", null, h(Versions, { versions }))) : null),
  ];
}

function EdgeTable({ graph, services, text }) {
  const { edges } = described(graph);
  const nodes = nodesById(graph);
  const wanted = text.trim().toLowerCase();
  const rows = edges.filter((edge) => wanted === "" || [edge.source, edge.destination].some((id) => `${nodes.get(id)?.name}.${nodes.get(id)?.namespace}`.includes(wanted)));
  const columns = [
    { key: "name", label: "Caller", first: true, value: (row) => nodes.get(row.source)?.name, draw: (row) => h(NodeName, { node: nodes.get(row.source), id: row.source, services }) },
    { key: "callee", label: "Called", value: (row) => nodes.get(row.destination)?.name, draw: (row) => h(NodeName, { node: nodes.get(row.destination), id: row.destination, services }) },
    { key: "protocol", label: "Protocol", value: (row) => row.protocol, draw: (row) => row.protocol },
    ...signalColumns(scaleOf(rows)).filter((column) => column.key !== "p50"),
    { key: "versions", label: "Versions", plain: true, draw: (row) => h(Versions, { versions: versionShares([row]) }) },
    {
      key: "identities", label: "Identities", value: (row) => String(row.mutualTls),
      draw: (row) => row.mutualTls
        ? h("span", { class: "identities" }, h(Principal, { name: row.sourcePrincipal }), h(Principal, { name: row.destinationPrincipal }))
        : h(Security, { security: row.live ? "plaintext" : "quiet", meshed: true }),
    },
  ];
  return h(DataTable, { caption: `${plural(rows.length, "link")} between workloads`, columns, rows, sortedBy: "rps", descending: true, keyOf: (row) => row.key, empty: "No link matches." });
}

/** The frame around every page: navigation, the state of the control plane, and which page is on. */

import { ConfigurationPage } from "./configuration-page.js";
import { keepToken } from "./api.js";
import { Choice, Component, h, Icon, Live, render } from "./elements.js";
import { connection, feed, refreshAll } from "./feed.js";
import { clock, duration, instant, plural } from "./format.js";
import { GraphPage } from "./graph-page.js";
import { ProxiesPage } from "./proxies-page.js";
import { link, place } from "./router.js";
import { ServicePage } from "./service-page.js";
import { ServicesPage } from "./services-page.js";
import { chooseWindow, chosenWindow, onWindow, WINDOWS } from "./settings.js";

const PAGES = [
  ["services", "Services"],
  ["graph", "Graph"],
  ["configuration", "Configuration"],
  ["proxies", "Proxies"],
];

// A certificate authority that ends within this time is worth a line on every page.
const AUTHORITY_WARNING_MILLISECONDS = 7 * 24 * 3600 * 1000;

class App extends Component {
  constructor() {
    super();
    this.state = { place: place(), window: chosenWindow() };
  }

  componentDidMount() {
    addEventListener("hashchange", () => this.#go());
    onWindow(() => this.setState({ window: chosenWindow() }));
    this.#name();
  }

  #go() {
    const before = this.state.place;
    const now = place();
    this.setState({ place: now }, () => {
      this.#name();
      // A step inside the configuration page changes its right half only: the list keeps focus and scroll.
      if (now.page !== before.page || now.page !== "configuration") {
        scrollTo(0, 0);
        document.querySelector("main h1")?.focus({ preventScroll: true });
      }
    });
  }

  #name() {
    const { page, segments } = this.state.place;
    const title = segments.length > 0 ? segments.at(-1) : PAGES.find(([name]) => name === page)?.[1] ?? "Services";
    document.title = `${title} · Riser`;
  }

  render(_, { place: { page, segments, query }, window }) {
    return [
      h("a", { key: "skip", class: "skip", href: "#main", onClick: skip }, "Skip to content"),
      h(Header, { key: "header", page, window }),
      h(Banner, { key: "banner" }),
      h("main", { key: "main", id: "main", tabIndex: -1, class: `page-${page}` }, body(page, segments, query, window)),
    ];
  }
}

// The fragment says which page is on, so the link must not change it.
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function body(page, segments, query, window) {
  switch (page) {
    case "services":
      return segments.length === 2
        ? h(ServicePage, { key: `service/${segments.join("/")}`, kind: "service", namespace: segments[0], name: segments[1], window })
        : h(ServicesPage, { query, window });
    case "workloads":
      return h(ServicePage, { key: `workload/${segments.join("/")}`, kind: "deploy", namespace: segments[0] ?? "", name: segments[1] ?? "", window });
    case "graph":
      return h(GraphPage, { query, window });
    case "configuration":
      return h(ConfigurationPage, { query, kind: segments[0], namespace: segments[1], name: segments[2] });
    case "proxies":
      return h(ProxiesPage, { query });
    default:
      return h("div", { class: "empty" }, h("h1", { tabIndex: -1 }, "No such page"),
        h("p", null, "Go to ", h("a", { href: link("services") }, "services"), "."));
  }
}

function Header({ page, window }) {
  const current = page === "workloads" ? "services" : page;
  return h("header", { class: "top" },
    h("a", { class: "brand", href: link("services"), "aria-label": "Riser, services" }, h(Mark), h("span", null, "Riser")),
    h(Live, {
      feeds: { mesh: feed("mesh", {}, 5000) },
      draw: ({ mesh }) => [
        h("nav", { "aria-label": "Pages" }, h("ul", null, PAGES.map(([name, label]) => h("li", { key: name },
          h("a", { href: link(name), "aria-current": current === name ? "page" : undefined }, label,
            name === "configuration" ? h(Count, { value: mesh.data?.counts?.problems, what: "problem" }) : null))))),
        h("div", { class: "top-tools" },
          h(Choice, { label: "Window", value: window, options: WINDOWS, onChange: chooseWindow }),
          h(Pulse, { mesh })),
      ],
    }));
}

function Mark() {
  return h("svg", { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    h("rect", { width: 32, height: 32, rx: 7 }),
    h("path", { class: "mark-outer", d: "M9 26V12a4 4 0 0 1 4-4h10" }),
    h("path", { class: "mark-inner", d: "M16 26V18a3 3 0 0 1 3-3h4" }),
    h("circle", { cx: 23, cy: 23, r: 2.4 }));
}

function Count({ value, what }) {
  return value > 0 ? h("span", { class: "count", title: plural(value, what) }, value, h("span", { class: "unseen" }, ` ${value === 1 ? what : `${what}s`}`)) : null;
}

/** Says whether figures are live. */
class Pulse extends Component {
  componentDidMount() {
    this.unsubscribe = connection.subscribe(() => this.forceUpdate());
  }

  componentWillUnmount() {
    this.unsubscribe();
  }

  render({ mesh }) {
    const { goneSince } = connection.state;
    const facts = mesh.data === null ? "" : `Trust domain ${mesh.data.trustDomain}, control plane ${mesh.data.version}`;
    return h("span", { class: `pulse ${goneSince !== null ? "gone" : mesh.data === null ? "waiting" : "live"}`, title: facts },
      h("span", { class: "pulse-dot", "aria-hidden": "true" }),
      h("span", { class: "pulse-words" }, goneSince !== null ? "not connected" : mesh.data?.trustDomain ?? "connecting"));
  }
}

/** What must be known on every page: control plane gone, token wanted, authority about to end. */
class Banner extends Component {
  componentDidMount() {
    this.unsubscribe = connection.subscribe(() => this.forceUpdate());
  }

  componentWillUnmount() {
    this.unsubscribe();
  }

  render() {
    const { goneSince, unauthorized, lastAnswer, reason } = connection.state;
    if (unauthorized) {
      return h(TokenForm, { reason });
    }
    if (goneSince !== null) {
      return h("div", { class: "banner bad", role: "alert" }, h(Icon, { name: "failing" }),
        h("p", null, h("strong", null, "The control plane does not answer"), ` since ${clock(goneSince)} (${reason}). `,
          lastAnswer === null
            ? "Nothing was read yet."
            : `What you see is from ${clock(lastAnswer)}. Proxies keep serving with the configuration they have.`),
        h("button", { type: "button", onClick: refreshAll }, "Try now"));
    }
    return h(Live, { feeds: { mesh: feed("mesh", {}, 5000) }, draw: ({ mesh }) => authority(mesh.data) });
  }
}

function authority(mesh) {
  for (const [name, word] of [["issuer", "issuing certificate"], ["root", "root certificate"]]) {
    const end = instant(mesh?.[name]?.notAfter);
    const left = end === null ? Number.POSITIVE_INFINITY : end - Date.now();
    if (left < AUTHORITY_WARNING_MILLISECONDS) {
      return h("div", { class: "banner warn", role: "status" }, h(Icon, { name: "degraded" }),
        h("p", null, left > 0
          ? `The mesh's ${word} ends in ${duration(left)}.`
          : `The mesh's ${word} has ended: no workload gets a certificate.`));
    }
  }
  return null;
}

class TokenForm extends Component {
  #send = (event) => {
    event.preventDefault();
    keepToken(event.target.elements.token.value);
    refreshAll();
  };

  render({ reason }) {
    return h("form", { class: "banner ask", onSubmit: this.#send },
      h(Icon, { name: "lock" }),
      h("label", null, h("strong", null, "The control plane asks for its token"), ` (${reason}). It is in `, h("code", null, "admin.token"), " of the state directory.",
        h("input", { name: "token", type: "password", required: true, autocomplete: "off" })),
      h("button", { type: "submit" }, "Use it in this tab"));
  }
}

render(h(App), document.getElementById("app"));

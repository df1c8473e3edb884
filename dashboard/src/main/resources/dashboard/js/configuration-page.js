/** The objects that the mesh was given, which of them are in force, and what is wrong with the others. */

import { Choice, Component, Empty, h, Heading, Icon, Live, ready, Search } from "./elements.js";
import { feed } from "./feed.js";
import { plural } from "./format.js";
import { keepInAddress, link } from "./router.js";
import { ObjectStatus } from "./service-page.js";

const STATUSES = [["", "all"], ["in force", "in force"], ["rejected", "rejected"], ["previous version in force", "previous version"], ["problems", "with problems"]];

export class ConfigurationPage extends Component {
  constructor(properties) {
    super(properties);
    const { query } = properties;
    this.state = { text: query.get("q") ?? "", kind: query.get("kind") ?? "", status: query.get("status") ?? "" };
  }

  #filter(change) {
    this.setState(change);
    for (const [name, value] of Object.entries(change)) {
      keepInAddress(name === "text" ? "q" : name, value);
    }
  }

  render() {
    return h(Live, {
      feeds: { objects: feed("objects", {}, 5000), problems: feed("problems", {}, 5000) },
      draw: (states) => ready(states, "configuration", () => this.#draw(states.objects.data, states.problems.data)),
    });
  }

  #draw(objects, problems) {
    const { kind: openKind, namespace, name } = this.props;
    const { text, kind, status } = this.state;
    const open = openKind === undefined ? undefined : objects.find((each) => each.kind === openKind && each.namespace === namespace && each.name === name);
    const kinds = [...new Set(objects.map((each) => each.kind))].sort();
    const wanted = text.trim().toLowerCase();
    const shown = objects.filter((each) => (kind === "" || each.kind === kind)
      && (status === "" || (status === "problems" ? each.problems.length > 0 : each.status === status))
      && (wanted === "" || `${each.kind} ${each.namespace}/${each.name} ${each.origin}`.toLowerCase().includes(wanted)));
    return [
      h(Heading, { key: "heading", title: "Configuration" },
        h(Search, { label: "Find an object", value: text, onInput: (value) => this.#filter({ text: value }) }),
        h(Choice, { label: "Kind", value: kind, options: [["", "all"], ...kinds.map((each) => [each, each])], onChange: (value) => this.#filter({ kind: value }) }),
        h(Choice, { label: "Status", value: status, options: STATUSES, onChange: (value) => this.#filter({ status: value }) })),
      h("div", { key: "halves", class: `halves ${openKind === undefined ? "" : "has-open"}` },
        h("nav", { class: "objects card", "aria-label": "Objects" }, list(shown, objects, open)),
        h("div", { class: "object-side" },
          openKind === undefined
            ? h(Overview, { objects, problems })
            : open === undefined
              ? h(Empty, { title: `No ${openKind} ${namespace}/${name}` }, h("p", null, h("a", { href: link("configuration") }, "All objects")))
              : h(OneObject, { key: `${openKind}/${namespace}/${name}`, object: open }))),
    ];
  }
}

function list(shown, objects, open) {
  if (shown.length === 0) {
    return h(Empty, { title: objects.length === 0 ? "No object yet" : `None of ${plural(objects.length, "object")} matches` },
      objects.length === 0 ? h("pre", { class: "command" }, "riser apply -f virtual-service.yaml") : null);
  }
  const groups = Map.groupBy([...shown].sort((left, right) => left.kind.localeCompare(right.kind)
    || `${left.namespace}/${left.name}`.localeCompare(`${right.namespace}/${right.name}`)), (each) => each.kind);
  return [...groups].map(([kind, own]) => h("section", { key: kind },
    h("h2", null, kind, h("small", null, own.length)),
    h("ul", null, own.map((each) => h("li", { key: `${each.namespace}/${each.name}` },
      h("a", { href: `${link("configuration", each.kind, each.namespace, each.name)}${filters()}`, "aria-current": each === open ? "true" : undefined },
        h("span", { class: "name-main" }, each.name), h("span", { class: "name-namespace" }, each.namespace),
        each.status === "in force" && each.problems.length === 0 ? null : h(ObjectMark, { object: each })))))));
}

// The filters stay in the address when an object is opened.
function filters() {
  const query = location.hash.split("?", 2)[1];
  return query === undefined ? "" : `?${query}`;
}

function ObjectMark({ object }) {
  const health = object.status === "rejected" ? "failing" : "degraded";
  return h("span", { class: `health ${health}` }, h(Icon, { name: health }), h("span", { class: "unseen" }, object.status));
}

function Overview({ objects, problems }) {
  const count = (status) => objects.filter((each) => each.status === status).length;
  return h("section", { class: "card", "aria-labelledby": "problems" },
    h("h2", { id: "problems" }, problems.length === 0 ? "Nothing wrong" : plural(problems.length, "problem")),
    h("p", { class: "soft" }, `${count("in force")} of ${plural(objects.length, "object")} in force`,
      count("rejected") > 0 ? `, ${count("rejected")} rejected` : "",
      count("previous version in force") > 0 ? `, ${count("previous version in force")} with the previous version in force` : "", ". Choose one to read it."),
    h(Problems, { problems, named: true }));
}

function Problems({ problems, named }) {
  return h("ul", { class: "problems" }, problems.map((each, index) => h("li", { key: index, class: "problem" },
    h("p", { class: "problem-message" }, h(Icon, { name: "degraded" }), each.message),
    h("dl", null,
      named ? fact("object", objectLink(each.object)) : null,
      fact("field", each.field ? h("code", null, each.field) : null),
      fact("where", each.file ? h("code", null, each.line > 0 ? `${each.file}:${each.line}` : each.file) : null),
      fact("found", each.found ? h("code", null, each.found) : null),
      fact("allowed", each.allowed || null)),
    each.suggestion ? h("p", { class: "suggestion" }, each.suggestion) : null)));
}

function fact(name, value) {
  return value === null ? null : h("div", null, h("dt", null, name), h("dd", null, value));
}

function objectLink(text) {
  const parts = /^(\S+) ([^/\s]+)\/(\S+)$/.exec(text ?? "");
  return parts === null ? (text || null) : h("a", { href: link("configuration", parts[1], parts[2], parts[3]) }, text);
}

function OneObject({ object }) {
  return h("article", { class: "card object", "aria-labelledby": "object-name" },
    h("p", { class: "back" }, h("a", { href: link("configuration") }, "← All objects")),
    h("h2", { id: "object-name" }, object.name, h("small", null, `${object.kind} in ${object.namespace}`)),
    h("dl", { class: "facts" },
      fact("status", h(ObjectStatus, { object })),
      fact("origin", h("code", { class: "origin" }, object.origin)),
      fact("API", h("code", null, object.apiVersion))),
    object.problems.length > 0 ? h(Problems, { problems: object.problems }) : null,
    h(Yaml, { text: object.yaml ?? "", lines: problemLines(object) }));
}

/**
 * Lines of the text that have a problem. A problem's line counts in its file, where the object may begin further
 * down; the field's last name decides whether the line was met, and finds it where the text was written anew.
 */
export function problemLines(object) {
  const lines = (object.yaml ?? "").split("\n");
  const start = Number(/:(\d+)$/.exec(object.origin ?? "")?.[1] ?? 1);
  const found = new Set();
  for (const problem of object.problems) {
    const name = /([\w-]+)(\[\d+\])*$/.exec(problem.field ?? "")?.[1];
    if (name === undefined) {
      continue;
    }
    const has = (index) => lines[index]?.trimStart().replace(/^- /, "").startsWith(`${name}:`);
    const index = [problem.line - start, problem.line - 1].find(has) ?? lines.findIndex((_, each) => has(each));
    if (index >= 0) {
      found.add(index);
    }
  }
  return found;
}

class Yaml extends Component {
  state = { copied: false };

  #copy = async () => {
    await navigator.clipboard.writeText(this.props.text);
    this.setState({ copied: true });
  };

  render({ text, lines }, { copied }) {
    const rows = text.replace(/\n$/, "").split("\n");
    return h("div", { class: "yaml" },
      navigator.clipboard === undefined ? null : h("button", { type: "button", class: "copy", onClick: this.#copy }, copied ? "Copied" : "Copy"),
      h("pre", { tabIndex: 0, "aria-label": "YAML" }, h("code", null, rows.map((row, index) => h("span", {
        key: index, class: lines.has(index) ? "line wrong" : "line", "data-number": index + 1,
      }, tokens(row), "\n")))));
  }
}

function tokens(row) {
  const comment = /^\s*#/.test(row);
  if (comment) {
    return h("span", { class: "yaml-comment" }, row);
  }
  const pair = /^(\s*(?:- )*)("[^"]*"|[\w./-]+)(:)(\s.*|)$/.exec(row);
  if (pair === null) {
    const entry = /^(\s*- )(.*)$/.exec(row);
    return entry === null ? row : [entry[1], h("span", { class: "yaml-value" }, entry[2])];
  }
  return [pair[1], h("span", { class: "yaml-key" }, pair[2]), pair[3], h("span", { class: "yaml-value" }, pair[4])];
}

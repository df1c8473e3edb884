/**
 * What the page knows about the mesh, worked out from the API's answers. Pure: data in, data out.
 */

const HEALTHY_FROM = 0.99;
const DEGRADED_FROM = 0.95;

/** Health words, worst first; they are also the names of the style classes. */
export const HEALTH = ["failing", "degraded", "healthy", "idle"];

/** Health of a success rate; null, as for plain TCP or silence, is "idle". */
export function healthOf(success) {
  if (success === null || success === undefined) {
    return "idle";
  }
  if (success >= HEALTHY_FROM) {
    return "healthy";
  }
  return success >= DEGRADED_FROM ? "degraded" : "failing";
}

/** Whether traffic of an edge goes to the service: edges name it by host or by short name. */
export function goesTo(edge, service, nodes) {
  if (edge.service === service.host) {
    return true;
  }
  const namespace = nodes.get(edge.destination)?.namespace;
  return edge.service === `${service.name}.${service.namespace}`
    || (edge.service === service.name && namespace === service.namespace);
}

export function nodesById(graph) {
  return new Map((graph?.nodes ?? []).map((node) => [node.id, node]));
}

/** The workloads that stand behind a service, as graph nodes. */
export function nodesOf(service, graph) {
  const workloads = new Set((service.endpoints ?? []).map((endpoint) => endpoint.workload));
  return (graph?.nodes ?? []).filter((node) => node.namespace === service.namespace
    && (workloads.has(node.name) || (node.kind === "service" && node.name === service.name)));
}

/** The service that a graph node stands behind, or null. */
export function serviceOf(node, services) {
  return (services ?? []).find((service) => service.namespace === node.namespace
    && ((node.kind === "service" && service.name === node.name)
      || (service.endpoints ?? []).some((endpoint) => endpoint.workload === node.name))) ?? null;
}

/**
 * How traffic is secured: "mutual", "partly", "plaintext", or "quiet" where there is none to judge by. Weighted by
 * nothing: a single plaintext edge is enough for "partly".
 */
export function security(edges) {
  const live = edges.filter(carriesTraffic);
  if (live.length === 0) {
    return "quiet";
  }
  const secured = live.filter((edge) => edge.mutualTls).length;
  if (secured === live.length) {
    return "mutual";
  }
  return secured === 0 ? "plaintext" : "partly";
}

export function carriesTraffic(edge) {
  return (edge.rps ?? 0) > 0 || (edge.requests ?? 0) > 0 || (edge.bytesPerSecond ?? 0) > 0;
}

/** Shares by version over several edges, weighted by their rate: `[{version, share}]`, largest first. */
export function versionShares(edges) {
  const weights = new Map();
  let total = 0;
  for (const edge of edges) {
    for (const [version, part] of Object.entries(edge.versions ?? {})) {
      const weight = part * (edge.rps ?? 0);
      weights.set(version, (weights.get(version) ?? 0) + weight);
      total += weight;
    }
  }
  if (total === 0) {
    return [];
  }
  return [...weights].map(([version, weight]) => ({ version, share: weight / total }))
    .sort((left, right) => left.version.localeCompare(right.version, "en", { numeric: true }));
}

/** Rate and success of several edges together. */
export function together(edges) {
  let rps = 0;
  let judged = 0;
  let succeeded = 0;
  let bytesPerSecond = 0;
  for (const edge of edges) {
    rps += edge.rps ?? 0;
    bytesPerSecond += edge.bytesPerSecond ?? 0;
    if (edge.success !== null && edge.success !== undefined) {
      judged += edge.rps ?? 0;
      succeeded += edge.success * (edge.rps ?? 0);
    }
  }
  return { rps, bytesPerSecond, success: judged > 0 ? succeeded / judged : null };
}

/** One row for each service, with or without traffic. */
export function serviceRows(services, stat, graph) {
  const signals = new Map((stat?.rows ?? []).map((row) => [`${row.namespace}/${row.name}`, row]));
  const nodes = nodesById(graph);
  const edges = graph?.edges ?? [];
  return (services ?? []).map((service) => {
    const row = signals.get(`${service.namespace}/${service.name}`) ?? {};
    const incoming = edges.filter((edge) => goesTo(edge, service, nodes));
    const endpoints = service.endpoints ?? [];
    const ready = endpoints.filter((endpoint) => endpoint.ready).length;
    const shares = new Map(versionShares(incoming).map((each) => [each.version, each.share]));
    const versions = [...new Set([...endpoints.map((endpoint) => endpoint.version), ...shares.keys()])]
      .filter((version) => version)
      .sort((left, right) => left.localeCompare(right, "en", { numeric: true }))
      .map((version) => ({ version, share: shares.get(version) ?? null }));
    const success = row.success ?? null;
    return {
      key: `${service.namespace}/${service.name}`,
      namespace: service.namespace,
      name: service.name,
      host: service.host,
      success,
      rps: row.rps ?? null,
      p50: row.p50 ?? null,
      p95: row.p95 ?? null,
      p99: row.p99 ?? null,
      tcpConnections: row.tcpConnections ?? null,
      bytesPerSecond: row.readBytesPerSecond === undefined
        ? null : (row.readBytesPerSecond ?? 0) + (row.writeBytesPerSecond ?? 0),
      endpoints: endpoints.length,
      ready,
      health: endpoints.length > 0 && ready === 0 ? "failing" : healthOf(success),
      security: security(incoming),
      meshed: Boolean(service.meshed),
      versions,
    };
  });
}

/**
 * The objects that concern a service, each with the reason. Routing objects name a host; policies reach a service
 * through their namespace or a selector, and whether a selector's labels match is the control plane's to say, so the
 * selector is shown instead.
 */
export function objectsConcerning(service, objects) {
  const concerning = [];
  for (const object of objects ?? []) {
    const reason = reasonOf(service, object);
    if (reason !== null) {
      concerning.push({ ...object, reason });
    }
  }
  return concerning;
}

const POLICIES = new Set(["PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication", "Telemetry"]);
const ROOT_NAMESPACE = "istio-system";

function reasonOf(service, object) {
  if (object.kind === "Service") {
    return object.namespace === service.namespace && object.name === service.name ? "defines it" : null;
  }
  if (POLICIES.has(object.kind)) {
    const selector = labelsUnder(object.yaml, "matchLabels");
    if (object.namespace === service.namespace) {
      return selector.length === 0 ? "its whole namespace" : `workloads with ${selector.join(", ")}`;
    }
    return object.namespace === ROOT_NAMESPACE && selector.length === 0 ? "the whole mesh" : null;
  }
  const names = hostsIn(object.yaml).some((host) => isHost(host, service, object.namespace));
  return names ? "names its host" : null;
}

function isHost(host, service, namespace) {
  if (host === service.host || host === `${service.name}.${service.namespace}`
    || host === `${service.name}.${service.namespace}.svc`) {
    return true;
  }
  return host === service.name && namespace === service.namespace;
}

/** Every host that an object mentions, read line by line: `host: x`, `hosts: [x, y]` and lists under `hosts:`. */
export function hostsIn(yaml) {
  const hosts = new Set();
  let listIndent = -1;
  for (const line of (yaml ?? "").split("\n")) {
    const entry = /^(\s*)(-\s+)?(.*)$/.exec(line);
    const indent = entry[1].length;
    if (listIndent >= 0 && entry[2] !== undefined && indent >= listIndent && !/^[\w.]+:(\s|$)/.test(entry[3])) {
      hosts.add(plain(entry[3]));
      continue;
    }
    listIndent = -1;
    const pair = /^(host|hosts):\s*(.*)$/.exec(entry[3]);
    if (pair === null) {
      continue;
    }
    if (pair[2] === "") {
      listIndent = indent;
    } else {
      pair[2].replace(/^\[|\]$/g, "").split(",").forEach((host) => hosts.add(plain(host)));
    }
  }
  return [...hosts].filter((host) => host !== "");
}

function labelsUnder(yaml, key) {
  const labels = [];
  let parent = -1;
  for (const line of (yaml ?? "").split("\n")) {
    const indent = line.length - line.trimStart().length;
    if (parent >= 0) {
      const pair = /^\s*"?([\w./-]+)"?:\s*(\S.*)$/.exec(line);
      if (indent > parent && pair !== null) {
        labels.push(`${pair[1]}=${plain(pair[2])}`);
        continue;
      }
      parent = -1;
    }
    if (line.trim() === `${key}:`) {
      parent = indent;
    }
  }
  return labels;
}

function plain(text) {
  return text.trim().replace(/\s+#.*$/, "").replace(/^["']|["']$/g, "");
}

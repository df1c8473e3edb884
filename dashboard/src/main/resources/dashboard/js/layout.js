/**
 * Places the graph: callers left, callees right, one frame for each namespace. Pure and deterministic; the same graph
 * gives the same picture, and the order of the picture before is where ordering starts, so a new node moves little.
 *
 * Columns ("ranks") come from the longest chain of calls. Within a column, nodes of one namespace stand together, and
 * frames are packed so that no two overlap. A call that skips columns runs through a thin slot kept free in each,
 * shared by all calls to the same destination.
 */

export const NODE_WIDTH = 178;
export const NODE_HEIGHT = 50;
export const SPLIT_HEIGHT = 72;

const COLUMN_GAP = 118;
const ROW_GAP = 18;
const SLOT_HEIGHT = 6;
const SLOT_GAP = 7;
const FRAME_PADDING = 16;
const FRAME_TITLE = 24;
const FRAME_GAP = 26;
const SWEEPS = 10;
const RELAXATIONS = 12;

/**
 * nodes: `{id, namespace, height}`; edges: `{key, source, destination}`; before: map of id to `{y}` of the last
 * picture. Gives `{nodes: Map(id → {x, y, height}), edges: Map(key → {points, back}), frames, width, height}`, where
 * x and y are a node's upper left corner.
 */
export function place(nodes, edges, before = new Map()) {
  const known = new Map([...nodes].sort((left, right) => left.id.localeCompare(right.id)).map((node) => [node.id, node]));
  const calls = edges.filter((edge) => edge.source !== edge.destination && known.has(edge.source) && known.has(edge.destination));
  const ranks = rank(known, calls);
  const items = itemsOf(known, calls, ranks, before);
  const frames = framesOf(items);
  order(frames, items);
  stack(frames, items);
  return picture(known, edges, ranks, items, frames);
}

/** Column of each node: one more than its furthest caller; calls that close a cycle do not count. */
function rank(nodes, calls) {
  const callees = new Map([...nodes.keys()].map((id) => [id, []]));
  const callers = new Map([...nodes.keys()].map((id) => [id, []]));
  for (const call of calls) {
    callees.get(call.source).push(call.destination);
    callers.get(call.destination).push(call.source);
  }
  const finished = [];
  const state = new Map();
  const closing = new Set();
  const visit = (id) => {
    state.set(id, "open");
    for (const next of [...callees.get(id)].sort()) {
      if (state.get(next) === "open") {
        closing.add(`${id} ${next}`);
      } else if (!state.has(next)) {
        visit(next);
      }
    }
    state.set(id, "done");
    finished.push(id);
  };
  // Those that nobody calls come first, so that a cycle is cut where it leads back rather than where it begins.
  for (const id of [...nodes.keys()].sort((left, right) => callers.get(left).length - callers.get(right).length || left.localeCompare(right))) {
    if (!state.has(id)) {
      visit(id);
    }
  }
  const forward = (source, destination) => !closing.has(`${source} ${destination}`);
  const ranks = new Map();
  for (const id of finished.reverse()) {
    const above = callers.get(id).filter((caller) => forward(caller, id)).map((caller) => ranks.get(caller) ?? 0);
    ranks.set(id, above.length === 0 ? 0 : Math.max(...above) + 1);
  }
  // A caller that nobody calls stands right before what it calls, not far away at the left edge.
  for (const id of finished) {
    const below = callees.get(id).filter((callee) => forward(id, callee)).map((callee) => ranks.get(callee));
    if (callers.get(id).every((caller) => !forward(caller, id)) && below.length > 0) {
      ranks.set(id, Math.max(0, Math.min(...below) - 1));
    }
  }
  return ranks;
}

function slotKey(destination, column) {
  return `${destination} @${column}`;
}

/** Everything that takes room in a column: nodes, and slots for calls that pass through. */
function itemsOf(nodes, calls, ranks, before) {
  const items = new Map();
  for (const node of nodes.values()) {
    items.set(node.id, {
      key: node.id, slot: false, namespace: node.namespace, column: ranks.get(node.id), height: node.height,
      left: [], right: [], y: before.get(node.id)?.y ?? 0, fresh: !before.has(node.id),
    });
  }
  const connect = (from, to) => {
    items.get(from).right.push(to);
    items.get(to).left.push(from);
  };
  for (const call of calls) {
    const destination = nodes.get(call.destination);
    let previous = call.source;
    for (let column = ranks.get(call.source) + 1; column < ranks.get(call.destination); column++) {
      const key = slotKey(call.destination, column);
      if (!items.has(key)) {
        items.set(key, {
          key, slot: true, namespace: destination.namespace, column, height: SLOT_HEIGHT, left: [], right: [],
          y: before.get(call.destination)?.y ?? 0, fresh: !before.has(call.destination),
        });
      }
      connect(previous, key);
      previous = key;
    }
    if (ranks.get(call.source) < ranks.get(call.destination)) {
      connect(previous, call.destination);
    }
  }
  return items;
}

/** One frame for each namespace: its columns and the items in them, frames that talk to each other side by side. */
function framesOf(items) {
  const frames = new Map();
  for (const item of items.values()) {
    if (!frames.has(item.namespace)) {
      frames.set(item.namespace, { namespace: item.namespace, columns: new Map(), y: 0, height: 0 });
    }
    const { columns } = frames.get(item.namespace);
    columns.set(item.column, [...(columns.get(item.column) ?? []), item]);
  }
  const list = [...frames.values()].sort((left, right) => Math.min(...left.columns.keys()) - Math.min(...right.columns.keys())
    || left.namespace.localeCompare(right.namespace));
  return nearest(list, items);
}

// Swaps neighbours while that shortens the calls between frames.
function nearest(frames, items) {
  const weights = new Map();
  for (const item of items.values()) {
    for (const other of item.right) {
      const namespaces = [item.namespace, items.get(other).namespace].sort().join("\n");
      weights.set(namespaces, (weights.get(namespaces) ?? 0) + 1);
    }
  }
  const cost = () => {
    const position = new Map(frames.map((frame, index) => [frame.namespace, index]));
    let sum = 0;
    for (const [pair, weight] of weights) {
      const [left, right] = pair.split("\n");
      sum += weight * Math.abs(position.get(left) - position.get(right));
    }
    return sum;
  };
  let best = cost();
  for (let round = 0; round < frames.length; round++) {
    for (let index = 0; index + 1 < frames.length; index++) {
      [frames[index], frames[index + 1]] = [frames[index + 1], frames[index]];
      const now = cost();
      if (now < best) {
        best = now;
      } else {
        [frames[index], frames[index + 1]] = [frames[index + 1], frames[index]];
      }
    }
  }
  return frames;
}

/** Sorts every column of every frame by where its neighbours stand, to and fro, so that few lines cross. */
function order(frames, items) {
  for (const frame of frames) {
    for (const column of frame.columns.values()) {
      column.sort((left, right) => Number(left.fresh) - Number(right.fresh) || left.y - right.y || left.key.localeCompare(right.key));
    }
  }
  stack(frames, items, false);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const side = sweep % 2 === 0 ? "left" : "right";
    for (const frame of frames) {
      for (const column of frame.columns.values()) {
        const wish = new Map(column.map((item) => [item, middle(item, side, items)]));
        column.sort((left, right) => wish.get(left) - wish.get(right) || left.key.localeCompare(right.key));
      }
    }
    stack(frames, items, false);
  }
}

function middle(item, side, items) {
  const neighbours = item[side].length > 0 ? item[side] : item[side === "left" ? "right" : "left"];
  if (neighbours.length === 0) {
    return centre(item);
  }
  return neighbours.reduce((sum, key) => sum + centre(items.get(key)), 0) / neighbours.length;
}

function centre(item) {
  return item.y + item.height / 2;
}

function gap(upper, lower) {
  if (upper === undefined || lower === undefined) {
    return 0;
  }
  return upper.slot || lower.slot ? SLOT_GAP : ROW_GAP;
}

function heightOf(column) {
  return column.reduce((sum, item, index) => sum + item.height + gap(item, column[index + 1]), 0);
}

/** Gives every item its y: frames from the top, each as high as it can go, columns centred, then eased to neighbours. */
function stack(frames, items, ease = true) {
  const placed = [];
  for (const frame of frames) {
    frame.height = Math.max(...[...frame.columns.values()].map(heightOf)) + FRAME_TITLE + FRAME_PADDING * 2;
    frame.first = Math.min(...frame.columns.keys());
    frame.last = Math.max(...frame.columns.keys());
    frame.y = 0;
    for (const other of [...placed].sort((left, right) => left.y - right.y)) {
      const beside = other.last < frame.first || other.first > frame.last;
      if (!beside && other.y < frame.y + frame.height + FRAME_GAP && frame.y < other.y + other.height + FRAME_GAP) {
        frame.y = other.y + other.height + FRAME_GAP;
      }
    }
    placed.push(frame);
    for (const column of frame.columns.values()) {
      let y = top(frame) + (room(frame) - heightOf(column)) / 2;
      column.forEach((item, index) => {
        item.y = y;
        y += item.height + gap(item, column[index + 1]);
      });
    }
  }
  for (let round = 0; ease && round < RELAXATIONS; round++) {
    for (const frame of frames) {
      for (const column of frame.columns.values()) {
        easeColumn(column, frame, items);
      }
    }
  }
}

function top(frame) {
  return frame.y + FRAME_TITLE + FRAME_PADDING;
}

function room(frame) {
  return frame.height - FRAME_TITLE - FRAME_PADDING * 2;
}

function easeColumn(column, frame, items) {
  const wishes = column.map((item) => {
    const neighbours = [...item.left, ...item.right];
    return neighbours.length === 0 ? item.y : neighbours.reduce((sum, key) => sum + centre(items.get(key)), 0) / neighbours.length - item.height / 2;
  });
  let above = top(frame);
  column.forEach((item, index) => {
    item.y = Math.max(above, wishes[index]);
    above = item.y + item.height + gap(item, column[index + 1]);
  });
  let below = top(frame) + room(frame);
  for (let index = column.length - 1; index >= 0; index--) {
    const item = column[index];
    item.y = Math.min(item.y, below - item.height);
    below = item.y - gap(column[index - 1], item);
  }
}

function columnX(column) {
  return FRAME_PADDING + column * (NODE_WIDTH + COLUMN_GAP);
}

function picture(nodes, edges, ranks, items, frames) {
  const placed = new Map();
  for (const id of nodes.keys()) {
    const item = items.get(id);
    placed.set(id, { x: columnX(item.column), y: item.y, height: item.height });
  }
  const boxes = frames.map((frame) => {
    const own = [...frame.columns.values()].flat().filter((item) => !item.slot);
    const columns = own.map((item) => item.column);
    // Slots between the frame's own columns lie inside it; those before its first column do not widen it.
    const inside = [...frame.columns.values()].flat().filter((item) => item.column >= Math.min(...columns) && item.column <= Math.max(...columns));
    const highest = Math.min(...inside.map((item) => item.y));
    const lowest = Math.max(...inside.map((item) => item.y + item.height));
    const x = columnX(Math.min(...columns)) - FRAME_PADDING;
    return {
      namespace: frame.namespace, x, y: highest - FRAME_TITLE - FRAME_PADDING,
      width: columnX(Math.max(...columns)) + NODE_WIDTH + FRAME_PADDING - x,
      height: lowest - highest + FRAME_TITLE + FRAME_PADDING * 2,
    };
  });
  return {
    nodes: placed,
    edges: routes(edges, placed, ranks, items),
    frames: boxes,
    width: Math.max(0, ...boxes.map((box) => box.x + box.width)),
    height: Math.max(0, ...frames.map((frame) => frame.y + frame.height)),
  };
}

/** The points of each call's line; lines that leave or reach a node on one side are spread along that side. */
function routes(edges, placed, ranks, items) {
  const found = new Map();
  const ports = [];
  for (const edge of edges) {
    const from = placed.get(edge.source);
    const to = placed.get(edge.destination);
    if (from === undefined || to === undefined) {
      continue;
    }
    if (ranks.get(edge.source) >= ranks.get(edge.destination)) {
      found.set(edge.key, {
        back: true,
        points: [{ x: from.x + NODE_WIDTH * 0.62, y: from.y + from.height }, { x: to.x + NODE_WIDTH * 0.38, y: to.y + to.height }],
      });
      continue;
    }
    const points = [{ x: from.x + NODE_WIDTH, y: 0 }];
    for (let column = ranks.get(edge.source) + 1; column < ranks.get(edge.destination); column++) {
      const y = centre(items.get(slotKey(edge.destination, column)));
      points.push({ x: columnX(column), y }, { x: columnX(column) + NODE_WIDTH, y });
    }
    points.push({ x: to.x, y: 0 });
    found.set(edge.key, { back: false, points });
    const inner = points.length > 2;
    ports.push({ node: `${edge.source} out`, box: from, point: points[0], towards: inner ? points[1].y : to.y + to.height / 2, key: edge.key });
    ports.push({ node: `${edge.destination} in`, box: to, point: points.at(-1), towards: inner ? points.at(-2).y : from.y + from.height / 2, key: edge.key });
  }
  for (const own of Map.groupBy(ports, (port) => port.node).values()) {
    own.sort((left, right) => left.towards - right.towards || left.key.localeCompare(right.key));
    const spread = own[0].box.height * 0.64;
    own.forEach((port, index) => {
      port.point.y = port.box.y + port.box.height / 2 + (own.length === 1 ? 0 : spread * (index / (own.length - 1) - 0.5) * Math.min(1, own.length / 4));
    });
  }
  return found;
}

/** The line through the points as SVG path data: straight through slots, curved between columns. */
export function pathOf({ points, back }) {
  if (back) {
    const [from, to] = points;
    const sag = 46 + Math.min(90, Math.abs(to.x - from.x) / 6);
    return `M${n(from.x)} ${n(from.y)}C${n(from.x)} ${n(Math.max(from.y, to.y) + sag)} ${n(to.x)} ${n(Math.max(from.y, to.y) + sag)} ${n(to.x)} ${n(to.y)}`;
  }
  let path = `M${n(points[0].x)} ${n(points[0].y)}`;
  for (let index = 1; index < points.length; index++) {
    const from = points[index - 1];
    const to = points[index];
    const bend = (to.x - from.x) * 0.5;
    path += from.y === to.y ? `H${n(to.x)}` : `C${n(from.x + bend)} ${n(from.y)} ${n(to.x - bend)} ${n(to.y)} ${n(to.x)} ${n(to.y)}`;
  }
  return path;
}

function n(value) {
  return Math.round(value * 10) / 10;
}

/**
 * Where labels go: on the part of the line next to the caller, at the first of a few places that no other label
 * takes. `labels`: `{key, width}`; a label without room is left out.
 */
export function labelPlaces(routesByKey, labels, height = 18) {
  const taken = [];
  const found = new Map();
  for (const { key, width } of labels) {
    const route = routesByKey.get(key);
    if (route === undefined) {
      continue;
    }
    const places = route.back ? [0.5, 0.35, 0.65] : [0.5, 0.58, 0.42, 0.64, 0.36];
    for (const part of places) {
      const at = pointAt(route, part);
      const box = { x: at.x - width / 2 - 2, y: at.y - height / 2 - 1, width: width + 4, height: height + 2 };
      if (!taken.some((other) => overlap(box, other))) {
        taken.push(box);
        found.set(key, at);
        break;
      }
    }
  }
  return found;
}

function overlap(left, right) {
  return left.x < right.x + right.width && right.x < left.x + left.width && left.y < right.y + right.height && right.y < left.y + left.height;
}

function pointAt({ points, back }, part) {
  const [from, to] = points;
  if (back) {
    const sag = 46 + Math.min(90, Math.abs(to.x - from.x) / 6);
    const low = Math.max(from.y, to.y) + sag;
    return { x: bezier(from.x, from.x, to.x, to.x, part), y: bezier(from.y, low, low, to.y, part) };
  }
  const bend = (to.x - from.x) * 0.5;
  return { x: bezier(from.x, from.x + bend, to.x - bend, to.x, part), y: bezier(from.y, from.y, to.y, to.y, part) };
}

function bezier(start, first, second, end, part) {
  const rest = 1 - part;
  return rest ** 3 * start + 3 * rest ** 2 * part * first + 3 * rest * part ** 2 * second + part ** 3 * end;
}

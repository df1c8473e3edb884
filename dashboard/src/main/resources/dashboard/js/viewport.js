/**
 * Moving about in a drawing: drag, wheel and pinch, buttons. The drawing is the `g.viewport` inside an SVG element;
 * its `transform` attribute is the only thing written.
 */

const SMALLEST = 0.15;
const LARGEST = 2.5;
const MARGIN = 18;
// Below this, names cannot be read; a drawing too large for its stage starts at its left edge instead.
const READABLE = 0.62;
const DRAG_THRESHOLD = 4;

export class Viewport {
  #svg;
  #stage;
  #zoomed;
  #x = 0;
  #y = 0;
  #zoom = 1;
  #width = 1;
  #height = 1;
  #touched = false;
  #pointers = new Map();
  #moved = 0;
  #observer = new ResizeObserver(() => this.#resized());
  #closing = new AbortController();

  /** `zoomed` is called with the new scale. */
  constructor(svg, stage, zoomed) {
    this.#svg = svg;
    this.#stage = stage;
    this.#zoomed = zoomed;
    const { signal } = this.#closing;
    svg.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    svg.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    svg.addEventListener("pointermove", (event) => this.#move(event), { signal });
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      svg.addEventListener(end, (event) => this.#pointers.delete(event.pointerId), { signal });
    }
    // A drag that ends on a node is not a click on it.
    svg.addEventListener("click", (event) => {
      if (this.#moved > DRAG_THRESHOLD) {
        event.stopPropagation();
      }
    }, { signal, capture: true });
    this.#observer.observe(stage);
  }

  close() {
    this.#closing.abort();
    this.#observer.disconnect();
  }

  show(width, height) {
    this.#width = width;
    this.#height = height;
    this.#begin();
  }

  /** The drawing has another size; it is shown whole again unless the user has chosen a place. */
  resize(width, height) {
    if (width !== this.#width || height !== this.#height) {
      this.#width = width;
      this.#height = height;
      if (!this.#touched) {
        this.#begin();
      }
    }
  }

  fit() {
    this.#touched = false;
    this.#centre(Math.max(SMALLEST, this.#whole()));
  }

  zoomBy(factor) {
    this.#touched = true;
    this.#scale(factor, this.#stage.clientWidth / 2, this.#stage.clientHeight / 2);
  }

  /** Moves just so far that a box of the drawing is on the stage. */
  reveal(x, y, width, height) {
    const shift = (start, length, offset, room) => {
      const from = start * this.#zoom + offset;
      const to = (start + length) * this.#zoom + offset;
      return from < MARGIN ? MARGIN - from : to > room - MARGIN ? room - MARGIN - to : 0;
    };
    this.#x += shift(x, width, this.#x, this.#stage.clientWidth);
    this.#y += shift(y, height, this.#y, this.#stage.clientHeight);
    this.#write();
  }

  /** Where a place of the drawing is on the stage, 0 at its left edge and 1 at its right. */
  across(x) {
    return (x * this.#zoom + this.#x) / Math.max(1, this.#stage.clientWidth);
  }

  #whole() {
    const across = (this.#stage.clientWidth - 2 * MARGIN) / this.#width;
    const down = (this.#stage.clientHeight - 2 * MARGIN) / this.#height;
    return Math.min(across, down, 1.15);
  }

  #begin() {
    const whole = this.#whole();
    if (whole >= READABLE) {
      this.#centre(whole);
    } else {
      this.#zoom = READABLE;
      this.#x = this.#width * READABLE > this.#stage.clientWidth - 2 * MARGIN ? MARGIN / 2 : (this.#stage.clientWidth - this.#width * READABLE) / 2;
      this.#y = this.#height * READABLE > this.#stage.clientHeight - 2 * MARGIN ? MARGIN / 2 : (this.#stage.clientHeight - this.#height * READABLE) / 2;
      this.#write();
      this.#zoomed(this.#zoom);
    }
  }

  #centre(zoom) {
    this.#zoom = zoom;
    this.#x = (this.#stage.clientWidth - this.#width * zoom) / 2;
    this.#y = (this.#stage.clientHeight - this.#height * zoom) / 2;
    this.#write();
    this.#zoomed(zoom);
  }

  #resized() {
    if (!this.#touched && this.#width > 1) {
      this.#begin();
    }
  }

  #wheel(event) {
    event.preventDefault();
    this.#touched = true;
    const box = this.#svg.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 18 : 1;
    if (event.shiftKey) {
      this.#x -= event.deltaY * lines;
      this.#write();
      return;
    }
    this.#scale(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - box.left, event.clientY - box.top);
  }

  #down(event) {
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.#moved = 0;
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) {
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    this.#moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (this.#moved <= DRAG_THRESHOLD) {
      return;
    }
    this.#touched = true;
    if (other !== undefined) {
      const box = this.#svg.getBoundingClientRect();
      const distance = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
      this.#scale(distance(now) / distance(before), (now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top);
      return;
    }
    this.#x += now.x - before.x;
    this.#y += now.y - before.y;
    this.#write();
  }

  #scale(factor, x, y) {
    const zoom = Math.min(LARGEST, Math.max(SMALLEST, this.#zoom * factor));
    this.#x = x - (x - this.#x) * (zoom / this.#zoom);
    this.#y = y - (y - this.#y) * (zoom / this.#zoom);
    this.#zoom = zoom;
    this.#write();
    this.#zoomed(zoom);
  }

  #write() {
    this.#svg.querySelector(".viewport").setAttribute("transform", `translate(${this.#x.toFixed(1)} ${this.#y.toFixed(1)}) scale(${this.#zoom.toFixed(4)})`);
  }
}
